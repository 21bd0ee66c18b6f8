"""The history of requests of a real server with several workers."""

import subprocess
from datetime import UTC, datetime

import pytest
import requests

from core import db
from core.services.request_history import request_history
from frontdesk.testing.host import close_host
from frontdesk.testing.servers import command, environment, serving, wait_for, write_config
from frontdesk.testing.stores import KINDS, fresh_url
from tests.core.conftest import HARBOUR
from tests.test_serve import make_key


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_request_of_every_worker_is_in_the_history(kind, tmp_path):
    url = fresh_url(kind, tmp_path, "history")
    config = write_config(
        tmp_path, server={"admin_bind": "public"}, database={"url": url}, plugins={"enabled": [HARBOUR]}
    )
    subprocess.run(command("--config", str(config), "migrate"), env=environment(), check=True, capture_output=True)
    key = make_key(config)
    db.open_database(url)
    try:
        with serving(config, workers=3) as (host, port, _):
            for number in range(60):
                path = "notes" if number % 3 else "notes/999"
                headers = {"X-Harbour-Key": key if number % 4 else "wrong", "Connection": "close"}
                requests.get(f"http://{host}:{port}/harbour/v1/{path}", headers=headers, timeout=5)

            wait_for(lambda: _counts() == (60, 60), 90, _counts)
        history = _history()
    finally:
        db.close_database()
        close_host()
    assert sum(history.requests["harbour"]) == 60
    # A wrong key, and a note that does not exist.
    assert sum(history.failures["4xx"]) == 15 + 15
    by_route = {route.template: route.requests for route in history.slowest if route.dialect == "harbour"}
    assert by_route == {"/harbour/v1/notes": 40, "/harbour/v1/notes/{number:int}": 20}
    assert sum(row.requests for row in history.refused if row.dialect == "harbour") == 30
    assert all(route.mean_ms > 0 for route in history.slowest)


def _counts() -> tuple[float, float]:
    """Requests in all and by route; a worker hands the two on one after the other."""
    history = _history()
    by_route = sum(route.requests for route in history.slowest if route.dialect == "harbour")
    return sum(history.requests.get("harbour", [])), by_route


def _history():
    return request_history(now=datetime.now(UTC))
