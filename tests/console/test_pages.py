"""Explain, reports, health, audit and privacy, as pages."""

import csv
import io
import json
import time
from datetime import timedelta

import pytest

from core.services import audit, bookings, doctor, request_history
from core.services.audit import Filter
from core.services.repository import customers
from core.services.request_history import Count
from frontdesk.testing.venue import NOW
from tests.console.test_bookings import JSON, book
from tests.contract.conftest import START, make_service


@pytest.fixture
def room(any_desk):
    return make_service(capacity=1)


def explain(desk, room, start, **query):
    return desk.vera.get("/desk/explain", {"service": room.id, "start": start.isoformat(), **query}, expect_errors=True)


def test_a_full_time_is_explained_by_its_booking(any_desk, room):
    booking_id = book(any_desk, "bkap", room)
    page = explain(any_desk, room, START)
    assert "It cannot be booked" in page.text
    assert f"/desk/bookings/{booking_id}" in page.text
    free = explain(any_desk, room, START + timedelta(hours=1))
    assert "It can be booked" in free.text
    assert "$10.00" in free.text


def test_programs_get_the_explanation_as_json(any_desk, room):
    found = any_desk.vera.get(
        "/desk/explain", {"service": room.id, "start": START.replace(hour=3).isoformat()}, headers=JSON
    ).json
    assert found["bookable"] is False
    assert found["choices"][0]["causes"][0]["code"] == "closed"


@pytest.mark.parametrize(
    "query, status",
    [
        ({"service": "99999", "start": "2026-03-03T09:00"}, 404),
        ({"start": "tomorrow"}, 422),
        ({"start": "2026-03-03"}, 422),
        ({"start": "0001-01-01T00:00"}, None),
        ({"start": "9999-12-31T23:59"}, None),
        ({"start": "2026-03-03T09:00", "persons": "99999999999", "blocks": "-5"}, None),
        ({"start": "2026-03-03T09:00", "resource": "77"}, 404),
        ({"start": "2026-03-03T09:00", "coupon": "<b>"}, None),
        ({"start": "2026-03-03T09:00+02:00"}, 422),
    ],
)
def test_questions_without_sense_get_a_sentence(desk, query, status):
    room = make_service()
    page = desk.vera.get("/desk/explain", {"service": room.id, **query}, expect_errors=True)
    assert page.status_int < 500
    if status is not None:
        assert page.status_int == status
        assert page.html.select_one("[role=alert]").text.strip()


@pytest.mark.parametrize("report", ["bookings", "revenue", "utilisation"])
@pytest.mark.parametrize("by", ["service", "resource", "origin", "month"])
def test_reports_have_a_table_a_plot_and_csv(any_desk, room, report, by):
    book(any_desk, "bkap", room)
    book(any_desk, "bookingpress", room, START + timedelta(hours=1))
    query = {"report": report, "by": by, "first": "2026-03-01", "last": "2026-03-31"}
    page = any_desk.vera.get("/desk/reports", query)
    rows = list(csv.reader(io.StringIO(any_desk.vera.get("/desk/reports", {**query, "format": "csv"}).text)))
    assert len(page.html.select("tbody tr")) == len(rows) - 1
    # The room needs nobody, so no resource offers any time.
    assert bool(page.html.select(".bar progress")) is ((report, by) != ("utilisation", "resource"))
    if report == "bookings":
        assert sum(int(row[rows[0].index("made")]) for row in rows[1:]) == 2


@pytest.mark.parametrize(
    "query, status",
    [
        ({"first": "2026-03-31", "last": "2026-03-01"}, 422),
        ({"first": "2020-01-01", "last": "2026-03-01"}, 422),
        ({"report": "<b>", "by": "nobody", "first": "x", "last": "y"}, 200),
    ],
)
def test_reports_are_bounded(desk, query, status):
    assert desk.vera.get("/desk/reports", query, expect_errors=True).status_int == status


def test_health_shows_what_was_counted(any_desk):
    at = int(time.time()) - 120
    counts = [
        Count("requests", ("bkap", "GET", "200"), 7.0),
        Count("bookings_refused", ("bkap", "full"), 3.0),
    ]
    request_history.record_sample(counts, at=at, source="test")
    page = any_desk.vera.get("/desk/health")
    plots = json.loads(page.html.select_one("#plots-data").text)
    assert {plot["title"] for plot in plots} == {"Requests", "Refused bookings, by reason"}
    assert any_desk.vera.get("/desk/health", {"period": "day"}).status_int == 200
    assert any_desk.vera.get("/desk/health", {"period": "<b>"}).status_int == 200


