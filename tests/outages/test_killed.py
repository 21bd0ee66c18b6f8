"""Workers killed at work: a retry with the same key is answered within seconds, and only once booked."""

import http.client
import os
import signal
import threading
import time

import psutil
import pytest

from core import db
from frontdesk.testing.servers import serving
from frontdesk.testing.stores import KINDS, fresh_url
from tests.outages.traffic import open_shop

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore::ResourceWarning")]

WRITERS = 8


@pytest.fixture(params=KINDS)
def shop(request, tmp_path):
    url = fresh_url(request.param, tmp_path, "killed")
    opened = open_shop(tmp_path, url)
    opened.url = url
    return opened


def test_a_keyed_retry_is_answered_within_seconds_after_a_kill(shop):
    stop, waits, booked, odd = threading.Event(), [], [], []

    def write(number: int) -> None:
        name = ("bkap", "wc_bookings", "bookablesites", "bookingpress")[number % 4]
        client, count = None, 0
        while not stop.is_set():
            key, began = f"{number}-{count}", time.monotonic()
            while True:
                try:
                    client = client or shop.client(name, port)
                    outcome = client.book(shop.service_id, shop.start, key=key)
                except (
                    OSError,
                    http.client.HTTPException,
                    AssertionError,
                ):  # nothing, half an answer, or the proxy's own
                    client = None
                    time.sleep(0.05)
                    continue
                if outcome.booked:
                    break
                if outcome.status not in (409, 503):
                    odd.append((name, outcome))
                    return
                time.sleep(0.1)
            waits.append(time.monotonic() - began)
            booked.append((name, outcome.id))
            count += 1

    with serving(shop.config, workers=2) as (_, port, master):
        threads = [threading.Thread(target=write, args=(number,), daemon=True) for number in range(WRITERS)]
        for thread in threads:
            thread.start()
        for _ in range(4):
            time.sleep(1.5)
            for worker in psutil.Process(master.pid).children():
                os.kill(worker.pid, signal.SIGKILL)
        time.sleep(2)
        stop.set()
        for thread in threads:
            thread.join(30)
        assert not any(thread.is_alive() for thread in threads)
    assert odd == []
    assert len(booked) > 40
    assert max(waits) < 8
    db.open_database(shop.url)
    assert db.fetch_all("SELECT COUNT(*) FROM booking") == [(len({number for _, number in booked}),)]
    assert len(set(booked)) == len(booked)
    db.close_database()
