"""WordPress's sanitizers."""

import re
import unicodedata
from decimal import Decimal
from html.entities import name2codepoint
from typing import Any
from urllib.parse import quote

from core import html_sanitizer as kses
from core.wordpress import php

_SPACES = re.compile(r"[ \t\r\n\v\f,]+")
# Neither pattern looks past the next bracket: linear in the length.
_TAGS = re.compile(r"<[^<>]*>")
_SIMPLE = re.compile(r"[A-Za-z0-9_.,:;/-]*\Z")
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
#: Tags that comments and descriptions of terms may have.
_INLINE: kses.AllowedTags = {
    **{tag: frozenset() for tag in ("b", "code", "em", "i", "s", "strike", "strong")},
    **{tag: frozenset({"cite"}) for tag in ("blockquote", "q")},
    **{tag: frozenset({"title"}) for tag in ("abbr", "acronym")},
    "a": frozenset({"href", "title"}),
    "cite": frozenset(),
    "del": frozenset({"datetime"}),
}
_BYTES = re.compile(r"%[a-fA-F0-9]{2}")
_NOT_LOCAL = re.compile(r"[^a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]")
_NOT_LABEL = re.compile(r"[^a-zA-Z0-9-]+")
_DOTS = re.compile(r"\.{2,}")
_PHP_BLANKS = " \t\n\r\0\v"


def absint(value: Any) -> int:
    """An integer without its sign."""
    if isinstance(value, str) and len(value) < 19 and value.isascii() and value.isdigit():
        return int(value)
    return php.clamp_int64(abs(php.intval(value)))


