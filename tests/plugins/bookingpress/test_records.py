"""Creating, reading, changing and removing: messages, refusals, fields kept and cleared (README, "Writes")."""

import pytest

from plugins.bookingpress import auth
from tests.plugins.bookingpress.conftest import BASE
from tests.plugins.bookingpress.test_slots import ola

OK = {"variant": "success", "title": "Success"}
WRONG = {"variant": "error", "title": "Error", "msg": "Something went wrong.."}


def error(msg):
    return {"variant": "error", "title": "Error", "msg": msg}


def warning(msg):
    return {"variant": "warning", "title": "warning", "msg": msg}


def in_use(kind):
    return warning(
        f" I am sorry! This {kind} can not be deleted because it has one or more appointments associated with it."
    )


# -- categories -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["PUT", "PATCH", "POST"])
def test_a_service_sent_back_as_it_was_read_keeps_its_category(shop, method):
    shop.post("/categories", {"service_category_name": "Repairs"})
    service = shop.service(service_category=1)
    record = shop.get(f"/services/{service}")
    assert record["category_id"] == 1
    shop.call(method, f"/services/{service}", record)
    assert shop.get(f"/services/{service}") == record


def test_no_service_gets_a_category_that_is_not_there(shop):
    service = shop.service()
    record = shop.get(f"/services/{service}")
    assert shop.call("PUT", f"/services/{service}", {**record, "category_id": 77})["msg"] == "Category not found"
    assert shop.get(f"/services/{service}") == record


def test_categories(shop):
    answer = shop.post("/categories", {"service_category_name": " <b>Cleaning</b> "})
    assert answer == {**OK, "msg": "Category has been created successfully.", "category_id": 1}
    shop.post("/categories", {"service_category_name": "Repairs"})
    answer = shop.post("/categories", {"service_category_name": "Repair", "service_category_update_id": 2})
    assert answer == {**OK, "msg": "Category has been updated successfully.", "category_id": 2}
    service = shop.service(service_category=2)
    assert shop.get("/categories") == {
        "items": [
            {
                "id": 1,
                "category_id": 2,
                "category_name": "Repair",
                "total_services": 1,
                "category_position": 1,
            },
            {
                "id": 2,
                "category_id": 1,
                "category_name": "Cleaning",
                "total_services": 0,
                "category_position": 0,
            },
        ],
        "total": 2,
    }
    assert shop.call("DELETE", "/categories/2") == warning(
        "I am sorry! This category can not be deleted because it has one or more services associated with it"
    )
    shop.call("DELETE", f"/services/{service}")
    answer = shop.call("DELETE", "/categories/2")
    assert answer == {**OK, "msg": "Category has been deleted successfully", "category_id": 2}
    assert shop.get("/categories/2", status=404) == {
        "code": "bookingpress_not_found",
        "message": "Category not found.",
        "data": {"status": 404},
    }
    assert shop.post("/categories", {"service_category_name": ""})["variant"] == "error"
    assert shop.call("PUT", "/categories/99", {"service_category_name": "x"}) == WRONG


# -- services ---------------------------------------------------------------------------------------------------


def test_service_messages(shop):
    answer = shop.post("/services", {"service_name": "Deep clean", "service_duration_val": 30})
    assert answer == {**OK, "msg": "Service has been added successfully.", "service_id": 1}
    assert shop.call("DELETE", "/services/1")["msg"] == "Services has been deleted successfully."
    assert shop.call("DELETE", "/services/1") == error("Either service already deletd or service id not found.")


@pytest.mark.parametrize(
    ("body", "msg"),
    [
        ({"service_name": " "}, "Please add valid data for add service."),
        ({"service_name": "x" * 256}, "Service name is too long..."),
        ({"service_duration_val": 1441}, "Service time duration cannot be greater than 24 hours."),
        (
            {"service_duration_val": 25, "service_duration_unit": "h"},
            "Service time duration cannot be greater than 24 hours.",
        ),
        (
            {"service_duration_val": 31, "service_duration_unit": "d"},
            "Service time duration cannot be greater than 30 days.",
        ),
        ({"service_category": 77}, "Category not found"),
        ({"service_duration_val": 0}, "Something went wrong.. Invalid value for service_duration_val."),
        ({"service_duration_unit": "w"}, "Something went wrong.. Invalid value for service_duration_unit."),
        ({"service_price": -1}, "Something went wrong.. Invalid value for service_price."),
        ({"service_price": "cheap"}, "Something went wrong.. Invalid value for service_price."),
        ({"max_capacity": 0}, "Something went wrong.. Invalid value for max_capacity."),
        (
            {"service_start_date": "2026-02-30"},
            "Something went wrong.. Invalid value for service_start_date.",
        ),
    ],
)
def test_services_are_refused(shop, body, msg):
    assert shop.post("/services", {"service_name": "A", "service_duration_val": 30, **body}) == error(msg)
    assert shop.get("/services")["total"] == 0


