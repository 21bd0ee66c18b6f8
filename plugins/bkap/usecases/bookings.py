"""Bookings: list, read, count, create, update, delete (README, "Bookings").

They follow the status of their order; an order does not follow its bookings (README, "Statuses").
"""

import math
import secrets
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from frontdesk import bookings, orders, repository, statuses
from frontdesk.database import writing
from frontdesk.errors import Invalid
from frontdesk.records import Booking, Event, OrderRequest
from frontdesk.statuses import CANCELLED, PENDING
from plugins.bkap.schemas import BOOKING_TYPES, NAME, STATUSES, BookingRecord
from plugins.bkap.translate.bookings import (
    VENDOR_STATUS,
    BookingView,
    core_statuses,
    to_created,
    to_updated,
)
from plugins.bkap.translate.create_request import read_create
from plugins.bkap.translate.edit_request import EditBooking, moved_metadata, read_edit
from plugins.bkap.translate.periods import wall_time
from plugins.bkap.translate.product_settings import settings_of, to_named_product
from plugins.bkap.translate.values import read_amount, read_choices, read_date, read_int
from plugins.bkap.usecases import queries
from plugins.bkap.usecases.context import Context
from plugins.bkap.usecases.queries import RecordList

_NEWEST_FIRST = (("created_at", "desc"), ("id", "desc"))
_KEY_LETTERS = string.ascii_letters + string.digits
#: The column that each id filter compares.
_ID_COLUMNS = {
    "product_id": "service_id",
    "variation_id": "variant_id",
    "customer_id": "customer_id",
    "resource_id": "resource_id",
    "order_id": "order_id",
}
_TABLES: Mapping[str, repository.Repository[Any]] = {
    "variation_id": repository.variants,
    "customer_id": repository.customers,
    "order_id": repository.orders,
}
_LOST = (statuses.CANCELLED, statuses.FAILED, statuses.REFUNDED)


# -- create, update, delete -------------------------------------------------------------------------------------------


def create_bookings(context: Context, body: Mapping[str, Any]) -> dict[str, Any]:
    """Create a booking for each date and resource, all or none, in a new or an existing order."""
    named = queries.records_named(body)
    request = read_create(body, named, strict_past=context.settings.strict_past)
    requests = request.to_requests()
    created, order = bookings.create_with_order(
        requests,
        now=context.clock(),
        order=OrderRequest(
            status=PENDING,
            customer_id=request.customer_id,
            total=request.total,
            key=_order_key(),
            one_line=True,
        ),
        group=len(requests) > 1,
    )
    last = max(created, key=lambda booking: booking.id)
    return to_created(
        created,
        named.product,
        order or orders.get(last.order_id),
        resource_title=_resource_title(last.resource_id),
        store_url=context.store_url,
        is_new_order=named.order is None,
    )


def _order_key() -> str:
    number, key = secrets.randbelow(len(_KEY_LETTERS) ** 13), ""
    for _ in range(13):
        number, letter = divmod(number, len(_KEY_LETTERS))
        key += _KEY_LETTERS[letter]
    return f"wc_order_{key}"


def update_booking(
    context: Context, booking_id: int, body: Mapping[str, Any], *, check_version: Callable[[int], None]
) -> tuple[dict[str, Any], int]:
    """Change time, quantity, price, resource or status of a booking.

    Args:
        check_version: Raises ``StaleVersion`` when the client expects another version of the booking.

    Returns:
        The reply and the booking's new version.
    """
    booking = bookings.get_many([booking_id]).get(booking_id)
    if booking is None or booking.status not in VENDOR_STATUS:
        raise Invalid(field="booking.id", reason="unknown", value=booking_id)
    service = repository.services.get_many([booking.service_id]).get(booking.service_id)
    product = to_named_product(service) if service else None
    resources = queries.existing_resources(body)
    edit = read_edit(body, booking, product, resources, strict_past=context.settings.strict_past)
    with writing():
        check_version(bookings.get(booking_id).version)
        booking = _apply(edit, booking, now=context.clock())
    title = _resource_title(booking.resource_id)
    return to_updated(body, booking, product, resource_title=title), booking.version


