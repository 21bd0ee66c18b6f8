"""``PUT /bookings/{id}``: what a client wants changed, and the echo it gets (sheet 4.7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from core.domain.records import Booking
from core.domain.schedule import SchedulePlan
from core.errors import Invalid
from plugins.bkap.schemas import SLOT_TYPES, Settings
from plugins.bkap.translate.bookings import (
    CORE_STATUS,
    VENDOR_STATUS,
    BookedProduct,
    BookingView,
    to_view,
    without_empty,
)
from plugins.bkap.translate.create_request import (
    Period,
    day_period,
    duration_period,
    nights_period,
    read_resource_ids,
    slot_period,
)
from plugins.bkap.translate.formats import (
    format_amount,
    format_date,
    format_digits,
    format_minutes,
    format_us_date,
    json_amount,
    minute_of_day,
    parameter,
    read_amount,
    read_date,
    read_int,
    read_time,
    wall_time,
)

_TIMES = ("start_date", "end_date", "start_time", "end_time", "duration", "fixed_block")


@dataclass(frozen=True, slots=True, kw_only=True)
class EditBooking:
    """An update that has been read; None leaves a thing as it is. ``status`` is core's."""

    period: Period | None = None
    quantity: int | None = None
    status: str | None = None
    price: Decimal | None = None
    resource_id: int | None = None

    @property
    def takes_places(self) -> bool:
        return self.period is not None or self.quantity is not None or self.resource_id is not None

    @property
    def is_more_than_status(self) -> bool:
        return self.takes_places or self.price is not None


def read_edit(
    body: Mapping[str, Any], booking: Booking, product: BookedProduct, settings: Settings | None, plan: SchedulePlan
) -> EditBooking:
    """The changes a body asks for; parameters that cannot be changed are ignored.

    Args:
        settings: Of the booking's product; None where it is gone, and then its times stay.

    Raises:
        Invalid: ``field`` is ``booking.<parameter>``.
    """
    values = {name: parameter(dict(body), name) for name in (*_TIMES, "quantity", "status", "price", "resource_id")}
    stretch = None
    seen = to_view(booking, product)
    _leave_as_told(values, seen)
    if any(values[name] is not None for name in _TIMES):
        if settings is None:
            raise Invalid(field="booking.product_id", reason="unknown", value=booking.service_id)
        stretch = _new_stretch(values, booking, seen, settings, plan)
    status = None
    if values["status"] is not None:
        wanted = values["status"]
        if not isinstance(wanted, str) or wanted == "draft" or wanted not in CORE_STATUS:
            raise Invalid(field="booking.status", reason="choice", value=wanted)
        status = CORE_STATUS[wanted]
    resources = read_resource_ids(body)
    if len(resources) > 1:
        raise Invalid(field="booking.resource_id", reason="type", value=resources)
    return EditBooking(
        period=stretch,
        quantity=None if values["quantity"] is None else read_int(values["quantity"], "booking.quantity", minimum=1),
        status=status,
        price=None if values["price"] is None else read_amount(values["price"], "booking.price", minimum=0),
        resource_id=resources[0] if resources else None,
    )


def _leave_as_told(values: dict[str, Any], seen: BookingView) -> None:
    """Drop the times that are sent as the record tells them; its forms are not those of a wish."""
    told = {
        "start_date": format_digits(seen.start),
        "end_date": format_digits(seen.end),
        "start_time": seen.start_time,
        "end_time": seen.end_time,
        "duration": seen.duration,
    }
    for name, value in told.items():
        if values[name] == value:
            values[name] = None
    if str(values["fixed_block"]) == str(seen.facets.get("fixed_block")) and not any(values[name] for name in told):
        values["fixed_block"] = None


