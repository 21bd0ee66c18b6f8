"""Deleting through any dialect tells those who wait for a cancellation, before the booking goes."""

import pytest

from core.services import bookings, events
from plugins.bookablesites.translate.events import CANCELED, event_name, to_payload
from plugins.bookablesites.usecases.deliveries import event_records
from tests.contract.conftest import NOW, START, make_service

WC, BP = "/wp-json/wc-bookings/v1", "/wp-json/bookingpress/v1"
WAYS = {
    "a shop's trash": ("wc_bookings", "DELETE", f"{WC}/bookings/{{id}}", None),
    "a shop, for good": ("wc_bookings", "DELETE", f"{WC}/bookings/{{id}}?force=true", None),
    "a shop's batch": ("wc_bookings", "POST", f"{WC}/bookings/batch", "delete"),
    "a shop's status": ("wc_bookings", "PUT", f"{WC}/bookings/{{id}}", {"status": "trash"}),
    "the other shop": ("bkap", "DELETE", "/wc-api/v3/bkap/bookings/{id}", None),
    "an appointment": ("bookingpress", "DELETE", f"{BP}/appointments/{{id}}", None),
    "a customer": ("bookingpress", "DELETE", f"{BP}/customers/{{customer}}", None),
    "a place": ("bookablesites", "DELETE", "/api/v1/bookings/{id}", None),
    "an appointment of a salon": ("bookablesites", "DELETE", "/api/v1/appointments/{id}", None),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_deleted_booking_is_told_as_cancelled(venue, way):
    sold = venue.clients["bookablesites"].book(make_service().id, START)
    customer = bookings.get(sold.id).customer_id
    name, method, path, data = WAYS[way]
    if data == "delete":
        data = {"delete": [sold.id]}

    status, _, body = venue.clients[name].send(method, path.format(id=sold.id, customer=customer), data)

    assert status == 200, body
    told = [event for event in events.recent(["booking.cancelled"]) if event_name(event) == CANCELED]
    assert [event.subject_id for event in told] == [sold.id]
    shown = to_payload(told[0], CANCELED, event_records(told[0]))
    assert (shown["bookingId"], shown["appointmentStatus"], shown["customerFullName"]) == (
        sold.id,
        "canceled",
        "Mira Holt",
    )
    assert shown["serviceName"] == "Room"
    assert events.take_due("bookablesites.webhooks", now=NOW)
