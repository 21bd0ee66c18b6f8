"""Webhooks and triggers (README, "Webhooks"): every event is delivered, once, and retried until it is."""

import json
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from http.client import BadStatusLine
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import import_module

import pytest
from peewee import OperationalError

from core.db import database
from core.services import bookings, events, privacy
from frontdesk.testing.servers import free_port, serving, write_config
from plugins.bookablesites.translate.events import EVENTS
from plugins.bookablesites.usecases import deliveries, http_delivery
from tests.plugins.bookablesites.conftest import Salon

pytestmark = pytest.mark.slow


class Receiver:
    """An HTTP server on loopback that replies with ``status``."""

    def __init__(self):
        self.requests = []
        self.status = 200
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.requests.append((dict(self.headers), json.loads(body)))
                self.send_response(receiver.status)
                if receiver.status == 302:
                    self.send_header("Location", receiver.url + "/elsewhere")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join(5)
        self.server.server_close()


@pytest.fixture
def receiver():
    server = Receiver()
    yield server
    server.close()


@pytest.fixture
def local(make_api):
    """A salon whose webhooks may be delivered to this machine."""
    api = make_api(allow_http_webhooks=True, tables={"webhooks": {"allow_private": True, "timeout": 2}})
    return Salon(api)


@pytest.fixture
def worker(local):
    return deliveries.DeliveryWorker(local.api.manager.host)


def create_webhook(local, receiver, event, **more):
    body = {"name": "CRM", "event": event, "url": f"{receiver.url}/in?a=1", **more}
    return local.api.post("webhooks", body, status=201).json


def test_a_delivery_has_every_documented_field(local, worker, receiver):
    location = local.api.post("locations", {"name": "North", "address": "1 Quay St"}, status=201).json
    local.api.patch(f"customers/{local.mira}", {"phone": "+1 (650) 854-6574"}, status=200)
    service = local.service(
        "Deep clean", category="Cleaning", max_capacity=4, employees=[{"id": local.ola, "price": 60}],
        taxes=[{"name": "VAT", "value": 10}],
    )  # fmt: skip
    webhook = create_webhook(local, receiver, "appointment.booked", token="verify-me")
    booked = local.book(service, "09:00", persons=3, custom_fields={"pets": "2"}, location=location["id"])
    worker.work()
    [(headers, body)] = receiver.requests
    assert body.pop("eventId").startswith("evt_")
    assert body == {
        "event": "appointment.booked",
        "appointmentId": booked["appointment_id"],
        "bookingId": booked["id"],
        "appointmentStatus": "approved",
        "appointmentStartDate": "2026-06-01",
        "appointmentStartTime": "09:00",
        "appointmentEndDate": "2026-06-01",
        "appointmentEndTime": "10:00",
        "appointmentStartDateTime": "2026-06-01 09:00:00",
        "appointmentEndDateTime": "2026-06-01 10:00:00",
        "appointmentPrice": 198,
        "customerFullName": "Mira Holt",
        "customerFirstName": "Mira",
        "customerLastName": "Holt",
        "customerEmail": "mira@example.org",
        "customerPhone": "+16508546574",
        "employeeFullName": "Ola Reyes",
        "employeeFirstName": "Ola",
        "employeeLastName": "Reyes",
        "employeeEmail": "ola@salon.example",
        "employeePhone": None,
        "serviceCategory": "Cleaning",
        "serviceName": "Deep clean",
        "serviceDuration": 3600,
        "servicePrice": 60,
        "extras": [],
        "locationName": "North",
        "locationAddress": "1 Quay St",
        "locationPhone": None,
        "customFields": {"pets": "2"},
    }
    assert headers["Authorization"] == "verify-me" == webhook["token"]
    assert headers["X-Bookablesites-Event"] == "appointment.booked"
    assert headers["X-Bookablesites-Delivery"].startswith("dlv_")
    assert headers["Content-Type"] == "application/json"


def delivered(worker, receiver):
    receiver.requests.clear()
    while worker.work() == 0.0:
        pass
    return [body for _, body in receiver.requests]