def full_service(shop):
    category = shop.make("/categories", service_category_name="Cleaning")
    return shop.service(
        service_category=category,
        service_description="<p>Two rooms.</p><script>x()</script>",
        service_image="https://shop.test/a.png",
        service_image_name="a.png",
        max_capacity=4,
        after_buffer_time=15,
    )


def test_put_clears_what_the_vendor_clears(shop):
    service = full_service(shop)
    assert shop.get(f"/services/{service}")["service_description"] == "<p>Two rooms.</p>"
    answer = shop.call("PUT", f"/services/{service}", {"service_name": "Clean"})
    assert answer == {**OK, "msg": "Service has been updated successfully.", "service_id": service}
    after = shop.get(f"/services/{service}")
    cleared = (
        "service_price",
        "service_duration_unit",
        "category_id",
        "service_description",
        "service_image",
    )
    assert {name: after[name] for name in cleared} == {
        "service_price": 0,
        "service_duration_unit": "m",
        "category_id": 0,
        "service_description": "",
        "service_image": "",
    }
    # A duration of 0 keeps the old value, and the paid plugin's fields stay.
    assert (after["service_duration_val"], after["max_capacity"], after["after_buffer_time"]) == (60, 4, 15)
    assert shop.call("PUT", f"/services/{service}", {}) == error("Please add valid data for add service.")


def test_patch_leaves_absent_fields_alone(shop):
    service = full_service(shop)
    before = shop.get(f"/services/{service}")
    shop.call("PATCH", f"/services/{service}", {"service_price": 45})
    assert shop.get(f"/services/{service}") == {
        **before,
        "service_price": 45,
        "service_formatted_price": "$45.00",
    }


def test_a_service_with_appointments_ahead_stays(shop):
    service = shop.service()
    appointment_id = shop.book(service)["appointment_id"]
    assert shop.call("DELETE", f"/services/{service}") == in_use("service")
    shop.clock.move(days=2)
    assert shop.call("DELETE", f"/services/{service}")["variant"] == "success"
    assert shop.get(f"/appointments/{appointment_id}")["service_name"] == "Deep clean"


def test_services_are_filtered_sorted_and_searched(shop):
    category = shop.make("/categories", service_category_name="Cleaning")
    windows = shop.service(service_name="Windows", service_category=category, service_price=9)
    ovens = shop.service(service_name="Ovens", service_price=20)
    member = ola(shop, ovens)
    location = shop.make("/locations", location_name="Hill", services=[{"service_id": windows}])

    def names(query):
        return [item["service_name"] for item in shop.get(f"/services?{query}")["items"]]

    assert names("") == ["Ovens", "Windows"]
    assert names("sort_by=service_name&sort_order=desc") == ["Windows", "Ovens"]
    assert names("orderby=service_price&order=ASC") == ["Windows", "Ovens"]
    assert names(f"category_id={category}") == ["Windows"]
    assert names(f"staffmember_id={member}") == ["Ovens"]
    assert names(f"location_id={location}") == ["Windows"]
    assert names("search=OVE") == ["Ovens"]


# -- lists ------------------------------------------------------------------------------------------------------


def test_lists_page_under_every_name(shop):
    for index in range(12):
        shop.make("/customers", firstname=f"C{index:02d}")
    reply = shop.reply("GET", "/customers")
    assert [item["customer_firstname"] for item in reply.json["items"]] == [f"C{n:02d}" for n in range(11, 1, -1)]
    assert [item["id"] for item in reply.json["items"]] == list(range(1, 11))
    assert (reply.json["total"], reply.headers["X-WP-Total"], reply.headers["X-WP-TotalPages"]) == (
        12,
        "12",
        "2",
    )
    for query in ("page=2&per_page=5", "currentpage=2&perpage=5", "current_page=2&limit=5"):
        customers = shop.get(f"/customers?{query}&sort_order=asc")["items"]
        assert [item["customer_firstname"] for item in customers] == [f"C{n:02d}" for n in range(5, 10)]
    assert shop.get("/customers?page=9") == {"items": [], "total": 12}


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("page=0", "page"),
        ("per_page=101", "per_page"),
        ("limit=ten", "limit"),
        ("sort_by=password", "sort_by"),
        ("order=sideways", "sort_order"),
        ("page=99999999999999999999", "page"),
    ],
)
def test_bad_paging_is_refused(shop, query, name):
    reply = shop.get(f"/services?{query}", status=400)
    assert (reply["code"], list(reply["data"]["params"])) == ("rest_invalid_param", [name])


