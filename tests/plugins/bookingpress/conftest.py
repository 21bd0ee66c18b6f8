"""A running shop that speaks BookingPress: the real app on a real file, with a clock that tests can move."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import webtest

from core import db
from core.app import create_app
from core.config import parse_config
from frontdesk.testing.stores import open_store
from plugins.bookingpress import auth

BASE = "/wp-json/bookingpress/v1"
#: A Monday, early in the morning.
NOW = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)


@dataclass
class Clock:
    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: int) -> None:
        self.now += timedelta(**by)


@dataclass
class Shop:
    """A client with the site's key."""

    app: webtest.TestApp
    clock: Clock
    key: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def call(self, method: str, path: str, body: Any = None, *, status: int = 200, **extra: Any) -> Any:
        """One request; the decoded reply."""
        return self.reply(method, path, body, status=status, **extra).json

    def reply(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        status: int | str = 200,
        headers: Any = None,
        extra_environ: Any = None,
    ) -> webtest.TestResponse:
        self.app.extra_environ = dict(extra_environ or {})
        sent = {auth.HEADER: self.key, **(headers or {})} if self.key else dict(headers or {})
        if body is None:
            return self.app.request(BASE + path, method=method, headers=sent, status=status, expect_errors=True)
        return getattr(self.app, f"{method.lower()}_json")(
            BASE + path, body, headers=sent, status=status, expect_errors=True
        )

    def get(self, path: str, **extra: Any) -> Any:
        return self.call("GET", path, **extra)

    def post(self, path: str, body: Any, **extra: Any) -> Any:
        return self.call("POST", path, body, **extra)

    def make(self, path: str, **body: Any) -> int:
        """Create a record and return its id."""
        answer = self.post(path, body)
        assert answer["variant"] == "success", answer
        return next(value for name, value in answer.items() if name.endswith("_id") and name != "wpuser_id")

    def service(self, **body: Any) -> int:
        defaults = {"service_name": "Deep clean", "service_duration_val": 60, "service_duration_unit": "m"}
        return self.make("/services", **{**defaults, "service_price": 40, **body})

    def starts(self, service: int, day: str = "2026-06-02", **query: Any) -> list[str]:
        """Starts that can still be booked."""
        return [slot["start_time"] for slot in self.slots(service, day, **query) if not slot["is_booked"]]

    def slots(self, service: int, day: str = "2026-06-02", **query: Any) -> list[dict[str, Any]]:
        text = "".join(f"&{name}={value}" for name, value in query.items())
        slots = self.get(f"/appointments/timeslots?service_id={service}&selected_date={day}{text}")
        groups = ("morning_time", "afternoon_time", "evening_time", "night_time")
        return [slot for name in groups for slot in slots[name]]

    def book(self, service: int, at: str = "09:00", day: str = "2026-06-02", **body: Any) -> Any:
        return self.post(
            "/appointments",
            {
                "selected_service": service,
                "selected_date": day,
                "selected_start_time": at,
                "customer_firstname": "Mira",
                "customer_lastname": "Holt",
                "customer_email": "mira@example.org",
                "selected_payment_method": "on-site",
                **body,
            },
        )


@pytest.fixture
def start(tmp_path):
    """Start a shop; settings go into the plugin's table, ``document`` is imported first."""

    def begin(
        *,
        document: Any = None,
        kind: str = "sqlite",
        timezone: str = "UTC",
        server: Any = None,
        **settings: Any,
    ) -> Shop:
        url = open_store(kind, tmp_path)
        db.close_database()
        clock = Clock()
        settings = {"rate_limit_minute": 0, "rate_limit_hour": 0, **settings}
        config = parse_config(
            {
                "server": {"access_log": False, **(server or {})},
                "database": {"url": url, "durability": "normal"},
                "site": {"name": "Shop", "url": "http://shop.test", "timezone": timezone},
                "plugins": {"enabled": ["bookingpress"], "bookingpress": settings},
            }
        )
        app = create_app(config, clock=clock)
        if document is not None:
            bring(document, clock)
        _, fields = auth.generate(now=clock())
        return Shop(webtest.TestApp(app), clock, fields["api_key"])

    yield begin
    db.close_database()


def bring(document: Any, clock: Clock) -> dict[str, int]:
    """Import a document."""
    from core.services import site
    from plugins.bookingpress import importer

    return importer.load(document, now=clock(), site=site.current())


@pytest.fixture
def shop(start):
    return start()
