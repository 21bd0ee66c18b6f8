"""A vendor's own screen of settings: as its document describes it, with its key, and in force at once."""

import re
from types import SimpleNamespace

import pytest

from core.services import audit, credentials
from core.services.audit import Filter
from frontdesk.testing.host import close_host
from frontdesk.testing.host import open_host as open_one
from frontdesk.testing.stores import open_store
from frontdesk.testing.venue import NOW, Clock
from tests.console.conftest import people
from tests.console.forms import about, saved, stored

pytestmark = pytest.mark.slow

BOOKINGPRESS = "/desk/settings/bookingpress"
#: "BookingPress > Settings > API Settings" in the vendor's document.
DOCUMENT = {
    "Appointments": ["Create", "Read", "Delete"],
    "Customers": ["Create", "Read", "Update", "Delete"],
    "Staff Member": ["Create", "Read", "Update", "Delete"],
    "Categories": ["Create", "Read", "Update", "Delete"],
    "Services": ["Create", "Read", "Update", "Delete"],
    "Payments": ["List"],
    "Locations": ["Create", "Read", "Update", "Delete"],
    "Coupon": ["Create", "Read", "Delete"],
    "Package": ["Create", "Read", "Update", "Delete"],
    "Gift Cards": ["Create", "Read", "Update", "Delete"],
}


def test_the_bookingpress_screen_is_that_of_the_document(desk):
    page = desk.anna.get(BOOKINGPRESS)
    html = page.html
    assert " ".join(html.select_one(".trail").text.split()) == "BookingPress > Settings > API Settings"
    assert [title.text for title in html.select("h1, h2")] == [
        "API Settings",
        "Generate API Security Key",
        "API Settings Options",
        "API Permissions",
        "Further settings",
    ]
    assert html.find("button", string="Generate") is not None
    options = html.find("h2", string="API Settings Options").find_parent("fieldset")
    assert [label.text for label in options.find_all("label")] == [
        "Key Expiry",
        "Rate Limit/Minute",
        "Rate Limit/Hour",
        "Blacklisted IPs",
        "Whitelisted IPs",
    ]
    assert [choice.text for choice in options.find_all("option")] == ["1 Year", "2 Years", "3 Years", "Unlimited"]
    groups = {
        group.find("h3").text: [label.text.strip() for label in group.find_all("label")]
        for group in html.select(".groups fieldset")
    }
    assert groups == DOCUMENT
    switches = html.select(".groups input[role=switch]")
    assert len(switches) == 35
    assert all(switch.has_attr("checked") for switch in switches)
    assert "Manage staffmember through the API, including actions like creating, reading, updating" in page.text
    assert "Enable payment-related actions like listing payments." in page.text


def test_generating_a_key_asks_before_it_replaces_one(any_desk):
    first = any_desk.anna.send(BOOKINGPRESS, {"action": "generate", "replace": "1"}).html.select_one("#secret-1").text
    assert status_with(any_desk, first) == 200
    old = credentials.list_usable("bookingpress", now=NOW)[0]
    asked = any_desk.anna.send(BOOKINGPRESS, {"action": "generate"}, expect_errors=True)
    assert asked.status_int == 422
    assert "A new key replaces the one in force" in asked.html.select_one("[role=alert]").text
    assert [key.id for key in credentials.list_usable("bookingpress", now=NOW)] == [old.id]

    form = next(form for form in asked.forms.values() if "replace" in form.fields)
    page = form.submit()
    secret = page.html.select_one("#secret-1").text
    assert re.fullmatch("[0-9a-f]{64}", secret)
    assert page.html.select_one("[data-copy=secret-1]") is not None
    assert status_with(any_desk, secret) == 200
    assert status_with(any_desk, first) == 403
    again = any_desk.anna.get(BOOKINGPRESS).text
    assert secret not in again
    assert f"<code>{secret[-4:]}</code>" in again
    assert audit.entries(Filter(kind="key.created"), limit=1)[0].actor == "operator:anna"


