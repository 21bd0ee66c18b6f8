"""Keys, expiry, IP lists, limits, switches and the order of checks (fact sheet, section 2)."""

from datetime import UTC, datetime

import pytest

from core.config import ConfigError
from core.services import credentials
from plugins.bookingpress import auth
from plugins.bookingpress.settings import GROUPS, Settings, expires_on, is_listed, read_networks
from tests.plugins.bookingpress.conftest import BASE


def refused(shop, path="/services", *, status, **extra):
    reply = shop.get(path, status=status, **extra)
    assert reply["data"]["status"] == status
    return reply["code"]


def test_no_key_is_401_and_a_wrong_one_403(shop):
    good = shop.key
    for key, status, body in (
        ("", 401, {"code": "missing_auth", "message": "Missing or invalid Authorization header."}),
        ("0", 401, {"code": "missing_auth", "message": "Missing or invalid Authorization header."}),
        (good[:-1], 403, {"code": "invalid_api_key", "message": "Unauthorized. Invalid API key."}),
        (good.upper(), 403, {"code": "invalid_api_key", "message": "Unauthorized. Invalid API key."}),
    ):
        shop.key = key
        assert shop.get("/services", status=status) == {**body, "data": {"status": status}}
    shop.key = f"  {good} "
    assert shop.get("/services")["total"] == 0


def test_other_carriers_of_the_key_do_not_count(shop):
    key, shop.key = shop.key, ""
    assert refused(shop, f"/services?api_key={key}", status=401) == "missing_auth"
    headers = {"Authorization": f"Bearer {key}"}
    assert refused(shop, status=401, headers=headers) == "missing_auth"


def test_a_new_key_replaces_the_old_one(shop):
    old = shop.key
    credentials.revoke_realm(auth.REALM, now=shop.clock())
    _, fields = auth.generate(now=shop.clock())
    assert refused(shop, status=403) == "invalid_api_key"
    shop.key = fields["api_key"]
    assert len(shop.key) == 64
    assert old != shop.key
    assert shop.get("/services")["total"] == 0


def test_a_key_works_through_its_last_day_on_the_sites_clock(start):
    shop = start(key_expiry="1 year", timezone="America/New_York")
    shop.clock.now = datetime(2026, 3, 10, 15, tzinfo=UTC)
    shop.key = auth.generate(now=shop.clock())[1]["api_key"]
    shop.clock.now = datetime(2027, 3, 11, 4, 59, tzinfo=UTC)  # 23:59 on the 10th
    assert shop.get("/services")["total"] == 0
    shop.clock.now = datetime(2027, 3, 11, 5, 0, tzinfo=UTC)
    reply = shop.get("/services", status=403)
    assert reply["code"] == "expired_api_key"
    assert reply["message"].endswith("Please generate the new API key and try again.")


@pytest.mark.parametrize(
    ("made", "years", "last"),
    [
        ("2026-03-10", 1, "2027-03-10"),
        ("2026-03-10", 3, "2029-03-10"),
        ("2024-02-29", 1, "2025-02-28"),
        ("2024-02-29", 2, "2026-02-28"),
    ],
)
def test_expiry_date(made, years, last):
    day = datetime.fromisoformat(made).date()
    assert expires_on(day, years).isoformat() == last
    assert expires_on(day, Settings().key_years) is None


# -- IP lists ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "black", "white", "code"),
    [
        ("203.0.113.5", "203.0.113.5", "", "ip_blacklisted"),
        ("203.0.113.5", "203.0.113.0/24", "203.0.113.5", "ip_blacklisted"),
        ("203.0.113.5", "198.51.100.1", "", None),
        ("203.0.113.5", "", "203.0.113.5, 198.51.100.0/24", None),
        ("203.0.113.5", "", "198.51.100.0/24", "ip_not_whitelisted"),
        ("::ffff:203.0.113.5", "203.0.113.5", "", "ip_blacklisted"),
        ("203.0.113.5", "::ffff:203.0.113.5", "", "ip_blacklisted"),
        ("2001:db8::1", "2001:0DB8:0:0:0:0:0:1", "", "ip_blacklisted"),
        ("2001:db8::1", "0.0.0.0/0", "", None),
        ("2001:db8::1", "::/0", "", "ip_blacklisted"),
        ("203.0.113.77", "203.0.113.9/24", "", "ip_blacklisted"),
    ],
)
def test_ip_lists(start, address, black, white, code):
    shop = start(blacklisted_ips=black, whitelisted_ips=white)
    environ = {"REMOTE_ADDR": address}
    if code is None:
        assert shop.get("/services", extra_environ=environ)["total"] == 0
    else:
        assert refused(shop, status=403, extra_environ=environ) == code
        # A banned address learns nothing about keys.
        shop.key = "wrong"
        assert refused(shop, status=403, extra_environ=environ) == code