def test_each_event_is_delivered_once_and_cancelling_is_no_status_change(local, worker, receiver):
    service = local.service(max_capacity=3)
    for event in EVENTS:
        create_webhook(local, receiver, event)
    first = local.book(service, "09:00", customer=local.guest(1))
    local.book(service, "09:00")
    # Deliveries are sent in parallel and arrive in any order.
    first_events = sorted(entry["event"] for entry in delivered(worker, receiver))
    assert first_events == ["appointment.booked", "appointment.booked", "customer.created"]
    path = f"appointments/{first['appointment_id']}"
    local.api.post(f"{path}/reschedule", {"date": local.DAY, "time": "10:00"}, status=200)
    moved = delivered(worker, receiver)
    assert [(entry["event"], entry["previousStartDateTime"]) for entry in moved] == [
        ("appointment.rescheduled", "2026-06-01 09:00:00")
    ] * 2
    local.api.patch(f"bookings/{first['id']}", {"status": "pending"}, status=200)
    [changed] = delivered(worker, receiver)
    assert (changed["event"], changed["previousStatus"], changed["appointmentStatus"]) == (
        "appointment.statusChanged", "approved", "pending",
    )  # fmt: skip
    local.api.delete(path, status=200)
    assert [entry["event"] for entry in delivered(worker, receiver)] == ["appointment.canceled"] * 2
    local.api.delete(path, status=200)
    local.api.patch(f"bookings/{first['id']}", {"status": "canceled"}, status=200)
    assert delivered(worker, receiver) == []


def test_a_refused_booking_is_no_event(local, worker, receiver):
    service = local.service()
    create_webhook(local, receiver, "appointment.booked")
    create_webhook(local, receiver, "customer.created")
    local.book(service, "09:10", customer=local.guest(1), status=409)
    assert delivered(worker, receiver) == []


def test_failed_deliveries_are_retried_at_the_documented_intervals(local, worker, receiver, clock):
    service = local.service()
    webhook = create_webhook(local, receiver, "appointment.booked")
    receiver.status = 503
    local.book(service, "09:00")
    waits = [0, 60, 300, 1800, 7200, 43200]
    for wait in waits:
        clock.move(seconds=wait - 1 if wait else 0)
        if wait:
            assert delivered(worker, receiver) == []
            clock.move(seconds=1)
        assert len(delivered(worker, receiver)) == 1
    clock.move(days=3)
    assert delivered(worker, receiver) == []
    attempts = local.api.get(f"webhooks/{webhook['id']}/deliveries", status=200).json["data"]
    assert [entry["response_status"] for entry in attempts] == [503] * 6
    assert {entry["status"] for entry in attempts} == {"given_up"}
    receiver.status = 200
    deliveries.replay(attempts[0]["delivery"], now=clock())
    assert len(delivered(worker, receiver)) == 1
    assert receiver.requests[0][0]["X-Bookablesites-Delivery"] == attempts[0]["delivery"]
    assert local.api.get(f"webhooks/{webhook['id']}/deliveries").json["data"][0]["status"] == "delivered"


def test_a_redirect_is_not_followed(local, worker, receiver):
    create_webhook(local, receiver, "customer.created")
    receiver.status = 302
    local.api.post("customers", local.guest(1), status=201)
    assert len(delivered(worker, receiver)) == 1


def test_a_paused_webhook_gets_nothing(local, worker, receiver):
    webhook = create_webhook(local, receiver, "customer.created", status="paused")
    local.api.post("customers", local.guest(1), status=201)
    assert delivered(worker, receiver) == []
    assert local.api.patch(f"webhooks/{webhook['id']}", {"status": "active"}, status=200).json["status"] == "active"
    local.api.post("customers", local.guest(2), status=201)
    assert [entry["customerEmail"] for entry in delivered(worker, receiver)] == ["guest2@example.org"]


def test_two_senders_never_send_the_same_delivery_at_once(local, worker, receiver, clock):
    create_webhook(local, receiver, "customer.created")
    local.api.post("customers", local.guest(1), status=201)
    deliveries.take_events(now=clock())
    deliveries.take_events(now=clock())
    lasting = deliveries.timedelta(seconds=30)
    assert len(deliveries.lease(now=clock(), lasting=lasting, limit=10)) == 1
    assert deliveries.lease(now=clock(), lasting=lasting, limit=10) == []
    clock.move(seconds=31)
    assert len(deliveries.lease(now=clock(), lasting=lasting, limit=10)) == 1


