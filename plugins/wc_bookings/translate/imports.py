"""Reads the values of import entries in which the shop's tables and the API are loose: numbers as text, empty for none.

Errors name the field relative to the entry.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from frontdesk.coerce import to_int
from frontdesk.errors import Invalid
from frontdesk.importing import check_keys, join_path
from frontdesk.records import Service
from plugins.wc_bookings.import_schemas import BookingEntry
from plugins.wc_bookings.translate.bookings import FROM_STATUS, TO_STATUS, from_stamp
from plugins.wc_bookings.translate.opening_hours import to_time_slots
from plugins.wc_bookings.translate.products import COUNTS, SETTING_DEFAULTS
from plugins.wc_bookings.translate.schedule import RULE_TYPES, says_something, selects
from plugins.wc_bookings.translate.values import flag, minute, person_types, stored_extras

_LARGEST_ID = 2**53
#: Customers and categories have ids of four bytes, and so have positions.
SMALL_ID = 2**31


def require(text: str | None, field: str) -> str:
    """Return a text that may not be empty."""
    if not text:
        raise Invalid(field=field, reason="missing")
    return text


def read_id(value: Any, field: str, limit: int = _LARGEST_ID) -> int:
    """Return an id below ``limit``; it may be text."""
    try:
        id = int(value)
    except (TypeError, ValueError, OverflowError):
        raise Invalid(field=field, reason="type", value=value) from None
    if not 0 < id < limit or isinstance(value, bool):
        raise Invalid(field=field, reason="range", value=value)
    return id


def read_optional_id(value: Any, field: str, limit: int = _LARGEST_ID) -> int:
    """Return an id, or 0 where the value is empty."""
    return 0 if value in (None, "", 0, "0") else read_id(value, field, limit)


def read_ids(values: Any, field: str, limit: int = _LARGEST_ID) -> list[int]:
    if not isinstance(values, list):
        raise Invalid(field=field, reason="type", value=values)
    return [read_id(value, f"{field}.{position}", limit) for position, value in enumerate(values)]


def read_amount(value: Any, field: str) -> Decimal:
    """Return an amount; empty is 0."""
    try:
        amount = Decimal(str(0 if value in (None, "") else value))
    except InvalidOperation:
        raise Invalid(field=field, reason="type", value=value) from None
    if not amount.is_finite() or abs(amount) > 10**12:
        raise Invalid(field=field, reason="range", value=value)
    return amount


def read_small(value: Any, field: str) -> int:
    """Return a position or another number of four bytes."""
    number = int(read_amount(value, field))
    if abs(number) >= SMALL_ID:
        raise Invalid(field=field, reason="range", value=value)
    return number


def read_instant(value: Any, field: str, default: datetime, zone: tzinfo = UTC) -> datetime:
    """Return a date as an instant in UTC; one without an offset is on the clock of ``zone``."""
    if value in (None, ""):
        return default
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        raise Invalid(field=field, reason="type", value=value) from None
    if not 1970 <= moment.year < 9000:
        raise Invalid(field=field, reason="range", value=value)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def read_stamp(value: Any, field: str) -> datetime | None:
    """Return a wall clock stamp as a naive wall clock; None where it is empty."""
    if value in (None, False, "", 0):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > 10**11:
        raise Invalid(field=field, reason="type", value=value)
    return from_stamp(value)


def read_wall_clock(text: str | None, stamp: Any, field: str) -> datetime | None:
    """Return the naive wall clock of ``text``, else of ``stamp``."""
    if not text:
        return read_stamp(stamp, field)
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise Invalid(field=f"{field}_local", reason="type", value=text) from None


def read_person_counts(entry: BookingEntry) -> tuple[dict[int, int], int]:
    """Return the persons of a booking by person type, and all of them."""
    sent = entry.person_counts or []
    try:
        pairs = sent.items() if isinstance(sent, Mapping) else [("0", count) for count in sent]
        counts = {int(key): int(count) for key, count in pairs}  # type: ignore[arg-type]  # None raises TypeError
    except (TypeError, ValueError):
        raise Invalid(field="person_counts", reason="type", value=sent) from None
    counts = {key: count for key, count in counts.items() if count > 0}
    return {key: count for key, count in counts.items() if key}, min(sum(counts.values()), 10**6) or 1


def booking_metadata(entry: BookingEntry) -> dict[str, Any]:
    """Return what only this dialect stores with a booking."""
    metadata: dict[str, Any] = {}
    if entry.google_calendar_event_id not in (None, "0"):
        metadata["google_calendar_event_id"] = entry.google_calendar_event_id
    if entry.local_timezone:
        metadata["local_timezone"] = entry.local_timezone
    if entry.attendance_status:
        metadata["attendance_status"] = entry.attendance_status
    person_counts, persons = read_person_counts(entry)
    if person_counts or persons > 1 or entry.person_counts:
        metadata["persons"] = True
    if TO_STATUS[FROM_STATUS[entry.status]] != entry.status:
        metadata["status"] = entry.status
    return metadata


def read_hours(slots_by_day: Mapping[str, Any]) -> dict[str, Any]:
    """Check opening hours by ISO weekday (1 to 7) or date."""
    hours = {}
    for day, slots in slots_by_day.items():
        try:
            if not (day.isdigit() and 1 <= int(day) <= 7):
                date.fromisoformat(day)
            hours[day] = to_time_slots(slots)
        except ValueError as error:
            raise Invalid(field=day, reason="type", value=str(error)) from error
    return hours


def check_rules(rules: Any, field: str) -> None:
    """Refuse a rule of an unknown type, and one that closes an unreadable range, which would stay on sale."""
    for key, rule in rules.items() if isinstance(rules, Mapping) else enumerate(rules or ()):
        kind = str(rule.get("type") or rule.get("range_type") or "")
        if kind not in RULE_TYPES:
            raise Invalid(field=join_path(field, f"{key}.type"), reason="choice", value=kind)
        if not flag(rule.get("bookable")) and says_something(rule) and not selects(rule):
            raise Invalid(field=join_path(field, key), reason="closes a range that cannot be read", value=None)


#: The values of settings that have a fixed set of them.
_CHOICES = {
    "duration_type": ("fixed", "customer", ""),
    "duration_unit": ("minute", "hour", "day", "night", "month", "week"),
    "min_date_unit": ("minute", "hour", "day", "week", "month"),
    "max_date_unit": ("minute", "hour", "day", "week", "month"),
    "default_date_availability": ("available", "non-available", ""),
    "resources_assignment": ("customer", "automatic", ""),
}


def read_settings(row: Mapping[str, Any], stored: Service | None) -> dict[str, Any]:
    """Return the bookings part of a product, complete.

    Args:
        stored: The product that has the id already; a record of the API names its person types without details.

    Raises:
        Invalid: A setting cannot be read.
    """
    complete = {**SETTING_DEFAULTS, **{k: v for k, v in row.items() if k in SETTING_DEFAULTS}}
    if "can_be_cancelled" in row and "user_can_cancel" not in row:
        complete["user_can_cancel"] = row["can_be_cancelled"]
    for name in ("min_date", "max_date"):
        bound = row.get(name)
        if isinstance(bound, Mapping) and f"{name}_value" not in row:
            check_keys(bound, ("value", "unit"), name)
            complete |= {f"{name}_value": bound.get("value"), f"{name}_unit": bound.get("unit")}
    for name, allowed in _CHOICES.items():
        if (complete[name] or "") not in allowed:
            raise Invalid(field=name, reason="choice", value=complete[name])
    for name in COUNTS:
        read_small(complete[name], name)
    first = complete["first_block_time"]
    if first and minute(first) is None:
        raise Invalid(field="first_block_time", reason="time", value=first)
    for name in ("availability", "pricing", "person_types"):
        if complete[name] in (None, "", False):
            complete[name] = []
        elif not isinstance(complete[name], (list, dict)):
            raise Invalid(field=name, reason="type", value=complete[name])
    check_rules(complete["availability"], "availability")
    complete["person_types"] = _person_types(complete["person_types"], "person_types", stored)
    for name in ("resource_base_costs", "resource_block_costs"):
        costs = complete[name]
        for key, cost in costs.items() if isinstance(costs, Mapping) else ():
            read_amount(cost, f"{name}.{key}")
    for name in ("cost", "block_cost"):
        read_amount(complete[name], name)
    return complete


def _person_types(raw: Any, field: str, stored: Service | None) -> list[dict[str, Any]]:
    """Return person types as a list; a record of the API has a map by id, whose values may be empty."""
    stored_types: dict[int, Any] = {}
    if stored is not None:
        settings = stored_extras(stored).get("settings") or {}
        stored_types = {to_int(item.get("id")): item for item in person_types(settings)}
    listed = raw.items() if isinstance(raw, Mapping) else ((None, item) for item in raw)
    types = []
    for position, (key, item) in enumerate(listed):
        path = f"{field}.{position if key is None else key}"
        person_type = dict(item) if isinstance(item, Mapping) else {}
        if key is not None:
            person_type["id"] = read_id(key, f"{path}.id", SMALL_ID)
        read_optional_id(person_type.get("id"), f"{path}.id", SMALL_ID)
        if not set(person_type) - {"id"}:
            id = person_type.get("id")
            if not id:
                raise Invalid(field=f"{path}.name", reason="missing")
            person_type = {"name": f"Persons {id}", **(stored_types.get(to_int(id)) or {}), **person_type}
        if len(str(person_type.get("name") or "")) > 255:
            raise Invalid(field=f"{path}.name", reason="range", limit=255)
        for name in ("min", "max", "sort_order"):
            read_small(person_type.get(name), f"{path}.{name}")
        for name in ("cost", "block_cost"):
            read_amount(person_type.get(name), f"{path}.{name}")
        types.append(person_type)
    return types
