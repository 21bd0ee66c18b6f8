"""A shop with this dialect alone on a database file; requests pass the whole app."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from core.db import writing
from core.services import doctor, events, filters, site
from frontdesk.testing.stores import open_store

NOW = datetime(2021, 9, 21, 4, 23, 33, tzinfo=UTC)
BASE = "/wc-api/v3/bkap"
STORE = "https://staging.tychesoftwares.com/woo_handel"


class Clock:
    """A clock that tests move."""

    def __init__(self, now):
        self.now = now

    def __call__(self):
        return self.now

    def forward(self, **step):
        self.now += timedelta(**step)


class Shop:
    """A client with a key; ``GET`` carries its filters as a JSON body, as the vendor's document does."""

    def __init__(self, app, manager, clock):
        self.app, self.manager, self.clock = app, manager, clock
        self.consumer_key, self.consumer_secret = self.new_key("read_write")

    def new_key(self, permissions):
        _, fields = self.manager.credentials["bkap"].create(
            label="test", permissions=permissions, user=None, expires_at=None, now=self.clock()
        )
        return fields["consumer_key"], fields["consumer_secret"]

    def basic(self, pair=None):
        text = ":".join(pair or (self.consumer_key, self.consumer_secret))
        return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}

    def call(
        self,
        method,
        path,
        body=None,
        *,
        status: int | None = 200,
        headers=None,
        raw=None,
        content_type="application/json",
    ):
        """One request below the dialect's path; ``status`` None allows any status."""
        data = raw if raw is not None else (b"" if body is None else json.dumps(body).encode())
        if isinstance(data, str):
            data = data.encode()
        reply = self.app.request(
            path if path.lower().startswith(("/wc-api", "/?")) else BASE + path,
            method=method,
            body=data,
            headers={**self.basic(), **(headers or {})},
            content_type=content_type,
            expect_errors=True,
        )
        assert status in (None, reply.status_int), (reply.status, reply.body[:600])
        return reply

    def get(self, path, body=None, **more):
        return self.call("GET", path, body, **more).json

    def post(self, path, body=None, **more):
        return self.call("POST", path, body, **more).json

    def put(self, path, body=None, **more):
        return self.call("PUT", path, body, **more).json

    def delete(self, path, **more):
        return self.call("DELETE", path, **more).json

    def refused(self, method, path, body=None, *, status=400, **more):
        """The code of the error."""
        reply = self.call(method, path, body, status=status, **more).json
        assert list(reply) == ["errors"]
        assert len(reply["errors"]) == 1
        assert reply["errors"][0]["message"]
        return reply["errors"][0]["code"]

    @property
    def importer(self):
        return self.manager.importers["bkap"]

    def load(self, document):
        with writing():
            return self.importer.load(document, site=site.current(), now=self.clock())

    def dump(self):
        return self.importer.dump(site=site.current(), now=self.clock())

    def book(self, product_id, start, end=None, **more):
        """Create a booking; the price defaults to 100."""
        return self.post(
            "/bookings",
            {"product_id": product_id, "price": 100, "start_date": start, "end_date": end or start, **more},
        )

    def left(self, product_id, start, end=None, **more):
        """Availability by date: an int or "Unlimited"."""
        days = self.get(
            "/bookings/availability",
            {"product_id": product_id, "start_date": start, "end_date": end or start, **more},
        )
        return {day[0]["date"]: day[0]["availability"] for day in days}

    def price(self, product_id, **more):
        return self.get("/bookings/price", {"product_id": product_id, **more})["total_price_calculated"]


def open_shop(folder, *, kind="sqlite", settings=None, now=NOW, enabled=("bkap",), **site_table):
    url = open_store(kind, folder)
    config = parse_config(
        {
            "database": {"url": url, "durability": "normal"},
            "site": {"url": STORE, "timezone": "UTC", "currency": "USD", **site_table},
            "plugins": {"enabled": list(enabled), "bkap": settings or {}},
        },
        environ={},
        source="test",
    )
    clock = Clock(now)
    manager = host.start(config, clock=clock, migrate=True)
    return Shop(TestApp(host.create_app(config, clock=clock, manager=manager)), manager, clock)


def close_shop():
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()


@pytest.fixture
def shop(tmp_path):
    opened = open_shop(tmp_path)
    yield opened
    report = doctor.examine(now=opened.clock())
    close_shop()
    assert report.breaches == []


@pytest.fixture
def make_shop(tmp_path):
    """Opens a shop with settings of its own."""
    yield lambda **more: open_shop(tmp_path, **more)
    close_shop()


ALL_WEEK = {f"booking_weekday_{number}": "on" for number in range(7)}


def product(product_id, booking_type="only_day", **more):
    """A product document: open all week, 100 a piece, unlimited."""
    return {
        "id": product_id,
        "title": f"Product {product_id}",
        "price": "100",
        "_bkap_booking_type": booking_type,
        "booking_recurring": ALL_WEEK,
        **more,
    }


def slots(*rows):
    """Time slots from (from, to, lockout, price)."""
    return [
        {
            "from_slot_hrs": start.split(":")[0],
            "from_slot_min": start.split(":")[1],
            "to_slot_hrs": end.split(":")[0],
            "to_slot_min": end.split(":")[1],
            "lockout_slot": lockout,
            "slot_price": price,
        }
        for start, end, lockout, price in rows
    ]
