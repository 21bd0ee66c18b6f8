"""On the nights of a clock change every dialect sells three hours as three hours."""

from datetime import timedelta

import pytest

from core.services import bookings
from frontdesk.testing.built_in import stamp
from tests.core.services.test_clock_changes import NIGHTS, hourly

CUSTOMER = {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"}


def wc_bookings(client, service, start, end):
    fields = {"product_id": service, "start": stamp(start), "end": stamp(end)}
    return client.send("POST", f"{client.base}/bookings", fields)[2]["id"]


def bkap(client, service, start, end):
    query = f"product_id={service}&start_date={start:%Y-%m-%d}&end_date={start:%Y-%m-%d}&start_time=01:00"
    _, _, price = client.send("GET", f"{client.base}/bookings/price?{query}&end_time=04:00&duration=3")
    assert price["total_price_calculated"] == "15.00"
    return client.book(service, start, 180).id


def bookingpress(client, service, start, end):
    return client.book(service, start, 180).id


def bookablesites(client, service, start, end):
    times = {"start_date_time": f"{start:%Y-%m-%d %H:%M:%S}", "end_date_time": f"{end:%Y-%m-%d %H:%M:%S}"}
    return client.send("POST", "/api/v2/bookings", {"service": service, "customer": CUSTOMER, **times})[2]["id"]


@pytest.mark.parametrize("night", NIGHTS)
def test_every_dialect_sells_three_hours(venue, night):
    zone, start, _ = NIGHTS[night]
    service, end = hourly(zone), start + timedelta(hours=3)
    for sell in (wc_bookings, bkap, bookingpress, bookablesites):
        made = bookings.get(sell(venue.clients[sell.__name__], service, start, end))
        assert (made.blocks, made.wall_end) == (3, end), sell.__name__
        assert made.total == (10 if sell is bkap else 15), sell.__name__
