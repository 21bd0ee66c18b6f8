"""A lease ends with its holder: nobody waits for a process that was killed, and nothing is dealt with twice."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta

import pytest

from core import db, migrate, process_registry
from core.errors import IdempotencyInFlight
from core.services import events, idempotency
from frontdesk.testing.servers import environment
from tests import ROOT
from tests.core.conftest import NOW

pytestmark = pytest.mark.slow

DAY = timedelta(hours=24)

PRELUDE = """
import sys, time
from datetime import datetime, timedelta, UTC
from core import db, process_registry
from core.services import events, idempotency
now = datetime.fromisoformat(sys.argv[2])
db.open_database(sys.argv[1])
"""


@contextmanager
def child(url, code):
    """Another process on the same store; it has got to its end when it has printed a line, and then waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"{PRELUDE}{code}\nprint('', flush=True)\ntime.sleep(60)", url, NOW.isoformat()],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, process.stdout.readline
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


def kill(process):
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)


@pytest.fixture
def url(store_url):
    db.open_database(store_url)
    migrate.migrate()
    return store_url


def keyed():
    return idempotency.KeyedRequest.at("s", "k", "print", now=NOW, retention=DAY)


WORK_ON_KEY = """
keyed = idempotency.KeyedRequest.at('s', 'k', 'print', now=now, retention=timedelta(hours=24))
work = idempotency.transaction(keyed)
work.__enter__()
"""


def begin():
    """The reply stored under the key, once nobody works on it any more."""
    ends = time.monotonic() + 9
    while True:
        try:
            with idempotency.transaction(keyed()) as reply:
                return reply
        except IdempotencyInFlight:
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)


@pytest.mark.parametrize("stored", [False, True], ids=["before it answered", "before it committed"])
def test_a_key_is_free_as_soon_as_its_worker_was_killed(url, stored):
    code = WORK_ON_KEY + ("idempotency.store(keyed, idempotency.Reply(201, (), b'x'))" if stored else "")
    with child(url, code) as (process, line):
        line()
        with pytest.raises(IdempotencyInFlight), idempotency.transaction(keyed()):
            pass
        kill(process)
        assert begin() is None


def test_a_process_is_alive_until_it_ends(tmp_path):
    path = str(tmp_path / "h.db")
    with child(f"sqlite:///{path}", f"print(process_registry.process_name({path!r}), flush=True)") as (process, line):
        name = line().strip()
        line()
        assert process_registry.is_alive(path, name)
        assert process_registry.is_alive(path, process_registry.process_name(path))
        kill(process)
        assert not process_registry.is_alive(path, name)
    assert (tmp_path / "h.db.holders").stat().st_mode & 0o777 == 0o600


def test_a_fork_is_another_holder(tmp_path):
    path = str(tmp_path / "h.db")
    name = process_registry.process_name(path)
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        os.write(writer, process_registry.process_name(path).encode())
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 64).decode() != name
    os.close(reader), os.close(writer)
    assert process_registry.is_alive(path, name)


# -- the outbox ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def outbox(url):
    events.register_consumer("mail")
    for number in range(5):
        events.record_event("harbour.sank", "site", number, now=NOW)
    return url


def due(**more):
    return [event.subject_id for _, _, event in events.take_due("mail", now=NOW, **more)]


def test_what_is_handed_out_is_nobody_elses(outbox):
    with child(outbox, "events.take_due('mail', now=now, limit=2)") as (_, line):
        line()
        assert (due(), due()) == ([2, 3, 4], [])


def test_what_a_killed_process_had_is_handed_out_again(outbox, monkeypatch):
    with child(outbox, "events.take_due('mail', now=now)") as (process, line):
        line()
        assert due() == []
        kill(process)
    if db.is_postgres():
        ahead = time.time() + events.LEASE.total_seconds() + 1
        monkeypatch.setattr("core.services.events.time.time", lambda: ahead)
    assert due() == [0, 1, 2, 3, 4]


def test_a_lease_of_the_outbox_by_a_clock_that_was_ahead_is_none(outbox, monkeypatch):
    ahead = time.time() + 86_400
    monkeypatch.setattr("core.services.events.time.time", lambda: ahead)
    assert len(due()) == 5
    monkeypatch.undo()
    assert len(due()) == 5


def test_events_of_the_schema_before_are_handed_out(store_url):
    db.open_database(store_url)
    db.ensure_connection()
    migrate.migrate(up_to={"core": "0002_host"})
    event = "(kind, subject_kind, subject_id, origin, at, data) VALUES ('harbour.sank', 'site', 7, '', 0, '{}')"
    db.database.execute_sql(f"INSERT INTO event {event}")
    db.database.execute_sql(
        "INSERT INTO dispatch (event_id, consumer, attempts, not_before) SELECT id, 'mail', 2, 0 FROM event"
    )
    assert "core/0011_leases" in migrate.migrate()
    assert [(attempts, event.subject_id) for _, attempts, event in events.take_due("mail", now=NOW)] == [(2, 7)]


WORK = """
events.register_consumer('mail')
while True:
    batch = events.take_due('mail', now=now, limit=3)
    for number, _, event in batch:
        with db.writing():
            db.execute("INSERT INTO seen (id) VALUES (?)", (event.id,))
            events.acknowledge(number)
    if not batch and not db.fetch_all("SELECT 1 FROM dispatch"):
        break
"""


def test_two_background_processes_deal_with_everything_once(url):
    db.execute("CREATE TABLE seen (id BIGINT)")
    events.register_consumer("mail")
    for number in range(60):
        events.record_event("harbour.sank", "site", number, now=NOW)
    with child(url, WORK) as (_, first), child(url, WORK) as (_, second):
        first(), second()
    assert db.fetch_all("SELECT COUNT(*), COUNT(DISTINCT id) FROM seen") == [(60, 60)]
