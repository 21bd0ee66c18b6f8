"""Services are tested on both real databases."""

from datetime import UTC, datetime

import pytest

from core import db
from core.services import events, filters, site
from tests.stores import KINDS, open_store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    """An empty, migrated store; the test runs once on each kind."""
    url = open_store(request.param, tmp_path)
    yield url
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()


@pytest.fixture
def now():
    return NOW
