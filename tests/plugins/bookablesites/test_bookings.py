"""Appointments and bookings over HTTP (README, "Groups", "Statuses", "Prices")."""

from datetime import timedelta

import pytest

from core.domain.requests import BookingRequest
from core.services import bookings, doctor
from plugins.bookablesites.usecases import deliveries
from tests.plugins.bookablesites.conftest import NOW, Salon


@pytest.fixture(autouse=True)
def no_breaches(api):
    yield
    assert doctor.examine(now=NOW).breaches == []


def capacity(api, appointment):
    return api.get(f"appointments/{appointment}", status=200).json["capacity"]


# -- parties below the minimum -------------------------------------------------------------------------------------


@pytest.fixture
def group_service(salon):
    """A service with 6 seats that accepts parties below its minimum of 3."""
    return salon.service(min_capacity=3, max_capacity=6, allow_below_min_capacity=True, allow_multiple_persons=True)


def test_below_the_minimum_a_booking_waits(salon, group_service):
    assert salon.book(group_service, "09:00", persons=2)["status"] == "pending"


def test_reaching_the_minimum_approves_all_pending_bookings(salon, group_service):
    first = salon.book(group_service, "09:00", persons=2)
    second = salon.book(group_service, "09:00", persons=1, customer=salon.guest(1))
    appointment = salon.api.get(f"appointments/{first['appointment_id']}").json
    assert second["appointment_id"] == first["appointment_id"]
    assert (appointment["status"], [b["status"] for b in appointment["bookings"]]) == ("approved", ["approved"] * 2)
    assert appointment["capacity"] == {"min": 3, "max": 6, "booked": 3, "left": 3}


def test_a_booking_through_another_dialect_counts_toward_the_minimum(salon, group_service):
    first = salon.book(group_service, "09:00", persons=2)
    other = bookings.get(first["id"])
    for hours, status in ((2, "pending"), (0, "approved")):
        request = BookingRequest(
            service_id=group_service,
            wall_start=other.wall_start + timedelta(hours=hours),
            resource_id=other.resource_id,
            status="confirmed",
            origin="elsewhere",
        )
        bookings.create(request, now=NOW)
        deliveries.take_events(now=NOW)
        assert salon.api.get(f"bookings/{first['id']}").json["status"] == status


def test_more_than_the_seats_left_are_refused(salon, group_service):
    salon.book(group_service, "09:00", persons=3)
    refused = salon.book(group_service, "09:00", persons=4, status=409)
    assert refused["code"] == "slot_unavailable"
    assert "places asked for: 4, places left: 3" in refused["message"]


def test_without_the_option_each_party_needs_the_minimum(salon):
    service = salon.service(min_capacity=3, max_capacity=6)
    refused = salon.book(service, "09:00", persons=2, status=422)
    assert refused["errors"] == {"persons": ["At least 3 persons are needed."]}
    assert salon.book(service, "09:00", persons=3)["status"] == "approved"


def test_a_plain_service_takes_the_default_status(make_api):
    salon = Salon(make_api(default_appointment_status="pending"))
    assert salon.book(salon.service(), "09:00")["status"] == "pending"


def test_bookings_below_the_minimum_after_a_cancellation_stay_approved(salon, group_service):
    first = salon.book(group_service, "09:00", persons=2)
    second = salon.book(group_service, "09:00", persons=1, customer=salon.guest(1))
    salon.api.delete(f"bookings/{second['id']}", status=200)
    assert salon.api.get(f"bookings/{first['id']}").json["status"] == "approved"


def test_automatic_choice_joins_a_pending_appointment(salon, group_service):
    """Without an employee in the request, the appointment is not known before core has chosen one."""
    salon.book(group_service, "09:00", persons=2)
    body = {"service": group_service, "customer": salon.guest(1), "date": salon.DAY, "time": "09:00"}
    joined = salon.api.post("bookings", body, status=201).json
    appointment = salon.api.get(f"appointments/{joined['appointment_id']}").json
    assert [b["status"] for b in appointment["bookings"]] == ["approved", "approved"]


# -- joining and blocking -----------------------------------------------------------------------------------------


