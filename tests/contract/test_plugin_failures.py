"""A plugin that fails or answers nonsense: the vendor's 500, once, and a log that names plugin and hook."""

import asyncio
import importlib.machinery
import sys
import types
from dataclasses import replace
from decimal import Decimal

import pytest

from core import db, metrics
from core.domain.money import QuoteLine
from core.services import availability, bookings, events, filters, site
from frontdesk import hookimpl
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.stores import open_store
from tests.contract.conftest import NOW, START, make_service, open_host
from tests.core.services.factories import asks


@pytest.fixture
def open_with(tmp_path, monkeypatch):
    """A host with all four dialects and a plugin ``guest`` made of these implementations."""

    def open_venue(*implementations):
        module = types.ModuleType("made_up.guest")
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
        module.REQUIRES = ">=1.0,<2"
        for implementation in implementations:
            setattr(module, implementation.__name__, hookimpl(implementation))
        monkeypatch.setitem(sys.modules, "made_up", types.ModuleType("made_up"))
        monkeypatch.setitem(sys.modules, "made_up.guest", module)
        return open_host(open_store("sqlite", tmp_path), more_plugins={"made_up.guest": {}})

    yield open_venue
    events.clear_listeners()
    filters.install(filters.Filters())
    site.configure(site.Site())
    db.close_database()


#: An implementation of each hook that answers as it is told; pluggy goes by the names of arguments.
_MAKERS = {
    "filter_quote": lambda answer: lambda quote: answer(quote),
    "filter_slots": lambda answer: lambda slots: answer(slots),
    "filter_calendar_rules": lambda answer: lambda calendar: answer(calendar),
    "check_booking": lambda answer: lambda request: answer(request),
    "check_booking_under_lock": lambda answer: lambda request: answer(request),
}


def named(hook, answer):
    implementation = _MAKERS[hook](answer)
    implementation.__name__ = hook
    return implementation


def fail(error):
    def answer(value):
        raise error

    return answer


async def _later(value):
    return value


def _quote(**changes):
    return lambda quote: replace(quote, **changes)


def _added(amount):
    return lambda quote: replace(quote, total=quote.total + amount, lines=(*quote.lines, QuoteLine("fee", amount)))


#: What is done with a value, and what the log says.
SALES = [
    ("check_booking", fail(ZeroDivisionError("oops")), "ZeroDivisionError: oops"),
    ("check_booking", fail(SystemExit(3)), "SystemExit: 3"),
    ("check_booking", fail(asyncio.CancelledError()), "CancelledError"),
    ("check_booking", _later, "it returned a coroutine; hooks are plain functions"),
    ("check_booking", lambda request: False, "it returned bool, not a sentence or None"),
    ("check_booking_under_lock", lambda request: ["no"], "it returned list, not a sentence or None"),
    ("check_booking_under_lock", fail(KeyError("x")), "KeyError: 'x'"),
    ("filter_calendar_rules", lambda calendar: None, "it returned NoneType, not a ServiceCalendar"),
    ("filter_calendar_rules", lambda calendar: replace(calendar, rules=["x"]), "rules must be a tuple of CalendarRule"),
    ("filter_calendar_rules", lambda calendar: replace(calendar, service_id=999), "it changed service_id"),
    ("filter_calendar_rules", lambda calendar: replace(calendar, plan={}), "it returned dict, not a SchedulePlan"),
    ("filter_quote", lambda quote: None, "it returned NoneType, not a Quote"),
    ("filter_quote", _quote(total=Decimal(-5)), "is negative"),
    ("filter_quote", _quote(total=45.5), "it returned float, not a Decimal"),
    ("filter_quote", _quote(total=Decimal("45.1485")), "has more than 2 decimals"),
    ("filter_quote", _quote(total=Decimal("NaN")), "finite decimals"),
    ("filter_quote", _quote(total=Decimal(50)), "the lines make 10, the total is 50"),
    ("filter_quote", _quote(lines=[]), "lines must be a tuple of QuoteLine"),
    ("filter_quote", _quote(currency="XTS"), "it changed the currency"),
    ("filter_quote", _added(2.5), "TypeError"),
]
LISTINGS = [
    ("filter_slots", lambda slots: None, "the answer must be a list of Slot"),
    ("filter_slots", lambda slots: [*slots, slots[0]], "it added or repeated a slot"),
    ("filter_slots", lambda slots: [slots[0]._replace(start=5)], "it added or repeated a slot"),
    ("filter_slots", lambda slots: [slots[0]._replace(remaining=99)], "it raised what remains"),
]


def failures(caplog):
    return [record.msg for record in caplog.records if "failed" in str(record.msg) or "unexpected" in str(record.msg)]


