"""The requests of each row of the table, as bytes, in every dialect."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from bench.data import FIRST, LAST, Business, free_starts, month_starts
from frontdesk.testing.built_in import BuiltIn, stamp


@dataclass
class Row:
    """One line of the table."""

    title: str
    dialect: str
    #: Allowed CPU per request relative to the bare app: with few bookings, with a million.
    budget: tuple[float, float]
    requests: list[bytes]
    expect: int = 200
    #: Requests of one turn, and turns.
    count: int = 100
    #: Text that the response must contain, so that no empty list is measured.
    holds: str = ""
    #: Each request can be sent only once.
    once: bool = False
    #: Writing requests; one is sent before each request of this row, unmeasured.
    before: list[bytes] | None = None
    #: What the by-hand app is asked in the same turns: "read", "list", "create"; empty for nothing.
    byhand: str = ""
    #: At most so many times its CPU.
    byhand_budget: float = 0.0


class _Caught(Exception):
    pass


def recorded(client: BuiltIn, call: Callable[[BuiltIn], Any]) -> bytes:
    """The bytes of the first request that ``call`` sends."""
    caught: list[bytes] = []

    def catch(method: str, path: str, headers: dict[str, str], body: bytes) -> Any:
        caught.append(raw(method, path, headers, body))
        raise _Caught

    sender, client._send = client._send, catch
    try:
        call(client)
    except _Caught:
        pass
    finally:
        client._send = sender
    return caught[0]


def raw(method: str, path: str, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request."""
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + body


def strangers(dialect: str, base: str) -> list[Row]:
    """Bodies that are expensive for a naive parser, from anonymous callers: their cost before authentication."""
    form = b"a[x]=1&" + b"&".join([b"a[]=1"] * 4990)
    form_type = {"Content-Type": "application/x-www-form-urlencoded"}
    brackets = raw("POST", f"{base}/bookings", form_type, form)
    chunks = b"20\r\n" + b"x" * 32 + b"\r\n"
    chunked = raw("POST", f"{base}/bookings", {"Transfer-Encoding": "chunked"}) + chunks * 3200 + b"0\r\n\r\n"
    return [
        Row("30 kB of brackets, not signed in", dialect, (50, 50), [brackets], expect=401, count=20),
        Row("100 kB in chunks, not signed in", dialect, (25, 25), [chunked], expect=401, count=20),
    ]


def rows(business: Business, clients: dict[str, BuiltIn]) -> list[Row]:
    """Every row that the available dialects can fill."""
    all_rows: list[Row] = []
    for dialect, client in clients.items():
        all_rows += _reads(business, dialect, client)
    for dialect, client in clients.items():
        all_rows += _special(business, dialect, client)
    starts = free_starts(business)
    for dialect, client in clients.items():
        all_rows.append(
            Row(
                "create a booking",
                dialect,
                (5, 5),
                [recorded(client, booking(*slot)) for slot in islice(starts, 800)],
                expect=201 if dialect in ("wc_bookings", "bookablesites") else 200,
                count=40,
                once=True,
                byhand="create",
                byhand_budget=0.95,
            )
        )
        all_rows.append(
            Row(
                "the same with an Idempotency-Key",
                dialect,
                (5.75, 5.75),
                [recorded(client, booking(*slot, key=f"bench-{n}")) for n, slot in enumerate(islice(starts, 800))],
                expect=201 if dialect in ("wc_bookings", "bookablesites") else 200,
                count=40,
                once=True,
            )
        )
        all_rows.append(
            Row(
                "refuse for lack of room",
                dialect,
                (3, 3),
                [recorded(client, booking(business.month, business.full))],
                expect={"bkap": 400, "bookingpress": 200}.get(dialect, 409),
                count=40,
            )
        )
    return all_rows


def booking(service_id: int, start: datetime, *, key: str = "") -> Callable[[BuiltIn], Any]:
    """A call that books a slot, with an idempotency key where one is given."""
    return lambda client: client.book(service_id, start, key=key)


#: path of one booking, list of ten, page 1,000, filtered by service and status
_PATHS = {
    "bkap": ("/bookings/{id}", "/bookings?limit=10", None, "/bookings?limit=10&product_id={service}&status=paid"),
    "wc_bookings": (
        "/bookings/{id}",
        "/bookings?per_page=10",
        "/bookings?per_page=10&page=1000",
        "/bookings?per_page=10&product={service}&booking_status=paid",
    ),
    "bookingpress": (
        "/appointments/{id}",
        "/appointments?per_page=10",
        "/appointments?per_page=10&page=1000",
        "/appointments?per_page=10&service_id={service}&appointment_status=1",
    ),
    "bookablesites": (
        "/bookings/{id}",
        "/bookings?limit=10",
        "/bookings?limit=10&page=1000",
        "/appointments?limit=10&serviceId={service}&status=approved",
    ),
}


