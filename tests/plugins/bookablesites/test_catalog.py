"""Customers, coupons, employees, locations, services and reports over HTTP (README, "Rules and facts")."""

import pytest

from tests.plugins.bookablesites.conftest import Salon

# -- customers ----------------------------------------------------------------------------------------------------


def test_a_customer_has_every_documented_field(api):
    sent = {
        "first_name": "Mira",
        "last_name": "Holt",
        "email": "mira@example.org",
        "phone": "+1 (650) 854-6574",
        "description": "met at fair",
    }
    reply = api.post("customers", sent, status=201)
    assert reply.json == {
        "id": reply.json["id"], "first_name": "Mira", "last_name": "Holt", "email": "mira@example.org",
        "phone_number": "+16508546574", "phone_country_code": "us", "gender": None, "birthday": None,
        "description": "met at fair", "custom_fields": {}, "created_at": "2026-05-28 14:02:11", "updated_at": "2026-05-28 14:02:11",
    }  # fmt: skip
    assert reply.headers["Location"] == f"/api/v1/customers/{reply.json['id']}"
    assert reply.headers["Content-Type"] == "application/json; charset=utf-8"
    assert api.get(f"/api/v2/customers/{reply.json['id']}/", status=200).json == reply.json


def test_fields_that_only_the_vendors_form_requires_are_optional(salon):
    """The vendor's API needs neither an email nor an expiration date, and cuts a long page (README, "Prices")."""
    people = [{"first_name": "Ann", "last_name": "Lee", **more} for more in ({}, {"email": None}, {"email": ""})]
    ids = [salon.api.post("customers", body, status=201).json["id"] for body in people]
    assert len(set(ids)) == 3
    assert salon.api.get(f"customers/{ids[0]}").json["email"] is None
    limits = {"usage_limit": None, "limit_per_user": None}
    created = [
        salon.api.post("coupons", {"code": code, "discount_value": 20, **more}, status=201).json
        for code, more in (("EVER", limits), ("AND", {**limits, "expiration_date": None}))
    ]
    assert [(entry["expiration_date"], entry["status"]) for entry in created] == [(None, "active")] * 2
    page = salon.api.get("customers?limit=200", status=200).json["pagination"]
    assert page["limit"] == 100


def test_a_customer_is_patched_put_and_deleted(salon, clock):
    path = f"customers/{salon.mira}"
    clock.move(hours=1)
    api = salon.api
    changed = api.patch(path, {"phone": "+491701234567", "gender": "female", "birthday": "1990-02-28"}, status=200).json
    assert (changed["phone_country_code"], changed["last_name"], changed["birthday"]) == ("de", "Holt", "1990-02-28")
    assert changed["updated_at"] > changed["created_at"]
    body = {"first_name": "Mira", "last_name": "Holt", "email": "MIRA@example.org"}
    assert api.put(path, body, status=200).json["gender"] is None
    assert set(api.put(path, {"first_name": "M"}, status=422).json["errors"]) == {"last_name"}
    api.post("customers", {**body, "email": "Other@example.org"}, status=201)
    refused = api.patch(path, {"email": "other@EXAMPLE.org"}, status=422).json
    assert refused["errors"] == {"email": ["A customer with this email already exists."]}
    service = salon.service()
    booked = salon.book(service, "09:00")
    assert api.delete(path, status=409).json["code"] == "in_use"
    api.delete(f"bookings/{booked['id']}", status=200)
    api.delete(path, status=204)
    api.delete(path, status=404)
    assert api.get(f"bookings/{booked['id']}").json["customer"]["first_name"] == "Mira"


