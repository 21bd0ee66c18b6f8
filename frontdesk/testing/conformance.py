"""The contract of a dialect, as tests that its author gets by naming a driver (docs/plugins/testing.md).

    class TestMine(Conformance):
        driver = MyDriver

All tests of a class share one host and one store on each database; every test makes a service of its own.
"""

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

import falcon
import falcon.testing
import pytest

from core.db import close_database, writing
from core.domain.schedule import OpeningRules, SchedulePlan, SlotGrid
from core.errors import DomainError, ServiceUnavailable
from core.models.host import IdempotentReply
from core.services import bookings, credentials, doctor, idempotency
from core.services.stored_settings import current_version, increase_version
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import Driver, Outcome, Send, through_webtest
from frontdesk.testing.host import RunningHost, Tables, close_host, live_server, open_host, plugin_tables
from frontdesk.testing.openapi import Description, routes
from frontdesk.testing.stores import open_store
from frontdesk.testing.venue import START, Clock, Factories

#: An id that nothing in a test's store has.
NOBODY = 987654
#: Callers that try to buy the same last place.
CALLERS = 8

BODIES = [
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"12",
    b'{"a":' * 5000,
    b'{"x":"\x00"}',
    b'{"x":"\\u0000"}',
    b"\xff\xfe{}",
    b'{"service":"\\ud800"}',
    b"x" * 100,
    '{"name":"\U0001f600","title":"\u202e","code":"%00","email":"@"}'.encode(),
]
#: Put in the place of every value of a booking's body, one after the other.
VALUES: list[Any] = [
    None, True, -1, 10**23, 1e308, "", "x", "\x00", "9e99", "NaN", "\ud800", "2026-02-30", "9999-12-31", "0001-01-01",
    "25:61", [], [1], {}, {"a": 1}, [[]], "x" * 10_000,
]  # fmt: skip
QUERIES = [
    "page=99999999999999999999&limit=-1",
    "page=-1&per_page=0&limit=abc",
    "page[]=1&per_page[a]=2&include[][]=3",
    "start_date=%00&end_date=%ff&search=%F0%9F%98%80&status=%27%22--",
    "start=0000-00-00&end=9999-99-99&date=2026-02-30&id=9999999999999999999999",
    "&&&=&a=b=c&%",
    "fields[]=id&fields=a.b.c.d&fields[0]=x&fields[a][b]=y&callback=<script>",
    "orderby=%00&order=1&sort_by=id;drop&sort_order=up",
]
#: What stands where an id is meant.
SEGMENTS = [str(NOBODY), "0", "-1", "x", "99999999999999999999", "%00", "%F0%9F%98%80", "1'--"]
#: What people never see: the insides of the program.
_INSIDES = re.compile(
    rb"Traceback|File \\?\"/| object at 0x|<class '|Decimal\(|datetime\.\w+\(|\bpeewee\b|\bpsycopg\b|sqlite3?\.|"
    rb"\b(?:Key|Type|Value|Attribute|Index|Runtime|Operational|Integrity|DoesNotExist)Error\b"
)
_TEXTS = {
    "plain": "the long table, please",
    "script": "hi <script>alert(1)</script> there",
    "handler": "<img src=x onerror=alert(1)>",
    "emoji": "Grüße \U0001f600 日本",
    "NUL": "a\x00b",
    "long": "x" * 200_000,
}
_OPERATIONS = ("book", "places", "read", "listed", "quote", "price", "move", "cancel")
#: Checking takes seconds, and the document is the same on every database.
_valid_documents: set[str] = set()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its reply."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    status: int
    got: Mapping[str, str]
    raw: bytes

    def json(self) -> Any:
        """The decoded reply; its bytes where it is no JSON, None where it is empty."""
        try:
            return json.loads(self.raw) if self.raw else None
        except ValueError:
            return self.raw


