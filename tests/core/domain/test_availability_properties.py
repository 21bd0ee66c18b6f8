"""What must hold for every plan, rule and claim: found by hypothesis."""

from datetime import date, timedelta
from zoneinfo import available_timezones

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from core.domain.availability import service_candidates, subtract_claims
from core.domain.calendar_rules import RuleTimeline, applicable_rules
from core.domain.claims import UNLIMITED, Claim, ClaimRequest, units_remaining
from core.domain.explain import explain_booking
from core.domain.occupancy import Occupancy
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    FixedSlot,
    Offset,
    OpeningRules,
    Pool,
    ResourceCalendar,
    ResourceRules,
    SchedulePlan,
    ServiceCalendar,
    SlotGrid,
)
from core.domain.zones import DAY, utc_to_wall, wall_to_utc
from core.errors import NotAvailable
from tests.core.domain.calendars import claim_requests, list_slots, stamp, wall

pytestmark = pytest.mark.slow

#: A window with the spring change of New York in it (2026-03-08).
FIRST, LAST = date(2026, 3, 6), date(2026, 3, 10)
ZONES = ("UTC", "America/New_York", "+05:30", "Australia/Lord_Howe", "Africa/Cairo")

SOME = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])

minutes = st.integers(0, 48).map(lambda half: half * 30)
days = st.integers(-3, 8).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def rules(draw) -> CalendarRule:
    facts: dict = {
        "effect": draw(st.sampled_from(["open", "open", "close"])),
        "strength": draw(st.integers(-2, 2)),
        "capacity": draw(st.sampled_from([None, None, 0, 1, 2, 5, UNLIMITED])),
    }
    if draw(st.booleans()):
        facts["from_minute"], facts["to_minute"] = draw(minutes), draw(minutes)
    kind = draw(st.sampled_from(["any", "weekdays", "dates", "range", "span", "start"]))
    if kind == "weekdays":
        facts["weekdays"] = tuple(draw(st.sets(st.integers(1, 7), min_size=1)))
    elif kind == "dates":
        facts["dates"] = tuple(draw(st.sets(days, min_size=1, max_size=3)))
    elif kind in ("range", "span"):
        facts["from_date"], facts["to_date"] = sorted((draw(days), draw(days)))
        facts["continuous"] = kind == "span"
    elif kind == "start":
        facts["starts_only"] = True
    return CalendarRule(**facts)


@st.composite
def plans(draw) -> SchedulePlan:
    def choose(*options):
        return draw(st.sampled_from(options))

    unit = choose("minute", "minute", "hour", "day", "night", "month")
    return SchedulePlan(
        unit=unit,
        length=choose(15, 30, 45, 90) if unit == "minute" else choose(1, 1, 2, 3),
        min_blocks=1,
        max_blocks=choose(1, 3, 0),
        grid=SlotGrid(
            starts=choose("grid", "grid", "any", "fixed"),
            fixed_slots=tuple(
                FixedSlot(from_minute=draw(minutes), to_minute=draw(minutes), capacity=choose(None, 2))
                for _ in range(draw(st.integers(0, 2)))
            ),
            step_minutes=choose(None, 30, 20),
            origin=choose("opening", "midnight", "first_start"),
            first_start_minute=choose(None, 540),
            after_break=choose("restart", "keep"),
            per_opening=choose(False, True),
        ),
        opening=OpeningRules(
            merge_adjacent=choose("always", "same_day", "same_rule"),
            open_by_default=choose(True, False),
            must_be_open=choose("all", "first_block", "first_day"),
            partial_day_rules=choose("by_minute", "opens_only"),
        ),
        compatibility=Compatibility(
            merge_gap_minutes=choose(0, 1),
            overrun_minutes=choose(0, 1),
            buffers_need_open_time=choose(False, True),
            rule_evaluation=choose("timeline", "strongest_rule", "strongest_rule_with_resource"),
            resource_open_at_midnight=choose(False, True),
            listed_capacity=choose("booking", "first_day"),
            overlap_counting=choose("peak", "sum"),
        ),
        buffers=Buffers(
            before_minutes=choose(0, 30),
            after_minutes=choose(0, 30),
            combination=choose("sum", "max"),
            checked=choose("always", "on_booking", "on_booking_each_side"),
        ),
        booking_window=BookingWindowRules(
            notice=choose(Offset(), Offset(6, "hour"), Offset(1, "day")),
            notice_inclusive=choose(True, False),
            notice_precision=choose("instant", "day"),
            horizon=choose(None, Offset(3, "day"), Offset(30, "hour")),
            horizon_applies_to=choose("start", "end", "day"),
            horizon_inclusive=choose(True, False),
        ),
        capacity=CapacityRules(
            limit=choose(None, 1, 3),
            sharing=choose("units", "session"),
            session_by=choose("span", "service"),
            pools=choose((), (Pool(kind="site", id=0, capacity=2, sharing="session", session_by="service"),)),
        ),
        resources=ResourceRules(
            choice=choose("none", "customer", "automatic", "either", "optional"), calendar=choose("merge", "intersect")
        ),
        check_in_minute=choose(0, 840),
        check_out_minute=choose(0, 660),
    )


