"""Reads single values of an import document; whatever is wrong is refused with its path."""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from core.documents import check_keys
from core.domain.coerce import to_int as whole_id
from core.domain.records import Service
from core.errors import Invalid
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.bookings import from_stamp
from plugins.wc_bookings.translate.schedule import RULE_TYPES, says_something, selects
from plugins.wc_bookings.translate.values import flag, minute, person_types

_MAX_ID = 2**53
#: Customers and categories are numbered in four bytes, and so are positions.
SMALL_ID = 2**31


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


def number(row: Mapping[str, Any], path: str, name: str = "id", *, optional: bool = False, most: int = _MAX_ID) -> int:
    value = row.get(name)
    if optional and value in (None, "", 0, "0"):
        return 0
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    if not 0 < number < most or isinstance(value, bool):
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


def whole(value: Any, path: str) -> int:
    """A position or another small number."""
    number = int(amount(value, path))
    if abs(number) >= SMALL_ID:
        raise Invalid(field=path, reason="range", value=value)
    return number


def moment(row: Mapping[str, Any], path: str, name: str, default: datetime, zone: tzinfo = UTC) -> datetime:
    """A date with an offset; without one it is on the clock of ``zone``."""
    value = row.get(name)
    if value in (None, ""):
        return default
    try:
        found = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid(field=f"{path}.{name}", reason="type", value=value) from None
    if not 1970 <= found.year < 9000:
        raise Invalid(field=f"{path}.{name}", reason="range", value=value)
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)


def numbers(value: Any, path: str, most: int = _MAX_ID) -> list[int]:
    if not isinstance(value, list):
        raise Invalid(field=path, reason="type", value=value)
    return [number({str(place): item}, path, str(place), most=most) for place, item in enumerate(value)]


def check_rules(rules: Any, path: str) -> None:
    """Refuse a rule that would select nothing because nobody understands it: what it closes would be sold."""
    named = rules.items() if isinstance(rules, Mapping) else enumerate(rules or ())
    for place, rule in named:
        kind = str(rule.get("type") or rule.get("range_type") or "")
        if kind not in RULE_TYPES:
            raise Invalid(field=f"{path}.{place}.type", reason="choice", value=kind)
        if not flag(rule.get("bookable")) and says_something(rule) and not selects(rule):
            raise Invalid(field=f"{path}.{place}", reason="closes a range that cannot be read", value=None)


#: Settings whose words are understood.
_WORDS = {
    "duration_type": ("fixed", "customer", ""),
    "duration_unit": ("minute", "hour", "day", "night", "month", "week"),
    "min_date_unit": ("minute", "hour", "day", "week", "month"),
    "max_date_unit": ("minute", "hour", "day", "week", "month"),
    "default_date_availability": ("available", "non-available", ""),
    "resources_assignment": ("customer", "automatic", ""),
}


def settings(row: Mapping[str, Any], path: str, stored: Service | None) -> dict[str, Any]:
    """The bookings part of a product, complete; what cannot be understood is refused.

    Args:
        stored: The product that is there already; a record of the API names its person types and says no more.
    """
    complete = {**words.SETTING_DEFAULTS, **{k: v for k, v in row.items() if k in words.SETTING_DEFAULTS}}
    if "can_be_cancelled" in row and "user_can_cancel" not in row:
        complete["user_can_cancel"] = row["can_be_cancelled"]
    for name in ("min_date", "max_date"):
        bound = row.get(name)
        if isinstance(bound, Mapping) and f"{name}_value" not in row:
            check_keys(bound, ("value", "unit"), f"{path}.{name}")
            complete |= {f"{name}_value": bound.get("value"), f"{name}_unit": bound.get("unit")}
    for name, allowed in _WORDS.items():
        if (complete[name] or "") not in allowed:
            raise Invalid(field=f"{path}.{name}", reason="choice", value=complete[name])
    for name in words.COUNTS:
        whole(complete[name], f"{path}.{name}")
    first = complete["first_block_time"]
    if first and minute(first) is None:
        raise Invalid(field=f"{path}.first_block_time", reason="time", value=first)
    for name in ("availability", "pricing", "person_types"):
        if complete[name] in (None, "", False):
            complete[name] = []
        elif not isinstance(complete[name], (list, dict)):
            raise Invalid(field=f"{path}.{name}", reason="type", value=complete[name])
    check_rules(complete["availability"], f"{path}.availability")
    complete["person_types"] = _person_types(complete["person_types"], f"{path}.person_types", stored)
    for name in ("resource_base_costs", "resource_block_costs"):
        costs = complete[name]
        for key, cost in costs.items() if isinstance(costs, Mapping) else ():
            amount(cost, f"{path}.{name}.{key}")
    for name in ("cost", "block_cost"):
        amount(complete[name], f"{path}.{name}")
    return complete


def _person_types(raw: Any, path: str, stored: Service | None) -> list[dict[str, Any]]:
    """Person types as a list; a record of the API has them as a map by id, whose values may say nothing."""
    details: dict[int, Any] = {}
    if stored is not None:
        details = {whole_id(item.get("id")): item for item in person_types(words.own(stored).get("settings") or {})}
    listed = raw.items() if isinstance(raw, Mapping) else ((None, item) for item in raw)
    kinds = []
    for place, (key, item) in enumerate(listed):
        where = f"{path}.{place if key is None else key}"
        kind = dict(item) if isinstance(item, Mapping) else {}
        if key is not None:
            kind["id"] = number({"id": key}, where, most=SMALL_ID)
        if kind.get("id") not in (None, "", 0, "0"):
            number(kind, where, most=SMALL_ID)
        if not set(kind) - {"id"}:
            if not kind.get("id"):
                raise Invalid(field=f"{where}.name", reason="missing")
            kind = {"name": f"Persons {kind['id']}", **(details.get(whole_id(kind["id"])) or {}), **kind}
        if len(str(kind.get("name") or "")) > 255:
            raise Invalid(field=f"{where}.name", reason="range", limit=255)
        for name in ("min", "max", "sort_order"):
            whole(kind.get(name), f"{where}.{name}")
        for name in ("cost", "block_cost"):
            amount(kind.get(name), f"{where}.{name}")
        kinds.append(kind)
    return kinds


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
