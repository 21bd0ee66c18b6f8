"""The business that is measured: the same at every size, with more and more bookings around it.

Everything is seeded and stands at a fixed instant, so two runs of one size hold the same rows. A first booking is made
through each dialect (its own shape: notes, quotes, orders, customers); the many are copies of those, written in bulk
with other times, services, states and numbers. What the slots rows ask about (``month``, ``days``) is booked the same
at every size: 121 and 20 bookings in that month.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.db import database, fetch_all, writing
from core.domain.requests import BookingRequest
from core.domain.schedule import CalendarRule, CapacityRules, SchedulePlan
from core.domain.statuses import OCCUPYING
from core.services import bookings, repository

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
DAY = 86_400
OPENS, STARTS = 9, 8
CAPACITY = 5
HOURLY, DAILY = 100, 100

#: How often each state occurs among the many.
STATES = {"confirmed": 40, "paid": 25, "completed": 15, "pending": 10, "cancelled": 8, "no_show": 2}

_ALL_DAY_LONG = CalendarRule(effect="open", from_minute=OPENS * 60, to_minute=(OPENS + STARTS) * 60)
_EVERY_DAY = CalendarRule(effect="open")


@dataclass
class Business:
    """Where to find what the rows of the table ask about."""

    #: Service with an hour grid whose April is booked half.
    month: int = 0
    #: Services booked by the day.
    days: list[int] = field(default_factory=list)
    #: Services the many bookings are for, and those whose future is still free.
    busy: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    #: A start of ``month`` where nothing is left.
    full: datetime = datetime(2026, 4, 1, OPENS)
    #: Booking ids by dialect.
    bookings: dict[str, list[int]] = field(default_factory=dict)
    rows: int = 0


def make_services(add: Callable[[str, str, int], None] | None = None) -> Business:
    """Services no dialect has made, so that each of them answers from the neutral plan alone."""
    business = Business()

    def service(name: str, plan: SchedulePlan, rule: CalendarRule) -> int:
        return repository.services.create(now=NOW, name=name, price=Decimal("25"), plan=plan, rules=(rule,)).id

    hour = SchedulePlan(capacity=CapacityRules(limit=CAPACITY))
    with writing():
        business.month = service("Month", SchedulePlan(capacity=CapacityRules(limit=2)), _ALL_DAY_LONG)
        business.busy = [service(f"Busy {n}", hour, _ALL_DAY_LONG) for n in range(HOURLY)]
        business.free = [service(f"Free {n}", hour, _ALL_DAY_LONG) for n in range(20)]
        business.days = [
            service(f"Day {n}", SchedulePlan(unit="day", capacity=CapacityRules(limit=CAPACITY)), _EVERY_DAY)
            for n in range(DAILY)
        ]
        chance = random.Random(1)
        midnight = datetime.combine(FIRST, datetime.min.time())
        places = [midnight + timedelta(days=d, hours=OPENS + h) for d in range(30) for h in range(STARTS)]
        for start in [places[0], places[0], *chance.sample(places[1:], 119)]:
            _book(business.month, start)
        business.full = places[0]
        for number in business.days:
            for day in sorted(chance.choices(range(30), k=20)):
                _book(number, midnight + timedelta(days=day), overrides=True)
    return business


def _book(service_id: int, start: datetime, *, overrides: bool = False) -> None:
    from core.domain.requests import RuleOverrides

    bookings.create(
        BookingRequest(
            service_id=service_id,
            wall_start=start,
            origin="bench",
            status="confirmed",
            price=Decimal("25"),
            overrides=RuleOverrides(capacity=overrides),
        ),
        now=NOW,
    )


def template(service_id: int) -> int:
    """A booking made in core, for when no dialect is there."""
    request = BookingRequest(
        service_id=service_id, wall_start=datetime(2026, 3, 3, OPENS), origin="bench", status="confirmed"
    )
    return bookings.create(request, now=NOW).id


# -- the many ----------------------------------------------------------------------------------------------------------


class _Copies:
    """Rows of one table copied from a template with some columns replaced."""

    def __init__(self, table: str) -> None:
        cursor = database.execute_sql(f'SELECT * FROM "{table}" LIMIT 0')
        self.table = table
        self.columns = [column[0] for column in cursor.description]
        self.waiting: list[list[Any]] = []
        marks = ", ".join("?" * len(self.columns))
        names = ", ".join(f'"{name}"' for name in self.columns)
        self._text = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'

    def of(self, column: str, value: Any) -> list[dict[str, Any]]:
        """The template's own rows."""
        found = fetch_all(f'SELECT * FROM "{self.table}" WHERE "{column}" = ?', (value,))
        return [dict(zip(self.columns, row, strict=True)) for row in found]

    def last_id(self) -> int:
        return int(fetch_all(f'SELECT COALESCE(MAX(id), 0) FROM "{self.table}"')[0][0])

    def add(self, row: dict[str, Any]) -> None:
        self.waiting.append([row[name] for name in self.columns])

    def flush(self) -> None:
        if self.waiting:
            database.connection().executemany(self._text, self.waiting)
            self.waiting = []


