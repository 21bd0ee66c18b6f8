"""Every hook at work: documented, tested, and used by the harbour plugin."""

import inspect
import json
import re
import threading
import time
from datetime import date
from decimal import Decimal

import pytest

from core import background, hookspecs
from core.app import connect
from core.config import parse_config
from core.domain.service_change import ServiceChange
from core.errors import Invalid, Vetoed
from core.plugins import load_plugins
from core.services import availability, bookings, events, privacy, repository, service_editing, webhooks
from core.settings_screen import complete_screen
from tests.core.conftest import HARBOUR, NOW
from tests.core.services.factories import TUESDAY_NINE, asks, service
from tests.fixtures import harbour
from tests.fixtures.harbour.settings import Settings

HOOKS = sorted(name for name, member in vars(hookspecs).items() if hasattr(member, "frontdesk_spec"))


@pytest.fixture
def seen(client):
    """What the harbour's behaviour hooks saw of a real host."""
    harbour.SEEN.clear()
    return lambda hook: [value for name, value in harbour.SEEN if name == hook]


@pytest.mark.parametrize("hook", HOOKS)
def test_every_hook_is_explained_tested_and_used(hook, repository):
    assert re.search(rf"^### {hook}$", (repository / "docs" / "hooks.md").read_text(), re.MULTILINE)
    assert f"test_hook_{hook}" in globals()
    assert hasattr(getattr(harbour, hook), "frontdesk_impl")
    assert inspect.getdoc(getattr(hookspecs, hook))


def test_docs_explain_no_hook_that_is_gone(repository):
    explained = re.findall(r"^### ([a-z_]+)$", (repository / "docs" / "hooks.md").read_text(), re.MULTILINE)

    assert sorted(explained) == HOOKS


def test_hook_register_dialect(client):
    assert client.simulate_get("/harbour/v1/notes").status_code == 200


def test_hook_register_settings(client):
    assert client.manager.host.settings("harbour").tide == "high"


def test_hook_register_settings_screen(client):
    screen = complete_screen(client.manager.settings_screens["harbour"], Settings)
    assert [(group.title, [words.key for words in group.settings]) for group in screen.groups] == [
        ("Built", ["pier.length"]),
        ("Further settings", ["realm", "tide", "berths", "open", "boom"]),
    ]


def test_hook_register_models(client):
    assert [model.__name__ for model in client.manager.models["harbour"]] == ["HarbourNote"]


def test_hook_register_migrations(client):
    assert client.manager.migration_owners[1].directory.name == "migrations"
    assert client.simulate_post("/harbour/v1/notes", json={"text": "the table is there"}).status_code == 201


def test_hook_register_commands(client):
    assert [command.name for command in client.manager.commands["harbour"]] == ["tide"]


def test_hook_register_health(client):
    assert client.simulate_get("/readyz").json["checks"]["harbour.quay"] == "ok"


def test_hook_register_gauges(client):
    assert client.manager.gauges["ships"]() == {"berthed": 3.0}


def test_hook_register_importer(client):
    importer = client.manager.importers["harbour"]
    importer.load({"notes": ["x"]}, site=client.manager.host.site, now=NOW)

    assert importer.dump(site=client.manager.host.site, now=NOW) == {"notes": ["x"]}


def test_hook_register_credentials(client):
    kind = client.manager.credentials["harbour"]
    _, fields = kind.create(label="", permissions=None, user=None, expires_at=None, now=NOW)

    answer = client.simulate_get("/harbour/v1/notes", headers={"X-Harbour-Key": fields["harbour_key"]})
    assert answer.status_code == 200


def test_hook_register_service_editor(client):
    editors = client.manager.service_editors
    berth = service(name="Berth", origin="harbour", extras={"harbour": {"fee": "4"}})
    change = ServiceChange(name="Berth 9", price=Decimal(5))

    after = service_editing.edit(berth.id, change, editors, expected_version=berth.version, now=NOW)

    assert (after.name, after.price, after.extras) == ("Berth 9", 5, {"harbour": {"fee": "5"}})
    assert editors["harbour"].show(berth.id) == {"berth": berth.id, "name": "Berth 9", "fee": 5}
    with pytest.raises(Invalid, match="as the tide allows"):
        service_editing.edit(berth.id, ServiceChange(hours=()), editors, expected_version=after.version, now=NOW)


def test_hook_register_consumers(seen):
    events.record_event("harbour.sank", "site", 1, now=NOW)
    events.record_event("harbour.rose", "site", 1, now=NOW)

    assert [event.kind for _, _, event in events.take_due("harbour.salvage", now=NOW)] == ["harbour.sank"]
    assert [event.kind for _, _, event in events.take_due("harbour.log", now=NOW)] == ["harbour.rose"]


def test_hook_register_personal_data(client):
    customer = repository.customers.create(now=NOW, first_name="Mira", extras={"harbour": {"crew": "Ola", "boat": 3}})

    privacy.erase_person(customer_ids=[customer.id], now=NOW)

    assert repository.customers.get(customer.id).extras == {"harbour": {"boat": 3}}


