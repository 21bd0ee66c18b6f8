"""Many callers at once against a real server with several processes (issue "Bookablesites, complete", 2)."""

import http.client
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import local

import pytest

from core import db
from core.services import doctor
from frontdesk.testing.servers import serving, write_config
from tests.plugins.bookablesites.conftest import NOW, Salon

CALLERS = 12


class Remote:
    """The calls of ``Api`` that a salon needs, over HTTP, one connection for each thread."""

    def __init__(self, host, port, fields):
        self._address = host, port
        self._own = local()
        self._all = []
        body = {"clientId": fields["client_id"], "clientSecret": fields["client_secret"]}
        self.token = ""
        self.token = self.call("POST", "/auth/token", body).json["token"]

    def call(self, method, path, body=None, *, status=None):
        connection = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = http.client.HTTPConnection(*self._address, timeout=60)
            self._all.append(connection)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        path = path if path.startswith("/") else f"/api/v1/{path}"
        connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        reply = connection.getresponse()
        reply.json = json.loads(reply.read() or b"null")
        assert reply.status < 500, reply.json
        assert status in (None, reply.status), (reply.status, reply.json)
        return reply

    def close(self):
        for connection in self._all:
            connection.close()

    def get(self, path, **options):
        return self.call("GET", path, **options)

    def post(self, path, body, **options):
        return self.call("POST", path, body, **options)


@pytest.fixture(scope="module")
def salon(tmp_path_factory):
    """One server for all; each test has a Monday of its own."""
    tmp_path = tmp_path_factory.mktemp("races")
    limits = {"writes_per_minute": 100_000, "calls_per_minute": 100_000}
    url = f"sqlite:///{tmp_path / 'store.db'}"
    config = write_config(
        tmp_path,
        database={"url": url, "durability": "normal"},
        sandbox={"now": NOW.isoformat()},
        site={"timezone": "America/New_York"},
        server={"access_log": False},
        plugins={"enabled": ["bookablesites"], "bookablesites": limits},
    )
    command = [sys.executable, "-m", "core.cli", "--config", str(config), "keys", "create", "bookablesites", "--json"]
    fields = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    with serving(config, workers=3) as (host, port, _):
        remote = Remote(host, port, fields)
        yield Salon(remote)
        remote.close()
    db.open_database(url)
    assert doctor.examine(now=NOW).breaches == []
    db.close_database()


def at_once(salon, path, bodies):
    """Send all bodies from many threads; the replies' statuses and bodies."""
    with ThreadPoolExecutor(CALLERS) as pool:
        replies = list(pool.map(lambda body: salon.api.post(path, body), bodies))
    assert {reply.status for reply in replies} <= {201, 409}
    return [reply.json for reply in replies if reply.status == 201]


def test_seats_of_an_appointment_are_never_oversold(salon):
    service = salon.service(max_capacity=7)
    body = {"service": service, "employee": salon.ola, "date": "2026-06-01", "time": "09:00"}
    created = at_once(salon, "bookings", [{**body, "customer": salon.guest(n)} for n in range(40)])
    assert len(created) == 7
    assert len({entry["appointment_id"] for entry in created}) == 1
    [appointment] = salon.api.get("appointments?start_date=2026-06-01&end_date=2026-06-01").json["data"]
    assert appointment["capacity"] == {"min": 1, "max": 7, "booked": 7, "left": 0}


def test_a_group_of_twenty_is_booked_entirely_or_not_at_all(salon):
    service = salon.service(max_capacity=50)
    item = {"service": service, "date": "2026-06-08", "time": "09:00"}
    created = at_once(salon, "bookings", [{"customer": salon.mira, "bookings": [item] * 20}] * 8)
    assert [len(group["bookings"]) for group in created] == [20, 20]
    assert salon.api.get("bookings?start_date=2026-06-08&end_date=2026-06-08").json["pagination"]["total"] == 40


def test_automatic_choice_books_each_employee_once(salon):
    staff = [salon.ola, *(salon.employee(f"E{n}", "X") for n in range(4))]
    service = salon.service(employees=[{"id": employee_id} for employee_id in staff])
    body = {"service": service, "date": "2026-06-15", "time": "09:00"}
    created = at_once(salon, "appointments", [{**body, "customer": salon.guest(n)} for n in range(30)])
    assert sorted(entry["employees"][0]["id"] for entry in created) == sorted(staff)


def test_the_minimum_approves_every_booking_in_any_order(salon):
    service = salon.service(min_capacity=6, max_capacity=6, allow_below_min_capacity=True)
    body = {"service": service, "date": "2026-06-22", "time": "09:00"}
    at_once(salon, "bookings", [{**body, "customer": salon.guest(n)} for n in range(6)])
    [appointment] = salon.api.get("appointments?start_date=2026-06-22&end_date=2026-06-22").json["data"]
    assert {entry["status"] for entry in appointment["bookings"]} == {"approved"}
    assert appointment["capacity"]["booked"] == 6


def test_a_coupon_is_never_used_more_often_than_allowed(salon):
    service = salon.service(max_capacity=40)
    salon.api.post(
        "coupons", {"code": "FEW", "discount_value": 10, "expiration_date": "2026-12-31", "usage_limit": 3}, status=201
    )
    body = {"service": service, "date": "2026-06-29", "time": "09:00", "coupon_code": "FEW"}
    with ThreadPoolExecutor(CALLERS) as pool:
        replies = list(pool.map(lambda n: salon.api.post("bookings", {**body, "customer": salon.guest(n)}), range(20)))
    assert sorted(reply.status for reply in replies) == [201] * 3 + [422] * 17
    assert salon.api.get("coupons").json["data"][0]["used"] == 3
