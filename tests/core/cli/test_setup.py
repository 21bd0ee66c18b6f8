"""The operator's first day: a configuration to begin with, a demo apart, commands that make nothing by reading."""

import importlib.util
import json
import sys
import tomllib

import pytest
from click.testing import CliRunner

from core import demo
from core.app import start
from core.cli import cli
from core.cli.context import Session
from core.config import StartupError, load_config, parse_config
from core.db import close_database
from frontdesk.testing.servers import write_config
from tests.core.conftest import NOW


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    yield lambda *words: CliRunner().invoke(cli, words, prog_name="frontdesk")
    close_database()


def test_init_writes_the_shipped_configuration(run, tmp_path, repository):
    assert run("init").exit_code == 0
    text = (tmp_path / "config.toml").read_text()
    assert text == (repository / "config.toml").read_text()
    assert tomllib.loads(text)["plugins"]["enabled"]
    assert run("check").exit_code == 0


def test_init_makes_the_folder_and_leaves_a_file_alone(run, tmp_path):
    assert run("init", "shop").exit_code == 0
    (tmp_path / "shop" / "config.toml").write_text("# mine")
    again = run("init", "shop")
    assert (again.exit_code, again.stderr.count("\n")) == (1, 1)
    assert (tmp_path / "shop" / "config.toml").read_text() == "# mine"


def test_serve_without_a_configuration_says_what_to_do(run):
    refused = run("serve")
    assert refused.exit_code == 1
    assert "frontdesk init" in refused.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["keys", "list"],
        ["keys", "revoke", "1"],
        ["keys", "rotate", "1"],
        ["backup", "b.gz"],
        ["export", "bkap"],
        ["bookablesites", "deliveries"],
    ],
    ids=" ".join,
)
def test_commands_that_read_make_no_store(run, tmp_path, words):
    run("init")
    before = sorted(tmp_path.iterdir())
    refused = run(*words)
    assert refused.exit_code == 1
    assert "there is no datastore at" in refused.stderr
    assert sorted(tmp_path.iterdir()) == before


def test_a_configuration_elsewhere_has_its_store_beside_it(run, tmp_path):
    run("init", "shop")
    assert run("--config", "shop/config.toml", "keys", "create", "bkap").exit_code == 0
    assert (tmp_path / "shop" / "frontdesk.db").exists()
    assert not (tmp_path / "frontdesk.db").exists()


@pytest.fixture
def host(tmp_path):
    config = parse_config(
        {"database": {"url": f"sqlite:///{tmp_path}/d.db"}, "plugins": {"enabled": ["bkap", "bookingpress"]}}
    )
    yield start(config, clock=lambda: NOW, migrate=True)
    close_database()


def test_a_demo_fills_an_empty_store_and_comes_back_to_it(host):
    first = demo.prepare_demo(host, url="http://x", now=NOW)
    again = demo.prepare_demo(host, url="http://x", now=NOW)
    assert first["services"] == again["services"] != {}


@pytest.mark.parametrize("kind", ["key", "customer"])
def test_a_demo_leaves_a_store_in_use_alone(host, kind):
    if kind == "key":
        host.credentials["bookingpress"].create(
            label="production", permissions=None, user=None, expires_at=None, now=NOW
        )
    else:
        demo.repository.customers.create(now=NOW, first_name="Mira")
    with pytest.raises(StartupError, match="the datastore is in use"):
        demo.prepare_demo(host, url="http://x", now=NOW)
    assert demo.service_ids_by_name() == {}
    assert [key.revoked_at for key in demo.credentials.list_credentials()] == [None] * (kind == "key")


CHECKS = [
    ({"limits": {"store": "nosuch://127.0.0.1:1"}}, "limits.store: cannot be used"),
    ({"database": {"url": "sqlite:////no/such/folder/x.db"}}, "the folder /no/such/folder does not exist"),
    ({"server": {"bind": "no.such.host.invalid:8000"}}, "is no address of this machine"),
    (
        {"server": {"admin_bind": "no.such.host.invalid:9464"}},
        "server.admin_bind: 'no.such.host.invalid' is no address",
    ),
    ({"server": {"bind": "unix:/no/such/folder/x.sock"}}, "server.bind: the folder /no/such/folder does not exist"),
]


@pytest.mark.parametrize(("tables", "sentence"), CHECKS)
def test_check_refuses_what_would_only_fail_later(run, tmp_path, tables, sentence):
    write_config(tmp_path, **tables, plugins={"enabled": ["bkap"]})
    refused = run("check")
    assert refused.exit_code == 1
    assert sentence in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_check_asks_another_store_of_the_limits(run, tmp_path, monkeypatch):
    class Silent:
        def check(self):
            return False

    monkeypatch.setattr("limits.storage.storage_from_string", lambda url, **_: Silent())
    write_config(tmp_path, limits={"store": "redis://127.0.0.1:1"}, plugins={"enabled": ["bkap"]})
    assert "limits.store: redis://127.0.0.1:1 does not answer" in run("check").stderr


WARNINGS = [
    ({"plugins": {"enabled": []}}, "no plugin with an API is enabled"),
    (
        {"site": {"url": "http://127.0.0.1:9999"}, "plugins": {"enabled": ["bkap"]}},
        "the server listens on 127.0.0.1:8000",
    ),
]


@pytest.mark.parametrize(("tables", "sentence"), WARNINGS)
def test_check_warns_of_what_may_not_be_meant(run, tmp_path, tables, sentence):
    write_config(tmp_path, **tables)
    assert sentence in run("check").stdout
    assert sentence in json.loads(run("check", "--json").stdout)["warnings"][0]


def test_a_missing_driver_is_named_with_its_remedy(run, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "psycopg" else find(name))
    write_config(tmp_path, database={"url": "postgresql://nobody@127.0.0.1:1/x"}, plugins={"enabled": ["bkap"]})
    for words in (["check"], ["doctor"]):
        assert "pip install 'frontdesk[postgres]'" in run(*words).stderr


def test_a_missing_engine_is_named_with_its_remedy(run, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "granian", None)
    write_config(tmp_path, server={"engine": "granian"}, plugins={"enabled": ["bkap"]})
    assert "pip install 'frontdesk[granian]'" in run("check").stderr


def test_the_copy_in_the_package_is_the_shipped_file(repository):
    assert (repository / "core" / "config.toml").read_text() == (repository / "config.toml").read_text()
    assert load_config(repository / "core" / "config.toml", environ={}).plugins.enabled


def test_what_the_command_line_says_counts_in_a_configuration_that_is_read_again(tmp_path):
    path = write_config(tmp_path, server={"max_body": 1000})
    session = Session(path)
    session.use_quiet_logging()
    session.set_site_url("http://127.0.0.1:9000")
    write_config(tmp_path, server={"max_body": 2000})
    again = session.reload_config()
    assert again.server.max_body == 2000
    assert (again.server.access_log, again.server.log_level) == (False, "warning")
    assert again.site.url == session.config.site.url == "http://127.0.0.1:9000"
    write_config(tmp_path, site={"url": "https://book.example.com"})
    assert session.reload_config().site.url == "https://book.example.com"
