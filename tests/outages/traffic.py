"""Clients that go on booking while the store is in trouble, and what they were told."""

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import requests

from core import app as host
from core import db
from core.config import load_config
from core.domain.schedule import CalendarRule, CapacityRules, SchedulePlan
from core.services import repository
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import Driver, OverHttp
from frontdesk.testing.servers import write_config


@dataclass
class Shop:
    """A configuration on a migrated store with one service that never runs out, and a key for every dialect."""

    config: Path
    service_id: int
    fields: dict[str, dict[str, str]]
    #: A start that is open, whatever the day of the test.
    start: object = None

    def client(self, name: str, port: int) -> Driver:
        return DRIVERS[name](OverHttp("127.0.0.1", port), self.fields[name])


def open_shop(folder: Path, url: str, **tables: dict) -> Shop:
    """Set a store up at ``url``."""
    folder.mkdir(parents=True, exist_ok=True)
    plugins = {
        "enabled": list(DRIVERS),
        "bookablesites": {"calls_per_minute": 99999, "writes_per_minute": 99999, "allow_http_webhooks": True},
        "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
    }
    config = write_config(folder, database={"url": url}, webhooks={"allow_private": True}, plugins=plugins, **tables)
    loaded = load_config(config, environ={})
    manager = host.start(loaded, migrate=True)
    now = manager.host.clock()
    service = repository.services.create(
        now=now,
        name="Hall",
        price=10,
        rules=(CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5, 6, 7), from_minute=540, to_minute=1020),),
        plan=SchedulePlan(capacity=CapacityRules(limit=1_000_000)),
    )
    fields = {}
    for name, kind in manager.credentials.items():
        fields[name] = dict(kind.create(label="t", permissions=None, user=None, expires_at=None, now=now)[1])
    db.close_database()
    start = (now + timedelta(days=3)).replace(hour=9, minute=0, second=0, microsecond=0, tzinfo=None)
    return Shop(config, service.id, fields, start)


@dataclass
class Traffic:
    """Threads that book through every dialect until told to stop."""

    shop: Shop
    ports: list[int]
    each: int = 1
    statuses: Counter = field(default_factory=Counter)
    booked: list[tuple[str, int]] = field(default_factory=list)
    #: When the last booking was acknowledged, and the longest time between two.
    last: float = 0.0
    worst_gap: float = 0.0

    def __post_init__(self) -> None:
        self._stop, self._turn = threading.Event(), threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(name, port), daemon=True)
            for port in self.ports
            for name in DRIVERS
            for _ in range(self.each)
        ]

    def __enter__(self) -> "Traffic":
        self.last = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _work(self, name: str, port: int) -> None:
        client = None
        while not self._stop.is_set():
            try:
                client = client or self.shop.client(name, port)
                outcome = client.book(self.shop.service_id, self.shop.start)
            except AssertionError:
                # No token while the store is away.
                self._stop.wait(0.1)
                continue
            except (OSError, http.client.HTTPException) as error:
                with self._turn:
                    self.statuses[type(error).__name__] += 1
                client = None
                self._stop.wait(0.1)
                continue
            now = time.monotonic()
            with self._turn:
                self.statuses[outcome.status] += 1
                if outcome.booked:
                    self.booked.append((name, outcome.id))
                    self.worst_gap = max(self.worst_gap, now - self.last)
                    self.last = now
            if not outcome.booked:
                self._stop.wait(0.1)

    def missing(self, port: int) -> list[tuple[str, int]]:
        """Acknowledged bookings that are not there any more."""
        clients = {name: self.shop.client(name, port) for name in DRIVERS}
        return [(name, number) for name, number in self.booked if clients[name].read(number)[0] != 200]


def ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=10).status_code == 200
    except requests.RequestException:
        return False


def logged(shop: Shop) -> str:
    return (shop.config.parent / "server.log").read_text()