def test_the_caller_behind_a_trusted_proxy_is_meant(start):
    shop = start(blacklisted_ips="203.0.113.5", server={"trusted_proxies": ["10.0.0.0/8"]})
    headers = {"X-Forwarded-For": "198.51.100.7, 203.0.113.5, 10.0.0.2"}
    trusted, stranger = {"REMOTE_ADDR": "10.0.0.1"}, {"REMOTE_ADDR": "192.0.2.1"}
    assert refused(shop, status=403, headers=headers, extra_environ=trusted) == "ip_blacklisted"
    assert shop.get("/services", headers=headers, extra_environ=stranger)["total"] == 0
    assert shop.get("/services", headers={"X-Forwarded-For": "junk"}, extra_environ=trusted)["total"] == 0


def test_lists_are_read_leniently_and_bad_items_named():
    networks = read_networks("203.0.113.5,\n 203.0.113.5 ,,2001:db8::/32,")
    assert [str(network) for network in networks] == ["203.0.113.5/32", "2001:db8::/32"]
    assert is_listed("2001:db8::9%eth0", networks)
    assert not is_listed("no address", networks)
    for bad in ("203.0.113.500", "fe80::1%eth0", "example.org"):
        with pytest.raises(ValueError, match=bad):
            read_networks(f"203.0.113.5, {bad}")


def test_a_bad_item_stops_the_start(start):
    with pytest.raises(ConfigError, match=r"blacklisted_ips: '10\.0\.0\.300'"):
        start(blacklisted_ips="10.0.0.300")


# -- limits -----------------------------------------------------------------------------------------------------


def limits_of(reply):
    shown = {name.lower(): value for name, value in reply.headers.items()}
    return {name: value for name, value in shown.items() if name.startswith("x-ratelimit")}


def test_exactly_the_allowed_number_passes_in_a_minute(start):
    shop = start(rate_limit_minute=3, rate_limit_hour=3600)
    shop.clock.now = datetime(2026, 6, 1, 6, 0, 15, tzinfo=UTC)
    left = [shop.reply("GET", "/services").headers["X-RateLimit-Remaining-Minute"] for _ in range(3)]
    assert left == ["2", "1", "0"]
    reply = shop.reply("GET", "/services", status=429)
    assert reply.json == {
        "code": "rate_limit_exceeded",
        "message": "Too many requests. Please try again later.",
        "data": {"status": 429, "window": "minute", "retry_after": 45},
    }
    assert reply.headers["Retry-After"] == "45"
    shown = limits_of(reply)
    end = int(datetime(2026, 6, 1, 6, 1, tzinfo=UTC).timestamp())
    assert shown == {
        "x-ratelimit-limit-minute": "3",
        "x-ratelimit-remaining-minute": "0",
        "x-ratelimit-reset-minute": str(end),
        "x-ratelimit-limit-hour": "3600",
        "x-ratelimit-remaining-hour": "3597",
        "x-ratelimit-reset-hour": str(end + 59 * 60),
        "x-ratelimit-limit": "3",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": str(end),
    }
    shop.clock.move(seconds=45)
    assert shop.reply("GET", "/services").headers["X-RateLimit-Remaining-Hour"] == "3596"


def test_the_longer_wait_is_told_when_both_windows_are_used_up(start):
    shop = start(rate_limit_minute=2, rate_limit_hour=2)
    for _ in range(2):
        shop.get("/services")
    reply = shop.reply("GET", "/services", status=429)
    assert (reply.json["data"]["window"], reply.headers["Retry-After"]) == ("hour", "3600")


def test_a_limit_of_zero_is_off_and_silent(start):
    shop = start(rate_limit_minute=0, rate_limit_hour=5)
    names = set(limits_of(shop.reply("GET", "/services")))
    assert "x-ratelimit-limit-hour" in names
    assert "x-ratelimit-limit-minute" not in names


