"""The real server: a setting that another process changes holds in every worker at its next request."""

import json
import subprocess
import time

import pytest
import requests

from core import app as host
from core.config import load_config
from core.db import close_database
from core.services import stored_settings
from core.settings_changes import change_settings
from frontdesk.testing.servers import command, environment, serving, wait_for, write_config
from frontdesk.testing.stores import KINDS, open_store
from tests.core.conftest import NOW


def frontdesk(config, *words: str) -> str:
    done = subprocess.run(
        command("--config", str(config), *words), env=environment(), capture_output=True, check=True, text=True
    )
    return done.stdout


def worker_of(reply: requests.Response) -> str:
    """The application that answered: the first digits of the request ids that it makes."""
    return reply.headers["x-request-id"][:20]


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["gunicorn", "granian"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_permission_that_is_switched_off_is_refused_at_once_by_every_worker(tmp_path, kind, engine):
    if engine == "granian":
        pytest.importorskip("granian")
    config = write_config(
        tmp_path,
        server={"engine": engine, "workers": 2},
        database={"url": open_store(kind, tmp_path)},
        plugins={"enabled": ["bkap", "bookingpress"]},
    )
    frontdesk(config, "migrate")
    key = json.loads(frontdesk(config, "keys", "create", "bookingpress", "--json"))["api_key"]
    frontdesk(config, "settings", "set", "bookingpress", "rate_limit_minute", "0")

    with serving(config) as (address, port, _):

        def ask() -> requests.Response:
            # A connection of its own for each, so that both workers get some.
            return requests.get(
                f"http://{address}:{port}/wp-json/bookingpress/v1/customers",
                headers={"X-Bookingpress-Api-Key": key, "Connection": "close"},
                timeout=10,
            )

        def workers_that_answer(status: int) -> set[str]:
            seen = {}
            ends = time.monotonic() + 20
            while len(seen) < 2 and time.monotonic() < ends:
                reply = ask()
                assert reply.status_code == status, reply.text
                seen[worker_of(reply)] = reply.status_code
            return set(seen)

        before = workers_that_answer(200)
        assert len(before) == 2
        frontdesk(config, "settings", "set", "bookingpress", "permissions.customers.read", "no")
        refusing = workers_that_answer(403)
        assert len(refusing) == 2
        assert not refusing & before
        frontdesk(config, "settings", "unset", "bookingpress", "permissions.customers.read")
        assert len(workers_that_answer(200)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_background_work_that_is_switched_on_begins(tmp_path, kind):
    folder = tmp_path / "burnt"
    folder.mkdir()
    path = write_config(
        tmp_path,
        database={"url": open_store(kind, tmp_path)},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": ["tests.fixtures.lantern"]},
    )
    config = load_config(path)
    manager = host.start(config, migrate=True)
    with serving(path):
        change_settings(config, manager, "lantern", {"keeper": str(folder)}, by="x", now=NOW)
        wait_for(lambda: (folder / "olive").exists(), 15)
        change_settings(config, manager, "lantern", {"oil": "whale"}, by="x", now=NOW)
        wait_for(lambda: (folder / "whale").exists(), 15)
        assert stored_settings.current_version() == 2
        close_database()
