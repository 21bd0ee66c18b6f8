"""Bookings: the list, and one with everything about it and what can be done to it."""

from datetime import UTC, datetime
from typing import Any

import falcon

from core.console.pages.base import (
    Page,
    by_name,
    newer_offset,
    number_field,
    offset_field,
    query_fields,
    read_form,
    text_field,
)
from core.console.pages.calendar import read_choice, wall_clock_of
from core.domain.records import Booking
from core.domain.requests import SKIP_ALL_BUT_CAPACITY, ChangeRequest, RuleOverrides
from core.domain.statuses import BOOKING, CANCELLED, OCCUPYING
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid, StaleVersion
from core.http.responses import send_json
from core.services import actors, audit, booking_agenda, booking_details, bookings
from core.services.audit import Filter
from core.services.repository import resources, services

PAGE_SIZE = 50
#: The most events of a booking's history.
MAX_HISTORY = 200
#: Statuses that an operator may choose; holds and what follows them come from checkouts.
CHOICES = tuple(status for status in BOOKING if status not in ("hold", "released"))


class BookingsPage(Page):
    """``/bookings``: newest first, filtered by service, status, dialect or customer."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        choice = read_choice(query)
        text = query.get("q", "")[:200]
        if text.isascii() and text.isdigit():
            self.see_other(resp, self.console.url("bookings", text))
            return
        offset = offset_field(query)
        page = booking_details.search(text, choice, limit=PAGE_SIZE, offset=offset)
        shown = {name: query.get(name, "") for name in ("q", "service", "status", "dialect")}
        self.show(
            req,
            resp,
            "bookings.html",
            entries=page.items,
            total=page.total,
            offset=offset,
            older=offset + PAGE_SIZE if page.total is None or page.total > offset + PAGE_SIZE else None,
            newer=newer_offset(offset, PAGE_SIZE),
            query=shown,
            services=by_name(services),
            statuses=BOOKING,
            dialects=self.console.dialects,
            name_in=booking_agenda.name_in,
        )


class BookingPage(Page):
    """``/bookings/{id}``: one booking; its forms move it or change its status."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        self._show(req, resp, bookings.get(id))

    def on_post(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        form = read_form(req)
        wants_json = "application/json" in (req.env.get("HTTP_ACCEPT") or "")
        booking = bookings.get(id)
        try:
            message = self._change(req, booking, form)
        except DomainError as error:
            sentence = _sentence(error)
            resp.status = 409
            if wants_json:
                send_json(resp, {"error": sentence, "explain": self._explain_url(booking, form)}, 409)
            else:
                self._show(req, resp, bookings.get(id), problem=sentence, form=form)
            return
        if wants_json:
            send_json(resp, {"message": message})
        else:
            self.see_other(resp, self.console.url("bookings", id), message)

    def _change(self, req: falcon.Request, booking: Booking, form: dict[str, Any]) -> str:
        action, reason = text_field(form, "action"), text_field(form, "reason")
        overrides = _overrides(form)
        if overrides != RuleOverrides() and not reason:
            raise Invalid(field="reason", reason="missing")
        options: dict[str, Any] = {"now": self.console.clock()}
        if version := number_field(form, "version"):
            options["expected_version"] = version
        with actors.because(reason):
            if action == "move":
                change = ChangeRequest(
                    wall_start=self._new_start(booking, form),
                    resource_id=number_field(form, "resource", booking.resource_id),
                    overrides=overrides,
                )
                after = bookings.update(booking.id, change, **options)
                return f"Moved to {after.wall_start:%d %B %Y, %H:%M}."
            if action == "cancel":
                bookings.cancel(booking.id, **options)
                return "Cancelled; its places are free."
            if action == "status":
                return self._set_status(booking, text_field(form, "status"), overrides, options)
        raise Invalid(field="action", reason="unknown", value=action)

    def _set_status(self, booking: Booking, status: str, overrides: RuleOverrides, options: dict[str, Any]) -> str:
        if status not in CHOICES:
            raise Invalid(field="status", reason="choice", value=status)
        if overrides.capacity:
            bookings.update(booking.id, ChangeRequest(status=status, overrides=overrides), **options)
        else:
            bookings.set_status(booking.id, status, **options)
        return f"The booking is {status.replace('_', ' ')} now."

    def _new_start(self, booking: Booking, form: dict[str, Any]) -> datetime | None:
        """The start that a form names, on the booking's wall clock."""
        text = text_field(form, "start")
        if not text:
            return None
        try:
            start = datetime.fromisoformat(text[:19])
        except ValueError:
            raise Invalid(field="start", reason="date_time", value=text[:40]) from None
        if not 1970 < start.year < 9000 or start.tzinfo is not None:
            raise Invalid(field="start", reason="range", value=text[:40])
        if text_field(form, "clock") == "site":
            return wall_clock_of(start.replace(tzinfo=self.console.zone).astimezone(UTC), booking.zone)
        return start

    def _explain_url(self, booking: Booking, form: dict[str, Any]) -> str:
        try:
            start = self._new_start(booking, form) or booking.wall_start
        except Invalid:
            start = booking.wall_start
        return self.console.url(
            "explain", service=booking.service_id, start=start.isoformat(timespec="minutes"), persons=booking.persons
        )

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        booking: Booking,
        *,
        problem: str = "",
        form: dict[str, Any] | None = None,
    ) -> None:
        history = audit.entries(Filter(subject_kind="booking", subject_id=booking.id), limit=MAX_HISTORY)
        details = booking_details.details_of(booking)
        self.show(
            req,
            resp,
            "booking.html",
            booking=booking,
            details=details,
            history=history,
            problem=problem,
            form={name: text_field(form or {}, name) for name in ("start", "resource", "reason", "status")},
            holds_places=booking.status in OCCUPYING,
            is_cancelled=booking.status == CANCELLED,
            statuses=CHOICES,
            name_in=booking_agenda.name_in,
            resources=resources.get_many([link.resource_id for link in details.links]).values(),
            explain=self._explain_url(booking, form or {}),
            zone_differs=booking.zone != self.console.config.site.timezone,
            may_change=req.context.operator.may(self.writes),
        )


def _overrides(form: dict[str, Any]) -> RuleOverrides:
    """The rules that the form asks to ignore."""
    rules = SKIP_ALL_BUT_CAPACITY if text_field(form, "ignore_rules") else RuleOverrides()
    if not text_field(form, "overbook"):
        return rules
    return RuleOverrides(**{name: getattr(rules, name) for name in RuleOverrides.__slots__} | {"capacity": True})


def _sentence(error: DomainError) -> str:
    if isinstance(error, Invalid) and error.field == "reason":
        return "Say why: a reason is needed to ignore rules or to overbook."
    if isinstance(error, StaleVersion):
        return "Somebody has changed this booking meanwhile; this is how it is now."
    return error_sentence(error)
