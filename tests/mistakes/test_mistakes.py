"""Every wrong plugin gets its one sentence, from the real command, and never a traceback."""

import json
import sys

import pytest
from click.testing import CliRunner

from core.cli import cli
from frontdesk.testing.servers import write_config
from tests.mistakes.cases import MISTAKES, Mistake


@pytest.fixture
def run(tmp_path):
    """Run a command with a mistake's plugins; returns click's result and what stands for the names in braces."""
    modules, path = set(sys.modules), list(sys.path)
    folder = tmp_path / "my_plugins"

    def command(mistake: Mistake):
        for name, text in mistake.files.items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        config = write_config(
            tmp_path,
            database={"url": f"sqlite:///{tmp_path}/m.db", "durability": "normal"},
            plugins={
                "path": "./my_plugins",
                "enabled": list(mistake.enabled),
                **({"sms": mistake.settings} if mistake.settings else {}),
            },
        )
        result = CliRunner().invoke(cli, ["--config", str(config), *mistake.command], prog_name="frontdesk")
        return result, {"{folder}": str(folder), "{config}": str(config), "{json}": json.__file__}

    yield command
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


def test_there_are_enough_of_them():
    assert len(MISTAKES) >= 40


@pytest.mark.parametrize("mistake", MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_plugin_gets_its_one_sentence(run, mistake, tmp_path):
    result, names = run(mistake)

    sentence = mistake.sentence
    for name, value in names.items():
        sentence = sentence.replace(name, value)
    assert "Traceback" not in result.output
    if mistake.warns:
        assert result.exit_code == 0, result.output
        assert f"warning: {sentence}\n" in result.stdout
        return
    assert (result.stderr, result.stdout) == (f"frontdesk: {sentence}\n", "")
    assert result.exit_code == 1
    assert isinstance(result.exception, SystemExit)