def test_every_filter_of_customers(api):
    for first, last, phone in (
        ("Mira", "Holt", "+16508546574"),
        ("Ada", "Holtz", "+491701234567"),
        ("Bo", "Zed", None),
    ):
        api.post(
            "customers",
            {"first_name": first, "last_name": last, "email": f"{first}@x.example", "phone": phone},
            status=201,
        )

    def names(query):
        return [entry["first_name"] for entry in api.get(f"customers?{query}", status=200).json["data"]]

    assert names("") == ["Bo", "Ada", "Mira"]
    assert names("email=MIRA@X.example") == ["Mira"]
    assert names("lastName=holt") == ["Ada", "Mira"]
    assert names("phoneNumber=650%20854") == ["Mira"]
    assert names("search=zed") == ["Bo"]
    assert names("search=170-1234") == ["Ada"]
    assert names("sort_by=first_name&sort_order=asc&limit=2") == ["Ada", "Bo"]


# -- prices and coupons -------------------------------------------------------------------------------------------


def coupon(salon, code="C", **fields):
    body = {"code": code, "discount_value": 20, "expiration_date": "2026-06-30", **fields}
    return salon.api.post("coupons", body, status=201).json


def total(booking):
    return booking["price"]["total"]


def test_price_one(salon):
    coupon(salon)
    service = salon.service(
        employees=[{"id": salon.ola, "price": 60}], max_capacity=3, taxes=[{"name": "VAT", "value": 10}],
        extras=[{"name": "Windows", "price": 5, "max_quantity": 3}],
    )  # fmt: skip
    extra = salon.api.get(f"services/{service}").json["extras"][0]["id"]
    created = salon.book(service, "09:00", persons=3, extras=[{"id": extra, "quantity": 2}], coupon_code="c")
    assert created["price"] == {
        "unit": 60,
        "subtotal": 190,
        "discount": 38,
        "tax": 15.2,
        "total": 167.2,
        "currency": "USD",
    }
    assert created["extras"] == [{"id": extra, "name": "Windows", "price": 5, "quantity": 2}]


def test_price_two_a_discount_never_exceeds_the_subtotal(salon):
    coupon(salon, discount_type="fixed", discount_value=50)
    assert total(salon.book(salon.service(price=35), "09:00", coupon_code="C")) == 0


def test_price_three_rounds_half_away_from_zero(salon):
    coupon(salon, discount_value=15)
    assert total(salon.book(salon.service(price=33.33, max_capacity=3), "09:00", persons=3, coupon_code="C")) == 84.99


def test_price_four_a_coupon_serves_some_bookings_of_a_group(salon):
    coupon(salon, discount_value=25, booking_limit_amount=2)
    service = salon.service(price=40, max_capacity=3)
    items = [{"service": service, "date": salon.DAY, "time": "09:00"}] * 3
    created = salon.api.post(
        "bookings", {"customer": salon.mira, "bookings": items, "coupon_code": "C"}, status=201
    ).json
    assert ([total(b) for b in created["bookings"]], total(created)) == ([30, 30, 40], 100)


def test_price_five_a_coupon_serves_its_services(salon):
    first, other = salon.service(price=50), salon.service("Other", price=80)
    coupon(salon, discount_value=10, services=[first])
    items = [
        {"service": first, "date": salon.DAY, "time": "09:00"},
        {"service": other, "date": salon.DAY, "time": "10:00"},
    ]
    created = salon.api.post(
        "bookings", {"customer": salon.mira, "bookings": items, "coupon_code": "C"}, status=201
    ).json
    assert ([total(b) for b in created["bookings"]], total(created)) == ([45, 80], 125)


def test_price_six_taxes_add_up(salon):
    taxes = [{"name": "Fee", "type": "fixed", "value": 3}, {"name": "VAT", "type": "percentage", "value": 5}]
    assert total(salon.book(salon.service(price=80, taxes=taxes), "09:00")) == 87


def test_prices_are_frozen_in_the_booking(salon):
    service = salon.service()
    created = salon.book(service, "09:00")
    salon.api.patch(f"services/{service}", {"price": 99}, status=200)
    assert salon.api.get(f"bookings/{created['id']}").json["price"]["total"] == 50
    assert total(salon.book(service, "10:00", customer=salon.guest(1))) == 99


