"""Backups: everything, from one moment, into either database; damage is found before anything is restored."""

import gzip
import hashlib
import shutil
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from core import backup, db, table_inspection
from core.config import Config, Database, StartupError
from core.domain.schedule import Buffers, CapacityRules, SchedulePlan
from core.migrate import Owner, pending_migrations
from core.plugins import installed_owner
from core.services import credentials, doctor, repository
from frontdesk.testing.stores import KINDS, fresh_url
from plugins.bookablesites.models import BookablesitesWebhook
from tests.core.conftest import HARBOUR, NOW, build
from tests.core.services.old_schedules import default_plan, dump
from tests.fixtures.harbour.models import HarbourNote

pytestmark = pytest.mark.slow


def fill(client) -> dict:
    """A few rows of every sort, bytes and switches among them."""
    client.simulate_post(
        "/harbour/v1/notes", json={"text": "wet \u00e9", "wet": True}, headers={"Idempotency-Key": "k"}
    )
    HarbourNote.create(text="sealed", seal=b"\x00\xff")
    service = repository.services.create(now=NOW, name="Room", plan=SchedulePlan())
    repository.customers.create(now=NOW, email="ann@x.test")
    return {"service": service.id}


def fresh(kind: str, folder) -> Config:
    """The configuration of a new datastore."""
    return Config(database=Database(url=fresh_url(kind, folder, "fresh"), durability="normal"))


def restore(file, config, client):
    return backup.restore_backup(file, config, client.manager.migration_owners, installed_owner)


def verify(file, client, now=NOW):
    return backup.verify_backup(file, client.manager.migration_owners, installed_owner, now=now)


@pytest.mark.parametrize("target", KINDS)
def test_a_backup_of_either_database_restores_into_either(store_url, target, tmp_path):
    client = build(store_url)
    made = fill(client)
    file = tmp_path / "b.gz"
    summary = backup.write_backup(file)
    assert summary["rows"]["harbour_note"] == 2
    assert summary["bookings"] == 0
    before = credentials.list_credentials()

    assert restore(file, fresh(target, tmp_path), client)["rows"] == summary["rows"]

    assert repository.services.get(made["service"]).name == "Room"
    assert credentials.list_credentials() == before
    notes = list(HarbourNote.select().order_by(HarbourNote.id))
    assert [(note.text, note.wet, note.seal and bytes(note.seal)) for note in notes] == [
        ("wet \u00e9", True, None),
        ("sealed", False, b"\x00\xff"),
    ]
    assert doctor.examine(now=NOW).ok
    # Numbers go on where they were.
    assert repository.services.create(now=NOW, name="Next", plan=SchedulePlan()).id > made["service"]
    assert HarbourNote.create(text="next").id > notes[-1].id
    assert credentials.create(realm="x", lookup="y", now=NOW).id > before[0].id


@pytest.fixture
def written(client, tmp_path):
    fill(client)
    file = tmp_path / "b.gz"
    backup.write_backup(file)
    return client, file


def test_a_backup_can_be_verified_without_touching_the_store(written):
    client, file = written

    assert verify(file, client)["ok"]


def test_only_an_empty_store_is_restored_into(written):
    client, file = written

    with pytest.raises(StartupError, match="the datastore is not empty"):
        restore(file, Config(database=Database(url=client.url)), client)


def cut(lines):
    return lines[:-1]


def missing_row(lines):
    return [line for line in lines if b"sealed" not in line]


def changed_row(lines):
    return [line.replace(b"sealed", b"opened") for line in lines]


def other_format(lines):
    return [b'{"frontdesk": 99}\n', *lines[1:]]


def other_schema(lines):
    return [lines[0].replace(b"0001_init", b"0001_other"), *lines[1:]]


def garbage(lines):
    return [*lines[:3], b"{{{\n", *lines[3:]]


@pytest.mark.parametrize("damage", [cut, missing_row, changed_row, other_format, other_schema, garbage])
def test_a_damaged_backup_restores_nothing(written, damage, tmp_path):
    client, file = written
    bad = tmp_path / "bad.gz"
    with gzip.open(file) as good:
        bad.write_bytes(gzip.compress(b"".join(damage(good.readlines()))))
    with pytest.raises(StartupError) as refused:
        restore(bad, fresh("sqlite", tmp_path), client)

    assert "\n" not in str(refused.value)
    assert not (tmp_path / "fresh.db").exists()


