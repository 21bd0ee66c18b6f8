"""``frontdesk settings``: what is printed, what is changed, and one sentence for each mistake."""

import json

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.services import events
from frontdesk.testing.servers import write_config
from frontdesk.testing.stores import KINDS, fresh_url
from tests.core.conftest import NOW


class Command:
    """The command line of one site."""

    def __init__(self, folder, url: str, **tables) -> None:
        self.config = write_config(
            folder,
            database={"url": url, "durability": "normal"},
            sandbox={"now": NOW.isoformat()},
            plugins={"enabled": ["tests.fixtures.lantern"], **tables},
        )
        self.run("migrate")

    def run(self, *words: str, code: int = 0, stdin: str | None = None) -> str:
        result = CliRunner().invoke(cli, ["--config", str(self.config), *words], prog_name="frontdesk", input=stdin)
        assert result.exit_code == code, result.output
        assert "Traceback" not in result.output
        return (result.stderr.removeprefix("frontdesk: ") if code else result.stdout).strip()

    def json(self, *words: str):
        return json.loads(self.run("settings", *words, "--json"))


@pytest.fixture(params=KINDS)
def any_command(request, tmp_path):
    return Command(tmp_path, fresh_url(request.param, tmp_path, "cli"), lantern={"level": 4.5})


@pytest.fixture
def command(tmp_path):
    return Command(tmp_path, f"sqlite:///{tmp_path}/s.db", lantern={"level": 4.5})


def test_settings_are_set_listed_and_unset(any_command):
    assert any_command.run("settings", "set", "lantern", "oil", "whale") == "lantern.oil: olive -> whale"
    assert any_command.run("settings", "set", "lantern", "oil", "whale") == "nothing to do"
    assert any_command.json("set", "lantern", "colours", "red, green") == [
        {"key": "colours", "old": ["amber"], "new": ["red", "green"]}
    ]
    assert any_command.run("settings", "set", "lantern", "wick.trimmed", "off") == "lantern.wick.trimmed: true -> false"

    lines = any_command.run("settings", "list", "lantern").splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["PLUGIN", "SETTING", "VALUE", "SET", "IN"],
        ["lantern", "oil", "whale", "datastore"],
        ["lantern", "level", "4.5", str(any_command.config)],
        ["lantern", "colours", '["red",', '"green"]', "datastore"],
        ["lantern", "keeper", "null"],
    ]
    listed = {setting["key"]: setting for setting in any_command.json("list")[0]["settings"]}
    assert listed["oil"]["changed_by"].startswith("command:")
    assert listed["oil"]["changed_at"] == "2026-03-02T10:00:00Z"
    assert (listed["level"]["is_locked"], listed["oil"]["is_locked"]) == (True, False)

    assert any_command.run("settings", "unset", "lantern", "oil") == "lantern.oil: whale -> olive"
    assert len(events.recent(["setting.changed"])) == 4


def test_a_negative_number_is_a_value(command):
    said = command.run("settings", "set", "lantern", "wick.width", "-3", code=1)

    assert said == "lantern.wick.width: expected int >= 1."


def test_a_secret_comes_from_a_file_or_standard_input_and_is_not_printed(command, tmp_path):
    (tmp_path / "door").write_text("open sesame\n")

    assert command.run("settings", "set", "lantern", "door", "--file", str(tmp_path / "door")) == (
        'lantern.door: "" -> ********'
    )
    assert command.run("settings", "set", "lantern", "door", "--file", "-", stdin="other\n") == (
        "lantern.door: ******** -> ********"
    )
    assert "sesame" not in command.run("settings", "list") + command.run("settings", "list", "--json")
    assert "Usage" in command.run("settings", "set", "lantern", "door", code=2)


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["list", "lanten"], "there is no enabled plugin 'lanten'; did you mean 'lantern'?"),
        (["set", "lantern", "oyl", "x"], "the plugin 'lantern' has no setting 'oyl'; did you mean 'oil'?"),
        (["set", "lantern", "wick", "x"], "lantern.wick has parts; name one of them, such as wick.width."),
        (["set", "lantern", "oil", "petrol"], "lantern.oil: invalid enum value 'petrol'."),
        (["set", "lantern", "wick.width", "wide"], "lantern.wick.width: expected int, got str."),
        (["set", "lantern", "consumes", "perhaps"], "lantern.consumes: expected bool, got str."),
        (["set", "lantern", "colours", "black"], "lantern.colours: black gives no light."),
        (["set", "lantern", "level", "3"], "lantern.level is set in {config} and can only be changed there."),
        (["unset", "lantern", "level"], "lantern.level is set in {config} and can only be changed there."),
        (["unset", "lantern", "oyl"], "the plugin 'lantern' has no setting 'oyl'; did you mean 'oil'?"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_every_mistake_is_one_sentence(command, words, sentence):
    assert command.run("settings", *words, code=1) == sentence.replace("{config}", str(command.config))


def test_a_store_that_does_not_exist_is_not_made(tmp_path):
    config = write_config(
        tmp_path,
        database={"url": f"sqlite:///{tmp_path}/none.db"},
        plugins={"enabled": ["tests.fixtures.lantern"]},
    )

    result = CliRunner().invoke(cli, ["--config", str(config), "settings", "list"], prog_name="frontdesk")

    assert result.exit_code == 1
    assert "there is no datastore" in result.stderr
    assert not (tmp_path / "none.db").exists()


def test_other_commands_know_the_settings_and_say_what_is_wrong_with_them(command):
    command.run("settings", "set", "lantern", "oil", "whale")
    assert command.run("check").startswith(f"{command.config}: good")
    events.database.execute_sql("UPDATE setting SET value = '\"petrol\"'")

    said = command.run("check", code=1)
    assert said.startswith("a setting in the datastore cannot be used: lantern.oil: invalid enum value 'petrol'")
    # What is wrong can be seen, and taken out.
    assert "petrol" in command.run("settings", "list")
    command.run("settings", "unset", "lantern", "oil")
    command.run("check")
