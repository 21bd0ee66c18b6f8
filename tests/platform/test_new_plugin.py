"""``frontdesk new-plugin``: what it refuses, and that what it writes is a plugin that passes its own checks."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from core.cli import cli
from core.cli.new_plugin import write_plugin

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def new_plugin(*words: str):
    return CliRunner().invoke(cli, ["new-plugin", *words], prog_name="frontdesk")


def run_in(folder: Path, *command: str) -> subprocess.CompletedProcess:
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "MYPYPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=folder, env=environ, capture_output=True, text=True, timeout=300
    )


@pytest.mark.parametrize(
    "name",
    ["My_Api", "my-api", "1st", "a__b", "_a", "a_", "class", "a" * 41, "", "../up", "frontdesk", "core", "tests"],
)
def test_a_name_that_no_package_can_have_is_refused(tmp_path, name):
    outcome = new_plugin(name, "--into", str(tmp_path))
    assert outcome.exit_code == 1
    assert outcome.output.startswith("frontdesk: ")
    assert outcome.output.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "my_api").mkdir()
    outcome = new_plugin("my_api", "--into", str(tmp_path))
    assert (outcome.exit_code, outcome.output) == (1, f"frontdesk: {tmp_path / 'my_api'} exists already.\n")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    outcome = new_plugin("my_api", "--into", str(tmp_path / "file" / "below"))
    assert outcome.exit_code != 0
    assert "Traceback" not in outcome.output


def test_the_files_are_listed_and_nothing_of_the_template_s_name_stays(tmp_path):
    outcome = new_plugin("harbour_desk", "--into", str(tmp_path), "--json")
    listed = json.loads(outcome.output)["files"]
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(listed) == sorted(str(path.relative_to(tmp_path / "harbour_desk")) for path in written)
    assert {".gitignore", ".github/workflows/tests.yml", "harbour_desk/__init__.py"} <= set(listed)
    assert [
        path for path in written if "sample" in f"{path}{path.read_text()}".lower().replace("sample_slot", "")
    ] == []


@pytest.mark.parametrize(
    "tool", [("ruff", "check", "."), ("ruff", "format", "--check", "."), ("mypy", "--follow-imports=silent", "my_api")]
)
def test_what_is_written_is_clean(tmp_path, tool):
    write_plugin("my_api", tmp_path / "my_api")
    outcome = run_in(tmp_path / "my_api", *tool)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def test_what_is_written_imports_nothing_private(tmp_path):
    write_plugin("my_api", tmp_path / "my_api")
    texts = [path.read_text() for path in (tmp_path / "my_api").rglob("*.py")]
    assert [text for text in texts if "from core" in text or "import core" in text or "from plugins" in text] == []


def test_its_own_tests_pass_at_once(tmp_path):
    write_plugin("my_api", tmp_path / "my_api")
    outcome = run_in(tmp_path / "my_api", "pytest", "-q", "-m", "not frontdesk_server")
    assert outcome.returncode == 0, outcome.stdout[-4000:]
