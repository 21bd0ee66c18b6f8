"""The thread that reads a request answers it, and nobody waits for it. Real processes."""

import os
import signal
import socket
import sys
import threading
import time
from contextlib import ExitStack, closing, contextmanager
from random import Random

import psutil
import pytest

from frontdesk.testing.servers import free_port, running, wait_for, write_config
from tests.test_slow_clients import read_reply, worst_wait

pytestmark = pytest.mark.slow


@contextmanager
def serving_sleepers(folder, *, workers: int = 1, threads: int = 4, **server: object):
    """``tests.fixtures.sleepers`` in processes of its own; yields its address and the master process."""
    config = write_config(folder, server={"threads": threads, **server})
    port = free_port()
    words = [sys.executable, "-m", "tests.fixtures.sleepers", str(config), f"127.0.0.1:{port}", str(workers)]
    with running(words, folder, port) as process:
        yield ("127.0.0.1", port), process


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving_sleepers(tmp_path_factory.mktemp("sleepers")) as (address, process):
        yield address, process


def get(target: str, method: str = "GET") -> bytes:
    return f"{method} {target} HTTP/1.1\r\nHost: t\r\n\r\n".encode()


def connect(address) -> socket.socket:
    return socket.create_connection(address, timeout=20)


def body(reply: bytes) -> bytes:
    assert reply.startswith(b"HTTP/1.1 200"), reply[:200]
    return reply.partition(b"\r\n\r\n")[2]


@pytest.mark.parametrize("target", ["/sleep?seconds=2", "/spin?seconds=2"])
def test_a_long_answer_stops_nobody(server, target):
    address, _ = server
    with closing(connect(address)) as slow:
        slow.sendall(get(target))
        time.sleep(0.1)
        assert worst_wait(address, 1.0, path=b"/sleep") < 0.5
        assert worst_wait(address, 0.2) < 0.5
        assert body(read_reply(slow)) in (b"slept", b"spun")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_as_many_long_answers_at_once_as_there_are_threads(server, method):
    address, _ = server
    with ExitStack() as stack:
        started = time.monotonic()
        clients = [stack.enter_context(closing(connect(address))) for _ in range(8)]
        for client in clients:
            client.sendall(get("/sleep?seconds=1", method))
        time.sleep(0.2)
        # All threads are taken; the loop still runs.
        assert worst_wait(address, 0.5) < 0.5
        ends = []
        for client in clients:
            assert body(read_reply(client)) == b"slept"
            ends.append(time.monotonic() - started)
    # Four, and then the other four.
    assert 0.9 < ends[0] < 1.6
    assert 1.9 < ends[-1] < 2.9


def test_with_one_thread_probes_and_others_still_get_their_turn(tmp_path):
    with serving_sleepers(tmp_path, threads=1) as (address, _), ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(address))) for _ in range(3)]
        for client in clients:
            client.sendall(get("/sleep?seconds=0.3"))
        assert worst_wait(address, 0.5) < 0.3
        assert [body(read_reply(client)) for client in clients] == [b"slept"] * 3
        assert worst_wait(address, 0.3, path=b"/sleep") < 0.3


@pytest.mark.parametrize("target", ["/exit", "/stop-late"])
def test_an_answer_that_ends_its_thread_ends_nothing_else(server, target):
    address, process = server
    before = [child.pid for child in process_children(process)]
    for _ in range(6):
        with closing(connect(address)) as client:
            client.sendall(get(target))
            assert client.recv(65536)[:12] != b"HTTP/1.1 404"
    assert worst_wait(address, 0.3, path=b"/sleep") < 0.3
    assert [child.pid for child in process_children(process)] == before


def process_children(process) -> list[psutil.Process]:
    return psutil.Process(process.pid).children()


def test_pipelined_requests_are_answered_in_order_and_stop_nobody(server):
    address, _ = server
    count = 2000
    with closing(connect(address)) as client:
        sender = threading.Thread(
            target=client.sendall, args=(b"".join(get(f"/sleep?word={number}") for number in range(count)),)
        )
        sender.start()
        held, words = bytearray(), []
        words.append(body(read_reply(client, held)))
        with closing(connect(address)) as other:
            started = time.monotonic()
            other.sendall(get("/sleep?word=other"))
            assert body(read_reply(other)) == b"other"
            assert time.monotonic() - started < 0.3
        words += [body(read_reply(client, held)) for _ in range(count - 1)]
        sender.join()
    assert words == [str(number).encode() for number in range(count)]