def test_the_same_time_is_joined_and_any_other_overlap_blocks(salon):
    service = salon.service(max_capacity=4)
    other = salon.service("Colour", max_capacity=4)
    first = salon.book(service, "10:00", persons=3)
    assert salon.book(service, "10:00", customer=salon.guest(1))["appointment_id"] == first["appointment_id"]
    salon.book(service, "10:00", customer=salon.guest(2), status=409)
    salon.book(service, "10:30", customer=salon.guest(2), status=409)
    salon.book(other, "10:00", customer=salon.guest(2), status=409)
    salon.book(other, "11:00", customer=salon.guest(2))


def test_a_longer_booking_joins_the_same_start(salon):
    service = salon.service(max_capacity=4, extras=[{"name": "Windows", "duration": 1800, "price": 5}])
    extra = salon.api.get(f"services/{service}").json["extras"][0]["id"]
    first = salon.book(service, "10:00")
    longer = salon.book(service, "10:00", customer=salon.guest(1), extras=[{"id": extra, "quantity": 1}])
    assert longer["appointment_id"] == first["appointment_id"]
    appointment = salon.api.get(f"appointments/{first['appointment_id']}").json
    assert appointment["end_date_time"] == "2026-06-01 11:30:00"
    assert "11:00" not in salon.starts(service)
    assert "11:30" not in salon.starts(service)


def test_an_employees_own_capacity_replaces_the_services(salon):
    service = salon.service(max_capacity=4, employees=[{"id": salon.ola, "max_capacity": 2, "price": 60}])
    booked = salon.book(service, "09:00", persons=2)
    assert booked["price"]["total"] == 120
    assert capacity(salon.api, booked["appointment_id"]) == {"min": 1, "max": 2, "booked": 2, "left": 0}
    assert "09:00" not in salon.starts(service)


def test_the_employee_with_the_fewest_appointments_that_day_is_chosen(salon):
    kim = salon.employee("Kim", "Park")
    service = salon.service(employees=[{"id": salon.ola}, {"id": kim}])
    long = salon.service("Long", duration=7200, employees=[{"id": kim}])
    salon.book(service, "09:00", employee=salon.ola)
    salon.book(service, "13:00", employee=salon.ola)
    salon.book(long, "09:00", employee=kim)
    body = {"service": service, "customer": salon.mira, "date": salon.DAY, "time": "11:00"}
    created = salon.api.post("appointments", body, status=201).json
    assert [e["id"] for e in created["employees"]] == [kim]


def test_a_hidden_employee_is_not_offered(salon):
    service = salon.service()
    salon.api.patch(f"employees/{salon.ola}", {"status": "hidden"}, status=200)
    assert salon.starts(service) == []
    salon.book(service, "09:00", status=409)
    salon.api.patch(f"employees/{salon.ola}", {"status": "active"}, status=200)
    assert "09:00" in salon.starts(service)


# -- appointments -------------------------------------------------------------------------------------------------


def test_an_appointment_has_every_documented_field(salon):
    location = salon.api.post("locations", {"name": "North"}, status=201).json["id"]
    service = salon.service(
        "Deep clean", price=50, max_capacity=4, employees=[{"id": salon.ola, "price": 60}],
        taxes=[{"name": "VAT", "type": "percentage", "value": 10}],
    )  # fmt: skip
    body = {"service": service, "customer": salon.mira, "date": salon.DAY, "time": "09:00", "persons": 3}
    reply = salon.api.post("appointments", body, status=201)
    created = reply.json
    assert reply.headers["Location"].endswith(f"/api/v1/appointments/{created['id']}")
    booking = created["bookings"][0]
    assert created == {
        "id": booking["appointment_id"],
        "start_date_time": "2026-06-01 09:00:00",
        "end_date_time": "2026-06-01 10:00:00",
        "status": "approved",
        "note": None,
        "created_at": "2026-05-28 14:02:11",
        "service": {"id": service, "name": "Deep clean"},
        "employees": [{"id": salon.ola, "first_name": "Ola", "last_name": "Reyes"}],
        "location": {"id": location, "name": "North"},
        "bookings": [
            {
                "id": booking["id"],
                "appointment_id": created["id"],
                "group_id": None,
                "status": "approved",
                "additional_persons": 2,
                "persons": 3,
                "customer": {"id": salon.mira, "first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"},
                "extras": [],
                "coupon_code": None,
                "custom_fields": {},
                "price": {"unit": 60, "subtotal": 180, "discount": 0, "tax": 18, "total": 198, "currency": "USD"},
            }
        ],
        "capacity": {"min": 1, "max": 4, "booked": 3, "left": 1},
        "group_ids": [],
    }


