"""The measure beside the bare app: what a good developer writes by hand for one business with Falcon and peewee.

One by key, lists with a total, and a booking whose capacity is checked in a transaction; the same JSON as one of our
dialects answers, a sign-in with a hashed secret, the same server, pragmas and durability. Nothing else: no time zones,
no rules, no orders, no events.

Run as ``python -m bench.byhand CONFIG PORT WORKERS`` for a store that ``fill`` has made.
"""

import base64
import hashlib
import hmac
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import falcon
import msgspec
from peewee import AutoField, BooleanField, CharField, ForeignKeyField, IntegerField, Model, SqliteDatabase, chunked, fn

from bench.requests import raw
from core.config import load_config
from core.gunicorn_engine import GunicornServer
from core.live_app import App

KEY, SECRET = "byhand", "a secret of some length"
HOUR = 3600
database = SqliteDatabase(None)


class Row(Model):
    id = AutoField()

    class Meta:
        database = database


class ApiKey(Row):
    name = CharField(unique=True)
    secret = CharField()


class Service(Row):
    name = CharField()
    capacity = IntegerField()
    price = IntegerField()


class Booking(Row):
    service = ForeignKeyField(Service, backref="bookings")
    customer_id = IntegerField(default=0, index=True)
    order_id = IntegerField(default=0)
    start = IntegerField()
    end = IntegerField()
    persons = IntegerField(default=1)
    cost = IntegerField()
    status = CharField(max_length=20)
    all_day = BooleanField(default=False)
    local_timezone = CharField(default="")
    created = IntegerField()
    modified = IntegerField()

    class Meta:
        indexes = ((("service", "start"), False), (("created", "id"), False))


class NewBooking(msgspec.Struct):
    product_id: int
    start: int
    end: int
    persons: int = 1


read_new_booking = msgspec.json.Decoder(NewBooking)


def open_store(folder: Path, durability: str) -> None:
    """Open the store in this folder with the pragmas of the measured server."""
    synchronous = {"full": 2, "normal": 1}[durability]
    database.init(
        str(folder / "byhand.db"),
        pragmas={
            "journal_mode": "wal",
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "synchronous": synchronous,
            "wal_autocheckpoint": 4000,
        },
    )


