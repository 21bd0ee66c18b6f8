"""The settings screen of a vendor in a real browser: what is changed there holds at once in both workers."""

import time
from contextlib import contextmanager

import pytest
import requests

from frontdesk.testing.built_in import DRIVERS
from tests.browser.conftest import over_http

SCREEN = "/desk/settings/bookingpress"


class Caller:
    """A program with the new key, whose calls reach any worker."""

    def __init__(self, shop, key: str) -> None:
        self._url = f"{shop.url}/wp-json/bookingpress/v1/customers"
        self._headers = {"X-Bookingpress-Api-Key": key, "Connection": "close"}

    def ask(self) -> requests.Response:
        return requests.get(self._url, headers=self._headers, timeout=10)

    def hears(self, status: int) -> requests.Response:
        """Ask until both workers have answered, always with this status."""
        seen = set()
        ends = time.monotonic() + 20
        while len(seen) < 2:
            assert time.monotonic() < ends, "only one worker answers"
            reply = self.ask()
            assert reply.status_code == status, reply.text
            # Request ids begin with what identifies the application of the worker.
            seen.add(reply.headers["x-request-id"][:20])
        return reply


def save(page) -> None:
    page.get_by_role("button", name="Save").click()
    page.get_by_role("status").get_by_text("Saved, and in force everywhere").wait_for()


@pytest.fixture
def caller(anna, shop):
    """A caller with a key that was generated on the screen, without limits."""
    page = anna.open(SCREEN)
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Replace the key").click()
    key = page.locator("#secret-1").inner_text()
    shop.clients["bookingpress"] = DRIVERS["bookingpress"](over_http(shop.url), {"api_key": key})
    page.get_by_label("Rate Limit/Minute").fill("0")
    page.get_by_label("Rate Limit/Hour").fill("0")
    save(page)
    yield Caller(shop, key)
    page.on("dialog", lambda dialog: dialog.accept())
    for label in ("Rate Limit/Minute", "Rate Limit/Hour"):
        page.goto(SCREEN)
        page.get_by_role("button", name=f"for {label}").click()
        page.get_by_role("status").wait_for()


@contextmanager
def changed(page, change, put_back):
    """Something is changed and saved, and put back afterwards."""
    page.goto(SCREEN)
    change()
    save(page)
    yield
    put_back()
    save(page)


def test_a_permission_that_is_switched_off_is_refused_at_once_in_both_workers(anna, caller):
    group = anna.page.get_by_role("group", name="Customers")
    switch = group.get_by_role("switch", name="Read")
    caller.hears(200)
    with changed(anna.page, switch.uncheck, switch.check):
        assert caller.hears(403).json()["data"]["permission"] == "customers.read"
        assert "changed by anna just now" in group.inner_text()
    caller.hears(200)


@pytest.mark.parametrize(
    "label, before, text, status, code",
    [
        ("Blacklisted IPs", "", "127.0.0.0/8", 403, "ip_blacklisted"),
        ("Whitelisted IPs", "", "203.0.113.9", 403, "ip_not_whitelisted"),
        ("Rate Limit/Minute", "0", "1", 429, "rate_limit_exceeded"),
    ],
)
def test_lists_and_limits_hold_at_once_in_both_workers(anna, caller, label, before, text, status, code):
    field = anna.page.get_by_label(label)
    with changed(anna.page, lambda: field.fill(text), lambda: field.fill(before)):
        if status == 429:
            assert caller.ask().status_code == 200
        assert caller.hears(status).json()["code"] == code
    caller.hears(200)


def test_what_is_wrong_is_said_at_its_field(anna):
    page = anna.open(SCREEN)
    field = page.get_by_label("Blacklisted IPs")
    field.fill("everybody")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link", name="Blacklisted IPs").click()
    assert page.evaluate("() => location.hash") == "#set-blacklisted_ips"
    assert field.input_value() == "everybody"
    assert "neither an IP address nor a network" in page.locator("#set-blacklisted_ips-problem").inner_text()


def test_the_new_key_is_copied_with_one_click(anna, shop):
    anna.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = anna.open(SCREEN)
    page.get_by_role("button", name="Generate").click()
    page.get_by_role("button", name="Replace the key").click()
    page.get_by_role("button", name="Copy", exact=True).click()
    page.get_by_role("button", name="Copied").wait_for()
    key = page.evaluate("() => navigator.clipboard.readText()")
    shop.clients["bookingpress"] = DRIVERS["bookingpress"](over_http(shop.url), {"api_key": key})
    assert Caller(shop, key).ask().status_code == 200


def test_a_default_comes_back_after_a_question(anna):
    page = anna.open("/desk/settings/wc_bookings")
    page.get_by_label("Cart minutes").fill("15")
    save(page)
    button = page.get_by_role("button", name="Default: 60 for Cart minutes")
    page.once("dialog", lambda dialog: dialog.dismiss())
    button.click()
    assert page.get_by_label("Cart minutes").input_value() == "15"
    page.once("dialog", lambda dialog: dialog.accept())
    button.click()
    page.get_by_text("Cart minutes: the default is in force again.").wait_for()
    assert page.get_by_label("Cart minutes").input_value() == "60"
