"""A day of an operator, in a real browser."""

from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest

from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.servers import wait_for
from tests.browser.conftest import PASSWORD, book, over_http

#: A Tuesday in the week after the server's clock.
DAY = datetime(2026, 3, 10, 10)


def test_a_wrong_password_is_refused_and_the_right_one_is_let_in(visitor):
    visitor.sign_in(password="not the password")
    assert visitor.page.get_by_role("alert").inner_text() == "Name or password are wrong."
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url("**/desk")
    assert visitor.page.get_by_role("heading", level=1).inner_text() == "Mon 2 Mar 2026"


def test_signing_out_closes_the_pages(visitor):
    visitor.sign_in().page.wait_for_url("**/desk")
    anna = visitor
    anna.page.get_by_role("button", name="Sign out").click()
    anna.page.wait_for_url("**/desk/sign-in")
    anna.page.goto("/desk/bookings")
    assert "/desk/sign-in" in anna.page.url


def test_a_key_is_generated_and_used(anna, shop):
    page = anna.open("/desk/keys")
    page.get_by_text("bookingpress (one key").click()
    page.get_by_label("replace the present key").check()
    page.get_by_role("button", name="Make a key for bookingpress").click()
    secret = page.locator("#secret-1").inner_text()
    client = DRIVERS["bookingpress"](over_http(shop.url), {"api_key": secret})
    book(client, shop.services["Yoga class"], DAY)
    page.goto("/desk/keys")
    assert secret not in page.content()
    shop.clients["bookingpress"] = client


@pytest.mark.parametrize("dialect", sorted(DRIVERS))
def test_a_booking_of_a_dialect_appears_on_the_calendar(anna, shop, dialect):
    service = {"bkap": "Yoga class", "wc_bookings": "Yoga class", "bookingpress": "Yoga class"}.get(dialect, "Haircut")
    number = book(shop.clients[dialect], shop.services[service], DAY + timedelta(days=1))
    page = anna.open(f"/desk/calendar?view=day&date={(DAY + timedelta(days=1)).date()}")
    shown = page.locator(".ec-event.booking")
    shown.first.wait_for()
    assert dialect.replace("_", " ") in page.locator("#legend").inner_text()
    page.goto(f"/desk/bookings/{number}")
    assert dialect in page.locator("main").inner_text()


def drag(page, event, *, minutes: int) -> None:
    """Drag a booking of the day view down by so many minutes."""
    box = event.bounding_box()
    hour = page.locator(".ec-slot").nth(5).bounding_box()["height"]
    x, y = box["x"] + box["width"] / 2, box["y"] + 8
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x, y + 6, steps=3)
    page.mouse.move(x, y + hour * minutes / 60, steps=12)
    page.mouse.up()


def test_a_booking_is_moved_by_dragging_it(anna, shop):
    day = DAY + timedelta(days=2)
    number = book(shop.clients["bookablesites"], shop.services["Haircut"], day)
    page = anna.open(f"/desk/calendar?view=day&date={day.date()}")
    event = page.locator(".ec-event.booking").first
    event.scroll_into_view_if_needed()
    with page.expect_response(f"**/desk/bookings/{number}") as answer:
        drag(page, event, minutes=60)
    assert answer.value.status == 200
    assert "Moved to" in page.get_by_role("status").inner_text()
    page.goto(f"/desk/bookings/{number}")
    assert "11:00" in page.locator("dl.facts").first.inner_text()
    assert "operator:anna" in page.get_by_role("region", name="History").inner_text()


def test_a_drag_to_a_full_time_comes_back_with_the_reason(anna, shop):
    day = DAY + timedelta(days=3)
    first = book(shop.clients["bkap"], shop.services["Sauna"], day)
    second = book(shop.clients["bkap"], shop.services["Sauna"], day + timedelta(hours=1))
    page = anna.open(f"/desk/calendar?view=day&date={day.date()}")
    event = page.locator(".ec-event.booking").nth(1)
    event.scroll_into_view_if_needed()
    with page.expect_response("**/desk/bookings/*") as answer:
        drag(page, event, minutes=-60)
    assert answer.value.status == 409
    alert = page.locator("#calendar-problem")
    alert.get_by_text("cannot be booked").wait_for()
    assert alert.get_by_role("link", name="Explain").get_attribute("href").startswith("/desk/explain?")
    page.goto(f"/desk/bookings/{second}")
    assert "11:00" in page.locator("dl.facts").first.inner_text()
    assert first != second


