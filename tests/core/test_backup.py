"""Backups: everything, from one moment, into either database; damage is found before anything is restored."""

import gzip
from datetime import UTC, datetime, timedelta

import pytest

from core import backup, db
from core.config import StartupError
from core.db import open_database
from core.domain.schedule import SchedulePlan
from core.migrate import migrate
from core.services import doctor, keys, records
from tests.core.conftest import NOW, build
from tests.fixtures.harbour.models import HarbourNote
from tests.stores import KINDS, postgres_url


def fill(client) -> dict:
    """A few rows of every sort, bytes and switches among them."""
    client.simulate_post(
        "/harbour/v1/notes", json={"text": "wet \u00e9", "wet": True}, headers={"Idempotency-Key": "k"}
    )
    HarbourNote.create(text="sealed", seal=b"\x00\xff")
    service = records.services.create(now=NOW, name="Room", plan=SchedulePlan())
    records.customers.create(now=NOW, email="ann@x.test")
    return {"service": service.id}


def tables(client):
    return backup.tables(client.manager.models)


def fresh(kind: str, folder, owners) -> None:
    url = f"sqlite:///{folder}/fresh.db" if kind == "sqlite" else postgres_url("frontdesk_fresh")
    open_database(url, durability="normal")
    migrate(list(owners))


@pytest.mark.parametrize("target", KINDS)
def test_a_backup_of_either_database_restores_into_either(store_url, target, tmp_path):
    client = build(store_url)
    made = fill(client)
    file = tmp_path / "b.gz"
    summary = backup.write(file, client.manager.owners, tables(client))
    assert summary["rows"]["harbour_note"] == 2
    before = keys.list_keys()

    fresh(target, tmp_path, client.manager.owners)
    assert backup.read(file, client.manager.owners, tables(client))["rows"] == summary["rows"]

    assert records.services.get(made["service"]).name == "Room"
    assert keys.list_keys() == before
    notes = list(HarbourNote.select().order_by(HarbourNote.id))
    assert [(note.text, note.wet, note.seal and bytes(note.seal)) for note in notes] == [
        ("wet \u00e9", True, None),
        ("sealed", False, b"\x00\xff"),
    ]
    assert doctor.examine(now=NOW).ok
    # Numbers go on where they were.
    assert records.services.create(now=NOW, name="Next", plan=SchedulePlan()).id > made["service"]
    assert HarbourNote.create(text="next").id > notes[-1].id
    assert keys.create(realm="x", lookup="y", now=NOW).id > before[0].id


@pytest.fixture
def written(client, tmp_path):
    fill(client)
    file = tmp_path / "b.gz"
    backup.write(file, client.manager.owners, tables(client))
    return client, file


def test_a_backup_can_be_verified_without_touching_the_store(written):
    client, file = written

    assert backup.verify(file, client.manager.owners, tables(client), now=NOW)["ok"]


def test_only_an_empty_store_is_restored_into(written):
    client, file = written

    with pytest.raises(StartupError, match="the datastore is not empty"):
        backup.read(file, client.manager.owners, tables(client))


def cut(lines):
    return lines[:-1]


def missing_row(lines):
    return [line for line in lines if b"sealed" not in line]


def changed_row(lines):
    return [line.replace(b"sealed", b"opened") for line in lines]


def other_format(lines):
    return [b'{"frontdesk": 99}\n', *lines[1:]]


def other_schema(lines):
    return [lines[0].replace(b"core/0001_init", b"core/0001_other"), *lines[1:]]


def garbage(lines):
    return [*lines[:3], b"{{{\n", *lines[3:]]


@pytest.mark.parametrize("damage", [cut, missing_row, changed_row, other_format, other_schema, garbage])
def test_a_damaged_backup_restores_nothing(written, damage, tmp_path):
    client, file = written
    bad = tmp_path / "bad.gz"
    with gzip.open(file) as good:
        bad.write_bytes(gzip.compress(b"".join(damage(good.readlines()))))
    fresh("sqlite", tmp_path, client.manager.owners)

    with pytest.raises(StartupError) as refused:
        backup.read(bad, client.manager.owners, tables(client))

    assert "\n" not in str(refused.value)
    assert HarbourNote.select().count() == 0
    assert keys.list_keys() == []


@pytest.mark.parametrize("content", [b"", b"no gzip", None])
def test_what_is_no_backup_is_said_so(client, tmp_path, content):
    file = tmp_path / "x.gz"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(StartupError, match=r"x\.gz: "):
        backup.verify(file, client.manager.owners, tables(client), now=NOW)


def test_a_half_written_backup_never_has_the_name(client, tmp_path, monkeypatch):
    def fails(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.backup.os.fsync", fails)
    with pytest.raises(StartupError, match="No space left"):
        backup.write(tmp_path / "b.gz", client.manager.owners, tables(client))
    assert [path.name for path in tmp_path.iterdir() if "b.gz" in path.name] == []


def test_a_restored_breach_is_found_by_verify(client, tmp_path):
    db.database.execute_sql(
        'INSERT INTO claim (booking_id, subject_kind, subject_id, span_class, reach_start, start, "end", before,'
        " after, units, capacity, exclusive, session, overbooked) VALUES (9, 'service', 1, 0, 0, 0, 60, 0, 0, 1, 1, 0, '', 0)"
    )
    file = tmp_path / "b.gz"
    backup.write(file, client.manager.owners, tables(client))

    with pytest.raises(StartupError, match="the doctor finds"):
        backup.verify(file, client.manager.owners, tables(client), now=datetime.now(UTC) + timedelta(days=1))


def test_a_backup_is_for_its_owner_only(client, tmp_path):
    fill(client)
    file = tmp_path / "b.gz"
    backup.write(file, client.manager.owners, tables(client))
    assert file.stat().st_mode & 0o077 == 0
