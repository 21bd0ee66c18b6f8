"""Keys from the command line: whom they restrict, how they end, and the command that is printed with them."""

from datetime import timedelta

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.services import credentials
from frontdesk.testing.servers import write_config
from tests.contract.conftest import make_service
from tests.core.cli.test_cli import data, plain, sentence
from tests.core.conftest import NOW

pytestmark = pytest.mark.slow

DIALECTS = ["bkap", "wc_bookings", "bookingpress", "bookablesites"]


@pytest.fixture
def run(tmp_path):
    """Run a command with these dialects on."""

    def command(*words, enabled=DIALECTS):
        path = write_config(
            tmp_path,
            database={"url": f"sqlite:///{tmp_path}/c.db", "durability": "normal"},
            sandbox={"now": NOW.isoformat()},
            plugins={"enabled": enabled},
        )
        return CliRunner().invoke(cli, ["--config", str(path), *words], prog_name="frontdesk")

    return command


@pytest.mark.parametrize("dialect", ["bkap", "bookingpress", "bookablesites"])
def test_a_user_that_would_restrict_nothing_is_refused(run, dialect):
    said = sentence(run("keys", "create", dialect, "--user", "1"))
    assert said == f"keys of {dialect} act for nobody in particular: a user would restrict nothing."


def test_a_user_nobody_knows_is_refused(run):
    assert sentence(run("keys", "create", "wc_bookings", "--user", "77")) == "'77' is not the number of a customer."


@pytest.mark.parametrize("words", [["create", "bkap"], ["rotate", "1"]])
def test_no_key_ends_in_the_past(run, words):
    run("keys", "create", "bkap")
    said = sentence(run("keys", *words, "--expires", "2020-01-01"))
    assert said == "a key cannot end in the past: 2020-01-01T00:00:00+00:00 has gone by."
    assert credentials.get(1).usable(NOW)


def test_a_revoked_key_is_not_rotated(run):
    run("keys", "create", "bkap")
    run("keys", "revoke", "1")
    said = sentence(run("keys", "rotate", "1"))
    assert said == "key 1 is revoked; make a new one with: frontdesk keys create bkap"
    assert len(credentials.list_credentials()) == 1


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_rotated_key_can_work_on_for_a_while(run, dialect):
    made = data(run("keys", "create", dialect, "--json"))
    second = data(run("keys", "rotate", str(made["id"]), "--overlap", "24h", "--json"))
    old = credentials.get(made["id"])
    assert old.revoked_at is None
    assert old.usable(NOW + timedelta(hours=23))
    assert not old.usable(NOW + timedelta(hours=24))
    assert credentials.get(second["id"]).usable(NOW + timedelta(days=300))


def test_an_overlap_is_a_length_of_time(run):
    run("keys", "create", "bkap")
    result = run("keys", "rotate", "1", "--overlap", "soon")
    assert result.exit_code == 2
    assert "'soon' is no length of time" in result.output


def test_the_one_key_of_a_site_is_not_replaced_by_accident(run):
    run("keys", "create", "bookingpress")
    said = sentence(run("keys", "create", "bookingpress"))
    assert "key 1 is in force; --replace revokes it at once" in said
    assert credentials.get(1).usable(NOW)
    second = data(run("keys", "create", "bookingpress", "--replace", "--json"))
    assert credentials.get(1).revoked_at == NOW
    assert credentials.get(second["id"]).usable(NOW)


def test_every_key_is_listed_with_its_end(run):
    run("keys", "create", "bookingpress")
    run("keys", "create", "bkap", "--expires", "2026-04-01")
    listed = {key["dialect"]: key for key in data(run("keys", "list", "--json"))}
    assert listed["bkap"]["expires"] == "2026-04-01T00:00:00Z"
    assert listed["bookingpress"]["enabled"]
    off = {key["dialect"]: key for key in data(run("keys", "list", "--json", enabled=["bkap"]))}
    assert off.keys() == {"bkap", "bookingpress"}
    assert not off["bookingpress"]["enabled"]
    assert "bookingpress (off)" in plain(run("keys", "list", enabled=["bkap"]))
    assert len(data(run("keys", "list", "bookingpress", "--json", enabled=["bkap"]))) == 1


def test_the_end_of_a_site_key_is_that_of_its_years(run, monkeypatch):
    monkeypatch.setenv("FRONTDESK__PLUGINS__BOOKINGPRESS__KEY_EXPIRY", "1 year")
    run("keys", "create", "bookingpress")
    [key] = data(run("keys", "list", "bookingpress", "--json"))
    assert key["expires"] == "2027-03-03T00:00:00Z"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_store_where_nothing_can_be_booked_prints_a_command_that_reads(run, dialect):
    command = data(run("keys", "create", dialect, "--json"))["curl"]
    assert "-X POST" not in command
    assert not command.endswith("}'")
    assert "/bookings" in command or "/services" in command


@pytest.mark.parametrize("dialect", ["bkap", "wc_bookings"])
def test_a_key_that_may_only_read_comes_with_a_command_that_reads(run, dialect):
    run("keys", "create", dialect)
    make_service()
    assert " -d " not in data(run("keys", "create", dialect, "--permissions", "read", "--json"))["curl"]
    assert " -d " in data(run("keys", "create", dialect, "--permissions", "write", "--json"))["curl"]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_command_names_a_start_that_is_free(run, dialect):
    run("keys", "create", dialect)
    service = make_service()
    command = data(run("keys", "rotate", "1", "--json"))["curl"]
    assert str(service.id) in command
    assert "2026-03-03" in command or "1772528400" in command
