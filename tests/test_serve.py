"""The real server: processes, signals, retries and what survives them."""

import json
import os
import signal
import subprocess
import threading
import time
from contextlib import suppress

import psutil
import pytest
import requests

from frontdesk.testing.servers import command, environment, free_port, serving, write_config
from frontdesk.testing.stores import KINDS, postgres_url
from tests.core.conftest import HARBOUR

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path):
    return write_config(
        tmp_path,
        server={"admin_bind": "public"},
        database={"url": f"sqlite:///{tmp_path}/s.db"},
        plugins={"enabled": [HARBOUR]},
    )


def make_key(config) -> str:
    done = subprocess.run(
        command("--config", str(config), "keys", "create", "harbour", "--json"),
        env=environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    return json.loads(done.stdout)["harbour_key"]


def children(master: int) -> list[int]:
    return sorted(child.pid for child in psutil.Process(master).children())


def log_lines(config) -> list[dict]:
    return [json.loads(line) for line in (config.parent / "server.log").read_text().splitlines() if line[:1] == "{"]


def test_several_workers_serve_log_and_count_together(config, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    (tmp_path / "home").mkdir()
    with serving(config) as (host, port, process):
        base = f"http://{host}:{port}"
        for _ in range(20):
            assert requests.get(f"{base}/healthz", headers={"Connection": "close"}, timeout=5).json() == {"alive": True}
        page = requests.get(f"{base}/metrics", timeout=5).text
        counted = [line for line in page.splitlines() if line.startswith("frontdesk_requests_total") and "200" in line]
        # The probe that waits for the server counts as well.
        assert sum(float(line.split()[-1]) for line in counted) >= 20
        assert requests.get(f"{base}/readyz", timeout=5).json()["ready"] is True
        # Two workers, and the process for work beside the requests.
        ends = time.monotonic() + 10
        while len(children(process.pid)) < 3 and time.monotonic() < ends:
            time.sleep(0.1)
        assert len(children(process.pid)) == 3
    assert process.returncode == 0
    lines = [line for line in log_lines(config) if line["event"] == "request"]
    assert {line["template"] for line in lines} == {"/healthz", "/metrics", "/readyz"}
    assert list((tmp_path / "home").rglob("*")) == []


def answers_around_the_stop(address, process, key, *, within):
    """The statuses that three callers get, one request after the other, while the server is told to stop."""
    host, port = address
    statuses = []

    def ask() -> None:
        with requests.Session() as session:
            session.headers["X-Harbour-Key"] = key
            while process.poll() is None:
                try:
                    reply = session.post(f"http://{host}:{port}/harbour/v1/notes", json={"text": "x"}, timeout=5)
                except requests.ConnectionError:
                    return
                statuses.append(reply.status_code)

    callers = [threading.Thread(target=ask) for _ in range(3)]
    for caller in callers:
        caller.start()
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(within) == 0
    for caller in callers:
        caller.join()
    return statuses


def test_a_request_under_way_is_finished_when_the_server_is_told_to_stop(config):
    key = make_key(config)
    with serving(config) as (host, port, process):
        statuses = answers_around_the_stop((host, port), process, key, within=15)
    assert len(statuses) > 10
    assert set(statuses) == {201}


def test_a_killed_worker_is_replaced_and_nobody_else_notices(config):
    with serving(config) as (host, port, process):
        before = children(process.pid)
        os.kill(before[0], signal.SIGKILL)
        for _ in range(30):
            assert requests.get(f"http://{host}:{port}/healthz", headers={"Connection": "close"}, timeout=5).ok
        ends = time.monotonic() + 10
        while len(set(children(process.pid)) - {before[0]}) < 3 and time.monotonic() < ends:
            time.sleep(0.1)
        assert len(children(process.pid)) == 3


def test_a_worker_that_ends_by_itself_takes_nothing_from_the_others(config):
    with serving(config) as (host, port, process):
        before = children(process.pid)
        # The one started first is the background process or a worker; both may end.
        for child in before:
            os.kill(child, signal.SIGTERM)
            time.sleep(0.5)
        ends = time.monotonic() + 10
        while len(set(children(process.pid)) - set(before)) < len(before) and time.monotonic() < ends:
            time.sleep(0.1)
        assert process.poll() is None
        assert requests.get(f"http://{host}:{port}/healthz", timeout=5).ok
        assert "frontdesk_requests_total" in requests.get(f"http://{host}:{port}/metrics", timeout=5).text


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_acknowledged_survives_the_whole_server_and_a_retry_gets_identical_bytes(tmp_path, kind):
    url = f"sqlite:///{tmp_path}/s.db" if kind == "sqlite" else postgres_url("frontdesk_kill")
    config = write_config(tmp_path, database={"url": url}, plugins={"enabled": [HARBOUR]})
    subprocess.run(command("--config", str(config), "migrate"), env=environment(), check=True, capture_output=True)
    key, port = make_key(config), free_port()

    def post(number: int) -> requests.Response:
        return requests.post(
            f"http://127.0.0.1:{port}/harbour/v1/notes",
            json={"text": f"note {number}"},
            headers={"X-Harbour-Key": key, "Idempotency-Key": f"k{number}"},
            timeout=5,
        )

    with serving(config, port=port) as (_, _, process):
        first = [post(number) for number in range(20)]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    with serving(config, port=port):
        again = [post(number) for number in range(20)]
        held = requests.get(
            f"http://127.0.0.1:{port}/harbour/v1/notes", headers={"X-Harbour-Key": key}, timeout=5
        ).json()["notes"]

    assert [reply.content for reply in again] == [reply.content for reply in first]
    assert {(reply.status_code, reply.headers.get("Idempotent-Replayed")) for reply in again} == {(201, "true")}
    assert held == [f"note {number}" for number in range(20)]


@pytest.mark.parametrize("kind", KINDS)
def test_one_key_from_many_callers_at_once_is_done_once(tmp_path, kind):
    url = f"sqlite:///{tmp_path}/s.db" if kind == "sqlite" else postgres_url("frontdesk_once")
    config = write_config(tmp_path, database={"url": url}, plugins={"enabled": [HARBOUR]})
    subprocess.run(command("--config", str(config), "migrate"), env=environment(), check=True, capture_output=True)
    key = make_key(config)
    with serving(config) as (host, port, _):
        replies: list[requests.Response] = []

        def post(number: int) -> None:
            for attempt in range(10):
                replies.append(
                    requests.post(
                        f"http://{host}:{port}/harbour/v1/notes",
                        json={"text": f"note {attempt}"},
                        headers={"X-Harbour-Key": key, "Idempotency-Key": f"k{attempt}"},
                        timeout=10,
                    )
                )

        callers = [threading.Thread(target=post, args=(number,)) for number in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        held = requests.get(f"http://{host}:{port}/harbour/v1/notes", headers={"X-Harbour-Key": key}, timeout=5).json()

    assert sorted(held["notes"]) == sorted(f"note {number}" for number in range(10))
    assert {reply.status_code for reply in replies} <= {201, 409}
    assert len({reply.content for reply in replies if reply.status_code == 201}) == 10


def test_the_demo_prints_one_line_and_serves_what_it_says(config):
    port = free_port()
    process = subprocess.Popen(
        command("--config", str(config), "demo", "--bind", f"127.0.0.1:{port}", "--json"),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        facts = json.loads(process.stdout.readline())
        assert set(facts) == {"url", "services", "dialects", "console"}
        assert facts["url"] == f"http://127.0.0.1:{port}"
        ends = time.monotonic() + 15
        booked = None
        while booked is None and time.monotonic() < ends:
            done = subprocess.run(["sh", "-c", facts["dialects"]["harbour"]["curl"]], capture_output=True, text=True)
            booked = json.loads(done.stdout) if done.returncode == 0 else time.sleep(0.1)
        assert booked == {"id": 2, "text": "ahoy"}
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


def test_a_pending_migration_stops_the_server_with_one_sentence(tmp_path):
    bare = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"})
    subprocess.run(command("--config", str(bare), "migrate"), env=environment(), check=True, capture_output=True)
    config = write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"}, plugins={"enabled": [HARBOUR]})

    done = subprocess.run(
        command("--config", str(config), "serve", "--bind", f"127.0.0.1:{free_port()}"),
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert done.stderr == "frontdesk: the datastore waits for harbour/0001_init; run: frontdesk migrate\n"


def test_operators_have_an_address_of_their_own(tmp_path):
    admin = free_port()
    config = write_config(
        tmp_path,
        server={"admin_bind": f"127.0.0.1:{admin}"},
        database={"url": f"sqlite:///{tmp_path}/s.db"},
        plugins={"enabled": [HARBOUR]},
    )
    with serving(config) as (host, port, process):
        private, public = f"http://127.0.0.1:{admin}", f"http://{host}:{port}"
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            with suppress(requests.ConnectionError):
                requests.get(f"{private}/healthz", timeout=5)
                break
            time.sleep(0.1)
        assert requests.get(f"{public}/metrics", timeout=5).status_code == 404
        assert requests.get(f"{public}/readyz", timeout=5).json() == {"ready": True}
        details = requests.get(f"{private}/readyz", timeout=5).json()
        assert (details["ready"], details["checks"]["harbour.quay"]) == (True, "ok")
        # A worker that is killed is replaced, and that is counted. The youngest child is the one that answers here.
        os.kill(children(process.pid)[0], signal.SIGKILL)
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            page = requests.get(f"{private}/metrics", timeout=5).text
            if "frontdesk_workers_restarted_total 1.0" in page:
                break
            time.sleep(0.2)
        assert "frontdesk_workers_restarted_total 1.0" in page
        assert 'frontdesk_requests_total{dialect="none",method="GET",status="200"}' in page
        # What is asked anew is there once, however often the page was made.
        for metric in ("frontdesk_build_info", "frontdesk_plugin_info", 'frontdesk_event_backlog{name="harbour.log"}'):
            assert sum(line.startswith(metric) for line in page.splitlines()) == 1
