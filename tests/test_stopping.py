"""Ends of the server: nothing that was sent is dropped, the port is free, no process stays. Real processes."""

import os
import signal
import socket
import threading
import time
from collections import Counter

import psutil
import pytest
import requests

from frontdesk.testing.servers import free_port, serving, wait_for, write_config
from tests.core.conftest import HARBOUR
from tests.test_serve import children, log_lines
from tests.test_slow_clients import REQUEST, read_reply

pytestmark = pytest.mark.slow


@pytest.fixture
def config(tmp_path):
    return write_config(tmp_path, database={"url": f"sqlite:///{tmp_path}/s.db"}, plugins={"enabled": [HARBOUR]})


class Callers:
    """Clients that ask all the time: half keep their connection, half open a new one each time.

    A request counts as lost when all of it was sent to a server that had accepted the connection, and no answer came.
    """

    def __init__(self, server: tuple[str, int], count: int = 8) -> None:
        self.server = server
        self.seen: Counter[str] = Counter()
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._run, args=(number % 2 == 0,)) for number in range(count)]

    def __enter__(self) -> "Callers":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _run(self, keeps: bool) -> None:
        client = None
        while not self.stop.is_set():
            try:
                client = client or socket.create_connection(self.server, timeout=10)
            except OSError:
                self.seen["refused"] += 1
                client = None
                self.stop.wait(0.02)
                continue
            try:
                client.sendall(REQUEST if keeps else REQUEST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
                reply = read_reply(client)
            except OSError:
                reply = b""
            self.seen["answered" if reply.startswith(b"HTTP/1.1 200") else "lost"] += 1
            if not keeps or not reply or b"connection: close" in reply.lower():
                client.close()
                client = None
        if client is not None:
            client.close()


def test_a_stop_drops_nothing_that_was_sent(config):
    with serving(config) as (host, port, process), Callers((host, port)) as callers:
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert callers.seen["answered"] > 50
    assert callers.seen["lost"] == 0


def test_a_reload_drops_nothing_and_takes_the_new_configuration(config):
    with serving(config) as (host, port, process):
        with Callers((host, port)) as callers:
            time.sleep(0.3)
            before = set(children(process.pid))
            config.write_text(config.read_text() + "[server]\nmax_body = 10\n")
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: not before & set(children(process.pid)), 20)
        assert (callers.seen["lost"], callers.seen["refused"]) == (0, 0)
        big = requests.post(f"http://{host}:{port}/harbour/v1/notes", data=b"x" * 20, timeout=5)
        assert big.status_code == 413
        assert [line for line in log_lines(config) if line["event"] == "configuration read again"]


def test_a_reload_of_a_broken_configuration_changes_nothing_and_says_so(config):
    with serving(config) as (host, port, process):
        config.write_text("[server]\nmax_bdy = 10\n")
        process.send_signal(signal.SIGHUP)
        reports = []

        def is_told() -> bool:
            reports[:] = [line for line in log_lines(config) if "old one stays" in line["event"]]
            return bool(reports)

        wait_for(is_told, 10)
        assert "max_bdy" in reports[0]["reason"]
        assert requests.get(f"http://{host}:{port}/healthz", timeout=5).ok


def test_without_its_master_a_server_frees_the_port_and_finishes_what_it_has(config):
    with serving(config) as (host, port, process), Callers((host, port)) as callers:
        workers = [psutil.Process(number) for number in children(process.pid)]
        half = socket.create_connection((host, port), timeout=10)
        half.sendall(REQUEST[:20])
        time.sleep(0.3)
        process.kill()
        process.wait()
        killed = time.monotonic()
        while time.monotonic() < killed + 10:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((host, port))
                    break
                except OSError:
                    time.sleep(0.02)
        assert time.monotonic() - killed < 1.5
        half.sendall(REQUEST[20:])
        assert b" 200 " in read_reply(half)
        half.close()
        _, alive = psutil.wait_procs(workers, 10)
        assert alive == []
    assert callers.seen["lost"] == 0


def interrupt(config, load: bool) -> None:
    """Ctrl-C in a terminal: the signal goes to every process of the group."""
    with serving(config, port=free_port()) as (host, port, process):
        everybody = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
        if load:
            with Callers((host, port), 4):
                time.sleep(0.2)
                os.killpg(process.pid, signal.SIGINT)
                process.wait(15)
        else:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(15)
        _, alive = psutil.wait_procs(everybody, 3)
        assert alive == []


@pytest.mark.parametrize("load", [True, False], ids=["busy", "idle"])
def test_ctrl_c_leaves_no_process_behind(config, load):
    begun = time.monotonic()
    interrupt(config, load)
    assert time.monotonic() - begun < 15


def test_ctrl_c_leaves_no_process_behind_however_often(config):
    for _ in range(8):
        interrupt(config, True)


def test_many_reloads_and_a_stop_drop_nothing(config):
    with serving(config) as (host, port, process), Callers((host, port)) as callers:
        for _ in range(5):
            process.send_signal(signal.SIGHUP)
            time.sleep(4)
        assert (callers.seen["lost"], callers.seen["refused"]) == (0, 0)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
    assert callers.seen["lost"] == 0
