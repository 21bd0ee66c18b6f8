"""What a plugin may ask of the ledger while a booking is being stored."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from core.domain.records import Booking
from core.domain.statuses import HOLD, OCCUPYING
from core.services.bookings.queries import repository
from core.services.conditions import Condition
from core.subject_locks import lock_subjects


@dataclass(frozen=True, slots=True)
class LedgerView:
    """Bookings that hold places, without the one that is being changed.

    Under the lock, reading locks: until the commit, nobody else who asks the same question gets an answer. So what was
    counted is still true when the booking is stored, also through other services, processes and hosts.
    """

    #: The booking being changed; 0 for a new one.
    booking_id: int
    now: datetime
    #: Whether the booking is being stored.
    is_locking: bool

    #: Bookings that one question returns at most, the earliest ones.
    LIMIT = 1000

    def bookings_of(self, customer_id: int, day: date) -> list[Booking]:
        """The customer's bookings that touch this day on the wall clock of their service; none for customer 0."""
        if not customer_id:
            return []
        self._lock("bookings of customer", customer_id)
        return self._on_day(("customer_id", "=", customer_id), day)

    def bookings_on(self, service_id: int, day: date) -> list[Booking]:
        """The service's bookings that touch this day on its wall clock."""
        self._lock("service", service_id)
        return self._on_day(("service_id", "=", service_id), day)

    def lock(self, name: str) -> None:
        """Wait until no other booking is being stored that has locked this name, for rules on tables of a plugin."""
        self._lock(f"plugin {name}", 0)

    def _lock(self, kind: str, id: int) -> None:
        if self.is_locking:
            lock_subjects([(kind, id)])

    def _on_day(self, condition: Condition, day: date) -> list[Booking]:
        first = datetime.combine(day, time())
        conditions: list[Condition] = [
            condition,
            ("wall_start", "<", first + timedelta(days=1)),
            ("wall_end", ">", first),
            ("status", "in", sorted(OCCUPYING)),
            ("id", "!=", self.booking_id),
        ]
        order = (("wall_start", "asc"), ("id", "asc"))
        bookings = repository.page(conditions, order=order, limit=self.LIMIT, count=False).items
        return [
            booking
            for booking in bookings
            if booking.status != HOLD or booking.expires_at is None or booking.expires_at > self.now
        ]