def test_a_coupon_has_every_documented_field(salon):
    created = coupon(salon, "SPRING", usage_limit=100, limit_per_user=1)
    assert created == {
        "id": created["id"], "code": "SPRING", "discount_type": "percentage", "discount_value": 20, "expiration_date": "2026-06-30",
        "usage_limit": 100, "limit_per_user": 1, "booking_limit_amount": None, "services": [], "used": 0, "status": "active",
    }  # fmt: skip
    assert (
        salon.api.post(
            "coupons", {"code": "spring", "discount_value": 1, "expiration_date": "2026-06-30"}, status=409
        ).json["code"]
        == "duplicate"
    )
    assert salon.api.patch(f"coupons/{created['id']}", {"usage_limit": 1}, status=405)
    salon.api.delete(f"coupons/{created['id']}", status=204)
    salon.api.get(f"coupons/{created['id']}", status=404)


@pytest.mark.parametrize(
    "fields",
    [
        {"discount_value": 0},
        {"discount_value": 101},
        {"discount_value": -1},
        {"expiration_date": "soon"},
        {"services": [99]},
        {"usage_limit": -1},
        {"code": " "},
    ],
)
def test_wrong_coupons_are_422(salon, fields):
    salon.api.post("coupons", {"code": "X", "discount_value": 5, "expiration_date": "2026-06-30", **fields}, status=422)


def test_coupons_are_checked_in_the_documented_order(salon, clock):
    service, other = salon.service(max_capacity=5), salon.service("Other")
    created = coupon(salon, "ONE", usage_limit=2, limit_per_user=1, services=[service])

    def validate(**fields):
        reply = salon.api.post("coupons/validate", {"code": "one", "service": service, **fields}, status=200).json
        return reply.get("reason") or reply["price"]["total"]

    assert validate(code="nope") == "unknown"
    assert validate() == 40
    assert validate(persons=2) == 80
    first = salon.book(service, "09:00", coupon_code="one")
    assert validate(customer=salon.mira) == "customer_limit"
    assert validate(customer=salon.mira, service=other) == "customer_limit"
    assert validate(service=other) == "service"
    refused = salon.book(service, "09:00", coupon_code="one", status=422)
    assert (refused["code"], list(refused["errors"])) == ("coupon_invalid", ["coupon_code"])
    salon.book(service, "09:00", customer=salon.guest(1), coupon_code="one")
    assert validate(customer=salon.mira) == "used_up"
    assert salon.api.get("coupons?status=used_up").json["data"][0]["used"] == 2
    salon.api.delete(f"bookings/{first['id']}", status=200)
    assert validate() == 40
    clock.now = clock.now.replace(month=7, day=1, hour=3)  # still 30 June in New York
    assert validate() == 40
    clock.move(hours=2)
    assert validate() == "expired"
    assert salon.api.get(f"coupons/{created['id']}").json["status"] == "expired"


# -- employees ----------------------------------------------------------------------------------------------------


def test_a_new_employee_works_office_hours_and_keeps_them(api):
    created = api.post(
        "employees", {"first_name": "Kim", "last_name": "Park", "email": "kim@x.example"}, status=201
    ).json
    open_days = [day["weekday"] for day in created["working_hours"] if day["periods"]]
    assert (open_days, created["working_hours"][0]["periods"][0]["start"]) == ([1, 2, 3, 4], "07:00")
    api.put("working-hours", {"data": [{"weekday": 6, "periods": [{"start": "10:00", "end": "24:00"}]}]}, status=200)
    assert api.get(f"employees/{created['id']}/working-hours").json["data"] == created["working_hours"]
    other = api.post("employees", {"first_name": "Bo", "last_name": "X", "email": "bo@x.example"}, status=201).json
    assert [day["weekday"] for day in other["working_hours"] if day["periods"]] == [6]
    assert api.get("working-hours").json["data"][5]["periods"][0]["end"] == "24:00"


