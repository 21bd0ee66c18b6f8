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
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.values import (
    at,
    clock_12,
    clock_24,
    digits,
    formatted,
    trimmed,
    utc_text,
)

_DAY = timedelta(days=1)

#: The vendor's statuses as core's; one to one.
TO_STATUS = {
    "draft": statuses.DRAFT,
    "pending-confirmation": statuses.PENDING,
    "confirmed": statuses.CONFIRMED,
    "paid": statuses.PAID,
    "cancelled": statuses.CANCELLED,
}
#: Every core status in the vendor's words; trashed bookings are not shown at all.
FROM_STATUS = {
    **{core: vendor for vendor, core in TO_STATUS.items()},
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
    return sorted(core for core, vendor in FROM_STATUS.items() if vendor in wanted)


@dataclass(frozen=True, slots=True)
class Product:
    """What a booking's record needs to know of its service; the defaults stand for one that is gone."""

    kind: str = ""
    in_hours: bool = False
    per_person: bool = False


def as_product(settings: Settings, plan: SchedulePlan) -> Product:
    return Product(settings.booking_type, plan.unit == "hour", plan.capacity.units_per == "person")


def needs_product(booking: Booking) -> bool:
    """Whether a booking's record depends on its service: persons may be places, durations have a unit."""
    kind = booking.extras.get(NAME, {}).get("type")
    return not kind or kind == "duration_time" or booking.persons > 1


@dataclass(frozen=True, slots=True)
class Shown:
    """The vendor's view of a booking's times and money."""

    kind: str
    all_day: bool
    start: datetime
    end: datetime
    start_time: str
    end_time: str
    quantity: int
    cost: Decimal
    duration: str
    metadata: Mapping[str, Any]

    @property
    def end_formatted(self) -> str:
        return "" if self.end == self.start else formatted(self.end)

    @property
    def duration_time(self) -> str:
        return "00:00" if self.all_day else clock_24(self.start)

    @property
    def time_slot(self) -> str:
        """``10:00 - 11:00``; an open end shows the start alone."""
        if self.all_day:
            return "00:00"
        return f"{clock_24(self.start)} - {clock_24(self.end)}" if self.end_time else clock_24(self.start)


def shown(booking: Booking, product: Product) -> Shown:
    """How the vendor sees a booking, whoever made it."""
    metadata = booking.extras.get(NAME, {})
    kind = metadata.get("type") or product.kind
    all_day = booking.all_day
    if not kind:
        kind = "multiple_days" if all_day and booking.wall_end - booking.wall_start > _DAY else "only_day"
    start, end = booking.wall_start, booking.wall_end
    start_time = end_time = ""
    if all_day:
        start, end = _midnight(start), _midnight(end)
        if kind != "multiple_days" or metadata.get("same_day"):
            end = start
    else:
        start_time, end_time = clock_12(start), clock_12(end)
        if metadata.get("open_end"):
            end_time = ""
            end = _open_end(metadata, start)
    quantity = booking.quantity * (booking.persons if product.per_person else 1)
    duration = ""
    if kind == "duration_time" and not all_day:
        minutes = int((booking.wall_end - booking.wall_start).total_seconds()) // 60
        # The length in the product's own type: hours, or minutes.
        duration = trimmed(Decimal(minutes) / (60 if product.in_hours else 1))
    return Shown(
        kind=kind,
        all_day=all_day,
        start=start,
        end=end,
        start_time=start_time,
        end_time=end_time,
        quantity=quantity,
        cost=booking.total / max(1, quantity),
        duration=duration,
        metadata=metadata,
    )


def _midnight(clock: datetime) -> datetime:
    return clock.replace(hour=0, minute=0, second=0, microsecond=0)


def _open_end(metadata: Mapping[str, Any], start: datetime) -> datetime:
    try:
        return at(date.fromisoformat(metadata.get("end_day", "")))
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
    booking: Booking, product: Product, *, customer: Customer | None, resource_title: str | None
) -> BookingRecord:
    """The record of lists and of ``GET /bookings/{id}``; ``resource_title`` None: the resource is gone."""
    seen = shown(booking, product)
    return BookingRecord(
        booking_id=booking.id,
        order_id=booking.order_id,
        order_item_id=str(booking.order_item_id),
        booking_status=FROM_STATUS.get(booking.status, "cancelled"),
        customer_id=str(booking.customer_id),
        customer=to_customer(booking, customer),
        product_id=str(booking.service_id),
        start_date=digits(seen.start),
        end_date=digits(seen.end),
        start_time=seen.start_time,
        end_time=seen.end_time,
        start_date_formatted=formatted(seen.start),
        end_date_formatted=seen.end_formatted,
        resource_id=str(booking.resource_id) if booking.resource_id else "",
        fixed_block=str(seen.metadata.get("fixed_block", "")),
        cost=trimmed(seen.cost, booking.currency),
        quantity=str(seen.quantity),
        variation_id=str(booking.variant_id),
        resource=(resource_title or "") if booking.resource_id else msgspec.UNSET,
        duration=seen.duration,
        duration_time=seen.duration_time,
    )


def dropped(record: Any) -> dict[str, Any]:
    """A flat answer without what PHP calls empty: null, "", "0", 0, false, empty lists."""
    plain = msgspec.to_builtins(record) if isinstance(record, msgspec.Struct) else record
    return {name: value for name, value in plain.items() if value not in (None, "", "0", 0, False, [])}


def to_created(
    made: Sequence[Booking],
    product: Product,
    order: Order,
    *,
    resource_title: str | None,
    store_url: str,
    new: bool,
) -> dict[str, Any]:
    """The answer to a create: the order, and the last of the bookings."""
    booking = max(made, key=lambda one: one.id)
    seen = shown(booking, product)
    total = trimmed(order.total, order.currency)
    pay = f"{store_url}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}"
    return dropped(
        CreatedBooking(
            created_booking_type=f"created_booking_in_{'new' if new else 'existing'}_order",
            booking_id=booking.id,
            order_id=order.id,
            order_key=order.key,
            order_number=order.number or str(order.id),
            date_created=utc_text(order.created_at),
            date_updated=utc_text(order.modified_at),
            order_status=order.status,
            booking_status=FROM_STATUS[booking.status],
            customer_id=booking.customer_id,
            product_id=booking.service_id,
            start_date=digits(seen.start),
            end_date=digits(seen.end),
            start_date_formatted=formatted(seen.start),
            end_date_formatted=seen.end_formatted,
            currency=order.currency,
            total=total,
            subtotal=total,
            order_url=f"{store_url}/my-account/view-order/{order.id}/",
            payment_url=pay,
            start_time=seen.start_time,
            end_time=seen.end_time,
            cost=trimmed(seen.cost, booking.currency),
            quantity=str(seen.quantity),
            duration_time=seen.duration_time,
            fixed_block=str(seen.metadata.get("fixed_block", "")),
            variation_id=booking.variant_id,
            resource_id=booking.resource_id,
            resource=(resource_title or "") if booking.resource_id else "",
            duration=seen.duration,
            booking_ids=sorted(one.id for one in made) if len(made) > 1 else [],
        )
    )
