"""The datastore in trouble: who notices, who does not, and in which words."""

import errno
import logging
import sqlite3
from datetime import timedelta

import peewee
import psycopg
import pytest

from core import db, engines
from core.errors import DatastoreUnavailable, Invalid
from core.services import best_effort, credentials, ephemeral
from core.services.limit_table import LimitTable
from core.services.rate_limits import Limiter, Window
from frontdesk.testing.stores import end_connections
from tests.core.conftest import NOW, build, harbour_url
from tests.fixtures.harbour.models import HarbourNote

NOTES = "/harbour/v1/notes"


@pytest.fixture(autouse=True)
def no_rest(monkeypatch):
    """What one test's trouble has put to rest is tried again by the next."""
    monkeypatch.setattr(best_effort, "_backoff_until", 0.0)
    monkeypatch.setattr(ephemeral, "_local_until", 0.0)


@pytest.fixture
def postgres(tmp_path):
    return build(harbour_url("postgres", tmp_path))


def post(client, text="one", **headers):
    return client.simulate_post(NOTES, json={"text": text}, headers=headers)


# -- what counts as trouble ----------------------------------------------------------------------------------------------


def of_sqlite(code, text="x"):
    error = sqlite3.OperationalError(text)
    error.sqlite_errorcode = code
    return peewee.OperationalError(error, text)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (of_sqlite(sqlite3.SQLITE_FULL), "full"),
        (of_sqlite(sqlite3.SQLITE_READONLY_DIRECTORY), "read_only"),
        (of_sqlite(sqlite3.SQLITE_IOERR_FSYNC), "disk"),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), "busy"),
        (of_sqlite(sqlite3.SQLITE_CORRUPT_VTAB), "damaged"),
        (of_sqlite(sqlite3.SQLITE_CANTOPEN), "unreachable"),
        (of_sqlite(sqlite3.SQLITE_ERROR, "no such table: x"), None),
        (peewee.IntegrityError(sqlite3.IntegrityError("UNIQUE")), None),
        (peewee.OperationalError(psycopg.OperationalError("connection refused")), "unreachable"),
        (peewee.OperationalError(psycopg.errors.AdminShutdown("x")), "unreachable"),
        (peewee.OperationalError(psycopg.errors.CannotConnectNow("x")), "unreachable"),
        (peewee.OperationalError(psycopg.errors.TooManyConnections("x")), "resources"),
        (peewee.OperationalError(psycopg.errors.DiskFull("x")), "full"),
        (peewee.OperationalError(psycopg.errors.LockNotAvailable("x")), "busy"),
        (peewee.OperationalError(psycopg.errors.QueryCanceled("x")), "busy"),
        (peewee.OperationalError(psycopg.errors.DeadlockDetected("x")), "busy"),
        (peewee.InternalError(psycopg.errors.ReadOnlySqlTransaction("x")), "read_only"),
        (peewee.InternalError(psycopg.errors.DataCorrupted("x")), "damaged"),
        (peewee.ProgrammingError(psycopg.errors.UndefinedTable("x")), None),
        (peewee.DataError(psycopg.errors.NumericValueOutOfRange("x")), None),
        (Invalid(field="x"), None),
        (OSError(errno.ENOSPC, "x"), None),
        (None, None),
    ],
    ids=repr,
)
def test_what_counts_as_trouble_of_the_datastore(error, reason):
    in_trouble = engines.storage_problem(error)
    assert (in_trouble and in_trouble.reason) == reason


def test_every_reason_has_words():
    reasons = {
        *engines._SQLITE_REASONS.values(),
        *engines._POSTGRES_REASONS.values(),
        *engines._ERRNO_REASONS.values(),
        "unconfirmed",
    }
    assert reasons == set(engines._SENTENCES)
    assert (
        engines.problem_sentence(DatastoreUnavailable(reason="full", detail="x"))
        == "the disk of the datastore is full (x)"
    )


# -- dead connections ----------------------------------------------------------------------------------------------------


def test_nobody_sees_that_idle_connections_were_ended(postgres):
    for _ in range(2):
        end_connections()
        assert postgres.simulate_get(NOTES).status_code == 200
        end_connections()
        assert post(postgres).status_code == 201
        end_connections()
        assert post(postgres, **{"Idempotency-Key": "k"}).status_code == 201
        end_connections()
        assert postgres.simulate_get("/readyz").json["ready"] is True


def test_a_connection_that_dies_unnoticed_is_replaced_by_the_first_statement(postgres, monkeypatch):
    monkeypatch.setattr(engines.Postgres, "is_alive", lambda self: True)
    end_connections()
    assert db.fetch_all("SELECT 1") == [(1,)]
    end_connections()
    with db.writing():
        HarbourNote.create(text="two")
    end_connections()
    assert [note.text for note in HarbourNote.select()] == ["two"]


def test_a_connection_that_dies_in_a_transaction_undoes_it_and_the_next_one_works(postgres, monkeypatch):
    real = HarbourNote.create.__func__

    def unlucky(cls, **values):
        real(cls, **values)
        end_connections()
        return real(cls, **values)

    monkeypatch.setattr(HarbourNote, "create", classmethod(unlucky))
    for headers in ({}, {"Idempotency-Key": "k"}):
        reply = post(postgres, **headers)
        assert (reply.status_code, reply.json) == (503, {"harbour": "DatastoreUnavailable"})
        assert int(reply.headers["retry-after"]) >= 1
    monkeypatch.undo()
    assert not db.in_transaction()
    assert post(postgres, "three", **{"Idempotency-Key": "k"}).status_code == 201
    assert [note.text for note in HarbourNote.select()] == ["three"]