def test_employees_are_listed_changed_and_deleted(salon):
    api = salon.api
    service = salon.service()
    kim = salon.employee("Kim", "Park", services=[{"id": service, "price": 70, "max_capacity": 2}], badge="premium")
    listed = api.get(f"employees?service={service}&include=schedule").json["data"]
    assert [entry["id"] for entry in listed] == [kim, salon.ola]
    assert listed[0]["services"] == [
        {"id": service, "name": "Cut", "price": 70, "min_capacity": None, "max_capacity": 2}
    ]
    assert "working_hours" in listed[0]
    assert "working_hours" not in api.get("employees").json["data"][0]
    listed_service = api.get(f"services/{service}").json
    assert (listed_service["min_employee_price"], listed_service["max_employee_price"]) == (50, 70)
    assert (
        api.post("employees", {"first_name": "K", "last_name": "P", "email": "KIM@salon.example"}, status=409).json[
            "code"
        ]
        == "duplicate"
    )
    assert (
        api.patch(f"employees/{kim}", {"services": [], "phone": "+1 650 854 6574"}, status=200).json["services"] == []
    )
    assert [e["id"] for e in api.get(f"services/{service}").json["employees"]] == [salon.ola]
    salon.book(service, "09:00")
    assert api.delete(f"employees/{salon.ola}", status=409).json["code"] == "in_use"
    api.delete(f"employees/{kim}", status=204)
    api.get(f"employees/{kim}", status=404)


def test_a_service_without_employees_has_no_available_times(salon):
    service = salon.service()
    salon.api.delete(f"employees/{salon.ola}", status=204)
    assert salon.starts(service) == []
    salon.book(service, "09:00", status=409)


@pytest.mark.parametrize(
    ("week", "field"),
    [
        (
            [{"weekday": 1, "periods": [{"start": "09:00", "end": "12:00"}, {"start": "11:00", "end": "13:00"}]}],
            "data.0.periods.1.start",
        ),
        (
            [{"weekday": 1, "periods": [{"start": "13:00", "end": "14:00"}, {"start": "09:00", "end": "10:00"}]}],
            "data.0.periods.1.start",
        ),
        ([{"weekday": 1, "periods": [{"start": "09:00", "end": "09:00"}]}], "data.0.periods.0.end"),
        ([{"weekday": 1, "periods": [{"start": "24:00", "end": "24:00"}]}], "data.0.periods.0.start"),
        ([{"weekday": 8, "periods": []}], "data.0.weekday"),
        ([{"weekday": 1}, {"weekday": 1}], "data.1.weekday"),
        ([{"weekday": 1, "periods": [{"start": "9", "end": "12:00"}]}], "data.0.periods.0.start"),
    ],
)
def test_wrong_weeks_are_422(salon, week, field):
    refused = salon.api.put(f"employees/{salon.ola}/working-hours", {"data": week}, status=422).json
    assert list(refused["errors"]) == [field]


def test_periods_are_for_their_services_and_locations(salon):
    api = salon.api
    north, south = (api.post("locations", {"name": name}, status=201).json["id"] for name in ("North", "South"))
    cut, colour = salon.service(), salon.service("Colour")
    periods = [
        {"start": "09:00", "end": "10:00", "services": [cut]},
        {"start": "10:00", "end": "11:00", "locations": [south]},
        {"start": "11:00", "end": "12:00"},
    ]
    api.put(f"employees/{salon.ola}/working-hours", {"data": [{"weekday": 1, "periods": periods}]}, status=200)
    assert salon.starts(cut, location=north) == ["09:00", "11:00"]
    assert salon.starts(colour, location=north) == ["11:00"]
    assert salon.starts(cut, location=south) == ["09:00", "10:00", "11:00"]
    api.patch(f"employees/{salon.ola}", {"location": south}, status=200)
    assert salon.starts(colour) == ["10:00", "11:00"]


