"""Appointments: list, read, delete (``checkout`` makes them), and the free time slots of a service."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from frontdesk import availability, bookings
from frontdesk.errors import Invalid
from frontdesk.records import Booking, Service
from frontdesk.repository import (
    Condition,
    customers,
    extras,
    locations,
    payments,
    resources,
    services,
    to_epoch,
    to_instant,
)
from frontdesk.schedule import UNLIMITED, Slot, units_needed
from frontdesk.statuses import OCCUPYING
from frontdesk.texts import fold
from plugins.bookingpress.errors import ReadRefused, Refused
from plugins.bookingpress.translate.appointments import (
    HIDDEN,
    LABELS,
    core_statuses,
    extras_to_look_up,
    to_appointment,
    to_time_slots,
)
from plugins.bookingpress.translate.checkout import is_by_days, read_chosen_extras
from plugins.bookingpress.translate.customers import shown_name
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.translate.schedule import is_day_off
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.base import MOST_MATCHES, CrudUseCases, Ids, is_assigned, search_conditions
from plugins.bookingpress.usecases.checkout import Checkout, find_extras
from plugins.bookingpress.usecases.context import Context

#: Sorting by a name reads the records themselves; of longer lists only the newest are sorted so.
MOST_SORTED = 10_000
_ID_FIELDS = {
    "customer_id": "customer_id",
    "service_id": "service_id",
    "staffmember_id": "resource_id",
    "location_id": "location_id",
}
_MINUTES_OF_A_DAY = 1440


class Appointments(CrudUseCases):
    table = bookings.repository
    id_name = "appointment_id"

    def page(self, listing: Listing) -> tuple[list[Any], int]:
        where = self._conditions(listing)
        if listing.sort in ("customer_name", "service_name"):
            page = bookings.page(where, limit=MOST_SORTED)
            name = _service_name if listing.sort == "service_name" else _customer_name
            records = sorted(page.items, key=name, reverse=listing.order[0][1] == "desc")
            return self._shown(records[listing.offset : listing.offset + listing.limit], single=False), page.total or 0
        order = listing.order
        if not listing.sort:
            # Ids rise with time, and this order has an index for every filter.
            order = (("created_at", order[0][1]), ("id", order[0][1]))
        page = bookings.page(where, order=order, limit=listing.limit, offset=listing.offset)
        return self._shown(page.items, single=False), page.total or 0

    def _conditions(self, listing: Listing) -> list[Condition]:
        params = listing.params
        where: list[Condition] = []
        days = params.raw("selected_date_range")
        if isinstance(days, list) and len(days) == 2 and params.is_empty("start_date") and params.is_empty("end_date"):
            params = Params({**params.values, "start_date": days[0], "end_date": days[1]})
        if first := params.optional_date("start_date"):
            where.append(("wall_start", ">=", datetime.combine(first, time())))
        if last := params.optional_date("end_date"):
            where.append(("wall_start", "<", datetime.combine(last + timedelta(days=1), time())))
        codes = params.ids("appointment_status")
        if codes:
            if not set(codes) <= LABELS.keys():
                raise ReadRefused(bad={"appointment_status": "appointment_status is not one of 1, 2, 3, 4, 5, 6."})
            where.append(("status", "in", core_statuses(codes)))
        else:
            where.append(("status", "not_in", HIDDEN))
        for name, field in _ID_FIELDS.items():
            if ids := params.ids(name):
                where.append((field, "in", ids))
        if not params.is_empty("search_appointment_id"):
            where.append(("id", "=", params.id("search_appointment_id")))
        if listing.search:
            where.append(("", "any", _search(listing.search)))
        return where

    def _shown(self, records: list[Booking], *, single: bool) -> list[Any]:
        settings, now = self.context.settings, self.context.now
        by_booking = {}
        if records:
            logs = payments.list_all([("booking_id", "in", [booking.id for booking in records])])
            by_booking = {payment.booking_id: payment for payment in reversed(logs)}
        # What this dialect booked says all of it by itself.
        bookers = customers.get_many(booking.customer_id for booking in records if NAME not in booking.extras)
        extra_ids = {id for booking in records for id in extras_to_look_up(booking)}
        chosen_extras = extras.get_many(extra_ids) if extra_ids else {}
        return [
            to_appointment(
                booking,
                index,
                payment=by_booking.get(booking.id),
                customer=bookers.get(booking.customer_id),
                extras=chosen_extras,
                settings=settings,
                site_zone=self.context.zone,
                symbol=self.context.symbol,
                now=now,
            )
            for index, booking in enumerate(records, 1)
        ]

    def create(self, params: Params) -> Ids:
        # Checks come first; the transaction is opened only then.
        return Checkout(params, self.context).book()

    def delete(self, id: int, *, expected_version: int | None = None) -> Ids:
        if not bookings.get_many([id]):
            raise Refused(reason="appointment_gone")
        bookings.delete(id, now=self.context.now, origin=NAME, expected_version=expected_version)
        return {"appointment_id": id}


def _search(text: str) -> list[Condition]:
    """Bookings whose customer or service has the words in its name or address."""
    named = search_conditions(text, ("first_name", "last_name", "email"))
    bookers = customers.page(named, limit=MOST_MATCHES, count=False)
    booked = services.page(search_conditions(text, ("name",)), limit=MOST_MATCHES, count=False)
    return [
        ("customer_id", "in", [customer.id for customer in bookers.items]),
        ("service_id", "in", [service.id for service in booked.items]),
    ]


def _service_name(booking: Booking) -> tuple[str, int]:
    return fold(str((booking.snapshot.get("service") or {}).get("name") or "")), booking.id


def _customer_name(booking: Booking) -> tuple[str, int]:
    return fold(shown_name(booking.snapshot.get("customer") or {})), booking.id


# -- time slots --------------------------------------------------------------------------------------------------------


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
