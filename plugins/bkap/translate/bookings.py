"""Bookings in the vendor's words: the record, and the replies to a create and an update.

README, "Booking records" and "Statuses".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from frontdesk import statuses
from frontdesk.records import Booking, Customer, Order
from frontdesk.schedule import SchedulePlan
from frontdesk.wordpress.statuses import order_status
from plugins.bkap.schemas import NAME, BookingRecord, CreatedBooking, CustomerRecord, Settings
from plugins.bkap.translate.product_settings import NamedProduct
from plugins.bkap.translate.values import (
    format_amount,
    format_date,
    format_minutes,
    format_utc,
    json_amount,
    read_time,
)

_DAY = timedelta(days=1)

#: Core's status for each of the vendor's; one to one.
CORE_STATUS = {
    "draft": statuses.DRAFT,
    "pending-confirmation": statuses.PENDING,
    "confirmed": statuses.CONFIRMED,
    "paid": statuses.PAID,
    "cancelled": statuses.CANCELLED,
}
#: The vendor's status for each of core's. Deleted bookings have none: they are not listed.
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


def core_statuses(vendor_statuses: Sequence[str]) -> list[str]:
    """All core statuses that appear as one of these."""
    return sorted(core for core, vendor in VENDOR_STATUS.items() if vendor in vendor_statuses)


@dataclass(frozen=True, slots=True)
class BookedProduct:
    """The properties of a product that its booking records depend on; the defaults stand for a deleted product."""

    booking_type: str = ""
    in_hours: bool = False
    per_person: bool = False


def booked_product(settings: Settings, plan: SchedulePlan) -> BookedProduct:
    return BookedProduct(settings.booking_type, plan.unit == "hour", plan.capacity.units_per == "person")


def depends_on_product(booking: Booking) -> bool:
    """Does the record need the product? Persons may count as places, and durations have the product's unit."""
    booking_type = booking.extras.get(NAME, {}).get("type")
    return not booking_type or booking_type == "duration_time" or booking.persons > 1


@dataclass(frozen=True, slots=True)
class BookingView:
    """The vendor's view of a booking's times and money; ``cost`` is the price of one unit."""

    booking_type: str
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
        return "" if self.end == self.start else format_us_date(self.end)

    @property
    def duration_time(self) -> str:
        return "00:00" if self.all_day else format_time_24(self.start)

    @property
    def time_slot(self) -> str:
        """``10:00 - 11:00``; an open end leaves the start alone."""
        if self.all_day or not self.end_time:
            return self.duration_time
        return f"{format_time_24(self.start)} - {format_time_24(self.end)}"


