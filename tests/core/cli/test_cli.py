"""The command line: what it prints for people and programs, and how it fails."""

import importlib
import json
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import core.cli
from core.cli import cli
from core.services import credentials, events
from frontdesk.testing.servers import write_config
from frontdesk.testing.stores import postgres_url
from tests.core.conftest import HARBOUR, NOW
from tests.fixtures.harbour.models import HarbourNote

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path):
    """Run a command with a harbour on a fresh SQLite file; returns click's result."""
    path = write_config(
        tmp_path,
        database={"url": f"sqlite:///{tmp_path}/c.db", "durability": "normal"},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": [HARBOUR]},
    )

    def command(*words: str, config=path):
        return CliRunner().invoke(cli, ["--config", str(config), *words], prog_name="frontdesk")

    return command


def plain(result) -> str:
    assert result.exit_code == 0, result.output
    return result.stdout


def data(result):
    text = plain(result)
    assert text.count("\n") == 1
    return json.loads(text)


def sentence(result) -> str:
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.startswith("frontdesk: ")
    assert result.stderr.count("\n") == 1
    return result.stderr.removeprefix("frontdesk: ").strip()


def test_help_needs_no_configuration(tmp_path):
    result = CliRunner().invoke(cli, ["--config", str(tmp_path / "none.toml"), "--help"])

    assert result.exit_code == 0
    for name in ("serve", "demo", "check", "migrate", "doctor", "plugins", "routes", "keys", "import", "export"):
        assert f"  {name} " in result.output
    for name in ("backup", "restore", "openapi"):
        assert f"  {name} " in result.output


def test_check_says_what_it_checked_without_making_a_store(run, tmp_path):
    assert data(run("check", "--json"))["plugins"] == ["harbour"]
    assert "good; plugins: harbour" in plain(run("check"))
    assert "frozen" in plain(run("check"))
    assert not (tmp_path / "c.db").exists()


def test_a_wrong_configuration_is_one_sentence_from_every_command(run, tmp_path):
    broken = tmp_path / "broken.toml"
    broken.write_text("[server]\nwrokers = 1\n")

    for words in (["check"], ["doctor"], ["serve"], ["keys", "list"], ["routes"], ["migrate"]):
        assert "server.wrokers: unknown setting; did you mean 'workers'?" in sentence(run(*words, config=broken))


def test_migrate_says_what_it_did(run):
    assert data(run("migrate", "--json"))["applied"][-1] == "harbour/0001_init"
    assert plain(run("migrate")) == "nothing to do\n"


def test_a_new_sqlite_file_sets_itself_up(run):
    data(run("keys", "create", "harbour", "--json"))
    assert data(run("doctor", "--json"))["ok"] is True
    assert "all is well" in plain(run("doctor"))


def test_doctor_fails_on_a_breach(run):
    plain(run("migrate"))
    from core.db import database

    run("doctor")
    database.execute_sql(
        'INSERT INTO claim (booking_id, subject_kind, subject_id, span_class, reach_start, start, "end", before,'
        " after, units, capacity, exclusive, session, overbooked) VALUES (9, 'service', 1, 0, 0, 0, 60, 0, 0, 1, 1, 0, '', 0)"
    )
    result = run("doctor", "--json")

    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["ok"], set(report)) == (False, {"ok", "checked", "breaches"})
    assert report["breaches"]
    assert "BROKEN" in run("doctor").stdout


def test_consumers_are_listed_and_those_of_a_plugin_that_is_gone_can_be_forgotten(run):
    assert data(run("plugins", "--json"))["consumers"][0]["waiting"] is None
    plain(run("migrate"))
    entries = data(run("consumers", "--json"))
    assert [(entry["name"], entry["registered"], entry["waiting"]) for entry in entries] == [
        ("harbour.log", True, 0),
        ("harbour.salvage", True, 0),
    ]
    events.clear_listeners()
    events.register_consumer("gone.mail")
    events.record_event("site.updated", "site", 1, now=NOW)

    assert "gone.mail (no plugin)" in plain(run("consumers"))
    assert data(run("plugins", "--json"))["consumers"][0]["registered"] is False
    assert "1 events no longer wait for gone.mail" in plain(run("consumers", "--forget", "gone.mail"))
    assert run("consumers", "--forget", "gone.mail").exit_code == 1


