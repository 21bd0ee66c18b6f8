"""Reports over bookings: groups, sums and CSV (fact sheet, 8.8). Revenue is what approved and no-show bookings cost."""

import csv
import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from core.domain.records import Booking
from core.errors import Invalid
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.bookings import Names
from plugins.bookablesites.translate.catalog import person_names
from plugins.bookablesites.translate.prices import to_number

GROUPS = ("day", "week", "month", "service", "employee", "location", "customer", "status", "coupon")
COLUMNS = ("key", "label", "bookings", "persons", "revenue", "discount", "tax")
EARNING = frozenset((words.APPROVED, words.NO_SHOW))


def check_group(name: str) -> str:
    if name not in GROUPS:
        raise Invalid(field="group_by", reason="choice", value=name)
    return name


def to_rows(found: Iterable[Booking], group_by: str, names: Names) -> dict[str, Any]:
    """Bookings in groups, in the order of their keys, and the totals of all."""
    groups: dict[str, dict[str, Any]] = {}
    totals = _empty("", "")
    for booking in found:
        key, label = _keys(names)[group_by](booking)
        row = groups.setdefault(key, _empty(key, label))
        for sums in (row, totals):
            _add(sums, booking)
    numeric = all(key.isdigit() for key in groups)
    ordered = sorted(groups, key=(lambda key: int(key)) if numeric else (lambda key: key))
    return {
        "data": [_shown(groups[key]) for key in ordered],
        "totals": {name: value for name, value in _shown(totals).items() if name not in ("key", "label")},
    }


def _keys(names: Names) -> Mapping[str, Callable[[Booking], tuple[str, str]]]:
    def person(records: Mapping[int, Any], id: int, kept: str) -> tuple[str, str]:
        known = records.get(id)
        return str(id), " ".join(part for part in person_names(known) if part) if known else kept

    def customer(booking: Booking) -> tuple[str, str]:
        shown = words.to_customer_of(booking, names)
        return str(booking.customer_id), f"{shown['first_name']} {shown['last_name']}".strip()

    def week(booking: Booking) -> tuple[str, str]:
        year, number, _ = booking.wall_start.isocalendar()
        monday = (booking.wall_start - timedelta(days=booking.wall_start.weekday())).date().isoformat()
        return f"{year}-W{number:02d}", monday

    def kept(booking: Booking, what: str) -> str:
        return (booking.snapshot.get(what) or {}).get("name") or ""

    def named(records: Mapping[int, Any], id: int, otherwise: str) -> tuple[str, str]:
        return str(id), records[id].name if id in records else otherwise

    return {
        "day": lambda b: (b.wall_start.date().isoformat(),) * 2,
        "week": week,
        "month": lambda b: (f"{b.wall_start:%Y-%m}",) * 2,
        "service": lambda b: named(names.services, b.service_id, kept(b, "service")),
        "employee": lambda b: person(names.resources, b.resource_id, kept(b, "resource")),
        "location": lambda b: named(names.locations, b.location_id, kept(b, "location")),
        "customer": customer,
        "status": lambda b: (words.status_of(b),) * 2,
        "coupon": lambda b: (b.coupon_code.upper(), b.coupon_code),
    }


def _empty(key: str, label: str) -> dict[str, Any]:
    return {
        "key": key,
        "label": label,
        "bookings": 0,
        "persons": 0,
        **dict.fromkeys(("revenue", "discount", "tax"), Decimal(0)),
    }


def _add(row: dict[str, Any], booking: Booking) -> None:
    row["bookings"] += 1
    row["persons"] += words.party(booking)
    if words.status_of(booking) in EARNING:
        facts = words.stored_quote(booking).facts
        row["revenue"] += booking.total
        row["discount"] += facts.get("discount", Decimal(0))
        row["tax"] += facts.get("tax", Decimal(0))


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {name: to_number(value) if isinstance(value, Decimal) else value for name, value in row.items()}


def to_summary(found: Sequence[Booking], *, new_customers: int, working_minutes: int) -> dict[str, Any]:
    """The numbers of a span at a glance. ``occupancy`` is booked minutes over working minutes."""
    sums = _empty("", "")
    by_status = dict.fromkeys(words.NUMBERS.values(), 0)
    spans: dict[int, int] = {}
    for booking in found:
        _add(sums, booking)
        word = words.status_of(booking)
        by_status[word] += 1
        if word in words.ACTIVE | {words.NO_SHOW}:
            minutes = int((booking.end - booking.start).total_seconds()) // 60
            spans[booking.session_id] = max(minutes, spans.get(booking.session_id, 0))
    return {
        "appointments": len({booking.session_id for booking in found}),
        "bookings": sums["bookings"],
        "persons": sums["persons"],
        "by_status": by_status,
        "revenue": to_number(sums["revenue"]),
        "new_customers": new_customers,
        "occupancy": round(sum(spans.values()) / working_minutes, 2) if working_minutes else 0,
    }


def to_csv(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = COLUMNS) -> str:
    """Rows with a header line; texts that a spreadsheet would take for formulas are disarmed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(row.get(name)) for name in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{value}"
    return value
