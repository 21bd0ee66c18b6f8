"""``docs/plugins/tutorial.md``, step by step: its files are written, and the plugin's own checks pass at the end."""

import re

import pytest

from core.cli.new_plugin import write_plugin
from tests import ROOT
from tests.platform.test_new_plugin import run_in

TUTORIAL = (ROOT / "docs" / "plugins" / "tutorial.md").read_text()


@pytest.mark.slow
def test_what_the_tutorial_writes_passes_its_tests(tmp_path):
    folder = tmp_path / "my_api"
    write_plugin("my_api", folder)
    steps = 0
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```$", TUTORIAL, re.MULTILINE | re.DOTALL):
        if language == "python":
            name, _, content = text.partition("\n")
            (folder / name.removeprefix("# ")).write_text(content)
            steps += 1
        elif language == "diff":
            name, _, content = text.partition("\n")
            target = folder / name.removeprefix("--- ")
            old, new = (
                "".join(f"{line[1:]}\n" for line in content.splitlines() if line.startswith(sign)) for sign in "-+"
            )
            assert target.read_text().count(old) == 1, old
            target.write_text(target.read_text().replace(old, new))
            steps += 1
    assert steps >= 10

    for command in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy", "--follow-imports=silent", "my_api"),
        ("pytest", "-q", "-m", "not frontdesk_server", "-o", "frontdesk_databases=sqlite"),
    ):
        outcome = run_in(folder, *command)
        assert outcome.returncode == 0, outcome.stdout[-4000:] + outcome.stderr
