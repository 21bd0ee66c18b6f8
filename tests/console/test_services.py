"""Services and resources: shown, and changed in every dialect at once whichever dialect made them."""

import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from core.services import audit, doctor, service_editing
from core.services.audit import Change, Filter
from core.services.repository import resources, services
from frontdesk.testing.built_in import stamp
from frontdesk.testing.venue import NOW
from tests.contract.conftest import START, make_service

pytestmark = pytest.mark.slow

SCRIPT = "<script>alert(1)</script>"
WEEKDAYS = range(1, 6)


def made(client, path, body, *, method="POST"):
    """What a dialect answers to a write that it takes."""
    status, _, answer = client.send(method, client.base + path, body)
    assert status in (200, 201), answer
    assert not isinstance(answer, dict) or answer.get("variant", "success") == "success", answer
    return answer


def times_service(desk):
    """BKAP: listed times of an hour."""
    slot = {"booking_notes": "", "slot_price": "", "lockout_slot": 2}
    times = [
        {
            **slot,
            "from_slot_hrs": f"{hour:02}",
            "from_slot_min": "00",
            "to_slot_hrs": f"{hour + 1}",
            "to_slot_min": "00",
        }
        for hour in range(9, 17)
    ]
    product = {
        "id": 7001,
        "title": "Room",
        "price": "10",
        "_bkap_enable_booking": "on",
        "_bkap_booking_type": "date_time",
        "booking_recurring": {f"booking_weekday_{day}": "on" for day in WEEKDAYS},
        "_bkap_time_settings": {f"booking_weekday_{day}": times for day in WEEKDAYS},
    }
    desk.manager.importers["bkap"].load({"products": [product]}, site=desk.manager.host.site, now=NOW)
    return 7001


def duration_service(desk):
    """BKAP: by the hour, from nine to five."""
    duration = {"duration": 1, "duration_type": "hours", "duration_max": 1, "duration_max_booking": 2}
    product = {
        "id": 7201,
        "title": "Room",
        "price": "10",
        "_bkap_enable_booking": "on",
        "_bkap_booking_type": "duration_time",
        "booking_recurring": {f"booking_weekday_{day}": "on" for day in WEEKDAYS},
        "_bkap_duration_settings": {**duration, "first_duration": "09:00", "end_duration": "17:00"},
    }
    desk.manager.importers["bkap"].load({"products": [product]}, site=desk.manager.host.site, now=NOW)
    return 7201


def wc_service(desk):
    rows = [{"type": f"time:{day}", "bookable": "yes", "from": "09:00", "to": "17:00"} for day in WEEKDAYS]
    body = {"name": "Room", "cost": "10", "qty": 2, "duration_unit": "hour", "availability": rows}
    return made(desk.clients["wc_bookings"], "/products", body)["id"]


def bookingpress_service(desk):
    body = {"service_name": "Room", "service_price": 10, "max_capacity": 2, "service_duration_val": 60}
    return made(desk.clients["bookingpress"], "/services", body)["service_id"]


def bookablesites_service(desk):
    client = desk.clients["bookablesites"]
    week = [{"weekday": day, "periods": [{"start": "09:00", "end": "17:00"}]} for day in WEEKDAYS]
    person = {"first_name": "Ola", "last_name": "Reyes", "email": "ola@example.org", "working_hours": week}
    employee = made(client, "/employees", person)["id"]
    body = {"name": "Room", "duration": 3600, "price": 10, "max_capacity": 2, "employees": [{"id": employee}]}
    return made(client, "/services", body)["id"]


def plain_service(desk):
    return make_service(capacity=2).id


def priced_plain_service(desk):
    """The service of a dialect that does not run any more: with a price plan, and capacities in its rules."""
    source = services.get(times_service(desk))
    return services.create(
        now=NOW,
        name="Room",
        origin="gone",
        price=source.price,
        plan=source.plan,
        rules=source.rules,
        price_plan=source.price_plan,
    ).id


