"""What is offered is what can be sold: lists of resources, resources that are not assigned, parts of a day, the past."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.requests import BookingRequest, RuleOverrides
from core.domain.schedule import BookingWindowRules, CalendarRule, CapacityRules, Offset, ResourceRules, SchedulePlan
from core.services import bookings, catalog, doctor, repository
from frontdesk.testing.stores import KINDS
from tests.plugins.bkap.conftest import close_shop, open_shop, product, slots

DAY = {"start_date": "2021-09-24", "end_date": "2021-09-24"}
FULL = "bkap_api_booking_full_booking_error"
#: Every way to write a list of two resources.
LISTS = [{"resource_id": [10, 11]}, {"resource_id": ["10", "11"]}, {"resource_id": [11, 10, 11]}]


@pytest.fixture(params=KINDS)
def both(request, tmp_path):
    """A shop on each database."""
    opened = open_shop(tmp_path, kind=request.param)
    yield opened
    breaches = doctor.examine(now=opened.clock()).breaches
    close_shop()
    assert breaches == []


def resource(resource_id, quantity=0, *rows):
    return {
        "resource_id": resource_id, "resource_title": f"R{resource_id}", "resource_quantity": quantity,
        "resource_availability": list(rows),
    }  # fmt: skip


def row(kind, low, high, bookable="0", priority=10):
    return {"bookable": bookable, "type": kind, "priority": priority, "from": low, "to": high}


def sellable(shop, body, limit=6):
    """The largest quantity that a create accepts, up to ``limit``; each attempt is undone."""
    largest = 0
    for quantity in range(1, limit + 1):
        reply = shop.call("POST", "/bookings", {"price": 1, **body, "quantity": quantity}, status=None)
        if reply.status_int != 200:
            assert reply.json["errors"][0]["code"] == FULL, reply.json
            break
        largest = quantity
        for booking_id in reply.json.get("booking_ids", [reply.json["booking_id"]]):
            shop.delete(f"/bookings/{booking_id}")
    return largest


# -- lists of resources -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("named", "price"),
    [
        ({}, "200.00"),
        ({"resource_id": 10}, "210.00"),
        ({"resource_id": [10]}, "210.00"),
        ({"resource_id": [10, 11, 12]}, "230.00"),
        ({"resource_id": ["12", "10", "12"]}, "215.00"),
        ({"resource_id": []}, "200.00"),
        # One that is not assigned adds nothing.
        ({"resource_id": [10, 13]}, "210.00"),
        ({"resource_id": [10, 11], "quantity": 2}, "450.00"),
    ],
)
def test_a_list_of_resources_is_priced_with_all_of_them(shop, named, price):
    costs = {"10": 10, "11": 15, "12": 5}
    for product_id, kind, times in (
        (61, "only_day", {}),
        (62, "date_time", {"start_time": "09:00", "end_time": "10:00"}),
        (63, "duration_time", {"start_time": "09:00", "duration": 1}),
        (64, "duration_time", {}),
        (65, "multiple_days", {"end_date": "2021-09-25"}),
    ):
        shop.load(
            {
                "resources": [resource(id) for id in (10, 11, 12, 13)],
                "products": [
                    product(
                        product_id, kind, price="200", _bkap_product_resources=[10, 11, 12],
                        _bkap_resource_base_costs=costs, _bkap_duration_settings={"duration": 1, "duration_max": 3},
                    )
                ],
            }
        )  # fmt: skip
        assert shop.price(product_id, **{**DAY, **times, **named}) == price, kind


def test_a_list_of_resources_has_the_places_of_the_fullest(both):
    both.load(
        {
            "resources": [resource(10, 2), resource(11, 5), resource(12, 3)],
            "products": [product(61, _bkap_product_resources=[10, 11, 12]), product(62)],
        }
    )
    both.book(62, "2021-09-24", resource_id=11, quantity=4)
    for names, left in (([10], 2), ([11], 1), ([10, 11], 1), ([10, 12], 2), ([12, 11, 10], 1)):
        assert both.left(61, "2021-09-24", resource_id=names) == {"2021-09-24": left}
        assert sellable(both, {"product_id": 61, **DAY, "resource_id": names}) == left


@pytest.mark.parametrize("kind", ["date_time", "multidates_fixedtime"])
def test_slots_are_those_at_which_all_resources_can(shop, kind):
    times = {f"booking_weekday_{day}": slots(("09:00", "10:00", 4, 0), ("10:00", "11:00", 4, 0)) for day in range(7)}
    shop.load(
        {
            "resources": [resource(10, 2, row("time", "09:00", "10:00")), resource(11, 3)],
            "products": [product(61, kind, _bkap_time_settings=times)],
        }
    )
    reply = shop.get("/bookings/availability", {"product_id": 61, **DAY, "resource_id": [11, 10]})
    assert reply == [
        [
            {
                "date": "2021-09-24",
                "availability": 2,
                "slots": [{"start_time": "10:00", "end_time": "11:00", "availability": 2}],
            }
        ]
    ]


@pytest.mark.parametrize("bad", ["10,11", {"a": 10}, [10, None], [[10]], [True], [10, 999], 999, "x"])
@pytest.mark.parametrize("path", ["price", "availability"])
def test_what_is_no_list_of_resources_is_refused(shop, bad, path):
    shop.load({"resources": [resource(10), resource(11)], "products": [product(61)]})
    body = {"product_id": 61, **DAY, "resource_id": bad}
    assert shop.refused("GET", f"/bookings/{path}", body) == "bkap_api_booking_invalid_parameter"
    assert shop.refused("POST", "/bookings", {**body, "price": 1}).startswith("bkap_api_booking_invalid_")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/bookings", {"resource_id": [10, 11]}),
        ("GET", "/bookings", {"product_id": [61, 62]}),
        ("GET", "/bookings", {"customer_id": [1, 2]}),
        ("GET", "/bookings", {"order_id": [1, 2]}),
        ("GET", "/bookings", {"start_date": ["2021-09-24", "2021-09-25"]}),
        ("GET", "/resources", {"product_id": [61, 62]}),
        ("GET", "/bookings/price", {"product_id": [61, 62], **DAY}),
        ("GET", "/bookings/price", {"product_id": 61, "start_date": ["2021-09-24"]}),
        ("GET", "/bookings/availability", {"product_id": [61]}),
        ("POST", "/bookings", {"product_id": [61, 62], "price": 1, **DAY}),
        ("POST", "/bookings", {"product_id": 61, "price": [1, 2], **DAY}),
        ("POST", "/bookings", {"product_id": 61, "price": 1, **DAY, "quantity": [1, 2]}),
        ("PUT", "/bookings/{booking}", {"resource_id": [10, 11]}),
        ("PUT", "/bookings/{booking}", {"status": ["paid", "cancelled"]}),
        ("PUT", "/products/61", {"product_status": ["draft", "published"]}),
        ("PUT", "/products/61", {"product_type": ["simple", "variable"]}),
        ("PUT", "/products/61", {"booking_type": ["only_day", "date_time"]}),
        ("POST", "/products", {
            "product_title": "x", "product_price": 1, "product_type": ["simple", "variable"],
            "booking": {"booking_type": "only_day"},
        }),
        ("POST", "/products", {
            "product_title": "x", "product_price": 1, "product_type": "simple", "booking": {"booking_type": ["only_day"]},
        }),
    ],
)  # fmt: skip
def test_a_list_where_one_value_is_meant_is_refused_never_cut(shop, method, path, body):
    shop.load({"resources": [resource(10), resource(11)], "products": [product(61), product(62)]})
    booking_id = shop.book(61, "2021-09-24")["booking_id"]
    assert shop.refused(method, path.format(booking=booking_id), body)


# -- resources that are not assigned ----------------------------------------------------------------------------------


@pytest.mark.parametrize("assigned", [[], [10], [11]])
def test_a_resource_that_is_not_assigned_is_offered_as_it_is_sold(both, assigned):
    both.load(
        {
            "resources": [resource(10, 2, row("custom", "2021-09-25", "2021-09-25")), resource(11, 3)],
            "products": [product(61, _bkap_product_resources=assigned, booking_recurring_lockout=dict.fromkeys(
                (f"booking_weekday_{day}" for day in range(7)), 5))],
        }
    )  # fmt: skip
    assert both.left(61, "2021-09-24", "2021-09-25", resource_id=10) == {"2021-09-24": 2, "2021-09-25": 0}
    assert sellable(both, {"product_id": 61, **DAY, "resource_id": 10}) == 2
    closed = {"product_id": 61, "start_date": "2021-09-25", "end_date": "2021-09-25", "resource_id": 10}
    assert sellable(both, closed) == 0
    # Sold through one product, gone for the other.
    both.load({"products": [product(62)]})
    both.book(62, "2021-09-24", resource_id=10)
    assert both.left(61, "2021-09-24", resource_id=10) == {"2021-09-24": 1}


# -- parts of a day ---------------------------------------------------------------------------------------------------

TIME_ROWS = {
    "part of the day": [row("time", "10:00", "12:00")],
    "on one weekday": [row("time:5", "10:00", "12:00")],
    "all of the day": [row("time", "00:00", "00:00")],
    "a range": [{**row("time:range", "10:00", "12:00"), "from_date": "2021-09-20", "to_date": "2021-09-30"}],
}


@pytest.mark.parametrize("rows", TIME_ROWS.values(), ids=TIME_ROWS)
@pytest.mark.parametrize(
    ("kind", "end"), [("only_day", "2021-09-24"), ("multiple_days", "2021-09-25"), ("multidates", "2021-09-24")]
)
def test_rows_for_a_part_of_the_day_do_not_close_whole_days(shop, rows, kind, end):
    shop.load({"resources": [resource(10, 3, *rows)], "products": [product(61, kind, _bkap_product_resources=[10])]})
    assert shop.left(61, "2021-09-24", resource_id=10) == {"2021-09-24": 3}
    body = {"product_id": 61, "start_date": "2021-09-24", "end_date": end, "resource_id": 10}
    if kind == "multidates":
        body = {"product_id": 61, "dates": ["2021-09-24"], "resource_id": 10}
        assert shop.post("/bookings", {**body, "price": 1})["booking_id"]
    else:
        assert sellable(shop, body) == 3


def test_rows_for_a_part_of_the_day_do_not_open_whole_days_either(shop):
    rows = [row("custom", "2021-09-24", "2021-09-24"), row("time", "09:00", "17:00", bookable="1", priority=5)]
    times = {f"booking_weekday_{day}": slots(("09:00", "10:00", 4, 0)) for day in range(7)}
    shop.load(
        {
            "resources": [resource(10, 3, *rows)],
            "products": [product(61), product(62, "date_time", _bkap_time_settings=times)],
        }
    )
    assert shop.left(61, "2021-09-24", resource_id=10) == {"2021-09-24": 0}
    assert shop.left(62, "2021-09-24", resource_id=10) == {"2021-09-24": 3}


@pytest.mark.parametrize(
    ("rows", "left"),
    [
        ([row("time", "09:00", "12:00")], 0),
        ([row("time", "09:00", "10:00")], 3),
        ([row("time", "12:00", "13:00")], 6),
        ([row("time:5", "00:00", "00:00")], 0),
        ([row("time:4", "09:00", "12:00")], 6),
    ],
)
def test_slots_are_closed_by_rows_they_fall_inside_and_a_date_when_all_do(shop, rows, left):
    times = {f"booking_weekday_{day}": slots(("09:00", "10:00", 9, 0), ("11:00", "12:00", 9, 0)) for day in range(7)}
    shop.load(
        {
            "resources": [resource(10, 3, *rows)],
            "products": [product(61, "date_time", _bkap_time_settings=times, _bkap_product_resources=[10])],
        }
    )
    assert shop.left(61, "2021-09-24", resource_id=10) == {"2021-09-24": left}


def test_hours_of_another_dialects_resource_open_whole_days(shop):
    hours = (CalendarRule(effect="close"), CalendarRule(effect="open", strength=1, from_minute=540, to_minute=1020))
    member = repository.resources.create(now=shop.clock(), name="Ann", kind="staff", capacity=2, rules=hours)
    shop.load({"products": [product(61)]})
    assert shop.left(61, "2021-09-24", resource_id=member.id) == {"2021-09-24": 2}
    assert sellable(shop, {"product_id": 61, **DAY, "resource_id": member.id}) == 2


# -- the past, notice and horizon -------------------------------------------------------------------------------------


@pytest.mark.parametrize("strict", [False, True])
def test_availability_leaves_out_what_has_begun_whatever_creates_may_do(make_shop, strict):
    shop = make_shop(settings={"strict_past": strict}, now=datetime(2021, 9, 21, 10, 30, tzinfo=UTC))
    times = {f"booking_weekday_{day}": slots(("10:00", "11:00", 2, 0), ("11:00", "12:00", 2, 0)) for day in range(7)}
    shop.load(
        {
            "products": [
                product(61),
                product(62, "date_time", _bkap_time_settings=times),
                product(63, "multiple_days"),
                product(64, "multidates"),
                product(65, "duration_time", _bkap_duration_settings={"duration": 1, "duration_max_booking": 2}),
            ]
        }
    )
    for product_id, here, ahead in (
        (61, "Unlimited", "Unlimited"), (62, 2, 4), (63, "Unlimited", "Unlimited"), (64, "Unlimited", "Unlimited"),
        (65, 2, 2),
    ):  # fmt: skip
        left = shop.left(product_id, "2021-09-19", "2021-09-22")
        assert list(left.values()) == [0, 0, here, ahead], product_id
    slots_today = shop.get("/bookings/availability", {"product_id": 62, "start_date": "2021-09-21"})[0][0]["slots"]
    assert [slot["start_time"] for slot in slots_today] == ["11:00"]
    body = {"product_id": 61, "price": 1, "start_date": "2021-09-20", "end_date": "2021-09-20"}
    if strict:
        assert shop.refused("POST", "/bookings", body) == FULL
    else:
        shop.post("/bookings", body)


OPEN = (CalendarRule(effect="open"),)
WINDOWS = {
    "past": (SchedulePlan(unit="day"), "2021-09-20"),
    "notice": (SchedulePlan(unit="day", booking_window=BookingWindowRules(notice=Offset(3, "day"))), "2021-09-23"),
    "horizon": (SchedulePlan(unit="day", booking_window=BookingWindowRules(horizon=Offset(2, "day"))), "2021-09-24"),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_another_dialects_window_counts_on_create_and_update(both, name):
    plan, day = WINDOWS[name]
    foreign = repository.services.create(
        now=both.clock(), name="Other", plan=plan, rules=OPEN, price=Decimal(5), origin="elsewhere"
    )
    assert both.left(foreign.id, day) == {day: 0}
    body = {"product_id": foreign.id, "price": 1, "start_date": day, "end_date": day}
    assert both.refused("POST", "/bookings", body) == FULL
    inside = "2021-09-22" if name != "notice" else "2021-09-26"
    booking_id = both.book(foreign.id, inside)["booking_id"]
    assert both.refused("PUT", f"/bookings/{booking_id}", {"start_date": day}) == FULL
    assert both.get(f"/bookings/{booking_id}")["booking"]["start_date"] == inside.replace("-", "") + "000000"


@pytest.mark.parametrize("name", WINDOWS)
def test_a_booking_that_keeps_its_time_is_not_asked_for_the_window(both, name):
    plan, day = WINDOWS[name]
    start = datetime.fromisoformat(day)
    foreign = repository.services.create(
        now=both.clock(),
        name="Other",
        plan=replace(plan, capacity=CapacityRules(limit=3)),
        rules=OPEN,
        price=Decimal(5),
        origin="elsewhere",
    )
    request = BookingRequest(
        service_id=foreign.id,
        wall_start=start,
        origin="elsewhere",
        overrides=RuleOverrides(past=True, notice=True),
        price=Decimal(4),
    )
    booking_id = bookings.create(request, now=both.clock()).id
    assert both.put(f"/bookings/{booking_id}", {"quantity": 3, "price": 12})["cost"] == "4"
    assert both.refused("PUT", f"/bookings/{booking_id}", {"quantity": 4}) == FULL


def test_a_length_that_another_dialect_does_not_sell_is_refused(shop):
    rules = (CalendarRule(effect="open", from_minute=540, to_minute=1020),)
    foreign = repository.services.create(
        now=shop.clock(), name="Hour", plan=SchedulePlan(), rules=rules, price=Decimal(5), origin="elsewhere"
    )
    body = {"product_id": foreign.id, "price": 1, **DAY, "start_time": "09:00"}
    for end in ("09:30", "11:00"):
        assert shop.refused("POST", "/bookings", {**body, "end_time": end}).endswith("create_booking_error")
    shop.post("/bookings", {**body, "end_time": "10:00"})


def test_where_the_customer_must_choose_the_first_resource_with_room_is_taken(both):
    foreign = repository.services.create(
        now=both.clock(), name="Bay", plan=SchedulePlan(unit="day", capacity=CapacityRules(limit=None), resources=ResourceRules(choice="customer")),
        rules=OPEN, price=Decimal(5), origin="elsewhere",
    )  # fmt: skip
    bays = [repository.resources.create(now=both.clock(), name=f"Bay {n}", capacity=n).id for n in (1, 2)]
    catalog.set_resources(foreign.id, [{"resource_id": resource_id} for resource_id in bays])
    assert both.left(foreign.id, "2021-09-24") == {"2021-09-24": 2}
    assert sellable(both, {"product_id": foreign.id, **DAY}) == 2
    assert [both.book(foreign.id, "2021-09-24")["resource_id"] for _ in range(3)] == [bays[0], bays[1], bays[1]]
    assert both.left(foreign.id, "2021-09-24") == {"2021-09-24": 0}


# -- persons ----------------------------------------------------------------------------------------------------------

PERSONS = {"_bkap_person": "on", "_bkap_min_person": "2", "_bkap_max_person": "5", "_bkap_price_per_person": "on"}


@pytest.mark.parametrize(
    ("more", "price"),
    [
        ({}, "0.00"),
        ({"quantity": 3}, "0.00"),
        ({"person_ids": []}, "0.00"),
        ({"person_ids": [{"person_id": 0, "person_val": 2}]}, "200.00"),
        ({"person_ids": [{"person_id": 1, "person_val": "2"}, {"person_id": 2, "person_val": 1}], "quantity": 2}, "600.00"),
        ({"person_ids": {"0": {"person_id": 0, "person_val": 4}}}, "400.00"),
    ],
)  # fmt: skip
def test_a_price_per_person_is_that_of_the_persons_who_come(shop, more, price):
    shop.load({"products": [product(61, **PERSONS)]})
    assert shop.price(61, **DAY, **more) == price


@pytest.mark.parametrize(
    "value", ["x", 2, "[]", [1], [{"person_val": -1}], [{"person_val": "x"}], [{"person_val": 10**9}]]
)
@pytest.mark.parametrize(("method", "path"), [("GET", "price"), ("GET", "availability"), ("POST", "")])
def test_persons_are_a_list(shop, value, method, path):
    shop.load({"products": [product(61, **PERSONS)]})
    body = {"product_id": 61, "price": 1, **DAY, "person_ids": value}
    assert shop.refused(method, f"/bookings/{path}".rstrip("/"), body) == "bkap_api_booking_invalid_parameter"


def test_limits_on_persons_count_where_persons_are_named(shop):
    shop.load({"products": [product(61, **PERSONS)]})
    body = {"product_id": 61, "price": 1, **DAY}
    for count, words in ((1, "1 person asked for; the minimum is 2"), (6, "6 persons asked for; the maximum is 5")):
        named = {"person_ids": [{"person_id": 0, "person_val": count}]}
        reply = shop.call("POST", "/bookings", {**body, **named}, status=400).json["errors"][0]
        assert (reply["code"], reply["message"]) == ("bkap_api_booking_create_booking_error", words)
    shop.post("/bookings", {**body, "person_ids": [{"person_id": 0, "person_val": 3}]})
    shop.post("/bookings", body)


def test_every_person_takes_a_place_where_the_product_says_so(both):
    lockouts = {f"booking_weekday_{day}": 5 for day in range(7)}
    both.load(
        {"products": [product(61, **PERSONS, _bkap_each_person_booking="on", booking_recurring_lockout=lockouts)]}
    )
    both.post("/bookings", {"product_id": 61, "price": 1, **DAY, "person_ids": [{"person_id": 0, "person_val": 3}]})
    assert both.left(61, "2021-09-24") == {"2021-09-24": 2}
