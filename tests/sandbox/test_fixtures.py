"""The fixtures of the pytest plugin, in a run of their own."""

import os
import subprocess
import sys

import pytest

from tests import ROOT

pytestmark = pytest.mark.slow


def run(folder, text: str, *words: str) -> str:
    (folder / "test_it.py").write_text(text)
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(ROOT)}
    plugins = ["-p", "pytest_frontdesk", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
    line = [sys.executable, "-m", "pytest", "-q", "--rootdir", str(folder), "-c", os.devnull, *plugins, *words]
    done = subprocess.run([*line, str(folder)], cwd=folder, env=env, capture_output=True, text=True, timeout=170)
    return done.stdout + done.stderr


SHARED = """
import pytest

@pytest.fixture(scope="session")
def frontdesk_options():
    return {"dialects": ["wc_bookings"], "now": "2026-03-02T10:00:00Z"}
"""


def test_each_test_begins_anew_on_one_server(tmp_path):
    text = SHARED + (
        "pids = set()\n"
        "@pytest.mark.parametrize('number', range(4))\n"
        "def test_anew(frontdesk, frontdesk_server, number):\n"
        "    assert frontdesk is frontdesk_server\n"
        "    pids.add(frontdesk.url)\n"
        "    assert len(pids) == 1\n"
        "    assert frontdesk.journal.count() == 0 and frontdesk.faults() == []\n"
        "    assert frontdesk.clock.now.hour == 10\n"
        "    frontdesk.fail('cut'); frontdesk.clock.advance('1h'); frontdesk.load('wc_bookings', {'categories': []})\n"
    )
    assert "4 passed" in run(tmp_path, text)


def test_workers_of_xdist_have_a_server_each(tmp_path):
    """Tests that disturb each other on one server pass side by side."""
    text = SHARED + (
        "import time, pathlib, requests\n"
        "@pytest.mark.parametrize('number', range(8))\n"
        "def test_alone(frontdesk, number, worker_id):\n"
        "    pathlib.Path(__file__).with_name(worker_id).write_text(frontdesk.url)\n"
        "    for call in range(5):\n"
        "        requests.get(frontdesk.url + '/wp-json/wc-bookings/v1/products/slots', timeout=5)\n"
        "        time.sleep(0.02)\n"
        "        assert frontdesk.journal.count() == call + 1\n"
    )
    assert "8 passed" in run(tmp_path, text, "-n", "2")
    urls = {(tmp_path / name).read_text() for name in ("gw0", "gw1")}
    assert len(urls) == 2


def test_a_server_that_cannot_start_is_one_sentence(tmp_path):
    text = SHARED.replace("wc_bookings", "wc_booking") + "def test_it(frontdesk): pass\n"
    assert "did you mean 'wc_bookings'?" in run(tmp_path, text)


def test_the_sandbox_in_the_process_is_reset_too(tmp_path):
    text = SHARED + (
        "@pytest.mark.parametrize('number', range(3))\n"
        "def test_anew(frontdesk_in_process, number):\n"
        "    sandbox = frontdesk_in_process\n"
        "    settings = sandbox.settings('wc_bookings')\n"
        "    sandbox.app.authorization = ('Basic', (settings.key, settings.secret))\n"
        "    path = '/wp-json/wc-bookings/v1/bookings'\n"
        "    assert sandbox.app.get(path).json == []\n"
        "    body = {'product_id': 1101, 'start': 1773223200, 'end': 1773226800, 'status': 'paid'}\n"
        "    assert sandbox.app.post_json(path, body).status_int == 201\n"
    )
    assert "3 passed" in run(tmp_path, text)


def test_nothing_is_imported_by_a_run_that_uses_no_fixture(tmp_path):
    text = "import sys\ndef test_it():\n    assert not [n for n in sys.modules if n.split('.')[0] in ('core', 'frontdesk')]\n"
    assert "1 passed" in run(tmp_path, text)


def test_the_client_of_the_control_api_needs_the_standard_library_alone():
    text = "import frontdesk_sandbox, sys; print([n for n in sys.modules if n.split('.')[0] in ('core', 'frontdesk', 'falcon')])"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["Sandbox", "Clock", "Journal", "Webhooks", "Fault", "ClientSettings"])
def test_what_the_fixtures_give_is_exported_with_types(name):
    import frontdesk_sandbox

    assert getattr(frontdesk_sandbox, name).__doc__
    assert (ROOT / "frontdesk_sandbox" / "py.typed").exists()