def _apply(edit: EditBooking, booking: Booking, *, now: datetime) -> Booking:
    if edit.status == CANCELLED:
        # A cancelled booking takes no places, so the change that follows need not fit.
        booking = bookings.set_status(booking.id, edit.status, now=now, origin=NAME)
    if edit.change:
        booking = bookings.update(booking.id, edit.change, now=now, origin=NAME)
    if edit.status and edit.status != CANCELLED:
        booking = bookings.set_status(booking.id, edit.status, now=now, origin=NAME)
    if edit.period:
        metadata = moved_metadata(booking, edit.period)
        if metadata != booking.extras.get(NAME, {}):
            booking = bookings.set_metadata(booking.id, NAME, metadata, now=now)
    return booking


def _resource_title(resource_id: int) -> str:
    """Empty for no resource and for a deleted one."""
    resource = repository.resources.get_many([resource_id]).get(resource_id)
    return resource.name if resource else ""


def delete_booking(context: Context, booking_id: int, *, check_version: Callable[[int], None]) -> None:
    """Delete a booking, and with an order's last booking the order."""
    booking = queries.booking_by_id(booking_id)
    order_id = booking.order_id
    with writing():
        check_version(bookings.get(booking_id).version)
        bookings.delete(booking_id, now=context.clock(), origin=NAME)
        others = bookings.page([("order_id", "=", order_id)], limit=1, count=False).items
        if order_id and not others and repository.orders.get_many([order_id]):
            orders.delete(order_id, now=context.clock(), origin=NAME)


# -- read -------------------------------------------------------------------------------------------------------------


def read_booking(booking_id: int) -> tuple[BookingRecord, int]:
    """The record of a booking, and the booking's version."""
    booking = queries.booking_by_id(booking_id)
    return queries.booking_records([booking])[0], booking.version


def count_bookings() -> int:
    """How many bookings have a status of the vendor's."""
    return bookings.page([("status", "in", core_statuses(STATUSES))], limit=0).total or 0


def booking_types() -> list[dict[str, str]]:
    return [{"key": key, "label": label} for key, label in BOOKING_TYPES.items()]


def list_bookings(filters: Mapping[str, Any]) -> RecordList:
    """The bookings that match all filters, newest first."""
    booking_filter = _read_filter(filters)
    limit = queries.read_limit(filters, "bookings")
    page = max(0, read_int(filters.get("page") or 0, "bookings.page")) if limit else 0
    offset = page * (limit or 0)
    if booking_filter.needs_views:
        matching, total = _scan(booking_filter, limit, offset)
    else:
        part = bookings.page(
            booking_filter.conditions, order=_NEWEST_FIRST, limit=queries.read_bound(limit), offset=offset
        )
        matching, total = queries.check_length(part.items), part.total or 0
    return RecordList(queries.booking_records(matching), total, limit, page)


# -- filters ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _BookingFilter:
    """The filters of a list.

    Attributes:
        conditions: What the database compares. Where another attribute is set, they let too many bookings through.
        min_quantity, min_cost, latest_end: What must be compared with the vendor's view of each booking.
    """

    conditions: list[repository.Condition] = field(default_factory=list)
    min_quantity: int = 0
    min_cost: Decimal = Decimal(0)
    latest_end: datetime | None = None

    @property
    def needs_views(self) -> bool:
        return bool(self.min_quantity or self.min_cost or self.latest_end)

    def matches(self, view: BookingView) -> bool:
        return (
            view.quantity >= self.min_quantity
            and view.cost >= self.min_cost
            and (self.latest_end is None or view.end <= self.latest_end)
        )


