"""Webhooks: held for the test, delivered to its receiver, sent again as time passes, doubled and lost."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from frontdesk_sandbox import SandboxError
from tests.sandbox.clients import CLIENTS

FAR = "https://shop.example/hook"


@contextmanager
def receiver(statuses: list[int]):
    """An HTTP server that answers with each status once, then with the last one; yields its URL and what came."""
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append({"headers": dict(self.headers), "body": json.loads(body)})
            self.send_response(statuses[min(len(got), len(statuses)) - 1])
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook", got
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def client(bench):
    return CLIENTS["bookablesites"](bench)


def listen(client, url: str) -> None:
    body = {"name": "test", "event": "appointment.booked", "url": url, "token": "t0ken-of-the-test"}
    reply = client.call("POST", "/webhooks", json=body)
    assert reply.status_code == 201, reply.text


def test_one_for_another_machine_is_held_and_can_be_read(bench, client):
    listen(client, FAR)
    booked = client.book().json()
    (held,) = bench.webhooks.all()
    assert (held["outcome"], held["url"], held["dialect"]) == ("held", FAR, "bookablesites")
    assert str(booked["id"]) in json.dumps(held["body"])
    assert "t0ken-of-the-test" not in json.dumps(held)


def test_one_for_this_machine_is_delivered(bench, client):
    with receiver([200]) as (url, got):
        listen(client, url)
        client.book()
        (attempt,) = bench.webhooks.all()
    assert (attempt["outcome"], attempt["status"]) == ("delivered", 200)
    assert len(got) == 1
    assert got[0]["headers"]["Authorization"] == "t0ken-of-the-test"
    assert got[0]["body"] == attempt["body"]


def test_all_are_held_when_the_test_says_so(bench, client):
    with receiver([200]) as (url, got):
        bench.webhooks.hold()
        listen(client, url)
        client.book()
        assert [attempt["outcome"] for attempt in bench.webhooks.all()] == ["held"]
        assert got == []


def test_failed_ones_are_sent_again_at_their_times(bench, client):
    with receiver([500, 503, 200]) as (url, got):
        listen(client, url)
        client.book()
        assert [attempt["status"] for attempt in bench.webhooks.all()] == [500]
        bench.clock.advance("59s")
        assert len(bench.webhooks.all()) == 1
        bench.clock.advance("2h")
        attempts = bench.webhooks.all()
    assert [attempt["status"] for attempt in attempts] == [500, 503, 200]
    # A minute after the first attempt, five after the second: neither earlier nor at the end of the two hours.
    assert [attempt["at"][11:19] for attempt in attempts] == ["10:00:00", "10:01:00", "10:06:00"]
    assert len({attempt["name"] for attempt in attempts}) == 1
    assert len(got) == 3


def test_a_receiver_that_never_answers_well_is_given_up(bench, client):
    listen(client, FAR)
    bench.fail("failed_webhook", status=500)
    client.book()
    bench.clock.advance("2d")
    times = [attempt["at"] for attempt in bench.webhooks.all()]
    assert len(times) == 6
    assert times[-1] == "2026-03-03T00:36:00Z"


@pytest.mark.parametrize(("kind", "arrived"), [("duplicated_webhook", 2), ("lost_webhook", 0)])
def test_doubled_and_lost(bench, client, kind, arrived):
    with receiver([200]) as (url, got):
        listen(client, url)
        bench.fail(kind, dialect="bookablesites", path="*/hook", times=1)
        client.book()
        bench.webhooks.all()
        assert len(got) == arrived
        client.book(2)
        bench.webhooks.all()
        assert len(got) == arrived + 1
        bench.clock.advance("1d")
        assert len(got) == arrived + 1


def test_a_reset_forgets_them_and_who_listens(bench, client):
    listen(client, FAR)
    client.book()
    assert bench.webhooks.all()
    bench.reset()
    assert bench.webhooks.all() == []
    CLIENTS["bookablesites"](bench).book()
    assert bench.webhooks.all() == []


def test_an_unknown_mode_is_refused(bench):
    with pytest.raises(SandboxError, match="loopback, hold, deliver"):
        bench.control("PUT", "/webhooks", {"mode": "never"})


def test_a_receiver_may_call_the_sandbox(bench, client):
    """A receiver that looks the booking up while the clock is being moved waits for nobody."""
    seen = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(requests.get(f"{bench.url}/healthz", timeout=3).status_code)
            seen.append(client.list().status_code)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    listen(client, f"http://127.0.0.1:{server.server_port}/")
    client.book()
    bench.clock.advance("1h")
    server.shutdown()
    server.server_close()
    assert seen == [200, 200]
