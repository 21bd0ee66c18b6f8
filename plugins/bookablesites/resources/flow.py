"""The verbs of appointments and bookings: make, settle, move, change, cancel. Each in one transaction.

What takes places goes through ``core.services.bookings``; this only decides what belongs together.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from msgspec import UNSET

from core.db import writing
from core.domain.money import Quote
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, BookingRequest, ChangeRequest, RuleOverrides
from core.errors import BalanceRefused, Invalid, InvalidTransition, NotAvailable, NotFound, TooLate
from core.services import bookings, sessions
from core.services.repository import coupons, services
from plugins.bookablesites.auth import feature_disabled
from plugins.bookablesites.resources import offer, wanted
from plugins.bookablesites.resources.common import Tenant
from plugins.bookablesites.schemas import (
    AppointmentBody,
    AppointmentChange,
    BookingBody,
    BookingChange,
    Item,
    plain,
)
from plugins.bookablesites.translate import bookings as words
from plugins.bookablesites.translate.catalog import NAME, service_facts
from plugins.bookablesites.translate.prices import checkout


class _Undo(Exception):
    """Rolls back a trial."""


# -- making -------------------------------------------------------------------------------------------------------


def make_appointment(body: AppointmentBody, tenant: Tenant, *, now: datetime) -> int:
    """Make an appointment, or join the one there is, with one party or several; returns its id."""
    parties: Sequence[Any] = [body]
    if body.bookings is not UNSET:
        if body.customer is not UNSET:
            raise Invalid(field="customer", reason="alone")
        parties = body.bookings
    with writing():
        place = wanted.place_of(body, tenant)
        paths = [""] if body.bookings is UNSET else [f"bookings.{number}" for number in range(len(parties))]
        requests = [
            wanted.request_of(place, with_status(party, body), tenant, path=path, now=now)
            for party, path in zip(parties, paths, strict=True)
        ]
        if len(requests) > 1 or place.service.plan.resources.choice == "customer":
            persons = sum(request.persons for request in requests)
            number = wanted.choose_employee(place, persons, requests[0].extras, now=now)
            requests = [replace(request, resource_id=number) for request in requests]
        if body.note:
            requests[0] = replace(requests[0], metadata={**requests[0].metadata, "note": body.note})
        made = bookings.create_group(requests, now=now, group=len(requests) > 1)
        if place.waits_for_minimum:
            settle(made, explicit=_explicit(parties, body), now=now)
    return made[0].session_id


def with_status(party: Any, body: Any) -> Any:
    """A party takes over the status said for the whole appointment."""
    if party is body or party.status is not UNSET or body.status is UNSET:
        return party
    return msgspec.structs.replace(party, status=body.status)


def _explicit(parties: Sequence[Any], body: Any) -> bool:
    return any(party.status is not UNSET for party in (*parties, body))


def make_bookings(body: BookingBody, tenant: Tenant, *, now: datetime) -> list[Booking]:
    """Book one item, or a group of up to twenty, all or nothing."""
    items, paths = items_of(body, tenant)
    with writing():
        requests, waiting = requests_of(body, items, paths, tenant, now=now)
        made = bookings.create_group(requests, now=now, group=body.bookings is not UNSET)
        if waiting:
            settle(made, explicit=_explicit(items, body), now=now)
            made = list(bookings.get_many(booking.id for booking in made).values())
    return made


def items_of(body: BookingBody, tenant: Tenant) -> tuple[list[Item], list[str]]:
    """The items of a body and the paths their errors are told under; a group's customer serves those without one."""
    if body.bookings is UNSET:
        return [body], [""]
    if not tenant.settings.features.group_booking:
        raise feature_disabled("group booking")
    items = []
    for item in body.bookings:
        shared = {
            name: value
            for name in ("customer", "status", "location", "force", "notify_participants")
            if getattr(item, name) is UNSET and (value := getattr(body, name)) is not UNSET
        }
        items.append(msgspec.structs.replace(item, **shared) if shared else item)
    return items, [f"bookings.{number}" for number in range(len(items))]


