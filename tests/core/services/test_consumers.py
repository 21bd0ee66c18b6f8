"""Consumers get each event until they have handled it: under a lease, again after a failure, on both databases."""

import multiprocessing
import time
from datetime import timedelta

import pytest

from core import db
from core.services import consumers, doctor, events
from core.services.consumers import Consumer, consume, workers_of
from tests.core.services.conftest import NOW

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("store")]
fork = multiprocessing.get_context("fork")


@pytest.fixture
def outbox():
    """Three events wait for ``texts.sms``."""
    events.register_consumer("texts.sms", ["booking.created"])
    for number in (1, 2, 3):
        events.record_event("booking.created", "booking", number, now=NOW)
    events.record_event("booking.deleted", "booking", 4, now=NOW)


def test_each_event_is_handled_once_oldest_first(outbox):
    handled = []

    assert consume("texts.sms", lambda event: handled.append(event.subject_id), now=NOW) == 3
    assert consume("texts.sms", lambda event: handled.append(event.subject_id), now=NOW) == 0
    assert handled == [1, 2, 3]


@pytest.mark.parametrize("error", [ValueError("no signal"), SystemExit(1)])
def test_what_fails_is_due_again_later_and_delays_nothing_else(outbox, caplog, error):
    handled = []

    def handle(event):
        handled.append(event.subject_id)
        if event.subject_id == 2:
            raise error

    consume("texts.sms", handle, now=NOW)
    assert handled == [1, 2, 3]
    assert "consumer failed" in caplog.text
    assert events.failures() == {"texts.sms": 1.0}

    waits = []
    now = NOW
    for _ in range(12):
        wait = next(
            seconds
            for seconds in range(1, 4000)
            if db.fetch_all("SELECT not_before FROM dispatch")[0][0] <= int(now.timestamp()) + seconds
        )
        waits.append(wait)
        now += timedelta(seconds=wait)
        assert consume("texts.sms", handle, now=now - timedelta(seconds=1)) == 0
        assert consume("texts.sms", handle, now=now) == 1
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600
    assert doctor.examine(now=NOW).ok
    db.execute("UPDATE dispatch SET attempts = 20")
    [breach] = doctor.examine(now=NOW).breaches
    assert (breach.subject, breach.detail) == ("consumer texts.sms", "has failed 20 times or more to handle event 2")


def test_a_handle_that_waits_for_something_is_no_handle(outbox):
    async def handle(event):
        return None

    consume("texts.sms", handle, now=NOW)

    assert events.failures() == {"texts.sms": 3.0}


def test_a_round_that_takes_long_gives_the_rest_back(outbox, monkeypatch):
    monkeypatch.setattr(consumers, "_ROUND_SECONDS", -1.0)
    assert consume("texts.sms", lambda event: None, now=NOW) == 3
    monkeypatch.undo()
    handled = []
    consume("texts.sms", handled.append, now=NOW)

    assert len(handled) == 3


def _consume_in_process(url, out):
    db.open_database(url, durability="normal")
    events.register_consumer("texts.sms", ["booking.created"])

    def handle(event):
        time.sleep(0.02)
        out.put(event.subject_id)

    for _ in range(20):
        consume("texts.sms", handle, now=NOW)
        time.sleep(0.01)
    db.close_database()


def test_of_several_processes_one_gets_an_event(store, outbox):
    for number in range(10, 40):
        events.record_event("booking.created", "booking", number, now=NOW)
    db.close_database()
    out = fork.Queue()
    running = [fork.Process(target=_consume_in_process, args=(store, out)) for _ in range(3)]
    for process in running:
        process.start()
    handled = [out.get(timeout=60) for _ in range(33)]
    for process in running:
        process.join(60)

    assert sorted(handled) == [1, 2, 3, *range(10, 40)]
    assert out.empty()


def test_what_waits_for_a_plugin_that_is_gone_is_seen_and_can_be_forgotten(outbox):
    events.clear_listeners()

    assert events.waiting_by_consumer() == {"texts.sms": (3, 0, NOW)}
    assert events.backlog() == {"texts.sms": 3.0}
    assert events.forget_consumer("texts.sms") == 3
    assert events.backlog() == {}


def test_a_consumer_without_a_handle_has_no_worker():
    handled = []
    workers = workers_of({"a.x": Consumer(), "a.y": Consumer(handle=handled.append)}, lambda: NOW)
    events.register_consumer("a.y")
    events.record_event("site.updated", "site", 1, now=NOW)

    assert list(workers) == ["consumer a.y"]
    assert workers["consumer a.y"]() > 0
    assert [event.kind for event in handled] == ["site.updated"]
