"""Services are tested on both real databases."""

from datetime import UTC, datetime

import pytest

from frontdesk.testing.host import close_host
from frontdesk.testing.stores import KINDS, open_store

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def store(request, tmp_path):
    """An empty, migrated store; the test runs once on each kind."""
    yield open_store(request.param, tmp_path)
    close_host()


@pytest.fixture
def now():
    return NOW