def test_fields_can_be_chosen(shop):
    service = shop.service()
    assert shop.get(f"/services/{service}?_fields=service_id,service_name") == {
        "service_id": service,
        "service_name": "Deep clean",
    }
    assert shop.get("/services?_fields=id")["items"] == [{"id": 1}]


# -- customers --------------------------------------------------------------------------------------------------


def test_customers(shop):
    answer = shop.post(
        "/customers",
        {
            "firstname": "Mira",
            "email": "not an address",
            "phone": "+1 5550102",
            "customer_phone_dial_code": "1",
            "customer_phone_country": "US",
            "note": "Rings\ntwice",
        },
    )
    assert answer == {**OK, "msg": "Customer has been added succsssfully.", "customer_id": 1, "wpuser_id": 0}
    customer = shop.get("/customers/1")
    assert (customer["customer_email"], customer["customer_phone"], customer["customer_note"]) == (
        "",
        "+1 5550102",
        "Rings\ntwice",
    )
    answer = shop.call("PUT", "/customers/1", {"firstname": "", "lastname": "Holt"})
    assert answer["msg"] == "Customer has been updated succsssfully."
    after = shop.get("/customers/1")
    assert (after["customer_fullname"], after["customer_phone"], after["customer_note"]) == (
        "Mira Holt",
        "",
        "",
    )
    shop.call("PATCH", "/customers/1", {"phone": "5"})
    shop.call("PATCH", "/customers/1", {"lastname": "Hol"})
    assert shop.get("/customers/1")["customer_phone"] == "5"
    assert shop.call("PUT", "/customers/9", {"firstname": "A"}) == {
        **WRONG,
        "customer_id": "",
        "wpuser_id": "",
    }
    assert shop.post("/customers", {}) == WRONG
    for name, word in (("firstname", "Firstname"), ("lastname", "Lastname"), ("email", "Email address")):
        assert shop.post("/customers", {name: "x" * 256})["msg"] == f"{word} is too long..."


def test_an_address_is_only_unique_among_logins(shop):
    body = {"firstname": "Mira", "email": "mira@example.org"}
    shop.make("/customers", **body)
    login = shop.post("/customers", {**body, "wp_user": "add_new", "password": "secret"})
    assert login["wpuser_id"] == login["customer_id"] == 2
    refused = shop.post("/customers", {**body, "email": "MIRA@example.org", "wp_user": "add_new"})
    assert refused == error("Email address is already exists")
    shop.make("/customers", **body)
    assert shop.get("/customers?email=Mira@Example.org")["total"] == 3
    assert "secret" not in shop.reply("GET", "/customers/2").text


def test_deleting_a_customer_takes_the_appointments_along(shop):
    service = shop.service()
    booked = shop.book(service)
    assert shop.get("/customers?search=mira holt")["items"][0]["customer_total_appointment"] == 1
    answer = shop.call("DELETE", f"/customers/{booked['customer_id']}")
    assert answer["msg"] == "Customer has been deleted successfully."
    assert (shop.get("/appointments")["total"], shop.get("/payments")["total"]) == (0, 0)
    assert "09:00" in shop.starts(service)
    again = shop.call("DELETE", f"/customers/{booked['customer_id']}")
    assert again == error("Customer has been deleted successfully.")


# -- staff ------------------------------------------------------------------------------------------------------


