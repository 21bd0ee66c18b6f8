"""The measured data: the same at every size, with more and more bookings around it.

Everything is seeded and at a fixed instant, so two runs of one size have the same rows. Each dialect makes a first
booking in its own form (notes, quotes, orders, customers); the others are copies of these, written in bulk with other
times, services, statuses and ids. The slots rows query services (``month``, ``days``) that are booked the same at every
size: 121 and 20 bookings in that month.
"""

import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from core.db import database, execute, fetch_all, is_postgres, writing
from core.domain.requests import BookingRequest
from core.domain.schedule import CalendarRule, CapacityRules, SchedulePlan
from core.domain.statuses import OCCUPYING
from core.sequences import reserve_row_ids
from core.services import bookings, repository, sessions

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
FIRST, LAST = date(2026, 4, 1), date(2026, 4, 30)
DAY = 86_400
OPENS, STARTS = 9, 8
CAPACITY = 5
HOURLY, DAILY = 100, 100

#: Relative frequency of each status.
STATES = {"confirmed": 40, "paid": 25, "completed": 15, "pending": 10, "cancelled": 8, "no_show": 2}

_ALL_DAY_LONG = CalendarRule(effect="open", from_minute=OPENS * 60, to_minute=(OPENS + STARTS) * 60)
_EVERY_DAY = CalendarRule(effect="open")


@dataclass
class Business:
    """What the rows of the table query."""

    #: Service with an hour grid whose April is half booked.
    month: int = 0
    #: Services booked by the day.
    days: list[int] = field(default_factory=list)
    #: Services of the generated bookings, and those whose future is free.
    busy: list[int] = field(default_factory=list)
    free: list[int] = field(default_factory=list)
    #: A start of ``month`` without remaining capacity.
    full: datetime = datetime(2026, 4, 1, OPENS)
    #: Booking ids by dialect.
    bookings: dict[str, list[int]] = field(default_factory=dict)
    rows: int = 0


def make_services(add: Callable[[str, str, int], None] | None = None) -> Business:
    """Services that no dialect created, so that each dialect serves them from the neutral plan alone."""
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
        starts = [midnight + timedelta(days=d, hours=OPENS + h) for d in range(30) for h in range(STARTS)]
        for start in [starts[0], starts[0], *chance.sample(starts[1:], 119)]:
            _book(business.month, start)
        business.full = starts[0]
        for service_id in business.days:
            for day in sorted(chance.choices(range(30), k=20)):
                _book(service_id, midnight + timedelta(days=day), overrides=True)
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
    """A booking made in core, for use without any dialect."""
    request = BookingRequest(
        service_id=service_id, wall_start=datetime(2026, 3, 3, OPENS), origin="bench", status="confirmed"
    )
    return bookings.create(request, now=NOW).id


# -- generated bookings ------------------------------------------------------------------------------------------------


