"""Readiness tries what it promises, and costs nothing to ask."""

import threading

import pytest

from core.errors import DatastoreUnavailable
from core.http import health
from core.http.health import ReadinessResource
from core.services import ephemeral, store_probe
from tests.core.conftest import build


@pytest.fixture
def checks():
    return {}


@pytest.fixture
def ready(checks, monkeypatch):
    monkeypatch.setattr(health, "MAX_CHECK_SECONDS", 0.5)
    made = ReadinessResource(owners=(), plugins=(), checks={}, frozen=None)
    made._checks = checks
    return made


def refuse(*args):
    raise DatastoreUnavailable(reason="read_only")


@pytest.mark.parametrize(
    ("target", "name", "check"),
    [(store_probe, "try_write", "storage"), (ephemeral, "try_write", "limits")],
    ids=["store", "limits"],
)
def test_a_store_that_takes_no_write_is_not_ready(tmp_path, monkeypatch, target, name, check):
    client = build(f"sqlite:///{tmp_path}/h.db")
    monkeypatch.setattr(target, name, refuse)
    reply = client.simulate_get("/readyz")
    assert (reply.status_code, reply.json["ready"], reply.json["checks"][check]) == (503, False, "failed")
    assert client.simulate_get("/healthz").status_code == 200


def test_readiness_writes_on_both_databases(any_client):
    assert any_client.simulate_get("/readyz").json["ready"] is True
    from core.db import fetch_all

    assert len(fetch_all("SELECT at FROM store_probe")) == 1


def test_the_answer_holds_for_a_second(ready, checks, monkeypatch):
    clock, asked = [100.0], []
    monkeypatch.setattr(health, "monotonic", lambda: clock[0])
    checks["x"] = lambda: asked.append(1)
    for _ in range(50):
        ready.run()
    assert len(asked) == 1
    clock[0] += 1.1
    ready.run()
    assert len(asked) == 2


def test_a_check_that_is_stuck_fails_and_is_not_begun_again(ready, checks, monkeypatch):
    monkeypatch.setattr(health, "ANSWER_TTL", 0.0)
    go, asked = threading.Event(), []
    checks["stuck"] = lambda: (asked.append(1), go.wait(10))
    assert [ready.run()["ready"] for _ in range(3)] == [False] * 3
    assert len(asked) == 1
    go.set()
    ready._running._thread.join(5)
    assert ready.run()["ready"] is True
