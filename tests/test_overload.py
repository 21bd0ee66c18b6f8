"""Memory, waiting and work of one worker have a bound, whatever strangers do. Real sockets, a real server."""

import socket
import threading
import time
from contextlib import ExitStack, suppress

import psutil
import pytest

from core import app as host
from core import db
from core.config import load_config
from core.domain.schedule import CalendarRule, SchedulePlan, SlotGrid
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import OverHttp
from frontdesk.testing.servers import serving, write_config
from frontdesk.testing.stores import open_store
from siege.attacks import foreign_lock
from tests.contract.conftest import NOW, START, make_service
from tests.test_serve import children
from tests.test_slow_clients import read_reply, worst_wait

pytestmark = pytest.mark.slow

BUDGET = 16 * 1024 * 1024
POST = b"POST /auth/token HTTP/1.1\r\nHost: t\r\n"


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgres", marks=[pytest.mark.slow, pytest.mark.alone])]
)
def shop(request, tmp_path_factory):
    """One worker with little memory, on each kind of store, and a client for each dialect."""
    folder = tmp_path_factory.mktemp("overload")
    url = open_store(request.param, folder)
    config = write_config(
        folder,
        database={"url": url},
        server={"access_log": False, "memory_budget": BUDGET},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": list(DRIVERS)},
    )
    manager = host.start(load_config(config), migrate=True)
    keys = {}
    for name in DRIVERS:
        _, fields = manager.credentials[name].create(label="t", permissions=None, user=None, expires_at=None, now=NOW)
        keys[name] = dict(fields)
    always = (CalendarRule(effect="open"),)
    days = make_service(name="Days", rules=always, plan=SchedulePlan(unit="day"))
    quarters = make_service(
        name="Quarters", rules=always, plan=SchedulePlan(unit="minute", length=15, grid=SlotGrid(step_minutes=15))
    )
    rooms = [make_service(name=f"Room {number}").id for number in range(8)]
    db.close_database()
    with serving(config, workers=1) as (address, port, process):
        yield {
            "server": (address, port),
            "process": process,
            "url": url,
            "keys": keys,
            "days": f"/wp-json/wc-bookings/v1/products/slots?product_ids={days.id}&min_date=2026-04-01&max_date=2036-04-01",
            "quarters": f"/wp-json/wc-bookings/v1/products/slots?product_ids={quarters.id}&min_date=2026-04-01&max_date=2036-04-01",
            "rooms": rooms,
        }


def only_sqlite(shop):
    if not shop["url"].startswith("sqlite"):
        pytest.skip("what a connection holds does not depend on the store")


def worker(shop) -> psutil.Process:
    """The process that answers."""
    for number in children(shop["process"].pid):
        process = psutil.Process(number)
        if any(each.status == psutil.CONN_LISTEN for each in process.net_connections()):
            return process
    raise AssertionError("nobody listens")


def mib(process: psutil.Process) -> float:
    return process.memory_info().rss / 2**20


