"""A service has the same starts through every dialect, whichever made it."""

from datetime import datetime

import pytest

from frontdesk.testing.built_in import DRIVERS

TUESDAY = datetime(2026, 3, 17)


def window(kind: str, low: str, high: str, bookable: str = "yes", priority: int = 10) -> dict[str, object]:
    return {"type": kind, "from": low, "to": high, "bookable": bookable, "priority": priority}


#: Settings of a product, and its starts between 09:00 and 13:00.
PRODUCTS = {
    "two grids": (
        {"default_date_availability": "available", "availability": [window("time", "09:30", "12:00")]},
        "09:00 09:30 10:00 10:30 11:00 12:00 13:00",
    ),
    "a hole in an opening": (
        {
            "default_date_availability": "available",
            "availability": [window("time", "09:30", "15:00"), window("time", "11:00", "12:30", "no", 5)],
        },
        "09:00 09:30 10:00 12:30 13:00",
    ),
    "windows that overlap, with a buffer": (
        {
            "duration_unit": "minute",
            "duration": 45,
            "buffer_period": 15,
            "availability": [window("time", "09:15", "10:30"), window("time:2", "10:00", "12:30")],
        },
        "09:15 10:15 11:15",
    ),
    "the night before": ({"availability": [window("time:1", "22:30", "11:00")]}, "09:30"),
    "the night before and the day": (
        {"availability": [window("time:1", "22:30", "11:00"), window("time:2", "09:00", "12:00")]},
        "09:00 09:30 10:00 11:00",
    ),
}


@pytest.mark.parametrize("name", PRODUCTS)
def test_a_service_has_the_same_starts_in_all_dialects(venue, name):
    settings, expected = PRODUCTS[name]
    body = {"name": "Room", "status": "publish", "duration_unit": "hour", "duration": 1, "qty": 2, **settings}
    status, _, product = venue.clients["wc_bookings"].send("POST", "/wp-json/wc-bookings/v1/products", body)
    assert status == 201, product

    places = {name: client.places(product["id"], TUESDAY) for name, client in venue.clients.items()}

    listed = places["wc_bookings"]
    assert " ".join(clock for clock in sorted(listed) if "09:00" <= clock <= "13:00") == expected
    assert places == dict.fromkeys(DRIVERS, listed)

    # What one dialect lists alone of the night or a second grid, every dialect sells.
    start = TUESDAY.replace(hour=9, minute=30 if "09:30" in listed else 15)
    minutes = 45 if "duration" in settings else 60
    for client in list(venue.clients.values())[:2]:
        sold = client.book(product["id"], start, minutes)
        assert sold.booked, sold.body
    left = {name: client.left(product["id"], start) for name, client in venue.clients.items()}
    assert left == dict.fromkeys(DRIVERS, 0)