def test_events_of_a_round_that_fails_are_due_at_once(local, receiver, clock, monkeypatch):
    create_webhook(local, receiver, "customer.created")
    for number in (1, 2):
        local.api.post("customers", local.guest(number), status=201)
    create_delivery = deliveries.create_delivery

    def fails_second(webhook, name, body, **more):
        if deliveries.list_deliveries():
            raise OperationalError("the store is away")
        return create_delivery(webhook, name, body, **more)

    monkeypatch.setattr(deliveries, "create_delivery", fails_second)
    with pytest.raises(OperationalError):
        deliveries.take_events(now=clock())
    monkeypatch.undo()
    deliveries.take_events(now=clock())
    assert len(deliveries.list_deliveries()) == 2


def test_a_webhook_and_its_token(local, receiver):
    webhook = create_webhook(local, receiver, "customer.created")
    assert set(webhook) == {"id", "name", "event", "url", "token", "status", "created_at"}
    assert "token" not in local.api.get(f"webhooks/{webhook['id']}", status=200).json
    other = {"name": "x", "event": "customer.created", "url": receiver.url}
    assert local.api.post("webhooks", other, status=409).json["code"] == "duplicate"
    rotated = local.api.patch(f"webhooks/{webhook['id']}", {"rotate_token": True}, status=200).json["token"]
    assert rotated != webhook["token"]
    assert local.api.get("webhooks").json["pagination"]["total"] == 1
    local.api.delete(f"webhooks/{webhook['id']}", status=204)
    local.api.delete(f"webhooks/{webhook['id']}", status=404)
    assert local.api.post("webhooks", {**other, "event": "x.y"}, status=422).json["errors"].keys() == {"event"}


@pytest.mark.parametrize("status", ["active", "paused"])
def test_the_background_worker_sends_a_sample_once(local, worker, receiver, clock, status):
    webhook = create_webhook(local, receiver, "appointment.rescheduled", status=status)
    result = local.api.post(f"webhooks/{webhook['id']}/test", status=202).json
    assert (result["event"], result["status"]) == ("appointment.rescheduled", "waiting")
    assert receiver.requests == []
    [body] = delivered(worker, receiver)
    assert body["previousStartDateTime"]
    assert delivered(worker, receiver) == []
    [attempt] = local.api.get(f"webhooks/{webhook['id']}/deliveries", status=200).json["data"]
    assert (attempt["delivery"], attempt["status"], attempt["response_status"]) == (
        result["delivery"],
        "delivered",
        200,
    )


def test_a_failed_sample_is_not_retried(local, worker, receiver, clock):
    webhook = create_webhook(local, receiver, "appointment.booked")
    receiver.status = 500
    local.api.post(f"webhooks/{webhook['id']}/test", status=202)
    assert len(delivered(worker, receiver)) == 1
    clock.move(hours=24)
    assert delivered(worker, receiver) == []
    [attempt] = local.api.get(f"webhooks/{webhook['id']}/deliveries", status=200).json["data"]
    assert (attempt["status"], attempt["response_status"]) == ("given_up", 500)


def test_a_sample_is_leased_by_one_sender(local, receiver, clock):
    webhook = create_webhook(local, receiver, "appointment.booked")
    local.api.post(f"webhooks/{webhook['id']}/test", status=202)
    lasting = deliveries.timedelta(seconds=30)
    assert len(deliveries.lease(now=clock(), lasting=lasting, limit=10)) == 1
    assert deliveries.lease(now=clock(), lasting=lasting, limit=10) == []


@pytest.mark.parametrize("ahead", [True, False])
def test_a_booking_that_is_deleted_is_cancelled_first(local, worker, receiver, clock, ahead):
    create_webhook(local, receiver, "appointment.canceled")
    booked = local.book(local.service(), "09:00")
    if not ahead:
        clock.move(days=10)
    bookings.delete(booked["id"], now=clock(), origin="elsewhere")
    payloads = delivered(worker, receiver)
    if not ahead:
        assert payloads == []
        return
    [body] = payloads
    assert (body["bookingId"], body["appointmentStatus"]) == (booked["id"], "canceled")
    assert (body["customerFullName"], body["serviceName"]) == ("Mira Holt", "Cut")
    polled = local.api.get("triggers/appointment.canceled", status=200).json["data"]
    assert [entry["bookingId"] for entry in polled] == [booked["id"]]


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "https://127.0.0.1/",
        "https://localhost/x",
        "https://10.1.2.3/",
        "https://[::1]/",
        "https://[::ffff:192.168.0.1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://user:pw@example.com/",
        "https://exa mple.com/",
        "https://example.com:99999/",
        "https://",
        "nonsense",
    ],
)
def test_addresses_that_are_not_public_are_refused(api, url):
    body = {"name": "x", "event": "customer.created", "url": url}
    assert "url" in api.post("webhooks", body, status=422).json["errors"]


