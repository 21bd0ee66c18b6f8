"""HTML in texts that people write: which tags may stay, and a filter for everything that is stored.

A text is split into tags and the text between them, and each tag is checked by itself, so unclosed markup stays as
written. ``nh3`` checks attributes and URLs.
"""

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec
import nh3

AllowedTags = Mapping[str, frozenset[str]]

_GLOBAL_ATTRIBUTES = frozenset("class dir hidden id lang role style title xml:lang".split())


def _tags(**attributes: str) -> AllowedTags:
    return {tag: _GLOBAL_ATTRIBUTES | frozenset(names.split()) for tag, names in attributes.items()}


_PLAIN = (
    "abbr acronym address article aside b bdo big br caption cite code dd dfn div dl dt em figcaption figure footer"
    " h1 h2 h3 h4 h5 h6 header hgroup i kbd main mark nav p pre rb rp rt rtc ruby s samp section small span strike"
    " strong sub summary sup tt u var"
).split()
_CELL = "abbr align axis bgcolor char charoff colspan headers height nowrap rowspan scope valign width"
_MEDIA = "controls height loop muted preload src width"
#: Tags that an editor may use, each with its attributes.
RICH_TEXT: AllowedTags = _tags(
    **dict.fromkeys(_PLAIN, "align"),
    a="href rel rev name target download",
    area="alt coords href nohref shape target",
    audio=_MEDIA,
    blockquote="cite",
    button="disabled name type value",
    col="align char charoff span valign width",
    colgroup="align char charoff span valign width",
    # A keyword in Python.
    **{"del": "cite datetime"},
    details="open",
    fieldset="",
    font="color face size",
    hr="align noshade size width",
    img="alt align border height hspace loading longdesc src usemap vspace width",
    ins="cite datetime",
    label="for",
    legend="align",
    li="align value",
    map="name",
    menu="type",
    ol="reversed start type",
    q="cite",
    table="align bgcolor border cellpadding cellspacing rules summary width",
    tbody="align char charoff valign",
    td=_CELL,
    tfoot="align char charoff valign",
    th=_CELL,
    thead="align char charoff valign",
    tr="align bgcolor char charoff valign",
    track="default kind label src srclang",
    ul="type",
    video=f"{_MEDIA} playsinline poster",
)
_SCHEMES = frozenset(
    "http https ftp ftps mailto news irc irc6 ircs gopher nntp feed telnet mms rtsp sms svn tel fax xmpp webcal"
    " urn".split()
)
_ADDRESSES = frozenset("action background cite data formaction href longdesc poster src usemap".split())
_STYLES = frozenset(
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right"
    " border-spacing border-style border-top border-width bottom clear color column-count column-gap column-width"
    " cursor direction display float font font-family font-size font-style font-variant font-weight gap height"
    " justify-content left letter-spacing line-height list-style-type margin margin-bottom margin-left margin-right"
    " margin-top max-height max-width min-height min-width object-fit overflow padding padding-bottom padding-left"
    " padding-right padding-top right text-align text-decoration text-indent text-transform top vertical-align"
    " white-space width".split()
)
#: A parser drops these outside a table, so they are checked as another tag.
_TABLE_PARTS = frozenset("caption col colgroup tbody td tfoot th thead tr".split())

_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_OPEN_END = re.compile(r"<[^<>]*(?=<|\Z)")
# No part looks past the next bracket, so the cost is linear in the length.
_TOKEN = re.compile(r"<!--[^<]*?-->|<[^<>]*>|>")
_TAG = re.compile(r"<\s*(/\s*)?([A-Za-z0-9-]+)([^<>]*)>\Z")
_ATTRIBUTE = re.compile(r"([^\s\"'<>/=]+)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+)))?")
#: What a parser takes for the beginning of a tag.
_STARTS_TAG = re.compile(r"<[A-Za-z/!?]")
#: Names of members whose URL is followed or shown as an image.
_ADDRESS_NAMES = ("url", "uri", "src", "href", "image", "avatar", "link")
_IS_ADDRESS = re.compile(rf"(?:\A|_)(?:{'|'.join(_ADDRESS_NAMES)})\Z", re.IGNORECASE)
_IN_JSON = [f'{name}":'.encode() for name in _ADDRESS_NAMES]
#: Deeper values are dropped; no document of this program is that deep.
_MAX_DEPTH = 64