def test_an_appointment_can_be_created_for_several_customers(salon):
    kim = salon.employee("Kim", "Park")
    service = salon.service(max_capacity=3, employees=[{"id": salon.ola}, {"id": kim}])
    salon.book(service, "09:00", employee=salon.ola)
    body = {
        "service": service,
        "date": salon.DAY,
        "time": "09:00",
        "note": "choir",
        "bookings": [{"customer": salon.guest(n), "additional_persons": n} for n in (0, 1)],
    }
    created = salon.api.post("appointments", body, status=201).json
    assert [e["id"] for e in created["employees"]] == [kim]
    assert [b["persons"] for b in created["bookings"]] == [1, 2]
    assert (created["note"], created["capacity"]["left"]) == ("choir", 0)


def test_lists_filter_by_every_documented_parameter(salon):
    service = salon.service(max_capacity=3)
    other = salon.service("Colour")
    first = salon.book(service, "09:00")["appointment_id"]
    salon.book(service, "09:00", customer=salon.guest(1))
    second = salon.book(other, "13:00", date="2026-06-08", customer=salon.guest(1))["appointment_id"]
    salon.api.post(f"appointments/{second}/cancel", status=200)

    def listed(query):
        return [entry["id"] for entry in salon.api.get(f"appointments?{query}", status=200).json["data"]]

    assert listed("") == [second, first]
    assert listed("sort_by=start_time&sort_order=asc") == [first, second]
    assert listed(f"customerId={salon.mira}") == [first]
    assert listed(f"serviceId={other}") == [second] == listed(f"service={other}")
    assert listed(f"employeeId={salon.ola}&status=approved,pending") == [first]
    assert listed("status=cancelled") == [second]
    assert listed("start_date=2026-06-02&end_date=2026-06-08") == [second]
    assert listed("end_date=2026-06-01") == [first]
    assert listed("group_id=g_none") == []
    page = salon.api.get("appointments?limit=1&page=2").json
    assert page["pagination"] == {"total": 2, "page": 2, "limit": 1, "pages": 2}
    assert salon.api.get("appointments?page=9").json["data"] == []


@pytest.mark.parametrize(
    "query",
    ["page=0", "limit=0", "page=x", "sort_by=price", "sort_order=up", "status=gone", "customerId=x"],
)
def test_wrong_list_parameters_are_422(api, query):
    assert api.get(f"appointments?{query}", status=422).json["code"] == "validation_failed"


# -- moving -------------------------------------------------------------------------------------------------------


def test_an_appointment_moves_with_all_bookings_and_may_overlap_itself(salon):
    service = salon.service(max_capacity=3)
    id = salon.book(service, "10:00")["appointment_id"]
    salon.book(service, "10:00", customer=salon.guest(1))
    moved = salon.api.post(f"appointments/{id}/reschedule", {"date": salon.DAY, "time": "10:30"}, status=200).json
    assert (moved["id"], moved["start_date_time"], len(moved["bookings"])) == (id, "2026-06-01 10:30:00", 2)
    assert salon.starts(service)[:1] == ["09:00"]


def test_an_appointment_cannot_move_into_another_one(salon):
    service = salon.service(max_capacity=6)
    id = salon.book(service, "09:00")["appointment_id"]
    salon.book(service, "13:00", customer=salon.guest(1))
    for time, code in (("13:00", 409), ("13:30", 409), ("08:00", 409), ("10:10", 409)):
        refused = salon.api.post(f"appointments/{id}/reschedule", {"date": salon.DAY, "time": time}, status=code).json
        assert refused["code"] == "slot_unavailable", time
    assert salon.api.get(f"appointments/{id}").json["start_date_time"] == "2026-06-01 09:00:00"


def test_force_skips_the_grid_but_never_hours(salon):
    service = salon.service()
    id = salon.book(service, "09:00")["appointment_id"]
    body = {"date": salon.DAY, "time": "10:10", "force": True}
    assert (
        salon.api.post(f"appointments/{id}/reschedule", body, status=200).json["start_date_time"].endswith("10:10:00")
    )
    salon.api.post(f"appointments/{id}/reschedule", {**body, "time": "11:10"}, status=409)


