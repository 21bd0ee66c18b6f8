"""Bookings in the vendor's words: what the ledger holds, as records and answers (sheet 4.2, 4.6, 6.1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from core.domain import statuses
from core.domain.records import Booking, Customer, Order
from core.domain.schedule import SchedulePlan
from plugins.bkap.schemas import (
    BookingRecord,
    CreatedBooking,
    CustomerRecord,
    Settings,
)
from plugins.bkap.translate.formats import (
    format_amount,
    format_digits,
    format_time_12,
    format_time_24,
    format_us_date,
    format_utc,
    wall_time,
)
from plugins.bkap.translate.schedule import NAME

_DAY = timedelta(days=1)

#: The vendor's statuses as core's; one to one.
CORE_STATUS = {
    "draft": statuses.DRAFT,
    "pending-confirmation": statuses.PENDING,
    "confirmed": statuses.CONFIRMED,
    "paid": statuses.PAID,
    "cancelled": statuses.CANCELLED,
}
#: Every core status in the vendor's words; trashed bookings are not shown at all.
VENDOR_STATUS = {
    **{core: vendor for vendor, core in CORE_STATUS.items()},
    statuses.HOLD: "draft",
    statuses.UNPAID: "pending-confirmation",
    statuses.COMPLETED: "paid",
    statuses.DONE: "paid",
    statuses.RELEASED: "cancelled",
    statuses.REJECTED: "cancelled",
    statuses.NO_SHOW: "cancelled",
}


def core_statuses(wanted: Sequence[str]) -> list[str]:
    """All core statuses that are shown as one of these."""
    return sorted(core for core, vendor in VENDOR_STATUS.items() if vendor in wanted)


@dataclass(frozen=True, slots=True)
class BookedProduct:
    """What a booking's record needs to know of its service; the defaults stand for one that is gone."""

    booking_type: str = ""
    in_hours: bool = False
    per_person: bool = False


def booked_product(settings: Settings, plan: SchedulePlan) -> BookedProduct:
    return BookedProduct(settings.booking_type, plan.unit == "hour", plan.units_per == "person")


def depends_on_product(booking: Booking) -> bool:
    """Whether a booking's record depends on its service: persons may be places, durations have a unit."""
    kind = booking.extras.get(NAME, {}).get("type")
    return not kind or kind == "duration_time" or booking.persons > 1


@dataclass(frozen=True, slots=True)
class BookingView:
    """The vendor's view of a booking's times and money."""

    booking_type: str
    all_day: bool
    start: datetime
    end: datetime
    start_time: str
    end_time: str
    quantity: int
    cost: Decimal
    duration: str
    facets: Mapping[str, Any]

    @property
    def end_formatted(self) -> str:
        return "" if self.end == self.start else format_us_date(self.end)

    @property
    def duration_time(self) -> str:
        return "00:00" if self.all_day else format_time_24(self.start)

    @property
    def time_slot(self) -> str:
        """``10:00 - 11:00``; an open end shows the start alone."""
        if self.all_day:
            return "00:00"
        return (
            f"{format_time_24(self.start)} - {format_time_24(self.end)}"
            if self.end_time
            else format_time_24(self.start)
        )


def to_view(booking: Booking, product: BookedProduct) -> BookingView:
    """How the vendor sees a booking, whoever made it."""
    facets = booking.extras.get(NAME, {})
    kind = facets.get("type") or product.booking_type
    all_day = booking.all_day
    if not kind:
        kind = "multiple_days" if all_day and booking.wall_end - booking.wall_start > _DAY else "only_day"
    start, end = booking.wall_start, booking.wall_end
    start_time = end_time = ""
    if all_day:
        start, end = _midnight(start), _midnight(end)
        if kind != "multiple_days" or facets.get("same_day"):
            end = start
    else:
        start_time, end_time = format_time_12(start), format_time_12(end)
        if facets.get("open_end"):
            end_time = ""
            end = _open_end(facets, start)
    quantity = booking.quantity * (booking.persons if product.per_person else 1)
    duration = ""
    if kind == "duration_time" and not all_day:
        minutes = int((booking.wall_end - booking.wall_start).total_seconds()) // 60
        # The length in the product's own type: hours, or minutes.
        duration = format_amount(Decimal(minutes) / (60 if product.in_hours else 1))
    return BookingView(
        booking_type=kind,
        all_day=all_day,
        start=start,
        end=end,
        start_time=start_time,
        end_time=end_time,
        quantity=quantity,
        cost=booking.total / max(1, quantity),
        duration=duration,
        facets=facets,
    )