def test_the_calendar_turns_its_pages_and_remembers_where_it_is(anna):
    page = anna.open("/desk/calendar?view=week&date=2026-03-10")
    page.get_by_role("button", name="Month").click()
    page.locator(".ec-event.count").first.wait_for()
    assert "view=month" in page.url
    page.locator(".ec-event.count").first.click()
    page.wait_for_url("**view=day**")


def test_a_viewer_sees_but_changes_nothing(visitor, shop):
    number = book(shop.clients["wc_bookings"], shop.services["Yoga class"], DAY + timedelta(days=6))
    visitor.sign_in("vera")
    visitor.page.wait_for_url("**/desk")
    page = visitor.open(f"/desk/bookings/{number}")
    assert page.get_by_role("button", name="Move").count() == 0
    assert page.get_by_role("link", name="Operators").count() == 0


def test_cancelling_asks_first(anna, shop):
    number = book(shop.clients["wc_bookings"], shop.services["Yoga class"], DAY + timedelta(days=7))
    page = anna.open(f"/desk/bookings/{number}")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Cancel the booking").click()
    assert "status-cancelled" not in page.locator("h1").inner_html()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Cancel the booking").click()
    page.get_by_text("Cancelled; its places are free.").wait_for()


def test_a_refused_drag_leads_to_its_explanation(anna, shop):
    day = DAY + timedelta(days=2)
    book(shop.clients["bkap"], shop.services["Sauna"], day)
    page = anna.open(f"/desk/explain?service={shop.services['Sauna']}&start={day:%Y-%m-%dT%H:%M}")
    assert "It cannot be booked" in page.locator("main").inner_text()
    page.locator("main").get_by_role("link", name="Booking").first.click()
    page.wait_for_url("**/desk/bookings/*")


def test_a_person_is_erased(anna, shop):
    number = shop.clients["bookablesites"].book(shop.services["Haircut"], DAY + timedelta(days=8)).id
    page = anna.open(f"/desk/bookings/{number}")
    name = page.get_by_role("link", name="Holt").first.inner_text()
    page.goto("/desk/privacy")
    page.get_by_label("E-mail, phone or name").fill(name)
    page.get_by_role("button", name="Find").click()
    row = page.get_by_role("row").filter(has_text="customer").filter(has_text=name).first
    row.get_by_text("Erase", exact=True).click()
    row.get_by_label("Also where bookings").check()
    row.get_by_label("I am sure").check()
    row.get_by_role("button", name="Erase").click()
    assert "Erased." in page.get_by_role("status").inner_text()
    page.goto(f"/desk/bookings/{number}")
    assert page.get_by_role("link", name=name).count() == 0


class Receiver(BaseHTTPRequestHandler):
    """A client's own server: it is down at first."""

    calls: ClassVar[list[int]] = []
    status: ClassVar[int] = 503

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.calls.append(self.status)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args):
        """Nobody reads it."""


def test_a_delivery_that_failed_is_replayed(anna, shop):
    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    Thread(target=receiver.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{receiver.server_port}/hook"
    client = shop.clients["bookablesites"]
    status, _, made = client.send(
        "POST", f"{client.base}/webhooks", {"name": "till", "url": url, "event": "appointment.booked"}
    )
    assert status == 201, made
    book(client, shop.services["Haircut"], DAY + timedelta(days=10))
    wait_for(lambda: Receiver.calls)
    page = anna.open("/desk/deliveries")
    replay = page.get_by_role("button", name="Replay")
    wait_for(lambda: page.reload() and replay.count())

    Receiver.status = 200
    replay.first.click()
    wait_for(lambda: 200 in Receiver.calls)
    page.goto("/desk/audit?kind=delivery.replayed")
    assert "operator:anna" in page.locator("main").inner_text()
    receiver.shutdown()
    receiver.server_close()
