"""Booking, listing and deleting appointments (README, "Order of a booking" and "Statuses")."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from core.domain.requests import BookingRequest
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonBound,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from core.domain.statuses import BOOKING
from core.services import bookings, catalog, doctor, repository
from plugins.bookingpress import auth
from plugins.bookingpress.translate.appointments import CODES, HIDDEN, LABELS, STATUS, core_statuses
from tests.plugins.bookingpress.conftest import BASE, bring
from tests.plugins.bookingpress.test_slots import ola

TAKEN = (
    "I am sorry! Another appointment is already booked with this time slot. Please select another time slot which"
    " suits you the best."
)
NOT_OFFERED = "Sorry, Booking can not be done as booking time is different than selected timeslot"


def test_one_request_makes_everything(shop):
    service = shop.service()
    booked = shop.book(service, appointment_note="Ring <b>twice</b>", form_fields={"colour": "red"})
    assert booked == {
        "variant": "success",
        "title": "Success",
        "msg": "Appointment has been booked successfully.",
        "appointment_id": booked["appointment_id"],
        "booking_id": str(booked["appointment_id"]),
        "customer_id": 1,
        "payment_id": 1,
        "staffmember_id": 0,
        "appointment_status": "2",
        "payment_status": "2",
        "total_amount": 40,
        "paid_amount": 0,
        "due_amount": 40,
    }
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert (record["appointment_note"], record["form_fields"]) == ("Ring <b>twice</b>", {"colour": "red"})
    again = shop.book(service, "10:00", customer_email="MIRA@example.org", customer_firstname="M")
    assert again["customer_id"] == 1
    rebooked = shop.book(service, "11:00", customer_id=1)
    assert rebooked["customer_id"] == 1


@pytest.mark.parametrize(
    ("change", "msg"),
    [
        ({"selected_service": 0}, "Please select any service to book an appointment."),
        ({"selected_service": 999, "selected_date": ""}, "Please select any service to book an appointment."),
        (
            {"selected_date": "soon", "selected_start_time": ""},
            "Please select appointment date to proceed with the booking.",
        ),
        (
            {"selected_start_time": "", "selected_payment_method": ""},
            "Please select a time slot to proceed with the booking.",
        ),
        (
            {"selected_payment_method": "", "customer_firstname": "x" * 256},
            "Please select a payment method to proceed with the booking.",
        ),
        ({"customer_firstname": "x" * 256, "selected_start_time": "03:00"}, "Firstname is too long..."),
        ({"customer_name": "x" * 256}, "Fullname is too long..."),
        ({"customer_email": "x" * 256}, "Email address is too long..."),
        ({"selected_start_time": "16:00", "selected_payment_method": "paypal"}, TAKEN),
        ({"selected_start_time": "03:00"}, NOT_OFFERED),
        ({"selected_start_time": "09:15"}, NOT_OFFERED),
        ({"selected_end_time": "10:30"}, NOT_OFFERED),
        (
            {"selected_start_time": "03:00", "selected_payment_method": "paypal"},
            "PayPal payment gateway is not active.",
        ),
        ({"selected_payment_method": "stripe"}, "Stripe payment gateway is not active."),
        ({"selected_date": "2026-05-29"}, NOT_OFFERED),
        ({"service_price_without_currency": 41}, "Sorry! Appointment could not be processed"),
        ({"appointment_status": 3}, "Something went wrong.. Invalid value for appointment_status."),
        ({"bookingpress_selected_bring_members": 2}, TAKEN),
        ({"bookingpress_selected_bring_members": -1}, TAKEN),
        ({"customer_id": 77}, "Customer not found"),
        ({"selected_staff_member_id": 77}, "Staff member not found"),
        ({"selected_location": 77}, "Location not found"),
        (
            {"bookingpress_selected_extra_details": {"9": {"qty": 1}}},
            "Something went wrong.. Invalid value for bookingpress_selected_extra_details.",
        ),
    ],
)
def test_what_is_wrong_is_told_in_the_vendors_order(shop, change, msg):
    service = shop.service()
    shop.book(service, "16:00")
    refused = shop.book(service, **change)
    assert refused == {"variant": "error", "title": "Error", "msg": msg}
    assert shop.get("/appointments")["total"] == 1
    assert (shop.get("/customers")["total"], shop.get("/payments")["total"]) == (1, 1)


def test_a_holiday_is_told_apart(start):
    shop = start(document={"daysoff": [{"name": "Whit Tuesday", "start_date": "2026-06-02"}]})
    assert shop.book(shop.service()) == {
        "variant": "error",
        "title": "Error",
        "msg": "Selected date is off day. So please select new date.",
        "error_type": "dayoff",
    }


def test_settings_of_payment_and_status(start):
    shop = start(
        document={
            "settings": {
                "on_site_payment": False,
                "paypal_payment": True,
                "payment_gateways": ["stripe"],
                "appointment_status": 2,
                "required_form_fields": {"colour": "Please choose a colour."},
            }
        }
    )
    service, cheap = shop.service(), shop.service(service_price="0.05")
    fields = {"form_fields": {"colour": "red"}}
    assert shop.book(service)["msg"] == "Please choose a colour."
    assert shop.book(service, **fields)["msg"] == "On site payment gateway is not active."
    assert shop.book(cheap, **fields, selected_payment_method="paypal")["msg"] == "Paypal supports minimum amount 0.1"
    booked = shop.book(service, **fields, selected_payment_method="stripe")
    assert (booked["appointment_status"], booked["payment_status"], booked["paid_amount"]) == ("2", "1", 40)
    named = shop.book(service, "10:00", **fields, selected_payment_method="stripe", appointment_status=1)
    assert named["appointment_status"] == "1"


def test_the_smallest_party(shop):
    service = shop.service(max_capacity=6, min_capacity=2)
    assert shop.book(service)["msg"] == "Minimum 2 persons are required for this service"
    member = ola(shop, (service, {"assign_service_min_capacity": 3}))
    refused = shop.book(service, bookingpress_selected_bring_members=2, selected_staff_member_id=member)
    assert refused["msg"] == "Minimum 3 persons are required for this service"
    assert shop.book(service, bookingpress_selected_bring_members=3)["variant"] == "success"
    assert shop.slots(service)[0]["max_capacity"] == 3


def test_deleting_frees_the_place_and_takes_the_payment_along(shop):
    service = shop.service()
    appointment_id = shop.book(service)["appointment_id"]
    assert shop.book(service)["msg"] == TAKEN
    answer = shop.call("DELETE", f"/appointments/{appointment_id}")
    assert answer["msg"] == "Appointment has been deleted successfully."
    assert shop.get("/payments")["total"] == 0
    again = shop.call("DELETE", f"/appointments/{appointment_id}")
    assert again == {"variant": "error", "title": "Error", "msg": "Either appointment deleted or not found."}
    assert shop.call("DELETE", "/appointments/0")["msg"] == "Something went wrong.."
    assert shop.book(service)["variant"] == "success"


def test_appointments_are_filtered(shop):
    clean, windows = shop.service(), shop.service(service_name="Windows")
    member = ola(shop, windows)
    first_id = shop.book(clean, "09:00", day="2026-06-02", appointment_status=1)["appointment_id"]
    two = shop.book(windows, "10:00", day="2026-06-03", customer_email="ada@example.org", customer_firstname="Ada")
    two = two["appointment_id"]
    three = shop.book(clean, "11:00", day="2026-06-04")["appointment_id"]

    def ids(query):
        listingng = shop.get(f"/appointments?{query}")
        assert listingng["total"] == len(listingng["items"])
        return [item["appointment_id"] for item in listingng["items"]]

    assert ids("") == [three, two, first_id]
    assert ids("start_date=2026-06-03&end_date=2026-06-03") == [two]
    assert ids("selected_date_range[]=2026-06-02&selected_date_range[]=2026-06-03") == [two, first_id]
    assert ids("appointment_status=1") == [first_id]
    assert ids("appointment_status=1,2") == [three, two, first_id]
    assert ids("appointment_status[]=3") == []
    assert ids(f"service_id={clean}") == [three, first_id]
    assert ids(f"staffmember_id={member}") == [two]
    assert ids("customer_id=2") == [two]
    assert ids("search=ada@EXAMPLE") == [two]
    assert ids("search=windows") == [two]
    assert ids("search=mira holt") == [three, first_id]
    assert ids(f"search_appointment_id={two}") == [two]
    assert ids("sort_by=appointment_date&sort_order=asc") == [first_id, two, three]
    assert ids("sort_by=service_name&sort_order=asc")[-1] == two
    assert ids("sort_by=customer_name&sort_order=asc")[0] == two
    assert shop.get("/appointments?appointment_status=9", status=400)["code"] == "rest_invalid_param"
    assert shop.get("/appointments?start_date=June", status=400)["data"]["params"] == {"start_date": "date"}

    def payments(query):
        return [item["appointment_id"] for item in shop.get(f"/payments?{query}")["items"]]

    assert payments("customer_id=2") == [two]
    assert payments(f"service_id={clean}") == [three, first_id]
    assert payments("payment_status=2&payment_gateway=on-site&start_date=2026-06-01&end_date=2026-06-01") == [
        three,
        two,
        first_id,
    ]
    assert payments("end_date=2026-05-31") == []


def test_slots_need_a_service(shop):
    missing = shop.get("/appointments/timeslots", status=400)
    assert missing == {
        "code": "rest_missing_callback_param",
        "message": "Missing parameter(s): service_id",
        "data": {"status": 400, "params": ["service_id"]},
    }
    assert shop.get("/appointments/timeslots?service_id=9", status=404)["message"] == "Service not found."
    service = shop.service(max_capacity=2)
    bad = shop.get(f"/appointments/timeslots?service_id={service}&selected_date=x", status=400)
    assert bad["data"]["params"] == {"selected_date": "date"}
    body = {"service_id": service, "bookingpress_selected_bring_members": 3}
    slots = shop.post("/appointments/timeslots", body)
    assert slots["morning_time"][0]["store_service_date"] == "2026-06-01"
    assert slots["morning_time"][0]["disable_flag_timeslot"] is True
    groups = [len(slots[name]) for name in ("morning_time", "afternoon_time", "evening_time", "night_time")]
    assert groups == [3, 4, 1, 0]


def test_every_core_status_has_a_code_and_every_code_a_status():
    assert set(CODES) == set(BOOKING)
    assert {CODES[status] for status in STATUS.values()} == set(LABELS)
    mapped = [status for code in LABELS for status in core_statuses([code])]
    assert sorted(mapped) == sorted(set(BOOKING) - set(HIDDEN))


def test_a_retry_with_the_same_key_books_once(shop):
    service = shop.service(max_capacity=5)
    sent = {auth.HEADER: shop.key, "Idempotency-Key": "k-1"}
    body = {
        "selected_service": service,
        "selected_date": "2026-06-02",
        "selected_start_time": "09:00",
        "selected_payment_method": "on-site",
        "customer_firstname": "A",
    }
    first, second = (shop.app.post_json(f"{BASE}/appointments", body, headers=sent).body for _ in range(2))
    assert first == second
    assert shop.get("/appointments")["total"] == 1
    changed = shop.app.post_json(
        f"{BASE}/appointments", {**body, "selected_start_time": "10:00"}, headers=sent, status=422
    )
    assert changed.json["code"] == "idempotency_key_reused"


def test_a_stale_version_is_not_deleted(shop):
    appointment_id = shop.book(shop.service())["appointment_id"]
    tag = shop.reply("GET", f"/appointments/{appointment_id}").headers["ETag"]
    assert shop.call("DELETE", f"/appointments/{appointment_id}", status=412, headers={"If-Match": '"99"'})["code"]
    assert shop.call("DELETE", f"/appointments/{appointment_id}", headers={"If-Match": tag})["variant"] == "success"


# -- what other dialects made -----------------------------------------------------------------------------------

OPEN = (CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020),)


def neutral(shop, plan, **values):
    fields = {"name": "Room", "price": Decimal(10), "rules": OPEN, "origin": "other", **values}
    return repository.services.create(now=shop.clock(), plan=plan, **fields).id


PLANS = {
    "hours the customer chooses": (
        SchedulePlan(unit="hour", min_blocks=2, max_blocks=4, capacity=CapacityRules(limit=3)),
        (2, "h", 3),
    ),
    "any minute": (
        SchedulePlan(unit="minute", length=90, grid=SlotGrid(starts="any"), capacity=CapacityRules(limit=1)),
        (90, "m", 1),
    ),
    "listed starts": (
        SchedulePlan(
            unit="minute",
            length=1,
            grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=540, to_minute=585, capacity=2),)),
        ),
        (45, "m", 2),
    ),
    "nights": (
        SchedulePlan(
            unit="night",
            max_blocks=14,
            check_in_minute=900,
            check_out_minute=660,
            opening=OpeningRules(open_by_default=True),
        ),
        (1, "d", 1),
    ),
    "days": (
        SchedulePlan(unit="day", length=1, capacity=CapacityRules(limit=2), opening=OpeningRules(open_by_default=True)),
        (1, "d", 2),
    ),
    "months": (
        SchedulePlan(
            unit="month",
            opening=OpeningRules(open_by_default=True),
            booking_window=BookingWindowRules(notice=Offset(1, "week")),
        ),
        (30, "d", 1),
    ),
    "no limit": (SchedulePlan(unit="hour", capacity=CapacityRules(limit=None)), (1, "h", 0)),
}


@pytest.mark.parametrize("name", PLANS)
def test_services_of_other_dialects_are_read_and_booked(shop, name):
    plan, expected = PLANS[name]
    service = neutral(shop, plan)
    record = shop.get(f"/services/{service}")
    assert (record["service_duration_val"], record["service_duration_unit"], record["max_capacity"]) == expected
    assert shop.get("/services")["total"] == 1
    day = "2026-07-01" if plan.unit == "month" else "2026-06-02"
    slot = shop.slots(service, day)[0]
    booked = shop.book(service, slot["start_time"], day)
    assert booked["variant"] == "success", booked
    appointment = shop.get(f"/appointments/{booked['appointment_id']}")
    assert appointment["appointment_start_time"][:5] == slot["start_time"]
    assert shop.get("/appointments")["items"][0]["appointment_id"] == booked["appointment_id"]
    assert doctor.examine(now=shop.clock()).ok


def test_the_length_of_a_stay_can_be_named(shop):
    service = neutral(shop, PLANS["nights"][0])
    booked = shop.book(service, selected_end_date="2026-06-05")
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert (record["appointment_date"], record["appointment_end_date"]) == ("2026-06-02", "2026-06-05")
    hours = neutral(shop, PLANS["hours the customer chooses"][0])
    assert shop.book(hours, selected_end_time="12:00")["variant"] == "success"
    assert shop.book(hours, selected_end_time="10:00")["msg"] == NOT_OFFERED


def test_resources_of_other_dialects_are_staff(shop):
    service = neutral(
        shop, SchedulePlan(unit="hour", capacity=CapacityRules(limit=None), resources=ResourceRules(choice="customer"))
    )
    rooms = [
        repository.resources.create(now=shop.clock(), name=name, capacity=1, origin="other").id
        for name in ("Blue", "Red")
    ]
    catalog.set_resources(service, [{"resource_id": room_id} for room_id in rooms])
    members = shop.get(f"/staffmembers?service_id={service}")["items"]
    assert [item["staffmember_fullname"] for item in members] == ["Red", "Blue"]
    assert shop.get(f"/services/{service}")["assigned_staffmembers"] == rooms
    taken = [shop.book(service).get("staffmember_id") for _ in range(3)]
    assert taken == [*rooms, None]


def test_person_types_of_other_dialects_take_the_party(shop):
    service = neutral(
        shop,
        SchedulePlan(
            unit="hour",
            capacity=CapacityRules(limit=9, units_per="person"),
        ),
    )
    kind = repository.person_types.create(now=shop.clock(), service_id=service, name="Adult").id
    plan = SchedulePlan(
        unit="hour",
        capacity=CapacityRules(limit=9, units_per="person"),
        persons=PersonRules(by_type=(PersonBound(person_type_id=kind, minimum=2),)),
    )
    repository.services.update(service, now=shop.clock(), plan=plan)
    assert shop.book(service)["msg"] == "Minimum 2 persons are required for this service"
    assert shop.book(service, bookingpress_selected_bring_members=2)["variant"] == "success"
    assert shop.slots(service)[0]["max_capacity"] == 7


def test_coupons_and_tax_work_on_services_of_other_dialects(start):
    shop = start(document={"settings": {"tax_percentage": 10}})
    service = neutral(shop, SchedulePlan(unit="hour", capacity=CapacityRules(limit=9)))
    shop.make("/coupons", coupon_code="C", coupon_discount=11)
    # The coupon is larger than the price, so nothing is taken off: this dialect's rule.
    assert shop.book(service, coupon_code="C")["total_amount"] == 11
    assert shop.get("/coupons")["items"][0]["coupon_total_used"] == 1


def test_only_what_is_changed_here_changes_in_another_dialects_service(shop):
    plan = SchedulePlan(
        unit="hour", min_blocks=2, max_blocks=4, capacity=CapacityRules(limit=3), buffers=Buffers(before_minutes=5)
    )
    service = neutral(shop, plan)
    shop.call("PATCH", f"/services/{service}", {"service_name": "Hall", "max_capacity": 5})
    after = repository.services.get(service)
    assert (after.name, after.origin, after.rules) == ("Hall", "other", OPEN)
    assert after.plan == SchedulePlan(
        unit="hour", min_blocks=2, max_blocks=4, capacity=CapacityRules(limit=5), buffers=Buffers(before_minutes=5)
    )
    shop.call("PATCH", f"/services/{service}", {"service_price": 12, "service_image": "https://shop.test/x.png"})
    assert shop.book(service)["total_amount"] == 12
    bring({"settings": {"default_time_slot": 20}}, shop.clock)
    assert repository.services.get(service).plan.max_blocks == 4
    assert shop.get(f"/services/{service}")["service_image"] == "https://shop.test/x.png"


@pytest.mark.parametrize("status", BOOKING)
def test_bookings_of_other_dialects_are_shown_unless_nobody_should_see_them(shop, status):
    service = neutral(shop, SchedulePlan(unit="hour", capacity=CapacityRules(limit=9)))
    request = BookingRequest(service_id=service, wall_start=datetime(2026, 6, 2, 9), origin="other", status=status)
    booking = bookings.create(request, now=shop.clock())
    appointments = shop.get("/appointments")["items"]
    assert len(appointments) == (status not in HIDDEN)
    appointment = shop.get(f"/appointments/{booking.id}")
    assert appointment["appointment_status"] == str(CODES[status])
    assert (appointment["payment_id"], appointment["payment_method"], appointment["customer_name"]) == (0, " - ", "")
    assert shop.call("DELETE", f"/appointments/{booking.id}")["variant"] == "success"


def test_a_wall_date_is_that_of_the_service(start):
    shop = start(timezone="Pacific/Auckland")
    service = neutral(shop, SchedulePlan(unit="hour", capacity=CapacityRules(limit=1)), zone="America/New_York")
    booked = shop.book(service)
    record = shop.get(f"/appointments/{booked['appointment_id']}")
    assert (record["appointment_date"], record["appointment_start_time"]) == ("2026-06-02", "09:00:00")
    assert record["created_date"] == "2026-06-01 18:00:00"
    assert date.fromisoformat(shop.get("/payments")["items"][0]["appointment_date"]) == date(2026, 6, 2)
