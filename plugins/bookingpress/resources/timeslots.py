"""``/appointments/timeslots`` (fact sheet, sections 5 and 6.1)."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

from core.domain.availability import units_needed
from core.domain.claims import UNLIMITED
from core.domain.records import Service
from core.domain.schedule import Slot
from core.domain.statuses import OCCUPYING
from core.errors import Invalid
from core.http.openapi import operation
from core.services import availability, bookings
from core.services.repository import extras, locations, resources, services, to_epoch, to_instant
from core.wordpress.rest import READ, Endpoint, RestRequest, RestResponse
from plugins.bookingpress.errors import ReadRefused, read_refusal
from plugins.bookingpress.resources.base import Params
from plugins.bookingpress.resources.booking import EXTRAS, is_assigned, read_extras
from plugins.bookingpress.resources.endpoints import Resource, json, write_params
from plugins.bookingpress.schemas import TimeSlot
from plugins.bookingpress.translate.bookings import to_time_slots
from plugins.bookingpress.translate.schedule import is_day_off
from plugins.bookingpress.translate.values import to_date

_ASKED = {
    "selected_date": date,
    **dict.fromkeys(("service_id", "selected_service"), int),
    **dict.fromkeys(("staffmember_id", "selected_staff_member_id"), int),
    **dict.fromkeys(("location_id", "selected_location"), int),
    **dict.fromkeys(("bookingpress_selected_bring_members", "selected_extra_members"), int),
    "appointment_update_id": int,
}
_SLOTS = {
    **{name: [TimeSlot] for name in ("morning_time", "afternoon_time", "evening_time", "night_time")},
    "is_daysoff": bool,
    "msg": str,
}


class TimeSlots(Resource):
    """Free slots of one service on one date; the switch is that of reading appointments."""

    def endpoints(self) -> list[Endpoint]:
        return [
            Endpoint(READ, self.read, errors=read_refusal, action="read"),
            Endpoint(("POST",), self.ask, errors=read_refusal, action="read"),
        ]

    @operation(query={**_ASKED, **dict.fromkeys(EXTRAS, str)}, reply=_SLOTS)
    def read(self, request: RestRequest) -> RestResponse:
        return self._answer(Params(request.query))

    @operation(body={**_ASKED, **EXTRAS}, reply=_SLOTS)
    def ask(self, request: RestRequest) -> RestResponse:
        return self._answer(write_params(request))

    def _answer(self, given: Params) -> RestResponse:
        return RestResponse(json(self._slots(given)))

    def _slots(self, given: Params) -> dict[str, Any]:
        if not given.has("service_id", "selected_service"):
            raise ReadRefused(missing=("service_id",))
        service = services.get(given.id("service_id", "selected_service"))
        value = given.raw("selected_date")
        day = self.things.shop.today if value in (None, "") else to_date(value, "selected_date")
        staff = given.id("staffmember_id", "selected_staff_member_id")
        place = given.id("location_id", "selected_location")
        persons = max(1, given.whole("bookingpress_selected_bring_members", "selected_extra_members", default=1))
        member = resources.get(staff) if staff else None
        if place:
            locations.get(place)
        without = given.id("appointment_update_id")
        plan = service.plan
        chosen = read_extras(given)
        known = extras.get_many(number for number, _ in chosen)
        longer = sum(known[number].minutes * count for number, count in chosen)
        if longer > 1440:
            raise Invalid(field="bookingpress_selected_extra_details", reason="range", value=longer)
        settings = self.things.shop.settings
        offers: Sequence[Slot] = ()
        if not staff or is_assigned(service, staff):
            offers = availability.list_slots(
                service.id,
                first=day,
                last=day,
                now=self.things.shop.now,
                blocks=max(1, plan.min_blocks),
                # Of several members the one with the most room: a party goes to one of them.
                units=UNLIMITED,
                resource_id=staff or None,
                location_id=place,
                extra_minutes=longer,
                per_resource=False,
                excluded_booking_ids=(without,) if without else (),
            )
        if not settings.share_quanty_between_timeslots or settings.share_timeslot_between_services:
            offers = self._own_slots(service, offers, staff=staff, place=place, without=without)
        all_day = plan.unit in ("day", "night", "month")
        units = persons if plan.capacity.units_per == "person" else 1
        slots: dict[str, Any] = dict(to_time_slots(offers, settings, persons=units, all_day=all_day))
        slots["is_daysoff"] = self._is_day_off(service, member, day)
        if not any(slots[name] for name in slots if name != "is_daysoff"):
            slots["msg"] = "There is no time slots available"
        return slots

    def _own_slots(
        self, service: Service, offers: Sequence[Slot], *, staff: int, place: int, without: int
    ) -> list[Slot]:
        """The slots that are free, and those booked out by bookings of the very slot.

        Where slots do not share their places, what another slot's booking overlaps is off the list, not booked.
        """
        full = [offer for offer in offers if offer.remaining <= 0]
        if not full:
            return list(offers)
        where = [
            ("service_id", "=", service.id),
            ("start", ">=", to_instant(min(offer.start for offer in full))),
            ("start", "<=", to_instant(max(offer.start for offer in full))),
            ("status", "in", sorted(OCCUPYING)),
            *([("resource_id", "=", staff)] if staff else ()),
            *([("location_id", "=", place)] if place else ()),
        ]
        booked: Counter[tuple[int, int]] = Counter()
        for booking in bookings.page(where, count=False).items:
            if booking.id != without:
                span = to_epoch(booking.start), to_epoch(booking.end)
                booked[span] += units_needed(service.plan, quantity=booking.quantity, persons=booking.persons)
        return [offer for offer in offers if offer.remaining > 0 or booked[offer.start, offer.end] >= offer.capacity]

    def _is_day_off(self, service: Service, member: Any, day: Any) -> bool:
        return is_day_off((*service.rules, *(member.rules if member else ())), day)
