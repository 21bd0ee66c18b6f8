"""Services: the list, and one with what every dialect makes of it; its form changes it in all of them."""

import json
import re
from datetime import timedelta
from decimal import Decimal
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
from core.console.plain_words import describe_length, describe_rule, hours_fields, read_hours, week_table
from core.domain.records import Service
from core.domain.service_change import ServiceChange, ServiceOffer
from core.domain.statuses import CATALOG, DELETED
from core.domain.weekly_hours import is_weekly
from core.engines import storage_problem
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid, NotFound, ServiceUnavailable, StaleVersion
from core.http.responses import encode_json
from core.logs import get_logger
from core.services import actors, booking_agenda, service_details, service_editing
from core.services.booking_agenda import Choice
from core.services.conditions import Condition
from core.services.repository import categories, locations, services

PAGE_SIZE = 50
#: The most categories, locations, exceptions and next bookings of a page.
MAX_LISTED = 200
MAX_EXCEPTIONS = 60
MAX_BOOKINGS = 10
#: How far ahead the next bookings are looked for.
AHEAD = timedelta(days=92)
#: The longest record of a dialect that is shown.
MAX_RECORD = 40_000
_PRICE = re.compile(r"\d{1,9}(\.\d{1,9})?")
_NUMBER = re.compile(r"\d{1,9}")
_FIELDS = ("name", "status", "price", "capacity", "reason", *(f"day{number}" for number in range(1, 8)))
_LABELS = {"name": "The name", "status": "The status", "price": "The price", "capacity": "The number of places"}

log = get_logger("frontdesk.console")


class ServicesPage(Page):
    """``/services``: by name, filtered by name, status and dialect; with the categories and locations."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = {name: query_fields(req).get(name, "")[:200] for name in ("q", "status", "dialect")}
        offset = offset_field(query_fields(req))
        where: list[Condition] = [("status", "=", query["status"]) if query["status"] else ("status", "!=", DELETED)]
        if query["q"]:
            where.append(("name", "contains", query["q"]))
        if query["dialect"]:
            where.append(("origin", "=", query["dialect"]))
        page = services.page(where, order=(("name", "asc"),), limit=PAGE_SIZE, offset=offset)
        self.show(
            req,
            resp,
            "services.html",
            services=page.items,
            total=page.total or 0,
            older=offset + PAGE_SIZE if (page.total or 0) > offset + PAGE_SIZE else None,
            newer=newer_offset(offset, PAGE_SIZE),
            query=query,
            statuses=CATALOG,
            dialects=self.console.dialects,
            length=describe_length,
            categories=by_name(categories, MAX_LISTED),
            locations=by_name(locations, MAX_LISTED),
        )


class ServicePage(Page):
    """``/services/{id}``: one service; its form changes name, status, price, places and weekly hours."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        self._show(req, resp, services.get(id))

    def on_post(self, req: falcon.Request, resp: falcon.Response, id: int) -> None:
        form = read_form(req)
        service = services.get(id)
        editors = self.console.manager.service_editors
        try:
            change = _read_change(form, service, service_editing.offer_of(service, editors))
            with actors.because(text_field(form, "reason")):
                service_editing.edit(
                    id, change, editors, expected_version=number_field(form, "version"), now=self.console.clock()
                )
        except StaleVersion:
            resp.status = 409
            sentence = "Somebody has changed this service meanwhile; this is how it is now. Nothing of yours is stored."
            self._show(req, resp, services.get(id), problem=sentence)
            return
        except ServiceUnavailable:
            raise
        except DomainError as error:
            if isinstance(error, NotFound):
                raise
            resp.status = 422
            field = error.field if isinstance(error, Invalid) else ""
            self._show(req, resp, services.get(id), problem=_sentence(error), field=field, form=form)
            return
        message = "Nothing is different." if change.is_empty else "Changed, in every dialect."
        self.see_other(resp, self.console.url("services", id), message)

    def _show(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        service: Service,
        *,
        problem: str = "",
        field: str = "",
        form: dict[str, Any] | None = None,
    ) -> None:
        editors = self.console.manager.service_editors
        offer = service_editing.offer_of(service, editors)
        now = self.console.clock()
        values = _form_values(service, offer)
        if form is not None:
            values |= {name: text_field(form, name) for name in _FIELDS if name in form}
        self.show(
            req,
            resp,
            "service.html",
            service=service,
            details=service_details.details_of(service),
            offer=offer,
            made_by=[editor.dialect for editor in service_editing.editors_of(service, editors)],
            week=week_table(offer.hours),
            exceptions=[describe_rule(rule) for rule in service.rules if not is_weekly(rule)][:MAX_EXCEPTIONS],
            length=describe_length(service.plan),
            records=self._records(service),
            bookings=booking_agenda.entries(now, now + AHEAD, limit=MAX_BOOKINGS, choice=Choice(service_id=service.id)),
            statuses=service_editing.STATUSES,
            form=values,
            problem=problem,
            problem_field=field,
            may_change=req.context.operator.may(self.writes) and service.status != DELETED,
        )

    def _records(self, service: Service) -> list[tuple[str, str | None]]:
        """What each dialect's API shows of a service, as text; None where it shows none."""
        shown = []
        for dialect, editor in self.console.manager.service_editors.items():
            text: str | None = None
            try:
                record = json.loads(encode_json(editor.show(service.id)))
                text = json.dumps(record, indent=2, ensure_ascii=False)[:MAX_RECORD]
            except (NotFound, Invalid):
                pass
            except Exception as error:
                if isinstance(error, DomainError) or storage_problem(error) is not None:
                    raise
                log.exception("plugin failed", plugin=dialect, hook="register_service_editor")
                text = "The dialect failed to show it; the server's log says why."
            shown.append((dialect, text))
        return shown


