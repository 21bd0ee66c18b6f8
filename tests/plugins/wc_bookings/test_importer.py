"""``frontdesk import wc_bookings``: all or nothing, and an export can be imported."""

import copy
import itertools
from datetime import UTC, datetime, timedelta

import pytest

from core import db
from core.errors import Invalid
from core.services import bookings, credentials, doctor, repository, site
from plugins.wc_bookings import demo, exporter, importer
from plugins.wc_bookings.auth import REALM
from tests.plugins.wc_bookings.conftest import NOW, STATE, Shop

pytestmark = pytest.mark.slow


@pytest.fixture
def empty(tmp_path):
    shop = Shop(tmp_path)
    yield shop
    db.close_database()


def load(shop: Shop, document) -> dict[str, int]:
    return importer.load(document, now=NOW, site=shop.manager.host.site)


def dump(shop: Shop):
    return exporter.dump(now=NOW, site=shop.manager.host.site)


def test_the_recorded_state_comes_in_with_its_ids(empty):
    counts = load(empty, STATE)
    assert counts == {name: len(STATE[name]) for name in counts}
    assert {entry["id"] for entry in STATE["bookings"]} == {booking.id for booking in bookings.page().items}
    assert len(credentials.list_credentials(REALM)) == 5
    assert doctor.examine(now=NOW).breaches == []


def test_what_goes_out_comes_in_as_the_same(empty):
    load(empty, STATE)
    document = dump(empty)
    load(empty, document)
    assert dump(empty) == document


def test_what_goes_out_fills_an_empty_store(empty, tmp_path):
    load(empty, STATE)
    document = dump(empty)
    db.close_database()
    (tmp_path / "other").mkdir()
    other = Shop(tmp_path / "other")
    load(other, document)
    again = dump(other)
    assert {name: again[name] for name in document} == document
    assert "api_keys" not in document


def test_orders_and_products_keep_their_statuses(empty):
    document = copy.deepcopy(STATE)
    order_names = itertools.cycle(["on-hold", "processing", "failed", "trash", "wc-partial-payment", "checkout-draft"])
    product_names = itertools.cycle(["private", "pending", "draft", "future", "auto-draft", "trash", "publish"])
    for order, name in zip(document["orders"], order_names, strict=False):
        order["status"] = name
    for row, name in zip(document["products"], product_names, strict=False):
        row["status"] = name
    load(empty, document)
    for section in ("orders", "products"):
        expected = {row["id"]: row["status"] for row in document[section]}
        kept = {row["id"]: row["status"] for row in dump(empty)[section]}
        assert kept
        assert kept == {id: expected[id] for id in kept}


def test_a_booking_of_an_older_document_is_deleted_by_its_earlier_name(empty):
    document = copy.deepcopy(STATE)
    booking = document["bookings"][0]
    booking["ledger"] = {"status": "trashed"}
    load(empty, document)
    assert bookings.get(booking["id"]).status == "deleted"


def test_hours_and_people_go_out_and_come_in(empty):
    load(empty, STATE)
    hours = [{"start": "09:00", "end": "12:00"}]
    v2 = "/wp-json/wc-bookings/v2"
    empty.send("PUT", f"{v2}/weekly-schedule/2", body={"time_slots": hours})
    empty.send("POST", f"{v2}/date-overrides", body={"date": "2026-05-01", "time_slots": []})
    week = [{"id": 3, "time_slots": hours}]
    person = {
        "name": "Ann",
        "email": "ann@oracle.test",
        "availability": {"weekly_schedule": week},
        "product_booking_ids": [50],
    }
    member = empty.send("POST", f"{v2}/resources/team-members", body=person).json
    document, rules = dump(empty), repository.resources.get(member["id"]).rules
    repository.resources.update(member["id"], now=NOW, rules=(), email="")
    load(empty, document)
    assert dump(empty) == document
    assert empty.send("GET", f"{v2}/resources/team-members/{member['id']}").json == member
    assert repository.resources.get(member["id"]).rules == rules


def change(path: str, value):
    document = copy.deepcopy(STATE)
    parent = document
    *keys_above, last_key = path.split(".")
    for key in keys_above:
        parent = parent[int(key)] if isinstance(parent, list) else parent[key]
    parent[int(last_key) if isinstance(parent, list) else last_key] = value
    return document


@pytest.mark.parametrize(
    "path, value, field",
    [
        ("products.3.id", "x", "products.3.id"),
        ("products.3.name", "", "products.3.name"),
        ("products.3.cost", "dear", "products.3"),
        ("products.3.resource_ids", [0], "products.3.resource_ids"),
        ("products.3.date_created", "spring", "products.3.date_created"),
        ("bookings.7.status", "sold", "bookings.7.status"),
        ("bookings.7.product_id", 9999, "bookings.7"),
        ("bookings.7.start_local", "noon", "bookings.7.start_local"),
        ("bookings.7.end_local", "2020-01-01 00:00:00", "bookings.7.end"),
        ("bookings.7.cost", "NaN", "bookings.7.cost"),
        ("bookings.7.person_counts", "two", "bookings.7.person_counts"),
        ("resources.2.availability", "always", "resources.2.availability"),
        ("categories.0.parent", -4, "categories.0.parent"),
        ("orders.1.items", {}, "orders.1.items"),
        ("users.0.roles", "admin", "users.0.roles"),
        ("api_keys.admin_r.permissions", "all", "api_keys.admin_r.permissions"),
        ("global_availability", {}, "global_availability"),
    ],
)
def test_one_wrong_value_refuses_the_whole_document(empty, path, value, field):
    with pytest.raises(Invalid) as refused:
        load(empty, change(path, value))
    assert refused.value.field.startswith(field)
    assert repository.services.count() == repository.customers.count() == 0
    assert bookings.page().total == 0
    assert site.rules() == ()
    assert credentials.list_credentials(REALM) == []


@pytest.mark.parametrize("document", [None, [], "x", {"product": []}, {"bookings": {}}, {"bookings": [1]}])
def test_no_document_is_no_import(empty, document):
    with pytest.raises(Invalid):
        load(empty, document)


def test_the_demo_can_be_booked_as_the_printed_command_says(empty):
    counts = load(empty, demo.document(NOW))
    assert counts["products"] == 2
    service = repository.services.find(name=demo.ROOM)
    key = {"consumer_key": "ck_1", "consumer_secret": "cs_1"}
    command = demo.curl_of(key, url="http://127.0.0.1:8000", services={demo.ROOM: service.id}, now=NOW)
    assert command.startswith("curl -sS -u ck_1:cs_1 ")
    start = demo.weekday_start(NOW, 14)
    assert start > NOW.replace(tzinfo=None) + timedelta(days=1)
    assert start.weekday() == 2
    stamp = int(start.replace(tzinfo=UTC).timestamp())
    body = {"product_id": service.id, "start": stamp, "end": stamp + 3600, "status": "confirmed"}
    created = empty.manager.credentials["wc_bookings"].create(
        label="t", permissions=None, user=None, expires_at=None, now=datetime(2026, 3, 2, tzinfo=UTC)
    )[1]
    reply = empty.send(
        "POST",
        "/wp-json/wc-bookings/v1/bookings",
        auth=(created["consumer_key"], created["consumer_secret"]),
        body=body,
        scheme="http",
    )
    assert (reply.status_int, reply.json["cost"]) == (201, "20"), reply.text