def test_special_days_and_days_off_are_stored_and_changed(salon):
    path = f"employees/{salon.ola}/special-days"
    day = {"start_date": "2026-06-01", "end_date": "2026-06-02", "periods": [{"start": "10:00", "end": "11:30"}]}
    created = salon.api.post(path, day, status=201).json
    assert salon.api.get(path).json["data"] == [created]
    assert salon.api.post(path, {**day, "start_date": "2026-06-02"}, status=422).json["errors"].keys() == {"start_date"}
    changed = salon.api.patch(f"{path}/{created['id']}", {"end_date": "2026-06-01"}, status=200).json
    assert (changed["id"], changed["end_date"], changed["periods"]) == (created["id"], "2026-06-01", created["periods"])
    salon.api.delete(f"{path}/{created['id']}", status=204)
    salon.api.delete(f"{path}/{created['id']}", status=404)
    off = salon.api.post(
        f"employees/{salon.ola}/days-off",
        {"name": "Birthday", "start_date": "2020-06-01", "repeat_yearly": True},
        status=201,
    ).json
    service = salon.service()
    assert (off["end_date"], salon.starts(service), salon.starts(service, day="2026-06-08") != []) == (
        "2020-06-01",
        [],
        True,
    )


# -- locations and services ---------------------------------------------------------------------------------------


def test_locations_have_one_default_and_stay_while_booked(salon):
    api = salon.api
    first = api.post("locations", {"name": "North", "phone": "+16508546574"}, status=201).json
    second = api.post("locations", {"name": "South", "is_default": True}, status=201).json
    defaults = {entry["name"]: entry["is_default"] for entry in api.get("locations").json["data"]}
    assert (first["is_default"], defaults) == (True, {"North": False, "South": True})
    assert api.patch(f"locations/{first['id']}", {"latitude": 91}, status=422)
    booked = salon.book(salon.service(), "09:00")
    assert api.get(f"appointments/{booked['appointment_id']}").json["location"] == {"id": second["id"], "name": "South"}
    assert api.delete(f"locations/{second['id']}", status=409).json["code"] == "in_use"
    api.delete(f"locations/{first['id']}", status=204)


def test_virtual_locations_cannot_be_changed(api):
    importer = api.manager.importers["bookablesites"]
    importer.load({"locations": [{"name": "Zoom", "is_virtual": True}]}, site=api.manager.host.site, now=api.clock())
    path = f"locations/{api.get('locations').json['data'][0]['id']}"
    for reply in (api.delete(path, status=409), api.patch(path, {"name": "x"}, status=409)):
        assert (reply.json["code"], "virtual" in reply.json["message"]) == ("in_use", True)


