"""Half a minute of everything at once, and eight clients that do nothing but book."""

import os
import random
import threading
import time
from contextlib import suppress
from datetime import timedelta
from statistics import median

import psutil
import pytest

from core import db
from core.services import bookings, doctor
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import OverHttp
from frontdesk.testing.servers import serving
from tests.contract.conftest import make_service
from tests.races.test_http import NOW, START, shop, swarm  # noqa: F401

#: One hour by hand, half a minute in CI.
SECONDS = float(os.environ.get("LOAD_SECONDS", "30"))

#: Lists of a bounded length: an answer with every booking there is would grow with the store.
LISTS = {
    "bkap": "/bookings?limit=20",
    "wc_bookings": "/bookings?per_page=20",
    "bookingpress": "/appointments?per_page=20",
    "bookablesites": "/bookings?limit=20",
}

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(SECONDS * 2 + 180)]


def anything(client, number, service_ids, seconds):
    """Read, list, look for room, book and cancel as they come; waits by third of the time, and what went wrong."""
    chance = random.Random(f"{client.name}{number}")
    waits, wrong, own = ([], [], []), [], []
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        act, asked = chance.random(), time.monotonic()
        service_id, start = chance.choice(service_ids), START + timedelta(hours=chance.randrange(8))
        if act < 0.4 and own:
            status, _ = client.read(chance.choice(own))
            if status != 200:
                wrong.append(("read", status))
        elif act < 0.5:
            status, _, _ = client.send("GET", client.base + LISTS[client.name])
            if status != 200:
                wrong.append(("list", status))
        elif act < 0.7:
            client.left(service_id, start)
        elif act < 0.85 or not own:
            outcome = client.book(service_id, start)
            if outcome.booked:
                own.append(outcome.id)
            elif not client.is_refusal(outcome):
                wrong.append(("book", outcome.status, outcome.body))
        else:
            client.cancel(own.pop(chance.randrange(len(own))))
        waits[min(2, int(passed / seconds * 3))].append(time.monotonic() - asked)
    return waits, wrong


class Memory:
    """Resident memory of every worker, looked at twice a second."""

    def __init__(self, master: int) -> None:
        self._master = psutil.Process(master)
        self._ended = threading.Event()
        self.seen: dict[int, list[int]] = {}
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> "Memory":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.5):
            for worker in self._master.children():
                with suppress(psutil.NoSuchProcess):
                    # The background process listens to nothing.
                    if any(one.status == psutil.CONN_LISTEN for one in worker.net_connections()):
                        self.seen.setdefault(worker.pid, []).append(worker.memory_info().rss)


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_memory_and_waits_stay_flat_under_everything_at_once(shop):  # noqa: F811
    numbers = [make_service(5, name=f"Room {n}").id for n in range(20)]
    with serving(shop.config, workers=2) as (address, port, process), Memory(process.pid) as memory:
        answers = swarm(anything, shop, (address, port), numbers, SECONDS, callers=2, patience=SECONDS + 120)

    assert [answer for _, answer in answers if isinstance(answer, BaseException)] == []
    assert [wrong for _, (_, wrong) in answers if wrong] == []
    assert doctor.examine(now=NOW).breaches == []
    # No worker died and was replaced.
    assert len(memory.seen) == 2
    for sizes in memory.seen.values():
        third = len(sizes) // 3
        assert median(sizes[-third:]) <= 1.05 * median(sizes[third : 2 * third])
    thirds = [sorted(wait for _, (waits, _) in answers for wait in waits[part]) for part in range(3)]
    assert all(len(waits) > 100 for waits in thirds)
    # Three times is far beyond noise and far below what a leak or a growing table does.
    assert median(thirds[2]) <= 3 * median(thirds[0])


def book_on(client, number, places, seconds):
    """Book one free place after the other: how many, the worst wait in seconds, and what went wrong."""
    count, worst, wrong = 0, 0.0, []
    ends = time.monotonic() + seconds
    for service_id, start in places[client.name][number]:
        asked = time.monotonic()
        if asked > ends:
            break
        outcome = client.book(service_id, start)
        worst = max(worst, time.monotonic() - asked)
        if outcome.booked:
            count += 1
        else:
            wrong.append((outcome.status, outcome.body))
    return count, worst, wrong


def test_eight_clients_book_without_starving_each_other(shop):  # noqa: F811
    seconds = min(SECONDS, 12)
    numbers = [make_service(50, name=f"Hall {n}").id for n in range(16)]
    hours = [START + timedelta(days=7 * week, hours=hour) for week in range(40) for hour in range(8)]
    places = {
        name: [
            [(numbers[(2 * dialect + each) * 2 + half], hour) for _ in range(50) for hour in hours for half in range(2)]
            for each in range(2)
        ]
        for dialect, name in enumerate(DRIVERS)
    }
    with serving(shop.config, workers=2) as (address, port, _):
        answers = swarm(book_on, shop, (address, port), places, seconds, callers=2, patience=SECONDS + 120)
        client = DRIVERS["wc_bookings"](OverHttp(address, port), shop.keys["wc_bookings"])
        assert client.listed()

    assert [answer for _, answer in answers if isinstance(answer, BaseException)] == []
    assert [wrong for _, (_, _, wrong) in answers if wrong] == []
    counts = [count for _, (count, _, _) in answers]
    assert bookings.page(limit=0).total == sum(counts)
    # Eight that take turns get a like share; one that is starved gets hardly any.
    assert min(counts) >= 0.25 * (sum(counts) / len(counts))
    # And nobody waits for a large part of the run.
    assert max(worst for _, (_, worst, _) in answers) < seconds / 4
    assert doctor.examine(now=NOW).breaches == []
    db.close_database()
