"""The other routes of v2: availability, schedule, dates, team members."""

from typing import Any

import pytest

from core import db
from tests.plugins.wc_bookings.conftest import Shop

BASE = "/wp-json/wc-bookings/v2"


@pytest.fixture
def shop(tmp_path):
    yield Shop(tmp_path).load()
    db.close_database()


def send(shop: Shop, method: str, path: str, body: Any = None, **more: Any) -> Any:
    return shop.send(method, f"{BASE}{path}", body=body, **more)


def available(shop: Shop, product_id: int, start: str, end: str, **more: Any) -> Any:
    query = "&".join(f"{name}={value}" for name, value in {"start_date": start, "end_date": end, **more}.items())
    return send(shop, "GET", f"/products/{product_id}/availability?{query}", auth=None)


def test_availability_leaves_out_what_is_sold(shop):
    reply = available(shop, 21, "2026-03-03T00:00:00", "2026-03-03T23:59:59")
    assert reply.status_int == 200, reply.text
    of_day = reply.json["availability"]["2026-03"]["2026-03-03"]
    assert "09:00:00" not in of_day
    assert of_day["10:00:00"] == 1
    assert (reply.json["product_id"], reply.json["resource_id"], reply.json["timezone_offset"]) == (21, 0, 0)


def test_no_availability_is_an_empty_list(shop):
    assert available(shop, 21, "2026-03-07T00:00:00", "2026-03-08T00:00:00").json["availability"] == []


def test_availability_is_in_order_of_time_whoever_is_free(shop):
    # Guide 12 is booked in the morning, guide 13 at one.
    times = available(shop, 28, "2026-03-10T00:00:00", "2026-03-10T23:59:59").json["availability"]
    assert list(times["2026-03"]["2026-03-10"].items()) == [
        ("09:00:00", 1), ("11:00:00", 1), ("13:00:00", 1), ("15:00:00", 2),
    ]  # fmt: skip


def test_the_last_day_there_is_has_no_availability(shop):
    reply = available(shop, 21, "9999-12-31T00:00:00", "9999-12-31T23:59:59")
    assert (reply.status_int, reply.json.get("availability")) == (200, [])


@pytest.mark.parametrize(
    "product_id, start, end, more, message",
    [
        (999, "2026-03-03T00:00:00", "2026-03-04T00:00:00", {}, "Invalid product ID."),
        (21, "2026-03-01T00:00:00", "2026-03-04T00:00:00", {}, "Start date must be in the future."),
        (21, "2026-03-04T00:00:00", "2026-03-04T00:00:00", {}, "End date must be after start date."),
        (27, "2026-03-03T00:00:00", "2026-03-04T00:00:00", {}, "Resource ID is required."),
        (28, "2026-03-03T00:00:00", "2026-03-04T00:00:00", {"resource_id": 12}, "Resource ID is not allowed."),
        (21, "2026-03-03T00:00:00", "2026-03-04T00:00:00", {"timezone_offset": 13}, "Invalid timezone offset."),
    ],
)
def test_availability_refuses_in_the_vendors_words(shop, product_id, start, end, more, message):
    reply = available(shop, product_id, start, end, **more)
    assert (reply.status_int, reply.json["message"]) == (400, message)


