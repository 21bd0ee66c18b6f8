"""The documented JSON goes in whole or not at all, and comes out as it went in."""

import copy
import subprocess

import pytest

from core.errors import Invalid
from core.services import repository
from plugins.bookablesites import demo
from tests.plugins.bookablesites.conftest import NOW


@pytest.fixture
def exchange(api):
    importer = api.manager.importers["bookablesites"]
    site = api.manager.host.site
    return (
        lambda document: importer.load(document, site=site, now=NOW),
        lambda: importer.dump(site=site, now=NOW),
    )


def test_the_demo_can_be_booked(api, exchange):
    load, _ = exchange
    assert load(demo.DOCUMENT)["services"] == 1
    service = api.get("services").json["data"][0]
    times = api.get(f"available-times?service={service['id']}&start_date=2026-06-03&end_date=2026-06-03").json
    assert times["data"]["2026-06-03"][0]["start"] == "09:00"
    assert [e["price"] for e in service["employees"]] == [None, 39]


def test_what_comes_out_goes_in_and_changes_nothing(api, exchange, salon):
    load, dump = exchange
    service = salon.service(max_capacity=3, extras=[{"name": "Tea", "price": 2.5}], category="Hair")
    api.post("coupons", {"code": "TEN", "discount_value": 10, "expiration_date": "2026-12-31"}, status=201)
    api.post("days-off", {"name": "Fair", "start_date": "2026-07-01", "repeat_yearly": True}, status=201)
    first = salon.book(service, "09:00", coupon_code="TEN", custom_fields={"hair": "long"})
    salon.book(service, "09:00", customer=salon.guest(1))
    gone = salon.book(service, "13:00", customer=salon.guest(2))
    api.delete(f"bookings/{gone['id']}", status=200)
    api.patch(f"appointments/{first['appointment_id']}", {"note": "window seat"}, status=200)
    before = dump()
    load(copy.deepcopy(before))
    assert dump() == before
    assert before["appointments"][0]["note"] == "window seat"
    assert len(before["appointments"][0]["bookings"]) == 2


def test_a_dump_fills_an_empty_store_to_the_same_dump(make_api, salon):
    service = salon.service(max_capacity=3, extras=[{"name": "Tea", "price": 2.5}])
    salon.book(service, "09:00", custom_fields={"hair": "long"})
    salon.book(service, "09:00", customer=salon.guest(1), persons=2)
    importer = salon.api.manager.importers["bookablesites"]
    document = importer.dump(site=salon.api.manager.host.site, now=NOW)
    other = make_api()
    importer = other.manager.importers["bookablesites"]
    importer.load(copy.deepcopy(document), site=other.manager.host.site, now=NOW)
    assert importer.dump(site=other.manager.host.site, now=NOW) == document
    assert other.get("appointments").json["data"][0]["capacity"] == {"min": 1, "max": 3, "booked": 3, "left": 0}


def test_people_without_an_address_come_out_and_go_in(api, exchange):
    load, dump = exchange
    repository.resources.create(now=NOW, origin="bookingpress", kind="staff", name="Ada", first_name="Ada")
    repository.customers.create(now=NOW, origin="bookingpress", first_name="Bob")
    before = dump()
    load(copy.deepcopy(before))
    assert dump() == before
    assert before["employees"][0]["email"] == ""
    load({"customers": [{"id": before["customers"][0]["id"], "first_name": "Bob", "email": ""}]})


def store_people_of_other_dialects():
    """Customers, staff and a location as other dialects store them, and as this API refuses them."""
    person = {"now": NOW, "origin": "bookingpress", "phone": "ask at the desk"}
    repository.locations.create(name="Attic", **person)
    repository.customers.create(first_name="Bob", email="bob at example", note="n" * 30_000, **person)
    for _ in range(2):
        repository.customers.create(first_name="Cy", email="cy@shop.example", **person)
        repository.resources.create(kind="staff", name="Ada", email="staff@shop.example", **person)
    repository.resources.create(kind="staff", name="", email="nobody", **person)


def test_people_of_other_dialects_come_out_and_go_in(api, exchange, make_api):
    load, dump = exchange
    store_people_of_other_dialects()
    document = dump()
    assert [employee["email"] for employee in document["employees"]] == ["staff@shop.example"] * 2 + ["nobody"]
    assert {customer["phone"] for customer in document["customers"]} == {"ask at the desk"}
    load(copy.deepcopy(document))
    assert dump() == document
    other = make_api()
    importer, site = other.manager.importers["bookablesites"], other.manager.host.site
    importer.load(copy.deepcopy(document), site=site, now=NOW)
    assert importer.dump(site=site, now=NOW) == document
    assert len(other.get("customers").json["data"]) == 3
    assert len(other.get("employees").json["data"]) == 3


@pytest.mark.parametrize(
    ("section", "entry", "field"),
    [
        ("customers", {"first_name": "A", "email": "a@b.example", "phone": "call"}, "phone"),
        ("customers", {"first_name": "A", "email": "a at b"}, "email"),
        ("employees", {"first_name": "A", "email": "a at b"}, "email"),
        ("employees", {"email": "a@b.example"}, "first_name"),
        ("locations", {"name": "A", "phone": "call"}, "phone"),
    ],
)
def test_the_rules_of_the_api_apply_to_entries_without_an_id(exchange, section, entry, field):
    load, _ = exchange
    with pytest.raises(Invalid) as error:
        load({section: [entry]})
    assert error.value.field == f"{section}.0.{field}"


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ({"servces": []}, "servces"),
        ({"services": {}}, "services"),
        ({"services": [{"name": "Cut"}]}, "services.0.duration"),
        ({"customers": [{"first_name": "A", "last_name": "B", "email": "a@b.example"}, 3]}, "customers.1"),
        ({"customers": [{"first_name": "A", "last_name": "B", "email": "nobody"}]}, "customers.0.email"),
        (
            {"employees": [{"first_name": "A", "last_name": "B", "email": "a@b.example", "location": 9}]},
            "employees.0.location",
        ),
        (
            {"coupons": [{"code": "A", "discount_value": "NaN", "expiration_date": "2026-01-01"}]},
            "coupons.0.discount_value",
        ),
        (
            {"appointments": [{"service": 4, "start_date_time": "x", "bookings": [{}]}]},
            "appointments.0.bookings.0.start_date_time",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_document_changes_nothing_and_says_where(api, exchange, document, path):
    load, dump = exchange
    before = dump()
    with pytest.raises(Invalid) as refused:
        load({"locations": [{"name": "North"}], **document})
    assert refused.value.field == path
    assert dump() == before


def test_the_demo_command_is_one_shell_command_that_would_book(api, exchange):
    load, _ = exchange
    load(demo.DOCUMENT)
    services = {service["name"]: service["id"] for service in api.get("services").json["data"]}
    credentials = api.manager.credentials["bookablesites"]
    command = credentials.booking_command(api.fields, url="http://127.0.0.1:1", services=services)
    assert subprocess.run(["sh", "-n", "-c", command], check=False).returncode == 0
    assert '"date": "2026-06-03"' in command
