"""A store that takes no write any more: every dialect goes on reading, and says 503 to the rest in its own envelope."""

import json
from urllib.parse import urlencode

import psycopg
import pytest

from core import db
from core.services import best_effort, ephemeral
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.stores import end_connections
from tests.contract.conftest import START, make_service

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)

#: What only this dialect's 503 looks like.
ENVELOPES = {
    "bkap": lambda body: body["errors"][0]["code"] == "woocommerce_api_service_unavailable",
    "wc_bookings": lambda body: (body["code"], body["data"]["status"]) == ("rest_service_unavailable", 503),
    "bookingpress": lambda body: body["code"] == "service_unavailable",
    "bookablesites": lambda body: body["code"] == "service_unavailable" and "request_id" in body,
}


@pytest.fixture
def shut(venue, monkeypatch):
    """Make the store read-only, as a failover to a replica or a failing disk does; again with False opens it."""
    monkeypatch.setattr(best_effort, "_backoff_until", 0.0)
    monkeypatch.setattr(ephemeral, "_local_until", 0.0)

    def set_to(flag: bool) -> None:
        if not db.is_postgres():
            db.database.execute_sql(f"PRAGMA query_only = {int(flag)}")
            ephemeral._connection().execute(f"PRAGMA query_only = {int(flag)}")
            return
        with psycopg.connect(db.database.obj.database, autocommit=True) as other:
            other.execute("SET default_transaction_read_only = off")
            (name,) = other.execute("SELECT quote_ident(current_database())").fetchone()
            other.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if flag else 'off'}")
        end_connections()

    yield set_to
    set_to(False)


def lists(venue, name, service_id):
    """A GET for everything without an id in its path."""
    document = json.loads(json.dumps(next(one for _, one in venue.manager.dialects if one.name == name).openapi()))
    needed = dict.fromkeys(("service", "product_id", "service_id"), service_id)
    needed |= {"start_date": "2026-03-03", "end_date": "2026-03-03", "calendar_start_date": "2026-03-03"}
    for path, each in document["paths"].items():
        if "get" in each and "{" not in path:
            known = {parameter["name"] for parameter in each["get"].get("parameters", ())}
            yield f"{path}?" + urlencode({key: value for key, value in needed.items() if key in known})


@pytest.mark.parametrize("name", DIALECTS)
def test_reads_go_on_and_writes_are_told_to_come_again(venue, shut, name):
    service, client = make_service(capacity=3), venue.clients[name]
    before = client.book(service.id, START)
    assert before.booked
    paths = list(lists(venue, name, service.id))
    answers = [client.send("GET", path)[0] for path in paths]
    shut(True)

    assert [client.send("GET", path)[0] for path in paths] == answers
    assert client.read(before.id)[0] == 200
    for key in ("", "k1"):
        outcome = client.book(service.id, START, key=key)
        assert (outcome.status, ENVELOPES[name](outcome.body)) == (503, True), outcome
    status = client.send("GET", "/readyz")[0]
    assert status == 503 or not db.is_postgres()

    shut(False)
    assert client.book(service.id, START, key="k1").booked
    assert len(client.listed()) == 2


@pytest.mark.parametrize("name", DIALECTS)
def test_the_wait_is_named(venue, shut, name):
    service, client = make_service(), venue.clients[name]
    shut(True)
    sent = []
    real = client._send

    def watching(method, path, headers, body):
        status, got, raw = real(method, path, headers, body)
        sent.append((status, got.get("retry-after")))
        return status, got, raw

    client._send = watching
    client.book(service.id, START)
    assert sent == [(503, "5")]