def test_plugins_and_routes_are_listed(run):
    listed = data(run("plugins", "--json"))
    assert listed["plugins"][0]["prefixes"] == ["/harbour/v1"]
    assert listed["hooks"]["check_booking"] == ["harbour"]
    assert "check_booking: harbour" in plain(run("plugins"))

    routes = {route["template"]: route["methods"] for route in data(run("routes", "--json"))}
    assert routes["/harbour/v1/notes/{number:int}"] == ["DELETE", "GET", "PUT"]
    assert "/harbour/v1/login" in plain(run("routes"))


def test_keys_from_birth_to_death(run):
    made = data(run("keys", "create", "harbour", "--label", "till", "--permissions", "look", "--json"))
    assert set(made) == {"harbour_key", "curl", "id"}
    assert made["harbour_key"] in made["curl"]
    assert "http://127.0.0.1:8000/harbour/v1/notes" in made["curl"]

    [listed] = data(run("keys", "list", "harbour", "--json"))
    assert (listed["label"], listed["permissions"], listed["ends_with"]) == ("till", "look", made["harbour_key"][-4:])
    assert made["harbour_key"] not in plain(run("keys", "list"))

    second = data(run("keys", "rotate", str(made["id"]), "--json"))
    assert second["harbour_key"] != made["harbour_key"]
    assert credentials.get(made["id"]).revoked_at == NOW
    assert (credentials.get(second["id"]).label, credentials.get(second["id"]).permissions) == ("till", "look")

    assert f"key {second['id']} is revoked" in plain(run("keys", "revoke", str(second["id"])))


