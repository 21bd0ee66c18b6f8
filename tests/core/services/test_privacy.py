"""Persons found, exported and erased, on both databases."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from core.db import fetch_all
from core.domain.personal_data import ERASED, PersonalData
from core.domain.requests import ChangeRequest
from core.domain.schedule import CapacityRules, SchedulePlan
from core.errors import InUse, Invalid, NotFound
from core.services import actors, bookings, credentials, doctor, events, idempotency, orders, personal_data, privacy
from core.services.person_records import MAX_FOUND
from core.services.repository import (
    customers,
    gift_cards,
    gift_cards_sold,
    package_purchases,
    packages,
    payments,
    resources,
)
from tests.core.services.factories import NOW, TUESDAY_NINE, book, person, service

MANY = SchedulePlan(capacity=CapacityRules(limit=50))
MIRA = {
    "first_name": "Mira",
    "last_name": "Holt",
    "email": "Mira@Example.org",
    "phone": "+49 30 555-1234",
    "username": "miraholt",
    "note": "allergic",
}
TRACES = ("mira@example.org", "holt", "555-1234", "allergic", "by the window", "miraholt")


@pytest.fixture(autouse=True)
def _described():
    personal_data.install(
        {"quay": PersonalData(dialect="quay", fields={"customer": ["birthday"], "booking": ["answers.*.text"]})}
    )
    yield
    personal_data.install({})


@pytest.fixture
def mira(store):
    return customers.create(now=NOW, **MIRA, extras={"quay": {"birthday": "1990-01-01", "tier": 2}, "gone": {"x": "y"}})


@pytest.fixture
def stored(mira):
    """Everything that can be kept about Mira, and the booking she has."""
    lesson = service(name="Lesson", plan=MANY, price=Decimal(10))
    order = orders.create(now=NOW, customer_id=mira.id, extras={"quay": {"to": "Mira Holt"}})
    booking = book(
        lesson.id,
        customer_id=mira.id,
        origin="quay",
        order_id=order.id,
        note="by the window",
        metadata={"answers": [{"q": 1, "text": "by the window"}], "kept": "yes"},
    )
    payments.create(
        now=NOW,
        booking_id=booking.id,
        customer_id=mira.id,
        status="paid",
        paid=Decimal(10),
        extras={"quay": {"payer": "mira@example.org"}},
    )
    package = packages.create(now=NOW, name="Ten")
    package_purchases.create(
        now=NOW,
        number="P1",
        package_id=package.id,
        customer_id=mira.id,
        purchased_on="2026-03-01",
        expires_on="2027-03-01",
        extras={"quay": {"for": "Mira Holt"}},
    )
    gift_cards_sold.create(
        now=NOW,
        code="G1",
        gift_card_id=gift_cards.create(now=NOW, title="Card").id,
        customer_id=mira.id,
        extras={"quay": {"from": "Mira Holt"}},
    )
    credentials.create(realm="quay", lookup="k1", now=NOW, user="miraholt", label="Mira Holt's app", secret="s3cret")
    credentials.create(realm="quay", lookup="k2", now=NOW, user="7", label="shop")
    gone = book(lesson.id, customer_id=mira.id, wall_start=TUESDAY_NINE + timedelta(hours=1))
    bookings.delete(gone.id, now=NOW)
    with actors.acting("operator:anna", "Mira Holt called"):
        bookings.update(booking.id, ChangeRequest(note="by the window"), now=NOW)
    events.record_event("quay.greeted", "site", 0, now=NOW, data={"to": "mira@example.org"})
    keyed = idempotency.KeyedRequest.at("quay", "key", "f", now=NOW, retention=timedelta(days=1))
    body = json.dumps(
        {"id": booking.id, "customer": {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"}}
    )
    idempotency.store(keyed, idempotency.Reply(201, (("Content-Type", "application/json"),), body.encode()))
    return booking


def everything() -> str:
    """The text of every column that may hold something personal."""
    columns = {
        "customer": "*",
        "booking": "note, snapshot, extras, quote, terms",
        "booking_order": "extras",
        "payment": "extras",
        "package_purchase": "extras",
        "gift_card_sold": "extras",
        "event": "data, reason",
        "credential": '"user", label',
    }
    rows = [fetch_all(f"SELECT {names} FROM {table}") for table, names in columns.items()]
    replies = [bytes(row[0] or b"").decode() for row in fetch_all("SELECT body FROM idempotent_reply")]
    return f"{rows} {replies}".lower()


# Find -----------------------------------------------------------------------------------------------------------------

SEARCHES = ["mira@example.org", "MIRA@", "Mira Holt", "holt", "mira", "0305551234", "555 1234", "+4930 555-1234"]


@pytest.mark.parametrize("text", SEARCHES)
def test_a_person_is_found_by_what_is_known(stored, text):
    customers.create(now=NOW, first_name="Ola", last_name="Reyes", email="ola@example.org", phone="999888777")

    found = privacy.find_people(text)

    assert [(one.kind, one.id, one.name) for one in found] == [("customer", stored.customer_id, "Mira Holt")]
    assert (found[0].bookings, found[0].dialects) == (1, ("quay",))


def test_guests_and_staff_are_found_too(store):
    person("Mira Desk", email="desk@example.org", first_name="Mira")
    guest = book(service().id, snapshot={"customer": {"first_name": "Mira", "last_name": "Guest"}})

    found = privacy.find_people("mira")

    assert {(one.kind, one.id) for one in found} == {
        ("guest", guest.id),
        ("staff", resources.list_all()[0].id),
    }
    assert [one.kind for one in privacy.find_people("mira guest")] == ["guest"]
    assert privacy.find_people("100%") == []


def test_a_deleted_customers_bookings_are_a_guests(stored):
    from core.services import catalog

    catalog.delete_customer(stored.customer_id, now=NOW)

    [found] = privacy.find_people("holt")
    assert (found.kind, found.id) == ("guest", stored.id)
    privacy.erase_person(booking_ids=[stored.id], now=NOW, keep_upcoming=True)
    # The name that keys act under was in the customer's record alone.
    assert "holt" not in everything().replace("miraholt", "")


def test_a_search_is_bounded(store):
    for number in range(MAX_FOUND + 5):
        customers.create(now=NOW, first_name="Mira", email=f"m{number}@example.org")

    assert len(privacy.find_people("mira", limit=10**9)) == MAX_FOUND
    assert len(privacy.find_people("mira", limit=3)) == 3


@pytest.mark.parametrize("text", ["", " ", "x"])
def test_a_search_for_everybody_is_refused(store, text):
    with pytest.raises(Invalid):
        privacy.find_people(text)


# Export ---------------------------------------------------------------------------------------------------------------


def test_an_export_holds_everything_and_no_secret(stored):
    document = privacy.export_person(customer_ids=[stored.customer_id], now=NOW)

    text = json.dumps(document)
    assert {kind for kind, value in document.items() if value} == {
        "exported_at", "person", "customers", "bookings", "orders", "order_items", "payments", "package_purchases", "gift_cards",
        "keys", "events", "stored_replies", "plugins",
    }  # fmt: skip
    assert document["bookings"][0]["note"] == "by the window"
    assert document["customers"][0]["extras"]["quay"]["birthday"] == "1990-01-01"
    assert {event["kind"] for event in document["events"]} == {
        "booking.deleted", "booking.cancelled", "quay.greeted", "booking.changed", "key.created",
    }  # fmt: skip
    assert "Holt" in document["stored_replies"][0]["body"]
    assert [key["label"] for key in document["keys"]] == ["Mira Holt's app"]
    assert "s3cret" not in text


def test_customers_with_one_address_are_one_person(stored):
    twin = customers.create(now=NOW, first_name="M.", email="mira@example.ORG")
    other = customers.create(now=NOW, first_name="Ola", email="ola@example.org")

    by_address = privacy.export_person(email="MIRA@example.org", now=NOW)
    by_id = privacy.export_person(customer_ids=[twin.id], now=NOW)

    assert by_address["person"] == by_id["person"]
    assert {customer["id"] for customer in by_id["customers"]} == {stored.customer_id, twin.id}
    assert other.id not in by_id["person"]["customer_ids"]


def test_customers_without_an_address_are_not_one_person(store):
    first, second = (customers.create(now=NOW, first_name=name) for name in ("A", "B"))

    assert privacy.export_person(customer_ids=[first.id], now=NOW)["person"]["customer_ids"] == [first.id]
    assert second.id != first.id


UNKNOWN = [{"customer_ids": [999]}, {"email": "nobody@example.org"}, {"booking_ids": [999]}, {}, {"email": " "}]


@pytest.mark.parametrize("who", UNKNOWN)
@pytest.mark.parametrize("verb", [privacy.export_person, privacy.erase_person])
def test_nobody_is_not_found(store, verb, who):
    with pytest.raises(NotFound):
        verb(**who, now=NOW)


def test_a_booking_of_a_customer_is_no_guests(stored):
    with pytest.raises(Invalid, match="is of customer"):
        privacy.erase_person(booking_ids=[stored.id], now=NOW)


# Erase ----------------------------------------------------------------------------------------------------------------


def test_an_erasure_leaves_no_trace_and_everything_right(stored):
    before = bookings.get(stored.id)
    claims = fetch_all("SELECT * FROM claim ORDER BY id")
    assert all(trace in everything() for trace in TRACES)

    erasure = privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    assert [trace for trace in TRACES if trace in everything()] == []
    after = bookings.get(stored.id)
    for name in ("status", "start", "end", "total", "customer_id", "order_id", "persons", "quote", "session_id"):
        assert getattr(after, name) == getattr(before, name)
    assert after.extras == {"quay": {"answers": [{"q": 1}], "kept": "yes"}}
    assert after.snapshot["customer"]["first_name"] == ERASED
    assert after.snapshot["service"] == {"name": "Lesson"}
    assert after.version > before.version
    assert fetch_all("SELECT * FROM claim ORDER BY id") == claims
    assert doctor.examine(now=NOW).breaches == []
    assert erasure.kept_bookings == (stored.id,)
    assert erasure.unknown_dialects == ("gone",)
    assert erasure.cut == ()


def test_the_customer_keeps_id_and_what_is_not_personal(stored):
    privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    customer = customers.get(stored.customer_id)
    assert (customer.name, customer.email, customer.phone, customer.note) == (ERASED, "", "", "")
    assert customer.extras == {"quay": {"tier": 2}}
    assert privacy.find_people("mira") == []
    assert payments.list_all()[0].paid == Decimal(10)


def test_an_upcoming_booking_stands_in_the_way(stored):
    with pytest.raises(InUse):
        privacy.erase_person(customer_ids=[stored.customer_id], now=NOW)

    assert customers.get(stored.customer_id).first_name == "Mira"
    bookings.cancel(stored.id, now=NOW)
    assert privacy.erase_person(customer_ids=[stored.customer_id], now=NOW).kept_bookings == ()


def test_a_past_booking_does_not_stand_in_the_way(stored):
    later = stored.end + timedelta(seconds=1)

    assert privacy.erase_person(customer_ids=[stored.customer_id], now=later).changed["booking"] == 1


def test_erasing_again_changes_nothing(stored):
    who = {"customer_ids": [stored.customer_id], "now": NOW, "keep_upcoming": True}
    privacy.erase_person(**who)
    before = everything(), fetch_all("SELECT COUNT(*) FROM event")

    assert privacy.erase_person(**{**who, "keep_upcoming": False}).changed == {}

    assert (everything(), fetch_all("SELECT COUNT(*) FROM event")) == before


def test_an_erasure_is_recorded_without_personal_data(stored):
    with actors.acting("operator:anna", "Mira Holt asked"):
        privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    [event] = events.recent(["person.erased"])
    assert (event.actor, event.reason) == ("operator:anna", f"{ERASED} asked")
    assert (event.subject_kind, event.subject_id) == ("customer", stored.customer_id)
    assert event.data["person"]["customer_ids"] == [stored.customer_id]
    assert event.data["person"]["changed"]["booking"] == 1


def test_keys_that_act_for_the_person_are_revoked_and_others_are_not(stored):
    erasure = privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    own, shop = credentials.find("quay", "k1"), credentials.find("quay", "k2")
    assert (own.revoked_at, own.user, own.label) == (NOW, "", f"{ERASED}'s app")
    assert (shop.revoked_at, shop.user, shop.label) == (None, "7", "shop")
    assert erasure.revoked_keys == (own.id,)


def test_a_stored_reply_stays_for_a_retry(stored):
    privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    keyed = idempotency.KeyedRequest.at("quay", "key", "f", now=NOW, retention=timedelta(days=1))
    with idempotency.transaction(keyed) as reply:
        pass
    assert reply.status == 201
    assert json.loads(reply.body) == {
        "id": stored.id,
        "customer": {"first_name": ERASED, "last_name": ERASED, "email": ERASED},
    }


def test_a_booking_that_was_given_away_loses_the_first_ones_name_alone(stored):
    ola = customers.create(now=NOW, first_name="Ola", last_name="Reyes", email="ola@example.org")
    bookings.update(stored.id, ChangeRequest(customer_id=ola.id, note="for Ola"), now=NOW)

    privacy.erase_person(email="mira@example.org", now=NOW)

    after = bookings.get(stored.id)
    assert (after.customer_id, after.note) == (ola.id, "for Ola")
    assert after.snapshot["customer"] == {"first_name": ERASED, "last_name": "", "email": "", "phone": ""}
    assert customers.get(ola.id).name == "Ola Reyes"


def test_others_keep_everything(stored):
    ola = customers.create(
        now=NOW,
        first_name="Mira",
        last_name="Reyes",
        email="elmira@example.org",
        note="n",
        extras={"quay": {"birthday": "2000-01-01"}},
    )
    theirs = book(
        stored.service_id, customer_id=ola.id, note="theirs", origin="quay", metadata={"answers": [{"text": "t"}]}
    )

    privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    assert customers.get(ola.id) == ola
    assert bookings.get(theirs.id) == theirs


def test_a_failure_in_a_plugins_tables_undoes_everything(stored):
    def fail(person):
        raise RuntimeError("no")

    personal_data.install({"quay": PersonalData(dialect="quay", erase=fail)})

    with pytest.raises(RuntimeError):
        privacy.erase_person(customer_ids=[stored.customer_id], now=NOW, keep_upcoming=True)

    assert customers.get(stored.customer_id).first_name == "Mira"
    assert bookings.get(stored.id).note == "by the window"