@st.composite
def calendars(draw) -> ServiceCalendar:
    resources = [
        ResourceCalendar(
            id=number,
            rules=tuple(draw(st.lists(rules(), max_size=2))),
            capacity=draw(st.sampled_from([None, 1, 2])),
            sharing=draw(st.sampled_from(["units", "session"])),
        )
        for number in range(1, draw(st.integers(0, 2)) + 1)
    ]
    return ServiceCalendar(
        service_id=9,
        plan=draw(plans()),
        rules=tuple(draw(st.lists(rules(), max_size=4))),
        resources=tuple(resources),
        zone=draw(st.sampled_from(ZONES)),
    )


@st.composite
def claims(draw, sessions=("", "9", "x")) -> list[Claim]:
    low = stamp("2026-03-05T00:00")
    found = []
    for number in range(draw(st.integers(0, 5))):
        start = low + draw(st.integers(0, 6 * 48)) * 1800
        found.append(
            Claim(
                start,
                start + draw(st.sampled_from([900, 1800, 3600, 86400])),
                draw(st.integers(1, 2)),
                draw(st.sampled_from([0, 1800])),
                draw(st.sampled_from([0, 900])),
                draw(st.booleans()),
                draw(st.sampled_from(sessions)),
                number,
            )
        )
    return found


SUBJECTS = (("service", 9), ("resource", 1), ("resource", 2), ("site", 0))
held_claims = st.fixed_dictionaries({subject: claims() for subject in SUBJECTS})


@SOME
@given(calendars(), held_claims, st.integers(1, 3), st.integers(1, 2), st.integers(0, 5 * 48))
def test_offers_demands_and_explain_agree(calendar, held, blocks, units, later):
    """A start is offered with room exactly when its demands fit, and explain says the same."""
    now = stamp("2026-03-05T12:00") + later * 1800
    found = list_slots(calendar, held, first=FIRST, last=LAST, now=now, blocks=blocks, units=units)
    offered = {(offer.wall_start, offer.wall_end, offer.resource_id): offer for offer in found}
    plain = held
    if calendar.plan.buffers.checked != "always":
        plain = {subject: [busy._replace(before=0, after=0) for busy in each] for subject, each in held.items()}
    for offer in found:
        ends = {"wall_end": offer.wall_end} if calendar.plan.grid.starts == "fixed" else {"blocks": blocks}
        wanted = claim_requests(
            calendar,
            wall_start=offer.wall_start,
            now=now,
            units=units,
            resource_id=offer.resource_id,
            for_listing=True,
            **({"blocks": blocks} if calendar.plan.unit in ("day", "night", "month") else ends),
        )
        left = min(units_remaining(one, plain.get(one.subject, ())) for one in wanted)
        event(f"{calendar.plan.unit} {calendar.plan.grid.starts} offered")
        assert left == offer.remaining, (offer, wanted)
        assert all(one.capacity >= offer.capacity or one.capacity >= offer.remaining for one in wanted)
    starts = [FIRST.toordinal() * DAY + step * 15 for step in range(0, 5 * 96, 7)]
    starts += [offer.wall_start for offer in found][:20]
    ids = [0] if not calendar.resources or calendar.plan.resources.choice in ("none", "optional") else [1]
    for wall_start in starts:
        for resource_id in ids:
            asked = {"blocks": blocks, "units": units, "resource_id": resource_id, "for_listing": True}
            reasons = explain_booking(calendar, held, wall_start=wall_start, now=now, **asked)
            found_reason = _refusal(calendar, plain, wall_start, now, asked)
            refused = found_reason != "offered"
            assert reasons[0].code == found_reason
            if calendar.plan.grid.starts == "grid":
                room = {
                    (start, resource) for (start, _, resource), offer in offered.items() if offer.remaining >= units
                }
                assert refused == ((wall_start, resource_id) not in room), (reasons, wall_start)


