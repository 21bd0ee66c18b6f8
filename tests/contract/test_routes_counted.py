"""Requests are counted by route, also where a platform matches the path itself."""

import pytest

from core import metrics
from frontdesk.testing.built_in import DRIVERS
from tests.contract.conftest import START, make_service

#: What the path of one booking is called.
TEMPLATES = {
    "bkap": "/wc-api/v3/bkap/bookings/{id}",
    "wc_bookings": "/wp-json/wc-bookings/v1/bookings/{id}",
    "bookingpress": "/wp-json/bookingpress/v1/appointments/{id}",
    "bookablesites": "/api/v1/bookings/{id}",
}


def counted(dialect, template, status):
    return metrics.counter_totals().get(("route_requests", (dialect, template, str(status))), 0)


@pytest.mark.parametrize("dialect", DRIVERS)
def test_a_request_counts_for_its_route_and_status(venue, dialect):
    client, template = venue.clients[dialect], TEMPLATES[dialect]
    booked = client.book(make_service().id, START)
    before = counted(dialect, template, 200)
    seconds = metrics.counter_totals().get(("route_seconds", (dialect, template)), 0)

    for _ in range(3):
        assert client.read(booked.id)[0] == 200

    assert counted(dialect, template, 200) - before == 3
    assert metrics.counter_totals()["route_seconds", (dialect, template)] > seconds
    page = metrics.render_metrics()[0].decode()
    assert f'frontdesk_route_requests_total{{dialect="{dialect}",status="200",template="{template}"}}' in page


def test_a_path_without_a_route_counts_under_none(venue):
    client = venue.clients["bkap"]
    before = counted("none", "", 404)

    client.send("GET", "/nowhere/at/all")

    assert counted("none", "", 404) == before + 1


def test_the_number_of_routes_is_bounded(venue, monkeypatch):
    monkeypatch.setattr(metrics, "_MAX_ROUTES", len(metrics._routes))
    before = counted("quay", "", 0)

    for status in range(900, 910):
        metrics.count_request("quay", "GET", status, 0.001, "/quay")

    assert counted("quay", "", 0) == before + 10