class Wire:
    """A transport that keeps what was sent and answered, oldest first."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.exchanges: list[Exchange] = []

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        status, got, raw = self._send(method, path, headers, body)
        self.exchanges.append(Exchange(method, path, dict(headers), body, status, got, raw))
        return status, got, raw

    def seen(self, call: Callable[[], Any]) -> list[Exchange]:
        """What a call sent, whether or not it brought an exception."""
        first = len(self.exchanges)
        with suppress(Exception):
            call()
        return self.exchanges[first:]


@dataclass
class Subject:
    """What a class of tests works on: a host with two dialects, and a signed-in client of each."""

    kind: str
    host: RunningHost
    wire: Wire
    mine: Driver
    other: Driver
    clock: Clock
    folder: Path
    factories: Factories = field(init=False)

    def __post_init__(self) -> None:
        self.factories = Factories(self.clock)


@contextmanager
def open_subject(suite: "type[Conformance]", kind: str, folder: Path) -> Iterator[Subject]:
    """The host for a class of tests, on one kind of database."""
    mine = suite.driver
    other = suite.other or next(driver for driver in DRIVERS.values() if driver.name != mine.name)
    clock = Clock()
    tables = {"server": {"access_log": False}, **suite.tables, "plugins": plugin_tables((mine, other))}
    url = open_store(kind, folder, plugins=tables["plugins"]["enabled"])
    host = open_host(url, clock=clock, tables=tables)
    try:
        wire = Wire(through_webtest(host.app))
        yield Subject(kind, host, wire, host.sign_in(mine, wire), host.sign_in(other), clock, folder)
    finally:
        close_host()


def flaws(exchange: Exchange) -> list[str]:
    """What is wrong with any reply of any dialect, whatever was asked."""
    wrong = []
    if exchange.status >= 500 and exchange.status not in (501, 503):
        wrong.append(f"status {exchange.status}")
    if exchange.status >= 400 and exchange.method != "HEAD" and isinstance(exchange.json(), bytes | None):
        wrong.append("the error is no JSON")
    if inside := _INSIDES.search(exchange.raw):
        wrong.append(f"shows {inside[0].decode(errors='replace')!r}")
    return wrong


class Conformance:
    """The contract. A subclass whose name begins with ``Test`` names the ``driver``.

    Attributes:
        driver: How the tests speak to the dialect.
        other: The second dialect of the ledger; by default a built-in one.
        tables: Further tables of the configuration, as in ``config.toml``.
    """

    driver: ClassVar[type[Driver]]
    other: ClassVar[type[Driver] | None] = None
    tables: ClassVar[Tables] = {}

    @pytest.fixture(autouse=True)
    def _take_subject(self, frontdesk_conformance: Subject) -> None:
        self.subject = frontdesk_conformance
        self.host, self.wire, self.factories = self.subject.host, self.subject.wire, self.subject.factories
        self.mine, self.theirs = self.subject.mine, self.subject.other

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _need(self, *methods: str) -> None:
        for method in methods:
            if not self.driver.declares(method):
                pytest.skip(f"the driver of {self.driver.name} declares no {method}()")

    def _booked(self, service_id: int, start: datetime = START) -> int:
        """Book through the dialect; the id."""
        outcome = self.mine.book(service_id, start)
        assert outcome.id is not None, f"a free place is not sold: {outcome}"
        return outcome.id

    def _refused(self, outcome: Outcome) -> None:
        """The dialect has to have said that there is no room."""
        assert not outcome.booked, f"a place was sold that nobody has: {outcome}"
        assert self.mine.is_refusal(outcome), f"this is not how the dialect refuses: {outcome}"

    def _wrong(self, outcome: Outcome) -> None:
        """The dialect has to have said that the request is wrong."""
        assert not outcome.booked, f"it was booked: {outcome}"
        assert self.mine.is_error(outcome.status, outcome.body), f"this is not the dialect's own error: {outcome}"

    def _sold(self, service_id: int) -> int:
        """Bookings of a service in the ledger that hold a place."""
        page = bookings.page([("service_id", "=", service_id)])
        return sum(one.status not in ("cancelled", "deleted", "rejected") for one in page.items)

    def _left(self, service_id: int, start: datetime = START) -> int:
        """Places left, as both dialects must say."""
        left = self.theirs.left(service_id, start)
        if self.driver.declares("places"):
            assert self.mine.left(service_id, start) == left, "the dialects offer different numbers of places"
        return left

    def _sound(self) -> None:
        """Nothing was sold twice and nothing in the ledger contradicts."""
        assert doctor.examine(now=self.subject.clock()).breaches == []

    def _repeat(self, exchange: Exchange, *, method: str = "", path: str = "", body: bytes | None = None) -> Exchange:
        """Send a recorded request again, with changes; what comes back."""
        headers = dict(exchange.headers)
        sent = exchange.body if body is None else body
        self.wire(method or exchange.method, path or exchange.path, headers, sent)
        return self.wire.exchanges[-1]

    def _book_exchange(self) -> Exchange:
        service = self.factories.service(capacity=10)
        return self.wire.seen(lambda: self.mine.book(service.id, START))[-1]

    def _read_exchange(self) -> Exchange:
        """A request that reads, of whatever the driver declares."""
        service = self.factories.service(capacity=10)
        id = self._booked(service.id)
        calls: dict[str, Callable[[], Any]] = {
            "read": lambda: self.mine.read(id),
            "listed": self.mine.listed,
            "places": lambda: self.mine.places(service.id, START),
        }
        for name, call in calls.items():
            if self.driver.declares(name):
                return self.wire.seen(call)[-1]
        pytest.skip(f"the driver of {self.driver.name} declares nothing that reads")

    # -- in a running host --------------------------------------------------------------------------------------------

    def test_after_a_change_of_settings_it_works_as_before(self) -> None:
        """All hooks are asked again in the same process, and the old answers are used no more."""
        service = self.factories.service(capacity=3)
        self._booked(service.id)
        for _ in range(2):
            with writing():
                increase_version()
            self._booked(service.id)
            assert self.host.manager.settings_version == current_version(), "the plugins could not be loaded again"
        assert self._left(service.id) == 0

    # -- one ledger ---------------------------------------------------------------------------------------------------

    def test_a_booking_takes_a_place_in_both_dialects(self) -> None:
        service = self.factories.service(capacity=3)
        assert self._left(service.id) == 3
        self._booked(service.id)
        assert self._left(service.id) == 2
        assert self.theirs.book(service.id, START).booked
        assert self._left(service.id) == 1

    def test_the_last_place_sold_here_is_gone_elsewhere(self) -> None:
        service = self.factories.service()
        self._booked(service.id)
        refused = self.theirs.book(service.id, START)
        assert not refused.booked
        assert self.theirs.is_refusal(refused)
        self._refused(self.mine.book(service.id, START))
        assert self._left(service.id) == 0
        self._sound()

    def test_the_last_place_sold_elsewhere_is_gone_here(self) -> None:
        service = self.factories.service()
        # Seen free once, so that a dialect which remembers what it saw is found out.
        assert self._left(service.id) == 1
        assert self.theirs.book(service.id, START).booked
        self._refused(self.mine.book(service.id, START))
        assert self._left(service.id) == 0
        self._sound()

    def test_what_overlaps_is_taken_too(self) -> None:
        service = self.factories.service(plan=SchedulePlan(grid=SlotGrid(step_minutes=30)))
        assert self.theirs.book(service.id, START).booked
        self._refused(self.mine.book(service.id, START.replace(minute=30)))
        self._booked(service.id, START.replace(hour=10))
        self._sound()

    def test_what_cannot_be_booked_is_refused_and_changes_nothing(self) -> None:
        service = self.factories.service()
        for start in (START.replace(hour=7), START.replace(day=7), START.replace(minute=17)):
            self._wrong(self.mine.book(service.id, start))
        self._wrong(self.mine.book(NOBODY, START))
        assert self._sold(service.id) == 0

    def test_a_refused_booking_changes_nothing(self) -> None:
        service = self.factories.service()
        assert self.theirs.book(service.id, START).booked
        for _ in range(2):
            self._refused(self.mine.book(service.id, START))
        assert bookings.page([("service_id", "=", service.id)]).total == 1
        self._sound()

    def test_cancelling_frees_the_place_for_both(self) -> None:
        self._need("cancel")
        service = self.factories.service()
        id = self._booked(service.id)
        assert self._left(service.id) == 0
        self.mine.cancel(id)
        assert self._left(service.id) == 1
        assert self.theirs.book(service.id, START).booked
        self._sound()

    def test_cancelling_elsewhere_frees_the_place_here(self) -> None:
        service = self.factories.service()
        id = self._booked(service.id)
        self.theirs.cancel(id)
        assert self._left(service.id) == 1
        self._booked(service.id)

    def test_moving_frees_the_old_time_and_takes_the_new_one(self) -> None:
        self._need("move")
        service = self.factories.service()
        id, later = self._booked(service.id), START.replace(hour=11)
        moved = self.mine.move(id, later)
        assert moved.booked, moved
        assert (self._left(service.id), self._left(service.id, later)) == (1, 0)
        assert bookings.get(id).wall_start == later
        self._sound()

    def test_moving_onto_a_full_time_is_refused_and_changes_nothing(self) -> None:
        self._need("move")
        service = self.factories.service()
        id, later = self._booked(service.id), START.replace(hour=11)
        assert self.theirs.book(service.id, later).booked
        self._wrong(self.mine.move(id, later))
        assert bookings.get(id).wall_start == START
        assert (self._left(service.id), self._left(service.id, later)) == (0, 0)
        self._sound()

    def test_what_another_dialect_sold_can_be_read_and_listed(self) -> None:
        self._need("read")
        service = self.factories.service(capacity=2)
        own, sold = self._booked(service.id), self.theirs.book(service.id, START)
        assert sold.id is not None
        for id in (own, sold.id):
            status, body = self.mine.read(id)
            assert status == 200, (status, body)
            assert not self.driver.declares("listed") or id in self.mine.listed()

    def test_what_another_dialect_sold_can_be_cancelled(self) -> None:
        self._need("cancel")
        service = self.factories.service()
        sold = self.theirs.book(service.id, START)
        assert sold.id is not None
        self.mine.cancel(sold.id)
        assert self._left(service.id) == 1

    # -- idempotency keys ---------------------------------------------------------------------------------------------

    def test_a_repeated_key_books_once_and_gets_the_same_bytes(self) -> None:
        service = self.factories.service(capacity=5)
        tries = [self.wire.seen(lambda: self.mine.book(service.id, START, key=f"again-{service.id}")) for _ in "ab"]
        first, again = (exchanges[-1] for exchanges in tries)
        assert (again.status, again.raw) == (first.status, first.raw)
        assert again.got.get("idempotent-replayed") == "true"
        assert self._sold(service.id) == 1

    def test_a_used_key_with_another_body_is_refused(self) -> None:
        service = self.factories.service(capacity=5)
        key = f"other-{service.id}"
        assert self.mine.book(service.id, START, key=key).booked
        self._wrong(self.mine.book(service.id, START.replace(hour=11), key=key))
        assert self._sold(service.id) == 1

    def test_while_the_first_request_runs_a_second_is_told_so(self) -> None:
        service = self.factories.service(capacity=5)
        key = f"running-{service.id}"
        first = self.wire.seen(lambda: self.mine.book(service.id, START, key=key))[-1]
        row = IdempotentReply.get(IdempotentReply.key == key)
        IdempotentReply.delete().where(IdempotentReply.key == key).execute()
        with _running_elsewhere(row.scope, key, now=self.host.clock()):
            second = self._repeat(first)
        assert second.raw != first.raw
        assert self.mine.is_error(second.status, second.json()), second
        assert self._sold(service.id) == 1

    # -- errors -------------------------------------------------------------------------------------------------------

    def test_an_unknown_path_gets_the_dialects_own_404(self) -> None:
        prefix = self.host.dialect(self.driver.name).prefixes[0]
        status, _, body = self.mine.send("GET", f"{prefix}/no/such/thing")
        assert (status, self.mine.is_error(status, body)) == (404, True), body

    def test_an_unknown_booking_gets_the_dialects_own_404(self) -> None:
        self._need("read")
        status, body = self.mine.read(NOBODY)
        assert self.mine.is_error(status, body), (status, body)

    def test_a_method_that_is_not_served_gets_the_dialects_own_error(self) -> None:
        served: dict[str, set[str]] = {}
        for method, path in routes(self.host.dialect(self.driver.name)):
            served.setdefault(path, set()).add(method)
        path, method = next(
            (path, method)
            for path in sorted(served, key=lambda path: path.count("{"))
            for method in ("DELETE", "PATCH", "PUT", "POST")
            if method not in served[path]
        )
        status, got, body = self.mine.send(method, _filled(path), {})
        assert self.mine.is_error(status, body), (method, path, status, body)
        assert status != 405 or got.get("allow"), "a 405 says in Allow what is served"

    def test_a_body_that_is_no_json_gets_the_dialects_own_error(self) -> None:
        refused = self._repeat(self._book_exchange(), body=b'{"a":')
        assert self.mine.is_error(refused.status, refused.json()), refused

    def test_a_body_beyond_the_cap_gets_the_dialects_own_413(self) -> None:
        refused = self._repeat(self._book_exchange(), body=b'{"a":"' + b"x" * 10_000_000 + b'"}')
        assert refused.status == 413
        assert refused.got["content-type"].startswith("application/json")
        assert isinstance(refused.json(), dict)

    def test_a_crash_gets_the_dialects_own_500_and_tells_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        service = self.factories.service()

        def crash(clock: Clock) -> datetime:
            raise RuntimeError("the secret of the house")

        monkeypatch.setattr(Clock, "__call__", crash)
        exchanges = self.wire.seen(lambda: self.mine.book(service.id, START))
        monkeypatch.undo()
        failed = exchanges[-1]
        assert failed.status == 500, "a dialect takes the time from host.clock, which crashes in this test"
        assert isinstance(failed.json(), dict), failed
        assert b"secret" not in failed.raw
        assert _INSIDES.search(failed.raw) is None, failed
        assert self._sold(service.id) == 0

    def test_every_refusal_of_core_has_words(self) -> None:
        dialect = self.host.dialect(self.driver.name)
        for kind in sorted(_descendants(DomainError), key=lambda kind: kind.__name__):
            if not kind.__module__.startswith("core."):
                continue
            reply = dialect.render_error(falcon.testing.create_req(path=dialect.prefixes[0]), kind())
            if issubclass(kind, ServiceUnavailable):
                assert (reply.status, bool(reply.headers.get("Retry-After"))) == (503, True), kind
            else:
                assert 200 <= reply.status < 500, kind

    def test_no_body_whatever_brings_a_500(self) -> None:
        booking = self._book_exchange()
        sent = [self._repeat(booking, body=body) for body in [*BODIES, *_spoilt(booking.body)]]
        writes = [(method, path) for method, path in self._routes() if method in ("POST", "PUT", "PATCH", "DELETE")]
        for number, (method, path) in enumerate(writes):
            for offset in (0, 5):
                sent.append(
                    self._repeat(booking, method=method, path=path, body=BODIES[(number + offset) % len(BODIES)])
                )
        assert [(one.method, one.path, one.body[:60], flaws(one)) for one in sent if flaws(one)] == []

    def test_no_parameter_whatever_brings_a_500(self) -> None:
        reading = self._read_exchange()
        sent = []
        for number, (method, path) in enumerate(self._routes()):
            if method == "GET":
                sent += [
                    self._repeat(reading, path=f"{path}?{QUERIES[(number + offset) % len(QUERIES)]}")
                    for offset in (0, 3)
                ]
        for template in {path for _, path in routes(self.host.dialect(self.driver.name)) if "{" in path}:
            sent += [self._repeat(reading, path=_filled(template, segment)) for segment in SEGMENTS]
        assert [(one.method, one.path, flaws(one)) for one in sent if flaws(one)] == []

    def _routes(self) -> list[tuple[str, str]]:
        return [(method, _filled(path)) for method, path in routes(self.host.dialect(self.driver.name))]

    # -- sign-in ------------------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("operation", _OPERATIONS)
    def test_nothing_is_done_without_sign_in(self, operation: str) -> None:
        self._need(operation)
        if operation in self.driver.public:
            pytest.skip(f"{self.driver.name} serves {operation} to everybody")
        self._refuses_strangers(operation, self.mine.through(self.wire, headers={}))

    def test_a_key_of_another_dialect_is_refused(self) -> None:
        self._refuses_strangers("book", self.mine.through(self.wire, headers=self.theirs.headers))
        values = list(self.theirs.fields.values())
        fields = {name: values[number % len(values)] for number, name in enumerate(self.mine.fields)}
        made: list[Driver] = []
        tries = self.wire.seen(lambda: made.append(type(self.mine)(self.wire, fields)))
        assert all(400 <= one.status < 500 for one in tries), tries
        if made:
            self._refuses_strangers("book", made[0])

    def test_a_revoked_key_is_refused(self) -> None:
        issuer = self.host.manager.credentials[self.driver.name]
        if issuer.is_single:
            pytest.skip(f"{self.driver.name} has one key, which the other tests use")
        record, fields = issuer.create(
            label="test", permissions=None, user=None, expires_at=None, now=self.subject.clock()
        )
        client = type(self.mine)(self.wire, fields)
        assert client.book(self.factories.service().id, START).booked
        credentials.revoke(record.id, now=self.subject.clock())
        self._refuses_strangers("book", client)

    def _refuses_strangers(self, operation: str, stranger: Driver) -> None:
        service = self.factories.service(capacity=5)
        id = self._booked(service.id)
        before, later = bookings.get(id), START.replace(hour=11)
        calls: dict[str, Callable[[], Any]] = {
            "book": lambda: stranger.book(service.id, later),
            "places": lambda: stranger.places(service.id, START),
            "read": lambda: stranger.read(id),
            "listed": stranger.listed,
            "quote": lambda: stranger.quote(service.id, later),
            "price": lambda: stranger.price(id),
            "move": lambda: stranger.move(id, later),
            "cancel": lambda: stranger.cancel(id),
        }
        exchanges = self.wire.seen(calls[operation])
        assert exchanges
        for one in exchanges:
            assert one.status in (401, 403), f"{one.method} {one.path} is answered to a stranger: {one.raw[:200]!r}"
            assert isinstance(one.json(), dict), one
        assert bookings.get(id) == before
        assert self._sold(service.id) == 1

    # -- HTTP ---------------------------------------------------------------------------------------------------------

    def test_head_answers_like_get_without_a_body(self) -> None:
        reading = self._read_exchange()
        head = self._repeat(reading, method="HEAD")
        assert (head.status, head.raw) == (reading.status, b"")
        assert head.got.get("content-type") == reading.got.get("content-type")

    def test_a_slash_at_the_end_changes_nothing(self) -> None:
        reading = self._read_exchange()
        path, mark, query = reading.path.partition("?")
        slashed = self._repeat(reading, path=f"{path}/{mark}{query}")
        assert (slashed.status, slashed.raw) == (reading.status, reading.raw)

    def test_a_request_id_comes_back(self) -> None:
        reading = self._read_exchange()
        _, got, _ = self.wire("GET", reading.path, {**reading.headers, "X-Request-Id": "abc-1"}, b"")
        assert got["x-request-id"] == "abc-1"

    def test_a_booking_has_a_version(self) -> None:
        self._need("read", "move")
        if not self.driver.has_versions:
            pytest.skip(f"the driver of {self.driver.name} does not declare has_versions")
        id, later = self._booked(self.factories.service().id), START.replace(hour=11)
        reading = self.wire.seen(lambda: self.mine.read(id))[-1]
        version = reading.got["etag"]
        self.wire("GET", reading.path, {**reading.headers, "If-None-Match": version}, b"")
        assert (self.wire.exchanges[-1].status, self.wire.exchanges[-1].raw) in (
            (200, reading.raw),
            (304, b""),
        )
        moved = self.mine.move(id, later, headers={"If-Match": version})
        assert moved.booked, moved
        stale = self.mine.move(id, START, headers={"If-Match": version})
        self._wrong(stale)
        assert stale.status == 412
        assert bookings.get(id).wall_start == later

    # -- texts and times ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("kind", _TEXTS)
    def test_a_text_comes_back_harmless_or_is_refused(self, kind: str) -> None:
        self._need("read", "texts")
        text = _TEXTS[kind]
        outcome = self.mine.book(self.factories.service().id, START, **self.mine.texts(text))
        if outcome.id is None:
            self._wrong(outcome)
            return
        status, body = self.mine.read(outcome.id)
        assert status == 200, body
        shown = list(_texts_of(body))
        assert not any("\x00" in one for one in shown)
        assert not any(re.search(r"<script|\son\w+\s*=", one, re.IGNORECASE) for one in shown), shown
        assert kind not in ("plain", "emoji") or any(text in one for one in shown), shown

    def test_an_hour_that_the_clock_skips_is_not_sold(self) -> None:
        service, night = self._around_the_clock(), datetime(2027, 3, 28)
        if self.driver.declares("places"):
            assert not self.mine.left(service, night.replace(hour=2))
        self._wrong(self.mine.book(service, night.replace(hour=2)))
        for hour in (1, 3):
            self._booked(service, night.replace(hour=hour))
        self._sound()

    def test_an_hour_that_comes_twice_is_sold_once(self) -> None:
        service, night = self._around_the_clock(), datetime(2027, 10, 31)
        for hour in (1, 2, 3):
            self._booked(service, night.replace(hour=hour))
        self._refused(self.mine.book(service, night.replace(hour=2)))
        assert self._left(service, night.replace(hour=2)) == 0
        self._sound()

    def _around_the_clock(self) -> int:
        """Open day and night in a zone with summer time."""
        plan = SchedulePlan(opening=OpeningRules(open_by_default=True))
        return self.factories.service(zone="Europe/Berlin", rules=(), plan=plan).id

    # -- prices -------------------------------------------------------------------------------------------------------

    def test_what_is_quoted_is_what_is_charged(self) -> None:
        self._need("quote", "price")
        service = self.factories.service(price=Decimal("45.15"))
        quoted = self.mine.quote(service.id, START)
        assert quoted == Decimal("45.15")
        assert self.mine.price(self._booked(service.id))[0] == quoted

    def test_the_parts_of_a_price_add_up(self) -> None:
        self._need("price")
        id = self._booked(self.factories.service(price=Decimal("45.15")).id)
        total, parts = self.mine.price(id)
        assert sum(parts, Decimal(0)) == total
        assert total == bookings.get(id).total

    # -- the OpenAPI document -----------------------------------------------------------------------------------------

    def _description(self) -> Description:
        made = self.host.dialect(self.driver.name).openapi
        if made is None:
            pytest.skip(f"{self.driver.name} has no OpenAPI document")
        return Description(made())

    def test_the_openapi_document_is_valid(self) -> None:
        from openapi_spec_validator import OpenAPIV31SpecValidator

        document = self._description().document
        text = json.dumps(document)
        if text not in _valid_documents:
            assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []
            _valid_documents.add(text)
        names = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
        assert len(names) == len(set(names)), "operations have names of their own"
        assert "\\\\Z" not in text, "a pattern is Python's alone"

    def test_the_openapi_document_has_exactly_the_routes_that_are_served(self) -> None:
        described = {(method, path) for path, each in self._description().document["paths"].items() for method in each}
        dialect = self.host.dialect(self.driver.name)
        served = {(method.lower(), path) for method, path in routes(dialect)}
        # A prefix itself may be what the dialects of one platform share.
        assert described == {one for one in served if one[1] not in dialect.prefixes or one in described}

    def test_what_a_client_sends_and_gets_is_described(self) -> None:
        description = self._description()
        service = self.factories.service()
        first = len(self.wire.exchanges)
        if self.driver.declares("places"):
            assert self.mine.left(service.id, START) == 1
        id = self._booked(service.id)
        self._refused(self.mine.book(service.id, START))
        if self.driver.declares("read"):
            assert self.mine.read(id)[0] == 200
            self.mine.read(NOBODY)
        if self.driver.declares("listed"):
            assert id in self.mine.listed()
        if self.driver.declares("cancel"):
            self.mine.cancel(id)
        for one in self.wire.exchanges[first:]:
            description.check_request(one.method, one.path, one.headers, one.body)
            description.check_reply(one.method, one.path, one.status, one.json())

    # -- many callers -------------------------------------------------------------------------------------------------

    @pytest.mark.frontdesk_server
    def test_of_many_callers_one_gets_the_last_place(self) -> None:
        """Threads over HTTP against two worker processes; half as many come through the other dialect."""
        service = self.factories.service()
        outcomes: list[tuple[Driver, Outcome | Exception]] = []
        clients = [self.mine] * CALLERS + [self.theirs] * (CALLERS // 2)
        start = threading.Barrier(len(clients))

        def call(client: Driver) -> None:
            try:
                start.wait(30)
                outcomes.append((client, client.book(service.id, START)))
            except Exception as error:
                outcomes.append((client, error))

        with live_server(self.host, self.subject.folder) as server, ExitStack() as connections:
            sends = [connections.enter_context(closing(server.send())) for _ in clients]
            threads = [
                threading.Thread(target=call, args=(client.through(send),))
                for client, send in zip(clients, sends, strict=True)
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
        lost = [(client, outcome) for client, outcome in outcomes if not getattr(outcome, "booked", False)]
        assert len(outcomes) - len(lost) == 1, outcomes
        for client, outcome in lost:
            assert isinstance(outcome, Outcome), outcome
            assert client.is_refusal(outcome), outcome
        assert self._sold(service.id) == 1
        self._sound()


@contextmanager
def _running_elsewhere(scope: str, key: str, *, now: datetime) -> Iterator[None]:
    """Another thread works on a request with this idempotency key until the block ends."""
    started, may_end = threading.Event(), threading.Event()
    request = idempotency.KeyedRequest.at(scope, key, "", now=now, retention=timedelta(hours=1))

    def work() -> None:
        try:
            with idempotency.transaction(request):
                started.set()
                may_end.wait(60)
        finally:
            close_database()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert started.wait(60)
        yield
    finally:
        may_end.set()
        thread.join(60)


def _filled(path: str, segment: str = str(NOBODY)) -> str:
    """A route's path with something in the place of its parameters."""
    return re.sub(r"{\w+}", segment, path)


def _spoilt(body: bytes) -> list[bytes]:
    """A booking's body again and again, each time with one field of it replaced."""
    try:
        fields = json.loads(body)
    except ValueError:
        return []
    if not isinstance(fields, dict):
        return []
    return [
        json.dumps({**fields, name: VALUES[(number + offset) % len(VALUES)]}).encode()
        for number, name in enumerate(fields)
        for offset in range(0, len(VALUES), 2)
    ]


def _texts_of(value: Any) -> Iterator[str]:
    """Every text in a reply."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner)


def _descendants(kind: type[Exception]) -> set[type[Exception]]:
    return {one for child in kind.__subclasses__() for one in (child, *_descendants(child))}
