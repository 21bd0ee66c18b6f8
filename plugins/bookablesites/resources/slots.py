"""``/available-times`` (fact sheet, 8.5)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypedDict

import falcon

from core.domain.claims import UNLIMITED
from core.domain.schedule import Slot
from core.errors import Invalid
from core.http.openapi import operation
from core.services import availability, sessions
from core.services.repository import extras, locations, services
from plugins.bookablesites.resources import offer, wanted
from plugins.bookablesites.resources.common import Resource, filters, id_filter, send
from plugins.bookablesites.schemas import FieldErrors, Id
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.catalog import Offered
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.reading import to_extras, to_whole
from plugins.bookablesites.translate.times import from_minute, to_date, today

WINDOW = 31
LONGEST = 92
_DAY = 1440


class SlotEmployee(TypedDict):
    id: int
    price: Decimal
    seats_left: int | None


class AvailableTimeReply(TypedDict):
    """A free start; ``seats_left`` null is without limit."""

    start: str
    end: str
    start_date_time: str
    end_date_time: str
    seats_left: int | None
    employees: list[SlotEmployee]


class AvailableTimes(Resource):
    """``/available-times``"""

    @operation(
        query={
            "service": Id,
            "employee": Id,
            "location": Id,
            "calendar_start_date": date,
            "calendar_end_date": date,
            "additional_guest_count": int,
            "extras": str,
            "exclude_appointment": Id,
        },
        required=("service",),
        reply={"data": dict[date, list[AvailableTimeReply]], "timezone": str},
    )
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        if "service" not in given:
            raise FieldErrors(field="service", reason="missing", errors={"service": "missing"})
        number = id_filter(given, "service")
        service = services.get_many([number]).get(number)
        if service is None or service.status == "trashed":
            raise Invalid(field="service", reason="unknown", value=number)
        whole = offer.offered([service], shown=False)[0]
        first, last = self._window(given)
        found = self._offers(whole, given, first, last)
        send(resp, {"data": _by_date(whole, found), "timezone": service.zone or self.tenant.zone})

    def _window(self, given: dict[str, Any]) -> tuple[date, date]:
        here = today(self.tenant.now(), self.tenant.zone)
        first = to_date(given["start_date"], "start_date") if "start_date" in given else here
        if "end_date" in given:
            last = to_date(given["end_date"], "end_date")
        elif first > date.max - timedelta(days=WINDOW):
            last = date.max
        else:
            last = first + timedelta(days=WINDOW - 1)
        if last < first:
            raise Invalid(field="end_date", reason="order", value=last.isoformat())
        if (last - first).days >= LONGEST:
            raise Invalid(field="end_date", reason="span", value=last.isoformat(), limit=LONGEST)
        return first, last

    def _offers(self, whole: Offered, given: dict[str, Any], first: date, last: date) -> list[Slot]:
        """Every employee's free starts, each at the location where a booking of theirs would be."""
        persons = 1 + to_whole(given.get("additional_guest_count", 0), "additional_guest_count", low=0, high=100_000)
        employee = wanted.employee_of(whole, id_filter(given, "employee"), "employee")
        location = id_filter(given, "location")
        plan = whole.service.plan
        places: dict[int, set[int]] = {}
        # Services of other dialects have no usual location, so nothing has to be known of any.
        asked = location is None and offer.is_own(whole.service)
        known = locations.list_all([("status", "=", "active")]) if asked else []
        for resource_id in [employee] if employee else [link.resource_id for link in whole.links] or [0]:
            if location is not None:
                place = wanted.location_of(whole, location, resource_id, "location")
            else:
                place = wanted.usual_location(whole, resource_id, known)
            places.setdefault(place, set()).add(resource_id)
        gone = id_filter(given, "exclude_appointment")
        without = [b.id for b in sessions.bookings_of([gone], statuses=words.VISIBLE).get(gone, [])] if gone else []
        minutes = self._extra_minutes(whole, given)
        found = []
        for place, staff in places.items():
            offers = availability.list_slots(
                whole.service.id,
                first=first,
                last=last,
                now=self.tenant.now(),
                blocks=max(1, plan.min_blocks),
                units=persons if plan.capacity.units_per == "person" else 1,
                resource_id=employee or None,
                location_id=place,
                extra_minutes=minutes,
                include_full=False,
                excluded_booking_ids=without,
                preloaded_services={whole.service.id: whole.service},
            )
            found += [one for one in offers if one.resource_id in staff or not one.resource_id]
        return found

    def _extra_minutes(self, whole: Offered, given: dict[str, Any]) -> int:
        chosen = to_extras(given.get("extras"))
        known = extras.get_many(number for number, _ in chosen)
        minutes = 0
        for number, quantity in chosen:
            extra = known.get(number)
            if extra is None or extra.service_id != whole.service.id:
                raise Invalid(field="extras", reason="unknown", value=number)
            if extra.max_quantity and quantity > extra.max_quantity:
                raise Invalid(field="extras", reason="range", value=quantity)
            minutes += extra.minutes * quantity
        return minutes


def _by_date(whole: Offered, found: Iterable[Slot]) -> dict[str, list[dict[str, Any]]]:
    prices: dict[int, Decimal | None] = {link.resource_id: link.price for link in whole.links}
    slots: dict[tuple[int, int], dict[str, Any]] = {}
    for one in sorted(found, key=lambda one: (one.wall_start, one.wall_end, one.resource_id)):
        slot = slots.get((one.wall_start, one.wall_end))
        left = None if one.remaining >= UNLIMITED else one.remaining
        if slot is None:
            slot = slots[(one.wall_start, one.wall_end)] = _slot(one)
            slot["seats_left"] = left
        if left is None or (slot["seats_left"] is not None and left > slot["seats_left"]):
            slot["seats_left"] = left
        if one.resource_id:
            price = prices.get(one.resource_id)
            shown = to_number(whole.service.price if price is None else price)
            slot["employees"].append({"id": one.resource_id, "price": shown, "seats_left": left})
    days: dict[str, list[dict[str, Any]]] = {}
    for slot in slots.values():
        days.setdefault(slot["start_date_time"][:10], []).append(slot)
    return days


def _slot(one: Slot) -> dict[str, Any]:
    start, end = from_minute(one.wall_start % _DAY), from_minute(one.wall_end % _DAY)
    return {
        "start": start,
        "end": end,
        "start_date_time": f"{date.fromordinal(one.wall_start // _DAY).isoformat()} {start}:00",
        "end_date_time": f"{date.fromordinal(one.wall_end // _DAY).isoformat()} {end}:00",
        "seats_left": None,
        "employees": [],
    }
