"""The clock of a sandbox, and what happens as it moves."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from core.errors import Invalid
from core.sandbox.clock import SandboxClock, read_distance
from frontdesk_sandbox import SandboxError, start
from tests.sandbox.clients import CLIENTS, TEN

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
WC = "/wp-json/wc-bookings/v1"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("2h", 7200), ("1d 12h", 129_600), ("1d12h", 129_600), ("15 min", 900), ("1.5h", 5400), (90, 90)],
)
def test_lengths_of_time(text, seconds):
    assert read_distance(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "2 hours", "h", "-1h", -1, True, None, [], "1h x", float("nan"), 1e30, "9" * 400 + "d"]
)
def test_no_lengths_of_time(text):
    with pytest.raises(Invalid):
        read_distance(text)


def test_a_clock_stands_goes_and_runs():
    clock = SandboxClock(NOW)
    assert clock() == clock() == NOW
    clock.move_to(NOW + timedelta(hours=1))
    assert clock() == NOW + timedelta(hours=1)
    clock.run()
    assert timedelta(0) <= clock() - NOW - timedelta(hours=1) < timedelta(seconds=5)
    first = clock()
    clock.move_to(NOW)
    assert clock.is_running
    assert timedelta(0) <= clock() - NOW < timedelta(seconds=5)
    clock.freeze()
    assert not clock.is_running
    assert clock() == clock() < first


def test_the_control_api_moves_it(inside):
    clock = inside.clock
    assert clock.now == NOW
    assert clock.advance("2h") == NOW + timedelta(hours=2)
    assert clock.advance(days=1) == NOW + timedelta(days=1, hours=2)
    assert clock.advance(30) == NOW + timedelta(days=1, hours=2, seconds=30)
    assert clock.set("2026-02-01T00:00:00Z") == datetime(2026, 2, 1, tzinfo=UTC)
    clock.run()
    assert clock.now > clock.set(NOW) - timedelta(days=60)
    inside.reset()
    assert clock.now == NOW


@pytest.mark.parametrize(
    "body",
    [
        {"now": "2026-03-02T10:00:00"},
        {"now": "soon"},
        {"now": "1850-01-01T00:00:00Z"},
        {"now": "3000-01-01T00:00:00Z"},
        {"now": None},
        {"advance": "-2h"},
        {"advance": "90y"},
        {"advance": "2h", "now": "2026-03-02T10:00:00Z"},
        {"advnace": "2h"},
        {"run": True, "freeze": True},
        {"signing": "never"},
        {"advance": "36500d"},
    ],
    ids=str,
)
def test_what_is_no_time_is_refused_and_moves_nothing(inside, body):
    with pytest.raises(SandboxError) as refused:
        inside.control("PUT", "/clock", body)
    assert refused.value.status == 422
    assert inside.clock.now == NOW


# -- what waits for a time --------------------------------------------------------------------------------------------


def slots(sandbox) -> list[str]:
    reply = sandbox.app.get(f"{WC}/products/slots?product_ids=1101&min_date=2026-03-02&max_date=2026-03-03")
    return [record["date"] for record in reply.json["records"]]


def test_starts_pass(inside):
    before = slots(inside)
    inside.clock.advance("3h")
    assert before[0] == "2026-03-02T11:00:00+0000"
    assert slots(inside)[0] == "2026-03-02T14:00:00+0000"


def test_a_hold_ends_after_its_minutes(inside):
    """A booking in a cart keeps its hour for the minutes of the setting, and no longer."""
    settings = inside.settings("wc_bookings")
    inside.app.authorization = ("Basic", (settings.key, settings.secret))
    body = {"product_id": 1101, "start": TEN, "end": TEN + 3600, "status": "in-cart"}
    taken = {**body, "status": "paid"}
    assert inside.app.post_json(f"{WC}/bookings", body).status_int == 201
    assert inside.app.post_json(f"{WC}/bookings", taken, expect_errors=True).status_int == 409
    inside.clock.advance("59m")
    assert inside.app.post_json(f"{WC}/bookings", taken, expect_errors=True).status_int == 409
    inside.clock.advance("2m")
    assert inside.app.post_json(f"{WC}/bookings", taken).status_int == 201
    inside.app.authorization = None


def test_a_key_expires(inside):
    key = inside.new_key("bookingpress", expires_in="1h")

    def status() -> int:
        headers = {"X-Bookingpress-Api-Key": key.key}
        return inside.app.get("/wp-json/bookingpress/v1/services", headers=headers, expect_errors=True).status_int

    assert status() == 200
    inside.clock.advance("61m")
    assert status() == 403


def test_a_token_expires(bench):
    client = CLIENTS["bookablesites"](bench)
    assert client.list().status_code == 200
    bench.clock.advance("59m")
    assert client.list().status_code == 200
    bench.clock.advance("2m")
    assert client.list().status_code == 401
    assert CLIENTS["bookablesites"](bench).list().status_code == 200


def test_limits_of_a_minute_end_with_it():
    with start(dialects=["bookingpress"], strict=True, now="2026-03-02T10:00:00Z") as sandbox:
        client = CLIENTS["bookingpress"](sandbox)
        statuses = [client.list().status_code for _ in range(62)]
        assert statuses.count(429) == 2
        sandbox.clock.advance("61s")
        assert client.list().status_code == 200
        [client.list() for _ in range(62)]
        sandbox.reset()
        assert client.list().status_code == 200


# -- signing ----------------------------------------------------------------------------------------------------------


def test_the_official_client_signs_in_whatever_time_it_is(bench):
    client = CLIENTS["wc_bookings"](bench)
    for now in ("2026-03-02T10:00:00Z", "1999-12-31T23:59:59Z", "2060-01-01T00:00:00Z"):
        bench.clock.set(now)
        assert client.list().status_code == 200, now
    bench.clock.run()
    assert client.list().status_code == 200


def test_signing_by_the_clock_refuses_the_real_time(bench):
    client = CLIENTS["wc_bookings"](bench)
    bench.clock.sign_with("clock")
    assert client.list().status_code == 401
    bench.clock.sign_with("real")
    assert client.list().status_code == 200
    bench.reset()
    assert bench.control("GET", "/clock")["signing"] == "either"


def test_the_night_that_a_clock_skips(tmp_path):
    """In Berlin there is no half past two on 29 March 2026: it is not offered."""
    seed = tmp_path / "night.json"
    seed.write_text(
        '{"products": [{"id": 5, "name": "Night", "type": "booking", "duration_unit": "hour", "duration": 1,'
        ' "availability": [{"type": "time", "bookable": "yes", "priority": 10, "from": "00:00", "to": "05:00"}],'
        ' "default_date_availability": "non-available", "virtual": true}]}'
    )
    with start(dialects=["wc_bookings"], seed=seed, now="2026-03-20T10:00:00Z", timezone="Europe/Berlin") as sandbox:
        url = f"{sandbox.url}{WC}/products/slots?product_ids=5&min_date=2026-03-29&max_date=2026-03-30"
        records = requests.get(url, timeout=5).json()["records"]
    hours = [record["date"][11:13] for record in records if record["date"].startswith("2026-03-29")]
    assert "01" in hours
    assert "02" not in hours
    assert "03" in hours
