"""Reads the entries of the import document: records of the API under the names of the write parameters, and dates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.importing import checked
from frontdesk.records import Service
from plugins.bookingpress.import_schemas import (
    AmountsEntry,
    AppointmentRecord,
    CouponRecord,
    ServiceRecord,
)
from plugins.bookingpress.translate.values import stay_end, to_date


@dataclass(frozen=True, slots=True)
class ImportedEntry:
    """An entry under the names of the write parameters.

    Attributes:
        fields: The entry as it was sent; null is absent.
        id: The id it keeps, None for the next one.
        is_record: Whether it is a record of the API.
    """

    fields: dict[str, Any]
    id: int | None
    is_record: bool


def read_entry(entry: dict[str, Any], kind: Any) -> ImportedEntry:
    """Check an entry and rename the fields of a record."""
    fields = checked(entry, kind)
    id_key = kind.ID
    is_record = id_key in entry
    if is_record:
        # A record's own ``id`` is its place in the list.
        fields = {kind.NAMES.get(name, name): value for name, value in entry.items() if name not in ("id", id_key)}
        fields |= {"id": entry[id_key], **_record_fields(entry, fields, kind)}
    id = None if fields.get("id") is None else int(fields["id"])
    if id is not None and not 0 < id <= kind.MAX_ID:
        raise Invalid(field="id", reason="range", value=id)
    return ImportedEntry(fields, id, is_record)


def _record_fields(entry: dict[str, Any], fields: dict[str, Any], kind: Any) -> dict[str, Any]:
    """Return the fields that a record shows in another form."""
    if kind is ServiceRecord:
        # 0 stands for a capacity that depends on the date: one place until an entry says more.
        capacity = {"max_capacity": 1} if fields.get("max_capacity") == 0 else {}
        return {"assigned_staffmembers": None, **capacity}
    if kind is CouponRecord:
        # Coupons of other dialects may have only an end.
        has_start = fields.get("coupon_period_type") != "date_range" or fields.get("coupon_start_date")
        return {} if has_start else {"coupon_start_date": "1970-01-01"}
    return _payment_fields(entry) if kind is AppointmentRecord else {}


def _payment_fields(entry: dict[str, Any]) -> dict[str, Any]:
    """Return ``amounts`` and ``payment`` of an appointment record, which has their parts beside its other fields."""
    amounts = {name: entry[name] for name in AmountsEntry.__struct_fields__ if entry.get(name) is not None}
    if not entry.get("payment_id"):
        return {"amounts": amounts}
    total, paid = Decimal(str(entry.get("total_amount") or 0)), Decimal(str(entry.get("paid_amount") or 0))
    payment = {
        "payment_log_id": entry["payment_id"],
        "payment_gateway": entry.get("payment_method") or "",
        "payment_status": 1 if paid >= total else 4 if paid else 2,
        "paid_amount": entry.get("paid_amount"),
        "due_amount": entry.get("due_amount"),
    }
    return {"amounts": amounts, "payment": payment}


def read_instant(value: Any, field: str, zone: tzinfo, default: datetime) -> datetime:
    """Read a wall clock of ``zone`` as an instant in UTC; ``default`` where its year is out of range."""
    try:
        wall_clock = datetime.fromisoformat(str(value))
    except ValueError:
        raise Invalid(field=field, reason="date", value=value) from None
    return wall_clock.replace(tzinfo=zone).astimezone(UTC) if 1970 <= wall_clock.year < 9000 else default


def to_stay_end(service: Service, first_day: date, last_day: date) -> datetime:
    """Return the end of a stay of whole days; documents of the first release name the midnight after the last day."""
    plan = service.plan
    if plan.unit == "day" and plan.max_blocks == 1 and (last_day - first_day).days == plan.length:
        last_day -= timedelta(days=1)
    return stay_end(last_day, plan.check_out_minute)


def expiry_date(start: str, count: int, unit: str) -> str:
    """Return the date ``count`` days (``d``), months (``m``) or years (``y``) after ``start``.

    A day that the month does not have becomes the month's last.
    """
    start_date = to_date(start)
    if unit == "d":
        return (start_date + timedelta(days=count)).isoformat()
    months = start_date.year * 12 + start_date.month - 1 + count * (12 if unit == "y" else 1)
    year, month = divmod(months, 12)
    for day in (start_date.day, 30, 29, 28):
        try:
            return start_date.replace(year=year, month=month + 1, day=day).isoformat()
        except ValueError:
            continue
    raise Invalid(field="expiry_date", reason="range", value=count)