def test_only_callers_with_a_key_use_the_quota_up_whatever_they_ask(start):
    shop = start(rate_limit_minute=2)
    good, shop.key = shop.key, "wrong"
    for _ in range(5):
        assert refused(shop, status=403) == "invalid_api_key"
    shop.key = good
    shop.get("/services/999", status=404)
    shop.get("/nothing-there", status=404)  # no such route: not counted
    shop.get("/services")
    assert refused(shop, status=429) == "rate_limit_exceeded"
    shop.key = auth.generate(now=shop.clock())[1]["api_key"]
    assert shop.get("/services")["total"] == 0


# -- switches ---------------------------------------------------------------------------------------------------

PATHS = {
    "staffmember": "staffmembers",
    "coupon": "coupons",
    "package": "packages",
    "gift_cards": "gift-cards",
}
CALLS = {
    "create": [("POST", "")],
    "read": [("GET", ""), ("GET", "/1")],
    "list": [("GET", "")],
    "update": [("PUT", "/1"), ("PATCH", "/1"), ("POST", "/1")],
    "delete": [("DELETE", "/1")],
}
SWITCHES = [(group, action) for group, actions in GROUPS.items() for action in actions]


def is_off(shop, method, path):
    reply = shop.reply(method, path, {} if method in ("POST", "PUT", "PATCH") else None, status="*")
    return reply.json.get("data", {}).get("permission") if reply.status_int == 403 else None


def test_there_are_35_switches():
    assert len(SWITCHES) == 35


@pytest.mark.parametrize(("group", "action"), SWITCHES, ids=".".join)
def test_a_switch_stops_its_action_and_no_other(start, group, action):
    shop = start(permissions={group: {action: False}})
    for other, actions in GROUPS.items():
        for one in actions:
            wanted = f"{group}.{action}" if (other, one) == (group, action) else None
            for method, path in CALLS[one]:
                assert is_off(shop, method, f"/{PATHS.get(other, other)}{path}") == wanted


def test_an_update_through_the_collection_needs_the_update_switch(start):
    shop = start(permissions={"services": {"update": False}, "customers": {"create": False}})
    assert is_off(shop, "POST", "/services") is None
    reply = shop.post("/services", {"service_update_id": "7"}, status=403)
    assert reply["data"]["permission"] == "services.update"
    assert shop.post("/customers", {"update_id": 7, "firstname": "A"})["variant"] == "error"


def test_timeslots_belong_to_reading_appointments(start):
    shop = start(permissions={"appointments": {"read": False}})
    assert is_off(shop, "GET", "/appointments/timeslots") == "appointments.read"
    assert is_off(shop, "POST", "/appointments/timeslots") == "appointments.read"


# -- the order of checks (2.3) ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/nothing"),
        ("PUT", "/services"),
        ("DELETE", "/payments"),
        ("GET", "/payments/1"),
        ("PUT", "/coupons/1"),
        ("POST", "/appointments/1"),
        ("GET", "/services/abc"),
        ("GET", "/services/-1"),
        ("DELETE", "/services"),
    ],
)
def test_routes_are_asked_first(start, method, path):
    shop = start(blacklisted_ips="0.0.0.0/0", permissions={"services": {"delete": False}})
    shop.key = ""
    body = {} if method in ("PUT", "POST") else None
    reply = shop.call(method, path, body, status=404, extra_environ={"REMOTE_ADDR": "203.0.113.5"})
    assert reply == {
        "code": "rest_no_route",
        "message": "No route was found matching the URL and request method.",
        "data": {"status": 404},
    }


def test_a_switch_is_asked_before_the_body(start):
    shop = start(permissions={"services": {"create": False}})
    headers = {auth.HEADER: shop.key, "Content-Type": "application/json"}
    reply = shop.app.post(f"{BASE}/services", b"{broken", headers=headers, status=403)
    assert reply.json["code"] == "api_permission_disabled"


def test_the_index_needs_no_key(shop):
    shop.key = ""
    routes = shop.get("")["routes"]
    assert routes["/bookingpress/v1/coupons/(?P<id>[\\d]+)"]["methods"] == ["GET", "DELETE"]
    assert routes["/bookingpress/v1/payments"]["methods"] == ["GET"]
