"""What all tests share."""

import importlib.metadata
import sys
from functools import lru_cache

import pytest


def pytest_collection_modifyitems(items):
    """What starts a server of its own for the conformance suite is slow; tests/races does it for four dialects at once."""
    for item in items:
        if item.get_closest_marker("frontdesk_server"):
            item.add_marker("slow")


@pytest.fixture(scope="session", autouse=True)
def installed_packages():
    """Every host asks which plugins are installed; while tests run, the metadata on one path is read once."""
    find = importlib.metadata.entry_points

    @lru_cache
    def find_on(path: tuple[str, ...], **wanted: str):
        return find(**wanted)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.metadata, "entry_points", lambda **wanted: find_on(tuple(sys.path), **wanted))
        yield
