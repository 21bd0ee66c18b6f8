"""The life of a plugin: installed, upgraded, failed, taken back, switched off, saved, restored, removed."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.db import close_database, database, fetch_all
from frontdesk.testing.servers import write_config
from frontdesk.testing.stores import fresh_url
from tests.core.conftest import NOW

pytestmark = pytest.mark.slow

PLUGIN = """\
from pathlib import Path
from frontdesk import Consumer, CredentialIssuer, credentials, events, hookimpl

REQUIRES = ">=1.0,<2"


@hookimpl
def register_migrations():
    return Path(__file__).parent / "migrations"


def create(*, label, permissions, user, expires_at, now):
    return credentials.create(realm="sms", lookup=label, label=label, now=now), {"key": label}


@hookimpl
def register_credentials(host):
    return CredentialIssuer(dialect="sms", realm="sms", create=create, booking_command=lambda *a, **n: "curl")


@hookimpl
def register_consumers(host):
    return {"late": Consumer()}
"""
INIT = """\
from peewee import CharField, TextField


def migrate(schema):
    schema.create_table("sms_list", {"name": CharField(unique=True)})
    schema.create_table(
        "sms_note",
        {"list_id": schema.reference("sms_list"), "text": TextField(), "to": CharField(index=True)},
        unique=[("list_id", "to")],
        indexes=[("to", "text")],
    )
    schema.execute("INSERT INTO sms_list (name) VALUES (?), ('100%')", ("all?",))
"""
SECOND = """\
from decimal import Decimal

from peewee import BlobField, BooleanField, CharField, DecimalField, IntegerField


def migrate(schema):
    for name, field in {
        "sent": BooleanField(default=False),
        "tries": IntegerField(default=lambda: 3),
        "price": DecimalField(max_digits=9, decimal_places=2, default=Decimal("0.05")),
        "seal": BlobField(default=b"\\x00\\xff"),
        "state": CharField(default="it's new", index=True),
        "answer": CharField(null=True, unique=True),
    }.items():
        schema.add_column("sms_note", name, field)
    schema.drop_index("sms_note", ["to", "text"])
    schema.rename_column("sms_note", "to", "receiver")
    schema.execute("UPDATE sms_note SET sent = $true WHERE text LIKE '%late%'")
    schema.drop_column("sms_note", "price")
    schema.rename_table("sms_list", "sms_group")
    schema.create_table("sms_old", {})
    schema.drop_table("sms_old")
    assert schema.fetch_all("SELECT name FROM sms_group ORDER BY id LIMIT 1") == [("all?",)]
