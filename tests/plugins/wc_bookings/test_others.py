"""Services, resources and bookings of other dialects, or of none, through this one."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from core import db
from core.domain.price_plan import Base, DatePrice, PerBlock, PricePlan, plan_data
from core.domain.requests import BookingRequest
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from core.services import bookings, catalog, repository
from plugins.wc_bookings.translate.derive import availability
from plugins.wc_bookings.translate.schedule import to_rules
from tests.plugins.wc_bookings.conftest import NOW, Shop

BASE = "/wp-json/wc-bookings/v1"
HOURS = CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020)


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path)
    _, fields = shop.manager.credentials["wc_bookings"].create(
        label="t", permissions=None, user=None, expires_at=None, now=NOW
    )
    shop.key = (fields["consumer_key"], fields["consumer_secret"])
    yield shop
    db.close_database()


def send(shop: Shop, method: str, path: str, body: Any = None) -> Any:
    return shop.send(method, f"{BASE}{path}", auth=shop.key, body=body)


def service(**values: Any):
    return repository.services.create(
        **{
            "now": NOW,
            "name": "Foreign",
            "slug": "foreign",
            "origin": "other",
            "rules": (HOURS,),
            "plan": SchedulePlan(),
            **values,
        }
    )


def stamp(text: str) -> int:
    return int((datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds())


PLANS = {
    "hours": {"plan": SchedulePlan(capacity=CapacityRules(limit=2))},
    "minutes": {"plan": SchedulePlan(unit="minute", length=45, max_blocks=4, buffers=Buffers(after_minutes=15))},
    "days": {"plan": SchedulePlan(unit="day", max_blocks=0, opening=OpeningRules(open_by_default=True)), "rules": ()},
    "nights": {
        "plan": SchedulePlan(unit="night", max_blocks=14, opening=OpeningRules(open_by_default=True)),
        "rules": (),
    },
    "months": {"plan": SchedulePlan(unit="month", opening=OpeningRules(open_by_default=True)), "rules": ()},
    "listed": {
        "plan": SchedulePlan(
            unit="minute",
            length=90,
            grid=SlotGrid(
                starts="fixed", fixed_slots=(FixedSlot(from_minute=600, to_minute=690, capacity=5, weekdays=(2, 4)),)
            ),
            opening=OpeningRules(open_by_default=True),
        ),
        "rules": (),
    },
    "persons": {
        "plan": SchedulePlan(capacity=CapacityRules(limit=8, units_per="person"), persons=PersonRules(maximum=6))
    },
    "unlimited": {"plan": SchedulePlan(capacity=CapacityRules(limit=None))},
    "notice": {
        "plan": SchedulePlan(
            booking_window=BookingWindowRules(
                notice=Offset(90, "minute"), horizon=Offset(2, "week"), start_weekdays=(1, 7)
            ),
        )
    },
    "bare": {},
}


@pytest.mark.parametrize("values", PLANS.values(), ids=PLANS)
def test_any_service_is_listed_read_and_offered(shop, values):
    made = service(**values)
    [listed] = send(shop, "GET", "/products").json
    shown = send(shop, "GET", f"/products/{made.id}")
    assert shown.status_int == 200, shown.text
    assert listed == {**shown.json, "related_ids": listed["related_ids"]}
    slots = send(shop, "GET", f"/products/slots?product_ids={made.id}&min_date=2026-03-02&max_date=2026-05-15")
    assert slots.json["count"] > 0
    assert {record["product_id"] for record in slots.json["records"]} == {made.id}


def test_settings_are_read_off_the_plan(shop):
    plan = PLANS["minutes"]["plan"]
    prices = PricePlan(steps=(Base(amount=Decimal(5)), PerBlock(amount=Decimal("7.50"))))
    made = service(plan=plan, price_plan=plan_data(prices), price=Decimal("12.50"))
    shown = send(shop, "GET", f"/products/{made.id}").json
    expected = {
        "duration_unit": "minute",
        "duration": 45,
        "duration_type": "customer",
        "max_duration": 4,
        "buffer_period": 15,
        "cost": 5,
        "block_cost": 7.5,
        "price": "12.5",
        "default_date_availability": "",
    }
    assert {name: shown[name] for name in expected} == expected
    assert [rule["type"] for rule in shown["availability"]] == [f"time:{day}" for day in (1, 2, 3, 4, 5)]


RULES = [
    HOURS,
    CalendarRule(effect="close", from_date=date(2026, 4, 6), to_date=date(2026, 4, 8)),
    CalendarRule(effect="open", months=(3, 4, 5)),
    CalendarRule(effect="close", weeks=(12, 13)),
    CalendarRule(effect="close", weekdays=(6, 7)),
    CalendarRule(effect="open", from_minute=600, to_minute=720),
    CalendarRule(effect="open", from_date=date(2026, 4, 6), to_date=date(2026, 4, 8), from_minute=600, to_minute=720),
    CalendarRule(
        effect="close",
        from_date=date(2026, 4, 6),
        to_date=date(2026, 4, 8),
        from_minute=600,
        to_minute=720,
        continuous=True,
    ),
]


@pytest.mark.parametrize("rule", RULES, ids=[str(number) for number in range(len(RULES))])
def test_rules_survive_the_vendors_words(rule):
    """Written as rows and compiled again, a rule selects what it selected."""
    rows = availability((rule,))
    made = to_rules({"availability": rows})

    def selected(one: CalendarRule) -> tuple:
        return (
            one.effect,
            one.from_date,
            one.to_date,
            one.weeks,
            one.months,
            one.from_minute,
            one.to_minute,
            one.continuous,
        )

    assert {selected(one) for one in made} == {selected(rule)}
    assert tuple(sorted(day for one in made for day in one.weekdays)) == rule.weekdays


def test_a_service_of_nobody_is_booked_listed_and_cancelled(shop):
    made = service(**PLANS["hours"])
    body = {"product_id": made.id, "start": stamp("2026-03-03 09:00"), "end": stamp("2026-03-03 10:00")}
    booked = send(shop, "POST", "/bookings", body)
    assert booked.status_int == 201, booked.text
    number = booked.json["id"]
    assert send(shop, "GET", f"/bookings/{number}").json["start"] == body["start"]
    assert send(shop, "PUT", f"/bookings/{number}", {"status": "cancelled"}).json["status"] == "cancelled"


def test_nights_are_booked_from_arrival_to_departure(shop):
    made = service(**PLANS["nights"])
    assert send(shop, "GET", f"/products/{made.id}").json["type"] == "accommodation-booking"
    body = {"product_id": made.id, "start": stamp("2026-03-03 00:00"), "end": stamp("2026-03-05 00:00")}
    booked = send(shop, "POST", "/bookings", body)
    assert booked.status_int == 201, booked.text
    assert bookings.get(booked.json["id"]).blocks == 2


def test_bookings_of_another_dialect_have_all_their_fields(shop):
    made = service(**PLANS["persons"])
    booked = bookings.create(
        BookingRequest(
            service_id=made.id,
            wall_start=datetime(2026, 3, 3, 9),
            origin="other",
            status="no_show",
            persons=3,
            price=Decimal("12.30"),
        ),
        now=NOW,
    )
    shown = send(shop, "GET", f"/bookings/{booked.id}").json
    assert (shown["status"], shown["person_counts"], shown["cost"]) == ("complete", [3], "12.3")
    assert booked.id in {one["id"] for one in send(shop, "GET", "/bookings").json}
    trashed = send(shop, "DELETE", f"/bookings/{booked.id}")
    assert trashed.json["status"] == "complete"
    assert send(shop, "GET", f"/bookings/{booked.id}").json["status"] == "trash"


def test_a_write_makes_the_plan_ours_and_keeps_what_others_keep(shop):
    made = service(**PLANS["hours"], extras={"other": {"secret": 1}})
    renamed = send(shop, "PUT", f"/products/{made.id}", {"name": "Ours"}).json
    assert renamed["name"] == "Ours"
    after = repository.services.get(made.id)
    assert (after.origin, after.plan, after.extras["other"]) == ("other", made.plan, {"secret": 1})
    wider = send(shop, "PUT", f"/products/{made.id}", {"qty": 9})
    assert wider.json["qty"] == 9, wider.text
    after = repository.services.get(made.id)
    assert (after.origin, after.plan.capacity.limit, after.extras["other"]) == ("wc_bookings", 9, {"secret": 1})
    slots = send(shop, "GET", f"/products/slots?product_ids={made.id}&min_date=2026-03-03&max_date=2026-03-04")
    assert [record["available"] for record in slots.json["records"]] == [9] * 8


def test_people_of_another_dialect_are_resources_here(shop):
    made = service(plan=SchedulePlan(resources=ResourceRules(choice="either"), capacity=CapacityRules(limit=None)))
    ann = repository.resources.create(now=NOW, name="Ann", kind="staff", capacity=1, sharing="session", rules=(HOURS,))
    catalog.set_resources(made.id, [{"resource_id": ann.id}])
    assert send(shop, "GET", f"/resources/{ann.id}").json["name"] == "Ann"
    assert send(shop, "GET", f"/products/{made.id}").json["resource_ids"] == [ann.id]
    body = {"product_id": made.id, "start": stamp("2026-03-03 09:00"), "end": stamp("2026-03-03 10:00")}
    booked = send(shop, "POST", "/bookings", body)
    assert booked.json["resource_id"] == ann.id, booked.text
    assert send(shop, "POST", "/bookings", body).status_int == 409


def test_prices_by_date_become_pricing_rows(shop):
    steps = (
        DatePrice(amount=Decimal(100), weekdays=((6, Decimal(120)),), dates=((date(2026, 12, 24), Decimal(200)),)),
    )
    made = service(
        **PLANS["nights"], price_plan=plan_data(PricePlan(steps=steps, block_unit="night")), price=Decimal(100)
    )
    shown = send(shop, "GET", f"/products/{made.id}").json
    assert shown["block_cost"] == 100
    rows = [(row["type"], row["from"], row["modifier"], row["cost"]) for row in shown["pricing"]]
    assert rows == [("days", "6", "equals", "120"), ("custom", "2026-12-24", "equals", "200")]
