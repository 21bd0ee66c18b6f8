"""The engine lists the starts that a second, plain counting finds; that counting finds what was recorded."""

import json
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.schedule import ServiceCalendar
from core.errors import NotAvailable
from plugins.wc_bookings.translate import schedule
from tests.core.domain.calendars import claim_requests, list_slots
from tests.plugins.wc_bookings import minute_counting
from tests.plugins.wc_bookings.conftest import RECORDED, STATE
from tests.plugins.wc_bookings.test_random_slots import kinds

NOW = datetime.fromisoformat("2026-03-02T10:00:00+00:00")
FIRST = date(2026, 3, 8)  # a Sunday
_SITE = [
    {**rule, "type": rule["range_type"], "from": rule["from_range"], "to": rule["to_range"]}
    | {"priority": int(rule["priority"])}
    for rule in STATE["global_availability"]
]
_TIMED = {
    product["id"]: product
    for product in STATE["products"]
    if product.get("duration_unit") in ("hour", "minute")
    and not product["has_resources"]
    and not product["min_date_value"]
}


# The second counting against the recordings --------------------------------------------------------------------------


def _counted(product: dict[str, Any], query: dict[str, list[str]]) -> list[str]:
    first, until = (datetime.fromisoformat(query[name][0]) for name in ("min_date", "max_date"))
    starts = []
    for offset in range((until.date() - first.date()).days + 1):
        day = first.date() + timedelta(days=offset)
        starts += [
            f"{day}T{minute // 60:02}:{minute % 60:02}" for minute in minute_counting.starts(product, day, _SITE)
        ]
    return [start for start in starts if f"{first:%Y-%m-%dT%H:%M}" <= start < f"{until:%Y-%m-%dT%H:%M}"]


@pytest.mark.parametrize("kind", [kind for kind in kinds() if kind.startswith(("grid", "first_block", "overnight"))])
def test_the_second_counting_finds_the_smallest_inputs(kind):
    product, listed = kinds()[kind]
    query = parse_qs(urlsplit(listed["request"]["url"]).query)
    recorded = [record["date"] for record in listed["response"]["body"]["records"]]
    assert _counted(product["request"]["body"], query) == recorded


def _recorded_slots() -> list[Any]:
    """The recorded answers about one hour or minute product alone, from tomorrow on."""
    cases = []
    for index, case in enumerate(json.loads((RECORDED / "slots.json").read_text())["cases"]):
        query = parse_qs(urlsplit(case["request"]["url"]).query)
        product = _TIMED.get(int(query.get("product_ids", ["0"])[0].split(",")[0] or 0))
        plain = set(query) == {"product_ids", "min_date", "max_date"} and "," not in query["product_ids"][0]
        if (
            product
            and plain
            and all(
                "2026-03-03" <= query[name][0] <= "2026-12" and "+" not in query[name][0]
                for name in ("min_date", "max_date")
            )
        ):
            cases.append(pytest.param(product, query, case, id=f"slots:{index}"))
    return cases


@pytest.mark.parametrize(("product", "query", "case"), _recorded_slots())
def test_the_second_counting_finds_the_recorded_starts(product, query, case):
    recorded = [record["date"] for record in case["response"]["body"]["records"]]
    assert _counted(product, query) == recorded


def test_enough_recordings_are_counted():
    assert len(_recorded_slots()) >= 15


# The engine against the second counting ------------------------------------------------------------------------------

quarters = st.integers(0, 95).map(lambda number: f"{number // 4:02}:{number % 4 * 15:02}")
times = st.one_of(quarters, quarters, st.sampled_from(["00:00", "24:00", "12:59", "09:01", "16:58", "23:59"]))
days = st.integers(-2, 6).map(lambda number: (FIRST + timedelta(days=number)).isoformat())


@st.composite
def rules(draw) -> dict[str, Any]:
    kind = draw(st.sampled_from(_KINDS))
    rule = {
        "type": kind,
        "bookable": draw(st.sampled_from(["yes", "yes", "no"])),
        "priority": draw(st.integers(8, 11)),
    }
    if kind in ("days", "weeks", "months"):
        low, high = {"days": (1, 7), "weeks": (9, 12), "months": (2, 4)}[kind]
        return rule | {name: str(draw(st.integers(low, high))) for name in ("from", "to")}
    dates = sorted(draw(st.tuples(days, days)))
    if kind == "custom":
        return rule | dict(zip(("from", "to"), dates, strict=True))
    low, high = draw(
        st.tuples(times.filter(lambda text: text != "24:00"), times).filter(lambda pair: pair[0] != pair[1])
    )
    rule |= {"from": low, "to": high}
    return rule | (dict(zip(("from_date", "to_date"), dates, strict=True)) if kind in _DATED else {})


_DATED = ("time:range", "custom:daterange")
_KINDS = ("time", "time", "time:1", "time:2", "time:7", *_DATED, "days", "custom", "weeks", "months")


@st.composite
def products(draw) -> dict[str, Any]:
    unit = draw(st.sampled_from(["hour", "minute"]))
    restricted = draw(st.booleans())
    return {
        "qty": 1,
        "duration_unit": unit,
        "duration": draw(st.sampled_from([1, 1, 2, 3] if unit == "hour" else [15, 30, 45, 60, 90])),
        "default_date_availability": draw(st.sampled_from(["available", ""])),
        "first_block_time": draw(st.sampled_from(["", "", "08:00", "10:30", "21:00"])),
        "buffer_period": draw(st.sampled_from([0, 0, 1] if unit == "hour" else [0, 0, 15, 30])),
        "apply_adjacent_buffer": draw(st.booleans()),
        "check_start_block_only": draw(st.sampled_from([False, False, True])),
        "has_restricted_days": restricted,
        "restricted_days": {"1": "1", "3": "3"} if restricted else "",
        "availability": draw(st.lists(rules(), min_size=1, max_size=5)),
    }


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(products(), st.lists(rules(), max_size=1), st.integers(0, 3))
def test_the_engine_lists_what_the_second_counting_finds(product, site, ahead):
    calendar = ServiceCalendar(
        service_id=1,
        plan=schedule.to_plan(product),
        rules=schedule.to_site_rules(site) + schedule.to_rules(product),
    )
    day = FIRST + timedelta(days=ahead)
    slots = list_slots(calendar, {}, first=day, last=day, now=int(NOW.timestamp()), ignore_notice=True)
    listed = [offer.wall_start % 1440 for offer in slots]
    assert listed == minute_counting.starts(product, day, site)
    if listed and not product["has_restricted_days"]:
        for offer in (slots[0], slots[-1]):
            assert claim_requests(calendar, wall_start=offer.wall_start, now=int(NOW.timestamp()))


def test_a_start_that_is_not_listed_cannot_be_booked():
    product = {"duration_unit": "hour", "duration": 1, "availability": [{**_OVERNIGHT, "to": "02:00"}]}
    calendar = ServiceCalendar(service_id=1, plan=schedule.to_plan(product), rules=schedule.to_rules(product))
    day = FIRST.toordinal() * 1440
    assert claim_requests(calendar, wall_start=day + 60, now=int(NOW.timestamp()))
    with pytest.raises(NotAvailable):
        claim_requests(calendar, wall_start=day + 90, now=int(NOW.timestamp()))


_OVERNIGHT = {"type": "time", "from": "22:00", "bookable": "yes", "priority": 10}
