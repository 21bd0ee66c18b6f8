"""Small businesses for tests of services: rows with sane defaults."""

from datetime import UTC, datetime
from decimal import Decimal

from core.domain.records import Booking, Resource, Service
from core.domain.requests import BookingRequest
from core.domain.schedule import CalendarRule, SchedulePlan
from core.services import bookings, catalog, repository

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
WEEKDAYS = CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020)
TUESDAY_NINE = datetime(2026, 3, 3, 9, 0)


def service(*, plan: SchedulePlan | None = None, resources: tuple[Resource, ...] = (), **values) -> Service:
    """A service open on weekdays from nine to five, an hour at a time."""
    record = repository.services.create(
        **{"now": NOW, "name": "Room", "rules": (WEEKDAYS,), "price": Decimal("10"), **values},
        plan=plan or SchedulePlan(),
    )
    catalog.set_resources(record.id, [{"resource_id": one.id} for one in resources])
    return record


def resource(name: str = "Desk", **values) -> Resource:
    return repository.resources.create(**{"now": NOW, "name": name, "capacity": 1, **values})


def person(name: str = "Ola", **values) -> Resource:
    return resource(name, kind="staff", sharing="session", **values)


def asks(service_id: int, **values) -> BookingRequest:
    """A request for Tuesday at nine."""
    return BookingRequest(**{"service_id": service_id, "wall_start": TUESDAY_NINE, "origin": "test", **values})


def book(service_id: int, **values) -> Booking:
    return bookings.create(asks(service_id, **values), now=NOW)
