"""A clock that tests move, factories, and a small business that is made through core's services."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.domain.records import Booking, Customer, Location, Resource, Service
from core.domain.requests import BookingRequest
from core.domain.schedule import CalendarRule, CapacityRules, PersonRules, ResourceRules, SchedulePlan
from core.services import bookings, catalog, repository

#: Where the clock stands: a Monday.
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
#: The Tuesday after it at nine, on the wall clock of a service: a start that every service here has.
START = datetime(2026, 3, 3, 9, 0)
WEEKDAYS = CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020)


class Clock:
    """A clock that stands still until it is moved. Called, it returns the current instant, aware UTC."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **distance: float) -> datetime:
        """Move by a ``timedelta`` of these fields (``hours=2``, ``days=-1``) and return the new instant."""
        self.now += timedelta(**distance)
        return self.now


class Factories:
    """Makes records with sane defaults; any field of the record may be given by its name.

    Everything is written through core's services at the time of ``clock``, and belongs to no dialect: so it has to be
    offered and sold through every one.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def service(
        self,
        capacity: int = 1,
        *,
        plan: SchedulePlan | None = None,
        resources: Sequence[Resource] = (),
        **values: Any,
    ) -> Service:
        """A service open on weekdays from nine to five, an hour at a time, for 10.00.

        Args:
            capacity: Places of each hour, where no ``plan`` is given.
            plan: How it is booked.
            resources: What it needs one of.
            values: Fields of ``frontdesk.records.Service``.
        """
        service = repository.services.create(
            **{"now": self._clock(), "name": "Room", "price": Decimal("10"), "rules": (WEEKDAYS,), **values},
            plan=plan or SchedulePlan(capacity=CapacityRules(limit=capacity)),
        )
        if resources:
            catalog.set_resources(service.id, [{"resource_id": one.id} for one in resources])
        return service

    def resource(self, name: str = "Desk", **values: Any) -> Resource:
        """A thing of which there is one; ``values`` are fields of ``frontdesk.records.Resource``."""
        return repository.resources.create(**{"now": self._clock(), "name": name, "capacity": 1, **values})

    def staff(self, name: str = "Ola", **values: Any) -> Resource:
        """A person who serves, all places of one session at a time."""
        return self.resource(name, **{"kind": "staff", "sharing": "session", **values})

    def location(self, name: str = "Harbour Road", **values: Any) -> Location:
        return repository.locations.create(**{"now": self._clock(), "name": name, **values})

    def customer(self, **values: Any) -> Customer:
        """Mira Holt; ``values`` are fields of ``frontdesk.records.Customer``. No two have one e-mail address."""
        names = {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"}
        return repository.customers.create(**{"now": self._clock(), **names, **values})

    def booking(self, service_id: int, start: datetime = START, **values: Any) -> Booking:
        """A booking made past every dialect; ``values`` are fields of ``frontdesk.records.BookingRequest``.

        Raises:
            DomainError: It cannot be booked.
        """
        request = BookingRequest(**{"service_id": service_id, "wall_start": start, "origin": "test", **values})
        return bookings.create(request, now=self._clock())


@dataclass(frozen=True, slots=True)
class Venue:
    """A small business. All services are open on weekdays, nine to five, and cost 10.00.

    Attributes:
        room: One place an hour.
        lesson: Ten places an hour, sold by the person; parties of up to ten.
        consultation: An hour with ``ola``, who is chosen automatically.
        flat: By the night, open every day.
    """

    room: Service
    lesson: Service
    consultation: Service
    flat: Service
    ola: Resource
    location: Location
    customer: Customer


def make_venue(factories: Factories) -> Venue:
    """Seed the open store."""
    ola = factories.staff()
    by_person = SchedulePlan(capacity=CapacityRules(limit=10, units_per="person"), persons=PersonRules(maximum=10))
    nights = SchedulePlan(unit="night", max_blocks=14)
    return Venue(
        room=factories.service(),
        lesson=factories.service(name="Lesson", plan=by_person),
        consultation=factories.service(
            name="Consultation", plan=SchedulePlan(resources=ResourceRules(choice="automatic")), resources=[ola]
        ),
        flat=factories.service(name="Flat", plan=nights, rules=(CalendarRule(effect="open"),)),
        ola=ola,
        location=factories.location(),
        customer=factories.customer(),
    )