MAKERS = {
    "bkap times": times_service,
    "bkap duration": duration_service,
    "wc_bookings": wc_service,
    "bookingpress": bookingpress_service,
    "bookablesites": bookablesites_service,
    "nobody's": plain_service,
    "of a plugin that is gone": priced_plain_service,
}
#: A write of the dialect itself, which compiles the service again.
LATER_WRITES = {
    "bkap": ("PUT", "/products/{id}", {"booking": {"booking_advance_period": 1}}),
    "wc_bookings": ("PUT", "/products/{id}", {"min_date_value": 1, "min_date_unit": "hour"}),
    "bookingpress": ("PATCH", "/services/{id}", {"minimum_time_required_before_booking": "60"}),
    "bookablesites": ("PATCH", "/services/{id}", {"buffer_time_before": 0, "min_capacity": 1}),
}


@pytest.fixture(params=MAKERS)
def service_id(request, any_desk):
    return MAKERS[request.param](any_desk)


def form_of(page):
    return next(form for form in page.forms.values() if "version" in form.fields)


def change(desk, service_id, who="otto", *, page=None, **fields):
    """Send the form of the service's page with these fields; returns the answer."""
    form = form_of(page or desk.people[who].get(f"/desk/services/{service_id}"))
    for name, value in fields.items():
        form[name] = value
    return form.submit(expect_errors=True)


def write_again(desk, service_id):
    """Let the dialect that made the service write it."""
    origin = services.get(service_id).origin
    if origin in LATER_WRITES:
        method, path, body = LATER_WRITES[origin]
        made(desk.clients[origin], path.format(id=service_id), body, method=method)


def records(desk, service_id):
    """The service as each dialect's API shows it."""
    paths = {"bkap": "products", "wc_bookings": "products", "bookingpress": "services", "bookablesites": "services"}
    shown = {}
    for name, client in desk.clients.items():
        answer = made(client, f"/{paths[name]}/{service_id}", None, method="GET")
        shown[name] = answer["product"] if name == "bkap" else answer
    return shown


def left(client, service_id, start):
    """The places that a dialect says are left at a start; BKAP says them of the day where it lists no times."""
    if client.name != "bkap":
        return client.left(service_id, start)
    query = urlencode({"product_id": service_id, "start_date": f"{start:%Y-%m-%d}"})
    day = made(client, f"/bookings/availability?{query}", None, method="GET")[0][0]
    times = {slot["start_time"]: slot["availability"] for slot in day["slots"]} if "slots" in day else {}
    return times.get(f"{start:%H:%M}", 0) if "slots" in day else day["availability"]


def book(client, service_id, start):
    """Try to book an hour; BKAP counts durations of the product where it is sold by duration."""
    by_duration = client.name == "bkap" and service_id == 7201
    return client.book(service_id, start, **({"duration": 1} if by_duration else {}))


def prices(desk, service_id, start=START):
    """What an hour costs through each dialect: quoted, or booked where there is no quote."""
    clients = desk.clients
    query = {"product_id": service_id, "start_date": f"{start:%Y-%m-%d}", "end_date": f"{start:%Y-%m-%d}"}
    query |= {"start_time": f"{start:%H:%M}", "end_time": f"{start + timedelta(hours=1):%H:%M}", "duration": 1}
    bkap = made(clients["bkap"], f"/bookings/price?{urlencode(query)}", None, method="GET")
    booked = clients["bookingpress"].book(service_id, start)
    assert booked.booked, booked.body
    record = clients["bookingpress"].read(booked.id)[1]
    clients["bookingpress"].cancel(booked.id)
    return {
        "bkap": Decimal(bkap["total_price_calculated"]),
        "wc_bookings": wc_price(desk, service_id, start),
        "bookingpress": Decimal(re.sub(r"[^\d.]", "", str(record["appointment_payment"]))),
        "bookablesites": clients["bookablesites"].quote(service_id, start),
    }


def wc_price(desk, service_id, start):
    persons = {"persons": 1} if records(desk, service_id)["wc_bookings"]["has_persons"] else {}
    query = {"product_id": service_id, "start": f"@{stamp(start)}", "end": f"@{stamp(start + timedelta(hours=1))}"}
    client = desk.clients["wc_bookings"]
    status, _, body = client.send("GET", f"/wp-json/wc-bookings/v2/quotes?{urlencode({**query, **persons})}")
    assert status == 200, body
    return Decimal(str(body["cost"]))