def test_the_week_and_single_dates_open_and_close_the_shop(shop):
    days = send(shop, "GET", "/weekly-schedule").json
    assert days == [{"id": weekday, "time_slots": []} for weekday in range(1, 8)]
    slots = [{"start": "09:00", "end": "12:00"}, {"start": "13:00", "end": "17:00"}]
    reply = send(shop, "PUT", "/weekly-schedule/3", {"time_slots": slots})
    assert reply.json == {"id": 3, "time_slots": slots}
    assert send(shop, "GET", "/weekly-schedule/3").json["time_slots"] == slots
    # Product 22 is open unless closed: two-hour blocks from nine on.
    wednesday = available(shop, 22, "2026-03-11T00:00:00", "2026-03-11T23:59:59").json["availability"]
    assert set(wednesday["2026-03"]["2026-03-11"]) == {"09:00:00", "13:00:00", "15:00:00"}
    thursday = available(shop, 22, "2026-03-12T00:00:00", "2026-03-12T23:59:59").json["availability"]
    assert "19:00:00" in thursday["2026-03"]["2026-03-12"]

    added = send(
        shop, "POST", "/date-overrides", {"date": "2026-03-12", "time_slots": [{"start": "10:00", "end": "15:00"}]}
    )
    assert added.status_int == 201
    # Product 21 opens nine to five itself; the shop closes around its hours of that day.
    times = available(shop, 21, "2026-03-12T00:00:00", "2026-03-12T23:59:59").json["availability"]["2026-03"][
        "2026-03-12"
    ]
    assert min(times) >= "10:00:00"
    assert max(times) <= "14:00:00"
    assert send(shop, "GET", "/date-overrides").json == [added.json]
    changed = send(shop, "PUT", "/date-overrides/2026-03-12", {"time_slots": []}).json
    assert changed == {"date": "2026-03-12", "time_slots": []}
    assert available(shop, 21, "2026-03-12T00:00:00", "2026-03-12T23:59:59").json["availability"] == []
    gone = send(shop, "DELETE", "/date-overrides/2026-03-12").json
    assert gone == {"deleted": True, "previous": changed}
    assert send(shop, "GET", "/date-overrides/2026-03-12").status_int == 404


@pytest.mark.parametrize(
    "slots, code",
    [
        (None, "missing_time_slots"),
        ("nine", "invalid_time_slots"),
        ([{"start": "09:00"}], "missing_time_fields"),
        ([{"start": "9am", "end": "10:00"}], "invalid_start_time"),
        ([{"start": "09:00", "end": "25:00"}], "invalid_end_time"),
        ([{"start": "10:00", "end": "09:00"}], "invalid_time_range"),
        ([{"start": "09:00", "end": "11:00"}, {"start": "10:00", "end": "12:00"}], "overlapping_time_slots"),
    ],
)
def test_time_slots_are_judged(shop, slots, code):
    reply = send(shop, "POST", "/date-overrides", {"date": "2026-03-12", "time_slots": slots})
    assert (reply.status_int, reply.json["code"]) == (400, code)


def test_a_date_is_needed(shop):
    for day in ("", "2026-02-30", "soon"):
        reply = send(shop, "POST", "/date-overrides", {"date": day, "time_slots": []})
        assert (reply.status_int, reply.json["code"]) == (400, "missing_date")


def test_team_members(shop):
    body = {
        "name": "Ann",
        "email": "ann@oracle.test",
        "role": "Guide",
        "availability": {"weekly_schedule": [{"id": 4, "time_slots": [{"start": "09:00", "end": "11:00"}]}]},
        "product_booking_ids": [22],
    }
    reply = send(shop, "POST", "/resources/team-members", body)
    assert reply.status_int == 201, reply.text
    ann = reply.json
    assert (ann["name"], ann["status"], ann["availability_source"]) == ("Ann", "publish", "team_member")
    assert ann["product_booking_ids"] == [22]
    assert list(ann)[:-1] == [
        "id",
        "status",
        "name",
        "qty",
        "role",
        "email",
        "phone_number",
        "image_id",
        "image_url",
        "description",
        "note",
        "availability_source",
        "availability",
        "product_booking_ids",
    ]
    # Ann guides the workshop on Thursday mornings, and nobody else does.
    times = available(shop, 22, "2026-03-12T00:00:00", "2026-03-13T23:59:59").json["availability"]["2026-03"]
    assert times == {"2026-03-12": {"09:00:00": 1}}
    assert [member["id"] for member in send(shop, "GET", "/resources/team-members").json] == [ann["id"]]
    gone = send(shop, "DELETE", f"/resources/team-members/{ann['id']}")
    assert gone.json["status"] == "publish"
    assert send(shop, "GET", "/resources/team-members").json == []
    listed = send(shop, "GET", "/resources/team-members?include_status=trash").json
    assert [member["status"] for member in listed] == ["trash"]
    back = send(shop, "PUT", f"/resources/team-members/{ann['id']}", {"status": "publish", "product_booking_ids": []})
    assert back.json["product_booking_ids"] == []


def test_the_rest_is_for_managers(shop):
    for path in ("/bookings", "/weekly-schedule", "/date-overrides", "/resources/team-members"):
        assert send(shop, "GET", path, auth=None).status_int == 401
        assert send(shop, "GET", path, auth="customer_rw").status_int == 403
