"""Limits, coupons, packages and gift cards under many callers at once, against real workers."""

import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from http.client import HTTPConnection

import msgspec
import pytest

from core import db
from core.services import doctor
from frontdesk.testing.servers import command, environment, serving, write_config
from frontdesk.testing.stores import KINDS, postgres_url

BASE = "/wp-json/bookingpress/v1"


def a_weekday() -> date:
    day = date.today() + timedelta(days=7)
    return day + timedelta(days=(7 - day.weekday()) % 7)


DOCUMENT = {
    "services": [
        {
            "id": 1,
            "service_name": "Hall",
            "service_price": 10,
            "service_duration_val": 60,
            "max_capacity": 500,
            "extra_services": [{"id": 1, "name": "Mat", "price": 1, "max_qty": 9}],
        },
        {"id": 2, "service_name": "Cut", "service_price": 10, "service_duration_val": 60},
    ],
    "staffmembers": [
        {
            "firstname": name,
            "lastname": "Reyes",
            "email": f"{name.lower()}@example.org",
            "assigned_service_list": [{"assign_service_id": 2}],
        }
        for name in ("Ola", "Pia", "Ron")
    ],
    "customers": [{"id": 1, "firstname": "Mira", "email": "mira@example.org"}],
    "coupons": [{"id": 1, "coupon_code": "TEN", "coupon_discount": 1, "coupon_allowed_uses": 10}],
    "packages": [
        {
            "id": 1,
            "package_name": "Nine",
            "package_services": [{"service_id": 1, "bookingpress_no_of_appointments": 9}],
        }
    ],
    "package_bookings": [{"package_no": "P", "package_id": 1, "customer_id": 1}],
    "sold_gift_cards": [{"gift_card_code": "G", "gift_card_balance": 75}],
}


@pytest.fixture
def venue(request, tmp_path):
    """Start a server with some workers and the document above; yields ``host, port, key``."""

    def prepare(kind, **settings):
        url = "sqlite:///store.db" if kind == "sqlite" else postgres_url("frontdesk_contention")
        config = write_config(
            tmp_path,
            database={"url": url, "durability": "normal"},
            server={"access_log": False},
            plugins={"enabled": ["bookingpress"], "bookingpress": settings},
        )
        (tmp_path / "in.json").write_bytes(msgspec.json.encode(DOCUMENT))

        def run(*words):
            process = subprocess.run(
                command("--config", str(config), *words),
                cwd=tmp_path,
                env=environment(),
                capture_output=True,
                text=True,
                check=False,
            )
            assert process.returncode == 0, process.stderr + process.stdout
            return process.stdout

        run("migrate")
        run("import", "bookingpress", "in.json")
        key = msgspec.json.decode(run("keys", "create", "bookingpress", "--json"))["api_key"]
        location = f"sqlite:///{tmp_path}/store.db" if kind == "sqlite" else url
        return config, key, location

    return prepare


def in_parallel(host, port, callers, work):
    """``work(send, number)`` by every caller at once, each with a connection of its own."""

    def one(number):
        with closing(HTTPConnection(host, port, timeout=60)) as connection:

            def send(method, path, headers, body):
                connection.request(method, path, body or None, headers)
                reply = connection.getresponse()
                return reply.status, reply.read()

            return work(send, number)

    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(one, range(callers)))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_limiter_lets_exactly_the_allowed_number_through(venue, kind):
    config, key, _ = venue(kind, rate_limit_minute=0, rate_limit_hour=150)
    with serving(config, workers=4) as (host, port, _):

        def call(send, number):
            return [send("GET", f"{BASE}/categories", {"X-Bookingpress-Api-Key": key}, b"")[0] for _ in range(4)]

        before = datetime.now(UTC).hour
        statuses = Counter(
            status for client_statuses in in_parallel(host, port, 64, call) for status in client_statuses
        )
        if datetime.now(UTC).hour != before:
            pytest.skip("the hour has turned, and the window with it")
    assert statuses == {200: 150, 429: 64 * 4 - 150}


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_balances_never_go_below_zero_and_are_never_lost(venue, kind):
    config, key, location = venue(kind, rate_limit_minute=0, rate_limit_hour=0)
    day = a_weekday().isoformat()
    # Every third caller names a coupon (10 uses), a package (9 credits, 2 each) or a gift card (75, 11 each).
    chosen = [
        {"coupon_code": "TEN"},
        {"package_no": "P", "bookingpress_selected_bring_members": 2, "customer_id": 1},
        {"gift_card_code": "G", "bookingpress_selected_extra_details": {"1": {"qty": 1}}},
    ]

    def call(send, number):
        answers_of_client = []
        for turn in range(3):
            body = {
                "selected_service": 1,
                "selected_date": day,
                "selected_start_time": f"{9 + (number + turn) % 8:02d}:00",
                "selected_payment_method": "on-site",
                "customer_firstname": "Mira",
                "customer_email": "mira@example.org",
                **chosen[number % 3],
            }
            headers = {"X-Bookingpress-Api-Key": key, "Content-Type": "application/json"}
            status, raw = send("POST", f"{BASE}/appointments", headers, msgspec.json.encode(body))
            reply = msgspec.json.decode(raw)
            assert status == 200, reply
            answers_of_client.append((number % 3, reply["variant"], reply["msg"], reply.get("total_amount")))
        return answers_of_client

    with serving(config, workers=4) as (host, port, _):
        answers = [answer for client_answers in in_parallel(host, port, 24, call) for answer in client_answers]
    booked = Counter((kind_, total) for kind_, variant, _, total in answers if variant == "success")
    assert booked[0, 9] == 10
    assert booked[1, 0] == 4
    # 75 = 6 x 11 + 9: six pay nothing, one pays the rest.
    assert (booked[2, 0], booked[2, 2]) == (6, 1)
    refused = {(kind_, msg) for kind_, variant, msg, _ in answers if variant != "success"}
    assert refused == {
        (0, "Coupon usage limit is reached"),
        (1, "Only 1 appointments are available in this package."),
        (2, "Gift card balance is used up"),
    }
    db.open_database(location)
    try:
        report = doctor.examine(now=datetime.now(UTC))
        assert report.ok, report.breaches
    finally:
        db.close_database()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_any_staff_member_is_chosen_and_taken_in_one_step(venue, kind):
    config, key, _ = venue(kind, rate_limit_minute=0, rate_limit_hour=0)
    body = {
        "selected_service": 2,
        "selected_date": a_weekday().isoformat(),
        "selected_start_time": "09:00",
        "selected_payment_method": "on-site",
        "customer_firstname": "Mira",
    }

    def call(send, number):
        headers = {"X-Bookingpress-Api-Key": key, "Content-Type": "application/json"}
        status, raw = send("POST", f"{BASE}/appointments", headers, msgspec.json.encode(body))
        assert status == 200, raw
        return msgspec.json.decode(raw)

    with serving(config, workers=4) as (host, port, _):
        answers = in_parallel(host, port, 16, call)
    taken = [reply["staffmember_id"] for reply in answers if reply["variant"] == "success"]
    assert (len(taken), len(set(taken))) == (3, 3)
    assert all("already booked" in reply["msg"] for reply in answers if reply["variant"] != "success")