def requests_of(
    body: BookingBody,
    items: Sequence[Item],
    paths: Sequence[str],
    tenant: Tenant,
    *,
    now: datetime,
    store: bool = True,
) -> tuple[list[BookingRequest], bool]:
    """Every item as core's request, and whether one of them may wait for a minimum.

    The group's coupon goes to the items it is for.
    """
    requests, waiting = [], False
    for number, (item, path) in enumerate(zip(items, paths, strict=True)):
        try:
            place = wanted.place_of(item, tenant, path)
            request = wanted.request_of(place, item, tenant, path=path, now=now, store=store)
            if place.service.plan.resources.choice == "customer":
                number_there = wanted.choose_employee(place, request.persons, request.extras, now=now)
                request = replace(request, resource_id=number_there)
        except NotAvailable as error:
            error.item = number if path else None
            raise
        requests.append(request)
        waiting = waiting or place.waits_for_minimum
    if body.bookings is not UNSET and body.coupon_code:
        if not tenant.settings.features.coupons:
            raise feature_disabled("coupons")
        requests = _share_coupon(requests, body.coupon_code.strip())
    return requests, waiting


def _share_coupon(requests: list[BookingRequest], code: str) -> list[BookingRequest]:
    """Items outside the coupon's services simply get no discount; a coupon that is for none of them is refused."""
    known = coupons.find(code=code)
    if known is None:
        raise BalanceRefused(kind="coupon", code=code, reason="unknown", reasons=("unknown",))
    fitting = [not known.services or request.service_id in known.services for request in requests]
    if not any(fitting):
        raise BalanceRefused(kind="coupon", code=code, reason="service", reasons=("service",))
    return [
        replace(request, coupon_code=request.coupon_code or code) if fits else request
        for request, fits in zip(requests, fitting, strict=True)
    ]


def settle(made: Sequence[Booking], *, explicit: bool = False, now: datetime) -> None:
    """Approve who waits in the appointments these bookings joined, where the minimum is reached now."""
    for session_id in dict.fromkeys(booking.session_id for booking in made):
        settle_session(session_id, now=now, unless_new={b.id for b in made} if explicit else frozenset())


def settle_session(session_id: int, *, now: datetime, unless_new: Any = frozenset()) -> None:
    """Approve all pending bookings of an appointment once its service's minimum is reached.

    Args:
        unless_new: Bookings whose status was asked for in so many words.
    """
    members = sessions.bookings_of([session_id], statuses=words.VISIBLE).get(session_id) or []
    waiting = [b for b in members if words.status_of(b) == words.PENDING and b.id not in unless_new]
    if not waiting:
        return
    service = services.get_many([waiting[0].service_id]).get(waiting[0].service_id)
    if service is None:
        return
    whole = offer.offered([service], shown=False)[0]
    low = offer.terms(whole, waiting[0].resource_id).low
    if not service_facts(whole)["allow_below_min_capacity"] or low < 2:
        return
    if sum(words.party(b) for b in members if words.status_of(b) in words.ACTIVE) >= low:
        for booking in waiting:
            bookings.set_status(booking.id, words.to_core_status(words.APPROVED), now=now, origin=NAME)


def note(session_id: int, text: str | None, *, now: datetime) -> None:
    """Give an appointment another internal note, in place of all that its bookings brought."""
    members = sessions.get(session_id, statuses=words.VISIBLE)
    if text == words.note_of(members):
        return
    for booking, line in zip(members, [text, *[None] * (len(members) - 1)], strict=True):
        if line != words.note_of([booking]):
            bookings.set_metadata(booking.id, NAME, {**words.own(booking), "note": line}, now=now)


def try_bookings(body: BookingBody, tenant: Tenant, *, now: datetime) -> tuple[list[Quote], NotAvailable | None]:
    """What a body would cost and whether it could be booked; made and undone, so that items see each other."""
    items, paths = items_of(body, tenant)
    quotes: list[Quote] = []
    refused = None
    requests, _ = requests_of(body, items, paths, tenant, now=now, store=False)
    try:
        if len(requests) == 1:
            return [bookings.quote(requests[0], now=now)[0]], None
        with writing():
            made = bookings.create_group(requests, now=now, group=body.bookings is not UNSET)
            quotes = [words.stored_quote(booking) for booking in made]
            raise _Undo
    except _Undo:
        pass
    except NotAvailable as error:
        refused = error
        quotes = [bookings.quote(request, now=now, check=False)[0] for request in requests]
    return quotes, refused