def test_a_name_and_a_status_are_everywhere(any_desk, service_id):
    assert change(any_desk, service_id, name="Studio & café", status="hidden").status_int == 303
    write_again(any_desk, service_id)

    shown = records(any_desk, service_id)

    assert shown["bkap"]["title"] == shown["bookablesites"]["name"] == "Studio & café"
    assert shown["wc_bookings"]["name"] == shown["bookingpress"]["service_name"] == "Studio & café"
    assert shown["wc_bookings"]["catalog_visibility"] == "hidden"
    assert shown["bookingpress"]["show_service_on_site"] is False
    assert shown["bookablesites"]["status"] == "hidden"
    assert shown["bkap"]["status"] == "draft"
    assert services.get(service_id).status == "hidden"


def test_a_price_is_everywhere(any_desk, service_id):
    assert set(prices(any_desk, service_id).values()) == {Decimal(10)}

    assert change(any_desk, service_id, price="12.50").status_int == 303

    for _ in range(2):
        assert prices(any_desk, service_id) == dict.fromkeys(any_desk.clients, Decimal("12.50"))
        shown = records(any_desk, service_id)
        assert Decimal(shown["bkap"]["price"]) == Decimal(shown["wc_bookings"]["price"]) == Decimal("12.5")
        assert Decimal(str(shown["wc_bookings"]["cost"])) + Decimal(str(shown["wc_bookings"]["block_cost"])) == 12.5
        assert shown["bookingpress"]["service_price"] == shown["bookablesites"]["price"] == 12.5
        write_again(any_desk, service_id)


def test_places_are_everywhere(any_desk, service_id):
    clients = any_desk.clients
    assert change(any_desk, service_id, capacity="3").status_int == 303
    write_again(any_desk, service_id)

    assert {name: left(client, service_id, START) for name, client in clients.items()} == dict.fromkeys(clients, 3)
    for name in ("bkap", "wc_bookings", "bookingpress"):
        outcome = book(clients[name], service_id, START)
        assert outcome.booked, outcome.body
    for client in clients.values():
        refused = book(client, service_id, START)
        assert client.is_refusal(refused), refused.body
    assert doctor.examine(now=NOW).breaches == []


def test_hours_are_everywhere(any_desk, service_id):
    page = any_desk.otto.get(f"/desk/services/{service_id}")
    if "day1" not in form_of(page).fields:
        pytest.skip("the hours come from somewhere else, which the page says")
    assert page.text.count("09:00-17:00" if "Each time" not in page.text else "16:00-17:00") >= 5
    listed = "Each time is one start" in page.text
    hours = ", ".join(f"{hour}:00-{hour + 1}:00" for hour in range(12, 18)) if listed else "12:00 to 18:00"
    days = {f"day{day}": hours if day in (2, 6) else "closed" for day in range(1, 8)}
    if services.get(service_id).origin == "bkap" and not listed:
        days = {name: text if text == "closed" else "12:00-18:00" for name, text in days.items()}

    assert change(any_desk, service_id, **days).status_int == 303
    write_again(any_desk, service_id)

    saturday = START.replace(hour=12) + timedelta(days=4)
    for hour, (name, client) in enumerate(any_desk.clients.items()):
        # BKAP says only of the day what is left of a product by duration.
        assert left(client, service_id, START) == (0 if name != "bkap" or service_id != 7201 else 2), name
        early = book(client, service_id, START)
        assert not early.booked, name
        assert client.is_error(early.status, early.body), early.body
        assert not book(client, service_id, START.replace(hour=12) + timedelta(days=1)).booked, "Wednesday is closed"
        assert left(client, service_id, saturday + timedelta(hours=hour)) == 2, name
        inside = book(client, service_id, saturday + timedelta(hours=hour))
        assert inside.booked, inside.body
    shown = any_desk.vera.get(f"/desk/services/{service_id}").text
    assert "17:00-18:00" if listed else "12:00-18:00" in shown


def test_hours_of_employees_are_said_to_be_theirs(any_desk):
    service_id = bookablesites_service(any_desk)
    page = any_desk.otto.get(f"/desk/services/{service_id}")

    assert "The hours are those of the employees who give it: Ola Reyes." in page.text
    assert "day1" not in form_of(page).fields
    assert page.text.count("09:00-17:00") == 5
    version = services.get(service_id).version
    refused = any_desk.otto.send(
        f"/desk/services/{service_id}", {"version": version, "day1": "10:00-11:00"}, expect_errors=True
    )
    assert refused.status_int == 422
    assert services.get(service_id).version == version