def _midnight(clock: datetime) -> datetime:
    return clock.replace(hour=0, minute=0, second=0, microsecond=0)


def _open_end(facets: Mapping[str, Any], start: datetime) -> datetime:
    try:
        return wall_time(date.fromisoformat(facets.get("end_day", "")))
    except (TypeError, ValueError):
        return _midnight(start)


def to_customer(booking: Booking, customer: Customer | None) -> CustomerRecord:
    """The person behind a booking; a guest is marked as one, with or without a billing name."""
    named = booking.snapshot.get("customer", {})
    if booking.customer_id and customer is not None:
        name = customer.name or customer.username or customer.email
        return CustomerRecord(name=name, email=customer.email, user_id=customer.id)
    name = f"{named.get('first_name', '')} {named.get('last_name', '')}".strip()
    if booking.customer_id:
        return CustomerRecord(name=name, email=named.get("email", ""), user_id=booking.customer_id)
    return CustomerRecord(name=f"{name or 'Guest'} (Guest)", email="", user_id=0)


def to_record(
    booking: Booking, product: BookedProduct, *, customer: Customer | None, resource_title: str | None
) -> BookingRecord:
    """The record of lists and of ``GET /bookings/{id}``; ``resource_title`` None: the resource is gone."""
    seen = to_view(booking, product)
    return BookingRecord(
        booking_id=booking.id,
        order_id=booking.order_id,
        order_item_id=str(booking.order_item_id),
        booking_status=VENDOR_STATUS.get(booking.status, "cancelled"),
        customer_id=str(booking.customer_id),
        customer=to_customer(booking, customer),
        product_id=str(booking.service_id),
        start_date=format_digits(seen.start),
        end_date=format_digits(seen.end),
        start_time=seen.start_time,
        end_time=seen.end_time,
        start_date_formatted=format_us_date(seen.start),
        end_date_formatted=seen.end_formatted,
        resource_id=str(booking.resource_id) if booking.resource_id else "",
        fixed_block=str(seen.facets.get("fixed_block", "")),
        cost=format_amount(seen.cost, booking.currency),
        quantity=str(seen.quantity),
        variation_id=str(booking.variant_id),
        resource=(resource_title or "") if booking.resource_id else msgspec.UNSET,
        duration=seen.duration,
        duration_time=seen.duration_time,
    )


def without_empty(record: Any) -> dict[str, Any]:
    """A flat answer without what PHP calls empty: null, "", "0", 0, false, empty lists."""
    plain = msgspec.to_builtins(record) if isinstance(record, msgspec.Struct) else record
    return {name: value for name, value in plain.items() if value not in (None, "", "0", 0, False, [])}


def to_created(
    bookings: Sequence[Booking],
    product: BookedProduct,
    order: Order,
    *,
    resource_title: str | None,
    store_url: str,
    new: bool,
) -> dict[str, Any]:
    """The answer to a create: the order, and the last of the bookings."""
    booking = max(bookings, key=lambda one: one.id)
    seen = to_view(booking, product)
    total = format_amount(order.total, order.currency)
    pay = f"{store_url}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}"
    return without_empty(
        CreatedBooking(
            created_booking_type=f"created_booking_in_{'new' if new else 'existing'}_order",
            booking_id=booking.id,
            order_id=order.id,
            order_key=order.key,
            order_number=order.number or str(order.id),
            date_created=format_utc(order.created_at),
            date_updated=format_utc(order.modified_at),
            order_status=order.status,
            booking_status=VENDOR_STATUS[booking.status],
            customer_id=booking.customer_id,
            product_id=booking.service_id,
            start_date=format_digits(seen.start),
            end_date=format_digits(seen.end),
            start_date_formatted=format_us_date(seen.start),
            end_date_formatted=seen.end_formatted,
            currency=order.currency,
            total=total,
            subtotal=total,
            order_url=f"{store_url}/my-account/view-order/{order.id}/",
            payment_url=pay,
            start_time=seen.start_time,
            end_time=seen.end_time,
            cost=format_amount(seen.cost, booking.currency),
            quantity=str(seen.quantity),
            duration_time=seen.duration_time,
            fixed_block=str(seen.facets.get("fixed_block", "")),
            variation_id=booking.variant_id,
            resource_id=booking.resource_id,
            resource=(resource_title or "") if booking.resource_id else "",
            duration=seen.duration,
            booking_ids=sorted(one.id for one in bookings) if len(bookings) > 1 else [],
        )
    )
