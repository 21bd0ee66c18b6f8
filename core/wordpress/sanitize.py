"""WordPress's own cleaners for values that arrive as text."""

import re
import unicodedata
from typing import Any

from core.wordpress import php

_SPACES = re.compile(r"[ \t\r\n\v\f,]+")
# Neither pattern can look further than the next bracket: hostile texts cost no more than their length.
_TAGS = re.compile(r"<[^<>]*>")
_SIMPLE = re.compile(r"[A-Za-z0-9_.,:;/-]*\Z")
_BYTES = re.compile(r"%[a-fA-F0-9]{2}")


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


def key(value: Any) -> str:
    """Lower-case letters, digits, ``_`` and ``-`` only."""
    return re.sub(r"[^a-z0-9_\-]", "", php.to_text(value).lower())


def slug(value: Any) -> str:
    """The URL form of a title: plain letters, words joined with ``-``."""
    text = unicodedata.normalize("NFKD", php.to_text(value).replace("\0", ""))
    text = "".join(letter for letter in text if not unicodedata.combining(letter)).lower()
    text = re.sub(r"<[^<>]*>|&[^;\s]{1,10};|['’‘\"“”]", "", text)
    return re.sub(r"[^\w]+", "-", text).strip("-")
