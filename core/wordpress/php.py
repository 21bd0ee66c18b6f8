"""PHP's conversions of numbers and query strings, as far as clients can observe them."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote, quote_plus

from core.http.body import parse_php_query

INT_MAX = 2**63 - 1
INT_MIN = -(2**63)

#: The most digits of a number; PHP makes longer ones infinite.
MAX_DIGITS = 400

_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMERIC = re.compile(_NUMBER.pattern + r"[ \t\n\r\v\f]*\Z")
_WHOLE = re.compile(r"[ \t\n\r\v\f]*[+-]?[0-9]+")


def clamp_int64(number: int) -> int:
    """Clamp ``number`` to PHP's 64-bit integers."""
    return max(INT_MIN, min(INT_MAX, number))


def to_decimal(text: str) -> Decimal | None:
    """Parse a finite number; None for anything else and for exponents beyond those of a PHP float."""
    if len(text) > MAX_DIGITS:
        return None
    try:
        number = Decimal(text.strip(" \t\n\r\v\f"))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > 308:
        return None
    return number if number.adjusted() > -400 else Decimal(0)


def wrap_int64(number: int) -> int:
    """PHP's cast of an integer beyond 64 bits: it becomes a float and wraps around."""
    if INT_MIN <= number <= INT_MAX:
        return number
    rest = int(float(number)) % 2**64
    return rest - 2**64 if rest > INT_MAX else rest


def to_number(value: Any) -> Decimal | None:
    """The number, where PHP's ``is_numeric`` is true; else None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, float):
        return to_decimal(repr(value))
    if isinstance(value, str):
        if _is_digits(value):
            return Decimal(value)
        if _NUMERIC.match(value):
            return to_decimal(value)
    return None


def _is_digits(text: str) -> bool:
    """Whether a text is a whole number in its usual notation, which nearly all numbers in requests have."""
    return len(text) < 19 and text.isascii() and text.isdigit()


def is_integer(value: Any) -> bool:
    """Whether a value is a whole number in any notation (``5``, ``"5"``, ``"5.0"``, ``"1e3"``)."""
    if isinstance(value, str) and _is_digits(value):
        return True
    number = to_number(value)
    return number is not None and number == number.to_integral_value()


def intval(value: Any) -> int:
    """PHP's ``(int)`` cast: the leading integer or 0; fits 64 bits."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return clamp_int64(value)
    if isinstance(value, (Decimal, float)):
        number = to_number(value)
        return 0 if number is None else clamp_int64(int(number))
    if isinstance(value, str):
        if len(value) < 19 and value.isascii() and value.isdigit():
            return int(value)
        digits_match = _WHOLE.match(value)
        number_match = _NUMBER.match(value)
        if not number_match:
            return 0
        if digits_match and digits_match.end() == number_match.end():
            digits = digits_match.group().strip()
            if len(digits) > MAX_DIGITS:
                return INT_MIN if digits.startswith("-") else INT_MAX
            return clamp_int64(int(digits))
        number = to_decimal(number_match.group())
        if number is None:
            return INT_MIN if number_match.group().strip().startswith("-") else INT_MAX
        return clamp_int64(int(number))
    return 1 if value else 0


def floatval(value: Any) -> Decimal:
    """PHP's ``(float)`` cast: the leading number or 0."""
    if isinstance(value, str):
        match = _NUMBER.match(value)
        return (to_decimal(match.group()) or Decimal(0)) if match else Decimal(0)
    return to_number(value) or Decimal(bool(value))


def to_text(value: Any) -> str:
    """PHP's ``(string)`` cast of a scalar; "" for arrays."""
    if isinstance(value, str):
        return value
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, int):
        return str(clamp_int64(value))
    if isinstance(value, float):
        number = to_number(value)
        return "" if number is None else number_text(number)
    return ""


def strlen(text: str) -> int:
    """PHP's ``strlen``: the length in bytes."""
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


def number_text(number: Decimal) -> str:
    """A number as PHP prints it: without trailing zeros, whole numbers without a decimal point."""
    text = format(number.normalize(), "f") if abs(number.adjusted()) < 40 else str(number)
    return "0" if text in ("-0", "") else text


def flatten_query(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Flatten nested query values into ``name[inner]`` pairs, in order."""
    flat: list[tuple[str, Any]] = []
    # Iterative, so that deep nesting cannot overflow Python's stack.
    waiting = [(name, value) for name, value in reversed(values.items())]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend((f"{name}[{key}]", inner) for key, inner in reversed(value.items()))
        elif isinstance(value, (list, tuple)):
            waiting.extend((f"{name}[{key}]", value[key]) for key in reversed(range(len(value))))
        else:
            flat.append((name, value))
    return flat


def add_query_args(url: str, values: dict[str, Any]) -> str:
    """Add parameters to ``url`` as WordPress's ``add_query_arg`` does.

    The URL's own parameters are decoded and encoded again, new values are added as they are, and an ``=`` before ``&``
    or at the end is dropped. So a second call encodes everything, as in WordPress's paging links.
    """
    base, own, fragment = _split_query(url)
    return _join_query(base, {**own, **values}, fragment)


def page_urls(url: str, values: dict[str, Any], pages: Iterable[int]) -> list[str]:
    """The URL of each page: ``values`` are added to ``url``, then the page's number, as ``add_query_args`` does."""
    base, own, fragment = _split_query(add_query_args(url, values))
    # No encoded parameter has a NUL in it.
    before, _, after = _join_query("", {**own, "page": "\0"}, fragment).partition("\0")
    return [f"{base}{before}{page}{after}" for page in pages]


def _split_query(url: str) -> tuple[str, dict[str, Any], str]:
    """A URL without its query, the parameters in that, encoded again, and the fragment with its mark."""
    front, mark, fragment = url.partition("#")
    base, _, query = front.partition("?")
    if not query.isascii():
        query = re.sub(r"[^\x00-\x7f]+", lambda wide: quote(wide.group()), query)
    own = {name: _deep(value, _urlencode) for name, value in parse_php_query(query).items()}
    return base, own, mark + fragment


def _join_query(base: str, values: dict[str, Any], fragment: str) -> str:
    parts = []
    for name, value in flatten_query({name: value for name, value in values.items() if value is not False}):
        if value is None:
            continue
        text = "0" if value is False else to_text(value)
        name = name.replace("[", "%5B").replace("]", "%5D")
        parts.append(f"{name}={text}")
    text = "&".join(parts)
    if "=&" in text or text.endswith("="):
        text = re.sub(r"=(&|$)", r"\1", text)
    return f"{base}?{text}{fragment}" if text else f"{base}{fragment}"


def _urlencode(text: str) -> str:
    return quote_plus(text, safe="-_.").replace("~", "%7E")


def _deep(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_deep(inner, change) for inner in value]
    return change(value)