def test_another_employee_means_another_price(salon):
    kim = salon.employee("Kim", "Park")
    service = salon.service(employees=[{"id": salon.ola}, {"id": kim, "price": 80}])
    id = salon.book(service, "09:00", employee=salon.ola)["appointment_id"]
    moved = salon.api.patch(f"appointments/{id}", {"employee": kim}, status=200).json
    assert moved["bookings"][0]["price"]["total"] == 80
    assert [e["id"] for e in moved["employees"]] == [kim]
    assert "09:00" in salon.starts(service, employee=salon.ola)


def test_notice_holds_for_booking_cancelling_and_moving(make_api, clock):
    salon = Salon(
        make_api(
            minimum_time_before_booking=60, minimum_time_before_canceling=120, minimum_time_before_rescheduling=180
        )
    )
    service = salon.service()
    id = salon.book(service, "13:00")["appointment_id"]
    clock.move(days=3, hours=19)  # Monday 09:02:11
    assert salon.starts(service)[:1] == ["10:30"]  # the booking is at 13:00
    salon.book(service, "10:00", customer=salon.guest(1), status=409)
    clock.move(hours=1, minutes=1)  # 10:03:11: less than three hours are left
    late = salon.api.post(f"appointments/{id}/reschedule", {"date": salon.DAY, "time": "14:00"}, status=409).json
    assert late["code"] == "too_late"
    clock.move(hours=1)
    assert salon.api.delete(f"appointments/{id}", status=409).json["code"] == "too_late"
    salon.api.post(f"appointments/{id}/cancel", {"force": True}, status=200)


def test_exactly_the_notice_is_enough(make_api, clock):
    salon = Salon(make_api(minimum_time_before_booking=60))
    service = salon.service()
    clock.now = clock.now.replace(day=31, month=5, hour=13, minute=0, second=0)
    clock.move(days=1)  # Monday 09:00:00
    assert salon.starts(service)[0] == "10:00"


def test_past_and_canceled_appointments_do_not_move(salon, clock):
    service = salon.service()
    id = salon.book(service, "09:00")["appointment_id"]
    clock.move(days=5)
    body = {"date": "2026-06-08", "time": "09:00"}
    assert salon.api.post(f"appointments/{id}/reschedule", body, status=409).json["code"] == "invalid_transition"
    clock.now = NOW
    salon.api.delete(f"appointments/{id}", status=200)
    assert salon.api.post(f"appointments/{id}/reschedule", body, status=409).json["code"] == "invalid_transition"


def test_an_appointment_being_moved_can_be_left_out_of_the_free_times(salon):
    service = salon.service()
    id = salon.book(service, "10:00")["appointment_id"]
    assert "10:30" in salon.starts(service, exclude_appointment=id)
    assert "10:30" not in salon.starts(service)


# -- statuses -----------------------------------------------------------------------------------------------------

ALLOWED = {
    "pending": {"approved", "rejected", "canceled"},
    "approved": {"pending", "canceled", "rejected", "no_show"},
    "no_show": {"approved"},
    "canceled": {"approved", "pending"},
    "rejected": {"approved", "pending"},
}


@pytest.mark.parametrize("old_status", ALLOWED)
@pytest.mark.parametrize("new_status", ALLOWED)
def test_statuses_change_as_the_table_says(salon, old_status, new_status):
    service = salon.service()
    start = {"no_show": "approved"}.get(old_status, old_status)
    body = {"service": service, "customer": salon.mira, "date": salon.DAY, "time": "09:00", "status": start}
    id = salon.api.post("bookings", body, status=201).json["id"]
    if old_status == "no_show":
        salon.api.patch(f"bookings/{id}", {"status": "no-show"}, status=200)
    reply = salon.api.patch(f"bookings/{id}", {"status": new_status})
    if new_status == old_status or new_status in ALLOWED[old_status]:
        assert (reply.status_int, reply.json["status"]) == (200, new_status)
    else:
        assert (reply.status_int, reply.json["code"]) == (409, "invalid_transition")
    free = "09:00" in salon.starts(service)
    assert free == (salon.api.get(f"bookings/{id}").json["status"] not in ("approved", "pending"))


