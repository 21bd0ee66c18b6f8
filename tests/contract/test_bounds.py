"""No caller decides how much a request costs: every window and list has a bound, and the vendor's words beyond it."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest

from core import request_budget
from core.domain.schedule import BookingWindowRules, CalendarRule, CapacityRules, Offset, SchedulePlan, SlotGrid
from core.errors import AnswerTooLarge
from core.services import availability
from core.services import repository as tables
from tests.contract.conftest import NOW, make_service

pytestmark = pytest.mark.slow

#: The same service through each dialect: what asks for every day there is, and the status beyond the bound.
EVER = {
    "bkap": ("/bookings/availability?product_id={id}&start_date=0001-01-01&end_date=9999-12-31", 400),
    "wc_bookings": ("/products/slots?product_ids={id}&min_date=0001-01-01&max_date=9999-12-31", 400),
    "bookablesites": (
        "/available-times?service={id}&calendar_start_date=0001-01-01&calendar_end_date=9999-12-31",
        422,
    ),
}


def quarters(**plan):
    """Open day and night, a start every quarter of an hour."""
    return make_service(
        name="Quarters",
        rules=(CalendarRule(effect="open"),),
        plan=SchedulePlan(
            unit="minute", length=15, grid=SlotGrid(step_minutes=15), capacity=CapacityRules(limit=3), **plan
        ),
    )


@pytest.mark.parametrize("name", EVER)
def test_every_day_there_is_is_too_much_in_every_dialect(venue, name):
    path, status = EVER[name]
    client = venue.clients[name]
    begun = time.process_time()
    answer = client.send("GET", client.base + path.format(id=quarters().id))

    assert answer[0] == status, answer
    assert isinstance(answer[2], dict)
    assert time.process_time() - begun < 1.0


def test_a_product_with_a_last_day_answers_however_far_is_asked(venue):
    service = quarters(booking_window=BookingWindowRules(horizon=Offset(3, "day")))
    client = venue.clients["wc_bookings"]
    status, _, body = client.send(
        "GET", f"{client.base}/products/slots?product_ids={service.id}&min_date=0001-01-01&max_date=9999-12-31"
    )
    assert status == 200
    # Three days on, the last of them whole.
    assert 300 < body["count"] < 400


def test_ten_years_of_one_service_are_answered(venue):
    service = make_service(
        name="Room",
        rules=(CalendarRule(effect="open"),),
        plan=SchedulePlan(unit="day", capacity=CapacityRules(limit=1)),
    )
    client = venue.clients["wc_bookings"]
    status, _, body = client.send(
        "GET", f"{client.base}/products/slots?product_ids={service.id}&min_date=2026-04-01&max_date=2036-04-01"
    )
    assert (status, body["count"]) == (200, 3653)


def test_many_services_together_have_a_bound_too(venue):
    numbers = [quarters().id for _ in range(50)]
    client = venue.clients["wc_bookings"]
    path = f"{client.base}/products/slots?product_ids={','.join(map(str, numbers))}&min_date=2026-04-01&max_date="
    assert client.send("GET", path + "2026-04-05")[0] == 200
    status, _, body = client.send("GET", path + "2027-04-01")
    assert (status, body["code"]) == (400, "rest_invalid_param")


def test_the_shop_of_the_second_version_has_the_same_bound(venue):
    client = venue.clients["wc_bookings"]
    status, _, body = client.send(
        "GET",
        f"/wp-json/wc-bookings/v2/products/{quarters().id}/availability"
        "?start_date=2026-04-01T00:00:00&end_date=9990-01-01T00:00:00",
    )
    assert (status, body["code"]) == (400, "rest_invalid_param")


#: Lists that some vendor answers whole: all of them are refused when there are more than an answer may hold.
WHOLE = {
    "bkap": ["/bookings", "/products", "/resources"],
    "bookablesites": ["/reports/bookings?start_date=2026-03-01&end_date=2026-04-30"],
}


@pytest.mark.parametrize(("name", "path"), [(name, path) for name, paths in WHOLE.items() for path in paths])
def test_a_list_without_a_limit_has_one(venue, monkeypatch, name, path):
    service = make_service(capacity=9)
    other = make_service(capacity=9, name="Other")
    for number in range(3):
        tables.resources.create(now=NOW, name=f"R{number}", kind="asset")
    client = venue.clients[name]
    start = NOW.replace(tzinfo=None, hour=12)
    for number in (service.id, other.id):
        assert venue.clients["wc_bookings"].book(number, start + timedelta(days=1)).booked
    assert client.send("GET", client.base + path)[0] == 200

    for module in ("core.services.repository", "plugins.bkap.usecases.queries"):
        monkeypatch.setattr(f"{module}.MAX_RECORDS", 1)
    status, _, body = client.send("GET", client.base + path)
    assert 400 <= status < 500, body


def test_a_single_day_of_one_service_is_never_too_much(venue, monkeypatch):
    monkeypatch.setattr(availability, "MAX_STARTS", 10)
    monkeypatch.setattr(availability, "MAX_STARTS_COMBINED", 10)
    numbers = [quarters().id, quarters().id]
    found = availability.list_slots(numbers[0], first=NOW.date(), last=NOW.date(), now=NOW)
    assert len(found) > 10
    with pytest.raises(AnswerTooLarge):
        availability.list_slots_of(numbers, first=NOW.date(), last=NOW.date(), now=NOW)


def test_work_ends_when_the_time_is_over_or_the_client_gone(venue):
    service = quarters()
    for spoil in (lambda one: setattr(one, "deadline", 0.0), lambda one: setattr(one, "is_gone", True)):
        allowance = request_budget.RequestBudget()
        spoil(allowance)
        request_budget.set_current(allowance)
        try:
            with pytest.raises(request_budget.OutOfTime):
                tables.services.get(service.id)
        finally:
            request_budget.set_current(None)
    assert tables.services.get(service.id).price == Decimal("10")


@pytest.mark.parametrize("name", sorted(EVER))
def test_a_request_out_of_time_is_503_in_the_vendors_words(venue, monkeypatch, name):
    monkeypatch.setattr(request_budget, "WORK_SECONDS", -1.0)
    client = venue.clients[name]
    status, headers, body = client.send("GET", client.base + EVER[name][0].format(id=1))
    assert (status, headers["retry-after"], type(body)) == (503, "5", dict)


def test_large_requests_are_done_one_at_a_time(venue, monkeypatch):
    monkeypatch.setattr(request_budget, "LARGE_WORK_WAIT_SECONDS", 0.05)
    monkeypatch.setattr(availability, "LARGE_WORK_STARTS", 100)
    client = venue.clients["wc_bookings"]
    path = f"{client.base}/products/slots?product_ids={quarters().id}&min_date=2026-04-01&max_date=2026-04-05"
    other = request_budget.RequestBudget()
    begun, ended = threading.Event(), threading.Event()

    def hold() -> None:
        request_budget.set_current(other)
        request_budget.reserve_large_work()
        begun.set()
        ended.wait()
        request_budget.finish(other)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        assert begun.wait(10)
        assert client.send("GET", path)[0] == 503
    finally:
        ended.set()
        holder.join()
    # Each leaves the place to the next one.
    assert [client.send("GET", path)[0] for _ in range(3)] == [200, 200, 200]