def test_the_doctor_is_asked_by_a_form(any_desk, room):
    book(any_desk, "bkap", room)
    page = any_desk.otto.send("/desk/health", {"action": "examine"})
    assert "All is well" in page.text
    assert any_desk.vera.send("/desk/health", {"action": "examine"}, expect_errors=True).status_int == 403


def person(desk, room):
    """A customer of two dialects."""
    first = book(desk, "bookingpress", room)
    book(desk, "bookablesites", room, START + timedelta(hours=1))
    return bookings.get(first).customer_id


def test_a_person_is_found_exported_and_erased(any_desk, room):
    customer_id = person(any_desk, room)
    customer = customers.get(customer_id)
    found = any_desk.anna.get("/desk/privacy", {"q": customer.email})
    assert customer.email in found.text

    who = {"kind": "customer", "id": customer_id}
    exported = any_desk.anna.send("/desk/privacy", {"action": "export", **who})
    assert customer.email in exported.text
    assert "attachment" in exported.headers["Content-Disposition"]

    def erase(**fields):
        return any_desk.anna.send("/desk/privacy", {"action": "erase", **who, **fields}, expect_errors=True)

    assert "Tick the box" in erase().text
    refused = erase(sure="yes")
    assert refused.status_int == 422
    assert "still to come" in refused.text
    assert customers.get(customer_id) == customer

    done = erase(sure="yes", keep_upcoming="1", reason="asked by letter")
    assert "Erased." in done.text
    assert customers.get(customer_id).email != customer.email
    assert customer.email not in any_desk.anna.get("/desk/bookings").text
    entry = audit.entries(Filter(kind="person.erased"), limit=1)[0]
    assert (entry.actor, entry.reason) == ("operator:anna", "asked by letter")
    assert doctor.examine(now=NOW).ok


@pytest.mark.parametrize("name", ["otto", "vera"])
def test_privacy_is_for_owners(desk, name):
    assert desk.people[name].get("/desk/privacy", expect_errors=True).status_int == 403
    fields = {"action": "export", "kind": "customer", "id": "1"}
    assert desk.people[name].send("/desk/privacy", fields, expect_errors=True).status_int == 403


@pytest.mark.parametrize(
    "fields, status",
    [
        ({"action": "export", "kind": "customer", "id": "99999"}, 404),
        ({"action": "erase", "kind": "guest", "id": "99999", "sure": "yes"}, 422),
        ({"action": "explode"}, 422),
        ({}, 422),
    ],
)
def test_nobody_is_erased_by_mistake(desk, fields, status):
    assert desk.anna.send("/desk/privacy", fields, expect_errors=True).status_int == status


def test_short_searches_are_refused(desk):
    assert "at least two" in desk.anna.get("/desk/privacy", {"q": "x"}).text


def test_the_audit_log_is_filtered_and_exported(any_desk, room):
    booking_id = book(any_desk, "bkap", room)
    any_desk.otto.send(f"/desk/bookings/{booking_id}", {"action": "cancel", "reason": "=HYPERLINK(1)"})
    page = any_desk.vera.get("/desk/audit", {"actor": "operator:otto"})
    assert [row.select("td")[2].text for row in page.html.select("tbody tr")] == ["booking.cancelled"]
    key = next(entry.actor for entry in audit.entries(Filter(kind="booking.created"), limit=1))
    assert key.startswith("key:bkap:")
    assert any_desk.vera.get("/desk/audit", {"actor": key}).html.select("tbody tr")
    text = any_desk.vera.get("/desk/audit", {"format": "csv", "kind": "booking.cancelled"}).text
    assert "'=HYPERLINK(1)" in text


def test_the_audit_log_turns_its_pages(desk):
    room = make_service(capacity=99)
    for number in range(60):
        book(desk, "bkap", room, START + timedelta(hours=number % 8))
    first = desk.vera.get("/desk/audit", {"kind": "booking.created"})
    second = first.click("Older")
    numbers = [row.select("td")[3].text for page in (first, second) for row in page.html.select("tbody tr")]
    assert len(numbers) == len(set(numbers)) == 60
