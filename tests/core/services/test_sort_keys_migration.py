"""A store from before folded names is filled in by the migration."""

from importlib import import_module

from core.db import database, execute, fetch_all
from core.domain.schedule import SchedulePlan
from core.services import repository
from tests.core.services.conftest import NOW

migration = import_module("core.migrations.0012_sort_keys")


def test_names_of_an_existing_store_are_folded(store, monkeypatch):
    monkeypatch.setattr(migration, "_ROWS", 2)
    for name in ("Émile", "ÅSA", "anna", "x" * 250 + "ßßß"):
        repository.customers.create(now=NOW, first_name=name, last_name="Berg")
    repository.services.create(now=NOW, name="Café", plan=SchedulePlan())
    for table, name in migration.INDEXED:
        execute(f'DROP INDEX "{table}_{name}_key"')
    for table, names in migration.COLUMNS.items():
        for name in names:
            execute(f'ALTER TABLE "{table}" DROP COLUMN "{name}_key"')

    migration.up(None, database.obj)

    folded = [key for (key,) in fetch_all("SELECT first_name_key FROM customer ORDER BY id")]
    assert folded == ["emile", "asa", "anna", "x" * 250 + "sssss"]
    assert fetch_all("SELECT name_key FROM service") == [("cafe",)]
    assert [row.first_name for row in repository.customers.list_all(order=[("first_name", "asc")])][:3] == [
        "anna",
        "ÅSA",
        "Émile",
    ]
