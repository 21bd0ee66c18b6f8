"""Rows that are kept between requests, and everything that ends that."""

import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from core import db, kept_reads
from core.kept_reads import fetch_kept
from core.sandbox.snapshots import Snapshots
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import fresh_url

SQL = "SELECT value FROM note WHERE id = ?"


@pytest.fixture(params=["sqlite", "postgres"])
def store(request, tmp_path):
    db.open_database(fresh_url(request.param, tmp_path, "kept"))
    db.ensure_connection()
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, value TEXT)")
    db.execute("INSERT INTO note VALUES (1, 'old')")
    yield request.param
    kept_reads.stop()
    close_host()


def read() -> str:
    return fetch_kept(SQL, (1,))[0][0]


def write(value: str) -> None:
    db.execute("UPDATE note SET value = ? WHERE id = 1", (value,))


def write_and_fail() -> None:
    with db.writing():
        write("new")
        assert read() == "new"
        raise ZeroDivisionError


@pytest.fixture
def asked(store):
    statements: list[str] = []
    db.database.obj.query_hooks.append(lambda event: statements.append(event.sql))
    yield statements
    db.database.obj.query_hooks.clear()


def test_the_next_request_is_spared_the_statement_on_sqlite(store, asked):
    for _ in range(3):
        kept_reads.start()
        assert read() == "old"
        kept_reads.stop()
    assert len(asked) == (1 if store == "sqlite" else 3)


def test_what_this_thread_writes_is_seen_at_once(store):
    kept_reads.start()
    assert read() == "old"
    write("new")
    assert read() == "new"
    kept_reads.stop()
    kept_reads.start()
    assert read() == "new"


def test_what_was_rolled_back_is_not_kept(store):
    kept_reads.start()
    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert read() == "old"


def test_what_another_process_commits_is_seen_by_the_next_request(tmp_path):
    db.open_database(fresh_url("sqlite", tmp_path, "kept"))
    db.ensure_connection()
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, value TEXT)")
    db.execute("INSERT INTO note VALUES (1, 'old')")
    kept_reads.start()
    assert read() == "old"
    kept_reads.stop()
    path = Path(db.database.obj.database)
    with sqlite3.connect(path) as other:
        other.execute("UPDATE note SET value = 'new' WHERE id = 1")
    other.close()
    kept_reads.start()
    assert read() == "new"
    kept_reads.stop()
    close_host()


def test_a_transaction_reads_for_itself(store, asked):
    kept_reads.start()
    read()
    with db.writing():
        read()
    assert len([text for text in asked if text.startswith("SELECT value")]) == 2


def test_nothing_is_kept_outside_of_requests(store, asked):
    read()
    read()
    kept_reads.start()
    read()
    kept_reads.stop()
    read()
    assert len(asked) == 4


def test_a_thread_keeps_its_own(store, asked):
    kept_reads.start()
    read()

    def another() -> None:
        db.ensure_connection()
        kept_reads.start()
        read()
        kept_reads.stop()
        db.close_database()

    thread = Thread(target=another)
    thread.start()
    thread.join()
    assert len(asked) == 2


def test_another_datastore_is_read_for_itself(store, tmp_path):
    kept_reads.start()
    assert read() == "old"
    kept_reads.stop()
    db.open_database(fresh_url("sqlite", tmp_path, "another"))
    db.ensure_connection()
    db.execute("CREATE TABLE note (id INTEGER PRIMARY KEY, value TEXT)")
    db.execute("INSERT INTO note VALUES (1, 'other')")
    kept_reads.start()
    assert read() == "other"


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_a_store_that_is_put_back_is_read_again(store):
    snapshots = Snapshots()
    snapshots.keep("before")
    write("new")
    kept_reads.start()
    assert read() == "new"
    kept_reads.stop()
    snapshots.return_to("before")
    kept_reads.start()
    assert read() == "old"
    snapshots.close()


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_what_is_kept_is_bounded(store, asked):
    write("x" * (kept_reads.MAX_SIZE // 2))
    asked.clear()
    kept_reads.start()
    for _ in range(2):
        read()
    assert len(asked) == 1
    # A third of the bound each; they push out what was kept before.
    for number in range(2):
        fetch_kept(f"SELECT substr(value, 1, ?), {number} FROM note", (kept_reads.MAX_SIZE // 3,))
    read()
    assert len(asked) == 4


@pytest.mark.parametrize("store", ["sqlite"], indirect=True)
def test_an_answer_of_many_rows_counts_by_its_rows(store, asked):
    rows = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n"
    kept_reads.start()
    for _ in range(2):
        fetch_kept(rows, (kept_reads.MAX_SIZE // 100,))
    assert len(asked) == 2
