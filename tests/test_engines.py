"""Other servers than the default one: granian as an engine, and the application for any WSGI server."""

import json
import signal
import subprocess
import sys
import time

import psutil
import pytest
import requests

from frontdesk.testing.servers import command, environment, free_port, serving, wait_until_up, write_config
from tests.core.conftest import HARBOUR
from tests.test_serve import answers_around_the_stop, children, log_lines, make_key

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path):
    return write_config(
        tmp_path,
        database={"url": f"sqlite:///{tmp_path}/s.db"},
        server={"engine": "granian", "max_body": 1000, "admin_bind": "public"},
        plugins={"enabled": [HARBOUR]},
    )


def test_granian_serves_counts_and_works_beside_the_requests(config):
    pytest.importorskip("granian")
    key = make_key(config)
    with serving(config) as (host, port, process):
        base = f"http://{host}:{port}"
        headers = {"X-Harbour-Key": key}
        post = requests.post(f"{base}/harbour/v1/notes", json={"text": "ahoy"}, headers=headers, timeout=5)
        assert post.status_code == 201
        assert requests.get(f"{base}/harbour/v1/notes", headers=headers, timeout=5).json()["notes"] == ["ahoy"]
        assert (
            requests.post(f"{base}/harbour/v1/notes", data=b"x" * 2000, headers=headers, timeout=5).status_code == 413
        )
        chunks = (b"x" * 500 for _ in range(4))
        assert requests.post(f"{base}/harbour/v1/notes", data=chunks, headers=headers, timeout=5).status_code == 413
        assert requests.get(f"{base}/readyz", timeout=5).json()["ready"] is True
        assert "frontdesk_requests_total" in requests.get(f"{base}/metrics", timeout=5).text
        ends = time.monotonic() + 10
        while len(children(process.pid)) < 3 and time.monotonic() < ends:
            time.sleep(0.1)
        assert len(children(process.pid)) == 3
        process.send_signal(signal.SIGTERM)
        assert process.wait(25) == 0
    assert [line["engine"] for line in log_lines(config) if line["event"] == "serving"] == ["granian"]


def test_granian_serves_what_the_environment_and_the_command_line_say(tmp_path):
    pytest.importorskip("granian")
    port, log = free_port(), tmp_path / "server.log"
    told = {"FRONTDESK__SERVER__ENGINE": "granian", "FRONTDESK__SITE__NAME": "Elsewhere"}
    (tmp_path / "url").write_text("http://elsewhere.example")
    with log.open("ab") as output:
        process = subprocess.Popen(
            command("serve", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--quiet"),
            cwd=tmp_path,
            env={**environment(), **told, "FRONTDESK__SITE__URL_FILE": str(tmp_path / "url")},
            stdout=output,
            stderr=output,
        )
    try:
        wait_until_up(port, process, str(log))
        assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).json()["name"] == "Elsewhere"
    finally:
        process.terminate()
        process.wait(25)
    assert "frontdesk.access" not in log.read_text()


def test_granian_finishes_a_request_under_way(config):
    pytest.importorskip("granian")
    key = make_key(config)
    with serving(config) as (host, port, process):
        statuses = answers_around_the_stop((host, port), process, key, within=25)
    assert set(statuses) == {201}


def test_an_engine_that_is_not_installed_is_named_with_its_command(config):
    script = (
        "import sys; sys.modules['granian'] = None\n"
        f"sys.argv = ['frontdesk', '--config', {str(config)!r}, 'serve', '--bind', '127.0.0.1:{free_port()}']\n"
        "from core.cli import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", script], env=environment(), capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == (
        "frontdesk: server.engine: granian is not installed; run: pip install 'frontdesk[granian]'"
    )


#: Servers that happen to be installed, each with what it is told.
SERVERS = {
    "gunicorn": ["gunicorn", "core.wsgi:app", "--bind", "127.0.0.1:{port}", "--preload", "--no-control-socket"],
    "waitress": ["waitress", "--listen=127.0.0.1:{port}", "core.wsgi:app"],
}


@pytest.mark.parametrize("name", ["waitress", "gunicorn"])
def test_any_wsgi_server_can_serve_the_application(tmp_path, name):
    pytest.importorskip(name)
    config = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"}, plugins={"enabled": [HARBOUR]})
    key, port = make_key(config), free_port()
    log = (tmp_path / "server.log").open("ab")
    process = subprocess.Popen(
        [sys.executable, "-m", *(word.format(port=port) for word in SERVERS[name])],
        env={**environment(), "FRONTDESK_CONFIG": str(config)},
        cwd=tmp_path,
        stdout=log,
        stderr=log,
    )
    try:
        wait_until_up(port, process, log.name)
        reply = requests.post(
            f"http://127.0.0.1:{port}/harbour/v1/notes",
            json={"text": "ahoy"},
            headers={"X-Harbour-Key": key},
            timeout=5,
        )
        assert (reply.status_code, json.loads(reply.content)["text"]) == (201, "ahoy")
    finally:
        process.terminate()
        process.wait(20)
        log.close()


def test_the_work_beside_the_requests_has_a_command_of_its_own(tmp_path):
    config = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"}, plugins={"enabled": [HARBOUR]})
    make_key(config)
    process = subprocess.Popen(command("--config", str(config), "background"), env=environment())
    ends = time.monotonic() + 30
    # Its workers' threads are there once it listens to signals.
    while psutil.Process(process.pid).num_threads() < 2 and time.monotonic() < ends:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.wait(15) == 0