# -- changing -----------------------------------------------------------------------------------------------------


def change_status(booking: Booking, word: str, tenant: Tenant, *, now: datetime, force: bool = False) -> Booking:
    """Move one booking to another status; the same one again changes nothing.

    Raises:
        InvalidTransition: Not from here, or the time of a booking that would come back has passed.
        TooLate: The notice for cancelling has passed.
    """
    was = words.status_of(booking)
    if was == word:
        return booking
    if word not in words.TRANSITIONS[was] or (was in words.RETURNS and booking.start <= now):
        raise InvalidTransition(was=was, wanted=word)
    if word == words.CANCELED and not force:
        refuse_late(booking, tenant.settings.minimum_time_before_canceling, now=now)
    return bookings.set_status(booking.id, words.to_core_status(word), now=now, origin=NAME)


def refuse_late(booking: Booking, minutes: int, *, now: datetime) -> None:
    """Raise TooLate where less than ``minutes`` are left before the start."""
    if minutes and (booking.start - now).total_seconds() < minutes * 60:
        raise TooLate(limit=minutes)


def change_appointment(id: int, body: AppointmentChange, tenant: Tenant, *, now: datetime) -> None:
    """Time, employee, location, status and note of an appointment, in this order and all together."""
    given = plain(body)
    with writing():
        members = sessions.get(id, statuses=words.VISIBLE)
        first = members[0]
        start = words.to_start(given, first.zone)
        if start is not None and start != first.wall_start:
            # Another time is one of those on offer, which are told on the clock of today's zone.
            service = services.get_many([first.service_id]).get(first.service_id)
            start = words.to_start(given, (service.zone if service else "") or tenant.zone)
        employee, location = given.get("employee"), given.get("location")
        moves = (
            (start is not None and start != first.wall_start)
            or (employee and employee != first.resource_id)
            or (location and location != first.location_id)
        )
        if moves:
            move(members, start, employee, location, tenant, now=now, force=bool(given.get("force")))
        if given.get("status") is not None:
            set_appointment_status(
                id, words.to_status(given["status"]), tenant, now=now, force=bool(given.get("force"))
            )
        if "note" in given:
            note(id, given["note"] or None, now=now)


def move(
    members: Sequence[Booking],
    start: datetime | None,
    employee: int | None,
    location: int | None,
    tenant: Tenant,
    *,
    now: datetime,
    force: bool = False,
) -> None:
    """Move all bookings of an appointment together; its id stays.

    Raises:
        InvalidTransition: It has passed, or nobody is approved or pending in it.
        TooLate: The notice for rescheduling has passed.
        NotAvailable: The new time is not free, or is another appointment's.
    """
    first = members[0]
    moving = [booking for booking in members if words.status_of(booking) in words.ACTIVE]
    word = words.shared_status([words.status_of(booking) for booking in members])
    if not moving or first.start <= now:
        raise InvalidTransition(was="past" if moving else word, wanted="rescheduled")
    if not force:
        refuse_late(first, tenant.settings.minimum_time_before_rescheduling, now=now)
    service = services.get_many([first.service_id]).get(first.service_id)
    if service is None:
        raise NotFound(kind="service", id=first.service_id)
    whole = offer.offered([service])[0]
    if employee and employee != first.resource_id:
        wanted.employee_of(whole, employee, "employee")
    if location:
        wanted.location_of(whole, location, 0, "location")
    sessions.move(
        first.session_id,
        ChangeRequest(
            wall_start=start,
            resource_id=employee or None,
            location_id=location or None,
            reprice=bool((employee and employee != first.resource_id) or (location and location != first.location_id)),
            checkout=tuple(checkout()),
            overrides=wanted.FORCED if force else RuleOverrides(persons=True),
        ),
        statuses=words.VISIBLE,
        now=now,
        origin=NAME,
    )