@SOME
@given(calendars(), held_claims, held_claims, st.data())
def test_what_changed_is_counted_as_everything_is(calendar, before, other, data):
    """Going on from an answer to other claims gives what a fresh look gives."""
    prepared = service_candidates(calendar, FIRST, LAST)
    after = {}
    for subject, claims in before.items():
        kept = [busy for busy in claims if data.draw(st.booleans())]
        after[subject] = kept + [busy._replace(booking_id=busy.booking_id + 10) for busy in other[subject]]
    known = before, subtract_claims(prepared, before)
    assert subtract_claims(prepared, after, known) == subtract_claims(prepared, after)
    assert subtract_claims(prepared, {}, known) == tuple(part.slots for part in prepared.by_resource)


def _refusal(calendar: ServiceCalendar, held: dict, wall_start: int, now: int, asked: dict) -> str:
    """Why ``demands``, or the ledger after it, refuses; "offered" when neither does."""
    try:
        wanted = claim_requests(calendar, wall_start=wall_start, now=now, **asked)
    except NotAvailable as error:
        return error.reason
    full = any(units_remaining(one, held.get(one.subject, ())) < one.units for one in wanted)
    return "full" if full else "offered"


@SOME
@given(calendars(), st.lists(st.tuples(st.integers(0, 400), st.integers(1, 3), st.integers(1, 3)), max_size=25))
def test_never_more_than_capacity(calendar, asked):
    """Whatever is sold in whatever order, all that a subject holds fits under the capacity of the latest sale there."""
    now = stamp("2026-03-01T00:00")
    held: dict = {}
    sales: dict = {}
    for position, blocks, units in asked:
        found = list_slots(calendar, held, first=FIRST, last=LAST, now=now, blocks=1)
        if not found:
            return
        offer = found[position % len(found)]
        try:
            wanted = claim_requests(
                calendar, wall_start=offer.wall_start, now=now, blocks=blocks, units=units,
                resource_id=offer.resource_id,
            )  # fmt: skip
        except NotAvailable:
            continue
        if any(units_remaining(one, held.get(one.subject, ())) < one.units for one in wanted):
            continue
        for one in wanted:
            held.setdefault(one.subject, []).append(
                Claim(one.start, one.end, one.units, one.before, one.after, one.exclusive, one.session)
            )
            sales.setdefault(one.subject, []).append(one)
    for subject, sold in held.items():
        for instant in {busy.start for busy in sold}:
            level = sum(busy.units for busy in sold if busy.start <= instant < busy.end)
            latest = [one for one in sales[subject] if one.start <= instant < one.end][-1]
            assert level <= latest.capacity
            together = {busy.session for busy in sold if busy.exclusive and busy.start <= instant < busy.end}
            assert len(together) <= 1


@SOME
@given(st.lists(rules(), max_size=6), st.booleans())
def test_the_strongest_rule_that_covers_a_minute_decides(given_rules, default):
    applicable = applicable_rules([rule for rule in given_rules if not rule.starts_only], 1, 0)
    first, last = FIRST.toordinal(), LAST.toordinal()
    timeline = RuleTimeline(applicable, first, last, default=default)
    assert timeline.segments[0][0] == first * DAY
    assert timeline.segments[-1][1] == (last + 1) * DAY
    for before, after in zip(timeline.segments, timeline.segments[1:], strict=False):
        assert before[1] == after[0]
    for minute in range(first * DAY, (last + 1) * DAY, 30):
        expected = default
        for rule in applicable:
            if _covers(rule, minute):
                expected = rule.effect == "open"
        (segment,) = timeline.between(minute, minute + 1)
        assert segment[2] == expected


