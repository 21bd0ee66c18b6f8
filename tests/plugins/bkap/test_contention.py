"""A create of several bookings succeeds or fails as a whole while other creates run."""

import json
import threading

import pytest

from core import db
from core.services import bookings, doctor
from frontdesk.testing.stores import KINDS
from tests.plugins.bkap.conftest import BASE, close_shop, open_shop, product


@pytest.fixture(params=KINDS)
def busy(request, tmp_path):
    """A shop on each database, with two dates of three places and three resources of one."""
    shop = open_shop(tmp_path, kind=request.param)
    lockouts = dict.fromkeys((f"booking_weekday_{n}" for n in range(7)), 3)
    shop.load(
        {
            "resources": [{"resource_id": n, "resource_title": f"R{n}", "resource_quantity": 2} for n in (10, 11, 12)],
            "products": [
                product(61, "multidates", booking_recurring_lockout=lockouts),
                product(62, _bkap_product_resources=[10, 11, 12]),
            ],
        }
    )
    yield shop
    close_shop()


def rush(shop, bodies):
    """The statuses of all bodies, each sent from its own thread at the same time."""
    answers, start = [], threading.Barrier(len(bodies))

    def call(body):
        try:
            start.wait(10)
            reply = shop.app.post(f"{BASE}/bookings", json.dumps(body), headers=shop.basic(), expect_errors=True)
            answers.append(reply.status_int)
        finally:
            db.close_database()

    threads = [threading.Thread(target=call, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


def test_dates_are_sold_together_or_not_at_all(busy):
    dates = ["2021-09-24", "2021-09-25", "2021-09-26"]
    bodies = [{"product_id": 61, "price": 5, "dates": dates[shift:] + dates[:shift]} for shift in (0, 1, 2)] * 4

    answers = rush(busy, bodies)

    assert sorted(answers) == [200] * 3 + [400] * 9
    assert bookings.page().total == 9
    assert set(busy.left(61, "2021-09-24", "2021-09-26").values()) == {0}
    assert doctor.examine(now=busy.clock()).breaches == []


def test_resources_are_sold_together_or_not_at_all(busy):
    resource_ids = [10, 11, 12]
    body = {"product_id": 62, "price": 5, "start_date": "2021-09-24", "end_date": "2021-09-24"}
    bodies = [{**body, "resource_id": resource_ids[shift:] + resource_ids[:shift]} for shift in (0, 1, 2)] * 4

    answers = rush(busy, bodies)

    assert sorted(answers) == [200] * 2 + [400] * 10
    assert bookings.page().total == 6
    assert len({booking.order_id for booking in bookings.page().items}) == 2
    assert doctor.examine(now=busy.clock()).breaches == []
