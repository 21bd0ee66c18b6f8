"""What clients do not take of their answers goes to disk, and comes from there unchanged."""

import os
import resource
import socket
import threading
import time
from contextlib import ExitStack, closing

import psutil
import pytest

from core.http import spool as spool_module
from core.http.connections import BufferedSocket
from core.http.spool import Spool
from core.memory_budget import MemoryBudget
from frontdesk.testing.servers import wait_for
from tests.test_leadership import body, get, process_children, serving_sleepers
from tests.test_slow_clients import read_reply, worst_wait

pytestmark = pytest.mark.slow

MIB = 2**20
SIZE = 5_000_000


@pytest.fixture
def memory():
    budget = MemoryBudget()
    # So much is held that the next long part goes to disk.
    budget.held_bytes = budget.limit_bytes // 16
    return budget


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        yield ours, theirs


def receive_all(sender: BufferedSocket, theirs: socket.socket) -> bytes:
    """What the other side gets while the sender sends all it has."""
    received = bytearray()

    def receive() -> None:
        while data := theirs.recv(65536):
            received.extend(data)

    reader = threading.Thread(target=receive)
    reader.start()
    while not sender.send_unsent():
        time.sleep(0.001)
    sender.real_socket.shutdown(socket.SHUT_WR)
    reader.join()
    return bytes(received)


def test_parts_in_memory_and_on_disk_are_sent_in_order(memory, pair):
    spool = Spool(memory)
    sender = BufferedSocket(pair[0], spool)
    parts = [os.urandom(size) for size in (10, 3 * MIB, 100, 2 * MIB, 10)]
    for part in parts:
        sender.sendall(part)
    assert 3 * MIB < spool.held_bytes < 5 * MIB + 1
    assert sender.unsent_bytes < 300_000
    assert receive_all(sender, pair[1]) == b"".join(parts)
    assert (spool.held_bytes, sender.unsent_bytes) == (0, 0)


def test_while_memory_is_free_nothing_is_written(pair):
    spool = Spool(MemoryBudget())
    sender = BufferedSocket(pair[0], spool)
    sender.sendall(b"x" * 3 * MIB)
    assert spool.held_bytes == 0
    assert sender.unsent_bytes > MIB


class FullDisk:
    """A file that takes some bytes and no more."""

    is_closed = False

    def __init__(self) -> None:
        self.room = 100_000

    def write(self, data: memoryview) -> int:
        if not self.room:
            raise OSError(28, "No space left on device")
        taken, self.room = min(self.room, len(data)), 0
        return taken

    def __enter__(self) -> "FullDisk":
        return self

    def __exit__(self, *_: object) -> None:
        self.is_closed = True


def test_what_finds_no_room_on_disk_stays_in_memory(memory, pair, monkeypatch):
    spool = Spool(memory)
    file = FullDisk()
    monkeypatch.setattr(spool_module.tempfile, "TemporaryFile", lambda **_: file)
    sender = BufferedSocket(pair[0], spool)
    answer = os.urandom(3 * MIB)
    sender.sendall(answer)
    assert file.is_closed
    assert spool.held_bytes == 0
    assert receive_all(sender, pair[1]) == answer


def test_what_is_beyond_the_bound_stays_in_memory(memory, pair):
    spool = Spool(memory)
    spool.limit_bytes = 2 * MIB
    sender = BufferedSocket(pair[0], spool)
    answer = os.urandom(3 * MIB)
    sender.sendall(answer)
    assert spool.held_bytes == 0
    sender.sendall(answer[:MIB])
    assert spool.held_bytes == MIB
    sender.discard_unsent()
    assert (spool.held_bytes, sender.unsent_bytes) == (0, 0)


def files_without_name(pid: int) -> int:
    """How many files a process has open that no folder lists."""
    count = 0
    for number in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{number}").endswith("(deleted)")
        except FileNotFoundError:
            continue
    return count


def ask(stack: ExitStack, address, count: int) -> list[socket.socket]:
    """Clients that ask for long answers, each with a word of its own, and do not read."""
    clients = []
    for number in range(count):
        client = stack.enter_context(closing(socket.socket()))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.settimeout(20)
        client.connect(address)
        client.sendall(get(f"/long?bytes={SIZE}&word={number:03}-"))
        clients.append(client)
    return clients


def answer_of(number: int) -> bytes:
    word = f"{number:03}-".encode()
    return (word * (SIZE // len(word) + 1))[:SIZE]


@pytest.fixture
def server(tmp_path):
    """A worker with 1 MiB for answers before they go to disk, and 64 MiB there."""
    with serving_sleepers(tmp_path, memory_budget=16 * MIB) as (address, process):
        worst_wait(address, 0.2, path=b"/sleep")
        (worker,) = process_children(process)
        yield address, worker


def test_unread_answers_take_little_memory_and_are_complete(server):
    address, worker = server
    files = files_without_name(worker.pid)
    before = worker.memory_info().rss
    with ExitStack() as stack:
        clients = ask(stack, address, 11)
        # At most one of them is in memory.
        wait_for(lambda: files_without_name(worker.pid) >= files + 9)
        assert worst_wait(address, 0.5) < 0.5
        assert worker.memory_info().rss - before < 30 * MIB
        for number, client in enumerate(clients):
            assert body(read_reply(client)) == answer_of(number)
    wait_for(lambda: files_without_name(worker.pid) == files)


def test_beyond_all_bounds_memory_stays_within_its_budget(server):
    address, worker = server
    files = files_without_name(worker.pid)
    before = worker.memory_info().rss
    with ExitStack() as stack:
        ask(stack, address, 40)
        time.sleep(0.5)
        assert worst_wait(address, 1.0) < 1.0
        assert worker.memory_info().rss - before < 4 * 16 * MIB
    wait_for(lambda: files_without_name(worker.pid) == files)


def test_without_room_on_disk_everything_else_goes_on(server):
    address, worker = server
    psutil.Process(worker.pid).rlimit(resource.RLIMIT_FSIZE, (MIB, MIB))
    files = files_without_name(worker.pid)
    with ExitStack() as stack:
        clients = ask(stack, address, 3)
        time.sleep(0.5)
        assert files_without_name(worker.pid) == files
        assert worst_wait(address, 0.5, path=b"/sleep") < 0.5
        for number, client in enumerate(clients):
            assert body(read_reply(client)) == answer_of(number)