def test_reactivating_a_booking_needs_seats_and_a_start_ahead(salon, clock):
    service = salon.service()
    id = salon.book(service, "09:00")["id"]
    salon.api.delete(f"bookings/{id}", status=200)
    salon.book(service, "09:00", customer=salon.guest(1))
    refused = salon.api.patch(f"bookings/{id}", {"status": "approved"}, status=409).json
    assert refused["code"] == "slot_unavailable"
    clock.move(days=5)
    refused = salon.api.patch(f"bookings/{id}", {"status": "approved"}, status=409).json
    assert refused["code"] == "invalid_transition"


def test_cancelling_frees_the_time_at_once_and_twice_is_fine(salon):
    service = salon.service()
    id = salon.book(service, "09:00")["appointment_id"]
    first = salon.api.delete(f"appointments/{id}", status=200).json
    assert first["status"] == first["bookings"][0]["status"] == "canceled"
    assert "09:00" in salon.starts(service)
    assert salon.api.post(f"appointments/{id}/cancel", {"reason": "rain"}, status=200).json["status"] == "canceled"
    salon.api.delete("appointments/999", status=404)


def test_an_appointment_follows_its_bookings(salon):
    service = salon.service(max_capacity=4)
    ids = [salon.book(service, "09:00", customer=salon.guest(n))["id"] for n in range(3)]
    path = f"appointments/{salon.api.get(f'bookings/{ids[0]}').json['appointment_id']}"
    steps = [
        ({"status": "pending"}, "approved"),
        ({"status": "no_show"}, "approved"),
        ({"status": "canceled"}, "pending"),
    ]
    for id, (body, expected) in zip(ids, steps, strict=True):
        salon.api.patch(f"bookings/{id}", body, status=200)
        assert salon.api.get(path).json["status"] == expected
    salon.api.patch(f"bookings/{ids[0]}", {"status": "rejected"}, status=200)
    assert salon.api.get(path).json["status"] == "no_show"
    assert [entry["id"] for entry in salon.api.get("appointments?status=no_show").json["data"]] != []
    assert salon.api.get("appointments?status=canceled").json["data"] == []


def test_changing_an_appointment_changes_approved_and_pending_bookings(salon):
    service = salon.service(max_capacity=4)
    first = salon.book(service, "09:00", customer=salon.guest(1))
    second = salon.book(service, "09:00", customer=salon.guest(2))
    salon.api.delete(f"bookings/{second['id']}", status=200)
    path = f"appointments/{first['appointment_id']}"
    appointment = salon.api.patch(path, {"status": "rejected", "note": "full day"}, status=200).json
    assert [b["status"] for b in appointment["bookings"]] == ["rejected", "canceled"]
    assert appointment["note"] == "full day"


# -- bookings and groups ------------------------------------------------------------------------------------------


def test_the_v1_form_of_a_booking_is_accepted(salon):
    service = salon.service()
    body = {
        "serviceId": service,
        "employeeId": str(salon.ola),
        "bookingStart": "2026-06-01 09:00:00",
        "customer": {"firstName": "Ada", "lastName": "Lane", "email": "ada@example.org", "phone": "+49 170 1234567"},
        "notifyParticipants": False,
        "status": 2,
    }
    created = salon.api.post("/api/v2/bookings", body, status=201).json
    assert (created["status"], created["customer"]["email"]) == ("pending", "ada@example.org")
    assert salon.api.get("customers?email=ADA@example.org").json["data"][0]["phone_country_code"] == "de"


def test_an_instant_with_an_offset_is_converted_to_the_tenants_clock(salon):
    body = {"service": salon.service(), "customer": salon.mira, "start_date_time": "2026-06-01T13:00:00Z"}
    assert salon.api.post("appointments", body, status=201).json["start_date_time"] == "2026-06-01 09:00:00"


def group_of(salon, *items, **more):
    return {"customer": salon.mira, "bookings": [{"date": salon.DAY, **item} for item in items], **more}


