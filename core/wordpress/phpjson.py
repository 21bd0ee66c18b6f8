"""JSON as PHP decodes and encodes it."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from core.wordpress import php

#: Deeper documents give PHP's error for them; PHP's own limit is 512.
MAX_DEPTH = 128

_TEXTS = {
    1: "Maximum stack depth exceeded",
    3: "Control character error, possibly incorrectly encoded",
    4: "Syntax error",
    5: "Malformed UTF-8 characters, possibly incorrectly encoded",
    10: "Single unpaired high surrogate in Unicode escape",
}


class JsonError(ValueError):
    """A text that PHP cannot decode. ``code`` and ``text`` are those of ``json_last_error``."""

    def __init__(self, code: int) -> None:
        super().__init__(_TEXTS[code])
        self.code = code
        self.text = _TEXTS[code]


#: Encoded as ``{}``; an empty dict is encoded as ``[]``.
EMPTY_OBJECT = msgspec.Raw(b"{ }")


def as_object(values: Mapping[str, Any]) -> Any:
    """The dict, encoded as ``{}`` when it is empty."""
    return dict(values) or EMPTY_OBJECT


class EncodedJson:
    """JSON that is already encoded as PHP encodes it, for responses with thousands of similar records."""

    __slots__ = ("text",)

    def __init__(self, text: bytes) -> None:
        self.text = text

    @property
    def value(self) -> Any:
        """The decoded value."""
        return loads(self.text)


def _refuse(_text: str) -> Any:
    raise JsonError(4)


def _integer(text: str) -> Any:
    if len(text) <= 18:
        return int(text)
    if len(text) > php.MAX_DIGITS:
        raise JsonError(4)
    number = int(text)
    return number if php.INT_MIN <= number <= php.INT_MAX else Decimal(number)


def _fraction(text: str) -> Decimal:
    number = php.to_decimal(text)
    if number is None:
        raise JsonError(4)
    return number


_decoder = json.JSONDecoder(parse_float=_fraction, parse_int=_integer, parse_constant=_refuse)


def loads(raw: bytes) -> Any:
    """Decode ``raw`` as ``json_decode`` does: the last of equal keys wins, fractions become ``Decimal``.

    NUL characters are removed: PostgreSQL cannot store them.

    Raises:
        JsonError: With PHP's code and text.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise JsonError(5) from None
    # str.strip() without arguments would also remove whitespace that JSON does not allow.
    text = text.strip(" \t\r\n")
    try:
        value, end = _decoder.raw_decode(text)
    except JsonError:
        raise
    except RecursionError:
        raise JsonError(1) from None
    except ValueError as error:
        raise JsonError(3 if "control character" in str(error) else 4) from None
    if end != len(text):
        raise JsonError(4)
    if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
        raise JsonError(1)
    if "\\u" in text:
        value = _clean(value)
    return value


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level := [item for item in level if isinstance(item, (dict, list))]:
        depth += 1
        level = [inner for item in level for inner in (item.values() if isinstance(item, dict) else item)]
    return depth


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise JsonError(10) from None
        return value.replace("\0", "")
    if isinstance(value, dict):
        return {_clean(key): _clean(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_clean(inner) for inner in value]
    return value


_encoder = msgspec.json.Encoder(decimal_format="number")
_FRACTION = re.compile(rb"[0-9](?:\.|[eE])[0-9+-]")
#: Numbers that are not plain integers.
_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?|[eE][+-]?[0-9]+)")
_WIDE = re.compile("[^\x00-\x7f]")


def _adjusted(out: bytes) -> bytes:
    """Rewrite empty dicts and numbers as PHP writes them; strings stay unchanged."""
    escaped = b"\\" in out
    if escaped:
        # JSON has no raw control characters: two of them stand for the escapes that contain quotes or backslashes.
        out = out.replace(b"\\\\", b"\x00").replace(b'\\"', b"\x01")
    # Every second part is outside of strings.
    parts = out.split(b'"')
    between = b'"'.join(parts[::2])
    written = between.replace(b"{}", b"[]").replace(b"{ }", b"{}")
    if _FRACTION.search(written):
        written = _NUMBER.sub(_number, written)
    if written != between:
        parts[::2] = written.split(b'"')
        out = b'"'.join(parts)
    return out.replace(b"\x01", b'\\"').replace(b"\x00", b"\\\\") if escaped else out


def _number(match: re.Match[bytes]) -> bytes:
    token = match.group()
    number = php.to_decimal(token.decode())
    return php.number_text(number).encode() if number is not None else token


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def dumps(value: Any, *, pretty: bool = False) -> bytes:
    r"""Encode as ``wp_json_encode`` does.

    Compact, ``/`` as ``\/``, non-ASCII as ``\uXXXX``, whole numbers without a fraction, an empty dict as ``[]``
    (``EMPTY_OBJECT`` as ``{}``). ``EncodedJson`` is left as it is.
    """
    if isinstance(value, EncodedJson):
        return msgspec.json.format(value.text, indent=4) if pretty else value.text
    try:
        out = _encoder.encode(value)
    except UnicodeEncodeError:
        out = _encoder.encode(_printable(value))
    out = _adjusted(out)
    if b"/" in out:
        out = out.replace(b"/", b"\\/")
    if not out.isascii():
        out = _WIDE.sub(_escape, out.decode("utf-8")).encode("ascii")
    return msgspec.json.format(out, indent=4) if pretty else out


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, dict):
        return {_printable(key): _printable(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_printable(inner) for inner in value]
    return value
