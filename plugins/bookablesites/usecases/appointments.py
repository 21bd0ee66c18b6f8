"""Appointments: list, read, create, reschedule, change and cancel; each change covers all bookings of one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from msgspec import UNSET, to_builtins
from msgspec.structs import replace as replace_fields

from frontdesk import bookings, sessions
from frontdesk.database import writing
from frontdesk.errors import Invalid, InvalidTransition, NotFound
from frontdesk.records import Booking, ChangeRequest, RuleOverrides
from frontdesk.repository import Condition, locations, resources, services
from plugins.bookablesites.errors import FieldErrors
from plugins.bookablesites.schemas import AppointmentBody, AppointmentChange, CancelBody, PartyBody
from plugins.bookablesites.translate.bookings import (
    ACTIVE,
    CANCELED,
    ENDED,
    NO_SHOW,
    VISIBLE,
    appointment_status,
    note_of,
    status_mixes,
    status_of,
    to_appointment,
    to_start,
    to_status,
    to_statuses,
)
from plugins.bookablesites.translate.params import id_or_none, start_day_conditions, to_order, to_paging
from plugins.bookablesites.translate.values import NAME, stored_extras
from plugins.bookablesites.usecases.booking_requests import (
    CHECKOUT,
    FORCED,
    PreparedRequests,
    booking_request,
    choose_employee,
    offered_employee_id,
    offered_location_id,
    requested_slot,
)
from plugins.bookablesites.usecases.bookings import book, booking_records, change_status, refuse_late
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import service_views

SORT_COLUMNS = {"start_time": "wall_start", "start_date_time": "wall_start", "created_at": "created_at", "id": "id"}
ID_COLUMNS = {"employee": "resource_id", "service": "service_id", "location": "location_id"}


def list_appointments(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    sort_by, direction = to_order(query, SORT_COLUMNS, "created_at")
    conditions: list[Condition] = [*start_day_conditions(query)]
    for name, column in ID_COLUMNS.items():
        id = id_or_none(query, name)
        if id is not None:
            conditions.append((column, "=", id))
    # Those below are met by one booking of an appointment, not by all.
    member_conditions: list[Condition] = []
    customer_id = id_or_none(query, "customer")
    if customer_id is not None:
        member_conditions.append(("customer_id", "=", customer_id))
    if "group_id" in query:
        member_conditions.append(("group_id", "=", query["group_id"][:64]))
    page = sessions.page(
        conditions,
        statuses=VISIBLE,
        member_where=member_conditions,
        status_filters=status_mixes(to_statuses(query["status"])) if "status" in query else [],
        order=[(SORT_COLUMNS[sort_by], direction)],
        limit=paging.limit,
        offset=paging.offset,
    )
    return paging.to_list(_render(page.items, context.zone), page.total or 0)


def _render(appointments: Iterable[Sequence[Booking]], zone: str) -> list[dict[str, Any]]:
    """Appointments, each from its bookings, oldest first; ``zone`` is the zone of ``created_at``."""
    appointments = list(appointments)
    all_bookings = [booking for members in appointments for booking in members]
    booked = services.get_many(booking.service_id for booking in all_bookings)
    views = {view.service.id: view for view in service_views(list(booked.values()), with_extras=False)}
    employees = {id: record for view in views.values() for id, record in view.employees.items()}
    pairs = {(booking.service_id, booking.resource_id) for booking in all_bookings if booking.service_id in views}
    related = replace(
        booking_records(all_bookings),
        services=booked,
        resources=employees | resources.get_many({booking.resource_id for booking in all_bookings} - employees.keys()),
        locations=locations.get_many(booking.location_id for booking in all_bookings),
        party_limits={pair: views[pair[0]].party_limits(pair[1]) for pair in pairs},
    )
    return [to_appointment(members, related, zone) for members in appointments]


def get_appointment(id: int, context: Context) -> dict[str, Any]:
    """One appointment; raises NotFound."""
    return _render([_members(id)], context.zone)[0]


def _members(id: int) -> list[Booking]:
    """The bookings of an appointment, oldest first; raises NotFound."""
    return sessions.get(id, statuses=VISIBLE)


def create_appointment(payload: AppointmentBody, context: Context) -> dict[str, Any]:
    """Create an appointment with one party or several, or join the one of the same service, employee and start."""
    now = context.now()
    with writing():
        prepared = _prepare(payload, context, now=now)
        created = book(prepared, is_group=len(prepared.requests) > 1, now=now)
    return get_appointment(created[0].session_id, context)


def _prepare(payload: AppointmentBody, context: Context, *, now: datetime) -> PreparedRequests:
    """One request for each party of an appointment; all get the same slot and employee.

    Raises:
        Invalid: As for ``prepare_bookings``; "alone" where a customer stands beside ``bookings``.
    """
    parties: Sequence[PartyBody] = [payload]
    prefixes = [""]
    if payload.bookings is not UNSET:
        if payload.customer is not UNSET:
            raise Invalid(field="customer", reason="alone")
        parties = [
            replace_fields(party, status=payload.status) if party.status is UNSET else party
            for party in payload.bookings
        ]
        prefixes = [f"bookings.{position}." for position in range(len(parties))]
    slot = requested_slot(payload, context)
    requests = [
        booking_request(slot, party, context, prefix=prefix, now=now)
        for party, prefix in zip(parties, prefixes, strict=True)
    ]
    if len(requests) > 1 or slot.service.plan.resources.choice == "customer":
        persons = sum(request.persons for request in requests)
        resource_id = choose_employee(slot, persons, requests[0].extras, now=now)
        requests = [replace(request, resource_id=resource_id) for request in requests]
    if payload.note:
        requests[0] = replace(requests[0], metadata={**requests[0].metadata, "note": payload.note})
    return PreparedRequests(
        requests, slot.limits.waits_for_minimum, any(party.status is not UNSET for party in (*parties, payload))
    )


# -- changing -------------------------------------------------------------------------------------------------------


def reschedule_appointment(id: int, payload: AppointmentChange, context: Context) -> dict[str, Any]:
    """Move an appointment to another time, which the body must name."""
    fields = to_builtins(payload)
    if not fields.get("start_date_time"):
        missing = [name for name in ("date", "time") if not fields.get(name)]
        if missing:
            raise FieldErrors.missing(missing)
    return change_appointment(id, payload, context)


def change_appointment(id: int, payload: AppointmentChange, context: Context) -> dict[str, Any]:
    """Change time, employee, location, status and note, in this order and all or nothing."""
    fields, now = to_builtins(payload), context.now()
    force = bool(fields.get("force"))
    with writing():
        members = _members(id)
        _move(members, fields, context, now=now, force=force)
        if fields.get("status") is not None:
            _set_status(id, to_status(fields["status"]), context, now=now, force=force)
        if "note" in fields:
            _set_note(id, fields["note"] or None, now=now)
    return get_appointment(id, context)


def _move(
    members: Sequence[Booking], fields: Mapping[str, Any], context: Context, *, now: datetime, force: bool
) -> None:
    """Move all bookings of an appointment to the time, employee and location of ``fields``; its id stays.

    Raises:
        InvalidTransition: It has passed, or none of its bookings is approved or pending.
        TooLate: The notice for rescheduling has passed, without ``force``.
        NotAvailable: The new time is not free, or has another appointment.
    """
    first = members[0]
    employee_id, location_id = fields.get("employee"), fields.get("location")
    start = _new_start(first, fields, context)
    other_employee = bool(employee_id) and employee_id != first.resource_id
    other_location = bool(location_id) and location_id != first.location_id
    if (start is None or start == first.wall_start) and not other_employee and not other_location:
        return
    has_active = any(status_of(booking) in ACTIVE for booking in members)
    if not has_active or first.start <= now:
        raise InvalidTransition(
            from_status="past" if has_active else appointment_status(members), to_status="rescheduled"
        )
    if not force:
        refuse_late(first, context.settings.minimum_time_before_rescheduling, now=now)
    service = services.get_many([first.service_id]).get(first.service_id)
    if service is None:
        raise NotFound(kind="service", id=first.service_id)
    view = service_views([service], with_extras=False)[0]
    if other_employee:
        offered_employee_id(view, employee_id, "employee")
    if location_id:
        offered_location_id(view, location_id, 0, "location")
    change = ChangeRequest(
        wall_start=start,
        resource_id=employee_id or None,
        location_id=location_id or None,
        reprice=other_employee or other_location,
        checkout=CHECKOUT,
        overrides=FORCED if force else RuleOverrides(persons=True),
    )
    sessions.move(first.session_id, change, statuses=VISIBLE, now=now, origin=NAME)


def _new_start(first: Booking, fields: Mapping[str, Any], context: Context) -> datetime | None:
    """The wall start the fields name, None for none.

    The appointment's own start is in the zone it was booked in; another time is one of those on offer, in today's zone.
    """
    start = to_start(fields, first.zone)
    if start is None or start == first.wall_start:
        return start
    service = services.get_many([first.service_id]).get(first.service_id)
    return to_start(fields, (service.zone if service else "") or context.zone)


def _set_status(id: int, status: str, context: Context, *, now: datetime, force: bool) -> None:
    """Change all approved and pending bookings of an appointment; of one without any, all bookings."""
    members = _members(id)
    unchanged = (status, *ENDED, NO_SHOW)
    if appointment_status(members) == status and all(status_of(booking) in unchanged for booking in members):
        return
    active = [booking for booking in members if status_of(booking) in ACTIVE]
    for booking in active or members:
        change_status(booking, status, context, now=now, force=force)


def _set_note(id: int, note: str | None, *, now: datetime) -> None:
    """Replace the internal notes of all bookings by one note on the first booking."""
    members = _members(id)
    if note == note_of(members):
        return
    for booking, line in zip(members, [note, *[None] * (len(members) - 1)], strict=True):
        if line != note_of([booking]):
            bookings.set_metadata(booking.id, NAME, {**stored_extras(booking), "note": line}, now=now)


def cancel_appointment(id: int, payload: CancelBody, context: Context) -> dict[str, Any]:
    """Cancel all approved and pending bookings; a cancelled appointment stays as it is, and sends no event."""
    fields, now = to_builtins(payload), context.now()
    reason = fields.get("reason")
    with writing():
        active = [booking for booking in _members(id) if status_of(booking) in ACTIVE]
        _set_status(id, CANCELED, context, now=now, force=bool(fields.get("force")))
        for booking in active if reason else ():
            bookings.set_metadata(booking.id, NAME, {**stored_extras(booking), "cancel_reason": reason}, now=now)
    return get_appointment(id, context)
