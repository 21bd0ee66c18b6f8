"""WordPress's sanitizers for values that arrive as text."""

import re
import unicodedata
from decimal import Decimal
from html.entities import name2codepoint
from typing import Any
from urllib.parse import quote

from core import html_sanitizer as kses
from core.wordpress import php

_SPACES = re.compile(r"[ \t\r\n\v\f,]+")
# Neither pattern looks past the next bracket, so the cost is linear in the length.
_TAGS = re.compile(r"<[^<>]*>")
_SIMPLE = re.compile(r"[A-Za-z0-9_.,:;/-]*\Z")
_AMPERSAND = re.compile(r"&(?:(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)?")
#: Tags in comments and descriptions of terms.
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
    return php.clamp_int64(abs(php.intval(value)))


def parse_list(value: Any) -> list[Any]:
    """A list as is (its scalars), or a text split at commas and blanks; None and maps give their scalars too."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [item for item in value if not isinstance(item, (dict, list, tuple)) and item is not None]
    return [item for item in _SPACES.split(php.to_text(value)) if item]


def id_list(value: Any) -> list[int]:
    """Ids from a list or a comma text, each once, in order."""
    return list(dict.fromkeys(absint(item) for item in parse_list(value)))


def text_field(value: Any) -> str:
    """One line of plain text: no tags, no percent-encoded bytes, single blanks, trimmed."""
    if isinstance(value, str) and _SIMPLE.match(value):
        return value
    return re.sub(r" +", " ", re.sub(r"[\r\n\t ]+", " ", _plain(value))).strip()


def textarea_field(value: Any) -> str:
    """As ``text_field``, but line breaks stay."""
    return re.sub(r" +", " ", _plain(value)).strip()


def email(value: Any) -> str:
    """An address without the characters that none can have; "" where no address is left."""
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
    """Remove ``<name ...>...</name>`` with its content: scripts and styles are not text."""
    lower, pieces, position = text.lower(), [], 0
    while (start := lower.find(f"<{name}", position)) >= 0 and (end := lower.find(f"</{name}>", start)) >= 0:
        pieces.append(text[position:start])
        position = end + len(name) + 3
    return "".join([*pieces, text[position:]])


def encode_ampersands(value: Any) -> str:
    """A text that is stored as HTML: an ampersand that begins no entity is encoded."""
    return _AMPERSAND.sub(_ampersand, php.to_text(value).replace("\0", ""))


def _ampersand(match: re.Match[str]) -> str:
    name = match[1]
    if name and (name[0] == "#" or name in name2codepoint or name == "apos"):
        return match.group()
    return f"&amp;{match.group()[1:]}"


def unslash(value: Any) -> str:
    """A text without its backslashes; of two in a row one stays."""
    text = php.to_text(value)
    return re.sub(r"\\(.?)", r"\1", text, flags=re.DOTALL) if "\\" in text else text


def post(value: Any, *, entities: bool = True) -> str:
    """What an editor may write: HTML that runs nothing.

    Args:
        entities: Also encode lone ampersands.
    """
    text = unslash(value)
    return kses.clean_html(encode_ampersands(text) if entities else text, kses.RICH_TEXT)


def inline(value: Any, *, entities: bool = True) -> str:
    """A text with the few tags that a comment may have."""
    text = unslash(value)
    return kses.clean_html(encode_ampersands(text) if entities else text, _INLINE)


def clean_url(value: Any) -> str:
    """A web address; empty when its scheme is not allowed."""
    text = re.sub(r"[\s<>\"'\\^`{|}]", "", php.to_text(value))
    return text if kses.strip_unsafe_scheme(text) == text else ""


def decimal(value: Any) -> str:
    """A number as shops store it: digits, sign and the last point, without other characters."""
    if isinstance(value, float | Decimal):
        return php.to_text(value)
    return re.sub(r"\.(?![^.]+$)|[^0-9.-]", "", text_field(value))


def boolean(value: Any) -> bool:
    """``yes``, ``true`` and 1 are on, everything else is off."""
    return value is True or php.to_text(value).lower() in ("yes", "true", "1")


def key(value: Any) -> str:
    """Lower-case letters, digits, ``_`` and ``-`` only."""
    return re.sub(r"[^a-z0-9_\-]", "", php.to_text(value).lower())


#: Letters whose plain form is not in Unicode's decomposition.
_PLAIN_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
        "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ħ": "h", "Ħ": "h", "ı": "i", "€": "e", "£": "", "×": "x",
    }
)  # fmt: skip
#: Replaced by ``-``: non-breaking blanks, dashes, slashes.
_DASHES = re.compile("[\u00a0\u2010-\u2014/]|&(?:nbsp|#160|ndash|#8211|mdash|#8212);")
#: Removed: soft hyphens, inverted marks, all kinds of quotes, bullets, symbols.
_DROPPED = re.compile("[\u00ad¡¿«»‹›“”‘’‚‛„‟•©®°…™´\u02ca\u0300-\u0304\u030c]|&[^;&]{1,30};")


def slug(value: Any, *, plain: bool = True) -> str:
    """The URL form of a title: words joined with ``-``, other alphabets percent-encoded.

    Args:
        plain: Letters with marks lose them, dashes and slashes part words. Without it, as WordPress makes of a slug
            that it looks for or that came as an argument of its own, they are encoded or dropped.
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
    """Percent-encoded, and cut before the letter that would make it longer than ``most``."""
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
