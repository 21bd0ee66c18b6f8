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
from core.domain.schedule import CalendarRule, CapacityRules, SchedulePlan
from core.services import repository
from tests.contract.clients import CLIENTS, make_clients
from tests.stores import KINDS, open_store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)  # a Monday
START = datetime(2026, 3, 3, 9, 0)


def make_service(capacity: int = 1, **values):
    """A neutral service no dialect has made: an hour at a time, weekdays from nine to five."""
    return repository.services.create(
        **{
            "now": NOW,
            "name": "Room",
            "price": Decimal("10"),
            "rules": (CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020),),
            "plan": SchedulePlan(capacity=CapacityRules(limit=capacity)),
            **values,
        }
    )


#: The clock stands still, so no limit ever has room again.
OPEN_HANDED = {
    "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
    "bookablesites": {"calls_per_minute": 100_000, "writes_per_minute": 100_000},
}


def open_host(url: str, **tables) -> SimpleNamespace:
    """All four dialects over this store, with more tables of the configuration: ``app``, ``clients`` by dialect."""
    document = {"database": {"url": url}, "plugins": {"enabled": list(CLIENTS), **OPEN_HANDED}, **tables}
    config = parse_config(document, source="test")
    manager = host.start(config, clock=lambda: NOW, migrate=True)
    app = TestApp(host.create_app(config, clock=lambda: NOW, manager=manager))
    return SimpleNamespace(app=app, clients=make_clients(manager, app, now=NOW), manager=manager, url=url)


@pytest.fixture(params=KINDS)
def venue(request, tmp_path) -> Iterator[SimpleNamespace]:
    """An open host, once on each database."""
    yield open_host(open_store(request.param, tmp_path))
    db.close_database()