def test_addresses_are_checked_again_when_a_name_is_looked_up(receiver, monkeypatch):
    port = receiver.server.server_port
    monkeypatch.setattr(http_delivery.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", port))])
    result = http_delivery.send(f"http://shop.example:{port}/", b"{}", {}, timeout=2, allow_http=True)
    assert (result.delivered, result.error) == (False, "the address is not public")
    assert receiver.requests == []


CERTIFICATE = ssl.SSLCertVerificationError("x")
CERTIFICATE.verify_message = "self-signed certificate"


@pytest.mark.parametrize(
    "failure, sentence",
    [
        (ConnectionRefusedError(111, "Connection refused"), "the connection was refused"),
        (socket.gaierror(-2, "Name or service not known"), "the host name has no address"),
        (CERTIFICATE, "the certificate is not valid: self-signed certificate"),
        (ssl.SSLError("wrong version number"), "the receiver does not speak TLS as it should"),
        (BadStatusLine("x"), "the answer is no HTTP"),
        (OSError(113, "No route to host"), "the connection failed: no route to host"),
        (ValueError("x"), "the connection failed"),
    ],
)
def test_a_failure_is_told_to_people(monkeypatch, failure, sentence):
    def fail(*_):
        raise failure

    monkeypatch.setattr(http_delivery, "_post", fail)
    result = http_delivery.send("https://crm.example/", b"", {}, timeout=5)
    assert (result.status, result.error) == (0, sentence)


def test_a_slow_reply_ends_at_the_timeout():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        stop = threading.Event()

        def drip():
            client, _ = listener.accept()
            with client:
                while not stop.wait(0.1):
                    try:
                        client.sendall(b"H")
                    except OSError:
                        return

        thread = threading.Thread(target=drip)
        thread.start()
        started = time.monotonic()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        result = http_delivery.send(url, b"{}", {}, timeout=1, allow_http=True, allow_private=True)
        stop.set()
        thread.join(5)
    assert not result.delivered
    assert time.monotonic() - started < 4


def test_triggers_list_the_same_events(local, clock):
    service = local.service()
    assert [entry["event"] for entry in local.api.get("triggers", status=200).json["data"]] == list(EVENTS)
    local.book(service, "09:00")
    local.book(service, "13:00")
    events = local.api.get("triggers/appointment.booked", status=200).json["data"]
    assert [entry["appointmentStartTime"] for entry in events] == ["13:00", "09:00"]
    later = local.api.get(f"triggers/appointment.booked?after={events[1]['eventId']}", status=200).json["data"]
    assert [entry["eventId"] for entry in later] == [events[0]["eventId"]]
    assert len(local.api.get("triggers/appointment.booked?limit=1").json["data"]) == 1
    local.api.get("triggers/nothing", status=404)
    local.api.get("triggers/appointment.booked?after=x", status=422)
    clock.move(days=31)
    assert local.api.get("triggers/appointment.booked").json["data"] == []


RECEIVER = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        with open(sys.argv[2], "a") as log:
            log.write(self.headers["X-Bookablesites-Delivery"] + "\\n")
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def _becomes_true(condition, seconds=20):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if condition():
            return True
        time.sleep(0.05)
    return False


def _wait_for(port):
    """Wait until the receiver is up: the next attempt would be a minute later."""
    ends = time.monotonic() + 20
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the receiver did not come up")


def _background(server_pid):
    """The child of the server without a listening socket: the background process."""
    import psutil

    pids = []
    for child in psutil.Process(server_pid).children():
        try:
            if not any(connection.status == "LISTEN" for connection in child.net_connections()):
                pids.append(child.pid)
        except psutil.NoSuchProcess:
            continue
    return pids


def test_deliveries_survive_a_killed_server_and_sender(tmp_path):
    """The sender, and then the server, are killed with SIGKILL while they work."""
    import requests

    port, log = free_port(), tmp_path / "got.log"
    config = write_config(
        tmp_path,
        database={"url": f"sqlite:///{tmp_path / 'store.db'}", "durability": "normal"},
        webhooks={"allow_private": True},
        plugins={"enabled": ["bookablesites"], "bookablesites": {"allow_http_webhooks": True, "writes_per_minute": 9999, "calls_per_minute": 9999}},
    )  # fmt: skip
    completed = subprocess.run(
        [sys.executable, "-m", "core.cli", "--config", str(config), "keys", "create", "bookablesites", "--json"],
        capture_output=True, check=True,
    )  # fmt: skip
    fields = json.loads(completed.stdout)
    receiver = None
    count, killed = 40, set()

    def client(host, at):
        session, base = requests.Session(), f"http://{host}:{at}"
        login = {"clientId": fields["client_id"], "clientSecret": fields["client_secret"]}
        token = session.post(f"{base}/auth/token", json=login).json()["token"]
        session.headers["Authorization"] = f"Bearer {token}"
        return session, f"{base}/api/v1"

    try:
        with serving(config) as (host, at, process):
            session, base = client(host, at)
            body = {"name": "CRM", "event": "customer.created", "url": f"http://127.0.0.1:{port}/"}
            assert session.post(f"{base}/webhooks", json=body).status_code == 201
            receiver = subprocess.Popen([sys.executable, "-c", RECEIVER, str(port), str(log)])
            _wait_for(port)
            for number in range(count):
                body = {"first_name": "A", "last_name": "B", "email": f"g{number}@example.org"}
                assert session.post(f"{base}/customers", json=body).status_code == 201
                if number % 12 == 6:
                    for pid in _background(process.pid):
                        os.kill(pid, signal.SIGKILL)
                        killed.add(pid)
            session.close()
            # The server replaces a killed sender.
            assert _becomes_true(lambda: _background(process.pid))
            assert killed
            os.killpg(process.pid, signal.SIGKILL)
        with sqlite3.connect(tmp_path / "store.db") as store:
            # The leases of killed processes run out; the test does not wait for them.
            store.execute("UPDATE bookablesites_delivery SET leased_until = 0")
        with serving(config) as (host, at, process):
            ends = time.monotonic() + 30
            while time.monotonic() < ends:
                names = log.read_text().split() if log.exists() else []
                if len(set(names)) == count:
                    break
                time.sleep(0.1)
        assert len(set(names)) == count
    finally:
        if receiver is not None:
            receiver.kill()
            receiver.wait()


def test_events_that_wait_under_the_consumer_s_old_name_are_delivered(api):
    events.register_consumer("bookablesites")
    waiting = events.record_event("customer.created", "customer", 1, now=api.clock())
    import_module("plugins.bookablesites.migrations.0004_consumer").up(None, database.obj)

    assert events.take_due("bookablesites", now=api.clock()) == []
    # One under the name of today, one under the old name.
    due = events.take_due("bookablesites.webhooks", now=api.clock())
    assert [event.id for _, _, event in due].count(waiting.id) == 2


def test_an_erased_person_is_in_no_delivery(local, worker, receiver):
    create_webhook(local, receiver, "appointment.booked")
    receiver.status = 500
    service = local.service("Cut")
    booked = local.book(service, "09:00", custom_fields={"wish": "window"})
    worker.work()
    told = privacy.export_person(customer_ids=[local.mira], now=local.api.clock())["plugins"]["bookablesites"]
    assert told[0]["body"]["customerEmail"] == "mira@example.org"

    erasure = privacy.erase_person(customer_ids=[local.mira], now=local.api.clock(), keep_upcoming=True)

    assert erasure.changed["bookablesites"] == 1
    receiver.status = 200
    local.api.clock.now += deliveries.RETRIES[0]
    worker.work()
    body = receiver.requests[-1][1]
    assert body["bookingId"] == booked["id"]
    assert (body["customerFullName"], body["customerEmail"], body["customFields"]) == ("[deleted]", "", {})
    assert "Holt" not in str(body)
