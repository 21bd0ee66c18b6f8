"""What a dialect offers is what it sells: n places are listed where a party of n is booked and one of n + 1 refused."""

import os
import random
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest

from core.domain.requests import BookingRequest
from core.domain.schedule import (
    BookingWindowRules,
    Buffers,
    CalendarRule,
    CapacityRules,
    Compatibility,
    FixedSlot,
    Offset,
    OpeningRules,
    ResourceRules,
    SchedulePlan,
    SlotGrid,
)
from core.errors import NotAvailable
from core.services import bookings, catalog, doctor, repository
from frontdesk.testing.built_in import DRIVERS, stamp
from tests.contract.conftest import NOW

pytestmark = pytest.mark.slow

#: How many random businesses are tried; ``FRONTDESK_SEEDS`` asks for more.
SEEDS = int(os.environ.get("FRONTDESK_SEEDS", "6"))
#: More places than any of these services has, and more than any list says.
MOST = 12


@dataclass
class Slot:
    """One start of a service, and the resource that is named (0: none)."""

    service: Any
    start: datetime
    end: datetime
    resource_id: int = 0
    choices: tuple[int, ...] = ()


class Front:
    """What a dialect sells of a slot; ``left`` says what it offers."""

    def book(self, client, slot, count):
        # Bookings of a shop are without persons.
        more = {} if client.name == "wc_bookings" else {client.party: count}
        if client.name == "bkap":
            # A day ends there on the date it begins.
            more["end_date"] = f"{slot.start:%Y-%m-%d}"
        if slot.resource_id:
            more[client.resource] = slot.resource_id
        return client.book(slot.service.id, slot.start, (slot.end - slot.start) // timedelta(minutes=1), **more).id


class Legacy(Front):
    """BKAP: a quantity of places."""

    def left(self, client, slot):
        query = {"product_id": slot.service.id, "start_date": f"{slot.start:%Y-%m-%d}"}
        if slot.resource_id:
            query["resource_id"] = slot.resource_id
        status, _, body = client.send("GET", f"{client.base}/bookings/availability?{urlencode(query)}")
        assert status == 200, body
        day = body[0][0]
        found = day["availability"]
        if "slots" in day:
            found = next((one["availability"] for one in day["slots"] if one["start_time"] == f"{slot.start:%H:%M}"), 0)
        return MOST if found == "Unlimited" else found


class Rest(Front):
    """WooCommerce Bookings: bookings without persons, one after the other."""

    def left(self, client, slot):
        low, high = slot.start, slot.start + timedelta(days=1)
        query = {"product_ids": slot.service.id, "min_date": f"{low:%Y-%m-%d}", "max_date": f"{high:%Y-%m-%d}"}
        if slot.resource_id:
            query["resource_ids"] = slot.resource_id
        status, _, body = client.send("GET", f"{client.base}/products/slots?{urlencode(query)}")
        assert status == 200, body
        found = [one["available"] for one in body["records"] if one["date"].startswith(f"{slot.start:%Y-%m-%dT%H:%M}")]
        return max([0, *found])


class Notices(Front):
    """BookingPress: a party of persons."""

    def left(self, client, slot):
        query = {"service_id": slot.service.id, "selected_date": f"{slot.start:%Y-%m-%d}"}
        if slot.resource_id:
            query["staffmember_id"] = slot.resource_id
        status, _, body = client.send("GET", f"{client.base}/appointments/timeslots?{urlencode(query)}")
        assert status == 200, body
        for group in ("morning_time", "afternoon_time", "evening_time", "night_time"):
            for found in body[group]:
                if found["start_time"] == f"{slot.start:%H:%M}":
                    return min(found["max_capacity"], MOST)
        return 0


class Bearer(Front):
    """Bookablesites: a party of persons."""

    def left(self, client, slot):
        day = f"{slot.start:%Y-%m-%d}"
        query = {"service": slot.service.id, "calendar_start_date": day, "calendar_end_date": day}
        if slot.resource_id:
            query["employee"] = slot.resource_id
        status, _, body = client.send("GET", f"{client.base}/available-times?{urlencode(query)}")
        assert status in (200, 422), body
        for found in body.get("data", {}).get(day, []):
            if found["start"] == f"{slot.start:%H:%M}":
                return MOST if found["seats_left"] is None else min(found["seats_left"], MOST)
        return 0


FRONTS = {"bkap": Legacy(), "wc_bookings": Rest(), "bookingpress": Notices(), "bookablesites": Bearer()}


def sold(name, client, slot, count):
    """Is so much booked, at once or one after the other? Whatever was made is taken away again."""
    front, made = FRONTS[name], []
    at_once = name == "bkap" or (name != "wc_bookings" and slot.service.plan.capacity.units_per == "person")
    for _ in range(1 if at_once else count):
        made.append(front.book(client, slot, count if at_once else 1))
    for number in made:
        if number:
            bookings.delete(number, now=NOW)
    return all(made), at_once


def check(name, client, slot):
    """The list and the till agree on one start."""
    left = min(MOST, FRONTS[name].left(client, slot))
    told = f"{name} lists {left} at {slot.start} of {slot.service.name} with resource {slot.resource_id}"
    if left > 0:
        assert sold(name, client, slot, min(left, MOST - 1))[0], f"{told}, and sells fewer"
    if left < MOST:
        more, at_once = sold(name, client, slot, max(0, left) + 1)
        # One after the other may go to several resources, which are listed one by one.
        if at_once or left <= 0 or slot.resource_id or len(slot.choices) < 2:
            assert not more, f"{told}, and sells more"
    return left


# -- random services --------------------------------------------------------------------------------------------------

HOURS = CalendarRule(effect="open", weekdays=(1, 2, 3, 4, 5), from_minute=540, to_minute=1020)
LISTED = (
    FixedSlot(from_minute=540, to_minute=600, capacity=3),
    FixedSlot(from_minute=630, to_minute=720, capacity=2),
    FixedSlot(from_minute=840, to_minute=900),
)


def any_resource(choose, number):
    rules = choose.choice(
        [
            (),
            (CalendarRule(effect="close", from_minute=600, to_minute=720),),
            (CalendarRule(effect="close", dates=(date(2026, 3, 4),)),),
            (CalendarRule(effect="close"), CalendarRule(effect="open", strength=1, from_minute=540, to_minute=780)),
        ]
    )
    return repository.resources.create(
        now=NOW, name=f"R{number}", capacity=choose.choice([1, 2, 4]), rules=rules,
        sharing=choose.choice(["units", "session"]), kind=choose.choice(["staff", "asset"]),
    )  # fmt: skip


def any_service(choose, number, resources):
    """A service no dialect has made, as any of them might have."""
    plans = {
        "hours": {"unit": "hour", "grid": SlotGrid(step_minutes=choose.choice([None, 30, 60]))},
        "minutes": {"unit": "minute", "length": choose.choice([30, 45]), "max_blocks": 1},
        "listed": {
            "unit": "minute",
            "grid": SlotGrid(starts="fixed", fixed_slots=LISTED),
        },
        "days": {"unit": "day"},
    }
    kind = choose.choice(list(plans))
    linked = choose.sample(resources, choose.choice([0, 0, 1, 2]))
    plan = SchedulePlan(
        **plans[kind],
        capacity=CapacityRules(
            limit=choose.choice([1, 2, 5]) if not linked or choose.random() < 0.5 else None,
            units_per=choose.choice(["person", "booking"]),
            sharing=choose.choice(["units", "units", "session"]),
        ),
        buffers=Buffers(
            before_minutes=choose.choice([0, 0, 15]),
            after_minutes=choose.choice([0, 0, 15]),
            combination=choose.choice(["sum", "max"]),
        ),
        compatibility=Compatibility(overlap_counting="sum" if choose.random() < 0.2 else "peak"),
        booking_window=BookingWindowRules(
            notice=choose.choice([Offset(), Offset(1, "day"), Offset(23, "hour")]),
            horizon=choose.choice([None, Offset(2, "day"), Offset(30, "day")]),
        ),
        opening=OpeningRules(partial_day_rules="opens_only"),
        resources=ResourceRules(
            choice=choose.choice(["either", "automatic", "customer", "optional"]) if linked else "none",
            calendar=choose.choice(["merge", "intersect"]),
        ),
    )
    made = repository.services.create(
        now=NOW, name=f"{kind} {number}", price=Decimal(10), plan=plan,
        rules=(CalendarRule(effect="open"),) if kind == "listed" else (HOURS,),     )  # fmt: skip
    catalog.set_resources(made.id, [{"resource_id": one.id} for one in linked])
    return made, tuple(one.id for one in linked)


def starts_of(service, days):
    """Some starts of a service and what ends them: listed ones, on the grid, beside it."""
    plan = service.plan
    for day in days:
        midnight = datetime(day.year, day.month, day.day)
        if plan.unit == "day":
            yield midnight, midnight + timedelta(days=1)
        elif plan.grid.starts == "fixed":
            for one in plan.grid.fixed_slots:
                yield midnight + timedelta(minutes=one.from_minute), midnight + timedelta(minutes=one.to_minute)
        else:
            length = timedelta(minutes=plan.length * (60 if plan.unit == "hour" else 1))
            for minute in (540, 570, 600, 660, 960, 1000):
                start = midnight + timedelta(minutes=minute)
                yield start, start + length


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("name", sorted(DRIVERS))
def test_what_is_listed_is_what_is_sold(venue, name, seed):
    choose = random.Random(seed)
    client = venue.clients[name]
    resources = [any_resource(choose, number) for number in range(3)]
    services = [any_service(choose, number, resources) for number in range(5)]
    days = [date(2026, 3, 2) + timedelta(days=ahead) for ahead in (0, 1, 2, 3, 7, 40)]
    for service, _ in services:
        every = list(starts_of(service, days))
        for start, _ in choose.sample(every, min(4, len(every))):
            party = BookingRequest(
                service_id=service.id, wall_start=start, origin="test", persons=choose.choice([1, 2]), any_resource=True
            )
            with suppress(NotAvailable):
                bookings.create(party, now=NOW)
    offered = 0
    for service, linked in services:
        every = list(starts_of(service, days))
        for start, end in choose.sample(every, min(6, len(every))):
            named = choose.choice([0, 0, *linked, *(one.id for one in resources)])
            if name == "wc_bookings":
                # There the customer must say which, or may not.
                named = choose.choice(linked) if service.plan.resources.choice == "customer" else 0
            slot = Slot(service, start, end, named, linked)
            offered += check(name, client, slot) > 0
    assert offered
    assert doctor.examine(now=NOW).breaches == []


@pytest.mark.parametrize("persons", [5, [5], [2, 3], ["2", 1, 2], {"0": 5}])
def test_a_list_of_persons_adds_up(venue, persons):
    """WooCommerce Bookings takes a party as a number, a list or a map."""
    plan = SchedulePlan(
        unit="day",
        capacity=CapacityRules(limit=9, units_per="person"),
    )
    service = repository.services.create(
        now=NOW, name="Tour", price=Decimal(10), plan=plan, rules=(CalendarRule(effect="open"),)
    )
    client = venue.clients["wc_bookings"]
    start = datetime(2026, 3, 10)
    slot = Slot(service, start, start + timedelta(days=1))
    data = {"product_id": service.id, "start": stamp(slot.start), "end": stamp(slot.end), "persons": persons}
    status, _, body = client.send("POST", f"{client.base}/bookings", {**data, "status": "paid"})
    assert status == 201, body
    assert FRONTS["wc_bookings"].left(client, slot) == 4