@pytest.mark.parametrize("hook, answer, reason", SALES, ids=[f"{hook}-{reason[:30]}" for hook, _, reason in SALES])
def test_a_sale_is_a_500_once_and_the_log_names_plugin_and_hook(open_with, caplog, hook, answer, reason):
    venue, room = open_with(named(hook, answer)), make_service(capacity=9)
    for name in ("wc_bookings", "bookablesites"):
        caplog.clear()
        outcome = venue.clients[name].book(room.id, START)

        assert not outcome.booked
        assert outcome.status == 500
        assert "guest" not in str(outcome.body)
        [line] = failures(caplog)
        assert (line["event"], line["plugin"], line["hook"]) == ("plugin failed", "guest", hook)
        assert reason in line["reason"]
    assert bookings.page().total == 0


@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_every_dialect_words_the_failure_of_a_plugin_as_its_own_500(open_with, name, caplog):
    venue, room = open_with(named("check_booking", fail(ValueError("x")))), make_service(capacity=9)
    outcome = venue.clients[name].book(room.id, START)

    assert outcome.status == 500 or (name == "bookingpress" and not outcome.booked)
    assert len(failures(caplog)) == 1


@pytest.mark.parametrize("hook, answer, reason", LISTINGS)
def test_slots_can_only_get_fewer(open_with, caplog, hook, answer, reason):
    venue, room = open_with(named(hook, answer)), make_service(capacity=9)
    day = f"{START:%Y-%m-%d}"
    status, _, _ = venue.clients["bookablesites"].send(
        "GET", f"/api/v1/available-times?service={room.id}&calendar_start_date={day}&calendar_end_date={day}"
    )

    assert status == 500
    [line] = failures(caplog)
    assert (line["plugin"], line["hook"]) == ("guest", "filter_slots")
    assert reason in line["reason"]


def test_a_failing_action_is_logged_and_hurts_nobody(open_with, caplog):
    def booking_changed(event):
        raise SystemExit(1)

    venue = open_with(booking_changed)
    assert venue.clients["bookablesites"].book(make_service().id, START).booked
    [line] = failures(caplog)
    assert (line["plugin"], line["hook"]) == ("guest", "booking_changed")


def test_a_refusal_of_core_raised_by_a_plugin_is_a_refusal(open_with):
    from core.errors import NotAvailable

    venue, room = open_with(named("check_booking", fail(NotAvailable(reason="full")))), make_service(capacity=9)
    for client in venue.clients.values():
        assert client.is_refusal(client.book(room.id, START))


def test_calendars_that_change_by_themselves_show_what_is_sold(open_with):
    state = {"limit": 3, "closed": False}

    def filter_calendar_rules(calendar):
        capacity = replace(calendar.plan.capacity, limit=state["limit"])
        rules = () if state["closed"] else calendar.rules
        return replace(calendar, plan=replace(calendar.plan, capacity=capacity), rules=rules)

    venue, room = open_with(filter_calendar_rules), make_service(capacity=12)
    for limit in (3, 1, 12, 3):
        state["limit"] = limit
        assert {name: client.left(room.id, START) for name, client in venue.clients.items()} == dict.fromkeys(
            DRIVERS, limit
        )
    booked = [venue.clients["bookablesites"].book(room.id, START).booked for _ in range(5)]
    assert booked == [True] * 3 + [False] * 2
    state["closed"] = True
    assert [client.left(room.id, START) for client in venue.clients.values()] == [0] * 4
    state["closed"] = False
    assert [client.left(room.id, START) for client in venue.clients.values()] == [0] * 4


def test_resources_that_come_and_go_are_counted_when_they_are_there(open_with):
    from core.domain.schedule import ResourceRules, SchedulePlan
    from core.services import catalog
    from tests.core.services.factories import person

    gone = set()

    def filter_calendar_rules(calendar):
        return replace(calendar, resources=tuple(one for one in calendar.resources if one.id not in gone))

    open_with(filter_calendar_rules)
    room = make_service(plan=SchedulePlan(resources=ResourceRules(choice="either")))
    staff = [person(f"p{number}") for number in range(2)]
    catalog.set_resources(room.id, [{"resource_id": one.id} for one in staff])

    def offered():
        slots = availability.list_slots(room.id, first=START.date(), last=START.date(), now=NOW)
        return {slot.resource_id for slot in slots if slot.remaining > 0}

    both = {one.id for one in staff}
    assert offered() == both
    gone.add(staff[0].id)
    assert offered() == {staff[1].id}
    assert bookings.create(asks(room.id, wall_start=START), now=NOW).resource_id == staff[1].id
    gone.clear()
    assert offered() == both
    gone.update(both)
    assert not offered() & both


def test_the_time_of_a_hook_is_in_the_metrics_by_plugin_and_hook(open_with):
    venue = open_with(named("check_booking", lambda request: None))
    metrics.create_meters()
    venue.clients["bookablesites"].book(make_service().id, START)
    page = metrics.render_metrics()[0].decode()

    assert 'frontdesk_hook_seconds_count{hook="check_booking",plugin="guest"}' in page
