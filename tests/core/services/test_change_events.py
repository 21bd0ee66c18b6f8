"""Changes of customers and catalog records are recorded as events; imports record none."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.domain.schedule import CalendarRule
from core.services import catalog, change_events, events, repository
from tests.core.services.factories import NOW, service

pytestmark = pytest.mark.usefixtures("store")
KINDS = ["customer.created", "customer.updated", "customer.deleted", "service.created", "service.deleted"]


def recorded_events():
    return [(event.kind, event.subject_id) for event in reversed(events.recent(KINDS))]


def test_customers_and_services_are_recorded_once_each():
    change_events.emit_change_events()
    change_events.emit_change_events()
    ann = repository.customers.create(now=NOW, first_name="Ann", origin="somebody")
    repository.customers.update(ann.id, now=NOW, first_name="Anna")
    room = service()
    catalog.delete_service(room.id, now=NOW)
    catalog.delete_customer(ann.id, now=NOW)

    assert recorded_events() == [
        ("customer.created", ann.id),
        ("customer.updated", ann.id),
        ("service.created", room.id),
        ("service.deleted", room.id),
        ("customer.deleted", ann.id),
    ]
    assert events.recent(["customer.created"])[0].origin == "somebody"


def test_an_update_tells_what_it_changed():
    change_events.emit_change_events()
    room = service(name="Room", price=Decimal(25))
    plan = replace(room.plan, capacity=replace(room.plan.capacity, limit=3))
    rules = (CalendarRule(effect="close"),)
    repository.services.update(room.id, now=NOW, name="Hall", price=Decimal("30.5"), plan=plan, rules=rules)

    assert events.recent(["service.updated"])[0].data == {
        "service": {"id": room.id},
        "changes": {
            "name": ["Room", "Hall"],
            "price": ["25", "30.5"],
            "plan.capacity.limit": [room.plan.capacity.limit, 3],
            "rules": None,
        },
    }


def test_of_people_an_update_tells_only_which_fields_changed():
    change_events.emit_change_events()
    ann = repository.customers.create(now=NOW, first_name="Ann", email="ann@example.test")
    repository.customers.update(ann.id, now=NOW, first_name="Anna", last_name="Lee")

    assert events.recent(["customer.updated"])[0].data["changes"] == {"first_name": None, "last_name": None}


def test_what_is_silent_is_not_told():
    change_events.emit_change_events()
    heard = []
    events.subscribe(heard.append)
    events.register_consumer("mail")
    with events.events_muted():
        repository.customers.create(now=NOW, first_name="Ann")
    assert (recorded_events(), heard, events.take_due("mail", now=NOW)) == ([], [], [])

    repository.customers.create(now=NOW, first_name="Ben")
    assert [event.kind for event in heard] == ["customer.created"]
