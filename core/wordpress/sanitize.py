"""WordPress's own cleaners for values that arrive as text."""

import re
import unicodedata
from typing import Any
from urllib.parse import quote

from core.wordpress import php

_SPACES = re.compile(r"[ \t\r\n\v\f,]+")
# Neither pattern can look further than the next bracket: hostile texts cost no more than their length.
_TAGS = re.compile(r"<[^<>]*>")
_SIMPLE = re.compile(r"[A-Za-z0-9_.,:;/-]*\Z")
_LONE_AMPERSAND = re.compile(r"&(?!(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});)")
_BYTES = re.compile(r"%[a-fA-F0-9]{2}")
_NOT_LOCAL = re.compile(r"[^a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]")
_NOT_LABEL = re.compile(r"[^a-zA-Z0-9-]+")
_DOTS = re.compile(r"\.{2,}")
_PHP_BLANKS = " \t\n\r\0\v"


def absint(value: Any) -> int:
    """A whole number without its sign."""
    return php.clamp(abs(php.intval(value)))


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
    """Cut ``<name ...>...</name>`` with its content, as scripts and styles are no text."""
    lower, kept, place = text.lower(), [], 0
    while (start := lower.find(f"<{name}", place)) >= 0 and (end := lower.find(f"</{name}>", start)) >= 0:
        kept.append(text[place:start])
        place = end + len(name) + 3
    return "".join([*kept, text[place:]])


def markup(value: Any) -> str:
    """A text that is stored as markup: an ampersand that begins no entity becomes one."""
    return _LONE_AMPERSAND.sub("&amp;", php.to_text(value).replace("\0", ""))


def key(value: Any) -> str:
    """Lower-case letters, digits, ``_`` and ``-`` only."""
    return re.sub(r"[^a-z0-9_\-]", "", php.to_text(value).lower())


#: Letters with a plain form that Unicode does not tell.
_PLAIN_LETTERS = str.maketrans(
    {
        "ß": "ss", "æ": "ae", "Æ": "ae", "œ": "oe", "Œ": "oe", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ð": "d",
        "Ð": "d", "þ": "th", "Þ": "th", "ł": "l", "Ł": "l", "ħ": "h", "Ħ": "h", "ı": "i", "€": "e", "£": "", "×": "x",
    }
)  # fmt: skip
#: Turned into ``-``: blanks that do not break, dashes, slashes.
_DASHES = re.compile("[\u00a0\u2010-\u2014/]|&(?:nbsp|#160|ndash|#8211|mdash|#8212);")
#: Dropped: soft hyphens, upside-down marks, quotes of all kinds, bullets, signs.
_DROPPED = re.compile("[\u00ad¡¿«»‹›“”‘’‚‛„‟•©®°…™´\u02ca\u0300-\u0304\u030c]|&[^;&]{1,30};")


def slug(value: Any) -> str:
    """The URL form of a title: plain letters, words joined with ``-``, other alphabets percent-encoded."""
    text = _TAGS.sub("", php.to_text(value).replace("\0", "")).translate(_PLAIN_LETTERS)
    if not text.isascii():
        text = "".join(_base_letter(letter) for letter in text)
    text = _DROPPED.sub("", _DASHES.sub("-", re.sub(r"%(?![a-fA-F0-9]{2})", "", text).lower()))
    text = re.sub(r"[^%a-z0-9 _-]", "", _encoded(text.replace(".", "-")))
    return re.sub(r"-+", "-", text.replace(" ", "-")).strip("-")


def _base_letter(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)[0]
    return base if base.isascii() else letter


def _encoded(text: str) -> str:
    return text if text.isascii() else re.sub(r"[^\x00-\x7f]+", lambda wide: quote(wide.group()).lower(), text)
