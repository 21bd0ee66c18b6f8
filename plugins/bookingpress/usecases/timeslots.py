"""The free slots of a service on one date."""

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
from core.services import availability, bookings
from core.services.repository import Condition, locations, resources, services, to_epoch, to_instant
from plugins.bookingpress.errors import ReadRefused
from plugins.bookingpress.translate.checkout import is_by_days, read_chosen_extras
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.schedule import is_day_off
from plugins.bookingpress.translate.timeslots import to_time_slots
from plugins.bookingpress.usecases.checkout import find_extras
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.queries import is_assigned

_MINUTES_OF_A_DAY = 1440


def list_time_slots(params: Params, context: Context) -> dict[str, Any]:
    """Slots in the vendor's four groups, whether the date is a day off, and a message where there is none.

    Raises:
        NotFound: There is no such service, staff member or location.
        ReadRefused: No service is named.
    """
    if not params.has("service_id", "selected_service"):
        raise ReadRefused(missing=("service_id",))
    service = services.get(params.id("service_id", "selected_service"))
    day = params.optional_date("selected_date") or context.today
    persons = max(1, params.integer("bookingpress_selected_bring_members", "selected_extra_members", default=1))
    staff_id = params.id("staffmember_id", "selected_staff_member_id")
    location_id = params.id("location_id", "selected_location")
    member = resources.get(staff_id) if staff_id else None
    if location_id:
        locations.get(location_id)
    settings, plan = context.settings, service.plan
    offers = _offers(service, params, day, staff_id=staff_id, location_id=location_id, context=context)
    if not settings.share_quanty_between_timeslots or settings.share_timeslot_between_services:
        rebooked_id = params.id("appointment_update_id")
        offers = _without_overlapped(service, offers, staff_id=staff_id, location_id=location_id, without=rebooked_id)
    units = persons if plan.capacity.units_per == "person" else 1
    groups = to_time_slots(offers, settings, persons=units, all_day=is_by_days(plan))
    rules = (*service.rules, *(member.rules if member else ()))
    slots: dict[str, Any] = {**groups, "is_daysoff": is_day_off(rules, day)}
    if not any(groups.values()):
        slots["msg"] = "There is no time slots available"
    return slots


def _offers(
    service: Service, params: Params, day: date, *, staff_id: int, location_id: int, context: Context
) -> Sequence[Slot]:
    """The slots of a day, full ones included; a staff member who does not give the service has none."""
    chosen = read_chosen_extras(params)
    chosen_extras = find_extras(chosen)
    extra_minutes = sum(chosen_extras[id].minutes * count for id, count in chosen)
    if extra_minutes > _MINUTES_OF_A_DAY:
        raise Invalid(field="bookingpress_selected_extra_details", reason="range", value=extra_minutes)
    if staff_id and not is_assigned(service.id, staff_id):
        return ()
    rebooked_id = params.id("appointment_update_id")
    return availability.list_slots(
        service.id,
        first=day,
        last=day,
        now=context.now,
        blocks=max(1, service.plan.min_blocks),
        # Of several members the one with the most room: a party goes to one of them.
        units=UNLIMITED,
        resource_id=staff_id or None,
        location_id=location_id,
        extra_minutes=extra_minutes,
        per_resource=False,
        excluded_booking_ids=(rebooked_id,) if rebooked_id else (),
    )


def _without_overlapped(
    service: Service, offers: Sequence[Slot], *, staff_id: int, location_id: int, without: int
) -> list[Slot]:
    """The slots that are free, and those booked out by bookings of the very slot.

    Where slots do not share their places, what another slot's booking overlaps is off the list, not booked.
    """
    full = [offer for offer in offers if offer.remaining <= 0]
    if not full:
        return list(offers)
    where: list[Condition] = [
        ("service_id", "=", service.id),
        ("start", ">=", to_instant(min(offer.start for offer in full))),
        ("start", "<=", to_instant(max(offer.start for offer in full))),
        ("status", "in", sorted(OCCUPYING)),
    ]
    if staff_id:
        where.append(("resource_id", "=", staff_id))
    if location_id:
        where.append(("location_id", "=", location_id))
    booked: Counter[tuple[int, int]] = Counter()
    for booking in bookings.page(where, count=False).items:
        if booking.id != without:
            interval = to_epoch(booking.start), to_epoch(booking.end)
            booked[interval] += units_needed(service.plan, quantity=booking.quantity, persons=booking.persons)
    return [offer for offer in offers if offer.remaining > 0 or booked[offer.start, offer.end] >= offer.capacity]