def test_hook_register_workers(client, seen):
    events.record_event("harbour.sank", "site", 1, now=NOW)
    events.record_event("harbour.rose", "site", 1, now=NOW)
    stop = threading.Event()
    runner = threading.Thread(target=background.run_workers, args=(client.manager.workers, stop))
    runner.start()
    ends = time.monotonic() + 10
    while not (seen("register_workers") and seen("handle")) and time.monotonic() < ends:
        time.sleep(0.02)
    stop.set()
    runner.join(20)

    assert [event.kind for event in seen("register_workers")] == ["harbour.sank"]
    assert [event.kind for event in seen("handle")] == ["harbour.rose"]
    assert events.take_due("harbour.salvage", now=NOW) == []


def test_hook_register_webhooks(client, seen):
    source = client.manager.webhooks["harbour"]
    assert [webhook.name for webhook in source.webhooks()] == ["tug"]
    webhooks.replay("harbour", source, [5], now=NOW)
    webhooks.set_enabled("harbour", source, 1, False, now=NOW)
    assert seen("replay") == [5]
    assert seen("set_enabled") == [(1, False)]
    told = [(event.kind, event.subject_id) for event in events.recent(["delivery.replayed", "webhook.disabled"])]
    assert told == [("webhook.disabled", 1), ("delivery.replayed", 5)]
    # They are the host's own affair.
    assert seen("site_changed") == []


def test_hook_register_console_pages(client):
    assert [page.title for page in client.manager.console_pages["harbour"]] == ["Quay"]
    # Nobody is signed in.
    assert client.simulate_get("/desk/harbour/quay").status_code == 303


def test_hook_filter_calendar_rules(seen):
    room = service()
    offered = availability.list_slots(room.id, first=date(2026, 3, 3), last=date(2026, 3, 3), now=NOW)

    assert offered
    assert seen("filter_calendar_rules")


def test_hook_filter_slots(seen):
    room = service()
    availability.list_slots(room.id, first=date(2026, 3, 3), last=date(2026, 3, 3), now=NOW)

    [calendar] = seen("filter_slots")
    assert calendar is not None


def test_hook_filter_quote(seen):
    room = service()
    quote, _ = bookings.quote(asks(room.id), now=NOW)

    assert quote is not None
    assert seen("filter_quote")[0].service_id == room.id


def test_hook_check_booking(seen):
    room = service()
    with pytest.raises(Vetoed) as vetoed:
        bookings.create(asks(room.id, note="storm"), now=NOW)

    assert (vetoed.value.plugin, vetoed.value.reason) == ("harbour", "the harbour is closed")
    assert bookings.create(asks(room.id), now=NOW).wall_start == TUESDAY_NINE


def test_hook_check_booking_under_lock(seen):
    room, customer = service(), repository.customers.create(now=NOW, first_name="Ada")
    with pytest.raises(Vetoed, match="one ship at a time"):
        bookings.create(asks(room.id, note="squall"), now=NOW)
    first = bookings.create(asks(room.id, customer_id=customer.id), now=NOW)
    bookings.create(asks(room.id, customer_id=customer.id, wall_start=TUESDAY_NINE.replace(hour=12)), now=NOW)

    assert [(change, [one.id for one in of_that_day]) for change, of_that_day in seen("check_booking_under_lock")] == [
        ("create", []),
        ("create", []),
        ("create", [first.id]),
    ]


def test_hook_booking_changed(seen):
    made = bookings.create(asks(service().id), now=NOW)

    assert [event.subject_id for event in seen("booking_changed")] == [made.id]


@pytest.mark.parametrize(
    "subject, hook",
    [
        ("customer", "customer_changed"),
        ("order", "order_changed"),
        ("payment", "order_changed"),
        ("service", "catalog_changed"),
        ("coupon", "catalog_changed"),
        ("site", "site_changed"),
        ("weather", "site_changed"),
    ],
)
def test_each_kind_of_subject_has_its_hook(seen, subject, hook):
    events.record_event(f"{subject}.updated", subject, 7, now=NOW)

    assert [event.subject_id for event in seen(hook)] == [7]
    assert len(harbour.SEEN) == 1


def test_hook_customer_changed(seen):
    events.record_event("customer.updated", "customer", 1, now=NOW)
    assert seen("customer_changed")[0].kind == "customer.updated"


def test_hook_order_changed(seen):
    events.record_event("order.updated", "order", 1, now=NOW)
    assert seen("order_changed")[0].kind == "order.updated"


def test_hook_catalog_changed(seen):
    events.record_event("service.updated", "service", 1, now=NOW)
    assert seen("catalog_changed")[0].kind == "service.updated"


def test_hook_site_changed(seen, caplog):
    events.record_event("harbour.sank", "harbour", 1, now=NOW)

    assert seen("site_changed")
    assert "glug" in caplog.text


def test_a_dialect_s_openapi_part_is_plain_data(client):
    assert json.dumps(client.manager.dialects[0][1].openapi())


def test_filters_and_actions_of_a_host_replace_those_of_an_earlier_one(client):
    config = parse_config({"plugins": {"enabled": [HARBOUR]}})
    manager = load_plugins(config, clock=lambda: NOW)
    connect(config, manager)
    harbour.SEEN.clear()
    events.record_event("order.updated", "order", 1, now=NOW)

    assert len(harbour.SEEN) == 1
