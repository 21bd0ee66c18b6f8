"""How operators see and change services (README, "Changes by operators")."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from frontdesk import ServiceEditor
from frontdesk.errors import Invalid
from frontdesk.records import Service, ServiceChange, ServiceOffer, WeeklyOpening
from frontdesk.repository import services
from frontdesk.schedule import known_capacity
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.employees import working_time_of
from plugins.bookablesites.translate.services import ServiceView, is_own_service, to_service
from plugins.bookablesites.translate.values import NAME, to_minute
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import service_view, service_views
from plugins.bookablesites.usecases.services import save_service


def service_editor(context: Context) -> ServiceEditor:
    return ServiceEditor(
        dialect=NAME,
        show=lambda service_id: to_service(service_view(service_id)),
        offer=_offer,
        change=lambda service, change, now: _change(service, change, context.settings, now=now),
    )


def _offer(service: Service) -> ServiceOffer | None:
    if not is_own_service(service):
        return None
    view = service_views([service])[0]
    fixed, notes = {"hours": _hours_sentence(view)}, {}
    if any(link.price is not None for link in view.links):
        notes["price"] = "Some employees have a price of their own, which stays."
    own_places = [link for link in view.links if (link.extras.get(NAME) or {}).get("max_capacity") is not None]
    if view.links and len(own_places) == len(view.links):
        fixed["capacity"] = "Every employee has a number of places of their own."
    elif own_places:
        notes["capacity"] = "Some employees have places of their own, which stay."
    return ServiceOffer(
        price=service.price,
        capacity=known_capacity(view.fields["max_capacity"]),
        hours=_working_hours(view),
        fixed=fixed,
        notes=notes,
    )


def _hours_sentence(view: ServiceView) -> str:
    names = ", ".join(employee.name for employee in list(view.employees.values())[:10])
    if not names:
        return "The hours are those of the employees who give it, and there are none."
    return f"The hours are those of the employees who give it: {names}."


def _working_hours(view: ServiceView) -> tuple[WeeklyOpening, ...]:
    """When any of the employees works on this service in an ordinary week."""
    days = [day for employee in view.employees.values() for day in working_time_of(employee).week]
    return _merged(
        WeeklyOpening(day["weekday"], to_minute(period["start"], "start"), to_minute(period["end"], "end", end=True))
        for day in days
        for period in day["periods"]
        if not period["services"] or view.service.id in period["services"]
    )


def _merged(openings: Iterable[WeeklyOpening]) -> tuple[WeeklyOpening, ...]:
    merged: list[WeeklyOpening] = []
    for opening in sorted(openings):
        last = merged[-1] if merged else None
        if last is not None and last.weekday == opening.weekday and opening.from_minute <= last.to_minute:
            merged[-1] = last._replace(to_minute=max(last.to_minute, opening.to_minute))
        else:
            merged.append(opening)
    return tuple(merged)


def _change(service: Service, change: ServiceChange, settings: Settings, *, now: datetime) -> None:
    fields: dict[str, Any] = {
        name: value
        for name, value in (("name", change.name), ("price", change.price), ("max_capacity", change.capacity))
        if value is not None
    }
    if change.capacity is not None:
        view = service_views([service])[0]
        smallest = max([view.fields["min_capacity"], *(link.min_capacity or 0 for link in view.links)])
        if change.capacity < smallest:
            raise Invalid(field="capacity", reason=f"the smallest party of this service is {smallest}")
    if fields:
        save_service(service, fields, settings, now=now)
    if change.status is not None:
        services.update(service.id, now=now, status=change.status)
