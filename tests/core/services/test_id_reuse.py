"""The id of a deleted row is never given to another, on both databases."""

from pathlib import Path

import pytest
from peewee import AutoField, BigAutoField

from core import backup, db, migrate
from core.config import Config, Database
from core.db import database, is_postgres
from core.domain import statuses
from core.migrate import Owner
from core.models import TABLES
from core.models.host import HOST_TABLES
from core.plugins import installed_owner
from core.row_writes import insert_row
from core.sequences import last_row_id
from core.services import bookings, doctor, events, repository
from frontdesk.testing.stores import KINDS, fresh_url
from plugins.bookablesites import models as webhooks
from tests.core.services.factories import NOW, book, service

BOOKABLESITES = Owner("bookablesites", Path(webhooks.__file__).parent / "migrations")
OWNERS = [migrate.CORE_OWNER, BOOKABLESITES]
MODELS = [*TABLES, *HOST_TABLES, *webhooks.TABLES]
NUMBERED = [model for model in MODELS if isinstance(model._meta.primary_key, AutoField | BigAutoField)]


def row(model, seed=0):
    """Some values for every column; ``seed`` keeps unique ones apart."""
    values = {}
    for field in model._meta.sorted_fields:
        if not field.primary_key and field.default is None and not field.null:
            values[field.name] = seed if field.field_type in ("BIGINT", "INT") else f"{field.name[:4]}{seed}"
    return values


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("model", NUMBERED, ids=lambda model: model.__name__)
def test_a_deleted_row_keeps_its_number(model):
    first = insert_row(model, row(model, 1))
    database.execute_sql(f'DELETE FROM "{model._meta.table_name}"')
    assert insert_row(model, row(model, 2)) == first + 1


RECORDS = {table.kind: table for table in vars(repository).values() if isinstance(table, repository.Repository)}


def create(kind, number=None):
    if kind == "service":
        return service(id=number)
    table = RECORDS[kind]
    values = {name: value for name, value in row(table.model, number or 1).items() if name in table._field_names}
    if "status" in values:
        values["status"] = statuses.PENDING
    return table.create(now=NOW, id=number, **{**values, "created_at": NOW, "modified_at": NOW})


@pytest.mark.usefixtures("store")
@pytest.mark.parametrize("kind", RECORDS)
def test_a_record_made_after_a_delete_has_a_number_of_its_own(kind):
    first = create(kind, 700)
    RECORDS[kind].delete(first.id)
    assert create(kind).id > 700
    deleted = database.execute_sql("SELECT kind, subject_id FROM tombstone").fetchall()
    assert deleted == [(kind, 700)]
    assert create(kind, 700).id == 700
    assert database.execute_sql("SELECT COUNT(*) FROM tombstone").fetchone()[0] == 0


@pytest.mark.usefixtures("store")
def test_a_deleted_booking_and_pruned_events_keep_their_numbers():
    room = service()
    first = book(room.id)
    bookings.delete(first.id, now=NOW)
    recorded = last_row_id("event")
    assert recorded > 0
    assert events.prune(NOW.replace(year=2027)) > 0
    assert book(room.id).id > first.id
    (newest,) = events.recent(["booking.created"])
    assert newest.id == recorded + 1


@pytest.mark.slow
@pytest.mark.parametrize("target", KINDS)
def test_a_restored_store_goes_on_with_the_numbers_of_the_old_one(store, tmp_path, target):
    lost = repository.customers.create(now=NOW, email="ann@example.org").id
    repository.customers.delete(lost)
    backup.write_backup(tmp_path / "b.gz")
    url = fresh_url(target, tmp_path, "numbers")
    backup.restore_backup(tmp_path / "b.gz", Config(database=Database(url=url)), OWNERS, installed_owner)
    assert repository.customers.create(now=NOW, email="bert@example.org").id == lost + 1


# -- stores of before ---------------------------------------------------------------------------------------------


