"""What an operator sees of bookings: a search, and one booking with everything that belongs to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.db import fetch_all
from core.domain.records import Booking, Customer, Location, Order, Page, Payment, Resource, Service, ServiceResource
from core.services import bookings, catalog
from core.services.booking_agenda import Choice
from core.services.conditions import Condition
from core.services.repository import customers, locations, orders, payments, resources, services, to_instant

#: The most customers whose bookings a search lists.
MAX_CUSTOMERS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldClaim:
    """Units that a booking holds of one subject, over ``[start, end)`` in aware UTC."""

    subject_kind: str
    subject_id: int
    units: int
    capacity: int
    start: datetime
    end: datetime
    overbooked: bool
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingDetails:
    """A booking's surroundings; None for what it has not, or what is deleted."""

    service: Service | None
    resource: Resource | None
    location: Location | None
    customer: Customer | None
    order: Order | None
    payments: Sequence[Payment]
    claims: Sequence[HeldClaim]
    group: Sequence[Booking]
    links: Sequence[ServiceResource]


def details_of(booking: Booking) -> BookingDetails:
    """Everything that belongs to a booking."""
    group: Sequence[Booking] = ()
    if booking.group_id:
        found = bookings.page([("group_id", "=", booking.group_id)], order=(("id", "asc"),), limit=50, count=False)
        group = [other for other in found.items if other.id != booking.id]
    service = services.get_many([booking.service_id]).get(booking.service_id)
    return BookingDetails(
        service=service,
        resource=resources.get_many([booking.resource_id]).get(booking.resource_id),
        location=locations.get_many([booking.location_id]).get(booking.location_id),
        customer=customers.get_many([booking.customer_id]).get(booking.customer_id),
        order=orders.get_many([booking.order_id]).get(booking.order_id),
        payments=payments.list_all([("booking_id", "=", booking.id)]),
        claims=claims_of(booking.id),
        group=group,
        links=catalog.resource_links(service_ids=[service.id]) if service is not None else (),
    )


def claims_of(booking_id: int) -> list[HeldClaim]:
    """The claims of a booking, by subject."""
    rows = fetch_all(
        'SELECT subject_kind, subject_id, units, capacity, start, "end", overbooked, expires_at FROM claim'
        " WHERE booking_id = ? ORDER BY subject_kind, subject_id, start LIMIT 500",
        (booking_id,),
    )
    return [
        HeldClaim(
            subject_kind=row[0],
            subject_id=row[1],
            units=row[2],
            capacity=row[3],
            start=to_instant(row[4]),
            end=to_instant(row[5]),
            overbooked=bool(row[6]),
            expires_at=None if row[7] is None else to_instant(row[7]),
        )
        for row in rows
    ]


def search(text: str, choice: Choice, *, limit: int, offset: int) -> Page[Booking]:
    """Bookings, newest first, of customers whose name, e-mail or phone contains ``text``, or of all."""
    where: list[Condition] = [
        (name, "=", value)
        for name, value in (
            ("service_id", choice.service_id),
            ("resource_id", choice.resource_id),
            ("location_id", choice.location_id),
            ("origin", choice.origin),
            ("status", choice.status),
        )
        if value
    ]
    if text:
        named = customers.page([(("full_name", "email", "phone"), "contains", text)], limit=MAX_CUSTOMERS, count=False)
        if not named.items:
            return Page([], 0)
        where.append(("customer_id", "in", [customer.id for customer in named.items]))
    counted = all(name in ("service_id", "status") for name, _, _ in where)
    return bookings.page(where, limit=limit, offset=offset, count=counted)