def test_a_service_has_every_documented_field(salon):
    created = salon.api.post(
        "services",
        {
            "name": "Deep clean", "category": "Cleaning", "duration": 3600, "price": 50, "buffer_time_after": 1800, "max_capacity": 4,
            "allow_multiple_persons": True, "employees": [{"id": salon.ola, "price": 60}],
            "extras": [{"name": "Windows", "price": 5, "duration": 1800, "max_quantity": 3}], "taxes": [{"name": "VAT", "type": "percentage", "value": 10}],
        },
        status=201,
    ).json  # fmt: skip
    assert created == {
        "id": created["id"], "name": "Deep clean", "slug": "deep-clean", "category": {"id": created["category"]["id"], "name": "Cleaning"},
        "description": "", "color": "#1a84ee", "duration": 3600, "price": 50, "buffer_time_before": 0, "buffer_time_after": 1800,
        "min_capacity": 1, "max_capacity": 4, "allow_below_min_capacity": False, "allow_multiple_persons": True,
        "employees": [{"id": salon.ola, "price": 60, "min_capacity": None, "max_capacity": None}], "locations": [],
        "extras": [{"id": created["extras"][0]["id"], "name": "Windows", "price": 5, "duration": 1800, "max_quantity": 3}],
        "taxes": [{"name": "VAT", "type": "percentage", "value": 10}],
        "min_employee_price": 60, "max_employee_price": 60, "status": "visible",
    }  # fmt: skip
    path = f"services/{created['id']}"
    assert salon.api.get(path).json == created
    changed = salon.api.patch(
        path, {"duration": 5400, "extras": [{"id": created["extras"][0]["id"], "name": "Glass"}]}, status=200
    ).json
    assert (changed["duration"], changed["extras"][0]["name"], changed["price"]) == (5400, "Glass", 50)
    put = salon.api.put(path, {"name": "Clean", "duration": 1800}, status=200).json
    assert (put["employees"], put["max_capacity"], put["extras"], put["category"]) == ([], 1, [], None)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"duration": 2700}, "duration"),
        ({"duration": 0}, "duration"),
        ({"price": -1}, "price"),
        ({"price": 1.234}, "price"),
        ({"min_capacity": 5, "max_capacity": 4}, "min_capacity"),
        ({"buffer_time_before": 90}, "buffer_time_before"),
        ({"employees": [{"id": 99999}]}, "employees.0.id"),
        ({"locations": [99]}, "locations.0"),
        ({"category": 99}, "category"),
        ({"taxes": [{"value": -5}]}, "taxes.0.value"),
        ({"color": "blue"}, "color"),
    ],
)
def test_wrong_services_are_422_and_change_nothing(salon, fields, field):
    before = salon.api.get("services").json["pagination"]["total"]
    refused = salon.api.post("services", {"name": "X", "duration": 3600, **fields}, status=422).json
    assert list(refused["errors"]) == [field]
    assert salon.api.get("services").json["pagination"]["total"] == before


def test_every_filter_of_services(salon):
    north = salon.api.post("locations", {"name": "North"}, status=201).json["id"]
    cut = salon.service(category="Hair", locations=[north])
    nails = salon.service("Nails", employees=[], status="hidden")
    hair = salon.api.get(f"services/{cut}").json["category"]["id"]

    def ids(query):
        return [entry["id"] for entry in salon.api.get(f"services?{query}", status=200).json["data"]]

    assert ids("") == [nails, cut]
    assert (
        ids(f"category={hair}") == ids(f"employee={salon.ola}") == ids("status=visible") == ids("search=CUT") == [cut]
    )
    assert ids("location=999") == [nails]
    assert ids("status=hidden") == [nails]


def test_a_deleted_service_leaves_its_name_with_past_bookings(salon, clock):
    service = salon.service()
    booked = salon.book(service, "09:00")
    assert salon.api.delete(f"services/{service}", status=409).json["code"] == "in_use"
    clock.move(days=6)
    salon.api.delete(f"services/{service}", status=204)
    appointment = salon.api.get(f"appointments/{booked['appointment_id']}", status=200).json
    assert (appointment["service"]["name"], appointment["bookings"][0]["price"]["total"]) == ("Cut", 50)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "service"),
        ("service=99999", "service"),
        ("service={s}&start_date=2026-06-01&end_date=2026-09-01", "end_date"),
        ("service={s}&start_date=2026-06-02&end_date=2026-06-01", "end_date"),
        ("service={s}&employee=99999", "employee"),
        ("service={s}&extras=9:1", "extras"),
        ("service={s}&additional_guest_count=-1", "additional_guest_count"),
    ],
)
def test_wrong_queries_of_available_times_are_422(salon, query, field):
    refused = salon.api.get("available-times?" + query.replace("{s}", str(salon.service())), status=422).json
    assert list(refused["errors"]) == [field]


def test_free_times_have_every_documented_field(salon):
    service = salon.service(max_capacity=4, employees=[{"id": salon.ola, "price": 60}])
    reply = salon.api.get(
        f"available-times?service={service}&calendar_start_date={salon.DAY}&calendar_end_date={salon.DAY}"
    ).json
    assert reply["timezone"] == "America/New_York"
    assert reply["data"][salon.DAY][0] == {
        "start": "09:00", "end": "10:00", "start_date_time": "2026-06-01 09:00:00", "end_date_time": "2026-06-01 10:00:00",
        "seats_left": 4, "employees": [{"id": salon.ola, "price": 60, "seats_left": 4}],
    }  # fmt: skip
    assert list(salon.api.get(f"available-times?service={service}").json["data"]) == [
        "2026-06-01",
        "2026-06-08",
        "2026-06-15",
        "2026-06-22",
    ]
    assert salon.starts(service, additional_guest_count=4) == []
    assert (
        salon.api.get(f"available-times?service={service}&start_date=2026-06-02&end_date=2026-06-02").json["data"] == {}
    )


