"""What all tests share."""

import importlib.metadata
from functools import lru_cache

import pytest


@pytest.fixture(scope="session", autouse=True)
def installed_packages():
    """Every host asks which plugins are installed; while tests run, the metadata of all packages is read once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(importlib.metadata, "entry_points", lru_cache(importlib.metadata.entry_points))
        yield
