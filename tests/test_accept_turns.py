"""Connections fall evenly on the workers, and no worker keeps another one's clients waiting. Real processes."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
import pytest

from core.accept_turns import AcceptTurns, ConnectionCounts
from frontdesk.testing.servers import environment, wait_for, write_config
from tests.test_leadership import body, connect, get, process_children, serving_sleepers
from tests.test_slow_clients import read_reply

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving_sleepers(tmp_path_factory.mktemp("turns"), workers=2) as (address, process):
        wait_for(lambda: len(shares(address, 8)) == 2)
        yield address, process


def worker_of(client: socket.socket) -> int:
    client.sendall(get("/worker"))
    return int(body(read_reply(client)))


def shares(address, count: int, *, at_once: bool = False) -> Counter[int]:
    """How many of so many kept connections each worker has."""
    with ExitStack() as stack:
        if at_once:
            clients = [stack.enter_context(closing(connect(address))) for _ in range(count)]
            return Counter(worker_of(client) for client in clients)
        found: Counter[int] = Counter()
        for _ in range(count):
            client = stack.enter_context(closing(connect(address)))
            found[worker_of(client)] += 1
        return found


def thread_states(pid: int) -> set[str]:
    """The states of a process's threads, as the kernel names them; a stopped one is ``T``."""
    files = [f"/proc/{pid}/task/{thread}/stat" for thread in os.listdir(f"/proc/{pid}/task")]
    return {Path(file).read_text().rpartition(") ")[2][0] for file in files}


def spread(found: Counter[int]) -> int:
    """The difference between the worker with most connections and the one with fewest."""
    return max(found.values()) - min(found.values()) if len(found) == 2 else sum(found.values())


@pytest.mark.parametrize("count", [8, 64])
@pytest.mark.parametrize("at_once", [False, True], ids=["one by one", "at once"])
def test_kept_connections_are_spread_evenly(server, count, at_once):
    address, _ = server
    spreads = []
    for _ in range(5):
        spreads.append(spread(shares(address, count, at_once=at_once)))
        # Both workers have to see that the clients have gone.
        time.sleep(0.1)
    # Only a worker that did not get a processor in time has fewer.
    assert sorted(spreads)[2] <= count // 8, spreads


def test_a_stopped_worker_keeps_nobody_waiting_and_gets_its_share_later(server):
    address, _ = server
    stopped = max(shares(address, 8))
    time.sleep(0.1)
    os.kill(stopped, signal.SIGSTOP)
    wait_for(lambda: thread_states(stopped) == {"T"})
    try:
        started = time.monotonic()
        found = shares(address, 40, at_once=True)
        assert time.monotonic() - started < 1.0
        assert stopped not in found
        time.sleep(0.1)
        started = time.monotonic()
        assert stopped not in shares(address, 10)
        assert time.monotonic() - started < 1.0
    finally:
        os.kill(stopped, signal.SIGCONT)

    def is_shared_evenly() -> bool:
        time.sleep(0.1)
        return spread(shares(address, 16)) <= 2

    wait_for(is_shared_evenly, 10)


def test_a_killed_worker_holds_nothing_and_the_next_one_gets_its_share(tmp_path):
    with serving_sleepers(tmp_path, workers=2) as (address, _), ExitStack() as stack:
        wait_for(lambda: len(shares(address, 8)) == 2)
        time.sleep(0.1)
        kept = [stack.enter_context(closing(connect(address))) for _ in range(8)]
        workers = [worker_of(client) for client in kept]
        killed = workers[0]
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: len(set(shares(address, 8)) - {killed}) == 2)
        time.sleep(0.1)
        # The one that has lived on holds its connections still, so that the new one gets as many more.
        found = shares(address, 16)
        (new,) = set(found) - set(workers)
        assert found[new] - (16 - found[new]) == pytest.approx(workers.count(max(found, key=lambda p: p != new)), abs=2)
        assert killed not in found


def test_after_a_reload_the_new_workers_share_everything(tmp_path):
    with serving_sleepers(tmp_path, workers=2) as (address, process):
        wait_for(lambda: len(shares(address, 8)) == 2)
        old = [child.pid for child in process_children(process)]
        with ExitStack() as stack:
            for _ in range(6):
                worker_of(stack.enter_context(closing(connect(address))))
            process.send_signal(signal.SIGHUP)
            wait_for(lambda: not any(psutil.pid_exists(pid) for pid in old))
        found = shares(address, 16)
        assert not set(found) & set(old)
        assert spread(found) <= 2


def test_on_a_unix_socket_too(tmp_path):
    config = write_config(tmp_path, server={"access_log": False})
    path = tmp_path / "s.sock"
    with (tmp_path / "server.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.fixtures.sleepers", str(config), f"unix:{path}", "2"],
            env=environment(),
            stdout=log,
            stderr=log,
        )
        try:
            wait_for(path.exists)
            wait_for(lambda: spread(unix_shares(path, 8)) <= 1)
        finally:
            process.terminate()
            assert process.wait(10) == 0


def unix_shares(path, count: int) -> Counter[int]:
    found: Counter[int] = Counter()
    with ExitStack() as stack:
        for _ in range(count):
            client = stack.enter_context(closing(socket.socket(socket.AF_UNIX)))
            client.settimeout(10)
            client.connect(str(path))
            found[worker_of(client)] += 1
    time.sleep(0.1)
    return found


def test_short_connections_are_not_slowed_down(server):
    address, _ = server
    waits = []
    for _ in range(100):
        started = time.monotonic()
        with closing(connect(address)) as client:
            worker_of(client)
        waits.append(time.monotonic() - started)
    assert sorted(waits)[50] < 0.004


def test_a_slot_is_empty_once_its_worker_is_gone():
    counts = ConnectionCounts()
    first, second = AcceptTurns(counts, counts.free_slot(())), AcceptTurns(counts, counts.free_slot({0}))
    first.tell(3)
    second.tell(1)
    assert second.pause(1) == 0
    assert first.pause(3) > 0
    counts.keep_only({first.slot})
    assert first.pause(3) == 0
    counts.keep_only({first.slot, second.slot})
    second.tell(1)
    second.end()
    second.tell(0)
    assert first.pause(3) == 0


def test_more_is_taken_after_each_pause_in_vain():
    counts = ConnectionCounts()
    worker, other = AcceptTurns(counts, 0), AcceptTurns(counts, 1)
    other.tell(0)
    taken = []
    for _ in range(4):
        pause = worker.pause(5)
        assert pause > 0
        time.sleep(pause)
        taken.append(0)
        while taken[-1] < 2 ** (len(taken) - 1):
            assert worker.pause(5) == 0
            taken[-1] += 1
    assert taken == [1, 2, 4, 8]
    assert worker.pause(5) > 0
    time.sleep(0.05)
    # A new occasion: patience is back.
    assert worker.pause(5) > 0
    assert worker.pause(0) == 0


def test_without_others_nothing_is_left_to_them():
    assert AcceptTurns().pause(100) == 0
    counts = ConnectionCounts()
    assert AcceptTurns(counts, None).pause(100) == 0
    assert counts.free_slot(range(128)) is None