def _read_filter(filters: Mapping[str, Any]) -> _BookingFilter:
    booking_filter = _BookingFilter()
    conditions = booking_filter.conditions
    statuses = list(STATUSES)
    if filters.get("status") is not None:
        statuses = read_choices(filters["status"], "bookings.status", STATUSES)
    conditions.append(("status", "in", core_statuses(statuses)))
    if filters.get("product_id") is not None and filters.get("variation_id") is not None:
        raise Invalid(field="bookings.variation_id", reason="conflict")
    for name, column in _ID_COLUMNS.items():
        if filters.get(name) is not None:
            record_id = read_int(filters[name], f"bookings.{name}")
            _check_exists(name, record_id)
            conditions.append((column, "=", record_id))
    if filters.get("quantity") is not None:
        quantity = read_int(filters["quantity"], "bookings.quantity")
        if quantity > 1:
            # The quantity of a record may be quantity times persons; one of the two must reach the square root.
            conditions.append((("quantity", "persons"), ">=", math.isqrt(quantity - 1) + 1))
            booking_filter.min_quantity = quantity
    if filters.get("price") is not None:
        price = read_amount(filters["price"], "bookings.price")
        if price > 0:
            conditions.append(("total", ">=", price))
            booking_filter.min_cost = price
    if filters.get("start_date") is not None:
        start = wall_time(read_date(filters["start_date"], "bookings.start_date"))
        conditions.append(("wall_start", ">=", start))
    if filters.get("end_date") is not None:
        end = wall_time(read_date(filters["end_date"], "bookings.end_date"))
        # An all-day booking ends on its own date for the vendor, and at the following midnight in core.
        latest = end + timedelta(days=1) if end < datetime.max - timedelta(days=1) else datetime.max
        conditions.append(("wall_end", "<=", latest.replace(microsecond=0)))
        booking_filter.latest_end = end
    return booking_filter


def _check_exists(name: str, record_id: int) -> None:
    """Refuse an id filter that names nothing; resources are not checked."""
    field_name = f"bookings.{name}"
    if name == "product_id":
        queries.existing_product(record_id, field_name)
    elif name in _TABLES and not _TABLES[name].get_many([record_id]):
        raise Invalid(field=field_name, reason="unknown", value=record_id)


def _scan(booking_filter: _BookingFilter, limit: int | None, offset: int) -> tuple[list[Booking], int]:
    """One page of the bookings whose views match, and how many match."""
    page: list[Booking] = []
    total = 0
    for booking, view in queries.booking_views(booking_filter.conditions):
        if not booking_filter.matches(view):
            continue
        if total >= offset and (limit is None or len(page) < limit):
            queries.check_length(page).append(booking)
        total += 1
    return queries.check_length(page), total


# -- orders ------------------------------------------------------------------------------------------------------------


def order_changed(event: Event, *, now: datetime) -> None:
    """Give the bookings that were made in this dialect the status that belongs to their order's new status."""
    bookings.follow_order(event, _booking_status, now=now, origin=NAME)


def _booking_status(booking: Booking, order_status: str, previous_order_status: str) -> str | None:
    """The booking's new status; None leaves it as it is."""
    is_occupying = booking.status in statuses.OCCUPYING
    if order_status in _LOST:
        return statuses.CANCELLED if is_occupying else None
    if not is_occupying and previous_order_status not in _LOST:
        # The booking was cancelled by itself, not by its order.
        return None
    if order_status == statuses.PAID:
        return statuses.CONFIRMED
    if order_status == statuses.COMPLETED:
        return statuses.PAID
    if order_status == statuses.AWAITING_PAYMENT:
        return statuses.PENDING if _requires_confirmation(booking) else statuses.CONFIRMED
    return statuses.PENDING if previous_order_status in _LOST else None


def _requires_confirmation(booking: Booking) -> bool:
    service = repository.services.get_many([booking.service_id]).get(booking.service_id)
    return service is not None and settings_of(service).confirmation == "on"