def test_staff_members(shop):
    service, other_service = shop.service(), shop.service()
    names = {"firstname": "Ola", "lastname": "Reyes", "email": "ola@example.org"}
    assert shop.post("/staffmembers", names) == error("Please assign service to Staff member")
    empty = {**names, "service_details": {"assigned_service_list": []}}
    assert shop.post("/staff-members", empty) == error("Please assign service to Staff member")
    member = ola(shop, service, workhours=[{"day": "Monday", "start_time": "09:00", "end_time": "12:00"}])
    record = shop.get(f"/staff-members/{member}")
    assert record["workhours"] == [{"day": "monday", "start_time": "09:00:00", "end_time": "12:00:00", "breaks": []}]
    assert "workhours" not in shop.get("/staffmembers")["items"][0]
    assert ola_again(shop, service) == error("Email address is already exists")
    answer = shop.call("PUT", f"/staffmembers/{member}", {"note": "Keys"})
    assert answer["msg"] == "Staff member has been updated successfully."
    assert shop.get(f"/staffmembers/{member}")["assigned_service_list"][0]["assign_service_id"] == service
    assignments = {"assigned_service_list": [{"assign_service_id": other_service, "assign_service_capacity": 3}]}
    shop.call("PATCH", f"/staffmembers/{member}", {"service_details": assignments})
    after = shop.get(f"/staffmembers/{member}")
    assert [item["assign_service_id"] for item in after["assigned_service_list"]] == [other_service]
    assert (after["staffmember_note"], len(after["workhours"])) == ("Keys", 1)
    # The service that lost its only member is booked without one again.
    assert shop.book(service)["staffmember_id"] == 0


def ola_again(shop, service):
    return shop.post(
        "/staffmembers",
        {
            "firstname": "Olaf",
            "lastname": "R",
            "email": "OLA@example.org",
            "service_details": {"assigned_service_list": [{"assign_service_id": service}]},
        },
    )


def test_a_staff_member_with_appointments_ahead_stays(shop):
    service = shop.service()
    member = ola(shop, service)
    appointment_id = shop.book(service)["appointment_id"]
    assert shop.call("DELETE", f"/staffmembers/{member}") == in_use("staff member")
    shop.call("DELETE", f"/appointments/{appointment_id}")
    assert shop.call("DELETE", f"/staffmembers/{member}")["variant"] == "success"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"workhours": [{"day": "someday", "start_time": "09:00", "end_time": "10:00"}]}, "workhours.0.day"),
        ({"workhours": [{"day": "monday", "start_time": "9", "end_time": "10:00"}]}, "workhours.0.start_time"),
        ({"daysoff": [{"start_date": "2026-13-01"}]}, "daysoff.0.start_date"),
        ({"special_days": "soon"}, "special_days"),
        ({"visibility": "secret"}, "visibility"),
        ({"service_details": {"assigned_service_list": [{"assign_service_id": 999}]}},
         "assigned_service_list.0.assign_service_id"),
    ],
)  # fmt: skip
def test_staff_members_are_refused(shop, fields, field):
    service = shop.service()
    body = {
        "firstname": "Ola",
        "lastname": "Reyes",
        "email": "ola@example.org",
        "service_details": {"assigned_service_list": [{"assign_service_id": service}]},
        **fields,
    }
    assert shop.post("/staffmembers", body) == error(f"Something went wrong.. Invalid value for {field}.")
    assert shop.get("/staffmembers")["total"] == 0


# -- the rest ---------------------------------------------------------------------------------------------------


def test_locations(shop):
    service = shop.service()
    location = shop.make("/locations", location_name="Hill", services=[{"service_id": service, "service_qty": 3}])
    assert shop.get(f"/locations/{location}")["service_ids"] == [service]
    booked = shop.book(service, selected_location=location)
    assert shop.call("DELETE", f"/locations/{location}") == in_use("location")
    shop.call("DELETE", f"/appointments/{booked['appointment_id']}")
    answer = shop.call("PATCH", f"/locations/{location}", {"services": []})
    assert answer["msg"] == "Location has been updated successfully."
    assert shop.book(service)["variant"] == "success"
    assert shop.call("DELETE", f"/locations/{location}")["msg"] == "Location has been deleted successfully."


def test_each_location_counts_its_own_appointments(shop):
    service = shop.service()
    hill, shore = (
        shop.make("/locations", location_name=name, services=[{"service_id": service}]) for name in ("Hill", "Shore")
    )
    assert shop.book(service, selected_location=hill)["variant"] == "success"
    assert "09:00" not in shop.starts(service, location_id=hill)
    assert "09:00" in shop.starts(service, location_id=shore)
    assert shop.book(service, selected_location=shore)["variant"] == "success"
    assert shop.book(service, selected_location=shore)["variant"] == "error"


