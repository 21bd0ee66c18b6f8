"""What this API says in its own words."""

from datetime import UTC, timedelta

from frontdesk.testing import START

ATTENDEE = {"name": "Ada <b>Byron</b>", "email": "ada@example.org", "timeZone": "Europe/Rome"}


def new_booking(venue, **more):
    return {"eventTypeId": venue.room.id, "start": START.replace(tzinfo=UTC).isoformat(), "attendee": ATTENDEE, **more}


def test_a_booking_in_the_envelope(client, frontdesk_venue):
    reply = client.post_json("/v2/bookings", new_booking(frontdesk_venue, metadata={"plan": "A-17"}), status=201).json
    booking = reply["data"]
    assert (reply["status"], booking["status"], booking["metadata"]) == ("success", "accepted", {"plan": "A-17"})
    assert booking["attendees"][0]["email"] == "ada@example.org"
    assert booking["start"] == "2026-03-03T09:00:00Z"
    again = client.get(f"/v2/bookings/{booking['uid']}").json["data"]
    assert again == booking


def test_an_attendee_becomes_one_customer(client, frontdesk_venue):
    first = client.post_json("/v2/bookings", new_booking(frontdesk_venue), status=201).json["data"]
    later = (START + timedelta(hours=2)).replace(tzinfo=UTC).isoformat()
    second = client.post_json("/v2/bookings", new_booking(frontdesk_venue, start=later), status=201).json["data"]
    assert first["attendees"] == second["attendees"]


def test_a_refusal_in_the_envelope(client, frontdesk_venue):
    closed = START.replace(hour=3, tzinfo=UTC).isoformat()
    reply = client.post_json("/v2/bookings", new_booking(frontdesk_venue, start=closed), status=400).json
    assert (reply["status"], reply["path"]) == ("error", "/v2/bookings")
    assert reply["error"]["code"] == "BadRequestException"


def test_slots_are_listed_by_the_day_of_the_zone_that_is_asked_for(client, frontdesk_venue):
    query = {"eventTypeId": frontdesk_venue.room.id, "start": "2026-03-03", "end": "2026-03-04"}
    days = client.get("/v2/slots", query | {"timeZone": "Pacific/Auckland"}).json["data"]
    assert list(days) == ["2026-03-03", "2026-03-04"]
    assert days["2026-03-03"][0]["start"] == "2026-03-02T11:00:00Z"
    client.get("/v2/slots", query | {"timeZone": "Mars/Olympus"}, status=400)
    client.get("/v2/slots", query | {"end": "2027-03-04"}, status=400)
