"""``examples/client_tests``: an integrator's client and its tests, in Python, Node and PHP."""

import os
import shutil
import subprocess
import sys

import pytest

from tests import ROOT
from tests.examples.conftest import EXAMPLES
from tests.test_architecture import imports

pytestmark = pytest.mark.slow

FOLDER = EXAMPLES / "client_tests"
COMMAND = f"{sys.executable} -m core.cli"


def environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(FOLDER), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path, "FRONTDESK": COMMAND, **more}


def run_its_tests(*words: str) -> subprocess.CompletedProcess[str]:
    # Only the plugins that its own requirements bring.
    plugins = ["-p", "pytest_frontdesk", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *words]
    env = environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1")
    return subprocess.run(command, cwd=FOLDER, env=env, capture_output=True, text=True, timeout=170)


def test_the_client_knows_nothing_of_a_sandbox():
    names = [name for path in (FOLDER / "booking_client").glob("*.py") for name in imports(path)]
    assert not [name for name in names if name.split(".")[0] in ("frontdesk", "frontdesk_sandbox", "core", "plugins")]


@pytest.mark.parametrize("words", [(), ("-n", "2")], ids=["one process", "xdist"])
def test_its_thirty_tests_pass(words):
    done = run_its_tests(*words)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert "30 passed" in done.stdout


def test_its_tests_pass_in_any_order():
    files = ["tests/test_wc_bookings.py", "tests/test_bookablesites.py", "tests/test_bookingpress.py"]
    done = run_its_tests(*files)
    assert "30 passed" in done.stdout, done.stdout[-4000:]


def test_a_failed_test_shows_what_was_called(tmp_path):
    file = tmp_path / "test_wrong.py"
    file.write_text(
        "import requests\n"
        "def test_wrong(frontdesk):\n"
        "    requests.get(frontdesk.url + '/wp-json/wc-bookings/v1/products/slots?product_idz=1', timeout=5)\n"
        "    frontdesk.journal.assert_called('POST', times=1)\n"
    )
    done = run_its_tests(str(file), "--rootdir", str(tmp_path), "-c", os.devnull)
    assert done.returncode == 1
    assert "called 0 times, not 1 times" in done.stdout
    assert "frontdesk journal" in done.stdout
    assert "did you mean 'product_ids'?" in done.stdout


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_tests_in_node_pass():
    done = subprocess.run(
        ["node", "--test", "client.test.js"],
        cwd=FOLDER / "node",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "pass 5" in done.stdout


@pytest.mark.skipif(shutil.which("phpunit") is None, reason="phpunit is not installed")
def test_the_tests_in_php_pass():
    done = subprocess.run(
        ["phpunit", "ClientTest.php"],
        cwd=FOLDER / "php",
        env=environment(),
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout[-4000:]