def test_a_change_leaves_an_event_with_who_and_why(any_desk, service_id):
    before = services.get(service_id).name
    change(any_desk, service_id, name="Hall", capacity="5", reason="a larger room")

    entry = audit.entries(Filter(kind="service.updated"), limit=1)[0]

    assert (entry.actor, entry.reason, entry.subject_id) == ("operator:otto", "a larger room", service_id)
    changes = [
        change for event in audit.entries(Filter(kind="service.updated"), limit=9) for change in audit.changes_of(event)
    ]
    assert Change("name", before, "Hall") in changes
    assert f"name: {before} → Hall" in any_desk.otto.get("/desk/audit?kind=service.updated").text


def test_of_two_who_change_a_service_the_second_is_told(any_desk, service_id):
    page = any_desk.otto.get(f"/desk/services/{service_id}")
    assert change(any_desk, service_id, "anna", price="11").status_int == 303

    refused = change(any_desk, service_id, page=page, price="12")

    assert refused.status_int == 409
    assert "Somebody has changed this service meanwhile" in refused.text
    assert form_of(refused)["price"].value == "11"
    assert service_editing.offer_of(services.get(service_id), any_desk.manager.service_editors).price == 11


@pytest.mark.parametrize(
    "field, text, sentence",
    [
        ("name", " ", "The name is missing."),
        ("price", "ten", "The price is no amount of money"),
        ("price", "", "The price is no amount of money"),
        ("price", "-1", "The price is no amount of money"),
        ("price", "1.005", "The price has too many decimals"),
        ("capacity", "0", "The number of places is out of range"),
        ("capacity", "many", "The number of places is no whole number"),
        ("capacity", "99999999", "The number of places is out of range"),
        ("day2", "9 to 5", "Tuesday cannot be read. Write times as"),
        ("day2", "17:00-09:00", "Tuesday cannot be read. Write times as"),
        ("day2", "09:00-25:00", "Tuesday cannot be read. Write times as"),
        ("day2", "09:00-12:00, 11:00-13:00", "Hours: "),
    ],
)
def test_what_cannot_be_comes_back_as_a_sentence_with_the_input(desk, field, text, sentence):
    service = make_service()
    before = service.version

    refused = change(desk, service.id, **{field: text, "reason": "try"})

    assert refused.status_int == 422
    problem = refused.html.find(class_="problem").text
    assert sentence.replace("Hours: ", "") in problem or "overlaps another entry" in problem
    form = form_of(refused)
    assert (form[field].value, form["reason"].value) == (text.strip(), "try")
    assert services.get(service.id).version == before


def test_a_form_of_a_program_is_read_as_carefully(desk):
    service = make_service()
    for fields in (
        {"status": "deleted"},
        {"status": "x"},
        {"name": "x" * 300},
        {"price": "1e5"},
        {"price": "NaN"},
        {"day1": "09:00-10:00," * 400},
    ):
        answer = desk.otto.send(
            f"/desk/services/{service.id}", {"version": service.version, **fields}, expect_errors=True
        )
        assert answer.status_int == 422, fields
    stale = desk.otto.send(f"/desk/services/{service.id}", {"price": "5"}, expect_errors=True)
    assert stale.status_int == 409
    assert services.get(service.id) == service


def test_days_are_open_or_closed_for_what_is_booked_by_the_day(desk):
    from core.domain.schedule import CalendarRule, SchedulePlan

    flat = make_service(plan=SchedulePlan(unit="night", max_blocks=7), rules=(CalendarRule(effect="open"),))
    refused = change(desk, flat.id, day1="09:00-12:00")
    assert refused.status_int == 422
    assert "booked by the day" in refused.text

    assert change(desk, flat.id, day1="").status_int == 303
    page = desk.vera.get(f"/desk/services/{flat.id}")
    assert page.text.count("all day") == 6


def test_a_viewer_sees_and_does_not_change(desk):
    service = make_service()
    page = desk.vera.get(f"/desk/services/{service.id}")
    assert "version" not in page.text.split("What each dialect makes of it")[0]
    refused = desk.vera.send(
        f"/desk/services/{service.id}", {"version": service.version, "price": "1"}, expect_errors=True
    )
    assert refused.status_int == 403
    assert services.get(service.id) == service