@pytest.fixture(params=KINDS)
def old_store(request, tmp_path):
    """A store of the schema before, with rows whose neighbours are gone."""
    db.open_database(fresh_url(request.param, tmp_path, "old"))
    migrate.migrate(OWNERS, up_to={"core": "0002_host", "bookablesites": "0001_init"})
    values = {
        "session_id": 91, "group_id": "", "variant_id": 0, "location_id": 7, "customer_id": 10, "order_id": 0,
        "order_item_id": 0, "parent_id": 0, "status": "done", "origin": "x", "start": 0, "end": 60, "wall_start": 0,
        "wall_end": 60, "zone": "UTC", "all_day": False, "blocks": 1, "quantity": 1, "persons": 1,
        "person_counts": '{"88":1}', "extras_chosen": "[[6,1]]", "currency": "EUR", "total": 0, "coupon_code": "",
        "note": "", "snapshot": "{}", "created_at": 0, "modified_at": 0, "version": 1, "extras": "{}",
    }  # fmt: skip
    shared = '{"lines":[],"facts":{"unit":"5","shared_places":"1"}}'
    for number, service_id, quote in ((91, 55, "{}"), (92, 55, shared), (5, 0, "{}")):
        given = {"id": number, "service_id": service_id, "resource_id": 12, "quote": quote, **values}
        _insert("booking", given)
    _insert("coupon_use", {"id": 3, "coupon_id": 6, "booking_id": 91, "customer_id": 10, "active": True})
    _insert(
        "event",
        {"id": 4, "kind": "a", "subject_kind": "category", "subject_id": 40, "origin": "", "at": 0, "data": "{}"},
    )
    _insert(
        "bookablesites_delivery",
        {
            "id": 2,
            "name": "dlv_741_9",
            "webhook_id": 9,
            "event": "e",
            "body": "{}",
            "status": "delivered",
            "attempts": 1,
            "not_before": 0,
            "leased_until": 0,
            "created_at": 0,
        },
    )
    yield
    db.close_database()


def _insert(table, values):
    names = ", ".join(f'"{name}"' for name in values)
    marks = ", ".join(["%s" if is_postgres() else "?"] * len(values))
    database.execute_sql(f'INSERT INTO "{table}" ({names}) VALUES ({marks})', list(values.values()))


@pytest.mark.usefixtures("old_store")
def test_an_old_store_goes_on_behind_every_number_it_still_names():
    indexes = {table: database.get_indexes(table) for table in ("event", "bookablesites_delivery", "coupon")}
    migrate.migrate(OWNERS)
    recorded = {"customer": 10, "location": 7, "extra": 6, "coupon": 6, "category": 40, "event": 741}
    assert {table: last_row_id(table) for table in recorded} == recorded
    assert last_row_id("bookablesites_webhook") == 9
    for table, before in indexes.items():
        assert [index for index in before if index not in database.get_indexes(table)] == []
    buried = set(database.execute_sql("SELECT kind, subject_id FROM tombstone").fetchall())
    assert {("service", 55), ("resource", 12), ("customer", 10), ("person_type", 88)} <= buried
    sharing = database.execute_sql("SELECT id, quote FROM booking WHERE shared_places").fetchall()
    assert sharing == [(92, '{"lines":[],"facts":{"unit":"5"}}')]
    assert bookings.page().total == 3
    assert bookings.page([("service_id", "=", 0)]).total == 1
    report = doctor.examine(now=NOW)
    assert report.breaches == []


@pytest.mark.usefixtures("old_store")
def test_a_migration_that_fails_leaves_the_store_as_it_was(monkeypatch):
    def schema():
        tables = database.get_tables()
        return {table: [column.name for column in database.get_columns(table)] for table in tables}

    before = schema()
    rows = database.execute_sql("SELECT * FROM booking ORDER BY id").fetchall()
    monkeypatch.setattr(migrate, "reserve_row_ids", lambda table, number: 1 / (table != "gift_card_use"))
    with pytest.raises(migrate.MigrationFailed, match=r"0003_numbers\.py of the program failed"):
        migrate.migrate(OWNERS)
    assert schema() == before
    assert database.execute_sql("SELECT * FROM booking ORDER BY id").fetchall() == rows
    monkeypatch.undo()
    migrate.migrate(OWNERS)
    assert migrate.pending_migrations(OWNERS) == []
