"""Why a start can or cannot be booked, and where its price comes from."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import msgspec
import pytest

from core.domain.price_plan import Base, ExtraPrice, Extras, PricePlan, Tax, TaxRate, plan_data
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    FixedSlot,
    Offset,
    OpeningRules,
    PersonRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from core.errors import Invalid, NotFound, Vetoed
from core.services import availability, bookings, catalog, explanation, filters, site
from core.services.filters import Filters
from core.services.repository import extras, locations, resources
from tests.core.services.factories import NOW, TUESDAY_NINE, asks, book, person, resource, service

CLOSED_TUESDAYS = CalendarRule(effect="close", weekdays=(2,), strength=5, label="Inventory")


def explain(service_id, **values):
    return explanation.explain_start(asks(service_id, **values), now=NOW)


def only_cause(service_id, **values):
    explained = explain(service_id, **values)
    assert not explained.bookable
    (choice,) = explained.choices
    (cause,) = choice.causes
    return cause


def plan(**fields):
    return SchedulePlan(**fields)


HALF_PAST = TUESDAY_NINE.replace(minute=30)
REASONS = {
    "past": (plan(), {"wall_start": datetime(2026, 3, 2, 9)}, "past", "The time has passed."),
    "notice": (
        plan(booking_window=BookingWindowRules(notice=Offset(2, "day"))),
        {},
        "notice",
        "It is too soon: with a notice of 2 days the first start is 2026-03-04 10:00.",
    ),
    "horizon": (
        plan(booking_window=BookingWindowRules(horizon=Offset(3, "hour"), horizon_applies_to="start")),
        {},
        "horizon",
        "It is too far ahead: bookings are taken 3 hours ahead, until 2026-03-02 13:00.",
    ),
    "beyond the calendar": (
        plan(),
        {"wall_start": datetime(9999, 3, 2, 9)},
        "horizon",
        "The date is outside of the calendar.",
    ),
    "grid": (
        plan(),
        {"wall_start": HALF_PAST},
        "grid",
        "No booking starts at 09:30; the nearest starts are 09:00 and 10:00.",
    ),
    "fixed slots": (
        plan(grid=SlotGrid(starts="fixed", fixed_slots=(FixedSlot(from_minute=600, to_minute=660),))),
        {},
        "grid",
        "No booking starts at 09:00; the nearest start is 10:00.",
    ),
    "duration": (
        plan(max_blocks=2),
        {"blocks": 3},
        "duration",
        "3 blocks of 1 hour are too many: at most 2 can be booked.",
    ),
    "short duration": (
        plan(min_blocks=2, max_blocks=4),
        {"blocks": 1},
        "duration",
        "1 block of 1 hour are too few: at least 2 must be booked.",
    ),
    "odd length": (
        plan(),
        {"wall_end": TUESDAY_NINE.replace(minute=50)},
        "duration",
        "The length is not offered: bookings have whole blocks of 1 hour.",
    ),
    "weekday": (
        plan(booking_window=BookingWindowRules(start_weekdays=(1, 3))),
        {},
        "weekday",
        "No booking starts on Tuesdays, only on Mondays or Wednesdays.",
    ),
    "persons": (
        plan(persons=PersonRules(maximum=2)),
        {"persons": 3},
        "persons",
        "3 persons: too many, at most 2 can be booked.",
    ),
    "hours": (
        plan(),
        {"wall_start": datetime(2026, 3, 3, 18)},
        "closed",
        "No rule opens all of this time. Open on that day: 09:00 to 17:00.",
    ),
    "too long for the day": (
        plan(max_blocks=9),
        {"wall_start": datetime(2026, 3, 3, 16), "blocks": 2},
        "closed",
        "No rule opens all of this time. Open on that day: 09:00 to 17:00.",
    ),
}


@pytest.mark.parametrize(("schedule", "values", "code", "sentence"), REASONS.values(), ids=REASONS)
def test_every_kind_of_reason_is_one_sentence(store, schedule, values, code, sentence):
    cause = only_cause(service(plan=schedule).id, **values)

    assert (cause.code, cause.sentence) == (code, sentence)


def test_a_start_that_fits_is_bookable_and_listed(store):
    lesson = service(plan=plan(capacity=CapacityRules(limit=3)))
    book(lesson.id)

    explained = explain(lesson.id)

    assert (explained.bookable, explained.listed) == (True, True)
    assert (explained.remaining, explained.capacity) == (2, 3)
    assert (explained.wall_end, explained.choices[0].causes) == (datetime(2026, 3, 3, 10), ())


def test_a_full_start_names_the_bookings_that_take_it(store):
    room = service()
    booking = book(room.id)

    cause = only_cause(room.id)

    assert cause.sentence == (
        f'The service "Room" ({room.id}) has 0 of 1 place left, 1 needed. Taken by booking {booking.id}.'
    )
    assert cause.subject == ("service", room.id)
    (claim,) = cause.claims
    assert (claim.booking_id, claim.status, claim.origin, claim.units) == (booking.id, "pending", "test", 1)
    assert (claim.start, claim.end, claim.within_buffer) == (booking.start, booking.end, False)


def test_a_buffer_is_told_from_a_booking_at_the_same_time(store):
    room = service(plan=plan(grid=SlotGrid(step_minutes=60), buffers=Buffers(after_minutes=30)))
    booking = book(room.id)

    cause = only_cause(room.id, wall_start=datetime(2026, 3, 3, 10))

    assert cause.claims[0].within_buffer
    assert cause.sentence.endswith(f"Within the buffer of booking {booking.id}.")


@pytest.mark.parametrize("owner", ["site", "location", "service", "resource"])
def test_a_closing_rule_names_who_has_it(store, owner):
    rules = {"rules": (CLOSED_TUESDAYS,)}
    room = service(plan=plan(resources=ResourceRules(choice="optional")))
    values = {}
    if owner == "site":
        site.save(now=NOW, **rules)
    elif owner == "location":
        values["location_id"] = locations.create(now=NOW, name="Quay", **rules).id
    elif owner == "resource":
        values["resource_id"] = resource(**rules).id
    else:
        room = service(rules=(*room.rules, CLOSED_TUESDAYS))

    cause = only_cause(room.id, **values)

    assert (cause.rule, cause.rule_owner) == ("closes Tuesdays, all day (Inventory)", owner)
    assert cause.sentence == (
        f"A rule of the {owner} closes Tuesdays, all day (Inventory). Nothing is open on that day."
    )


def test_each_resource_of_a_service_is_explained(store):
    ola, kim = person(), person("Kim", rules=(CLOSED_TUESDAYS,))
    visit = service(plan=plan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="automatic")))
    catalog.set_resources(visit.id, [{"resource_id": ola.id}, {"resource_id": kim.id}])
    booking = book(visit.id)

    explained = explain(visit.id)

    assert not explained.bookable
    assert [(choice.resource, choice.bookable) for choice in explained.choices] == [("Ola", False), ("Kim", False)]
    assert [cause.code for choice in explained.choices for cause in choice.causes] == ["full", "closed"]
    assert explained.choices[0].causes[0].claims[0].booking_id == booking.id
    assert explain(visit.id, wall_start=datetime(2026, 3, 4, 9)).bookable


def test_a_named_resource_need_not_be_listed(store):
    room, desk = service(plan=plan(resources=ResourceRules(choice="customer"))), resource()
    catalog.set_resources(room.id, [{"resource_id": resource("Other").id}])

    (choice,) = explain(room.id, resource_id=desk.id).choices

    assert (choice.resource, choice.bookable) == ("Desk", True)


def test_a_service_that_is_switched_off_says_so(store):
    assert only_cause(service(bookable=False).id).code == "unbookable"


def test_a_draft_carries_a_note(store):
    assert explain(service(status="draft").id).notes[0].startswith("The service is not active but draft")


def test_a_plugin_that_refuses_is_named(store):
    def refuse(*arguments):
        raise Vetoed(plugin="one_per_day", reason="Only one a day")

    room = service()
    filters.install(Filters(check_booking=[refuse]))

    cause = only_cause(room.id)

    assert (cause.code, cause.sentence) == ("vetoed", "The plugin one_per_day refuses it: Only one a day.")


def test_a_start_that_a_plugin_leaves_out_of_lists_carries_a_note(store):
    room = service()
    filters.install(Filters(slots=[lambda slots, calendar: []]))

    explained = explain(room.id)

    assert (explained.bookable, explained.listed) == (True, False)
    assert explained.notes == ("It can be booked, but lists of slots do not show it with room.",)


def test_a_rule_of_a_plugin_is_called_so(store):
    room = service()
    filters.install(
        Filters(calendar_rules=[lambda calendar: replace(calendar, rules=(*calendar.rules, CLOSED_TUESDAYS))])
    )

    assert only_cause(room.id).rule_owner == "plugin"


def test_a_time_that_the_clock_skips_is_said_to_be_skipped(store):
    room = service(zone="Europe/Berlin", rules=(CalendarRule(effect="open"),))

    explained = explain(room.id, wall_start=datetime(2026, 3, 29, 2))

    assert explained.choices[0].causes[0].sentence == (
        "The clock in Europe/Berlin skips this time when it is put forward."
    )
    assert (explained.start, explained.remaining, explained.price.total) == (None, 0, None)


def test_a_price_is_told_line_by_line_with_its_step(store):
    room = service()
    towel = extras.create(now=NOW, service_id=room.id, name="Towel", price=Decimal("2.50"))
    steps = (
        Base(amount=Decimal(20), label="Court"),
        Extras(prices=(ExtraPrice(extra_id=towel.id, amount=Decimal("2.50"), label="Towel"),)),
        Tax(rates=(TaxRate(value=Decimal(10), label="VAT"),)),
    )
    court = service(price_plan=plan_data(PricePlan(steps=steps)))
    extras.update(towel.id, now=NOW, service_id=court.id)

    price = explain(court.id, extras=((towel.id, 2),)).price

    assert [(line.step, line.kind, line.label, line.quantity, line.amount) for line in price.lines] == [
        (1, "base", "Court", 1, Decimal(20)),
        (2, "extra", "Towel", 2, Decimal(5)),
        (3, "tax", "VAT", 1, Decimal("2.50")),
    ]
    assert price.total == Decimal("27.50") == sum(line.amount for line in price.lines)
    assert price.currency == "USD"


def test_a_price_that_cannot_be_made_says_why(store):
    explained = explain(service().id, coupon_code="nothing")

    assert explained.price.problem == 'The coupon "nothing" does not exist.'
    assert explained.bookable


def test_an_explanation_is_plain_data(store):
    explained = explain(service().id)

    assert msgspec.to_builtins(explained)["price"]["total"] == "10.00"


def test_an_explanation_agrees_with_lists_and_bookings(store):
    """Over a whole day, on the grid and off it, with bookings, buffers and a resource that is away."""
    ola, kim = (
        person(),
        person("Kim", rules=(CalendarRule(effect="close", from_minute=540, to_minute=720, strength=9),)),
    )
    visit = service(
        plan=plan(
            unit="minute",
            length=30,
            buffers=Buffers(after_minutes=15),
            grid=SlotGrid(step_minutes=15),
            capacity=CapacityRules(limit=None),
            resources=ResourceRules(choice="automatic"),
        )
    )
    catalog.set_resources(visit.id, [{"resource_id": ola.id}, {"resource_id": kim.id}])
    for hour in (9, 10, 13):
        book(visit.id, wall_start=datetime(2026, 3, 3, hour))
    slots = availability.list_slots(visit.id, first=date(2026, 3, 3), last=date(2026, 3, 3), now=NOW)
    with_room = {slot.wall_start % 1440 for slot in slots if slot.remaining > 0}

    explained = {minute: _explained_at(visit.id, minute) for minute in range(8 * 60, 18 * 60, 5)}

    assert {minute for minute, one in explained.items() if one.bookable} == with_room
    assert {minute for minute, one in explained.items() if one.listed} == with_room


def _explained_at(service_id, minute):
    return explain(service_id, wall_start=datetime(2026, 3, 3, minute // 60, minute % 60))


def test_an_explanation_holds_nothing(store):
    room = service()

    explain(room.id)

    assert bookings.page().total == 0


STARTS = {
    "2026-03-03T09:00": datetime(2026, 3, 3, 9),
    " 2026-03-03 09:00:30 ": datetime(2026, 3, 3, 9),
}


@pytest.mark.parametrize(("text", "start"), STARTS.items())
def test_a_start_is_read_as_operators_write_it(store, text, start):
    assert explanation.parse_start(text, service()) == start


def test_a_date_is_enough_where_lengths_are_days(store):
    flat = service(plan=plan(unit="night", check_in_minute=900), rules=(CalendarRule(effect="open"),))

    assert explanation.parse_start("2026-03-03", flat) == datetime(2026, 3, 3, 15)
    assert explain(flat.id, wall_start=datetime(2026, 3, 3, 15)).bookable


@pytest.mark.parametrize("text", ["tomorrow", "2026-03-03", "2026-03-03T09:00Z", "", "2026-02-30T10:00", "9" * 500])
def test_a_start_that_cannot_be_read_is_refused(store, text):
    with pytest.raises(Invalid):
        explanation.parse_start(text, service())


def test_an_unknown_service_is_refused(store):
    with pytest.raises(NotFound):
        explain(999)


def test_open_by_default_names_the_rule_that_closes(store):
    room = service(
        plan=plan(opening=OpeningRules(open_by_default=True)),
        rules=(CalendarRule(effect="close", from_minute=480, to_minute=600),),
    )

    cause = only_cause(room.id)

    assert cause.sentence == (
        "A rule of the service closes every day, 08:00 to 10:00. Open on that day: 00:00 to 08:00 and 10:00 to 24:00."
    )


def test_resources_are_named_by_name(store):
    desk = resources.create(now=NOW, name="Desk", capacity=1)
    room = service(plan=plan(capacity=CapacityRules(limit=None), resources=ResourceRules(choice="customer")))
    catalog.set_resources(room.id, [{"resource_id": desk.id}])
    book(room.id, resource_id=desk.id)

    assert f'The resource "Desk" ({desk.id}) has 0 of 1 place left' in only_cause(room.id, resource_id=desk.id).sentence