def set_appointment_status(id: int, word: str, tenant: Tenant, *, now: datetime, force: bool = False) -> None:
    """Change all approved and pending bookings of an appointment; those of a finished one when none is left."""
    with writing():
        members = sessions.get(id, statuses=words.VISIBLE)
        was = words.shared_status([words.status_of(booking) for booking in members])
        if was == word and all(words.status_of(b) in (word, *words.RETURNS, words.NO_SHOW) for b in members):
            return
        active = [booking for booking in members if words.status_of(booking) in words.ACTIVE]
        for booking in active or members:
            change_status(booking, word, tenant, now=now, force=force)


def cancel_appointment(
    id: int, tenant: Tenant, *, now: datetime, force: bool = False, reason: str | None = None
) -> None:
    """Cancel whoever is approved or pending; cancelled already: nothing happens, and nobody is told."""
    with writing():
        members = sessions.get(id, statuses=words.VISIBLE)
        leaving = [booking for booking in members if words.status_of(booking) in words.ACTIVE]
        set_appointment_status(id, words.CANCELED, tenant, now=now, force=force)
        for booking in leaving if reason else ():
            bookings.set_metadata(booking.id, NAME, {**words.own(booking), "cancel_reason": reason}, now=now)


def change_booking(id: int, body: BookingChange, tenant: Tenant, *, now: datetime) -> None:
    """Persons, extras, custom fields and status of one booking; more persons need the seats, fewer free them."""
    given = plain(body)
    with writing():
        booking = visible(id)
        persons = words.to_persons(given)
        chosen = words.to_chosen(given) if "extras" in given else None
        if persons is not None or chosen is not None:
            service = services.get_many([booking.service_id]).get(booking.service_id)
            if service is None:
                raise NotFound(kind="service", id=booking.service_id)
            whole = offer.offered([service])[0]
            offered_there = {extra.id: extra for extra in whole.extras}
            for position, (number, quantity) in enumerate(chosen or ()):
                if number not in offered_there:
                    raise Invalid(field=f"extras.{position}.id", reason="unknown", value=number)
                most = offered_there[number].max_quantity
                if most and quantity > most:
                    raise Invalid(field=f"extras.{position}.quantity", reason="range", value=quantity)
            low = offer.terms(whole, booking.resource_id).low
            waits = service_facts(whole)["allow_below_min_capacity"]
            if persons is not None and not waits and persons < low:
                raise NotAvailable(reason="persons", wanted=persons, limit=low)
            bookings.update(
                id,
                ChangeRequest(
                    persons=persons,
                    extras=chosen,
                    reprice=True,
                    checkout=tuple(checkout()),
                    overrides=SKIP_ALL_BUT_CAPACITY,
                ),
                now=now,
                origin=NAME,
            )
        if "custom_fields" in given:
            booking = visible(id)
            metadata = {**words.own(booking), "custom_fields": given["custom_fields"]}
            bookings.set_metadata(id, NAME, metadata, now=now)
        if given.get("status") is not None:
            change_status(
                visible(id), words.to_status(given["status"]), tenant, now=now, force=bool(given.get("force"))
            )
        settle_session(visible(id).session_id, now=now, unless_new={id} if given.get("status") is not None else ())


def cancel_booking(id: int, tenant: Tenant, *, now: datetime, force: bool = False) -> None:
    """Give one place back; a booking that is cancelled already stays as it is."""
    with writing():
        change_status(visible(id), words.CANCELED, tenant, now=now, force=force)


def visible(id: int) -> Booking:
    """A booking this dialect shows; raises NotFound."""
    booking = bookings.get(id)
    if booking.status not in words.VISIBLE:
        raise NotFound(kind="booking", id=id)
    return booking


def group(group_id: str) -> list[Booking]:
    """The bookings of a group order, in the order they were made; raises NotFound."""
    found: list[Booking] = []
    if group_id and len(group_id) <= 40:
        where = [("group_id", "=", group_id), ("status", "in", sorted(words.VISIBLE))]
        found = bookings.page(where, order=[("id", "asc")], count=False).items
    if not found:
        raise NotFound(kind="group", id=group_id)
    return found


def cancel_group(group_id: str, tenant: Tenant, *, now: datetime) -> None:
    """Cancel every booking of a group that can be."""
    with writing():
        for booking in group(group_id):
            if words.status_of(booking) in words.ACTIVE:
                try:
                    change_status(booking, words.CANCELED, tenant, now=now)
                except TooLate:
                    continue