def _new_stretch(
    values: Mapping[str, Any], booking: Booking, seen: BookingView, settings: Settings, plan: SchedulePlan
) -> Period | None:
    days = {
        name: None if values[name] is None else read_date(values[name], f"booking.{name}")
        for name in ("start_date", "end_date")
    }
    start: date = days["start_date"] or seen.start.date()
    end: date | None = days["end_date"]
    if seen.booking_type == "multiple_days":
        if values["start_date"] is None and end is None and values["fixed_block"] is None:
            return None
        if end is None:
            end = start if values["fixed_block"] is not None else seen.end.date()
            if seen.facets.get("same_day"):
                end = start
        return nights_period(start, end, values["fixed_block"], settings, plan)
    if seen.all_day:
        if values["start_date"] is None and end is None:
            return None
        if end is not None and end != start:
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        return day_period(start, plan)
    low = minute_of_day(booking.wall_start)
    if values["start_time"] is not None:
        low = read_time(values["start_time"], "booking.start_time")
    if seen.booking_type not in SLOT_TYPES:
        return _moved_duration(values, booking, seen, settings, plan, start, low)
    high = 0 if seen.facets.get("open_end") else minute_of_day(booking.wall_end)
    if values["end_time"] is not None:
        high = read_time(values["end_time"], "booking.end_time")
    if end is None:
        nights = (seen.end.date() - seen.start.date()).days
        end = start if high == 0 or wall_time(start, high) > wall_time(start, low) else _shifted(start, nights)
    if end < start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    return slot_period(start, end, low, high, plan)


def _moved_duration(
    values: Mapping[str, Any],
    booking: Booking,
    seen: BookingView,
    settings: Settings,
    plan: SchedulePlan,
    start: date,
    low: int,
) -> Period:
    if values["duration"] is not None:
        return duration_period(start, low, values["duration"], settings, plan)
    begin = wall_time(start, low)
    try:
        return Period(begin, begin + (booking.wall_end - booking.wall_start))
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def _shifted(start: date, days: int) -> date:
    try:
        return date.fromordinal(start.toordinal() + days)
    except (ValueError, OverflowError):
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def kept_facets(booking: Booking, stretch: Period) -> dict[str, Any]:
    """What the record shows beside the times, after a move."""
    facets = dict(booking.extras.get("bkap", {}))
    for name in ("same_day", "open_end", "end_day"):
        facets.pop(name, None)
    return {**facets, **stretch.facets}


def to_echo(
    body: Mapping[str, Any], booking: Booking, product: BookedProduct, *, resource_title: str | None
) -> dict[str, Any]:
    """The answer to an update: what was sent, then what is stored.

    Args:
        booking: As it is after the change.
    """
    seen = to_view(booking, product)
    sent = {name: value for name, value in body.items() if value not in (None, "")}
    timed = not seen.all_day
    start_sent = timed and sent.get("start_time", seen.start_time) != seen.start_time
    end_sent = timed and sent.get("end_time", seen.end_time) != seen.end_time
    echo: dict[str, Any] = {"booking_id": booking.id, "start_date": format_date(seen.start)}
    if start_sent:
        echo["start_time"] = format_minutes(read_time(sent["start_time"], "booking.start_time"))
    if end_sent:
        echo["end_time"] = format_minutes(read_time(sent["end_time"], "booking.end_time"))
    echo["time_slot"] = seen.time_slot
    echo["quantity"] = seen.quantity if "quantity" in sent else str(seen.quantity)
    echo["status"] = VENDOR_STATUS[booking.status]
    echo["price"] = json_amount(booking.total, booking.currency)
    if "duration" in sent:
        echo["duration"] = seen.duration
    echo["duration_time"] = seen.duration_time
    echo["end_date"] = format_digits(seen.end)
    if not start_sent:
        echo["start_time"] = seen.start_time
    if not end_sent:
        echo["end_time"] = seen.end_time
    echo["start_date_formatted"] = format_us_date(seen.start)
    echo["end_date_formatted"] = seen.end_formatted
    echo["cost"] = format_amount(seen.cost, booking.currency)
    echo["fixed_block"] = str(seen.facets.get("fixed_block", ""))
    echo["variation_id"] = booking.variant_id
    echo["resource_id"] = booking.resource_id
    echo["resource"] = (resource_title or "") if booking.resource_id else ""
    echo.setdefault("duration", seen.duration)
    return without_empty(echo)
