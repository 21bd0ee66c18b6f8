"""Services and bookings that other dialects made, or none: listed, read, priced, booked and cancelled here too."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from core.domain.requests import BookingRequest, RuleOverrides
from core.domain.schedule import (
    BookingWindowRules,
    CalendarRule,
    CapacityRules,
    FixedSlot,
    Offset,
    PersonBound,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from core.services import bookings, catalog, repository
from tests.plugins.bkap.conftest import product

OPEN = (CalendarRule(effect="open"),)
WEEKDAYS = (CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020),)


def service(shop, plan, rules=OPEN, **more):
    values = {"name": "Other", "price": Decimal("10"), "origin": "elsewhere", **more}
    return repository.services.create(now=shop.clock(), plan=plan, rules=rules, **values)


PLANS = {
    "an hour": (SchedulePlan(capacity=CapacityRules(limit=2)), WEEKDAYS, "date_time", {"start_time": "09:00", "end_time": "10:00"}),
    "one to eight hours": (
        SchedulePlan(max_blocks=8),
        WEEKDAYS,
        "duration_time",
        {"start_time": "09:00", "duration": 120},
    ),
    "half hours": (
        SchedulePlan(unit="minute", length=30, max_blocks=4),
        WEEKDAYS,
        "duration_time",
        {"start_time": "09:30", "duration": 2},
    ),
    "listed starts": (
        SchedulePlan(unit="minute", grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=600, to_minute=660, capacity=3),)), ),
        OPEN,
        "date_time",
        {"start_time": "10:00", "end_time": "11:00"},
    ),
    "a day": (SchedulePlan(unit="day", capacity=CapacityRules(limit=2)), OPEN, "only_day", {}),
    "days": (SchedulePlan(unit="day", max_blocks=5), OPEN, "multiple_days", {"end_date": "2021-09-30"}),
    "nights": (
        SchedulePlan(unit="night", max_blocks=5, check_in_minute=900, check_out_minute=660),
        OPEN,
        "multiple_days",
        {"end_date": "2021-09-30"},
    ),
    "a month": (SchedulePlan(unit="month"), OPEN, "multiple_days", {"start_date": "2021-10-01", "end_date": "2021-11-01"}),
    "persons": (
        SchedulePlan(unit="hour", capacity=CapacityRules(limit=12, units_per="person"), persons=PersonRules(minimum=1)),
        WEEKDAYS,
        "date_time",
        {"start_time": "09:00", "end_time": "10:00", "quantity": 3},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_any_service_can_be_listed_priced_booked_and_cancelled(shop, name):
    plan, rules, kind, more = PLANS[name]
    foreign = service(shop, plan, rules)
    listed = shop.get("/products")["products"]
    assert [(record["id"], record["booking_type"]) for record in listed] == [(foreign.id, kind)]
    body = {"product_id": foreign.id, "start_date": "2021-09-28", "end_date": "2021-09-28", **more}

    before = next(iter(shop.left(foreign.id, body["start_date"]).values()))
    assert before != 0
    assert float(shop.get("/bookings/price", body)["total_price_calculated"]) > 0
    booked = shop.post("/bookings", {**body, "price": 30})
    record = shop.get(f"/bookings/{booked['booking_id']}")["booking"]
    assert (record["product_id"], record["quantity"]) == (str(foreign.id), str(more.get("quantity", 1)))
    # A duration's date shows its emptiest start, and others are free.
    left = next(iter(shop.left(foreign.id, body["start_date"]).values()))
    assert (left != before) == (kind != "duration_time")
    shop.put(f"/bookings/{booked['booking_id']}", {"status": "cancelled"})
    assert next(iter(shop.left(foreign.id, body["start_date"]).values())) == before
    shop.delete(f"/bookings/{booked['booking_id']}")


def test_nights_with_hours_show_their_dates(shop):
    plan, rules, _, _ = PLANS["nights"]
    foreign = service(shop, plan, rules)
    booked = shop.book(foreign.id, "2021-09-28", "2021-09-30")
    assert (booked["start_date"], booked["end_date"]) == ("20210928000000", "20210930000000")
    stored = bookings.get(booked["booking_id"])
    assert (stored.wall_start, stored.wall_end) == (datetime(2021, 9, 28, 15), datetime(2021, 9, 30, 11))


def test_person_types_get_a_party(shop):
    plan = SchedulePlan(
        capacity=CapacityRules(limit=None),
        persons=PersonRules(
            minimum=1,
            maximum=10,
            by_type=(PersonBound(person_type_id=1007, minimum=1), PersonBound(person_type_id=1008)),
        ),
    )
    foreign = service(shop, plan, WEEKDAYS)
    for person_type_id in (1007, 1008):
        repository.person_types.create(now=shop.clock(), id=person_type_id, service_id=foreign.id, name="Guest")
    booked = shop.book(foreign.id, "2021-09-28", start_time="09:00", end_time="10:00")
    assert bookings.get(booked["booking_id"]).person_counts == {"1007": 1}


def test_staff_are_resources_that_can_be_named_or_chosen(shop):
    foreign = service(
        shop, SchedulePlan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="either")), WEEKDAYS
    )
    people = [
        repository.resources.create(now=shop.clock(), name=name, kind="staff", capacity=1, sharing="session")
        for name in ("Ann", "Ben")
    ]
    catalog.set_resources(foreign.id, [{"resource_id": record.id} for record in people])
    resources = shop.get("/resources", {"product_id": foreign.id})["resources"]
    assert {(record["resource_title"], record["resource_quantity"]) for record in resources} == {
        ("Ann", "1"),
        ("Ben", "1"),
    }
    times = {"start_time": "09:00", "end_time": "10:00"}
    named = shop.book(foreign.id, "2021-09-28", **times, resource_id=people[1].id)
    assert named["resource"] == "Ben"
    assert shop.book(foreign.id, "2021-09-28", **times)["resource"] == "Ann"
    body = {"product_id": foreign.id, "price": 1, "start_date": "2021-09-28", "end_date": "2021-09-28", **times}
    assert shop.refused("POST", "/bookings", body) == "bkap_api_booking_full_booking_error"


def test_the_record_of_a_service_made_elsewhere(shop):
    rules = (
        CalendarRule(effect="open", weekdays=(1, 3), capacity=4),
        CalendarRule(effect="close", dates=(date(2021, 9, 27),), strength=5),
    )
    foreign = service(
        shop,
        SchedulePlan(
            unit="day", capacity=CapacityRules(limit=9), booking_window=BookingWindowRules(notice=Offset(1, "day"))
        ),
        rules,
    )
    record = shop.get(f"/products/{foreign.id}")["product"]
    assert record["booking_availability_weekday"] == {
        "status": "on",
        "available_dates": [{"day": "monday", "lockout": 4}, {"day": "wednesday", "lockout": 4}],
    }
    assert (record["type"], record["price"], record["regular_price"]) == ("simple", "10", "10")


def test_a_new_look_keeps_another_dialects_calendar(shop):
    plan, rules, _, _ = PLANS["listed starts"]
    foreign = service(shop, plan, rules, extras={"elsewhere": {"x": 1}})
    shop.put(
        f"/products/{foreign.id}",
        {
            "booking": {"booking_requires_confirmation": "on", "enable_inline_calendar": "on"},
            "product_title": "New",
        },
    )
    after = repository.services.get(foreign.id)
    assert (after.plan, after.rules, after.name) == (plan, rules, "New")
    assert after.extras["elsewhere"] == {"x": 1}
    record = shop.get(f"/products/{foreign.id}")["product"]
    assert (record["booking_requires_confirmation"], record["booking_calendar_type"]) == ("yes", "inline")
    shop.put(f"/products/{foreign.id}", {"booking": {"booking_requires_confirmation": "off"}})
    assert shop.get(f"/products/{foreign.id}")["product"]["booking_requires_confirmation"] == "no"


def test_a_new_calendar_is_compiled_and_other_entries_stay(shop):
    foreign = service(
        shop, SchedulePlan(unit="day", capacity=CapacityRules(limit=None)), extras={"elsewhere": {"x": 1}}
    )
    weekdays = [{"weekday": "monday", "status": "on", "lockout": 3}]
    shop.put(f"/products/{foreign.id}", {"booking": {"availability_weekday": weekdays}})
    assert shop.left(foreign.id, "2021-09-27") == {"2021-09-27": 3}
    assert repository.services.get(foreign.id).extras["elsewhere"] == {"x": 1}


def test_a_calendar_that_another_dialect_rewrote_is_what_is_shown(shop):
    shop.load({"products": [product(61, _bkap_enable_inline="on")]})
    repository.services.update(61, now=shop.clock(), plan=SchedulePlan(unit="night", max_blocks=3))
    record = shop.get("/products/61")["product"]
    assert (record["booking_type"], record["booking_calendar_type"]) == ("multiple_days", "default")
    # It still comes from here, so its bookings have a document that carries it, as it is now.
    assert [(record["id"], record["_bkap_booking_type"]) for record in shop.dump()["products"]] == [
        (61, "multiple_days")
    ]


@pytest.mark.parametrize(
    ("status", "vendor_status"),
    [
        ("unpaid", "pending-confirmation"),
        ("completed", "paid"),
        ("rejected", "cancelled"),
        ("no_show", "cancelled"),
        ("pending", "pending-confirmation"),
        ("confirmed", "confirmed"),
        ("draft", "draft"),
    ],
)
def test_the_statuses_of_others_in_the_vendors_words(shop, status, vendor_status):
    foreign = service(shop, SchedulePlan(), WEEKDAYS)
    request = BookingRequest(
        service_id=foreign.id,
        wall_start=datetime(2021, 9, 28, 9),
        origin="elsewhere",
        status=status,
        price=Decimal(5),
        overrides=RuleOverrides(past=True, notice=True),
    )
    booked = bookings.create(request, now=shop.clock())
    record = shop.get("/bookings", {"status": vendor_status})["bookings"][0]
    assert (record["booking_id"], record["booking_status"], record["order_id"]) == (booked.id, vendor_status, 0)
    if vendor_status == "cancelled":
        assert shop.refused("PUT", f"/bookings/{booked.id}", {"price": 7}) == "bkap_api_booking_create_booking_error"
    else:
        assert shop.put(f"/bookings/{booked.id}", {"price": 7})["cost"] == "7"
    assert bookings.get(booked.id).extras.get("elsewhere") is None


def test_trashed_bookings_are_not_there(shop):
    foreign = service(shop, SchedulePlan(), WEEKDAYS)
    request = BookingRequest(service_id=foreign.id, wall_start=datetime(2021, 9, 28, 9), origin="x", price=Decimal(5))
    booked = bookings.create(request, now=shop.clock())
    bookings.set_status(booked.id, "deleted", now=shop.clock())
    assert shop.get("/bookings/count") == {"count": 0}
    assert shop.get("/bookings")["bookings"] == []
    assert shop.refused("GET", f"/bookings/{booked.id}", status=404) == "woocommerce_api_no_bkap_booking_found"
    assert shop.refused("PUT", f"/bookings/{booked.id}", {"price": 1}) == "bkap_api_booking_invalid_booking_id"
