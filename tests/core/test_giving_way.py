"""An import lets others write meanwhile, and is undone as a whole when it fails or is cut off."""

import multiprocessing
import os
import signal
import sqlite3
import threading
import time

import pytest

from core import db, undo_log
from core.domain.requests import BookingRequest
from core.errors import Invalid
from core.services import bookings, doctor, repository
from frontdesk.testing.stores import KINDS, open_store
from tests.contract.conftest import NOW, START, make_service


@pytest.fixture(params=KINDS)
def url(request, tmp_path, monkeypatch):
    monkeypatch.setattr(undo_log, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(undo_log, "PAUSE_SECONDS", 0.01)
    yield open_store(request.param, tmp_path)
    db.close_database()


#: What never goes back.
FORWARD = ("id_sequence", "sqlite_sequence", "setup_version")


def contents() -> dict[str, list]:
    """Every table but the numbers that never go back."""
    counts = ("booking_tally", "booking_total", "session_tally")
    names = [name for name in db.database.get_tables() if name not in (*FORWARD, *counts)]
    found = {name: sorted(db.fetch_all(f'SELECT * FROM "{name}"'), key=repr) for name in names}
    # Counts of nothing may stay behind.
    for name in counts:
        found[name] = sorted(row for row in db.fetch_all(f"SELECT * FROM {name}") if row[-1])
    return found


def book(service_id: int, hour: int) -> int:
    request = BookingRequest(service_id=service_id, wall_start=START.replace(hour=hour), origin="test")
    return bookings.create(request, now=NOW).id


def some_work(service, customer) -> None:
    """A bit of everything that an import does, with pauses in which others may write."""
    with db.writing():
        for number in range(5):
            undo_log.yield_to_writers()
            repository.customers.create(now=NOW, email=f"{number}@example.com", id=1000 + number)
        undo_log.yield_to_writers()
        repository.customers.update(customer.id, now=NOW, first_name="Changed")
        undo_log.yield_to_writers()
        room = make_service(capacity=5, name="Imported")
        undo_log.yield_to_writers()
        book(room.id, 9)
        book(service.id, 10)
        undo_log.yield_to_writers()
        repository.customers.delete(repository.customers.find(email="gone@example.com").id)
        undo_log.yield_to_writers()


def failing(work, other=None) -> None:
    """An import that fails in the end, after somebody else has had a turn."""
    with undo_log.undoable_write():
        work()
        if other is not None:
            thread = threading.Thread(target=other)
            thread.start()
            while thread.is_alive():
                undo_log.yield_to_writers()
        raise Invalid(field="x")


@pytest.fixture
def start(url):
    repository.customers.create(now=NOW, email="gone@example.com")
    return make_service(capacity=5), repository.customers.create(now=NOW, email="kept@example.com")


def test_what_succeeds_is_there_and_leaves_no_trace(start, url):
    with undo_log.undoable_write():
        some_work(*start)
    assert repository.customers.find(email="3@example.com")
    assert repository.customers.find(email="gone@example.com") is None
    assert doctor.examine(now=NOW).breaches == []
    if url.startswith("sqlite"):
        assert not undo_log._undo_path().exists()
        assert db.fetch_all("SELECT name FROM temp.sqlite_master") == []


def test_what_fails_is_undone_as_a_whole(start):
    before = contents()
    with pytest.raises(Invalid):
        failing(lambda: some_work(*start))
    assert contents() == before
    assert doctor.examine(now=NOW).breaches == []


def test_what_others_did_meanwhile_stays(start, tmp_path):
    if db.is_postgres():
        pytest.skip("there it is one transaction")
    service, customer = start

    def other() -> None:
        book(service.id, 12)
        repository.customers.update(customer.id, now=NOW, last_name="Theirs")
        db.close_database()

    with pytest.raises(Invalid):
        failing(lambda: some_work(service, customer), other)
    assert repository.customers.find(email="3@example.com") is None
    assert repository.customers.get(customer.id).last_name == "Theirs"
    assert [one.wall_start.hour for one in bookings.page(count=False).items] == [12]
    assert doctor.examine(now=NOW).breaches == []


def test_what_others_have_built_on_stays_and_is_told(start):
    if db.is_postgres():
        pytest.skip("there it is one transaction")

    def other() -> None:
        book(repository.services.find(name="Imported").id, 12)
        db.close_database()

    with pytest.raises(undo_log.ImportInUse):
        failing(lambda: some_work(*start), other)
    assert repository.services.find(name="Imported")
    assert doctor.examine(now=NOW).breaches == []


def test_whatever_names_what_came_in_keeps_it(start):
    if db.is_postgres():
        pytest.skip("there it is one transaction")
    imported: list[int] = []

    def work() -> None:
        imported.append(repository.locations.create(now=NOW, name="Imported").id)
        undo_log.yield_to_writers()

    def other() -> None:
        repository.resources.create(now=NOW, name="Theirs", location_id=imported[0])
        db.close_database()

    with pytest.raises(undo_log.ImportInUse):
        failing(work, other)
    assert repository.locations.get(imported[0]).name == "Imported"
    assert doctor.examine(now=NOW).breaches == []


def test_others_write_while_it_goes_on(start):
    if db.is_postgres():
        pytest.skip("there it is one transaction")
    waits: list[float] = []
    stop = threading.Event()

    def other() -> None:
        number = 0
        while not stop.is_set():
            begun = time.monotonic()
            repository.customers.create(now=NOW, email=f"other-{number}@example.com")
            waits.append(time.monotonic() - begun)
            number += 1
        db.close_database()

    thread = threading.Thread(target=other)
    with undo_log.undoable_write(), db.writing():
        thread.start()
        try:
            ends = time.monotonic() + 1.0
            while time.monotonic() < ends:
                time.sleep(0.02)
                undo_log.yield_to_writers()
        finally:
            stop.set()
    thread.join()
    assert len(waits) > 10
    assert max(waits) < 1.0


def _import_and_hang(url: str, ready) -> None:
    db.open_database(url)
    undo_log.SLICE_SECONDS = 0.0
    with undo_log.undoable_write(), db.writing():
        for number in range(20):
            undo_log.yield_to_writers()
            repository.customers.create(now=NOW, email=f"{number}@example.com")
        ready.set()
        time.sleep(60)


def test_what_was_cut_off_is_undone_by_the_next_start(start, url):
    if db.is_postgres():
        pytest.skip("there it is one transaction")
    before = contents()
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    process = context.Process(target=_import_and_hang, args=(url, ready))
    process.start()
    assert ready.wait(30)
    assert repository.customers.find(email="3@example.com")
    # Somebody is at it still.
    undo_log.undo_interrupted()
    assert repository.customers.find(email="3@example.com")
    with pytest.raises(BlockingIOError), undo_log.undoable_write():
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    undo_log.undo_interrupted()
    assert contents() == before
    assert not undo_log._undo_path().exists()


def test_two_columns_for_one_number_are_no_trouble():
    """A deleted row comes back under its number, whether or not a column is that number."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)")
    connection.execute("INSERT INTO t (rowid, id, x) VALUES (5, 5, 1)")
    assert connection.execute("SELECT rowid, id FROM t").fetchall() == [(5, 5)]
    connection.close()
