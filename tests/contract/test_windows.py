"""How soon and how far ahead a service is sold is its own affair: every dialect keeps to the windows of all others."""

import json
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.domain.schedule import BookingWindowRules, CalendarRule, CapacityRules, Offset, SchedulePlan
from core.services import bookings, repository, site
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import NOW
from tests.contract.test_offer_and_sale import FRONTS, Slot

pytestmark = pytest.mark.slow

DIALECTS = sorted(DRIVERS)
TODAY = datetime(2026, 3, 2)
HOURS = (CalendarRule(effect="open", from_minute=540, to_minute=1020),)

#: A service as each dialect sets one up, bookable from Wednesday the 4th to Saturday the 7th of March: what is imported,
#: and the service's id.
DOCUMENTS = {
    "wc_bookings": {
        "products": [
            {
                "id": 801, "name": "Court", "status": "publish", "price": "10", "duration_type": "fixed", "duration": 1,
                "duration_unit": "hour", "qty": 3, "min_date_value": 2, "min_date_unit": "day", "max_date_value": 5,
                "max_date_unit": "day", "default_date_availability": "available",
            }
        ]
    },
    "bookingpress": {
        "settings": {"period_available_for_booking": 5, "default_minimum_time_for_booking": 2 * 1440},
        "workhours": [
            {"day": day, "start_time": "09:00", "end_time": "17:00"}
            for day in ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        ],
        "services": [
            {"id": 802, "service_name": "Court", "service_price": 10, "service_duration_val": 1,
             "service_duration_unit": "h", "max_capacity": 3}
        ],
    },
}  # fmt: skip


def neutral(**limits):
    return repository.services.create(
        now=NOW,
        name="Court",
        price=Decimal(10),
        plan=SchedulePlan(capacity=CapacityRules(limit=3), **limits),
        rules=HOURS,
        origin="elsewhere",
    ).id


TWO, FIVE = Offset(2, "day"), Offset(5, "day")
#: The services, and the last day of each one's window.
SERVICES = {
    "wc_bookings": (lambda venue: imported(venue, "wc_bookings", 801), 7),
    "bookingpress": (lambda venue: imported(venue, "bookingpress", 802), 7),
    "days": (
        lambda venue: neutral(
            booking_window=BookingWindowRules(notice=TWO, horizon=FIVE, horizon_applies_to="day"),
        ),
        7,
    ),
    "starts": (
        lambda venue: neutral(
            booking_window=BookingWindowRules(notice=TWO, horizon=FIVE, horizon_applies_to="start"),
        ),
        7,
    ),
    "ends": (
        lambda venue: neutral(
            booking_window=BookingWindowRules(notice=TWO, horizon=FIVE, horizon_applies_to="end"),
        ),
        7,
    ),
    "weeks": (
        lambda venue: neutral(
            booking_window=BookingWindowRules(
                notice=Offset(48, "hour"), horizon=Offset(1, "week"), notice_inclusive=False
            ),
        ),
        9,
    ),
}


def imported(venue, dialect, number):
    document = json.loads(json.dumps(DOCUMENTS[dialect]))
    venue.manager.importers[dialect].load(document, site=site.current(), now=NOW)
    return number


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_sells_within_the_window_of_a_service_whoever_set_it_up(venue, name):
    client, front = venue.clients[name], FRONTS[name]
    for origin, (make, last) in SERVICES.items():
        service = repository.services.get(make(venue))

        def slot(day, hour, service=service):
            start = TODAY.replace(day=day, hour=hour)
            return Slot(service, start, start + timedelta(hours=1))

        outside = [slot(1, 11), slot(2, 9), slot(2, 15), slot(3, 11), slot(4, 9), slot(last + 1, 11), slot(28, 11)]
        inside = [slot(4, 11), slot(5, 11), slot(last, 9)]
        for one in outside:
            assert front.left(client, one) == 0, (origin, one.start, "is listed")
            assert not front.book(client, one, 1), (origin, one.start, "is sold")
        for one in inside:
            assert front.left(client, one) == 3, (origin, one.start, "is not listed")
            assert front.book(client, one, 1), (origin, one.start, "is not sold")
        assert bookings.page([("service_id", "=", service.id)]).total == len(inside)


@pytest.mark.parametrize("name", [name for name in DIALECTS if name != "bookingpress"])
def test_a_booking_is_not_moved_out_of_the_window_either(venue, name):
    number = SERVICES["days"][0](venue)
    client = venue.clients[name]
    start = TODAY.replace(day=5, hour=11)
    made = FRONTS[name].book(client, Slot(repository.services.get(number), start, start + timedelta(hours=1)), 1)
    for there in (TODAY.replace(day=3, hour=11), TODAY.replace(day=28, hour=11)):
        refused = client.move(made, there)
        assert 400 <= refused.status < 500, (there, refused)
        assert bookings.get(made).wall_start == start
    assert client.move(made, TODAY.replace(day=6, hour=12)).booked
    assert bookings.get(made).wall_start == TODAY.replace(day=6, hour=12)