def test_the_first_key_needs_no_question(desk):
    credentials.revoke_realm("bookingpress", now=NOW)
    assert "There is no key yet" in desk.anna.get(BOOKINGPRESS).text
    page = desk.anna.send(BOOKINGPRESS, {"action": "generate"})
    assert status_with(desk, page.html.select_one("#secret-1").text) == 200


def test_the_end_of_the_key_follows_its_expiry(desk):
    assert "last used never." in desk.anna.get(BOOKINGPRESS).html.select_one("section.key").text
    saved(desk.anna, BOOKINGPRESS, key_expiry="1 year")
    assert f"ends {NOW.day + 1} {NOW:%b} {NOW.year + 1}" in desk.anna.get(BOOKINGPRESS).text


def status_with(desk, key, path="customers"):
    return desk.app.get(
        f"/wp-json/bookingpress/v1/{path}",
        headers={"X-Bookingpress-Api-Key": key},
        extra_environ={"REMOTE_ADDR": "127.0.0.1"},
        expect_errors=True,
    ).status_int


@pytest.fixture
def key(desk):
    page = desk.anna.send(BOOKINGPRESS, {"action": "generate", "replace": "1"})
    return page.html.select_one("#secret-1").text


@pytest.mark.parametrize("group", DOCUMENT)
def test_a_switch_that_is_off_refuses_at_once_and_only_its_action(desk, key, group):
    paths = {"Staff Member": "staffmembers", "Coupon": "coupons", "Package": "packages", "Gift Cards": "gift-cards"}
    path = paths.get(group, group.lower())
    action = "list" if group == "Payments" else "read"
    name = {"Staff Member": "staffmember", "Gift Cards": "gift_cards"}.get(group, group.lower())
    assert status_with(desk, key, path) == 200
    saved(desk.anna, BOOKINGPRESS, **{f"permissions.{name}.{action}": False})
    assert status_with(desk, key, path) == 403
    assert stored("bookingpress") == {f"permissions.{name}.{action}": False}
    saved(desk.anna, BOOKINGPRESS, **{f"permissions.{name}.{action}": True})
    assert status_with(desk, key, path) == 200


@pytest.fixture
def alone(tmp_path):
    """The dialect of the screen alone, with nothing set in the configuration."""
    running = open_one(
        open_store("sqlite", tmp_path), clock=Clock(NOW), tables={"plugins": {"enabled": ["bookingpress"]}}
    )
    desk = SimpleNamespace(app=running.app)
    people(desk)
    yield desk
    close_host()


def test_limits_and_lists_hold_at_once(alone):
    desk = alone
    key = desk.anna.send(BOOKINGPRESS, {"action": "generate"}).html.select_one("#secret-1").text
    for wrong in ("-1", "99999999999", "1.5", ""):
        refused = saved(desk.anna, BOOKINGPRESS, rate_limit_minute=wrong)
        assert about(refused, "rate_limit_minute")[1].startswith("Expected whole number")
    saved(desk.anna, BOOKINGPRESS, rate_limit_minute="2")
    assert [status_with(desk, key) for _ in range(3)] == [200, 200, 429]
    saved(desk.anna, BOOKINGPRESS, rate_limit_minute="0", rate_limit_hour="3")
    assert status_with(desk, key) == 200
    assert status_with(desk, key) == 429
    saved(desk.anna, BOOKINGPRESS, rate_limit_hour="0", blacklisted_ips="127.0.0.0/8")
    assert status_with(desk, key) == 403
    saved(desk.anna, BOOKINGPRESS, blacklisted_ips="", whitelisted_ips="203.0.113.9")
    assert status_with(desk, key) == 403
    saved(desk.anna, BOOKINGPRESS, whitelisted_ips="203.0.113.9, 127.0.0.1")
    assert status_with(desk, key) == 200
