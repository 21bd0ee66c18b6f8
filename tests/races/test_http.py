"""Four dialects, many client processes, one real server: nothing is sold twice, nothing acknowledged is lost."""

import multiprocessing
import os
import random
import signal
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from core import app as host
from core import db
from core.config import load_config
from core.services import bookings, doctor
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import OverHttp
from frontdesk.testing.servers import free_port, serving, write_config
from frontdesk.testing.stores import KINDS, open_store
from tests.contract.conftest import make_service

pytestmark = pytest.mark.slow

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
START = datetime(2026, 3, 3, 9, 0)
CALLERS = 8

#: A load test must not run into the dialects' own rate limits.
UNLIMITED = {
    "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
    "bookablesites": {"calls_per_minute": 10**6, "writes_per_minute": 10**6, "tokens_per_minute": 10**6},
}

# Forked callers start in a moment and use nothing but the standard library's HTTP client.
fork = multiprocessing.get_context("fork")


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    """A configured store with keys for every dialect; the server is started by the test."""
    url = open_store(request.param, tmp_path)
    path = write_config(
        tmp_path,
        database={"url": url},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": list(DRIVERS), **UNLIMITED},
    )
    config = load_config(path)
    manager = host.start(config, migrate=True)
    keys = {}
    for name in DRIVERS:
        _, fields = manager.credentials[name].create(
            label="load", permissions=None, user=None, expires_at=None, now=NOW
        )
        keys[name] = dict(fields)
    yield SimpleNamespace(config=path, keys=keys, url=url, folder=tmp_path, restart=config)
    db.close_database()


def swarm(target, shop, address, *arguments, callers=CALLERS, patience=150):
    """``target`` in one process per dialect and caller, all starting together; their answers by dialect."""
    out, go = fork.Queue(), fork.Event()
    running = [
        fork.Process(target=_call, args=(target, name, shop.keys[name], address, number, go, out, arguments))
        for name in DRIVERS
        for number in range(callers)
    ]
    for process in running:
        process.start()
    go.set()
    answers = [out.get(timeout=patience) for _ in running]
    for process in running:
        process.join(timeout=30)
    return answers


def _call(target, name, fields, address, number, go, out, arguments):
    try:
        client = DRIVERS[name](OverHttp(*address), fields)
        go.wait()
        out.put((name, target(client, number, *arguments)))
    except BaseException as error:
        out.put((name, error))
        raise


def want_everything(client, number, service_id, starts, tries):
    """Try every start again and again: ids won, proper refusals, and anything else."""
    chance = random.Random(f"{client.name}{number}")
    won, refused, other = [], 0, []
    for _ in range(tries):
        for start in chance.sample(starts, len(starts)):
            outcome = client.book(service_id, start)
            if outcome.booked:
                won.append(outcome.id)
            elif client.is_refusal(outcome):
                refused += 1
            else:
                other.append((outcome.status, outcome.body))
    return won, refused, other


def test_a_thousand_contended_tries_sell_exactly_what_there_is(shop):
    capacity, starts, tries = 3, [START + timedelta(hours=n) for n in range(4)], 8
    service = make_service(capacity)
    with serving(shop.config, workers=3) as (address, port, _):
        answers = swarm(want_everything, shop, (address, port), service.id, starts, tries)

    assert [answer for _, answer in answers if isinstance(answer, BaseException)] == []
    assert [other for _, (_, _, other) in answers if other] == []
    won = [number for _, (numbers, _, _) in answers for number in numbers]
    refused = sum(refusals for _, (_, refusals, _) in answers)
    assert len(won) == len(set(won)) == capacity * len(starts)
    assert len(won) + refused == len(DRIVERS) * CALLERS * len(starts) * tries >= 1000
    assert doctor.examine(now=NOW).breaches == []


def want_until(client, number, service_id, starts, seconds, folder):
    """Book for a while through a server whose workers die; note what was acknowledged before going on."""
    chance = random.Random(f"{client.name}{number}")
    ends = time.monotonic() + seconds
    other = []
    with (Path(folder) / f"{client.name}-{number}").open("a") as noted:
        while time.monotonic() < ends:
            try:
                outcome = client.book(service_id, chance.choice(starts))
                if outcome.booked:
                    noted.write(f"{outcome.id}\n")
                    noted.flush()
                    if chance.random() < 0.6:
                        client.cancel(outcome.id)
                        noted.write(f"-{outcome.id}\n")
                        noted.flush()
                elif not client.is_refusal(outcome):
                    other.append((outcome.status, outcome.body))
            except (OSError, EOFError, AssertionError, ValueError) as error:
                # The worker died in the middle; whether it booked is unknown, which is the client's lot.
                if isinstance(error, AssertionError) and str(error)[:1] == "5":
                    other.append(str(error))
            except Exception as error:
                if type(error).__module__ != "http.client":
                    other.append(repr(error))
    return other


def acknowledged(folder):
    """Ids the callers were told, less those whose cancelling was acknowledged too."""
    booked, gone = set(), set()
    for path in folder.iterdir():
        for line in path.read_text().split("\n")[:-1]:
            (gone if line.startswith("-") else booked).add(abs(int(line)))
    return booked - gone, gone


def test_killing_workers_and_then_the_whole_server_loses_nothing(shop):
    starts = [START + timedelta(hours=n) for n in range(8)]
    service = make_service(4)
    folder = shop.folder / "noted"
    folder.mkdir()
    port = free_port()
    with serving(shop.config, workers=3, port=port) as (address, port, process):
        out, go = fork.Queue(), fork.Event()
        running = [
            fork.Process(
                target=_call,
                args=(want_until, name, shop.keys[name], (address, port), number, go, out,
                      (service.id, starts, 6, str(folder))),
            )
            for name in DRIVERS
            for number in range(2)
        ]  # fmt: skip
        for caller in running:
            caller.start()
        go.set()
        chance = random.Random(5)
        master = psutil.Process(process.pid)
        for _ in range(5):
            time.sleep(0.6)
            workers = master.children()
            if workers:
                chance.choice(workers).send_signal(signal.SIGKILL)
        time.sleep(0.8)
        os.killpg(process.pid, signal.SIGKILL)
        answers = [out.get(timeout=60) for _ in running]
        for caller in running:
            caller.join(timeout=30)

    assert [answer for _, answer in answers if answer] == []
    kept, _ = acknowledged(folder)
    assert kept
    stored = bookings.get_many(kept)
    assert stored.keys() >= kept
    assert doctor.examine(now=NOW).breaches == []
    with serving(shop.config, workers=2) as (address, port, _):
        for name in DRIVERS:
            client = DRIVERS[name](OverHttp(address, port), shop.keys[name])
            assert client.read(next(iter(kept)))[0] == 200, name


def test_a_retry_after_the_server_was_killed_gets_the_first_bytes(shop):
    service = make_service(5)

    def book(address, port):
        clients = {name: DRIVERS[name](OverHttp(address, port), shop.keys[name]) for name in DRIVERS}
        return {name: client.book(service.id, START, key=f"once {name}") for name, client in clients.items()}

    with serving(shop.config, workers=2) as (address, port, process):
        first = book(address, port)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert all(outcome.booked for outcome in first.values()), first
    with serving(shop.config, workers=2) as (address, port, _):
        again = book(address, port)

    assert again == first
    assert bookings.page().total == len(DRIVERS)
