"""``examples/cal_v2``: a dialect of another vendor's style, as somebody would write it who has the documents alone."""

import os
import subprocess
import sys

import pytest

from tests import ROOT
from tests.examples.conftest import EXAMPLES, install
from tests.test_architecture import imports

pytestmark = pytest.mark.slow

FOLDER = EXAMPLES / "cal_v2"
SOURCES = sorted((FOLDER / "cal_v2").glob("*.py"))


def test_it_is_under_four_hundred_lines_and_imports_nothing_private():
    assert sum(len(path.read_text().splitlines()) for path in SOURCES) < 400
    private = [name for path in SOURCES for name in imports(path) if name.split(".")[0] in ("core", "plugins")]
    assert private == []


def run_its_tests(tmp_path, *words):
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([*install("cal_v2", tmp_path), str(ROOT)])}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    return subprocess.run(command, cwd=FOLDER, env=environ, capture_output=True, text=True, timeout=170)


def test_it_passes_its_tests_and_the_conformance_suite(tmp_path):
    outcome = run_its_tests(tmp_path, "-m", "not frontdesk_server")
    assert outcome.returncode == 0, outcome.stdout[-4000:]
    assert " passed" in outcome.stdout


def test_it_sells_the_last_place_once_behind_a_real_server(tmp_path):
    outcome = run_its_tests(tmp_path, "-m", "frontdesk_server")
    assert outcome.returncode == 0, outcome.stdout[-4000:]
    assert "2 passed" in outcome.stdout


def test_examples_are_installed_by_pip(tmp_path):
    """As a plugin author's users do: beside frontdesk, from the folders, found by their entry points."""
    target = tmp_path / "site"
    packages = [str(EXAMPLES / name) for name in ("cal_v2", "surcharge")]
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target", str(target), *packages]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=170)
    if outcome.returncode and "setuptools" in outcome.stderr:
        pytest.skip("the registry that has the build tools cannot be reached")
    assert outcome.returncode == 0, outcome.stderr
    config = tmp_path / "config.toml"
    config.write_text('[plugins]\nenabled = ["bookablesites", "cal_v2", "surcharge"]\n')
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(target), str(ROOT)])}
    command = [sys.executable, "-c", "from core.cli import main; main()", "--config", str(config), "check"]
    outcome = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 0, outcome.stderr
    assert "plugins: bookablesites, cal_v2, surcharge" in outcome.stdout