def test_the_period_in_advance_includes_its_last_day(make_api):
    salon = Salon(make_api(period_available_in_advance=4))
    service = salon.service()
    assert salon.starts(service) != []
    assert salon.starts(service, day="2026-06-08") == []


# -- reports ------------------------------------------------------------------------------------------------------


def test_reports_count_bookings(salon):
    service = salon.service(max_capacity=3, taxes=[{"name": "VAT", "value": 10}])
    coupon(salon, "TEN", discount_value=10)
    salon.book(service, "09:00", persons=2, coupon_code="TEN")
    canceled = salon.book(service, "09:00", customer=salon.guest(1))
    salon.api.delete(f"bookings/{canceled['id']}", status=200)
    salon.book(service, "13:00", date="2026-06-08", customer=salon.guest(2))
    span = "start_date=2026-06-01&end_date=2026-06-08"
    summary = salon.api.get(f"reports/summary?{span}", status=200).json
    assert summary == {
        "appointments": 2, "bookings": 3, "persons": 4, "revenue": 154, "new_customers": 0, "occupancy": 0.2,
        "by_status": {"approved": 2, "pending": 0, "canceled": 1, "rejected": 0, "no_show": 0},
    }  # fmt: skip
    assert salon.api.get("reports/summary?start_date=2026-05-28&end_date=2026-05-28").json["new_customers"] == 3
    report = salon.api.get(f"reports/bookings?{span}&group_by=service", status=200).json
    assert report["data"] == [
        {"key": str(service), "label": "Cut", "bookings": 3, "persons": 4, "revenue": 154, "discount": 10, "tax": 14}
    ]
    assert report["totals"] == {"bookings": 3, "persons": 4, "revenue": 154, "discount": 10, "tax": 14}
    days = salon.api.get(f"reports/bookings?{span}&group_by=day").json["data"]
    assert [(entry["key"], entry["revenue"]) for entry in days] == [("2026-06-01", 99), ("2026-06-08", 55)]
    for group in ("week", "month", "employee", "location", "customer", "status", "coupon"):
        assert (
            sum(entry["bookings"] for entry in salon.api.get(f"reports/bookings?{span}&group_by={group}").json["data"])
            == 3
        )


def test_reports_are_csv_too(salon):
    salon.book(salon.service("=cmd()"), "09:00")
    query = "reports/bookings?start_date=2026-06-01&end_date=2026-06-01&group_by=service"
    for reply in (salon.api.get(f"{query}&format=csv"), salon.api.get(query, headers={"Accept": "text/csv"})):
        header, row = reply.text.splitlines()
        assert reply.headers["Content-Type"].startswith("text/csv")
        assert header == "key,label,bookings,persons,revenue,discount,tax"
        assert row.split(",")[1:3] == ["'=cmd()", "1"]
    assert salon.api.get("reports/summary?start_date=2026-06-01&end_date=2026-06-01&format=csv").text.startswith(
        "appointments,"
    )


@pytest.mark.parametrize(
    "query",
    [
        "",
        "start_date=2026-06-01",
        "start_date=2026-06-01&end_date=2027-06-02",
        "start_date=2026-06-02&end_date=2026-06-01",
        "start_date=2026-06-01&end_date=2026-06-01&group_by=moon",
        "start_date=2026-06-01&end_date=2026-06-01&format=xml",
    ],
)
def test_wrong_reports_are_422(api, query):
    api.get(f"reports/bookings?{query}", status=422)
