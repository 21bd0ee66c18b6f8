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
from plugins.bkap.translate.bookings import FROM_STATUS, TO_STATUS, Product, Shown, dropped, shown
from plugins.bkap.translate.values import (
    at,
    digits,
    formatted,
    given,
    iso_day,
    minute_of,
    minutes_24,
    number,
    read_amount,
    read_clock,
    read_day,
    read_whole,
    trimmed,
)
from plugins.bkap.translate.wishes import Stretch, lasting, read_resources, slot, stay, whole_day

_TIMES = ("start_date", "end_date", "start_time", "end_time", "duration", "fixed_block")


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """An update that has been read; None leaves a thing as it is. ``status`` is core's."""

    stretch: Stretch | None = None
    quantity: int | None = None
    status: str | None = None
    price: Decimal | None = None
    resource_id: int | None = None

    @property
    def takes_places(self) -> bool:
        return self.stretch is not None or self.quantity is not None or self.resource_id is not None

    @property
    def is_more_than_status(self) -> bool:
        return self.takes_places or self.price is not None


def read_edit(
    body: Mapping[str, Any], booking: Booking, product: Product, settings: Settings | None, plan: SchedulePlan
) -> Edit:
    """The changes a body asks for; parameters that cannot be changed are ignored.

    Args:
        settings: Of the booking's product; None where it is gone, and then its times stay.

    Raises:
        Invalid: ``field`` is ``booking.<parameter>``.
    """
    values = {name: given(dict(body), name) for name in (*_TIMES, "quantity", "status", "price", "resource_id")}
    stretch = None
    seen = shown(booking, product)
    _leave_as_told(values, seen)
    if any(values[name] is not None for name in _TIMES):
        if settings is None:
            raise Invalid(field="booking.product_id", reason="unknown", value=booking.service_id)
        stretch = _new_stretch(values, booking, seen, settings, plan)
    status = None
    if values["status"] is not None:
        wanted = values["status"]
        if not isinstance(wanted, str) or wanted == "draft" or wanted not in TO_STATUS:
            raise Invalid(field="booking.status", reason="choice", value=wanted)
        status = TO_STATUS[wanted]
    resources = read_resources(body)
    if len(resources) > 1:
        raise Invalid(field="booking.resource_id", reason="type", value=resources)
    return Edit(
        stretch=stretch,
        quantity=None if values["quantity"] is None else read_whole(values["quantity"], "booking.quantity", least=1),
        status=status,
        price=None if values["price"] is None else read_amount(values["price"], "booking.price", least=0),
        resource_id=resources[0] if resources else None,
    )


def _leave_as_told(values: dict[str, Any], seen: Shown) -> None:
    """Drop the times that are sent as the record tells them; its forms are not those of a wish."""
    told = {
        "start_date": digits(seen.start),
        "end_date": digits(seen.end),
        "start_time": seen.start_time,
        "end_time": seen.end_time,
        "duration": seen.duration,
    }
    for name, value in told.items():
        if values[name] == value:
            values[name] = None
    if str(values["fixed_block"]) == str(seen.metadata.get("fixed_block")) and not any(values[name] for name in told):
        values["fixed_block"] = None


def _new_stretch(
    values: Mapping[str, Any], booking: Booking, seen: Shown, settings: Settings, plan: SchedulePlan
) -> Stretch | None:
    days = {
        name: None if values[name] is None else read_day(values[name], f"booking.{name}")
        for name in ("start_date", "end_date")
    }
    start: date = days["start_date"] or seen.start.date()
    end: date | None = days["end_date"]
    if seen.kind == "multiple_days":
        if values["start_date"] is None and end is None and values["fixed_block"] is None:
            return None
        if end is None:
            end = start if values["fixed_block"] is not None else seen.end.date()
            if seen.metadata.get("same_day"):
                end = start
        return stay(start, end, values["fixed_block"], settings, plan)
    if seen.all_day:
        if values["start_date"] is None and end is None:
            return None
        if end is not None and end != start:
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        return whole_day(start, plan)
    low = minute_of(booking.wall_start)
    if values["start_time"] is not None:
        low = read_clock(values["start_time"], "booking.start_time")
    if seen.kind not in SLOT_TYPES:
        return _moved_duration(values, booking, seen, settings, plan, start, low)
    high = 0 if seen.metadata.get("open_end") else minute_of(booking.wall_end)
    if values["end_time"] is not None:
        high = read_clock(values["end_time"], "booking.end_time")
    if end is None:
        nights = (seen.end.date() - seen.start.date()).days
        end = start if high == 0 or at(start, high) > at(start, low) else _shifted(start, nights)
    if end < start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    return slot(start, end, low, high, plan)


def _moved_duration(
    values: Mapping[str, Any],
    booking: Booking,
    seen: Shown,
    settings: Settings,
    plan: SchedulePlan,
    start: date,
    low: int,
) -> Stretch:
    if values["duration"] is not None:
        return lasting(start, low, values["duration"], settings, plan)
    begin = at(start, low)
    try:
        return Stretch(begin, begin + (booking.wall_end - booking.wall_start))
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def _shifted(start: date, days: int) -> date:
    try:
        return date.fromordinal(start.toordinal() + days)
    except (ValueError, OverflowError):
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def kept_facets(booking: Booking, stretch: Stretch) -> dict[str, Any]:
    """What the record shows beside the times, after a move."""
    metadata = dict(booking.extras.get("bkap", {}))
    for name in ("same_day", "open_end", "end_day"):
        metadata.pop(name, None)
    return {**metadata, **stretch.metadata}


def to_echo(
    body: Mapping[str, Any], booking: Booking, product: Product, *, resource_title: str | None
) -> dict[str, Any]:
    """The answer to an update: what was sent, then what is stored.

    Args:
        booking: As it is after the change.
    """
    seen = shown(booking, product)
    sent = {name: value for name, value in body.items() if value not in (None, "")}
    timed = not seen.all_day
    start_sent = timed and sent.get("start_time", seen.start_time) != seen.start_time
    end_sent = timed and sent.get("end_time", seen.end_time) != seen.end_time
    echo: dict[str, Any] = {"booking_id": booking.id, "start_date": iso_day(seen.start)}
    if start_sent:
        echo["start_time"] = minutes_24(read_clock(sent["start_time"], "booking.start_time"))
    if end_sent:
        echo["end_time"] = minutes_24(read_clock(sent["end_time"], "booking.end_time"))
    echo["time_slot"] = seen.time_slot
    echo["quantity"] = seen.quantity if "quantity" in sent else str(seen.quantity)
    echo["status"] = FROM_STATUS[booking.status]
    echo["price"] = number(booking.total, booking.currency)
    if "duration" in sent:
        echo["duration"] = seen.duration
    echo["duration_time"] = seen.duration_time
    echo["end_date"] = digits(seen.end)
    if not start_sent:
        echo["start_time"] = seen.start_time
    if not end_sent:
        echo["end_time"] = seen.end_time
    echo["start_date_formatted"] = formatted(seen.start)
    echo["end_date_formatted"] = seen.end_formatted
    echo["cost"] = trimmed(seen.cost, booking.currency)
    echo["fixed_block"] = str(seen.metadata.get("fixed_block", ""))
    echo["variation_id"] = booking.variant_id
    echo["resource_id"] = booking.resource_id
    echo["resource"] = (resource_title or "") if booking.resource_id else ""
    echo.setdefault("duration", seen.duration)
    return dropped(echo)
