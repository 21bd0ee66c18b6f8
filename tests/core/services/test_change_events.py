"""Changes of customers and catalog records are recorded as events; imports record none."""

import pytest

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
