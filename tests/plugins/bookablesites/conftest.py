"""The real application on a real SQLite file, a clock that tests move, and a client that is signed in."""

import shutil
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp

import pytest
from webtest import TestApp

from core import db
from core.app import create_app, start
from core.config import parse_config
from core.services import events, filters, site

#: Thursday 28 May 2026, 14:02:11 in New York; the fact sheet's own examples are of that day.
NOW = datetime(2026, 5, 28, 18, 2, 11, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def configure(path: Path, *, url=None, tables=None, **settings):
    return parse_config(
        {
            **(tables or {}),
            "database": {"url": url or f"sqlite:///{path}", "durability": "normal"},
            "site": {"timezone": "America/New_York", "currency": "USD"},
            "server": {"access_log": False},
            "plugins": {
                "enabled": ["bookablesites"],
                "bookablesites": {"calls_per_minute": 100_000, "writes_per_minute": 100_000, **settings},
            },
        }
    )


@lru_cache(maxsize=1)
def _template() -> Path:
    path = Path(mkdtemp(prefix="bookablesites-")) / "template.db"
    start(configure(path))
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return path


class Api:
    """A signed-in client. Calls return the reply; ``.json`` is its body."""

    def __init__(self, app, manager, clock, *, signed_in=True) -> None:
        self.web = TestApp(app)
        self.manager = manager
        self.clock = clock
        self.root = "/api/v1"
        self.key, self.fields = self.new_key()
        self.token = self.sign_in() if signed_in else ""
        self.signed_at = clock()

    def new_key(self):
        kind = self.manager.credentials["bookablesites"]
        return kind.create(label="test", permissions=None, user=None, expires_at=None, now=self.clock())

    def sign_in(self) -> str:
        self.signed_at = self.clock()
        body = {"clientId": self.fields["client_id"], "clientSecret": self.fields["client_secret"]}
        return self.web.post_json("/auth/token", body).json["access_token"]

    def call(self, method, path, body=None, *, status=None, headers=None):
        if abs(self.clock() - self.signed_at) > timedelta(minutes=50):
            self.token = self.sign_in()
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        path = path if path.startswith("/api/") else f"{self.root}/{path}"
        if body is None:
            reply = self.web.request(path, method=method, headers=headers, expect_errors=True)
        else:
            call = getattr(self.web, f"{method.lower()}_json")
            reply = call(path, body, headers=headers, expect_errors=True)
        assert reply.status_int < 500, reply.body
        if status is not None:
            assert reply.status_int == status, (reply.status, reply.body)
        return reply

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.call("POST", path, {} if body is None else body, **options)

    def patch(self, path, body, **options):
        return self.call("PATCH", path, body, **options)

    def put(self, path, body, **options):
        return self.call("PUT", path, body, **options)

    def delete(self, path, **options):
        return self.call("DELETE", path, **options)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_api(tmp_path, clock):
    """Builds the application with these plugin settings."""
    made = []

    def make(*, signed_in=True, **settings) -> Api:
        path = tmp_path / f"store{len(made)}.db"
        shutil.copy(_template(), path)
        config = configure(path, **settings)
        manager = start(config, clock=clock)
        app = create_app(config, clock=clock, manager=manager)
        made.append(Api(app, manager, clock, signed_in=signed_in))
        return made[-1]

    yield make
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()


@pytest.fixture
def api(make_api):
    return make_api()


class Salon:
    """One employee on Mondays 09:00-12:00 and 13:00-15:00, and services made to measure. 1 June 2026 is a Monday."""

    DAY = "2026-06-01"

    def __init__(self, api: Api) -> None:
        self.api = api
        self.ola = self.employee("Ola", "Reyes")
        self.mira = api.post(
            "customers", {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"}, status=201
        ).json["id"]

    def restarted(self, **settings) -> "Salon":
        """The same store, served again with other settings."""
        path = Path(db.database.obj.database)
        config = configure(path, **settings)
        manager = start(config, clock=self.api.clock)
        again = object.__new__(Salon)
        again.__dict__ = {**self.__dict__}
        again.api = Api(create_app(config, clock=self.api.clock, manager=manager), manager, self.api.clock)
        return again

    def employee(self, first, last, **more) -> int:
        body = {
            "first_name": first,
            "last_name": last,
            "email": f"{first}@salon.example".lower(),
            "working_hours": self.week(("09:00", "12:00"), ("13:00", "15:00")),
            **more,
        }
        return self.api.post("employees", body, status=201).json["id"]

    @staticmethod
    def week(*periods, weekday=1):
        return [{"weekday": weekday, "periods": [{"start": start, "end": end} for start, end in periods]}]

    def service(self, name="Cut", **fields) -> int:
        body = {"name": name, "duration": 3600, "price": 50, "employees": [{"id": self.ola}], **fields}
        return self.api.post("services", body, status=201).json["id"]

    def starts(self, service, *, day=None, **query) -> list[str]:
        day = day or self.DAY
        words = "&".join(f"{name}={value}" for name, value in query.items())
        path = f"available-times?service={service}&start_date={day}&end_date={day}&{words}"
        data = self.api.get(path, status=200).json["data"]
        return [slot["start"] for slot in data.get(day, [])]

    def book(self, service, time, *, status=201, **fields):
        body = {"service": service, "customer": self.mira, "date": self.DAY, "time": time, **fields}
        return self.api.post("bookings", body, status=status).json

    def guest(self, number) -> dict:
        return {"first_name": f"Guest{number}", "last_name": "Test", "email": f"guest{number}@example.org"}


@pytest.fixture
def salon(api):
    return Salon(api)