def parse_list(value: Any) -> list[Any]:
    """The scalars of a list or dict, or a text split at commas and whitespace."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [item for item in value if not isinstance(item, (dict, list, tuple)) and item is not None]
    return [item for item in _SPACES.split(php.to_text(value)) if item]


def id_list(value: Any) -> list[int]:
    """The distinct ids of a list or a comma-separated text, in order."""
    return list(dict.fromkeys(absint(item) for item in parse_list(value)))


def text_field(value: Any) -> str:
    """One line of plain text: without tags and percent-encoded bytes, with single spaces, trimmed."""
    if isinstance(value, str) and _SIMPLE.match(value):
        return value
    return re.sub(r" +", " ", re.sub(r"[\r\n\t ]+", " ", _plain(value))).strip()


def textarea_field(value: Any) -> str:
    """As ``text_field``, but with line breaks."""
    return re.sub(r" +", " ", _plain(value)).strip()


def email(value: Any) -> str:
    """An e-mail address without invalid characters; "" where the rest is no address."""
    text = php.to_text(value)
    local, at, domain = text.partition("@")
    if php.strlen(text) < 6 or not local or not at:
        return ""
    local = _NOT_LOCAL.sub("", local)
    parts = _DOTS.sub("", domain).strip(_PHP_BLANKS + ".").split(".")
    labels = [label for part in parts if (label := _NOT_LABEL.sub("", part.strip(_PHP_BLANKS + "-")))]
    return f"{local}@{'.'.join(labels)}" if local and len(labels) > 1 else ""


def _plain(value: Any) -> str:
    text = php.to_text(value).replace("\0", "")
    if "<" in text:
        for name in ("script", "style"):
            text = _without_element(text, name)
        text = _TAGS.sub("", text).replace("<", "&lt;")
    for _ in range(4):  # "%%4141" hides a second one inside the first
        if not _BYTES.search(text):
            break
        text = _BYTES.sub("", text)
    return text


def _without_element(text: str, name: str) -> str:
    """Remove ``<name ...>...</name>`` with its content."""
    lower, pieces, position = text.lower(), [], 0
    while (start := lower.find(f"<{name}", position)) >= 0 and (end := lower.find(f"</{name}>", start)) >= 0:
        pieces.append(text[position:start])
        position = end + len(name) + 3
    return "".join([*pieces, text[position:]])


def encode_ampersands(value: Any) -> str:
    """Encode each ampersand that does not begin an entity."""
    return _AMPERSAND.sub(_ampersand, php.to_text(value).replace("\0", ""))


def _ampersand(match: re.Match[str]) -> str:
    name = match[1]
    if name and (name[0] == "#" or name in name2codepoint or name == "apos"):
        return match.group()
    return f"&amp;{match.group()[1:]}"


def unslash(value: Any) -> str:
    """Remove backslashes; ``\\\\`` becomes one."""
    text = php.to_text(value)
    return re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def post(value: Any, *, entities: bool = True) -> str:
    """The HTML that an editor may write, without scripts.

    Args:
        entities: Encode ampersands that begin no entity.
    """
    text = unslash(value)
    return kses.clean_html(encode_ampersands(text) if entities else text, kses.RICH_TEXT)


def inline(value: Any, *, entities: bool = True) -> str:
    """The HTML that a comment may have."""
    text = unslash(value)
    return kses.clean_html(encode_ampersands(text) if entities else text, _INLINE)


def clean_url(value: Any) -> str:
    """A URL; empty where its scheme is not allowed."""
    text = re.sub(r"[\s<>\"'\\^`{|}]", "", php.to_text(value))
    return text if kses.strip_unsafe_scheme(text) == text else ""


def decimal(value: Any) -> str:
    """A decimal number as WooCommerce stores it: digits, signs and the last point."""
    if isinstance(value, float | Decimal):
        return php.to_text(value)
    return re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", text_field(value))


def boolean(value: Any) -> bool:
    """Whether a value is ``yes``, ``true`` or 1."""
    return value is True or php.to_text(value).lower() in ("yes", "true", "1")


def key(value: Any) -> str:
    """Lower-case letters, digits, ``_`` and ``-`` only."""
    return re.sub(r"[^a-z0-9_\-]", "", php.to_text(value).lower())


#: Replacements for letters that Unicode does not decompose.
_PLAIN_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
        "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ħ": "h", "Ħ": "h", "ı": "i", "€": "e", "£": "", "×": "x",
    }
)  # fmt: skip
#: Replaced by ``-``: non-breaking spaces, dashes, slashes.
_DASHES = re.compile("[\u00a0\u2010-\u2014/]|&(?:nbsp|#160|ndash|#8211|mdash|#8212);")
#: Removed: soft hyphens, inverted marks, all kinds of quotes, bullets, symbols.
_DROPPED = re.compile("[\u00ad¡¿«»‹›“”‘’‚‛„‟•©®°…™´\u02ca\u0300-\u0304\u030c]|&[^;&]{1,30};")


def slug(value: Any, *, plain: bool = True) -> str:
    """The URL form of a title: words joined with ``-``, other alphabets percent-encoded.

    Args:
        plain: Remove accents and split words at dashes and slashes. False encodes or drops them, as WordPress does with
            a slug that is looked up or sent as a parameter.
    """
    text = _TAGS.sub("", php.to_text(value).replace("\0", ""))
    if plain:
        text = text.translate(_PLAIN_LETTERS)
        if not text.isascii():
            text = "".join(_base_letter(letter) for letter in text)
    text = re.sub(r"%(?![a-fA-F0-9]{2})", "", text).lower()
    if plain:
        text = _DROPPED.sub("", _DASHES.sub("-", text))
    text = re.sub(r"&[^;&]{1,30};", "", text) if "&" in text else text
    text = re.sub(r"[^%a-z0-9\s_-]", "", _encoded(text.replace(".", "-"), max_length=200))
    return re.sub(r"-+", "-", re.sub(r"\s+", "-", text)).strip("-")


def _base_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def _encoded(text: str, max_length: int) -> str:
    """Percent-encode, at most ``max_length`` characters."""
    if text.isascii():
        return text
    letters, length = [], 0
    for letter in text:
        code = letter if letter.isascii() else quote(letter, errors="replace").lower()
        length += len(code)
        if length > max_length:
            break
        letters.append(code)
    return "".join(letters)