def test_many_kept_connections_take_turns(server):
    address, _ = server
    with ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(address))) for _ in range(64)]
        waits = []
        for _ in range(5):
            for client in clients:
                client.sendall(get("/sleep?seconds=0.001"))
            started = time.monotonic()
            for client in clients:
                read_reply(client)
            waits.append(time.monotonic() - started)
    assert min(waits) < 1.0


def test_an_idle_worker_sleeps(server):
    address, process = server
    worst_wait(address, 0.2, path=b"/sleep")
    (worker,) = process_children(process)
    time.sleep(0.2)
    switches = sum(context_switches(worker.pid))
    time.sleep(2.0)
    # Deadlines are looked at twice a second.
    assert sum(context_switches(worker.pid)) - switches < 40


def context_switches(pid: int) -> list[int]:
    """How often each thread of a process has gone to sleep."""
    counts = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/status") as status:
            counts += [int(line.split()[1]) for line in status if line.startswith("voluntary")]
    return counts


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@pytest.mark.parametrize("many", [1, 5], ids=["leading", "all busy"])
def test_a_stop_during_answers_loses_none_of_them(tmp_path, number, many):
    with serving_sleepers(tmp_path) as (address, process), ExitStack() as stack:
        clients = [stack.enter_context(closing(connect(address))) for _ in range(many)]
        for client in clients:
            client.sendall(get("/sleep?seconds=0.4"))
            time.sleep(0.002)
        (worker,) = process_children(process)
        if number == signal.SIGHUP:
            process.send_signal(number)
        else:
            os.kill(worker.pid, number)
        for client in clients:
            assert body(read_reply(client)) == b"slept"
            client.close()
        psutil.wait_procs([worker], 10)
        assert not worker.is_running()


def test_a_quick_stop_ends_a_long_answer(tmp_path):
    with serving_sleepers(tmp_path) as (address, process), closing(connect(address)) as client:
        client.sendall(get("/sleep?seconds=30"))
        time.sleep(0.1)
        started = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(10) == 0
        assert time.monotonic() - started < 4.0
        assert read_reply(client).startswith(b"HTTP/1.1 503")


def hammer(address, seconds: float, clients: int) -> list[str]:
    """What went wrong while many clients ask for answers that take about as long as a leader may take."""
    wrong: list[str] = []
    ends = time.monotonic() + seconds

    def ask(number: int) -> None:
        chance = Random(number)
        turn = 0
        while time.monotonic() < ends:
            with closing(connect(address)) as client:
                held = bytearray()
                for _ in range(chance.randrange(1, 60)):
                    # Some are pipelined, and some of them change something.
                    words = [f"{number}-{turn}-{index}" for index in range(chance.choice((1, 1, 1, 4)))]
                    turn += 1
                    client.sendall(
                        b"".join(
                            get(
                                f"/sleep?seconds={chance.choice((0, 0, 0, chance.uniform(0.003, 0.013)))}&word={word}",
                                chance.choice(("GET", "GET", "POST")),
                            )
                            for word in words
                        )
                    )
                    for word in words:
                        reply = read_reply(client, held)
                        if not reply.startswith(b"HTTP/1.1 200") or not reply.endswith(f"\r\n\r\n{word}".encode()):
                            wrong.append(f"{word}: {reply!r}")
                            return

    def run(number: int) -> None:
        try:
            ask(number)
        except Exception as error:
            wrong.append(repr(error))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_loop_changes_hands_often_and_nothing_is_lost(tmp_path, threads):
    with serving_sleepers(tmp_path, threads=threads) as (address, process):
        before = [child.pid for child in process_children(process)]
        assert hammer(address, 3.0, 12) == []
        assert [child.pid for child in process_children(process)] == before
        assert worst_wait(address, 0.3, path=b"/sleep") < 0.3


@pytest.mark.alone
def test_the_same_for_half_a_minute(tmp_path):
    with serving_sleepers(tmp_path, workers=2) as (address, process):
        wait_for(lambda: len(process_children(process)) == 2)
        before = [child.pid for child in process_children(process)]
        assert hammer(address, 30.0, 24) == []
        assert [child.pid for child in process_children(process)] == before