def _form_values(service: Service, offer: ServiceOffer) -> dict[str, str]:
    return {
        "name": service.name,
        "status": service.status,
        "price": f"{offer.price:f}",
        "capacity": "" if offer.capacity is None else str(offer.capacity),
        "reason": "",
        **hours_fields(offer.hours),
    }


def _read_change(form: dict[str, Any], service: Service, offer: ServiceOffer) -> ServiceChange:
    """What differs in a form from what there is; fields that are not sent stay.

    Raises:
        Invalid: A field cannot be read.
    """
    shown = _form_values(service, offer)
    sent = {name: text_field(form, name) for name in _FIELDS if name in form}
    changed = {name: text for name, text in sent.items() if text != shown[name]}
    values: dict[str, Any] = {name: changed[name] for name in ("name", "status") if name in changed}
    if "price" in changed:
        if not _PRICE.fullmatch(changed["price"]):
            raise Invalid(field="price", reason="amount", value=changed["price"][:40])
        values["price"] = Decimal(changed["price"])
    if "capacity" in changed:
        if not _NUMBER.fullmatch(changed["capacity"]):
            raise Invalid(field="capacity", reason="integer", value=changed["capacity"][:40])
        values["capacity"] = int(changed["capacity"])
    if any(name.startswith("day") for name in changed):
        values["hours"] = read_hours({**shown, **sent})
    return ServiceChange(**values)


def _sentence(error: DomainError) -> str:
    """A sentence about the refused field in the words of the form."""
    text = error_sentence(error)
    if not isinstance(error, Invalid):
        return text
    field, _, rest = text.partition(": ")
    if field.startswith("day") and field[3:].isdigit():
        name = week_table(())[int(field[3:]) - 1][1]
        return f"{name} cannot be read. Write times as 09:00-12:00, 13:00-17:00, and not as “{error.value}”."
    if " " in str(error.reason):
        return f"{rest[:1].upper()}{rest[1:]}"
    return f"{_LABELS[field]} {rest}" if field in _LABELS else text
