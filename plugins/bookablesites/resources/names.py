"""Looks up everything a list of bookings points to: one query for each kind of thing."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.domain.records import Booking
from core.services import sessions
from core.services.repository import customers, extras, locations, resources, services
from plugins.bookablesites.resources import offer
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.bookings import Names
from plugins.bookablesites.translate.catalog import Offered


def names_of(found: Iterable[Booking], *, whole: bool = False) -> Names:
    """Records by id for these bookings; with ``whole`` everything that appointments show."""
    found = list(found)
    names = Names(
        customers=customers.get_many(booking.customer_id for booking in found),
        extras=extras.get_many(number for booking in found for number, _ in booking.extras_chosen),
    )
    if not whole:
        return names
    known = services.get_many(booking.service_id for booking in found)
    offers = {one.service.id: one for one in offer.offered(list(known.values()), shown=False)}
    staff = {id: record for one in offers.values() for id, record in one.staff.items()}
    return replace(
        names,
        services=known,
        resources=staff | resources.get_many({booking.resource_id for booking in found} - staff.keys()),
        locations=locations.get_many(booking.location_id for booking in found),
        capacities=_capacities(found, offers),
    )


def _capacities(found: Sequence[Booking], offers: dict[int, Offered]) -> dict[tuple[int, int], tuple[int, int | None]]:
    limits = {}
    for key in {(booking.service_id, booking.resource_id) for booking in found}:
        if key[0] in offers:
            terms = offer.terms(offers[key[0]], key[1])
            limits[key] = (terms.low, terms.high)
    return limits


def shown_bookings(found: Sequence[Booking]) -> list[dict]:
    """Bookings as this dialect shows them."""
    names = names_of(found)
    return [words.to_booking(booking, names) for booking in found]


def shown_appointments(found: Sequence[Sequence[Booking]], tenant: Tenant) -> list[dict]:
    """Appointments, each from its bookings."""
    names = names_of((booking for members in found for booking in members), whole=True)
    return [words.to_appointment(members, names, tenant.zone) for members in found]


def shown_appointment(id: int, tenant: Tenant) -> dict:
    """One appointment; raises NotFound."""
    return shown_appointments([sessions.get(id, statuses=words.VISIBLE)], tenant)[0]