def test_coupons(shop):
    answer = shop.post("/coupons", {"coupon_title": "Spring", "coupon_discount": 10, "coupon_code": "SPRING"})
    assert answer == {**OK, "msg": "Coupon created successfully", "coupon_id": 1}
    assert shop.get("/coupon/1") == {
        "coupon_id": 1,
        "coupon_title": "Spring",
        "coupon_code": "SPRING",
        "coupon_discount": 10,
        "coupon_discount_type": "Fixed",
        "coupon_period_type": "unlimited",
        "coupon_start_date": "",
        "coupon_end_date": "",
        "coupon_services": [],
        "coupon_allowed_uses": 0,
        "coupon_status": True,
        "coupon_total_used": 0,
        "currency_symbol": "$",
    }
    assert shop.post("/coupons", {"coupon_discount": 1, "coupon_code": "spring"}) == error("Coupon Code already exists")
    wide = {"coupon_discount": 101, "coupon_discount_type": "PERCENTAGE"}
    assert shop.post("/coupons", wide) == error("May not add more than a 100% discount.")
    backwards = {
        "coupon_discount": 1,
        "coupon_period_type": "date_range",
        "coupon_start_date": "2026-06-02",
        "coupon_end_date": "2026-06-01",
    }
    assert shop.post("/coupons", backwards) == error("Coupn Period Start date is not greater than End date")
    drawn = shop.make("/coupons", coupon_discount=1)
    assert len(shop.get(f"/coupons/{drawn}")["coupon_code"]) == 8
    assert shop.call("DELETE", "/coupons/1")["msg"] == "Coupon deleted successfully"


def test_packages(shop):
    service = shop.service()
    included = [{"service_id": service, "bookingpress_no_of_appointments": 10}]
    package = shop.make("/packages", package_name="Ten", package_price=300, package_services=included)
    assert shop.get(f"/package/{package}") == {
        "package_id": package,
        "package_name": "Ten",
        "package_price": 300,
        "package_formatted_price": "$300.00",
        "package_total_retail_price": 400,
        "package_duration_val": 1,
        "package_duration_unit": "m",
        "package_purchase_limit": 0,
        "package_description": "",
        "package_images": [],
        "package_services": included,
        "package_status": True,
        "package_position": 0,
    }
    assert shop.post("/packages", {"package_name": "None"})["variant"] == "error"
    shop.call("PATCH", f"/packages/{package}", {"package_status": False})
    assert shop.get(f"/packages/{package}")["package_status"] is False
    assert shop.call("DELETE", f"/packages/{package}")["variant"] == "success"


def test_gift_cards(shop):
    card = shop.make("/gift-cards", gift_card_title="Fifty", gift_card_amount=50)
    assert shop.get(f"/giftcards/{card}") == {
        "gift_card_id": card,
        "gift_card_title": "Fifty",
        "gift_card_amount": 50,
        "gift_card_value": 50,
        "gift_card_formatted_value": "$50.00",
        "gift_card_expiry_type": "never",
        "gift_card_expiration_duration_val": 0,
        "gift_card_expiration_duration_unit": "",
        "gift_card_services": [],
        "gift_card_staffmembers": [],
        "gift_card_status": True,
        "total_sold": 0,
    }
    limited = {"gift_card_expiry_type": "duration", "gift_card_expiration_duration_val": 3}
    assert shop.call("PATCH", f"/gift-cards/{card}", limited)["variant"] == "success"
    assert shop.get(f"/gift-cards/{card}")["gift_card_expiration_duration_unit"] == "m"
    assert shop.call("DELETE", f"/gift-cards/{card}")["variant"] == "success"


# -- bodies ------------------------------------------------------------------------------------------------------


def test_forms_with_brackets_and_multipart_are_understood(shop):
    service = shop.service()
    sent = {auth.HEADER: shop.key}
    form = {
        "coupon_code": "C",
        "coupon_discount": "5",
        "coupon_services[]": str(service),
        "coupon_status": "false",
    }
    coupon_id = shop.app.post(f"{BASE}/coupons", form, headers=sent).json["coupon_id"]
    coupon = shop.get(f"/coupons/{coupon_id}")
    assert (coupon["coupon_services"], coupon["coupon_status"]) == ([service], False)
    nested = {
        f"appointment_data[{name}]": value
        for name, value in {
            "selected_service": f"{service}abc",
            "selected_date": "2026-06-02",
            "selected_start_time": "09:00:00",
            "selected_payment_method": "on-site",
            "customer_firstname": "Mira",
        }.items()
    }
    assert shop.app.post(f"{BASE}/appointments", nested, headers=sent).json["variant"] == "success"
    text = {
        "appointment_data": f'{{"selected_service": {service}, "selected_date": "2026-06-02", "customer_firstname": "A",'
        ' "selected_start_time": "10:00", "selected_payment_method": "on-site"}'
    }
    answer = shop.app.post(f"{BASE}/appointments", text, headers=sent, content_type="multipart/form-data")
    assert answer.json["variant"] == "success"


