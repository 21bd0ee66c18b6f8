"""Reads single values of an import document; whatever is wrong is refused with its path."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Invalid
from plugins.wc_bookings.translate.bookings import from_stamp

_MAX_ID = 2**53


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Invalid(field=path or "document", reason="type", value=value)
    return value


def rows(given: Mapping[str, Any], name: str) -> list[Any]:
    value = given.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Invalid(field=name, reason="type", value=value)
    return value


def number(row: Mapping[str, Any], path: str, name: str = "id", *, optional: bool = False) -> int:
    value = row.get(name)
    if optional and value in (None, "", 0, "0"):
        return 0
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    if not 0 < number < _MAX_ID or isinstance(value, bool):
        raise Invalid(field=f"{path}.{name}", reason="range", value=value)
    return number


def text(row: Mapping[str, Any], path: str, name: str, *, limit: int = 255, required: bool = False) -> str:
    value = row.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or len(value) > limit or "\0" in value:
        raise Invalid(field=f"{path}.{name}", reason="type", value=value)
    if required and not value:
        raise Invalid(field=f"{path}.{name}", reason="missing")
    return value


def amount(value: Any, path: str) -> Decimal:
    try:
        amount = Decimal(str(0 if value in (None, "") else value))
    except InvalidOperation:
        raise Invalid(field=path, reason="type", value=value) from None
    if not amount.is_finite() or abs(amount) > 10**12:
        raise Invalid(field=path, reason="range", value=value)
    return amount


def moment(row: Mapping[str, Any], path: str, name: str, default: datetime) -> datetime:
    """A date with an offset, or a wall stamp."""
    value = row.get(name)
    if value in (None, ""):
        return default
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def numbers(value: Any, path: str) -> list[int]:
    if not isinstance(value, list):
        raise Invalid(field=path, reason="type", value=value)
    return [number({"id": item}, path) for item in value]


def stamp(row: Mapping[str, Any], path: str, name: str) -> datetime | None:
    value = row.get(name)
    if value in (None, False, "", 0):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**11:
        raise Invalid(field=f"{path}.{name}", reason="type", value=value)
    return from_stamp(value)


def wall(row: Mapping[str, Any], path: str, name: str) -> datetime | None:
    """``start_local`` where it is given, else ``start``."""
    text = row.get(f"{name}_local")
    if not text:
        return stamp(row, path, name)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}_local", reason="type", value=text) from None


def person_counts(row: Mapping[str, Any], path: str) -> tuple[dict[int, int], int]:
    given = row.get("person_counts") or []
    if not isinstance(given, (list, Mapping)):
        raise Invalid(field=f"{path}.person_counts", reason="type", value=given)
    try:
        pairs = given.items() if isinstance(given, Mapping) else ((0, count) for count in given)
        counts = {int(key): int(count) for key, count in pairs}
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.person_counts", reason="type", value=given) from None
    counts = {key: count for key, count in counts.items() if count > 0}
    total = min(sum(counts.values()), 10**6) or 1
    return {key: count for key, count in counts.items() if key}, total