class _Copies:
    """Rows of one table copied from a template with some columns replaced."""

    def __init__(self, table: str) -> None:
        cursor = database.execute_sql(f'SELECT * FROM "{table}" LIMIT 0')
        self.table = table
        self.columns = [column[0] for column in cursor.description]
        self.waiting: list[list[Any]] = []
        self._last_id = int(fetch_all(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')[0][0])
        marks = ", ".join(["%s" if is_postgres() else "?"] * len(self.columns))
        names = ", ".join(f'"{name}"' for name in self.columns)
        self._text = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'

    def of(self, column: str, value: Any) -> list[dict[str, Any]]:
        """The template's own rows."""
        rows = fetch_all(f'SELECT * FROM "{self.table}" WHERE "{column}" = ?', (value,))
        return [dict(zip(self.columns, row, strict=True)) for row in rows]

    def copy(self, template: dict[str, Any], **values: Any) -> int:
        """Add a copy of a row with other values; returns its id, by default the next one."""
        if "id" not in values:
            self._last_id += 1
            values["id"] = self._last_id
        row = template | values
        self.waiting.append([row[name] for name in self.columns])
        return int(row["id"])

    def flush(self) -> None:
        if self.waiting:
            database.connection().cursor().executemany(self._text, self.waiting)
            self.waiting = []


def fill(business: Business, templates: dict[str, int], count: int, *, tell: Callable[[str], None] = print) -> None:
    """Write ``count`` bookings as copies of ``templates`` (dialect: booking id), without triggers.

    The tallies are counted once at the end.
    """
    (_fill_postgres if is_postgres() else _fill_sqlite)(business, templates, count, tell)
    business.rows = int(fetch_all("SELECT COUNT(*) FROM booking")[0][0])
    for dialect in templates:
        ids = fetch_all("SELECT id FROM booking WHERE origin = ? ORDER BY id", (_origin(templates[dialect]),))
        chance = random.Random(3)
        business.bookings[dialect] = [row[0] for row in chance.sample(ids, min(len(ids), 500))]


def _fill_postgres(business: Business, templates: dict[str, int], count: int, tell: Callable[[str], None]) -> None:
    with writing():
        database.execute_sql("SET LOCAL session_replication_role = replica")
        _copy(business, templates, count)
        for table in _COUNTING:
            highest = fetch_all(f'SELECT COALESCE(MAX(id), 0) FROM "{table}"')[0][0]
            reserve_row_ids(table, int(highest))
        _count_again()
    tell(f"{count} bookings written; statistics next")
    for table in _TABLES:
        database.execute_sql(f'ANALYZE "{table}"')


def _fill_sqlite(business: Business, templates: dict[str, int], count: int, tell: Callable[[str], None]) -> None:
    """Indexes are dropped meanwhile too."""
    connection = database.connection()
    dropped = fetch_all(
        "SELECT type, name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    )
    dropped = [
        schema_row
        for schema_row in dropped
        if any(f'"{table}"' in schema_row[2] or f" {table} " in schema_row[2] for table in _TABLES)
    ]
    for kind, name, _ in dropped:
        database.execute_sql(f'DROP {kind} "{name}"')
    connection.execute("PRAGMA synchronous = OFF")
    with writing():
        _copy(business, templates, count)
    tell(f"{count} bookings written; indexes next")
    connection.execute("PRAGMA cache_size = -400000")
    with writing():
        for _, _, text in dropped:
            database.execute_sql(text)
        _count_again()
        database.execute_sql("DELETE FROM booking_total")
        database.execute_sql(
            "INSERT INTO booking_total (status, n) SELECT status, COUNT(*) FROM booking GROUP BY status"
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _count_again() -> None:
    """The tallies that triggers keep on both databases."""
    database.execute_sql("DELETE FROM booking_tally")
    database.execute_sql(
        "INSERT INTO booking_tally (service_id, status, n)"
        " SELECT service_id, status, COUNT(*) FROM booking GROUP BY service_id, status"
    )
    database.execute_sql("DELETE FROM session_tally")
    for counts in sessions.counts_of_bookings():
        execute("INSERT INTO session_tally (service_id, statuses, n) VALUES (?, ?, ?)", counts)


#: Those that count their own ids, and all.
_COUNTING = ("claim", "order_item", "payment")
_TABLES = ("booking", "booking_order", *_COUNTING)


def _origin(booking_id: int) -> str:
    return fetch_all("SELECT origin FROM booking WHERE id = ?", (booking_id,))[0][0]


@dataclass
class _Template:
    """The rows of one booking that the others are copied from."""

    booking: dict[str, Any]
    claims: list[dict[str, Any]]
    orders: list[dict[str, Any]]
    items: list[dict[str, Any]]
    payments: list[dict[str, Any]]


def _template_of(tables: dict[str, _Copies], booking_id: int) -> _Template:
    [booking] = tables["booking"].of("id", booking_id)
    return _Template(
        booking,
        tables["claim"].of("booking_id", booking_id),
        tables["booking_order"].of("id", booking["order_id"]),
        tables["order_item"].of("order_id", booking["order_id"]),
        tables["payment"].of("booking_id", booking_id),
    )


def _copy(business: Business, templates: dict[str, int], count: int) -> None:
    tables = {name: _Copies(name) for name in _TABLES}
    template_rows = [_template_of(tables, booking_id) for booking_id in templates.values()]
    chance = random.Random(2)
    next_id = repository.next_id()
    years = 1 if count <= 100_000 else 10
    begins = int(NOW.timestamp()) // DAY * DAY - years * 365 * DAY
    created_step = max(1, (years * 365 * DAY) // (count + 1))
    slots = _places(chance, len(business.busy), count, years)
    states = chance.choices(list(STATES), list(STATES.values()), k=count)
    sessions: dict[tuple[int, int], int] = {}
    for position, (index, day, hour) in enumerate(slots):
        template, status = template_rows[position % len(template_rows)], states[position]
        service_id = business.busy[index]
        start = begins + day * DAY + (OPENS + hour) * 3600
        booking_id, next_id = next_id, next_id + 1
        order_id = 0
        if template.orders:
            order_id, next_id = next_id, next_id + 1
        session_id = sessions.setdefault((service_id, start), booking_id) if status in OCCUPYING else booking_id
        _copy_booking(
            tables,
            template,
            {
                "id": booking_id,
                "session_id": session_id,
                "service_id": service_id,
                "status": status,
                "order_id": order_id,
                "start": start,
                "end": start + 3600,
                "wall_start": start,
                "wall_end": start + 3600,
            },
            created_at=begins + position * created_step,
        )
        if len(tables["booking"].waiting) >= 5000:
            for table in tables.values():
                table.flush()
    for table in tables.values():
        table.flush()
    repository.reserve_id(next_id)


def _copy_booking(tables: dict[str, _Copies], template: _Template, values: dict[str, Any], *, created_at: int) -> None:
    booking_id, order_id, service_id = values["id"], values["order_id"], values["service_id"]
    times = {"created_at": created_at, "modified_at": created_at}
    item_id = 0
    for order in template.orders:
        tables["booking_order"].copy(order, id=order_id, number=str(order_id), **times)
        for item in template.items:
            item_id = tables["order_item"].copy(item, order_id=order_id, service_id=service_id)
    cancelled_at = created_at if values["status"] == "cancelled" else None
    tables["booking"].copy(template.booking, **values, order_item_id=item_id, cancelled_at=cancelled_at, **times)
    for claim in template.claims if values["status"] in OCCUPYING else ():
        tables["claim"].copy(
            claim,
            booking_id=booking_id,
            subject_id=service_id,
            reach_start=values["start"] - claim["before"],
            start=values["start"],
            end=values["end"],
            capacity=CAPACITY,
        )
    for payment in template.payments:
        tables["payment"].copy(payment, booking_id=booking_id, order_id=order_id, **times)


def _places(chance: random.Random, services: int, count: int, years: int) -> Iterator[tuple[int, int, int]]:
    """(service, day, start of the day) for each booking, never more than the capacity on one start."""
    per_service = count // services + 1
    # Includes the next weeks, but not the month that the slots rows query.
    days = years * 365 + 25
    pools = [chance.sample(range(days * STARTS * CAPACITY), per_service) for _ in range(services)]
    for position in range(count):
        slot = pools[position % services][position // services] // CAPACITY
        yield position % services, slot // STARTS, slot % STARTS


def month_starts(share: int) -> list[datetime]:
    """Starts of the month's service with remaining capacity; four disjoint shares."""
    days = [datetime.combine(FIRST, datetime.min.time()) + timedelta(days=day) for day in range(30)]
    return [day + timedelta(hours=OPENS + hour) for day in days for hour in range(STARTS)][1:][share::4]


def free_starts(business: Business) -> Iterable[tuple[int, datetime]]:
    """Free starts, each once, for bookings that the benchmark makes."""
    for day in range(60):
        for service_id in business.free:
            for hour in range(STARTS):
                yield service_id, datetime(2026, 4, 1, OPENS) + timedelta(days=day, hours=hour)