def _reads(business: Business, dialect: str, client: BuiltIn) -> list[Row]:
    booking_path, list_path, page_path, filter_path = _PATHS[dialect]

    def ask(path: str) -> bytes:
        return raw("GET", client.base + path, client.headers)

    read_rows = [
        Row(
            "read one booking",
            dialect,
            (1.8, 1.8),
            [ask(booking_path.format(id=record_id)) for record_id in business.bookings[dialect]],
            byhand="read",
            byhand_budget=0.55,
        ),
        Row("list of 10, newest first", dialect, (2.6, 2.6), [ask(list_path)], byhand="list", byhand_budget=0.55),
    ]
    if page_path:
        read_rows.append(Row("page 1,000 of the list", dialect, (3.2, 3.2), [ask(page_path)]))
    read_rows.append(
        Row(
            "list by service and status",
            dialect,
            (3, 3),
            [ask(filter_path.format(service=record_id)) for record_id in business.busy],
        )
    )
    return read_rows


def _special(business: Business, dialect: str, client: BuiltIn) -> list[Row]:
    def ask(path: str) -> bytes:
        return raw("GET", client.base + path, client.headers)

    month, days, price = None, None, None
    long: list[Row] = []
    extra: list[Row] = []
    if dialect == "bkap":
        month = ask(f"/bookings/availability?product_id={business.month}&start_date={FIRST}&end_date={LAST}")
        price = ask(f"/bookings/price?product_id={business.free[0]}&start_date={FIRST}&start_time=09:00&end_time=10:00")
    elif dialect == "wc_bookings":
        month = ask(f"/products/slots?product_ids={business.month}&min_date={FIRST}&max_date=2026-05-01")
        ids = ",".join(map(str, business.days))
        days = ask(f"/products/slots?product_ids={ids}&min_date={FIRST}&max_date=2026-05-01")
        ids = ",".join(map(str, business.busy[:30]))
        week = ask(f"/products/slots?product_ids={ids}&min_date={FIRST}&max_date=2026-04-08")
        long.append(Row("slots of 30 services, a week of hours", dialect, (9, 9), [week], count=20))
        ids = ",".join(map(str, business.days))
        # The number of records grows with the budget.
        year = ask(f"/products/slots?product_ids={ids}&min_date={FIRST}&max_date=2027-04-01")
        long.append(Row("slots of 100 services, a year of days", dialect, (365, 365), [year], count=2))
        decade = ask(f"/products/slots?product_ids={business.days[0]}&min_date={FIRST}&max_date=2036-04-01")
        long.append(Row("slots of one service, ten years of days", dialect, (36, 36), [decade], count=6))
        extra = [Row("list of 10 products", dialect, (5.5, 5.5), [ask("/products?per_page=10")], count=40)]
        extra += strangers(dialect, client.base)
        start = stamp(datetime(2026, 4, 2, 9))
        price = raw(
            "GET",
            f"/wp-json/wc-bookings/v2/quotes?product_id={business.free[0]}&start={start}&end={start + 3600}",
            client.headers,
        )
    elif dialect == "bookablesites":
        month = ask(f"/available-times?service={business.month}&calendar_start_date={FIRST}&calendar_end_date={LAST}")
        price = recorded(
            client,
            lambda client: client.send(
                "POST",
                f"{client.base}/bookings/quote",
                {"service": business.free[0], "date": "2026-04-02", "time": "09:00"},
            ),
        )
    special_rows = []
    if month:
        special_rows.append(Row("slots of a month, hour grid", dialect, (4.5, 4.5), [month], count=30))
        # To the service that is queried.
        starts = month_starts(list(_PATHS).index(dialect))
        write = [recorded(client, booking(business.month, start)) for start in starts]
        special_rows.append(
            Row("the same, first after a write", dialect, (5.85, 5.85), [month], count=11, before=write)
        )
    if days:
        special_rows.append(Row("slots of 100 services, a month of days", dialect, (20, 20), [days], count=6))
    special_rows += long + extra
    if price:
        special_rows.append(Row("price of one booking", dialect, (2.2, 2.2), [price]))
    return special_rows
