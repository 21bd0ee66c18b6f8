"""Idempotency keys: one booking, identical bytes, whatever the client, the server and other workers do."""

import threading
from contextlib import contextmanager, suppress
from datetime import timedelta

import peewee
import psycopg
import pytest

from core import process_registry
from core.db import close_database, database, is_postgres
from core.errors import IdempotencyInFlight
from core.models.host import IdempotentReply
from core.services import idempotency
from tests.core.conftest import NOW, build
from tests.fixtures.harbour.models import HarbourNote

NOTES = "/harbour/v1/notes"
DAY = timedelta(hours=24)


def post(client, text, key="k1", method="POST", path=NOTES, **headers):
    return client.simulate_request(method, path, json={"text": text}, headers={"Idempotency-Key": key, **headers})


def texts():
    return [note.text for note in HarbourNote.select().order_by(HarbourNote.id)]


def test_a_retry_gets_the_first_bytes_and_changes_nothing(any_client):
    first = post(any_client, "one")
    again = post(any_client, "one")

    assert (again.status, again.content) == (first.status, first.content)
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["content-type"] == first.headers["content-type"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert again.headers["idempotent-replayed"] == "true"
    assert texts() == ["one"]


def test_what_the_dialect_does_afterwards_is_done_once(client):
    def wrapped():
        return client.simulate_post(NOTES, json={"text": "x"}, params={"_wrap": "1"}, headers={"Idempotency-Key": "w"})

    assert wrapped().content == wrapped().content
    assert wrapped().json["wrapped"]["text"] == "x"


def test_without_a_key_nothing_is_remembered(client):
    for _ in range(2):
        client.simulate_post(NOTES, json={"text": "one"})

    assert texts() == ["one", "one"]
    assert IdempotentReply.select().count() == 0


@pytest.mark.parametrize("change", ["body", "path", "method", "query"])
def test_another_request_under_the_same_key_is_refused(any_client, change):
    post(any_client, "one")
    if change == "body":
        other = post(any_client, "two")
    elif change == "path":
        other = post(any_client, "one", path="/harbour/v1/boom/x")
    elif change == "method":
        other = post(any_client, "one", path=f"{NOTES}/1", method="PUT")
    else:
        other = post(any_client, "one", path=f"{NOTES}?x=1")

    assert (other.status_code, other.json) == (409, {"harbour": "IdempotencyConflict"})
    assert texts() == ["one"]


def test_another_caller_may_use_the_same_key(client):
    post(client, "one")
    _, fields = client.manager.credentials["harbour"].create(
        label="", permissions=None, user=None, expires_at=None, now=NOW
    )

    assert post(client, "two", **{"X-Harbour-Key": fields["harbour_key"]}).status_code == 201
    assert texts() == ["one", "two"]


def test_a_refusal_is_remembered_and_has_undone_what_the_request_wrote(any_client):
    first = post(any_client, "refuse after writing")
    again = post(any_client, "refuse after writing")

    assert (first.status_code, first.content) == (422, again.content)
    assert again.headers["idempotent-replayed"] == "true"
    assert texts() == []


def test_a_crash_is_not_remembered_and_has_undone_what_the_request_wrote(any_client):
    assert post(any_client, "sink after writing").status_code == 500
    assert texts() == []
    assert IdempotentReply.select().count() == 0

    assert "idempotent-replayed" not in post(any_client, "sink after writing").headers


def test_a_key_no_header_should_hold_is_refused(client):
    assert post(client, "one", key="x" * 256).status_code == 422
    assert post(client, "one", key="k\u00e9").status_code == 422
    assert post(client, "one", key="k" * 255).status_code == 201


def test_callers_that_are_not_signed_in_have_no_keys(client):
    first, second = (client.simulate_post("/harbour/v1/login", headers={"Idempotency-Key": "k"}) for _ in range(2))

    assert first.json["token"] != second.json["token"]
    assert IdempotentReply.select().count() == 0


def test_reading_with_a_key_is_just_reading(client):
    for _ in range(2):
        assert "idempotent-replayed" not in client.simulate_get(NOTES, headers={"Idempotency-Key": "k"}).headers


def keyed(key="k", fingerprint="print", *, now=NOW):
    return idempotency.KeyedRequest.at("s", key, fingerprint, now=now, retention=DAY)


REPLY = idempotency.Reply(201, (("a", "b"),), b"\x00\xff")


@contextmanager
def under_way(request):
    """Another thread works on this request until the block ends."""
    started, may_end = threading.Event(), threading.Event()

    def work():
        with idempotency.transaction(request):
            started.set()
            may_end.wait(30)
        close_database()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert started.wait(30)
        yield
    finally:
        may_end.set()
        thread.join(30)


def test_while_the_first_is_under_way_a_second_is_told_so(any_client):
    with under_way(keyed()):
        for second in (keyed(), keyed(fingerprint="other")):
            with pytest.raises(IdempotencyInFlight), idempotency.transaction(second):
                pass
    with idempotency.transaction(keyed()) as reply:
        assert reply is None


def test_other_keys_are_not_under_way(any_client):
    if is_postgres():
        with under_way(keyed()), idempotency.transaction(keyed("k2")) as reply:
            assert reply is None
    else:
        # On SQLite they wait for their turn to write like everybody else.
        path = database.obj.database
        with under_way(keyed()):
            assert process_registry.try_lock(path, keyed("k2").number)
            process_registry.unlock(path, keyed("k2").number)


def test_the_reply_is_stored_with_the_work_or_not_at_all(any_client):
    with suppress(OSError), idempotency.transaction(keyed()):
        HarbourNote.create(text="lost")
        idempotency.store(keyed(), REPLY)
        raise OSError
    assert (texts(), IdempotentReply.select().count()) == ([], 0)

    with idempotency.transaction(keyed()):
        idempotency.store(keyed(), REPLY)
    with idempotency.transaction(keyed()) as reply:
        assert reply == REPLY


def test_a_refusal_never_replaces_the_reply_of_one_that_was_faster(any_client):
    with idempotency.transaction(keyed()):
        idempotency.store(keyed(), REPLY)

    with pytest.raises(IdempotencyInFlight):
        idempotency.store(keyed(), idempotency.Reply(422, (), b"late"))
    with idempotency.transaction(keyed()) as reply:
        assert reply == REPLY


@pytest.mark.parametrize("hours, replays", [(23, True), (25, False)])
def test_a_reply_is_kept_for_a_day(any_client, hours, replays):
    idempotency.store(keyed(), REPLY)

    later = keyed(now=NOW + timedelta(hours=hours))
    with idempotency.transaction(later) as reply:
        assert (reply is not None) is replays
        if not replays:
            # It takes the place of the old one.
            idempotency.store(later, idempotency.Reply(200, (), b"new"))
    assert IdempotentReply.select().count() == 1


def test_a_write_with_a_key_is_one_commit(client):
    # The first use of the credential is noted in a commit of its own.
    post(client, "zero", key="k0")
    statements = []
    database.obj.query_hooks.append(lambda event: statements.append(event.sql))
    commits, real = [], database.obj.commit
    database.obj.commit = lambda: (commits.append(1), real())
    try:
        assert post(client, "one").status_code == 201
    finally:
        database.obj.query_hooks.clear()
        del database.obj.commit

    assert len(commits) == 1
    assert not [text for text in statements if "SAVEPOINT" in text]


def test_when_the_reply_cannot_be_remembered_the_booking_is_not_kept(client, monkeypatch):
    def full(*args):
        raise OSError("disk full")

    monkeypatch.setattr("core.services.idempotency.store", full)
    answer = post(client, "one")

    assert (answer.status_code, answer.json) == (500, {"harbour": "sunk"})
    assert texts() == []
    monkeypatch.undo()
    assert post(client, "one").status_code == 201


def test_old_replies_are_swept_out(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db")
    old = NOW - timedelta(days=2)
    for number in range(63):
        idempotency.store(keyed(f"old{number}", now=old), REPLY)

    post(client, "new")

    assert IdempotentReply.select().count() == 1


class _Deadlock(peewee.OperationalError):
    """What peewee makes of PostgreSQL's deadlock error."""

    def __init__(self):
        super().__init__(psycopg.errors.DeadlockDetected("deadlock detected"))


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k1"}], ids=["plain", "with a key"])
@pytest.mark.parametrize(("times", "status"), [(2, 201), (99, 503)])
def test_a_write_the_database_ended_for_another_is_done_again(any_client, monkeypatch, headers, times, status):
    tries, real = [], HarbourNote.create.__func__

    def unlucky(cls, **values):
        made = real(cls, **values)
        tries.append(1)
        if len(tries) <= times:
            raise _Deadlock()
        return made

    monkeypatch.setattr(HarbourNote, "create", classmethod(unlucky))
    reply = any_client.simulate_post(NOTES, json={"text": "one"}, headers=headers)

    assert reply.status_code == status
    assert texts() == (["one"] if status == 201 else [])
    assert len(tries) == min(times + 1, 6)