def test_a_group_is_priced_as_documented(salon):
    clean = salon.service("Clean", price=60, max_capacity=4, taxes=[{"name": "VAT", "value": 10}])
    check = salon.service("Check", price=30)
    salon.api.post("coupons", {"code": "SPRING", "discount_value": 20, "expiration_date": "2026-06-30"}, status=201)
    body = group_of(
        salon,
        {"service": clean, "employee": salon.ola, "time": "09:00", "persons": 2},
        {"service": check, "time": "10:30"},
        coupon_code="spring",
    )
    created = salon.api.post("bookings", body, status=201).json
    assert created["price"] == {"subtotal": 150, "discount": 30, "tax": 9.6, "total": 129.6, "currency": "USD"}
    assert [b["coupon_code"] for b in created["bookings"]] == ["spring", "spring"]
    group = created["group_id"]
    assert salon.api.get(f"bookings/groups/{group}", status=200).json == created
    assert [b["id"] for b in salon.api.get(f"bookings?group_id={group}").json["data"]][::-1] == [
        b["id"] for b in created["bookings"]
    ]
    canceled = salon.api.delete(f"bookings/groups/{group}", status=200).json
    assert [b["status"] for b in canceled["bookings"]] == ["canceled", "canceled"]
    assert salon.api.get("coupons").json["data"][0]["used"] == 0


def test_a_group_is_booked_entirely_or_not_at_all(salon):
    service = salon.service(max_capacity=3)
    items = [{"service": service, "time": "09:00", "customer": salon.guest(n)} for n in range(4)]
    refused = salon.api.post("bookings", group_of(salon, *items), status=409).json
    assert list(refused["errors"]) == ["bookings.3.time"]
    assert salon.api.get("bookings").json["pagination"]["total"] == 0
    assert salon.api.get("customers?search=guest").json["data"] == []
    salon.api.post("bookings", group_of(salon, *items[:3]), status=201)


def test_twenty_are_a_group_and_twenty_one_are_too_many(salon):
    service = salon.service(max_capacity=30)
    items = [{"service": service, "time": "09:00"}] * 21
    salon.api.post("bookings", group_of(salon, *items), status=422)
    assert len(salon.api.post("bookings", group_of(salon, *items[:20]), status=201).json["bookings"]) == 20


def test_a_wrong_item_is_named(salon):
    service = salon.service()
    body = group_of(salon, {"service": service, "time": "09:00"}, {"service": 999, "time": "10:00"})
    assert list(salon.api.post("bookings", body, status=422).json["errors"]) == ["bookings.1.service"]


def test_a_quote_holds_nothing(salon):
    service = salon.service(max_capacity=2, price=40)
    body = group_of(salon, *[{"service": service, "time": "09:00"}] * 2)
    quote = salon.api.post("bookings/quote", body, status=200).json
    assert (quote["available"], quote["price"]["total"], len(quote["bookings"])) == (True, 80, 2)
    body["bookings"].append(body["bookings"][0])
    quote = salon.api.post("bookings/quote", body, status=200).json
    assert (quote["available"], quote["reason"], quote["price"]["total"]) == (False, "full", 120)
    assert salon.api.get("bookings").json["pagination"]["total"] == 0
    single = {"service": service, "date": salon.DAY, "time": "16:00"}
    assert salon.api.post("bookings/quote", single, status=200).json["reason"] == "closed"


def test_more_persons_need_the_seats_and_fewer_free_them(salon):
    service = salon.service(max_capacity=4)
    first = salon.book(service, "09:00", persons=2)
    salon.book(service, "09:00", customer=salon.guest(1))
    salon.api.patch(f"bookings/{first['id']}", {"persons": 4}, status=409)
    more = salon.api.patch(
        f"bookings/{first['id']}", {"additional_persons": 2, "custom_fields": {"a": [1]}}, status=200
    ).json
    assert (more["persons"], more["price"]["total"], more["custom_fields"]) == (3, 150, {"a": [1]})
    salon.api.patch(f"bookings/{first['id']}", {"persons": 1}, status=200)
    assert capacity(salon.api, first["appointment_id"])["left"] == 2


def test_the_same_idempotency_key_books_once(salon):
    service = salon.service(max_capacity=5)
    body = {"service": service, "customer": salon.guest(7), "date": salon.DAY, "time": "09:00"}
    replies = [salon.api.post("bookings", body, status=201, headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert replies[0].body == replies[1].body
    assert salon.api.get("bookings").json["pagination"]["total"] == 1
    clash = salon.api.post("bookings", {**body, "time": "10:00"}, status=409, headers={"Idempotency-Key": "k1"})
    assert clash.json["code"] == "idempotency_conflict"