def fill(folder: Path, count: int) -> None:
    """Make a store with as many bookings as the measured server has."""
    open_store(folder, "normal")
    with database:
        database.create_tables([ApiKey, Service, Booking])
        ApiKey.create(name=KEY, secret=hashlib.sha256(SECRET.encode()).hexdigest())
        services = [Service.create(name=f"Service {number}", capacity=5, price=1000) for number in range(221)]
        now = int(datetime(2026, 3, 2, 10, tzinfo=UTC).timestamp())
        rows = (
            {
                "service": services[number % 221],
                # Five to an hour.
                "start": now + number // 1105 * HOUR,
                "end": now + (number // 1105 + 1) * HOUR,
                "cost": 1000,
                "status": "paid",
                "created": now - count + number,
                "modified": now,
            }
            for number in range(count)
        )
        with database.atomic():
            for batch in chunked(rows, 1000):
                Booking.insert_many(batch).execute()


def record(booking: Booking) -> dict[str, Any]:
    """A booking as the API shows it."""
    return {
        "id": booking.id,
        "all_day": booking.all_day,
        "cost": f"{booking.cost / 100:.2f}",
        "customer_id": booking.customer_id,
        "date_created": booking.created,
        "date_modified": booking.modified,
        "start": booking.start,
        "end": booking.end,
        "google_calendar_event_id": "0",
        "order_id": booking.order_id,
        "order_item_id": 0,
        "parent_id": 0,
        "person_counts": [booking.persons],
        "product_id": booking.service_id,  # type: ignore[attr-defined]  # peewee adds it
        "resource_id": 0,
        "status": booking.status,
        "local_timezone": booking.local_timezone,
        "_links": {
            "self": [{"href": f"http://127.0.0.1/bookings/{booking.id}"}],
            "collection": [{"href": "http://127.0.0.1/bookings"}],
        },
    }


class SignIn:
    """Opens the thread's connection, and lets in who has a key."""

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        database.connect(reuse_if_open=True)
        scheme, _, text = (req.auth or "").partition(" ")
        name, _, secret = base64.b64decode(text).decode().partition(":") if scheme == "Basic" else ("", "", "")
        key = ApiKey.get_or_none(ApiKey.name == name)
        if key is None or not hmac.compare_digest(key.secret, hashlib.sha256(secret.encode()).hexdigest()):
            raise falcon.HTTPUnauthorized(title="unknown key")


class Bookings:
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        limit, page = req.get_param_as_int("limit", default=10, max_value=100), req.get_param_as_int("page", default=1)
        query = Booking.select().where(Booking.status != "deleted")
        resp.set_header("X-Total", str(query.count()))
        newest = query.order_by(Booking.created.desc(), Booking.id.desc())
        resp.media = [record(booking) for booking in newest.paginate(page, limit)]

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        new = read_new_booking.decode(req.bounded_stream.read())
        with database.atomic("IMMEDIATE"):
            service = Service.get_or_none(Service.id == new.product_id)
            if service is None:
                raise falcon.HTTPNotFound
            taken = (
                Booking.select(fn.COALESCE(fn.SUM(Booking.persons), 0))
                .where(
                    (Booking.service == service)
                    & (Booking.start < new.end)
                    & (Booking.start > new.start - 24 * HOUR)
                    & (Booking.end > new.start)
                    & (Booking.status.in_(["pending", "confirmed", "paid"]))
                )
                .scalar()
            )
            if taken + new.persons > service.capacity:
                raise falcon.HTTPConflict(title="that time is full")
            now = int(datetime.now(UTC).timestamp())
            booking = Booking.create(
                service=service,
                start=new.start,
                end=new.end,
                persons=new.persons,
                cost=service.price * new.persons,
                status="paid",
                created=now,
                modified=now,
            )
        resp.status = falcon.HTTP_201
        resp.media = record(booking)


class OneBooking:
    def on_get(self, req: falcon.Request, resp: falcon.Response, booking_id: int) -> None:
        booking = Booking.get_or_none(Booking.id == booking_id)
        if booking is None:
            raise falcon.HTTPNotFound
        resp.media = record(booking)


class ByHandServer(GunicornServer):
    """frontdesk's server around this app."""

    def load(self) -> App:
        config = load_config(sys.argv[1])
        open_store(Path(sys.argv[1]).parent, config.database.durability)
        app: App = falcon.App(middleware=[SignIn()])
        handler = falcon.media.JSONHandler(dumps=_dumps, loads=msgspec.json.decode)
        app.resp_options.media_handlers[falcon.MEDIA_JSON] = handler
        app.add_route("/bookings", Bookings())
        app.add_route("/bookings/{booking_id:int}", OneBooking())
        return app


_dumps: Callable[[Any], bytes] = msgspec.json.encode


def requests_of(kind: str, count: int) -> list[bytes]:
    """Signed-in requests: "read" one of 500, "list" ten, or "create" in slots that are free."""
    headers = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode()}
    if kind == "read":
        return [raw("GET", f"/bookings/{number * 20 + 1}", headers) for number in range(500)]
    if kind == "list":
        return [raw("GET", "/bookings?limit=10", headers)]
    first = int(datetime(2030, 1, 1, tzinfo=UTC).timestamp())
    bodies = [
        {
            "product_id": number % 221 + 1,
            "start": first + number // 221 * HOUR,
            "end": first + (number // 221 + 1) * HOUR,
        }
        for number in range(count)
        for start in [first + number // 221 * HOUR]
    ]
    return [raw("POST", "/bookings", headers, msgspec.json.encode(body)) for body in bodies]


if __name__ == "__main__":
    _, path, port, workers = sys.argv
    ByHandServer(load_config(path), bind=f"127.0.0.1:{port}", workers=int(workers)).run()
