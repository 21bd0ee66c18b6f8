"""The body of ``PUT /bookings/{id}`` as a change for core (README, "Updating").

Parameters that are missing, null or empty leave the booking as it is. Refusals name ``booking.<parameter>``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from frontdesk.errors import Invalid, NotAvailable
from frontdesk.records import Booking, ChangeRequest, Resource
from frontdesk.schedule import SchedulePlan
from plugins.bkap.schemas import NAME, SLOT_TYPES, Settings
from plugins.bkap.translate.bookings import (
    CORE_STATUS,
    VENDOR_STATUS,
    BookedProduct,
    BookingView,
    booked_product,
    format_digits,
    to_view,
)
from plugins.bkap.translate.create_request import check_resources, read_resource_ids, rules_to_skip
from plugins.bkap.translate.periods import (
    Period,
    day_period,
    duration_period,
    later,
    nights_period,
    slot_period,
    wall_time,
)
from plugins.bkap.translate.product_settings import NamedProduct
from plugins.bkap.translate.values import parameter, read_amount, read_date, read_int, read_time

_TIMES = ("start_date", "end_date", "start_time", "end_time", "duration", "fixed_block")


@dataclass(frozen=True, slots=True)
class EditBooking:
    """An update that has been read; None leaves a part as it is.

    Attributes:
        status: Core's new status.
        change: A new time, quantity, price or resource.
        period: The new time in ``change``, with its metadata.
    """

    status: str | None
    change: ChangeRequest | None
    period: Period | None


def read_edit(
    body: Mapping[str, Any],
    booking: Booking,
    product: NamedProduct | None,
    resources: Mapping[int, Resource],
    *,
    strict_past: bool,
) -> EditBooking:
    """The update that a body asks for; parameters that cannot be changed are ignored.

    Args:
        product: None where it is deleted; then the booking keeps its time.
        resources: The resources that the body names, as far as they exist.

    Raises:
        Invalid: A parameter is wrong.
        NotAvailable: A cancelled booking stays cancelled, so only its status can change.
    """
    period = _read_period(body, booking, product)
    status = _read_status(body)
    resource_ids = read_resource_ids(body)
    if len(resource_ids) > 1:
        raise Invalid(field="booking.resource_id", reason="type", value=resource_ids)
    quantity, price = parameter(body, "quantity"), parameter(body, "price")
    quantity = None if quantity is None else read_int(quantity, "booking.quantity", minimum=1)
    price = None if price is None else read_amount(price, "booking.price", minimum=0)
    check_resources(resource_ids, resources)
    change = None
    if period or resource_ids or quantity is not None or price is not None:
        if VENDOR_STATUS[status or booking.status] == VENDOR_STATUS[booking.status] == "cancelled":
            raise NotAvailable(reason="cancelled")
        per_person = product is not None and product.service.plan.capacity.units_per == "person"
        change = ChangeRequest(
            wall_start=period.start if period else None,
            wall_end=period.end if period else None,
            quantity=1 if per_person and quantity is not None else quantity,
            persons=quantity if per_person else None,
            price=price,
            resource_id=resource_ids[0] if resource_ids else None,
            overrides=rules_to_skip(product, strict_past=strict_past, is_moved=period is not None),
        )
    return EditBooking(status if status != booking.status else None, change, period)


def _read_status(body: Mapping[str, Any]) -> str | None:
    status = parameter(body, "status")
    if status is None:
        return None
    if not isinstance(status, str) or status == "draft" or status not in CORE_STATUS:
        raise Invalid(field="booking.status", reason="choice", value=status)
    return CORE_STATUS[status]


# -- the new time -----------------------------------------------------------------------------------------------------


def _read_period(body: Mapping[str, Any], booking: Booking, product: NamedProduct | None) -> Period | None:
    values = {name: parameter(body, name) for name in _TIMES}
    booked = booked_product(product.settings, product.service.plan) if product else BookedProduct()
    view = to_view(booking, booked)
    _drop_unchanged_times(values, view)
    if all(value is None for value in values.values()):
        return None
    if product is None:
        raise Invalid(field="booking.product_id", reason="unknown", value=booking.service_id)
    settings, plan = product.settings, product.service.plan
    start = view.start.date() if values["start_date"] is None else read_date(values["start_date"], "booking.start_date")
    end = None if values["end_date"] is None else read_date(values["end_date"], "booking.end_date")
    if view.booking_type == "multiple_days":
        return _new_nights(values, view, settings, plan, start, end)
    if view.all_day:
        if values["start_date"] is None and end is None:
            return None
        if end is not None and end != start:
            raise Invalid(field="booking.end_date", reason="range", value=str(end))
        return day_period(start, plan)
    from_minute = _minute_of_day(booking.wall_start)
    if values["start_time"] is not None:
        from_minute = read_time(values["start_time"], "booking.start_time")
    if view.booking_type in SLOT_TYPES:
        return _new_slot(values, booking, view, plan, start, end, from_minute)
    if values["duration"] is not None:
        return duration_period(start, from_minute, values["duration"], plan)
    wall_start = wall_time(start, from_minute)
    try:
        return Period(wall_start, wall_start + (booking.wall_end - booking.wall_start))
    except OverflowError:
        raise Invalid(field="booking.start_date", reason="range", value=str(start)) from None


def _drop_unchanged_times(values: dict[str, Any], view: BookingView) -> None:
    """Drop the times that equal those of the record; a record's formats are not those of an update."""
    record = {
        "start_date": format_digits(view.start),
        "end_date": format_digits(view.end),
        "start_time": view.start_time,
        "end_time": view.end_time,
        "duration": view.duration,
    }
    for name, value in record.items():
        if values[name] == value:
            values[name] = None
    if str(values["fixed_block"]) == str(view.metadata.get("fixed_block")) and not any(values[name] for name in record):
        values["fixed_block"] = None


def _new_nights(
    values: Mapping[str, Any],
    view: BookingView,
    settings: Settings,
    plan: SchedulePlan,
    check_in: date,
    check_out: date | None,
) -> Period | None:
    fixed_block = values["fixed_block"]
    if values["start_date"] is None and check_out is None and fixed_block is None:
        return None
    if check_out is None:
        moves_along = fixed_block is not None or view.metadata.get("same_day")
        check_out = check_in if moves_along else view.end.date()
    return nights_period(check_in, check_out, fixed_block, settings, plan)


def _new_slot(
    values: Mapping[str, Any],
    booking: Booking,
    view: BookingView,
    plan: SchedulePlan,
    start: date,
    end: date | None,
    from_minute: int,
) -> Period:
    to_minute = 0 if view.metadata.get("open_end") else _minute_of_day(booking.wall_end)
    if values["end_time"] is not None:
        to_minute = read_time(values["end_time"], "booking.end_time")
    if end is None:
        days = (view.end.date() - view.start.date()).days
        same_date = to_minute == 0 or to_minute > from_minute
        end = start if same_date else later(start, days)
    if end < start:
        raise Invalid(field="booking.end_date", reason="range", value=str(end))
    return slot_period(start, end, from_minute, to_minute, plan)


def _minute_of_day(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def moved_metadata(booking: Booking, period: Period) -> dict[str, Any]:
    """The metadata of a booking after a move to ``period``."""
    metadata = dict(booking.extras.get(NAME, {}))
    for name in ("same_day", "open_end", "end_day"):
        metadata.pop(name, None)
    return {**metadata, **period.metadata}
