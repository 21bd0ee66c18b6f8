"""Customers: found, shown with everything of theirs, and changed."""

import pytest

from core.domain.requests import BookingRequest
from core.services import audit, bookings, repository
from core.services.audit import Filter
from core.services.repository import customers
from frontdesk.testing.venue import NOW
from tests.console.test_services import SCRIPT, bookingpress_service, form_of, made
from tests.contract.conftest import START, make_service

pytestmark = pytest.mark.slow


@pytest.fixture
def mira(any_desk):
    return customers.create(
        now=NOW, first_name="Mira", last_name="Holt", email="mira@example.org", phone="030 123", note="Window seat"
    )


def change(desk, customer_id, who="otto", *, page=None, **fields):
    form = form_of(page or desk.people[who].get(f"/desk/customers/{customer_id}"))
    for name, value in fields.items():
        form[name] = value
    return form.submit(expect_errors=True)


def test_a_search_for_what_no_text_holds_finds_nothing(any_desk, mira):
    for path in ("customers", "services", "resources"):
        assert any_desk.vera.get(f"/desk/{path}?q=%00%F0%9F%A6%9D%FF").status_int == 200


@pytest.mark.parametrize("text", ["mira", "HOLT", "Mira Holt", "@example.org", "030 1"])
def test_a_customer_is_found_by_name_mail_and_phone(any_desk, mira, text):
    customers.create(now=NOW, first_name="Tom", email="tom@test.invalid")

    page = any_desk.vera.get("/desk/customers", {"q": text})

    assert "Mira Holt" in page.text
    assert "Tom" not in page.text
    assert "No customer matches." in any_desk.vera.get("/desk/customers", {"q": "nobody"}).text


def test_customers_are_listed_a_page_at_a_time(any_desk):
    for number in range(60):
        customers.create(now=NOW, first_name=f"Guest{number:02}")

    first = any_desk.vera.get("/desk/customers")
    second = first.click("Older")

    assert ("Guest59" in first.text, "Guest09" in first.text) == (True, False)
    assert ("Guest59" in second.text, "Guest09" in second.text) == (False, True)
    assert "Guest59" in second.click("Newer").text


def test_a_customer_is_shown_with_everything_of_theirs(any_desk):
    client = any_desk.clients["bookingpress"]
    service = bookingpress_service(any_desk)
    customer = made(client, "/customers", {"firstname": "Mira", "lastname": "Holt", "email": "mira@example.org"})
    id = customer["customer_id"]
    package = made(
        client,
        "/packages",
        {
            "package_name": "Five",
            "package_services": [{"service_id": service, "bookingpress_no_of_appointments": 5}],
        },
    )["package_id"]
    any_desk.manager.importers["bookingpress"].load(
        {
            "package_bookings": [{"package_no": "P-1", "package_id": package, "customer_id": id}],
            "sold_gift_cards": [{"gift_card_code": "SECRET-9876", "gift_card_balance": 50, "customer_id": id}],
        },
        site=any_desk.manager.host.site,
        now=NOW,
    )
    booking = client.book(service, START)

    page = any_desk.vera.get(f"/desk/customers/{id}")

    assert page.click(str(booking.id), href=f"bookings/{booking.id}", index=0).status_int == 200
    assert "Package Five P-1" in page.text
    assert "5 × Room" in page.text
    assert "SECRET" not in page.text
    assert "…9876" in page.text
    assert f"/desk/privacy?customer={id}" in page.text


def test_many_bookings_are_shown_a_page_at_a_time(any_desk, mira):
    room = make_service(capacity=50)
    made_ids = [
        bookings.create(
            BookingRequest(service_id=room.id, wall_start=START, customer_id=mira.id, origin=""), now=NOW
        ).id
        for _ in range(25)
    ]
    first = any_desk.vera.get(f"/desk/customers/{mira.id}")
    assert "25 in all" in first.text
    second = first.click("Older")
    shown = [id for id in made_ids if f'/desk/bookings/{id}"' in first.text]
    others = [id for id in made_ids if f'/desk/bookings/{id}"' in second.text]
    assert (len(shown), sorted(shown + others)) == (20, made_ids)