def to_view(booking: Booking, product: BookedProduct) -> BookingView:
    """The vendor's view of a booking of any dialect."""
    metadata = booking.extras.get(NAME, {})
    booking_type = metadata.get("type") or product.booking_type
    all_day = booking.all_day
    if not booking_type:
        booking_type = "multiple_days" if all_day and booking.wall_end - booking.wall_start > _DAY else "only_day"
    start, end = booking.wall_start, booking.wall_end
    start_time = end_time = ""
    if all_day:
        start, end = _midnight(start), _midnight(end)
        if booking_type != "multiple_days" or metadata.get("same_day"):
            end = start
    else:
        start_time, end_time = format_time_12(start), format_time_12(end)
        if metadata.get("open_end"):
            end_time = ""
            end = _open_end(metadata, start)
    quantity = booking.quantity * (booking.persons if product.per_person else 1)
    duration = ""
    if booking_type == "duration_time" and not all_day:
        minutes = int((booking.wall_end - booking.wall_start).total_seconds()) // 60
        duration = format_amount(Decimal(minutes) / (60 if product.in_hours else 1))
    return BookingView(
        booking_type=booking_type,
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


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _open_end(metadata: Mapping[str, Any], start: datetime) -> datetime:
    """The midnight that begins the end date."""
    try:
        return datetime.combine(date.fromisoformat(metadata.get("end_day", "")), time())
    except (TypeError, ValueError):
        return _midnight(start)


# -- records ----------------------------------------------------------------------------------------------------------


def to_customer(booking: Booking, customer: Customer | None) -> CustomerRecord:
    """The person behind a booking; a guest is marked as one, with or without a billing name."""
    billing = booking.snapshot.get("customer", {})
    if booking.customer_id and customer is not None:
        name = customer.name or customer.username or customer.email
        return CustomerRecord(name=name, email=customer.email, user_id=customer.id)
    name = f"{billing.get('first_name', '')} {billing.get('last_name', '')}".strip()
    if booking.customer_id:
        return CustomerRecord(name=name, email=billing.get("email", ""), user_id=booking.customer_id)
    return CustomerRecord(name=f"{name or 'Guest'} (Guest)", email="", user_id=0)


def to_record(
    booking: Booking, product: BookedProduct, *, customer: Customer | None, resource_title: str
) -> BookingRecord:
    """The record of ``GET /bookings`` and ``GET /bookings/{id}``; ``resource_title`` is empty for a deleted one."""
    view = to_view(booking, product)
    return BookingRecord(
        booking_id=booking.id,
        order_id=booking.order_id,
        order_item_id=str(booking.order_item_id),
        booking_status=VENDOR_STATUS.get(booking.status, "cancelled"),
        customer_id=str(booking.customer_id),
        customer=to_customer(booking, customer),
        product_id=str(booking.service_id),
        start_date=format_digits(view.start),
        end_date=format_digits(view.end),
        start_time=view.start_time,
        end_time=view.end_time,
        start_date_formatted=format_us_date(view.start),
        end_date_formatted=view.end_formatted,
        resource_id=str(booking.resource_id) if booking.resource_id else "",
        fixed_block=str(view.metadata.get("fixed_block", "")),
        cost=format_amount(view.cost, booking.currency),
        quantity=str(view.quantity),
        variation_id=str(booking.variant_id),
        resource=resource_title if booking.resource_id else msgspec.UNSET,
        duration=view.duration,
        duration_time=view.duration_time,
    )


def without_empty(reply: Mapping[str, Any]) -> dict[str, Any]:
    """A flat reply without what PHP calls empty: null, "", "0", 0, false, empty lists."""
    return {name: value for name, value in reply.items() if value not in (None, "", "0", 0, False, [])}


def to_created(
    bookings: Sequence[Booking],
    product: NamedProduct,
    order: Order,
    *,
    resource_title: str,
    store_url: str,
    is_new_order: bool,
) -> dict[str, Any]:
    """The reply to a create: the order, and the last of the bookings (README, "Creating")."""
    booking = max(bookings, key=lambda booking: booking.id)
    view = to_view(booking, booked_product(product.settings, product.service.plan))
    total = format_amount(order.total, order.currency)
    created = CreatedBooking(
        created_booking_type=f"created_booking_in_{'new' if is_new_order else 'existing'}_order",
        booking_id=booking.id,
        order_id=order.id,
        order_key=order.key,
        order_number=order.number or str(order.id),
        date_created=format_utc(order.created_at),
        date_updated=format_utc(order.modified_at),
        order_status=order_status(order, NAME),
        booking_status=VENDOR_STATUS[booking.status],
        customer_id=booking.customer_id,
        product_id=booking.service_id,
        start_date=format_digits(view.start),
        end_date=format_digits(view.end),
        start_date_formatted=format_us_date(view.start),
        end_date_formatted=view.end_formatted,
        currency=order.currency,
        total=total,
        subtotal=total,
        order_url=f"{store_url}/my-account/view-order/{order.id}/",
        payment_url=f"{store_url}/checkout/order-pay/{order.id}/?pay_for_order=true&key={order.key}",
        start_time=view.start_time,
        end_time=view.end_time,
        cost=format_amount(view.cost, booking.currency),
        quantity=str(view.quantity),
        duration_time=view.duration_time,
        fixed_block=str(view.metadata.get("fixed_block", "")),
        variation_id=booking.variant_id,
        resource_id=booking.resource_id,
        resource=resource_title,
        duration=view.duration,
        booking_ids=sorted(booking.id for booking in bookings) if len(bookings) > 1 else [],
    )
    return without_empty(msgspec.to_builtins(created))


def to_updated(
    body: Mapping[str, Any], booking: Booking, product: NamedProduct | None, *, resource_title: str
) -> dict[str, Any]:
    """The reply to an update: the parameters that were sent, then what is stored (README, "Updating").

    Args:
        booking: After the update.
        product: None where it is deleted.
    """
    view = to_view(booking, booked_product(product.settings, product.service.plan) if product else BookedProduct())
    sent = {name: value for name, value in body.items() if value not in (None, "")}
    start_sent = not view.all_day and sent.get("start_time", view.start_time) != view.start_time
    end_sent = not view.all_day and sent.get("end_time", view.end_time) != view.end_time
    reply: dict[str, Any] = {"booking_id": booking.id, "start_date": format_date(view.start)}
    if start_sent:
        reply["start_time"] = format_minutes(read_time(sent["start_time"], "booking.start_time"))
    if end_sent:
        reply["end_time"] = format_minutes(read_time(sent["end_time"], "booking.end_time"))
    reply["time_slot"] = view.time_slot
    reply["quantity"] = view.quantity if "quantity" in sent else str(view.quantity)
    reply["status"] = VENDOR_STATUS[booking.status]
    reply["price"] = json_amount(booking.total, booking.currency)
    if "duration" in sent:
        reply["duration"] = view.duration
    reply["duration_time"] = view.duration_time
    reply["end_date"] = format_digits(view.end)
    if not start_sent:
        reply["start_time"] = view.start_time
    if not end_sent:
        reply["end_time"] = view.end_time
    reply["start_date_formatted"] = format_us_date(view.start)
    reply["end_date_formatted"] = view.end_formatted
    reply["cost"] = format_amount(view.cost, booking.currency)
    reply["fixed_block"] = str(view.metadata.get("fixed_block", ""))
    reply["variation_id"] = booking.variant_id
    reply["resource_id"] = booking.resource_id
    reply["resource"] = resource_title
    reply.setdefault("duration", view.duration)
    return without_empty(reply)


# -- times ------------------------------------------------------------------------------------------------------------


def format_digits(moment: datetime) -> str:
    """``20210921090000``."""
    date_digits = f"{moment.year:04}{moment.month:02}{moment.day:02}"
    return f"{date_digits}{moment.hour:02}{moment.minute:02}{moment.second:02}"


def format_us_date(moment: datetime) -> str:
    """``09/21/21``."""
    return f"{moment.month:02}/{moment.day:02}/{moment.year % 100:02}"


def format_time_12(moment: datetime) -> str:
    """``09:00 AM``."""
    return f"{moment.hour % 12 or 12:02}:{moment.minute:02} {'AM' if moment.hour < 12 else 'PM'}"


def format_time_24(moment: datetime) -> str:
    """``09:00``."""
    return f"{moment.hour:02}:{moment.minute:02}"
