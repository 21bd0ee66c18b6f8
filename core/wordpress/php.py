"""PHP's habits with numbers and query strings, as far as clients can see them."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

INT_MAX = 2**63 - 1
INT_MIN = -(2**63)

#: PHP's own defaults: more variables or deeper brackets than this are dropped without a word.
MAX_VARS = 1000
MAX_NESTING = 64
#: A number with more digits than this is not a number to us: PHP would make it infinite.
MAX_DIGITS = 400

_NUMBER = re.compile(r"[ \t\n\r\v\f]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_NUMERIC = re.compile(_NUMBER.pattern + r"[ \t\n\r\v\f]*\Z")
_WHOLE = re.compile(r"[ \t\n\r\v\f]*[+-]?[0-9]+")


def clamp(number: int) -> int:
    """Keep ``number`` inside 64 bits, as every PHP integer is."""
    return max(INT_MIN, min(INT_MAX, number))


def to_decimal(text: str) -> Decimal | None:
    """The finite number ``text`` spells, or None. Exponents beyond a PHP float are refused, not computed."""
    if len(text) > MAX_DIGITS:
        return None
    try:
        number = Decimal(text.strip(" \t\n\r\v\f"))
    except InvalidOperation:
        return None
    if not number.is_finite() or number.adjusted() > 308:
        return None
    return number if number.adjusted() > -400 else Decimal(0)


def numeric(value: Any) -> Decimal | None:
    """PHP's ``is_numeric`` with the number itself: None for anything that is not one."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, float):
        return to_decimal(repr(value))
    if isinstance(value, str) and _NUMERIC.match(value):
        return to_decimal(value)
    return None


def is_integer(value: Any) -> bool:
    """True for whole numbers in any spelling (``5``, ``"5"``, ``"5.0"``, ``"1e3"``)."""
    number = numeric(value)
    return number is not None and (number.as_tuple().exponent >= 0 or number == number.to_integral_value())


def intval(value: Any) -> int:
    """PHP's ``(int)`` cast: leading digits count, everything else is 0; always fits 64 bits."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return clamp(value)
    if isinstance(value, (Decimal, float)):
        number = numeric(value)
        return 0 if number is None else clamp(int(number))
    if isinstance(value, str):
        whole = _WHOLE.match(value)
        found = _NUMBER.match(value)
        if not found:
            return 0
        if whole and whole.end() == found.end():
            digits = whole.group().strip()
            if len(digits) > MAX_DIGITS:
                return INT_MIN if digits.startswith("-") else INT_MAX
            return clamp(int(digits))
        number = to_decimal(found.group())
        if number is None:
            return INT_MIN if found.group().strip().startswith("-") else INT_MAX
        return clamp(int(number))
    return 1 if value else 0


def to_text(value: Any) -> str:
    """PHP's ``(string)`` cast of a scalar; arrays have no text, so they give ''."""
    if isinstance(value, str):
        return value
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, Decimal):
        return number_text(value)
    if isinstance(value, int):
        return str(clamp(value))
    if isinstance(value, float):
        found = numeric(value)
        return "" if found is None else number_text(found)
    return ""


def number_text(number: Decimal) -> str:
    """A number as PHP prints it: no trailing zeros, no point when whole."""
    text = format(number.normalize(), "f") if abs(number.adjusted()) < 40 else str(number)
    return "0" if text in ("-0", "") else text


def _decode(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def parse_query(raw: str | bytes) -> dict[str, Any]:
    """Read a query string or form body as PHP does.

    The last of equal names wins, ``k[]=`` appends, ``k[a][b]=`` nests, blank values stay, ``.`` and blanks in a name
    become ``_``. Maps whose keys count up from 0 come back as lists. NUL characters never get through.
    """
    if isinstance(raw, str):
        raw = raw.encode("utf-8", "surrogateescape")
    halves = (pair.partition(b"=") for pair in raw.split(b"&", MAX_VARS)[:MAX_VARS])
    return parse_pairs((_decode(name), _decode(value)) for name, _, value in halves if name)


def parse_pairs(found: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """As ``parse_query``, from names and values that are decoded already (the parts of a multipart body)."""
    values: dict[str, Any] = {}
    for name, value in found:
        _store(values, name, value.replace("\0", ""))
    return {name: _lists(value) for name, value in values.items()}


def _store(found: dict[str, Any], name: str, value: str) -> None:
    name = name.split("\0", 1)[0].lstrip(" ")
    if not name:
        return
    cut = name.find("[", 1)
    if cut < 0 or "]" not in name[cut:]:
        found[re.sub(r"[ .\[]", "_", name)] = value
        return
    keys = [re.sub(r"[ .\[]", "_", name[:cut])]
    rest = name[cut:]
    while rest.startswith("["):
        end = rest.find("]")
        if end < 0:
            break
        keys.append(rest[1:end])
        rest = rest[end + 1 :]
    if len(keys) > MAX_NESTING:
        return
    place = found
    for key, following in zip(keys, [*keys[1:], None], strict=True):
        if key == "" and place is not found:
            key = _next_key(place)
        if following is None:
            place[key] = value
        else:
            inner = place.get(key)
            if not isinstance(inner, dict):
                inner = place[key] = {}
            place = inner


def _next_key(place: dict[str, Any]) -> str:
    used = [int(key) for key in place if re.fullmatch(r"0|[1-9][0-9]{0,17}", key)]
    return str(max(used) + 1 if used else 0)


def _lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    plain = {key: _lists(inner) for key, inner in value.items()}
    if list(plain) == [str(index) for index in range(len(plain))]:
        return list(plain.values())
    return plain


def pairs(values: dict[str, Any]) -> list[tuple[str, Any]]:
    """Flatten nested query values into ``name[inner]`` pairs, in order."""
    flat: list[tuple[str, Any]] = []
    # A stack, so that no depth of nesting can exhaust ours.
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

    What the URL already holds is decoded and encoded again, new values go in as they are, and an ``=`` before ``&`` or
    at the end disappears. Two calls in a row therefore encode everything, which is how paging links come out.
    """
    front, mark, fragment = url.partition("#")
    base, _, query = front.partition("?")
    merged: dict[str, Any] = {
        name: _deep(value, lambda text: quote_plus(text, safe="-_.")) for name, value in parse_query(query).items()
    }
    merged.update(values)
    parts = []
    for name, value in pairs({name: value for name, value in merged.items() if value is not False}):
        if value is None:
            continue
        text = "0" if value is False else to_text(value)
        name = name.replace("[", "%5B").replace("]", "%5D")
        parts.append(f"{name}={text}")
    text = re.sub(r"=(&|$)", r"\1", "&".join(parts))
    return f"{base}?{text}{mark}{fragment}" if text else f"{base}{mark}{fragment}"


def _deep(value: Any, change: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep(inner, change) for key, inner in value.items()}
    if isinstance(value, list):
        return [_deep(inner, change) for inner in value]
    return change(value)