def test_a_change_is_seen_in_every_dialect_with_who_and_why(any_desk, mira):
    fields = {
        "first_name": "Mirá",
        "last_name": "Hölt-Berg",
        "email": "m@example.org",
        "phone": "+49 30 9",
        "note": "Aisle",
    }
    assert change(any_desk, mira.id, reason="she married", **fields).status_int == 303

    stored = customers.get(mira.id)
    assert {name: getattr(stored, name) for name in fields} == fields
    clients = any_desk.clients
    shown = made(clients["bookingpress"], f"/customers/{mira.id}", None, method="GET")
    assert (shown["customer_fullname"], shown["customer_email"]) == ("Mirá Hölt-Berg", "m@example.org")
    shown = made(clients["bookablesites"], f"/customers/{mira.id}", None, method="GET")
    assert (shown["first_name"], shown["description"]) == ("Mirá", "Aisle")
    entry = audit.entries(Filter(kind="customer.updated"), limit=1)[0]
    assert (entry.actor, entry.reason, entry.subject_id) == ("operator:otto", "she married", mira.id)


def test_a_number_with_a_country_is_shown_once(any_desk):
    client = any_desk.clients["bookingpress"]
    body = {"firstname": "Mira", "phone": "555 1", "customer_phone_dial_code": "44", "customer_phone_country": "GB"}
    id = made(client, "/customers", body)["customer_id"]
    assert made(client, f"/customers/{id}", None, method="GET")["customer_phone"] == "+44 555 1"

    change(any_desk, id, phone="+49 30 9")

    assert made(client, f"/customers/{id}", None, method="GET")["customer_phone"] == "+49 30 9"


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"email": "mira at example.org"}, "The e-mail address is no e-mail address"),
        ({"email": "tom@example.org"}, "Another customer has e-mail address"),
        ({"email": "TOM@example.org"}, "Another customer has e-mail address"),
        ({"first_name": "", "last_name": "", "email": "", "phone": ""}, "nobody would know who this is"),
    ],
    ids=["no address", "taken", "taken in other letters", "nothing left"],
)
def test_what_cannot_be_comes_back_as_a_sentence_with_the_input(any_desk, mira, fields, sentence):
    customers.create(now=NOW, first_name="Tom", email="tom@example.org")

    refused = change(any_desk, mira.id, note="kept", **fields)

    assert refused.status_int == 422
    assert sentence in refused.html.find(class_="problem").text
    assert form_of(refused)["note"].value == "kept"
    assert form_of(refused)["email"].value == fields.get("email", mira.email)
    assert customers.get(mira.id) == mira


def test_a_form_of_a_program_is_read_as_carefully(any_desk, mira):
    for fields in ({"first_name": "x" * 300}, {"phone": "1" * 64}, {"note": "x" * 10_001}):
        answer = any_desk.otto.send(
            f"/desk/customers/{mira.id}", {"version": mira.version, **fields}, expect_errors=True
        )
        assert answer.status_int == 422
    assert customers.get(mira.id) == mira


def test_of_two_who_change_a_customer_the_second_is_told(any_desk, mira):
    page = any_desk.otto.get(f"/desk/customers/{mira.id}")
    change(any_desk, mira.id, "anna", phone="1")

    refused = change(any_desk, mira.id, page=page, phone="2")

    assert refused.status_int == 409
    assert "Somebody has changed this customer meanwhile" in refused.text
    assert customers.get(mira.id).phone == "1"


def test_a_viewer_sees_and_does_not_change(any_desk, mira):
    page = any_desk.vera.get(f"/desk/customers/{mira.id}")
    assert "Window seat" in page.text
    fields = {"version": mira.version, "phone": "2"}
    assert any_desk.vera.send(f"/desk/customers/{mira.id}", fields, expect_errors=True).status_int == 403
    assert customers.get(mira.id) == mira


def test_names_with_scripts_are_text(any_desk):
    bookingpress, bookablesites = any_desk.clients["bookingpress"], any_desk.clients["bookablesites"]
    names = {"firstname": SCRIPT, "lastname": "<b>", "email": "a@example.org", "phone": SCRIPT, "note": SCRIPT}
    made(bookingpress, "/customers", names)
    body = {"first_name": SCRIPT, "last_name": "<b>", "email": "b@example.org", "description": SCRIPT}
    made(bookablesites, "/customers", body)
    repository.customers.create(now=NOW, first_name=SCRIPT, note=SCRIPT, username=SCRIPT, roles=[SCRIPT])

    assert "<script>alert" not in any_desk.anna.get("/desk/customers", {"q": SCRIPT}).text
    for customer in customers.list_all():
        assert "<script>alert" not in any_desk.anna.get(f"/desk/customers/{customer.id}").text
