"""All four dialects over one store, in one app."""

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from core.domain.schedule import CalendarRule, SchedulePlan
from core.services import records
from tests.contract.clients import CLIENTS, Client, through_webtest
from tests.stores import KINDS, open_store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
START = datetime(2026, 3, 3, 9, 0)


def make_service(capacity: int = 1, **values):
    """A neutral service no dialect has made: an hour at a time, weekdays from nine to five."""
    return records.services.create(
        **{
            "now": NOW,
            "name": "Room",
            "price": Decimal("10"),
            "rules": (CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020),),
            "plan": SchedulePlan(capacity=capacity),
            **values,
        }
    )


@pytest.fixture(params=KINDS)
def house(request, tmp_path) -> Iterator[SimpleNamespace]:
    """``app``, ``clients`` by dialect, ``now``; once on each database."""
    url = open_store(request.param, tmp_path)
    # The clock stands still, so no limit ever has room again.
    open_handed = {
        "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
        "bookablesites": {"calls_per_minute": 100_000, "writes_per_minute": 100_000},
    }
    config = parse_config(
        {"database": {"url": url}, "plugins": {"enabled": list(CLIENTS), **open_handed}}, source="test"
    )
    manager = host.start(config, clock=lambda: NOW, migrate=True)
    app = TestApp(host.create_app(config, clock=lambda: NOW, manager=manager))
    clients: dict[str, Client] = {}
    for name, kind in CLIENTS.items():
        _, fields = manager.credentials[name].create(
            label="test", permissions=None, user=None, expires_at=None, now=NOW
        )
        clients[name] = kind(through_webtest(app), dict(fields))
    yield SimpleNamespace(app=app, clients=clients, manager=manager, url=url)
    db.close_database()