def fill(business: Business, templates: dict[str, int], count: int, *, tell: Callable[[str], None] = print) -> None:
    """Write ``count`` bookings as copies of ``templates`` (dialect: booking id); SQLite only.

    Indexes and triggers are put aside meanwhile and the tally is counted once at the end.
    """
    connection = database.connection()
    aside = fetch_all(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    )
    aside = [one for one in aside if any(f'"{table}"' in one[2] or f" {table} " in one[2] for table in _TABLES)]
    for kind, name, _ in aside:
        database.execute_sql(f'DROP {kind} "{name}"')
    connection.execute("PRAGMA synchronous = OFF")
    with writing():
        _copy(business, templates, count)
    tell(f"{count} bookings written; indexes next")
    connection.execute("PRAGMA cache_size = -400000")
    with writing():
        for _, _, text in aside:
            database.execute_sql(text)
        database.execute_sql("DELETE FROM booking_tally")
        database.execute_sql(
            "INSERT INTO booking_tally (service_id, status, n)"
            " SELECT service_id, status, COUNT(*) FROM booking GROUP BY service_id, status"
        )
        database.execute_sql("DELETE FROM booking_total")
        database.execute_sql(
            "INSERT INTO booking_total (status, n) SELECT status, COUNT(*) FROM booking GROUP BY status"
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    business.rows = int(fetch_all("SELECT COUNT(*) FROM booking")[0][0])
    for dialect in templates:
        found = fetch_all("SELECT id FROM booking WHERE origin = ? ORDER BY id", (_origin(templates[dialect]),))
        chance = random.Random(3)
        business.bookings[dialect] = [row[0] for row in chance.sample(found, min(len(found), 500))]


_TABLES = ("booking", "claim", "booking_order", "order_item", "payment")


def _origin(booking_id: int) -> str:
    return fetch_all("SELECT origin FROM booking WHERE id = ?", (booking_id,))[0][0]


def _copy(business: Business, templates: dict[str, int], count: int) -> None:
    booking, claim, order, item, payment = (_Copies(table) for table in _TABLES)
    known = [
        (
            booking.of("id", number)[0],
            claim.of("booking_id", number),
            order.of("id", booking.of("id", number)[0]["order_id"]),
            item.of("order_id", booking.of("id", number)[0]["order_id"]),
            payment.of("booking_id", number),
        )
        for number in templates.values()
    ]
    chance = random.Random(2)
    next_id = repository.next_id()
    claim_id, item_id, payment_id = claim.last_id(), item.last_id(), payment.last_id()
    years = 1 if count <= 100_000 else 10
    begins = int(NOW.timestamp()) // DAY * DAY - years * 365 * DAY
    every = max(1, (years * 365 * DAY) // (count + 1))
    places = _places(chance, len(business.busy), count, years)
    states = chance.choices(list(STATES), list(STATES.values()), k=count)
    sessions: dict[tuple[int, int], int] = {}
    for number, (index, day, hour) in enumerate(places):
        row, claims, orders, items, payments = known[number % len(known)]
        service_id = business.busy[index]
        start = begins + day * DAY + (OPENS + hour) * 3600
        end = start + 3600
        status = states[number]
        made = begins + number * every
        booking_id, next_id = next_id, next_id + 1
        order_id = item_number = 0
        if orders:
            order_id, next_id = next_id, next_id + 1
            order.add(orders[0] | {"id": order_id, "number": str(order_id), "created_at": made, "modified_at": made})
            for one in items:
                item_id += 1
                item_number = item_id
                item.add(one | {"id": item_id, "order_id": order_id, "service_id": service_id})
        session = sessions.setdefault((service_id, start), booking_id) if status in OCCUPYING else booking_id
        booking.add(
            row
            | {
                "id": booking_id,
                "session_id": session,
                "service_id": service_id,
                "status": status,
                "order_id": order_id,
                "order_item_id": item_number,
                "start": start,
                "end": end,
                "wall_start": start,
                "wall_end": end,
                "created_at": made,
                "modified_at": made,
                "cancelled_at": made if status == "cancelled" else None,
            }
        )
        if status in OCCUPYING:
            for one in claims:
                claim_id += 1
                claim.add(
                    one
                    | {
                        "id": claim_id,
                        "booking_id": booking_id,
                        "subject_id": service_id,
                        "reach_start": start - one["before"],
                        "start": start,
                        "end": end,
                        "capacity": CAPACITY,
                    }
                )
        for one in payments:
            payment_id += 1
            payment.add(
                one
                | {
                    "id": payment_id,
                    "booking_id": booking_id,
                    "order_id": order_id,
                    "created_at": made,
                    "modified_at": made,
                }
            )
        if len(booking.waiting) >= 5000:
            for table in (booking, claim, order, item, payment):
                table.flush()
    for table in (booking, claim, order, item, payment):
        table.flush()
    repository.reserve_id(next_id)


def _places(chance: random.Random, services: int, count: int, years: int) -> Iterator[tuple[int, int, int]]:
    """(service, day, start of the day) for each booking, never more than the capacity on one start."""
    per_service = count // services + 1
    # The first weeks of the time to come are in it too, but not the month that the slots rows ask about.
    days = years * 365 + 25
    pools = [chance.sample(range(days * STARTS * CAPACITY), per_service) for _ in range(services)]
    for number in range(count):
        place = pools[number % services][number // services] // CAPACITY
        yield number % services, place // STARTS, place % STARTS


def month_starts(share: int) -> list[datetime]:
    """Starts of the month's service where there is still a place; four shares that have nothing in common."""
    days = [datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day) for day in range(30)]
    return [day + timedelta(hours=OPENS + hour) for day in days for hour in range(STARTS)][1:][share::4]


def free_starts(business: Business) -> Iterable[tuple[int, datetime]]:
    """Starts with room, none of them twice, for bookings that the benchmark itself makes."""
    for day in range(60):
        for service_id in business.free:
            for hour in range(STARTS):
                yield service_id, datetime(2026, 4, 1, OPENS) + timedelta(days=day, hours=hour)
