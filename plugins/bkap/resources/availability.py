"""``/bkap/bookings/availability`` and ``/price`` (sheet 4.9, 4.10)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from core.domain.claims import UNLIMITED
from core.domain.price_context import PriceContext
from core.domain.pricing import evaluate
from core.domain.requests import SKIP_ALL, BookingRequest
from core.domain.schedule import SchedulePlan, SlotGrid
from core.domain.slot_grid import is_day_based
from core.domain.zones import zone
from core.errors import Invalid
from core.http.openapi import operation
from core.services import availability, bookings, site
from core.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.resources import lookups
from plugins.bkap.resources.lookups import Target
from plugins.bkap.schemas import SLOT_TYPES
from plugins.bkap.settings import BkapSettings
from plugins.bkap.translate.catalog import date_price
from plugins.bkap.translate.prices import to_price_answer
from plugins.bkap.translate.rooms import to_availability, together
from plugins.bkap.translate.schedule import NAME
from plugins.bkap.translate.values import at, given, read_clock, read_day, read_whole, trimmed
from plugins.bkap.translate.wishes import lasting, read_persons, slot, stay, whole_day

#: What both questions take.
_ASKED = {
    "product_id": int,
    "variation_id": int,
    "resource_id": (int, [int]),
    "person_ids": [{"person_id": int, "person_val": int}],
    "start_date": date,
    "end_date": date,
    **lookups.LIMIT,
}
_LEFT = int | Literal["Unlimited"]
#: Dates times resources of one question, in ranges of the longest kind.
_MOST_RANGES = 10


class Availability:
    """Handlers of the two questions one asks before booking."""

    def __init__(self, *, settings: BkapSettings) -> None:
        self._settings = settings

    @operation(
        query=_ASKED,
        reply=[
            [
                {
                    "date": date,
                    "availability": _LEFT,
                    "message": str,
                    "slots": [{"start_time": str, "end_time": str, "availability": _LEFT}],
                }
            ]
        ],
    )
    def days(self, request: LegacyRequest) -> LegacyResponse:
        filters = request.filters
        target = lookups.target(filters, "availability")
        plan = target.service.plan
        resources = lookups.resource_ids(filters, "availability")
        read_persons(filters)
        limit = lookups.limit_of(filters, "availability")
        today = request.now.astimezone(zone(target.service.zone or site.current().timezone)).date()
        first, last = _range(filters, today)
        if limit and (last - first).days >= limit:
            last = first + timedelta(days=limit - 1)
        most = self._settings.max_range_days
        count = (last - first).days + 1
        if count > most or count * len(resources) > most * _MOST_RANGES:
            raise Invalid(field="availability.end_date", reason="span", value=str(last), limit=most)
        offers = [
            availability.list_slots(
                target.service.id,
                first=first,
                last=last,
                now=request.now,
                blocks=1 if is_day_based(plan) else max(1, plan.min_blocks),
                # Of several resources that can be chosen the one with the most room: so many can be booked at once.
                units=UNLIMITED,
                resource_id=number or None,
                per_resource=False,
                preloaded_services={target.service.id: target.service},
            )
            for number in resources or [0]
        ]
        dates = [first + timedelta(days=number) for number in range(count)]
        return LegacyResponse(to_availability(target.settings.booking_type, together(offers), dates))

    @operation(
        query={**_ASKED, "quantity": int, "start_time": str, "end_time": str, "duration": int, "fixed_block": int},
        reply={"price": str, "total_price_calculated": str, "bkap_price_charged": str, "bkap_price": str},
    )
    def price(self, request: LegacyRequest) -> LegacyResponse:
        filters = request.filters
        target = lookups.target(filters, "availability")
        quantity = 1
        if filters.get("quantity") is not None:
            quantity = read_whole(filters["quantity"], "availability.quantity", least=1)
        resources = lookups.resource_ids(filters, "availability")
        party = read_persons(filters)
        lookups.limit_of(filters, "availability")
        days = {name: _day(filters, name) for name in ("start_date", "end_date")}
        start, end = days["start_date"], days["end_date"]
        if start is not None and end is not None and start > end:
            raise Invalid(field="availability.dates", reason="range")
        if start is None:
            base = target.variant.price if target.variant else target.service.price
            return LegacyResponse({"price": trimmed(base, site.current().currency)})
        wall_start, wall_end, fixed = _span(filters, target, start, end)
        plan = target.service.plan
        shown = (site.current().currency, site.current().locale)
        if target.settings.is_per_person and not party:
            return LegacyResponse(to_price_answer(Decimal(0), *shown))
        if _without_length(filters, target.settings.booking_type):
            base = target.variant.price if target.variant else target.service.price
            dated = date_price(target.settings, base)
            context = PriceContext(
                start=wall_start, resource_ids=tuple(resources), quantity=quantity, persons=party or 0
            )
            return LegacyResponse(to_price_answer(evaluate(dated, context).total, *shown))
        wanted = BookingRequest(
            service_id=target.service.id,
            wall_start=wall_start,
            wall_end=wall_end,
            origin=NAME,
            priced_with=tuple(resources),
            variant_id=target.variant_id,
            **_party(plan, quantity, party),
            fixed_blocks=fixed,
            overrides=SKIP_ALL,
        )
        quote, _ = bookings.quote(wanted, now=request.now, check=False)
        return LegacyResponse(to_price_answer(quote.total, *shown))


def _party(plan: SchedulePlan, quantity: int, party: int | None) -> dict[str, int]:
    """Persons and quantity to price; a service that counts persons takes the quantity as persons, unless they come."""
    if party:
        return {"persons": party, "quantity": quantity}
    if plan.capacity.units_per == "person":
        return {"persons": quantity, "quantity": 1}
    return {"persons": max(1, plan.persons.minimum), "quantity": quantity}


def _day(filters: Mapping[str, Any], name: str) -> date | None:
    value = given(dict(filters), name)
    if isinstance(value, (list, dict)):
        raise Invalid(field="availability.dates", reason="type")
    return None if value is None else read_day(value, f"availability.{name}")


def _range(filters: Mapping[str, Any], today: date) -> tuple[date, date]:
    """First and last date; only a start is that day, only an end begins today."""
    first, last = _day(filters, "start_date"), _day(filters, "end_date")
    if first is None:
        first = today
        last = last or today
    last = last or first
    if first > last:
        raise Invalid(field="availability.dates", reason="range")
    return first, last


def _span(
    filters: Mapping[str, Any], target: Target, start: date, end: date | None
) -> tuple[datetime, datetime | None, int]:
    """Wall start and end to price, and the length of a fixed block. A duration counts in the same way as on create."""
    settings, plan = target.settings, target.service.plan
    kind = settings.booking_type
    clocks = {}
    for name in ("start_time", "end_time"):
        value = given(dict(filters), name)
        clocks[name] = None if value is None else read_clock(value, f"availability.{name}")
    low, high = clocks["start_time"], clocks["end_time"]
    if kind == "multiple_days":
        block = given(dict(filters), "fixed_block")
        nights = stay(start, end or start, block, settings, plan)
        fixed = 0 if block is None else read_whole(block, "availability.fixed_block")
        return nights.start, nights.end, fixed
    if kind == "duration_time":
        length = given(dict(filters), "duration")
        minute = low or 0
        if length is None:
            length = max(1, plan.min_blocks)
            return at(start, minute), _after(start, minute, length, plan), 0
        stretch = lasting(start, minute, length, settings, plan)
        return stretch.start, stretch.end, 0
    if kind in SLOT_TYPES:
        if low is None or high is None:
            # Without a slot the date's own price is meant, and no slot begins at this minute and lasts so little.
            return (at(start, low), None, 0) if low is not None else (*_no_slot(start), 0)
        stretch = slot(start, start, low, high, _listed(plan))
        return stretch.start, stretch.end, 0
    stretch = whole_day(start, plan)
    return stretch.start, stretch.end, 0


def _without_length(filters: Mapping[str, Any], kind: str) -> bool:
    """A duration without its time and length: the price of the date is meant (sheet 4.10)."""
    return kind == "duration_time" and all(given(dict(filters), name) is None for name in ("start_time", "duration"))


def _after(start: date, minute: int, blocks: int, plan: SchedulePlan) -> datetime:
    unit = max(1, plan.length) * (60 if plan.unit == "hour" else 1)
    return at(start, minute) + timedelta(minutes=blocks * unit)


def _no_slot(day: date) -> tuple[datetime, datetime]:
    return at(day), at(day, 1)


def _listed(plan: SchedulePlan) -> SchedulePlan:
    """A plan under which an end before the start means the next day; prices ask no rules."""
    return SchedulePlan(grid=SlotGrid(starts="fixed"), check_in_minute=plan.check_in_minute)
