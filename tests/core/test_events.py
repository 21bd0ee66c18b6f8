"""``docs/events.md`` beside the code: every kind, the keys of its data, and what a booking is told as."""

import re
from datetime import timedelta

import pytest

from core.domain.event_kinds import KINDS
from core.domain.requests import ChangeRequest
from core.services import (
    bookings,
    catalog,
    change_events,
    credentials,
    events,
    operators,
    orders,
    privacy,
    repository,
    stored_settings,
    webhooks,
)
from core.services.webhooks import Webhooks
from tests.core.services.conftest import store  # noqa: F401
from tests.core.services.factories import NOW, TUESDAY_NINE, book, resource, service

PASSWORD = "correct horse battery"


def documented(repository_root):
    text = (repository_root / "docs" / "events.md").read_text()
    rows = re.findall(r"^\| `([a-z_.]+)` \| [^|]+ \| ([^|]+) \|$", text, re.MULTILINE)
    return {kind: set(re.findall(r"`([a-z_]+)`", keys.partition(";")[0])) for kind, keys in rows}, text


def test_the_page_names_every_kind_and_its_keys(repository):
    kinds, _ = documented(repository)

    assert kinds == {kind: set(keys) for kind, keys in KINDS.items()}


@pytest.fixture
def told(store):  # noqa: F811
    """Every event of the test."""
    change_events.emit_change_events()
    heard = []
    events.clear_listeners()
    events.subscribe(heard.append)
    return heard


def test_what_is_recorded_is_what_the_page_says(told, request):
    root = request.config.rootpath
    room, desk = service(), resource()
    location = repository.locations.create(now=NOW, name="Quay")
    customer = repository.customers.create(now=NOW, first_name="Ada")
    for records, values in (
        (repository.categories, {"name": "Boats"}),
        (repository.coupons, {"code": "x"}),
        (repository.extras, {"service_id": room.id, "name": "Tea"}),
        (repository.gift_cards, {"title": "Card"}),
        (repository.packages, {"name": "Five"}),
        (repository.person_types, {"service_id": room.id, "name": "Child"}),
        (repository.variants, {"service_id": room.id}),
    ):
        record = records.create(now=NOW, **values)
        records.update(record.id, now=NOW)
        if records.kind in ("category", "coupon", "gift_card", "package"):
            catalog.delete_record(records, record.id, now=NOW)
    for records, id in ((repository.services, room.id), (repository.resources, desk.id)):
        records.update(id, now=NOW)
    repository.locations.update(location.id, now=NOW)
    repository.customers.update(customer.id, now=NOW)

    order = orders.create(now=NOW)
    orders.set_status(order.id, "paid", now=NOW)
    orders.delete(order.id, now=NOW)
    one = book(room.id)
    bookings.update(one.id, ChangeRequest(note="x"), now=NOW)
    bookings.update(one.id, ChangeRequest(wall_start=TUESDAY_NINE + timedelta(hours=2)), now=NOW)
    bookings.set_status(one.id, "paid", now=NOW)
    bookings.cancel(one.id, now=NOW)
    bookings.delete(one.id, now=NOW)
    bookings.delete(book(room.id).id, now=NOW)
    catalog.delete_service(room.id, now=NOW)
    catalog.delete_resource(desk.id, now=NOW)
    catalog.delete_location(location.id, now=NOW)
    privacy.erase_person(customer_ids=[customer.id], now=NOW)
    catalog.delete_customer(customer.id, now=NOW)
    stored_settings.save("harbour", {"tide": "low"}, (), expected_version=0, now=NOW, changes={})
    key = credentials.create(realm="harbour", lookup="x", now=NOW)
    credentials.revoke(key.id, now=NOW)
    operators.add("anna", PASSWORD, "owner", now=NOW)
    operators.add("ben", PASSWORD, "viewer", now=NOW)
    operators.set_role("ben", "operator", now=NOW)
    operators.set_password("ben", PASSWORD, now=NOW)
    operators.remove("ben", now=NOW)
    source = Webhooks(webhooks=list, deliveries=dict, attempts=dict, replay=dict, set_enabled=dict)
    webhooks.replay("pager", source, [1], now=NOW)
    for enabled in (False, True):
        webhooks.set_enabled("pager", source, 1, enabled, now=NOW)

    recorded = {}
    for event in told:
        recorded.setdefault(event.kind, set()).update(event.data)
    # A deleted booking that was still ahead is cancelled first, with its snapshot.
    recorded["booking.cancelled"].discard("snapshot")
    assert recorded == {kind: set(keys) for kind, keys in KINDS.items()}
    fields = next(event.data["booking"] for event in told if event.kind == "booking.created")
    explained = documented(root)[1].partition("| `booking` | the booking after")[2].partition("\n")[0]
    assert set(fields) == set(re.findall(r"`([a-z_]+)`", explained))