def test_the_body_beats_the_query(shop):
    answer = shop.post("/categories?service_category_name=Query", {"service_category_name": "Body"})
    assert shop.get(f"/categories/{answer['category_id']}")["category_name"] == "Body"


def test_methods_can_be_overridden_and_links_need_not_be_pretty(shop):
    service = shop.service()
    sent = {auth.HEADER: shop.key}
    override = {**sent, "X-HTTP-Method-Override": "PATCH"}
    shop.app.post_json(f"{BASE}/services/{service}", {"service_price": 9}, headers=override)
    assert shop.get(f"/services/{service}")["service_price"] == 9
    shop.app.post(f"{BASE}/services/{service}?_method=DELETE", headers=sent)
    assert shop.get("/services/")["total"] == 0
    listing = shop.app.get("/?rest_route=/bookingpress/v1/services", headers=sent).json
    assert listing == {"items": [], "total": 0}


def test_a_delete_id_must_agree(shop):
    service = shop.service()
    assert shop.call("DELETE", f"/services/{service}", {"delete_id": service + 1}) == WRONG
    assert shop.call("DELETE", f"/services/{service}", {"delete_id": str(service)})["variant"] == "success"
    assert shop.call("DELETE", "/services/0") == WRONG


def test_headers_of_every_reply(shop):
    for path, status in (("/services", 200), ("/services/9", 404), ("/nothing", 404)):
        headers = shop.reply("GET", path, status=status).headers
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Type"] == "application/json; charset=UTF-8"


def test_strict_statuses(start):
    shop = start(strict_http_status=True)
    service = shop.service()
    assert shop.post("/services", {"service_name": ""}, status=400)["variant"] == "error"
    assert shop.call("DELETE", "/services/99", status=404)["variant"] == "error"
    shop.book(service)
    taken = shop.post(
        "/appointments",
        {
            "selected_service": service,
            "selected_date": "2026-06-02",
            "selected_start_time": "09:00",
            "selected_payment_method": "on-site",
            "customer_firstname": "B",
        },
        status=409,
    )
    assert taken["msg"].startswith("I am sorry!")
    assert shop.call("DELETE", f"/services/{service}", status=409)["variant"] == "warning"


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ('"q"@x.org', "q@x.org"),
        ("<a@x.org>", "a@x.org"),
        ("a@-x.org", "a@x.org"),
        ("a@b", ""),
        ("no address", ""),
        ("Mira@Example.org ", "Mira@Example.org"),
    ],
)
def test_addresses_are_cleaned_as_the_platform_does_it(shop, sent, stored):
    customer_id = shop.make("/customers", firstname="Mira", email=sent)
    assert shop.get(f"/customers/{customer_id}")["customer_email"] == stored
    booked = shop.book(shop.service(), customer_email=sent)
    assert shop.get(f"/appointments/{booked['appointment_id']}")["customer_email"] == stored


@pytest.mark.parametrize(("letter", "most"), [("a", 255), ("é", 127), ("😀", 63)])
def test_limits_on_names_count_bytes(shop, letter, most):
    fits, long = letter * most, letter * (most + 1)
    service = shop.service(service_name=fits)
    assert shop.get(f"/services/{service}")["service_name"] == fits
    fields = {"service_duration_val": 60, "service_duration_unit": "m", "service_price": 1}
    assert shop.post("/services", {**fields, "service_name": long})["msg"] == "Service name is too long..."
    assert shop.make("/customers", firstname=fits)
    assert shop.post("/customers", {"firstname": long})["msg"] == "Firstname is too long..."
    assert shop.post("/customers", {"lastname": long})["msg"] == "Lastname is too long..."
    assert shop.book(service, customer_lastname=long)["msg"] == "Lastname is too long..."
    for name, words in (("firstname", "Firstname"), ("lastname", "Lastname")):
        member = {"service_details": {"assigned_service_list": [{"assign_service_id": service}]}, name: long}
        assert shop.post("/staffmembers", member)["msg"] == f"{words} is too long..."
