"""Nobody waits for ever: what waits for the datastore gives up in time, and says so."""

import fcntl
import multiprocessing
import os
import sqlite3
import threading
import time
from contextlib import contextmanager

import peewee
import pytest

from core import db, engines, request_budget, subject_locks
from core.errors import DatastoreBusy
from core.services import repository
from core.writer_queue import WriterQueue
from frontdesk.testing.stores import open_store
from tests.core.conftest import NOW

pytestmark = pytest.mark.slow


@pytest.fixture
def queue(tmp_path):
    return WriterQueue(str(tmp_path / "lock"))


@contextmanager
def held(path: str):
    """Somebody else has the file."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(handle)


def test_a_free_turn_is_had_at_once(queue):
    for _ in range(3):
        assert queue.acquire(0.0)
        queue.release()


def test_a_turn_that_does_not_come_is_given_up_in_time(queue):
    with held(queue.path):
        begun = time.monotonic()
        assert not queue.acquire(0.2)
        assert 0.15 < time.monotonic() - begun < 1.0


def test_who_gave_up_leaves_nothing_locked(queue):
    with held(queue.path):
        assert not queue.acquire(0.05)
        assert not queue.acquire(0.05)
    ends = time.monotonic() + 5
    while time.monotonic() < ends:
        with open(queue.path) as other:
            try:
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(0.01)
    else:
        pytest.fail("the file stays locked")
    assert queue.acquire(1.0)
    queue.release()


def test_a_turn_that_comes_late_is_had(queue):
    with held(queue.path):
        threads, turns = [], []

        def write() -> None:
            if queue.acquire(5.0):
                turns.append(time.monotonic())
                queue.release()

        for _ in range(4):
            threads.append(threading.Thread(target=write))
            threads[-1].start()
        time.sleep(0.1)
        assert turns == []
    for thread in threads:
        thread.join()
    assert len(turns) == 4


def _add(path: str, file: str, count: int) -> None:
    queue = WriterQueue(path)

    def work_on() -> None:
        for _ in range(count):
            # Some give up, and come again.
            while not queue.acquire(0.002):
                pass
            with open(file, "r+") as counter:
                value = int(counter.read() or 0)
                counter.seek(0)
                counter.write(str(value + 1))
            queue.release()

    threads = [threading.Thread(target=work_on) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_threads_of_several_processes_are_never_in_it_together(tmp_path):
    (tmp_path / "count").write_text("0")
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_add, args=(str(tmp_path / "lock"), str(tmp_path / "count"), 30)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert (tmp_path / "count").read_text() == "270"


@pytest.fixture
def sqlite(tmp_path, monkeypatch):
    monkeypatch.setattr(request_budget, "WAIT_SECONDS", 0.3)
    url = open_store("sqlite", tmp_path)
    allowance = request_budget.RequestBudget()
    request_budget.set_current(allowance)
    yield url.removeprefix("sqlite:///")
    request_budget.finish(allowance)
    db.close_database()


def refused(seconds: float) -> None:
    begun = time.monotonic()
    with pytest.raises(DatastoreBusy):
        repository.customers.create(now=NOW, email="a@b.example")
    assert time.monotonic() - begun < seconds


def test_a_writer_behind_another_gives_up_in_time(sqlite):
    with held(f"{sqlite}.lock"):
        refused(2.0)


def test_a_foreign_transaction_is_waited_for_only_so_long(sqlite):
    other = sqlite3.connect(sqlite, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    refused(2.0)
    # What is left of one request's patience is less each time.
    refused(0.3)
    other.execute("ROLLBACK")
    other.close()
    request_budget.set_current(request_budget.RequestBudget())
    assert repository.customers.create(now=NOW, email="a@b.example").id


def test_a_long_question_is_ended_when_the_time_is_over(sqlite):
    request_budget.current().deadline = time.monotonic() + 0.3
    begun = time.monotonic()
    with pytest.raises(peewee.OperationalError) as ended:
        db.fetch_all(
            "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 100000000) SELECT max(x) FROM n"
        )
    assert engines.is_lock_timeout(ended.value)
    assert time.monotonic() - begun < 2.0


def test_a_lock_of_postgres_is_waited_for_only_so_long(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "WAIT_SECONDS", 0.3)
    monkeypatch.setattr(db, "WORK_SECONDS", 0.5)
    open_store("postgres", tmp_path)
    import psycopg

    db.set_statement_timeouts()
    try:
        with psycopg.connect(db.database.database) as other:
            other.execute(subject_locks.lock_statement(), (subject_locks.lock_key(("service", 1)),))
            begun = time.monotonic()
            with pytest.raises(DatastoreBusy), db.writing():
                subject_locks.lock_subjects([("service", 1)])
            assert time.monotonic() - begun < 2.0
        with pytest.raises(DatastoreBusy), db.writing():
            db.fetch_all("SELECT pg_sleep(20)")
        with db.writing():
            assert subject_locks.lock_subjects([("service", 1)])
    finally:
        db.close_database()


@pytest.mark.parametrize(("queued", "left"), [(0.0, 5.0), (2.0, 3.0), (30.0, request_budget.CLOSING_WAIT_SECONDS)])
def test_waiting_for_a_thread_is_part_of_waiting(queued, left):
    allowance = request_budget.RequestBudget()
    allowance.deadline -= queued
    allowance.start_work()
    assert allowance.remaining_wait == pytest.approx(left, abs=0.1)
    assert allowance.deadline - time.monotonic() == pytest.approx(request_budget.WORK_SECONDS, abs=0.1)