@pytest.mark.parametrize(
    "said",
    [
        POST + b"Content-Length: 1048576\r\n\r\n" + b"x" * 1_048_575,
        POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"fffff\r\n" + b"x" * 1_000_000,
        b"GET / HTTP/1.1\r\nX: " + b"x" * 60_000,
    ],
    ids=["bodies", "chunks", "heads"],
)
def test_what_is_never_finished_stays_within_the_budget(shop, said):
    only_sqlite(shop)
    process = worker(shop)
    before = mib(process)
    with ExitStack() as stack:
        for _ in range(3 * BUDGET // len(said) if len(said) > 100_000 else 400):
            client = stack.enter_context(socket.create_connection(shop["server"], timeout=5))
            with suppress(OSError):
                client.sendall(said)
        assert worst_wait(shop["server"], 1.0) < 3.0
        # Some more is left behind by the memory that was given back.
        assert mib(process) - before < 2.5 * BUDGET / 2**20


@pytest.mark.alone
def test_new_work_is_refused_while_others_move_what_they_hold(shop):
    """Everybody is busy sending: nobody can be dropped for it, so newcomers are told to come again."""
    only_sqlite(shop)
    statuses = set()
    stop = threading.Event()

    def send() -> None:
        while not stop.is_set():
            with suppress(OSError), socket.create_connection(shop["server"], timeout=5) as client:
                client.sendall(POST + b"Content-Length: 1048576\r\n\r\n")
                for _ in range(60):
                    client.sendall(b"x" * 16_384)
                    if stop.wait(0.02):
                        return
                client.settimeout(0.01)
                statuses.add(client.recv(100)[9:12])

    threads = [threading.Thread(target=send) for _ in range(40)]
    for thread in threads:
        thread.start()
    try:
        assert worst_wait(shop["server"], 3.0, expect=(b"200", b"503")) < 2.0
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert b"503" in statuses


@pytest.mark.alone
def test_answers_that_nobody_reads_stay_within_the_budget(shop):
    only_sqlite(shop)
    process = worker(shop)
    with socket.create_connection(shop["server"], timeout=20) as client:
        client.sendall(f"GET {shop['days']} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        assert len(read_reply(client)) > 800_000
    before = mib(process)
    with ExitStack() as stack:
        for _ in range(60):
            client = stack.enter_context(socket.create_connection(shop["server"], timeout=5))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.sendall(f"GET {shop['days']} HTTP/1.1\r\nHost: t\r\n\r\n".encode() * 4)
        time.sleep(2.0)
        assert mib(process) - before < 4 * BUDGET / 2**20
        assert worst_wait(shop["server"], 1.0) < 2.0


def test_work_for_a_client_that_is_gone_stops(shop):
    only_sqlite(shop)
    process = worker(shop)
    for _ in range(3):
        with socket.create_connection(shop["server"], timeout=5) as client:
            client.sendall(f"GET {shop['quarters']} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
            time.sleep(0.2)
    time.sleep(3.5)
    begun = sum(process.cpu_times()[:2])
    time.sleep(1.0)
    assert sum(process.cpu_times()[:2]) - begun < 0.3


def test_who_half_closes_still_gets_a_large_answer(shop):
    only_sqlite(shop)
    with socket.create_connection(shop["server"], timeout=20) as client:
        client.sendall(f"GET {shop['days']} HTTP/1.1\r\nHost: t\r\n\r\n".encode())
        client.shutdown(socket.SHUT_WR)
        assert len(read_reply(client)) > 800_000


@pytest.mark.alone
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
def test_behind_a_foreign_lock_everybody_is_told_in_time_and_probes_answer(shop):
    """More writers than threads: none waits longer than its own patience and the one in front of it."""
    answers: list[tuple[str, int, float, str]] = []

    def book(name: str, room: int) -> None:
        client = DRIVERS[name](OverHttp(*shop["server"]), shop["keys"][name])
        begun = time.monotonic()
        outcome = client.book(room, START)
        answers.append((name, outcome.status, time.monotonic() - begun, str(outcome.body)))

    for name in DRIVERS:
        # Signed in before the lock; one dialect writes a token for that.
        DRIVERS[name](OverHttp(*shop["server"]), shop["keys"][name]).send("GET", "/healthz")
    with foreign_lock(shop["url"]):
        threads = [
            threading.Thread(target=book, args=(name, room))
            for room, name in zip(shop["rooms"], [*DRIVERS, *DRIVERS], strict=True)
        ]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        assert worst_wait(shop["server"], 3.0) < 3.0
        assert worst_wait(shop["server"], 1.0, path=b"/readyz", expect=(b"200", b"503")) < 4.0
        for thread in threads:
            thread.join()
    assert {status for _, status, _, _ in answers} == {503}, answers
    assert max(seconds for _, _, seconds, _ in answers) < 20.0
    begun = time.monotonic()
    book("wc_bookings", shop["rooms"][0])
    assert answers[-1][1] == 201
    assert time.monotonic() - begun < 5.0