def test_a_write_outside_a_transaction_is_not_done_twice(postgres, monkeypatch):
    monkeypatch.setattr(engines.Postgres, "is_alive", lambda self: True)
    end_connections()
    with pytest.raises(peewee.OperationalError):
        db.execute("UPDATE harbour_note SET text = text || '!'")


@pytest.mark.parametrize("happened", [True, False])
def test_a_commit_that_broke_off_is_booked_once_by_a_retry(postgres, monkeypatch, happened):
    real = engines.Postgres.commit

    def broken(self):
        if db.fetch_all("SELECT 1 FROM harbour_note"):
            if happened:
                real(self)
            self.connection().close()
            raise peewee.OperationalError(psycopg.OperationalError("server closed the connection unexpectedly"))
        real(self)

    monkeypatch.setattr(engines.Postgres, "commit", broken)
    assert post(postgres, **{"Idempotency-Key": "k"}).status_code == 503
    monkeypatch.undo()
    again = post(postgres, **{"Idempotency-Key": "k"})
    assert (again.status_code, "idempotent-replayed" in again.headers) == (201, happened)
    assert [note.text for note in HarbourNote.select()] == ["one"]


# -- one line, no traceback ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["plain", "with a key"])
def test_trouble_is_told_as_503_in_one_line(client, monkeypatch, caplog, headers):
    def full(*args, **kwargs):
        raise of_sqlite(sqlite3.SQLITE_FULL, "database or disk is full")

    monkeypatch.setattr(HarbourNote, "create", full)
    with caplog.at_level(logging.WARNING):
        reply = post(client, **headers)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
    [record] = caplog.records
    assert (record.exc_info, record.levelname) == (None, "WARNING")
    assert "disk is full" in str(record.msg)


def test_a_disk_that_is_full_inside_a_savepoint_is_told_as_that(client):
    """SQLite rolls the whole transaction back then, and no savepoint is left to roll back to."""
    db.ensure_connection()
    [(pages,)] = db.fetch_all("PRAGMA page_count")
    db.fetch_all(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(peewee.OperationalError) as raised, db.writing(), db.writing():
        HarbourNote.create(text="x" * 1_000_000)
    assert engines.storage_problem(raised.value).reason == "full"
    db.fetch_all(f"PRAGMA max_page_count = {pages + 1000}")
    assert post(client).status_code == 201
    assert [note.text for note in HarbourNote.select()] == ["one"]


def test_a_failing_rollback_still_gets_an_answer(any_client, monkeypatch):
    real = HarbourNote.create.__func__

    def closing(cls, **values):
        real(cls, **values)
        db.database.connection().close()
        return real(cls, **values)

    monkeypatch.setattr(HarbourNote, "create", classmethod(closing))
    for headers in ({}, {"Idempotency-Key": "k"}):
        assert post(any_client, **headers).status_code in (500, 503)
    monkeypatch.undo()
    db.close_database() if not db.is_postgres() else None
    assert post(any_client).status_code == 201


# -- bookkeeping ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def unwritable(monkeypatch):
    """Neither the store nor the counts beside it take a write."""

    def refuse(*args, **kwargs):
        raise DatastoreUnavailable(reason="full")

    def refuse_file(*args):
        raise OSError(errno.ENOSPC, "no space left on device")

    def shut():
        monkeypatch.setattr(credentials, "writing", refuse)
        monkeypatch.setattr(ephemeral, "ephemeral_transaction", refuse)
        monkeypatch.setattr(LimitTable, "_lock", refuse_file)

    return shut


def test_no_read_fails_for_the_sake_of_bookkeeping(any_client, unwritable):
    unwritable()
    assert any_client.simulate_get(NOTES).status_code == 200


def test_limits_and_nonces_hold_in_the_process_while_the_shared_counts_are_in_trouble(client, unwritable):
    unwritable()
    limiter, window = Limiter(), [Window("w", 2, 60, sliding=True)]
    key = f"alone:{id(window)}"
    assert [limiter.take(key, window, now=NOW).allowed for _ in range(3)] == [True, True, False]
    assert [ephemeral.use_nonce(key, "n", at=1, window=60) for _ in range(2)] == [True, False]


def test_after_trouble_the_shared_counts_are_used_again(client, unwritable, monkeypatch):
    unwritable()
    limiter, window = Limiter(), [Window("w", 1, 60, sliding=True)]
    limiter.take("again", window, now=NOW)
    monkeypatch.undo()
    assert [limiter.take("again", window, now=NOW).allowed for limiter in (Limiter(), Limiter())] == [True, False]
    assert not limiter.take("again", window, now=NOW).allowed
    limiter._local_until = 0.0
    assert not limiter.take("again", window, now=NOW).allowed


def test_what_is_no_trouble_is_not_swallowed(client):
    with pytest.raises(ZeroDivisionError):
        best_effort.attempt(lambda: 1 / 0)


# -- a clock that was ahead ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sliding", [True, False])
def test_a_key_locked_by_a_clock_that_was_ahead_opens_when_the_clock_is_right(any_client, sliding):
    limiter, windows = Limiter(), [Window("w", 20, 60, sliding=sliding)]
    ahead = NOW + timedelta(days=3)
    assert [limiter.take("k", windows, now=ahead).allowed for _ in range(21)][-1] is False
    taken = limiter.take("k", windows, now=NOW)
    assert (taken.allowed, taken.usages[0].remaining) == (True, 19)


def test_hosts_whose_clocks_differ_a_little_count_together(any_client):
    limiter, windows = Limiter(), [Window("w", 2, 60, sliding=True)]
    limiter.take("k", windows, now=NOW + timedelta(seconds=3))
    limiter.take("k", windows, now=NOW)
    assert not limiter.take("k", windows, now=NOW).allowed
