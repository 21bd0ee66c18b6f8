"""A damaged store is told in sentences: by the doctor, by backup, by every command."""

import random
import shutil
import sqlite3

import pytest
from click.testing import CliRunner

from core import datastore, db, subject_locks
from core.cli import cli
from core.config import StartupError, load_config
from core.domain.schedule import CapacityRules, SchedulePlan
from core.models import Booking, Claim, Customer, Event
from core.services import change_events, events, repository
from frontdesk.testing.servers import write_config
from frontdesk.testing.stores import KINDS, fresh_url
from tests.core.services.factories import NOW, book, service

pytestmark = pytest.mark.slow

ALL = ["bkap", "wc_bookings", "bookingpress", "bookablesites"]
PAGE = 4096


def run(config, *words):
    return CliRunner().invoke(cli, ["--config", str(config), *words], prog_name="frontdesk")


def sentence_of(result):
    """What was said, which must be one sentence for people."""
    assert result.exit_code != 0, result.output
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Traceback" not in result.output
    return result.stderr.strip()


@pytest.fixture(scope="module")
def healthy(tmp_path_factory):
    """An SQLite store with some of everything, in one file."""
    folder = tmp_path_factory.mktemp("healthy")
    config = write(folder, f"sqlite:///{folder}/store.db")
    assert run(config, "migrate").exit_code == 0
    db.open_database(f"sqlite:///{folder}/store.db")
    room = service(plan=SchedulePlan(capacity=CapacityRules(limit=500)))
    for _ in range(120):
        book(room.id)
    for number in range(120):
        repository.customers.create(now=NOW, first_name=f"Ann {number}", email=f"ann{number}@example.org")
    change_events.emit_change_events()
    events.record_event("site.changed", "site", 1, now=NOW, data={"text": "x" * 3000})
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return folder


def write(folder, url):
    return write_config(folder, database={"url": url}, plugins={"enabled": ALL})


@pytest.fixture
def copy(healthy, tmp_path):
    shutil.copy(healthy / "store.db", tmp_path / "store.db")
    return write(tmp_path, f"sqlite:///{tmp_path}/store.db")


def damage(file, root, kind):
    """Overwrite the page on which a table or an index begins."""
    with file.open("r+b") as raw:
        raw.seek((root - 1) * PAGE + (8 if kind == "text" else 0))
        if kind == "text":
            raw.seek((root - 1) * PAGE)
            page = bytearray(raw.read(PAGE))
            at = page.rfind(b"{") + 1
            page[at : at + 4] = b"\x01\xffx\x02"
            raw.seek((root - 1) * PAGE)
            raw.write(page)
        else:
            raw.write(bytes(PAGE) if kind == "zero" else random.Random(1).randbytes(PAGE))


def test_a_healthy_store_is_well(copy):
    result = run(copy, "doctor")
    assert (result.exit_code, "all is well" in result.output) == (0, True), result.output


@pytest.mark.parametrize("kind", ["zero", "random", "text"])
@pytest.mark.parametrize("model", [Booking, Claim, Customer, Event], ids=lambda model: model.__name__)
def test_the_doctor_sees_damage_and_backup_refuses_in_a_sentence(copy, tmp_path, model, kind):
    file = tmp_path / "store.db"
    with sqlite3.connect(file) as raw:
        [root] = (
            raw.execute(
                "SELECT max(pageno) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (model._meta.table_name,)
            ).fetchone()
            if dbstat(raw)
            else raw.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (model._meta.table_name,)).fetchone()
        )
    raw.close()
    if kind == "text" and model is not Event:
        pytest.skip("no documents in its rows")
    damage(file, root, kind)
    result = run(copy, "doctor")
    assert sentence_of(result) == ""
    assert "BROKEN database" in result.output
    if kind != "text":
        assert "damaged" in sentence_of(run(copy, "backup", str(tmp_path / "b.gz")))
        assert not (tmp_path / "b.gz").exists()


def dbstat(raw):
    try:
        raw.execute("SELECT 1 FROM dbstat LIMIT 1")
    except sqlite3.OperationalError:
        return False
    return True


def test_a_file_that_is_no_database_is_told_by_every_command(copy, tmp_path):
    (tmp_path / "store.db").write_bytes(b"hello" * 4000)
    for words in (["doctor"], ["backup", "b.gz"], ["keys", "list"], ["check"], ["export", "bkap"]):
        assert "not a database" in sentence_of(run(copy, *words)), words


def test_a_dangling_key_and_a_lost_index_are_told(copy, tmp_path):
    with sqlite3.connect(tmp_path / "store.db") as raw:
        raw.execute("CREATE TABLE child (parent INTEGER REFERENCES customer (id))")
        raw.execute("INSERT INTO child VALUES (999)")
        raw.execute("DROP INDEX claim_booking_id")
        raw.execute("DROP TRIGGER booking_tally_insert")
    raw.close()
    said = run(copy, "doctor").output
    assert "BROKEN database: table child: row 1 names a row of customer that is not there" in said
    assert "BROKEN database: index claim_booking_id: is missing" in said
    assert "BROKEN database: trigger booking_tally_insert: is missing" in said


@pytest.fixture(params=KINDS)
def either(request, tmp_path):
    url = fresh_url(request.param, tmp_path, "damage")
    config = write(tmp_path, url)
    assert run(config, "migrate").exit_code == 0
    return config, url


def test_a_missing_table_or_column_is_told(either):
    config, url = either
    assert run(config, "doctor").exit_code == 0
    db.open_database(url)
    db.database.execute_sql("DROP TABLE gift_card_use")
    db.database.execute_sql("ALTER TABLE dispatch DROP COLUMN leased_by")
    db.close_database()
    said = run(config, "doctor").output
    assert "BROKEN database: table gift_card_use: is missing" in said
    assert "BROKEN database: table dispatch: lacks leased_by" in said


def test_check_says_what_the_database_is_and_proves_its_locks(either):
    said = run(either[0], "check").output
    assert "database: SQLite 3" in said or "database: PostgreSQL" in said


def test_check_refuses_locks_that_lock_nothing(either, monkeypatch):
    config, url = either
    if url.startswith("sqlite"):
        monkeypatch.setattr("core.services.store_probe.fcntl.flock", lambda *args: None)
    else:
        monkeypatch.setitem(subject_locks._LOCK_STATEMENTS, "advisory", "SELECT %s::bigint")
    assert "it would sell places twice" in sentence_of(run(config, "check"))
    db.open_database(url)
    # What the server asks before it listens.
    with pytest.raises(StartupError, match="it would sell places twice"):
        datastore.prove_datastore(load_config(config, environ={}))
    db.close_database()


def test_check_tells_a_server_without_advisory_locks_apart(either, monkeypatch):
    config, url = either
    if url.startswith("sqlite"):
        pytest.skip("SQLite locks a file")
    monkeypatch.setitem(subject_locks._LOCK_STATEMENTS, "advisory", "SELECT no_such_lock(%s)")
    assert "[database] locks = 'rows'" in sentence_of(run(config, "check"))


def test_an_unreachable_server_is_one_sentence(tmp_path):
    config = write(tmp_path, "postgresql://nobody@127.0.0.1:1/none")
    for words in (["check"], ["doctor"], ["migrate"]):
        assert "cannot be" in sentence_of(run(config, *words)), words