def clean_html(text: str, allowed: AllowedTags) -> str:
    """The text with only ``allowed`` tags and attributes; other tags are removed."""
    text = _CONTROLS.sub("", text)
    if "<" not in text and ">" not in text:
        return text
    text = _OPEN_END.sub(lambda rest: _escape(rest.group()), text)
    return _TOKEN.sub(lambda token: _clean_token(token.group(), allowed), text)


def _escape(text: str) -> str:
    """Escape markup; existing entities stay."""
    for letter, entity in (("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;")):
        text = text.replace(letter, entity)
    return text


def _clean_token(token: str, allowed: AllowedTags) -> str:
    if token == ">":
        return "&gt;"
    if token.startswith("<!--"):
        inside = re.sub(r"-\Z", "", re.sub(r"--+", "-", token[4:-3].replace(">", "&gt;")))
        return f"<!--{inside}-->" if inside else ""
    tag = _TAG.match(token)
    if tag is None or tag[2].lower() not in allowed:
        return ""
    if tag[1]:
        return f"</{tag[2]}>"
    rest = tag[3].rstrip()
    slash = " /" if rest.endswith("/") else ""
    return f"<{tag[2]}{_clean_attributes(tag[2].lower(), rest, allowed)}{slash}>"


def _clean_attributes(tag: str, text: str, allowed: AllowedTags) -> str:
    """The allowed attributes, each with a leading blank."""
    pairs = []
    for name, *values in _ATTRIBUTE.findall(text):
        value = html.unescape("".join(values))
        pairs.append((name, strip_unsafe_scheme(value) if name.lower() in _ADDRESSES else value))
    if not pairs or not allowed[tag]:
        return ""
    checked_tag = "i" if tag in _TABLE_PARTS else tag
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in pairs)
    cleaned = _cleaner(checked_tag, allowed[tag]).clean(f"<{checked_tag} {written}>")
    match = re.match(r"<[a-z0-9-]+((?:\s[^<>]*)?)>", cleaned)
    return match[1] if match else ""


@lru_cache(maxsize=256)
def _cleaner(tag: str, attributes: frozenset[str]) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags={tag},
        clean_content_tags=set(),
        attributes={tag: set(attributes)},
        generic_attribute_prefixes={"aria-", "data-"},
        url_schemes=set(_SCHEMES),
        filter_style_properties=set(_STYLES),
        link_rel=None,
    )


def strip_unsafe_scheme(address: str) -> str:
    """An address without schemes that could run code, such as ``javascript:``, or that are unknown."""
    for _ in range(8):
        scheme, colon, rest = address.partition(":")
        plain = re.sub(r"[\s\x00-\x20]+", "", scheme).lower()
        if not colon or "/?" in scheme or plain in _SCHEMES or not re.fullmatch(r"[a-z0-9+.\-]*", plain):
            return address
        address = rest
    return ""


def sanitize(value: Any) -> Any:
    """A value that is safe to store: no text in it, at any depth, contains markup that could run.

    Texts without anything that an HTML parser takes for a tag, such as ``5 < 6``, stay unchanged. Members of a map
    whose names suggest URLs lose unsafe schemes.
    """
    if isinstance(value, str) and "<" not in value:
        return value
    return value if isinstance(value, (dict, list)) and _has_no_markup(value) else _sanitize_deep(value)


def _has_no_markup(value: Any) -> bool:
    """Whether nothing can be unsafe. Searching the JSON is much faster than walking the value."""
    try:
        text = msgspec.json.encode(value).lower()
    except (TypeError, ValueError):
        return False
    return b"<" not in text and not any(map(text.__contains__, _IN_JSON))


def _sanitize_deep(value: Any, depth: int = 0) -> Any:
    if isinstance(value, str):
        return clean_html(value, RICH_TEXT) if "<" in value and _STARTS_TAG.search(value) else value
    if isinstance(value, dict | list) and depth >= _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {_sanitize_deep(name): _sanitize_member(name, inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, list):
        return [_sanitize_deep(inner, depth + 1) for inner in value]
    if type(value) is tuple:
        return tuple(_sanitize_deep(inner, depth + 1) for inner in value)
    return value


def _sanitize_member(name: Any, value: Any, depth: int) -> Any:
    value = _sanitize_deep(value, depth)
    if isinstance(value, str) and ":" in value and isinstance(name, str) and _IS_ADDRESS.search(name):
        return strip_unsafe_scheme(value)
    return value