"""
BROKEN = (
    "def migrate(schema):\n    schema.execute('DELETE FROM sms_note')\n    schema.execute('ALTER tabel sms_note')\n"
)


@dataclass
class Site:
    """A store and a folder with one plugin, as an operator has them."""

    folder: Path
    config: Path

    def install(self, **scripts: str) -> None:
        """Put a version of the plugin, with these migrations, in place of another."""
        directory = self.folder / "my_plugins" / "sms" / "migrations"
        directory.mkdir(parents=True, exist_ok=True)
        (directory.parent / "__init__.py").write_text(PLUGIN)
        for file in directory.glob("*.py"):
            file.unlink()
        for name, text in scripts.items():
            (directory / f"{name}.py").write_text(text)

    def configure(self, url: str, *enabled: str) -> None:
        self.url = url
        write_config(
            self.folder,
            database={"url": url, "durability": "normal"},
            sandbox={"now": NOW.isoformat()},
            plugins={"path": "./my_plugins", "enabled": list(enabled), "sms": {}},
        )

    def run(self, *words: str, code: int = 0) -> str:
        result = CliRunner().invoke(cli, ["--config", str(self.config), *words], prog_name="frontdesk")
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return (result.stderr.removeprefix("frontdesk: ") if code else result.stdout).strip()

    def rows(self, sql: str) -> list[tuple]:
        self.run("keys", "list")
        return fetch_all(sql)

    def content(self) -> dict:
        """Every table of the plugin, with its columns and rows."""
        self.run("keys", "list")
        tables = [name for name in database.get_tables() if name.startswith("sms_")]
        return {
            name: ([column.name for column in database.get_columns(name)], fetch_all(f'SELECT * FROM "{name}"'))
            for name in tables
        }


def test_an_upgrade_changes_tables_alike_on_both_databases(site):
    site.run("migrate")
    site.rows("SELECT 1")
    database.execute_sql("INSERT INTO sms_note (list_id, text, \"to\") VALUES (1, 'too late', 'ann')")
    close_database()
    site.install(**{"0001_init": INIT, "0002_second": SECOND})
    assert site.run("keys", "list", code=1) == "the datastore waits for sms/0002_second; run: frontdesk migrate"

    assert site.run("migrate") == "applied sms/0002_second"

    row = site.rows("SELECT receiver, sent, tries, seal, state, answer FROM sms_note")[0]
    assert (row[0], bool(row[1]), row[2], bytes(row[3]), *row[4:]) == ("ann", True, 3, b"\x00\xff", "it's new", None)
    columns = {column.name for column in database.get_columns("sms_note")}
    assert columns == {"id", "list_id", "text", "receiver", "sent", "tries", "seal", "state", "answer"}
    indexed = {(tuple(index.columns), index.unique) for index in database.get_indexes("sms_note") if index.columns}
    assert {(("state",), False), (("answer",), True), (("list_id", "receiver"), True)} <= indexed
    assert site.rows("SELECT name FROM sms_group ORDER BY id") == [("all?",), ("100%",)]
    # No number of a deleted row comes back.
    database.execute_sql("DELETE FROM sms_group WHERE id = 2")
    database.execute_sql("INSERT INTO sms_group (name) VALUES ('third')")
    assert site.rows("SELECT max(id) FROM sms_group") == [(3,)]
    assert "all is well" in site.run("doctor")


def test_a_failed_upgrade_leaves_the_store_as_it_was(site):
    site.run("migrate")
    site.rows("SELECT 1")
    database.execute_sql("INSERT INTO sms_note (list_id, text, \"to\") VALUES (1, 'hello', 'ann')")
    before = site.content()
    site.install(**{"0001_init": INIT, "0002_second": SECOND, "0003_third": BROKEN})

    said = site.run("migrate", code=1)

    assert said.startswith("the migration 0003_third.py of the plugin 'sms' failed (")
    assert said.endswith("; the datastore is as it was before.")
    assert "tabel" in said
    assert "\n" not in said
    # The version before still runs.
    site.install(**{"0001_init": INIT})
    assert site.content() == before
    site.install(**{"0001_init": INIT, "0002_second": SECOND})
    assert site.run("migrate") == "applied sms/0002_second"


def test_a_released_migration_that_was_changed_is_noticed(site):
    site.run("migrate")
    assert "was changed" not in site.run("check")
    site.install(**{"0001_init": INIT + "    schema.execute('SELECT 1')\n"})

    noticed = "the migration sms/0001_init was changed after it was applied to this datastore"
    assert f"warning: {noticed}" in site.run("check")
    result = CliRunner().invoke(cli, ["--config", str(site.config), "migrate"])
    assert (result.exit_code, result.stdout) == (0, "nothing to do\n")
    assert result.stderr.startswith(f"frontdesk: {noticed}")


def test_an_older_version_of_a_plugin_is_refused_with_the_reason(site):
    site.install(**{"0001_init": INIT, "0002_second": SECOND})
    site.run("migrate")
    site.install(**{"0001_init": INIT})

    reason = (
        "the datastore is newer than the plugin 'sms': it has the migration 0002_second; go back to the version that"
        " made it, or restore a backup from before."
    )
    for words in (["migrate"], ["check"], ["keys", "list"]):
        assert site.run(*words, code=1) == reason
    site.configure(site.url)
    assert "1" in str(site.rows("SELECT count(*) FROM sms_migration WHERE name = '0002_second'"))


@pytest.mark.parametrize("enabled", [(), ("sms",)], ids=["off", "on"])
def test_a_plugin_that_is_off_is_saved_and_restored_where_it_is_on_or_off(site, enabled, tmp_path):
    site.run("migrate")
    site.run("keys", "create", "sms", "--label", "till")
    site.configure(site.url)

    summary = json.loads(site.run("backup", str(tmp_path / "b.gz"), "--json"))
    site.run("export", "--all", str(tmp_path / "all.json"))
    listed = json.loads(site.run("keys", "list", "--json"))

    assert summary["rows"]["sms_list"] == 2
    assert [(key["dialect"], key["label"], key["enabled"]) for key in listed] == [("sms", "till", False)]
    assert json.loads(site.run("keys", "list", "sms", "--json")) == listed
    close_database()
    for number, file in enumerate(("b.gz", "all.json")):
        site.configure(f"sqlite:///{tmp_path}/new{number}.db", *enabled)
        site.run("import", "--all", str(tmp_path / file))
        assert site.rows("SELECT name FROM sms_list ORDER BY id") == [("all?",), ("100%",)]
        close_database()


def test_what_a_plugin_left_is_listed_and_then_deleted(site):
    site.run("migrate")
    site.run("keys", "create", "sms", "--label", "till")
    site.rows("SELECT 1")
    event = "(kind, subject_kind, subject_id, origin, at, data) VALUES ('site.changed', 'site', 1, '', 0, '{}')"
    database.execute_sql(f"INSERT INTO event {event}")
    for consumer in ("sms", "sms.late", "smsx"):
        row = f"SELECT id, '{consumer}', 0, 0, 0, '' FROM event WHERE kind = 'site.changed'"
        columns = "(event_id, consumer, attempts, not_before, leased_until, leased_by)"
        database.execute_sql(f"INSERT INTO dispatch {columns} {row}")
    for plugin in ("sms", "post"):
        database.execute_sql(f"INSERT INTO setting VALUES ('{plugin}', 'sender', '1', 0, '')")
    assert site.run("plugin", "remove", "sms", "--purge", "--yes", code=1) == (
        "plugin 'sms' is enabled; take it out of plugins.enabled and restart the server first."
    )
    site.configure(site.url)

    expected = [
        "table sms_note: 0 rows",
        "table sms_list: 2 rows",
        "history of 1 migrations",
        "events that wait for sms: 1",
        # Of the key that was made, too.
        "events that wait for sms.late: 2",
        "keys of sms: 1",
        "setting in the datastore: sender",
    ]
    assert site.run("plugin", "remove", "sms").splitlines() == [
        "plugin sms: to be deleted",
        *expected,
        "nothing was deleted; do that with: frontdesk plugin remove sms --purge",
    ]
    refused = CliRunner().invoke(cli, ["--config", str(site.config), "plugin", "remove", "sms", "--purge"], input="n\n")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "table sms_list: 2 rows" in refused.stderr
    assert site.rows("SELECT count(*) FROM sms_list") == [(2,)]

    assert site.run("plugin", "remove", "sms", "--purge", "--yes").splitlines() == ["plugin sms: deleted", *expected]

    assert site.content() == {}
    assert site.rows("SELECT consumer FROM dispatch") == [("smsx",)]
    assert site.rows("SELECT count(*) FROM credential") == [(0,)]
    assert site.rows("SELECT plugin FROM setting") == [("post",)]
    assert "all is well" in site.run("doctor")
    assert site.run("plugin", "remove", "sms", code=1) == "the datastore holds nothing of a plugin 'sms'."
    assert site.run("plugin", "remove", "core", code=1) == "'core' is this program itself, not a plugin."
    # It can come back, from nothing.
    site.configure(site.url, "sms")
    assert site.run("migrate") == "applied sms/0001_init"


def test_what_a_plugin_left_can_be_deleted_without_its_code(site):
    site.run("migrate")
    (site.folder / "my_plugins" / "sms" / "__init__.py").unlink()
    sys.modules.pop("sms", None)
    site.configure(site.url)
    text = site.config.read_text().replace("[plugins.sms]", "")
    site.config.write_text(text)

    removed = json.loads(site.run("plugin", "remove", "sms", "--purge", "--yes", "--json"))

    assert (removed["tables"], removed["purged"]) == ({"sms_note": 0, "sms_list": 2}, True)
    assert site.content() == {}


@pytest.fixture(params=("sqlite", "postgres"))
def site(request, tmp_path):
    """The first version of the plugin, switched on, with a store that nobody has opened yet."""
    path = list(sys.path)
    made = Site(tmp_path, tmp_path / "config.toml")
    made.install(**{"0001_init": INIT})
    made.configure(fresh_url(request.param, tmp_path, "life"), "sms")
    yield made
    close_database()
    sys.path[:] = path
    sys.modules.pop("sms", None)
