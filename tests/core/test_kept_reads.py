"""Rows that are kept between requests, and everything that ends that."""

import sqlite3
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from threading import Thread

import pytest

from core import db, kept_reads
from core.kept_reads import NOW, fetch_kept, fetch_setup, fetch_unexpired
from core.sandbox.snapshots import Snapshots
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import fresh_url, open_store
from tests.contract.conftest import START, make_service, open_host

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


@pytest.fixture
def holds(store):
    db.execute("CREATE TABLE hold (name TEXT, expires_at INTEGER)")
    db.execute("INSERT INTO hold VALUES ('short', 20), ('long', 30), ('for ever', NULL)")


def held(now: int) -> list[str]:
    sql = "SELECT name, expires_at FROM hold WHERE expires_at IS NULL OR expires_at > ? ORDER BY name"
    kept_reads.start()
    names = [name for name, _ in fetch_unexpired(sql, [NOW], now=now)]
    kept_reads.stop()
    return names


def test_what_expires_is_kept_until_then(store, holds, asked):
    assert [held(now) for now in (10, 11, 19)] == [["for ever", "long", "short"]] * 3
    assert len(asked) == (1 if store == "sqlite" else 3)
    assert [held(now) for now in (20, 29)] == [["for ever", "long"]] * 2
    assert [held(now) for now in (30, 10**10)] == [["for ever"]] * 2
    assert len(asked) == (3 if store == "sqlite" else 7)


def test_a_clock_that_is_set_back_finds_what_had_expired(holds):
    assert held(25) == ["for ever", "long"]
    assert held(15) == ["for ever", "long", "short"]


def test_a_new_hold_is_seen_at_once(holds):
    assert held(25) == ["for ever", "long"]
    db.execute("INSERT INTO hold VALUES ('another', 40)")
    assert held(25) == ["another", "for ever", "long"]


def test_what_is_kept_until_it_expires_is_bounded(store, holds, monkeypatch):
    monkeypatch.setattr(kept_reads, "_thread", kept_reads._ThreadState())
    kept_reads.start()
    for number in range(300):
        sql = f"SELECT name, expires_at FROM hold WHERE name <> '{number}' OR name <> '{'x' * 10_000}'"
        fetch_unexpired(sql, [], now=0)
    kept = kept_reads._thread.unexpired._entries
    assert kept.currsize <= kept_reads.MAX_SIZE
    assert len(kept) == (95 if store == "sqlite" else 0)


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


# --- what is set up ---------------------------------------------------------------------------------------------------

SETUP_TABLES = import_module("core.migrations.0019_setup_version").TABLES
NAME = "SELECT name FROM service WHERE id = ?"


@pytest.fixture
def service(tmp_path):
    open_store("sqlite", tmp_path)
    yield make_service()
    kept_reads.stop()
    close_host()


def name_of(service) -> str:
    """As a request of its own."""
    kept_reads.start()
    name = fetch_setup(NAME, (service.id,))[0][0]
    kept_reads.stop()
    return name


def count_statements() -> list[str]:
    asked: list[str] = []
    db.database.obj.query_hooks.append(lambda event: asked.append(event.sql))
    return asked


def test_what_is_set_up_stays_kept_while_others_book(service):
    before = name_of(service)
    asked = count_statements()
    db.execute("INSERT INTO id_sequence VALUES (1, 9999) ON CONFLICT (id) DO UPDATE SET last = 9999")
    with sqlite3.connect(db.database.obj.database) as other:
        other.execute("UPDATE id_sequence SET last = 10000")
    other.close()
    asked.clear()
    assert [name_of(service) for _ in range(3)] == [before] * 3
    # Whether it is still the same is asked once.
    assert asked == ["SELECT version FROM setup_version"]


def test_what_is_set_up_anew_is_seen_by_the_next_request(service):
    name_of(service)
    db.execute("UPDATE service SET name = 'by this thread' WHERE id = ?", (service.id,))
    assert name_of(service) == "by this thread"
    with sqlite3.connect(db.database.obj.database) as other:
        other.execute("UPDATE service SET name = 'by another process'")
    other.close()
    assert name_of(service) == "by another process"


def rename_and_fail(service) -> None:
    with db.writing():
        db.execute("UPDATE service SET name = 'never'")
        assert name_of(service) == "never"
        raise ZeroDivisionError


def test_a_setup_that_was_rolled_back_is_not_kept(service):
    before = name_of(service)
    with pytest.raises(ZeroDivisionError):
        rename_and_fail(service)
    assert name_of(service) == before


def test_a_setup_that_is_put_back_is_read_again_in_every_thread(service):
    snapshots = Snapshots()
    seen = []
    before = name_of(service)
    snapshots.keep("before")
    db.execute("UPDATE service SET name = 'after'")

    def another() -> None:
        db.ensure_connection()
        seen.append(name_of(service))
        # The version now is one that was never there, not one more than before.
        snapshots.return_to("before")
        db.execute("UPDATE service SET name = 'again'")
        seen.append(name_of(service))
        db.close_database()

    assert name_of(service) == "after"
    thread = Thread(target=another)
    thread.start()
    thread.join()
    snapshots.close()
    assert before != "after"
    assert seen == ["after", "again"]
    assert name_of(service) == "again"


@pytest.mark.parametrize("table", SETUP_TABLES)
def test_every_change_of_a_table_of_the_setup_gives_it_another_version(service, table):
    db.execute("PRAGMA foreign_keys = 0")

    def version() -> int:
        return db.fetch_all("SELECT version FROM setup_version")[0][0]

    columns = db.fetch_all(f"SELECT name, type, pk FROM pragma_table_info('{table}')")
    values = {name: 77 if "int" in kind.lower() or key else "[]" for name, kind, key in columns}
    seen = [version()]
    names = ", ".join(f'"{name}"' for name in values)
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))
    seen.append(version())
    for name in values:
        db.execute(f'UPDATE {table} SET "{name}" = "{name}"')
        seen.append(version())
    db.execute(f"DELETE FROM {table}")
    seen.append(version())
    assert len(set(seen)) == len(columns) + 3


def test_statements_that_are_kept_longer_read_no_other_table(tmp_path, monkeypatch):
    """SQLite itself says which tables each of them reads."""
    host = open_host(open_store("sqlite", tmp_path))
    read_tables: dict[str, set[str]] = {}
    fetch = kept_reads._fetch

    def watched(kept, sql, parameters):
        if kept is kept_reads._thread.setup_rows:
            tables = read_tables.setdefault(sql, set())

            def note(action, first, *_):
                if action == sqlite3.SQLITE_READ and first:
                    tables.add(first)
                return sqlite3.SQLITE_OK

            connection = db.database.obj.connection()
            connection.set_authorizer(note)
            connection.execute(f"EXPLAIN {sql}", list(parameters))
            connection.set_authorizer(None)
        return fetch(kept, sql, parameters)

    monkeypatch.setattr(kept_reads, "_fetch", watched)
    service = make_service(capacity=9)
    for name, client in host.clients.items():
        booked = client.book(service.id, START)
        assert booked.booked, name
        client.read(booked.id)
        client.listed()
        client.left(service.id, START + timedelta(days=1))
    close_host()
    assert len(read_tables) >= 5
    others = {sql: tables - {*SETUP_TABLES, "json_each"} for sql, tables in read_tables.items()}
    assert {sql: tables for sql, tables in others.items() if tables} == {}
