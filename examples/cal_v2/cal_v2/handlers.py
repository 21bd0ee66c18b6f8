"""Event types, slots and bookings. An event type is a service; a booking's ``uid`` is its number as a text."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import falcon

from cal_v2 import schemas
from cal_v2.auth import DIALECT
from cal_v2.schemas import shape
from frontdesk import Host, availability, bookings, catalog, repository, statuses
from frontdesk.database import writing
from frontdesk.errors import Invalid, NotAvailable, NotFound
from frontdesk.http import convert, decode_body, expected_version, query_params, send_json, set_etag
from frontdesk.openapi import operation
from frontdesk.records import Booking, BookingRequest, ChangeRequest, Customer, Service
from frontdesk.texts import sanitize
from frontdesk.times import utc_to_wall, wall_clock, wall_to_utc, zone

MAX_DAYS = 62
_ACCEPTED = {statuses.CONFIRMED, statuses.PAID, statuses.COMPLETED}


class _Handlers:
    def __init__(self, host: Host) -> None:
        self._host = host

    def _zone_of(self, service: Service) -> str:
        return service.zone or self._host.site.timezone

    def _wall_start(self, service_id: int, start: datetime) -> datetime:
        """An instant on the clock of the service; the second of two that it shows alike is refused."""
        zone_name, seconds = self._zone_of(repository.services.get(service_id)), int(start.timestamp())
        wall = utc_to_wall(seconds, zone_name)
        if wall_to_utc(wall, zone_name) != seconds:
            raise NotAvailable(reason="grid", start=start)
        return wall_clock(wall)

    def _send(self, resp: falcon.Response, data: Any, status: int = 200, **more: Any) -> None:
        send_json(resp, {"status": "success", "data": data, **more}, status)


class EventTypes(_Handlers):
    @operation(reply=shape([schemas.EventType]))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        conditions = [("bookable", "=", True), ("status", "=", statuses.ACTIVE)]
        page = repository.services.page(conditions, order=(("id", "asc"),), limit=250)
        self._send(resp, [self._event_type(service) for service in page.items])

    @operation(reply=shape(schemas.EventType))
    def on_get_one(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        self._send(resp, self._event_type(repository.services.get(id)))

    def _event_type(self, service: Service) -> schemas.EventType:
        currency = service.currency or self._host.site.currency
        return schemas.EventType(service.id, service.name, str(service.price), currency, self._zone_of(service))


class Slots(_Handlers):
    """``GET /v2/slots``: free starts by day of the asked-for zone."""

    @operation(query=schemas.SlotQuery, reply=shape({}))
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = convert(query_params(req), schemas.SlotQuery, strict=False)
        if not timedelta(0) <= query.end - query.start < timedelta(days=MAX_DAYS):
            raise Invalid(field="end", reason="range", limit=MAX_DAYS)
        shown_zone, day, now = zone(query.time_zone), timedelta(days=1), self._host.clock()
        # A day there touches up to three days on the clock of the service.
        around = {"first": query.start - day, "last": query.end + day, "now": now}
        slots = availability.list_slots(query.event_type_id, include_full=False, per_resource=False, **around)
        days: dict[str, list[schemas.Slot]] = {}
        for slot in slots:
            start = datetime.fromtimestamp(slot.start, UTC)
            date = start.astimezone(shown_zone).date()
            if query.start <= date <= query.end:
                days.setdefault(date.isoformat(), []).append(schemas.Slot(start, slot.remaining))
        self._send(resp, days)


class Bookings(_Handlers):
    @operation(query=schemas.PageQuery, reply={**shape([schemas.Booking]), "pagination": schemas.Pagination})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = convert(query_params(req), schemas.PageQuery, strict=False)
        page = bookings.page(limit=query.take, offset=query.skip)
        total = page.total or 0
        pagination = schemas.Pagination(total, query.take, query.skip + len(page.items) < total)
        self._send(resp, _shown(page.items), pagination=pagination)

    @operation(body=schemas.NewBooking, status=201, reply=shape(schemas.Booking))
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        body, now = decode_body(req, schemas.NewBooking), self._host.clock()
        request = BookingRequest(
            service_id=body.event_type_id,
            wall_start=self._wall_start(body.event_type_id, body.start),
            any_resource=True,
            status=statuses.CONFIRMED,
            origin=DIALECT,
            metadata={"metadata": sanitize(body.metadata), "time_zone": sanitize(body.attendee.time_zone)},
        )
        with writing():  # the attendee and the booking: both or neither
            customer = _customer_of(body.attendee, now)
            booking = bookings.create(replace(request, customer_id=customer.id), now=now)
        self._send(resp, _shown([booking])[0], 201)

    @operation(reply=shape(schemas.Booking))
    def on_get_one(self, req: falcon.Request, resp: falcon.Response, uid: str) -> None:
        booking = bookings.get(_id_of(uid))
        if not set_etag(req, resp, booking.version):
            self._send(resp, _shown([booking])[0])

    @operation(body=schemas.Cancel, reply=shape(schemas.Booking))
    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, uid: str) -> None:
        reason, version, now = (
            decode_body(req, schemas.Cancel).cancellation_reason,
            expected_version(req),
            self._host.clock(),
        )
        with writing():
            booking = bookings.cancel(_id_of(uid), now=now, origin=DIALECT, expected_version=version)
            if reason:
                own = booking.extras.get(DIALECT, {}) | {"cancellation_reason": sanitize(reason)}
                booking = bookings.set_metadata(booking.id, DIALECT, own, now=now)
        self._send(resp, _shown([booking])[0])

    @operation(body=schemas.Reschedule, status=201, reply=shape(schemas.Booking))
    def on_post_reschedule(self, req: falcon.Request, resp: falcon.Response, uid: str) -> None:
        start, before = decode_body(req, schemas.Reschedule).start, bookings.get(_id_of(uid))
        change = ChangeRequest(wall_start=self._wall_start(before.service_id, start))
        version, now = expected_version(req), self._host.clock()
        booking = bookings.update(before.id, change, now=now, origin=DIALECT, expected_version=version)
        self._send(resp, _shown([booking])[0], 201)


def _id_of(uid: str) -> int:
    if not uid.isascii() or not uid.isdigit() or len(uid) > 18:
        raise NotFound(kind="booking", id=uid)
    return int(uid)


def _customer_of(attendee: schemas.Attendee, now: datetime) -> Customer:
    """The customer with this address, who is made where there is none; inside a transaction."""
    catalog.lock_email(attendee.email)
    return repository.customers.find(email=attendee.email) or repository.customers.create(
        now=now, first_name=attendee.name, email=attendee.email, origin=DIALECT
    )


def _shown(records: Sequence[Booking]) -> list[schemas.Booking]:
    customers = repository.customers.get_many(booking.customer_id for booking in records)
    shown = []
    for booking in records:
        own, customer = booking.extras.get(DIALECT, {}), customers.get(booking.customer_id)
        attendees = [schemas.Attendee(customer.name, customer.email, own.get("time_zone", ""))] if customer else []
        waits = "pending" if booking.status in statuses.OCCUPYING else "cancelled"
        shown.append(
            schemas.Booking(
                id=booking.id,
                uid=str(booking.id),
                status="accepted" if booking.status in _ACCEPTED else waits,
                start=booking.start,
                end=booking.end,
                duration=(booking.end - booking.start) // timedelta(minutes=1),
                event_type_id=booking.service_id,
                attendees=attendees,
                metadata=own.get("metadata", {}),
                cancellation_reason=own.get("cancellation_reason", ""),
                price=str(booking.total),
            )
        )
    return shown