@pytest.mark.parametrize(
    "words, said",
    [
        (
            ["keys", "create", "harbur"],
            "the enabled plugins bring no kind of key called 'harbur'; did you mean 'harbour'?",
        ),
        (["keys", "create", "harbour", "--permissions", "all"], "'all' is not a permission of harbour keys"),
        (["keys", "revoke", "99"], "there is no key 99; see: frontdesk keys list"),
        (
            ["import", "harbr", "x.json"],
            "the enabled plugins bring no importer called 'harbr'; did you mean 'harbour'?",
        ),
        (["import", "harbour", "none.json"], "none.json: cannot be read (No such file or directory)."),
        (["openapi", "x"], "the enabled plugins bring no OpenAPI document called 'x'; there are harbour."),
        (["serve", "--bind", "nowhere"], "server.bind must be HOST:PORT or unix:PATH, not 'nowhere'."),
        (["serve", "--bind", "127.0.0.1:80²"], "server.bind must be HOST:PORT or unix:PATH, not '127.0.0.1:80²'."),
        (["serve", "--bind", "::1:8000"], "server.bind must have an IPv6 address in brackets"),
        (["serve", "--bind", "256.1.1.1:80"], "cannot listen on 256.1.1.1:80"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(run, words, said):
    plain(run("migrate"))
    assert said in sentence(run(*words))


def test_import_and_export_are_inverse(run, tmp_path):
    source = tmp_path / "in.json"
    source.write_text('{"notes": ["b", "a"]}')

    assert data(run("import", "harbour", str(source), "--json")) == {"notes": 2}
    assert json.loads(plain(run("export", "harbour"))) == {"notes": ["b", "a"]}
    plain(run("export", "harbour", str(tmp_path / "out.json")))
    assert json.loads((tmp_path / "out.json").read_text()) == {"notes": ["b", "a"]}


@pytest.mark.parametrize("text", ["{", '{"notes": ["kept?", 5]}', '{"other": []}', "[]", '"\\ud800"'])
def test_a_bad_import_changes_nothing(run, tmp_path, text):
    plain(run("migrate"))
    source = tmp_path / "in.json"
    source.write_text(text)

    assert str(source) in sentence(run("import", "harbour", str(source)))
    plain(run("doctor"))
    assert HarbourNote.select().count() == 0


def test_a_plugin_s_own_commands(run):
    assert plain(run("harbour", "tide")) == "high\n"
    assert "Commands of the plugin harbour" in plain(run("harbour", "--help"))
    assert run("habour", "tide").exit_code == 2


def test_openapi_is_printed(run):
    assert json.loads(plain(run("openapi", "harbour")))["openapi"] == "3.1.0"


def test_two_servers_on_one_port(run):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "Address already in use" in sentence(run("serve", "--bind", f"127.0.0.1:{taken.getsockname()[1]}"))


def test_import_and_demo_data_set_an_empty_database_up(store_url, tmp_path):
    path = write_config(tmp_path, database={"url": store_url}, plugins={"enabled": [HARBOUR]})
    source = tmp_path / "in.json"
    source.write_text('{"notes": ["a"]}')

    result = CliRunner().invoke(cli, ["--config", str(path), "import", "harbour", str(source), "--json"])
    assert data(result) == {"notes": 1}


def test_every_other_command_leaves_an_empty_server_database_alone(tmp_path):
    path = write_config(tmp_path, database={"url": postgres_url("frontdesk_empty")}, plugins={"enabled": [HARBOUR]})

    assert "run: frontdesk migrate" in sentence(CliRunner().invoke(cli, ["--config", str(path), "keys", "list"]))


def test_a_whole_store_goes_out_and_into_another_one(run, tmp_path):
    source = tmp_path / "in.json"
    source.write_text('{"notes": ["ahoy"]}')
    plain(run("import", "harbour", str(source)))
    plain(run("keys", "create", "harbour"))
    whole = tmp_path / "whole.ndjson"
    (tmp_path / "other").mkdir()
    written = data(run("export", "--all", str(whole), "--json"))
    assert (written["bookings"], written["rows"]["harbour_note"]) == (0, 1)
    assert plain(run("export", "--all", str(tmp_path / "whole.gz"))).startswith(
        f"{tmp_path}/whole.gz: written, 0 bookings"
    )
    assert whole.stat().st_mode & 0o077 == 0
    other = write_config(
        tmp_path / "other",
        database={"url": f"sqlite:///{tmp_path}/other.db", "durability": "normal"},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": [HARBOUR]},
    )

    assert data(run("import", "--all", str(whole), "--json", config=other))["rows"] == written["rows"]

    assert data(run("keys", "list", "--json", config=other)) == data(run("keys", "list", "--json"))
    plain(run("export", "--all", str(tmp_path / "again.ndjson"), config=other))
    assert (tmp_path / "again.ndjson").read_bytes() == whole.read_bytes()
    assert "the datastore is not empty" in sentence(run("import", "--all", str(whole), config=other))
    assert data(run("restore", "--verify", str(whole), "--json"))["bookings"] == 0


@pytest.mark.parametrize(
    "words",
    [["export"], ["export", "--all", "a", "b"], ["import", "harbour"], ["import", "--all", "a", "b"], ["import"]],
    ids=" ".join,
)
def test_a_command_of_too_many_or_too_few_names_says_how_it_goes(run, words):
    result = run(*words)
    assert result.exit_code == 2
    assert "Usage: frontdesk" in result.stderr


def test_every_command_of_the_package_is_listed():
    """Commands are imported when they run, so the list is written by hand."""
    found = {}
    for path in Path(core.cli.__file__).parent.glob("*.py"):
        if path.stem.startswith("__"):
            continue
        module = importlib.import_module(f"core.cli.{path.stem}")
        commands = [value for value in vars(module).values() if isinstance(value, click.Command)]
        inner = {id(one) for group in commands if isinstance(group, click.Group) for one in group.commands.values()}
        for command in commands:
            if id(command) not in inner and command.callback.__module__ == module.__name__:
                found[command.name] = path.stem
    assert found == core.cli.COMMANDS
