"""A disk that is really full under a running server: everything is read, nothing is written, nothing is lost."""

import os
import subprocess
from collections import Counter

import pytest

from frontdesk.testing.servers import serving, wait_for
from tests.outages.traffic import logged, open_shop, ready

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120), pytest.mark.filterwarnings("ignore::ResourceWarning")]


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=True, capture_output=True
        )
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no file system can be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=False)


def fill(file) -> None:
    with file.open("wb") as junk:
        try:
            while True:
                os.write(junk.fileno(), bytes(4096))
        except OSError:
            pass


def test_a_full_disk(small_disk, tmp_path):
    shop = open_shop(tmp_path, f"sqlite:///{small_disk}/store.db")
    with serving(shop.config) as (_, port, _):
        clients = {name: shop.client(name, port) for name in shop.fields}
        booked = {name: client.book(shop.service_id, shop.start) for name, client in clients.items()}
        assert all(outcome.booked for outcome in booked.values())
        fill(small_disk / "junk")

        written, read = Counter(), Counter()
        for _ in range(30):
            for client in clients.values():
                outcome = client.book(shop.service_id, shop.start)
                written[outcome.status if not outcome.booked else "booked"] += 1
        for name, client in clients.items():
            for _ in range(10):
                read[client.read(booked[name].id)[0]] += 1
                client.listed()
                client.left(shop.service_id, shop.start)
        # What lay in the log of the database before may still have room for a few.
        assert set(written) <= {503, "booked"}, written
        assert written[503] > 60
        assert set(read) == {200}
        wait_for(lambda: not ready(port), 5)

        (small_disk / "junk").unlink()
        wait_for(lambda: ready(port), 10)
        again = {name: client.book(shop.service_id, shop.start) for name, client in clients.items()}
        assert all(outcome.booked for outcome in again.values())
        assert len(clients["bkap"].listed()) > 0
    assert "Traceback" not in logged(shop)