def _covers(rule: CalendarRule, minute: int) -> bool:
    """The plainest reading of a rule: minute by minute."""
    day, of_day = divmod(minute, DAY)
    if rule.continuous:
        low = rule.from_date.toordinal() * DAY + rule.from_minute
        high = rule.to_date.toordinal() * DAY + rule.to_minute
        if rule.from_minute == 0 and rule.to_minute == 0:
            high += DAY
        return low <= minute < high
    wraps = rule.to_minute <= rule.from_minute
    if _day(rule, day) and of_day >= rule.from_minute and (wraps or of_day < rule.to_minute):
        return True
    return wraps and _day(rule, day - 1) and of_day < rule.to_minute


def _day(rule: CalendarRule, number: int) -> bool:
    day = date.fromordinal(number)
    return (
        (not rule.weekdays or day.isoweekday() in rule.weekdays)
        and (not rule.dates or day in rule.dates)
        and (rule.from_date is None or day >= rule.from_date)
        and (rule.to_date is None or day <= rule.to_date)
    )


@SOME
@given(
    claims(),
    st.integers(0, 300),
    st.sampled_from([900, 3600, 90000]),
    st.booleans(),
    st.booleans(),
    st.data(),
)
def test_room_says_what_places_left_says(held, start, length, exclusive, overlap_counting, data):
    low = stamp("2026-03-05T00:00") + start * 1800
    before, after = data.draw(st.sampled_from([(0, 0), (1800, 0), (900, 3600)]))
    gap = data.draw(st.sampled_from(["sum", "max"]))
    capacity = data.draw(st.sampled_from([0, 1, 3, UNLIMITED]))
    session = data.draw(st.sampled_from(["", "9", "x"]))
    demand = ClaimRequest(
        ("service", 9), low, low + length, 1, capacity, before, after, exclusive, session, gap, overlap_counting
    )
    room = Occupancy(
        held, before=before, after=after, buffer_combination=gap, exclusive=exclusive, overlap_counting=overlap_counting
    )
    assert room.remaining(low, low + length, capacity, session) == units_remaining(demand, held)


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(available_timezones())), st.integers(stamp("1971-01-01"), stamp("2037-01-01")))
def test_wall_and_utc_agree_in_every_zone(name, instant):
    instant -= instant % 60
    shown = utc_to_wall(instant, name)
    back = wall_to_utc(shown, name)
    assert back is not None
    assert utc_to_wall(back, name) == shown
    assert back <= instant, "where the clock is put back the first reading is meant"
    assert instant - back <= 86400


@SOME
@given(calendars())
def test_a_day_of_a_longer_window_is_the_same_day(calendar):
    """Cutting a window in pieces changes no start, so callers may cache any window."""
    whole = service_candidates(calendar, FIRST, LAST)
    for part, index in ((part, index) for index, part in enumerate(whole.by_resource)):
        pieces = []
        for number in range(FIRST.toordinal(), LAST.toordinal() + 1):
            day = date.fromordinal(number)
            piece = service_candidates(calendar, day, day).by_resource[index]
            pieces += zip(piece.slots, piece.capacities, strict=True)
        assert sorted(pieces) == list(zip(part.slots, part.capacities, strict=True))


@pytest.mark.parametrize("start", [-5, 0, 10**9, 2**63, wall("9998-12-31")])
def test_absurd_times_are_refused_not_fatal(start):
    calendar = ServiceCalendar(
        service_id=1, plan=SchedulePlan(unit="day", opening=OpeningRules(open_by_default=True), max_blocks=0)
    )
    with pytest.raises(NotAvailable):
        claim_requests(calendar, wall_start=start, now=stamp("2026-01-01"), blocks=2**40)
    assert list_slots(calendar, {}, first=date.max, last=date.max, now=stamp("2026-01-01")) == []