def test_every_dialect_shows_its_own_record(any_desk, service_id):
    page = any_desk.vera.get(f"/desk/services/{service_id}")

    shown = {part.h3.text.strip(): part.pre.text for part in page.html.find(class_="records").find_all("section")}

    assert set(shown) == set(any_desk.clients)
    assert '"booking_type"' in shown["bkap"]
    assert '"service_price": 10' in shown["bookingpress"]
    assert '"duration": 3600' in shown["bookablesites"]
    assert '"duration_unit"' in shown["wc_bookings"]


def test_a_deleted_service_is_shown_and_left_alone(desk):
    service = make_service(status="deleted")
    page = desk.anna.get(f"/desk/services/{service.id}")
    assert page.status_int == 200
    assert "Its API does not show it." in page.text
    fields = {"version": service.version, "price": "1"}
    assert desk.anna.send(f"/desk/services/{service.id}", fields, expect_errors=True).status_int == 404


def test_services_are_found_by_name_a_page_at_a_time(any_desk):
    for number in range(60):
        make_service(name=f"Room {number:02}")
    make_service(name="Älpine hut")

    first = any_desk.vera.get("/desk/services", {"q": "room"})
    assert "60 services" in first.text
    assert "Room 49" in first.text
    assert "Room 50" not in first.text
    second = first.click("More")
    assert "Room 50" in second.text
    assert "Room 49" not in second.text
    assert "Älpine hut" in any_desk.vera.get("/desk/services", {"q": "alpine"}).text
    assert "No service matches." in any_desk.vera.get("/desk/services", {"q": "room", "status": "draft"}).text


def test_names_with_scripts_are_text(desk):
    name = f"Tom & {SCRIPT}<b onclick='x'>"
    for dialect, path, body in (
        ("wc_bookings", "/products", {"name": name, "duration_unit": "hour"}),
        ("bookingpress", "/services", {"service_name": name, "service_price": 1, "service_duration_val": 60}),
        ("bookablesites", "/services", {"name": name, "duration": 3600, "price": 1}),
        ("bkap", "/products", {"product_title": name, "product_price": 1, "product_type": "simple", "booking": {"booking_type": "only_day"}}),
    ):  # fmt: skip
        made(desk.clients[dialect], path, body)
    room = make_service(name=name)
    change(desk, room.id, name=SCRIPT + "Room")
    member = resources.create(now=NOW, name=name, kind="staff", email=SCRIPT, phone="<i>")

    for path in ("services", f"services?q={SCRIPT}", "resources", f"resources/{member.id}"):
        assert "<script>alert" not in desk.anna.get(f"/desk/{path}").text
    for service in services.list_all():
        assert "<script>alert" not in desk.anna.get(f"/desk/services/{service.id}").text


def test_a_resource_shows_its_week_services_and_bookings(any_desk):
    service_id = bookablesites_service(any_desk)
    any_desk.clients["bookablesites"].book(service_id, START)
    ola = resources.list_all()[0]

    page = any_desk.vera.get("/desk/resources", {"q": "ola"}).click("Ola Reyes")

    assert page.request.path == f"/desk/resources/{ola.id}"
    assert page.text.count("09:00-17:00") == 5
    assert "Mira Holt" in page.text
    assert page.click("Room", index=0).request.path == f"/desk/services/{service_id}"


@pytest.mark.parametrize(
    "path", ["services/0", "services/99999999999999999999", "services/-1", "resources/5", "customers/5", "services/x"]
)
def test_what_is_not_there_is_said_to_be_missing(desk, path):
    assert desk.anna.get(f"/desk/{path}", expect_errors=True).status_int == 404


def test_a_dialect_that_fails_to_show_does_not_take_the_page_with_it(desk, monkeypatch):
    service = make_service()
    broken = replace(desk.manager.service_editors["bkap"], show=lambda service_id: 1 / 0)
    monkeypatch.setitem(desk.manager.service_editors, "bkap", broken)

    page = desk.anna.get(f"/desk/services/{service.id}")

    assert "The dialect failed to show it" in page.text
    assert "ZeroDivisionError" not in page.text
