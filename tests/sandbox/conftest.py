"""A sandbox for all tests of a module; each begins with a reset."""

import pytest

from frontdesk_sandbox import start
from frontdesk_sandbox.in_process import start_in_process

NOW = "2026-03-02T10:00:00Z"


@pytest.fixture(scope="session")
def server():
    """A real one, in a process of its own."""
    with start(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def bench(server):
    server.reset()
    return server


@pytest.fixture(scope="module")
def in_process():
    with start_in_process(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def inside(in_process):
    in_process.reset()
    return in_process
