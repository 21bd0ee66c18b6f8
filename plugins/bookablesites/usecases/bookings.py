"""Bookings and group orders: list, read, create, quote, change and cancel, each in one transaction."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from msgspec import UNSET, to_builtins

from frontdesk import bookings, sessions
from frontdesk.database import writing
from frontdesk.errors import InvalidTransition, NotAvailable, NotFound, TooLate, Vetoed
from frontdesk.money import Quote
from frontdesk.records import SKIP_ALL_BUT_CAPACITY, Booking, ChangeRequest, Customer
from frontdesk.repository import Condition, customers, extras, services
from plugins.bookablesites.errors import FeatureDisabled
from plugins.bookablesites.schemas import BookingBody, BookingChange, CancelBody
from plugins.bookablesites.translate.bookings import (
    ACTIVE,
    APPROVED,
    CANCELED,
    ENDED,
    PENDING,
    STATUSES,
    TRANSITIONS,
    VISIBLE,
    RelatedRecords,
    party_size,
    status_of,
    stored_quote,
    to_booking,
    to_core_status,
    to_core_statuses,
    to_extras_chosen,
    to_group,
    to_persons,
    to_status,
    to_statuses,
)
from plugins.bookablesites.translate.params import id_or_none, start_day_conditions, to_order, to_paging
from plugins.bookablesites.translate.prices import to_group_price, to_price
from plugins.bookablesites.translate.services import check_extras
from plugins.bookablesites.translate.values import NAME, stored_extras
from plugins.bookablesites.usecases.booking_requests import CHECKOUT, PreparedRequests, prepare_bookings
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import service_views

SORT_COLUMNS = {"start_time": "wall_start", "created_at": "created_at", "id": "id"}
ID_COLUMNS = {
    "customer": "customer_id",
    "appointment": "session_id",
    "service": "service_id",
    "employee": "resource_id",
    "location": "location_id",
}
_MAX_GROUP_ID = 40


def list_bookings(query: Mapping[str, Any]) -> dict[str, Any]:
    paging = to_paging(query)
    sort_by, direction = to_order(query, SORT_COLUMNS, "id")
    vendor_statuses = to_statuses(query["status"]) if "status" in query else STATUSES
    conditions: list[Condition] = [("status", "in", to_core_statuses(vendor_statuses)), *start_day_conditions(query)]
    for name, column in ID_COLUMNS.items():
        id = id_or_none(query, name)
        if id is not None:
            conditions.append((column, "=", id))
    if "group_id" in query:
        conditions.append(("group_id", "=", query["group_id"][:64]))
    # Ids rise with time, and there is an index with the time for every filter.
    order = [("created_at", direction), ("id", direction)]
    if sort_by != "id":
        order = [(SORT_COLUMNS[sort_by], direction)]
    page = bookings.page(conditions, order=order, limit=paging.limit, offset=paging.offset)
    return paging.to_list(_render(page.items), page.total or 0)


def _render(members: Sequence[Booking], known_customers: Sequence[Customer] = ()) -> list[dict[str, Any]]:
    related = booking_records(members, known_customers)
    return [to_booking(booking, related) for booking in members]


def booking_records(members: Sequence[Booking], known_customers: Sequence[Customer] = ()) -> RelatedRecords:
    """The customers and extras of bookings, in two queries.

    Args:
        known_customers: Customers that the caller has just read, who are not read again.
    """
    known = {customer.id: customer for customer in known_customers}
    return RelatedRecords(
        customers=known | customers.get_many({booking.customer_id for booking in members} - known.keys()),
        extras=extras.get_many(extra_id for booking in members for extra_id, _ in booking.extras_chosen),
    )


def get_booking(id: int) -> dict[str, Any]:
    return _render([_visible(id)])[0]


def _visible(id: int) -> Booking:
    """A booking this dialect shows; raises NotFound."""
    booking = bookings.get(id)
    if booking.status not in VISIBLE:
        raise NotFound(kind="booking", id=id)
    return booking


# -- creating -------------------------------------------------------------------------------------------------------


def create_bookings(payload: BookingBody, context: Context) -> tuple[dict[str, Any], str]:
    """Book one item, or all items of a group or none.

    Returns:
        The booking or the group order, and its path.
    """
    now, is_group = context.now(), _is_group(payload, context)
    with writing():
        prepared = prepare_bookings(payload, context, now=now)
        created = book(prepared, is_group=is_group, now=now)
    first = created[0]
    if not is_group:
        bookers = [request.customer for request in prepared.requests if request.customer is not None]
        return _render(created, bookers)[0], f"bookings/{first.id}"
    path = f"bookings/groups/{first.group_id}" if first.group_id else f"bookings/{first.id}"
    return _render_group(created), path


def _is_group(payload: BookingBody, context: Context) -> bool:
    if payload.bookings is UNSET:
        return False
    if not context.settings.features.group_booking:
        raise FeatureDisabled(feature="group booking")
    return True


def book(prepared: PreparedRequests, *, is_group: bool, now: datetime) -> list[Booking]:
    """Create the bookings, and approve appointments that reach their minimum with them."""
    created = bookings.create_group(prepared.requests, now=now, group=is_group)
    if not prepared.wait_for_minimum:
        return created
    ids = [booking.id for booking in created]
    for session_id in dict.fromkeys(booking.session_id for booking in created):
        approve_waiting(session_id, now=now, except_ids=ids if prepared.explicit_status else ())
    return list(bookings.get_many(ids).values())


def approve_waiting(session_id: int, *, now: datetime, except_ids: Collection[int] = ()) -> None:
    """Approve the pending bookings of an appointment whose service waits for a minimum, once it is reached.

    Args:
        except_ids: Bookings whose status the request names.
    """
    members = sessions.bookings_of([session_id], statuses=VISIBLE).get(session_id) or []
    waiting = [booking for booking in members if status_of(booking) == PENDING and booking.id not in except_ids]
    if not waiting:
        return
    service = services.get_many([waiting[0].service_id]).get(waiting[0].service_id)
    if service is None:
        return
    view = service_views([service], with_extras=False)[0]
    limits = view.party_limits(waiting[0].resource_id)
    persons = sum(party_size(booking) for booking in members if status_of(booking) in ACTIVE)
    if limits.waits_for_minimum and persons >= limits.minimum:
        for booking in waiting:
            # One that a plugin refuses stays pending; it is no reason to refuse the booking that reached the minimum.
            with suppress(Vetoed):
                bookings.set_status(booking.id, to_core_status(APPROVED), now=now, origin=NAME)


class _Rollback(Exception):
    """Ends the transaction of a quote."""


def quote_bookings(payload: BookingBody, context: Context) -> dict[str, Any]:
    """The price of a body, and whether it can be booked; nothing is stored."""
    now, is_group = context.now(), _is_group(payload, context)
    requests = prepare_bookings(payload, context, now=now, create_customers=False).requests
    reason = None
    quotes: list[Quote] = []
    try:
        if len(requests) == 1:
            quotes = [bookings.quote(requests[0], now=now)[0]]
        else:
            # Book and roll back, so that the items see each other.
            with writing():
                created = bookings.create_group(requests, now=now, group=is_group)
                quotes = [stored_quote(booking) for booking in created]
                raise _Rollback
    except _Rollback:
        pass
    except (NotAvailable, Vetoed) as error:
        reason = error.reason
        quotes = [bookings.quote(request, now=now, check=False)[0] for request in requests]
    reply = {
        "available": reason is None,
        "bookings": [{"price": to_price(quote)} for quote in quotes],
        "price": to_group_price(quotes),
    }
    return reply if reason is None else {**reply, "reason": reason}


# -- changing -------------------------------------------------------------------------------------------------------


def change_booking(id: int, payload: BookingChange, context: Context) -> dict[str, Any]:
    """Change persons, extras, custom fields and status; more persons need the seats, fewer give them back."""
    fields, now = to_builtins(payload), context.now()
    has_status = fields.get("status") is not None
    with writing():
        _change_party(_visible(id), fields, now=now)
        if "custom_fields" in fields:
            stored = {**stored_extras(_visible(id)), "custom_fields": fields["custom_fields"]}
            bookings.set_metadata(id, NAME, stored, now=now)
        if has_status:
            status = to_status(fields["status"])
            change_status(_visible(id), status, context, now=now, force=bool(fields.get("force")))
        approve_waiting(_visible(id).session_id, now=now, except_ids=[id] if has_status else ())
    return get_booking(id)


def _change_party(booking: Booking, fields: Mapping[str, Any], *, now: datetime) -> None:
    persons = to_persons(fields)
    chosen = to_extras_chosen(fields) if "extras" in fields else None
    if persons is None and chosen is None:
        return
    service = services.get_many([booking.service_id]).get(booking.service_id)
    if service is None:
        raise NotFound(kind="service", id=booking.service_id)
    view = service_views([service])[0]
    entries = [{"id": extra_id, "quantity": quantity} for extra_id, quantity in chosen or ()]
    check_extras(entries, dict(chosen or ()), {extra.id: extra for extra in view.extras})
    limits = view.party_limits(booking.resource_id)
    if persons is not None and persons < limits.minimum and not limits.waits_for_minimum:
        raise NotAvailable(reason="persons", requested=persons, limit=limits.minimum)
    change = ChangeRequest(
        persons=persons, extras=chosen, reprice=True, checkout=CHECKOUT, overrides=SKIP_ALL_BUT_CAPACITY
    )
    bookings.update(booking.id, change, now=now, origin=NAME)


def change_status(booking: Booking, status: str, context: Context, *, now: datetime, force: bool = False) -> None:
    """Change the status of a booking; the same status again changes nothing.

    Raises:
        InvalidTransition: Not allowed from its status, or the time of an ended booking has passed.
        TooLate: The notice for cancelling has passed, without ``force``.
    """
    current = status_of(booking)
    if current == status:
        return
    if status not in TRANSITIONS[current] or (current in ENDED and booking.start <= now):
        raise InvalidTransition(from_status=current, to_status=status)
    if status == CANCELED and not force:
        refuse_late(booking, context.settings.minimum_time_before_canceling, now=now)
    bookings.set_status(booking.id, to_core_status(status), now=now, origin=NAME)


def refuse_late(booking: Booking, minutes: int, *, now: datetime) -> None:
    """Raise TooLate with less than ``minutes`` before the start."""
    if minutes and (booking.start - now).total_seconds() < minutes * 60:
        raise TooLate(limit=minutes)


def cancel_booking(id: int, payload: CancelBody, context: Context) -> dict[str, Any]:
    """Cancel one booking; a cancelled one stays as it is."""
    with writing():
        change_status(_visible(id), CANCELED, context, now=context.now(), force=payload.force is True)
    return get_booking(id)


# -- group orders ---------------------------------------------------------------------------------------------------


def get_group(group_id: str) -> dict[str, Any]:
    return _render_group(_group(group_id))


def _render_group(members: Sequence[Booking]) -> dict[str, Any]:
    return to_group(members, booking_records(members))


def cancel_group(group_id: str, context: Context) -> dict[str, Any]:
    """Cancel every booking of a group that can be cancelled."""
    with writing():
        for booking in _group(group_id):
            if status_of(booking) in ACTIVE:
                try:
                    change_status(booking, CANCELED, context, now=context.now())
                except TooLate:
                    continue
    return get_group(group_id)


def _group(group_id: str) -> Sequence[Booking]:
    """The bookings of a group order, oldest first; raises NotFound."""
    conditions: list[Condition] = [("group_id", "=", group_id), ("status", "in", sorted(VISIBLE))]
    members: Sequence[Booking] = ()
    if group_id and len(group_id) <= _MAX_GROUP_ID:
        members = bookings.page(conditions, order=[("id", "asc")], count=False).items
    if not members:
        raise NotFound(kind="group", id=group_id)
    return members