def signed(lines: list[bytes]) -> bytes:
    """Lines with an end that fits them, whatever they hold."""
    values = [msgspec.json.decode(line) for line in lines[:-1]]
    counts, name = {}, ""
    for value in values[1:]:
        if isinstance(value, dict):
            name = value["table"]
            counts[name] = 0
        else:
            counts[name] += 1
    end = {"rows": counts, "sha256": hashlib.sha256(b"".join(lines[:-1])).hexdigest()}
    return b"".join([*lines[:-1], msgspec.json.encode(end) + b"\n"])


def too_short(lines):
    return [line.replace(b'"sealed",', b"") for line in lines]


def other_column(lines):
    return [line.replace(b'"seal",', b'"sail",') for line in lines]


def other_table(lines):
    return [line.replace(b'"harbour_note"', b'"harbour_rope"') for line in lines]


def twice(lines):
    return [line for line in lines for _ in range(2 if b"sealed" in line else 1)]


def not_installed(lines):
    return [lines[0].replace(b'"harbour":', b'"lighthouse":'), *lines[1:]]


def newer(lines):
    return [lines[0].replace(b'"0001_init"', b'"0001_init","9999_later"', 1), *lines[1:]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (too_short, "harbour_note, rows 1 to 2: cannot be stored (3 values for 4 columns)"),
        (other_column, "the table harbour_note has other columns here"),
        (other_table, "holds a table harbour_rope that harbour does not have here"),
        (twice, "harbour_note, rows 1 to 3: cannot be stored"),
        (not_installed, "holds tables of the plugin 'lighthouse', which is not installed here; install it"),
        (newer, "was written by a newer or another core (9999_later)"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_document_that_does_not_fit_restores_nothing_and_says_why(written, change, words, kind, tmp_path):
    client, file = written
    with gzip.open(file) as good:
        (tmp_path / "odd.ndjson").write_bytes(signed(change(good.readlines())))
    config = fresh(kind, tmp_path)

    with pytest.raises(StartupError) as refused:
        restore(tmp_path / "odd.ndjson", config, client)

    assert words in str(refused.value)
    # The same store takes the good one: nothing is left of the other.
    assert restore(file, config, client)["rows"]["harbour_note"] == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_store_gives_the_same_bytes_wherever_it_goes(store_url, kind, tmp_path):
    client = build(store_url)
    fill(client)
    last = HarbourNote.create(text="gone")
    # On a table that gives numbers out once, what was the last one is known without its row.
    last.delete_instance()
    written = tmp_path / "a.ndjson"
    backup.write_backup(written, compress=False)
    counted = table_inspection.deleted_counters(table_inspection.stored_tables())

    restore(written, fresh(kind, tmp_path), client)

    assert table_inspection.deleted_counters(table_inspection.stored_tables()) == counted
    backup.write_backup(tmp_path / "b.ndjson", compress=False)
    assert (tmp_path / "b.ndjson").read_bytes() == written.read_bytes()
    assert not counted or HarbourNote.create(text="new").id > last.id


def test_a_document_of_an_older_schema_fills_a_new_store_and_is_brought_up_to_date(written, tmp_path, monkeypatch):
    client, file = written
    later = tmp_path / "migrations"
    owner = next(owner for owner in client.manager.migration_owners if owner.name == "harbour")
    shutil.copytree(owner.directory, later)
    (later / "0002_tide.py").write_text(
        "def up(migrator, db):\n    db.execute_sql(\"UPDATE harbour_note SET text = text || '!'\")\n"
    )
    owners = [
        Owner("harbour", later) if owner.name == "harbour" else owner for owner in client.manager.migration_owners
    ]

    backup.restore_backup(file, fresh("sqlite", tmp_path), owners, installed_owner)

    assert [note.text for note in HarbourNote.select().order_by(HarbourNote.id)] == ["wet \u00e9!", "sealed!"]
    assert pending_migrations(owners) == []


@pytest.mark.parametrize("target", KINDS)
def test_a_backup_of_an_older_version_is_brought_up_to_date(store_url, target, tmp_path):
    client = build(store_url)
    service_id = fill(client)["service"]
    old_plan = dump(default_plan() | {"unit": "day", "capacity": 4, "pauses": "booking"})
    db.execute("UPDATE service SET plan = ?, status = 'private'", [old_plan])
    undo_migrations_since_0013()
    backup.write_backup(tmp_path / "b.gz")

    restore(tmp_path / "b.gz", fresh(target, tmp_path), client)

    service = repository.services.get(service_id)
    assert service.plan == SchedulePlan(
        unit="day", capacity=CapacityRules(limit=4), buffers=Buffers(checked="on_booking")
    )
    assert service.status == "internal"
    assert pending_migrations(client.manager.migration_owners) == []


def undo_migrations_since_0013():
    """Take away what later migrations added to the schema, and their names."""
    db.execute("DELETE FROM core_migration WHERE name >= '0013'")
    db.execute('DROP INDEX "event_actor_id"')
    if db.is_postgres():
        for function, table in (("event_queue", "event"), ("session_tally_keep", "booking")):
            db.execute(f"DROP TRIGGER {function} ON {table}")
            db.execute(f"DROP FUNCTION {function}")
    else:
        for (name,) in db.fetch_all(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND (name LIKE '%\\_sequence' ESCAPE '\\'"
            " OR name = 'event_queue' OR name LIKE 'session%' OR name LIKE 'setup%')"
        ):
            db.execute(f'DROP TRIGGER "{name}"')
        db.execute("DROP TABLE setup_version")
    for column in ("actor", "reason", "consumers"):
        db.execute(f'ALTER TABLE "event" DROP COLUMN "{column}"')
    for column in ("token VARCHAR(40) NOT NULL DEFAULT ''", "lease_ends BIGINT NOT NULL DEFAULT 0"):
        db.execute(f"ALTER TABLE idempotent_reply ADD COLUMN {column}")
    for table in (
        "operator",
        "operator_session",
        "signing_key",
        "setting",
        "setting_version",
        "session_tally",
    ):
        db.execute(f'DROP TABLE "{table}"')


def test_tables_of_a_plugin_that_is_off_are_part_of_the_store(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", plugins={"enabled": [HARBOUR, "bookablesites"]})
    BookablesitesWebhook.create(name="w", event="customer.created", url="https://x.test", token="t", created_at=1)
    fill(client)
    off = build(f"sqlite:///{tmp_path}/h.db")
    file = tmp_path / "b.gz"
    assert backup.write_backup(file)["rows"]["bookablesites_webhook"] == 1
    whole = file.read_bytes()

    # Into a store of a host where it is off as well, and from there once more.
    restore(file, fresh("sqlite", tmp_path), off)

    assert BookablesitesWebhook.get().name == "w"
    backup.write_backup(tmp_path / "c.gz")
    assert (tmp_path / "c.gz").read_bytes() == whole
    assert verify(file, off)["bookings"] == 0


def test_a_backup_of_the_first_format_can_be_restored(written, tmp_path):
    client, file = written
    with gzip.open(file) as good:
        lines = good.readlines()
    head = msgspec.json.decode(lines[0])
    listed = [f"{owner}/{name}" for owner, names in head["migrations"].items() for name in names]
    lines[0] = msgspec.json.encode({"frontdesk": 1, "migrations": listed, "last_id": head["last_id"]}) + b"\n"
    (tmp_path / "old").write_bytes(signed(lines))

    assert restore(tmp_path / "old", fresh("sqlite", tmp_path), client)["rows"]["harbour_note"] == 2


@pytest.mark.parametrize("content", [b"", b"no gzip", None])
def test_what_is_no_backup_is_said_so(client, tmp_path, content):
    file = tmp_path / "x.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StartupError, match=r"x\.gz: "):
        verify(file, client)


def test_a_half_written_backup_never_has_the_name(client, tmp_path, monkeypatch):
    def fails(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.backup.os.fsync", fails)
    with pytest.raises(StartupError, match="No space left"):
        backup.write_backup(tmp_path / "b.gz")
    assert [path.name for path in tmp_path.iterdir() if "b.gz" in path.name] == []


def test_a_restored_breach_is_found_by_verify(client, tmp_path):
    db.database.execute_sql(
        'INSERT INTO claim (booking_id, subject_kind, subject_id, span_class, reach_start, start, "end", before,'
        " after, units, capacity, exclusive, session, overbooked) VALUES (9, 'service', 1, 0, 0, 0, 60, 0, 0, 1, 1, 0, '', 0)"
    )
    file = tmp_path / "b.gz"
    backup.write_backup(file)

    with pytest.raises(StartupError, match="the doctor finds"):
        verify(file, client, now=datetime.now(UTC) + timedelta(days=1))


def test_a_backup_is_for_its_owner_only(client, tmp_path):
    fill(client)
    file = tmp_path / "b.gz"
    backup.write_backup(file)
    assert file.stat().st_mode & 0o077 == 0
