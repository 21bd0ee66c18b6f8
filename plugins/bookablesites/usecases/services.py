"""Services: list, read, create, update and delete, with their employees, extras and category."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import to_builtins

from frontdesk import catalog, site
from frontdesk.database import writing
from frontdesk.errors import Invalid
from frontdesk.prices import plan_data
from frontdesk.records import Service
from frontdesk.repository import Condition, categories, extras, locations, resources, services
from frontdesk.statuses import ACTIVE, DELETED
from frontdesk.texts import fold
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.params import id_or_none, to_id, to_order, to_paging
from plugins.bookablesites.translate.prices import to_price_plan
from plugins.bookablesites.translate.services import (
    STORED_FIELDS,
    is_own_service,
    to_extra_values,
    to_link,
    to_service,
    to_service_values,
    to_slug,
    to_taxes,
)
from plugins.bookablesites.translate.values import NAME, stored_extras, with_own_extras
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.service_catalog import compile_service, service_view, service_views

SORTABLE = ("id", "name", "price")
_NOT_DELETED: Condition = ("status", "!=", DELETED)
#: Fields that make another dialect's service this dialect's own when a request sends one.
_SCHEDULE_FIELDS = frozenset(
    (
        "duration",
        "buffer_time_before",
        "buffer_time_after",
        "min_capacity",
        "max_capacity",
        "allow_below_min_capacity",
    )
)


def find(query: Mapping[str, Any], _context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    conditions: list[Condition] = [_NOT_DELETED]
    if "status" in query:
        conditions.append(("status", "=" if query["status"] == "visible" else "!=", ACTIVE))
    if "search" in query:
        conditions.append((("name", "description"), "contains", query["search"]))
    if "category" in query:
        category_id = to_id(query["category"], "category")
        conditions.append(("id", "in", catalog.category_services([category_id])[category_id] or [0]))
    employee_id = id_or_none(query, "employee")
    if employee_id is not None:
        service_ids = [link.service_id for link in catalog.resource_links(resource_ids=[employee_id])]
        conditions.append(("id", "in", service_ids or [0]))
    order = to_order(query, SORTABLE, "id")
    location_id = id_or_none(query, "location")
    if location_id is None:
        page = services.page(conditions, order=[order], limit=paging.limit, offset=paging.offset)
        records, total = page.items, page.total or 0
    else:
        # Locations are no column; a business has few services.
        matching = [
            service
            for service in services.list_all(conditions, order=[order])
            if not service.locations or location_id in service.locations
        ]
        records, total = list(paging.slice(matching)), len(matching)
    return paging.to_list([to_service(view) for view in service_views(records)], total)


def get(id: int, _context: Context) -> dict[str, Any]:
    return to_service(service_view(id))


def create(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    return get(save_service(None, fields, context.settings, now=context.now()), context)


def update(id: int, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    with writing():
        save_service(services.get(id), fields, context.settings, now=context.now())
    return get(id, context)


def delete(id: int, context: Context) -> None:
    """Delete a service; raises InUse where bookings are ahead."""
    catalog.delete_service(id, now=context.now(), unless_booked=True)


def save_service(
    current: Service | None,
    fields: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    id: int | None = None,
    keep_ids: bool = False,
) -> int:
    """Create a service or change one, with employees, extras and category; returns its id.

    Args:
        current: The service to change; None creates one.
        id: The id of a new service; None takes the next one.
        keep_ids: Give new extras the ids they bring (imports).

    Raises:
        Invalid: A field is wrong, or names a record that does not exist.
    """
    currency = site.current().currency
    fields = to_builtins(fields) | {name: fields[name] for name in ("price",) if name in fields}
    with writing():
        values = to_service_values(fields, current, currency=currency)
        values |= _own_values(current, fields, settings)
        _check_locations(values.get("locations", ()))
        if current is None:
            values.setdefault("slug", to_slug(values["name"]))
            service_id = services.create(now=now, id=id, origin=NAME, plan=schedule.EMPTY, **values).id
        else:
            service_id = services.update(current.id, now=now, **values).id
        if "category" in fields:
            catalog.set_categories(service_id, _category_ids(fields["category"], now=now))
        if "extras" in fields:
            _save_extras(service_id, fields["extras"], now=now, keep_ids=keep_ids)
        if "employees" in fields:
            _set_employees(service_id, fields["employees"])
        elif current is not None and _SCHEDULE_FIELDS & fields.keys():
            _update_links(service_id)
        view = service_view(service_id)
        if view.is_own:
            compile_service(service_id, settings, now=now)
        elif current is not None and {"price", "taxes"} & fields.keys():
            # Another dialect's service keeps its schedule; a price sent here replaces its price plan.
            services.update(service_id, now=now, price_plan=plan_data(to_price_plan(to_service(view))))
    return service_id


def _own_values(current: Service | None, fields: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The extras of the record with the fields this dialect stores."""
    sent = {name: fields[name] for name in STORED_FIELDS if name in fields}
    if "taxes" in sent:
        sent["taxes"] = to_taxes(sent["taxes"])
    if current is None:
        stored = sent
    elif is_own_service(current) or _SCHEDULE_FIELDS & fields.keys():
        stored = {**stored_extras(current), **service_views([current])[0].fields, **sent}
    else:
        stored = {**stored_extras(current), **sent}
    if "duration" in stored and (current is None or _SCHEDULE_FIELDS & fields.keys()):
        schedule.check_service(stored, settings)
    return {"extras": with_own_extras(current, stored)} if stored else {}


def _check_locations(location_ids: Iterable[int]) -> None:
    existing = locations.get_many(location_ids)
    for position, location_id in enumerate(location_ids):
        if location_id not in existing:
            raise Invalid(field=f"locations.{position}", reason="unknown", value=location_id)


def _category_ids(category: int | str | None, *, now: datetime) -> list[int]:
    """The category by id or name, as a list; a new name creates one."""
    if category is None:
        return []
    if isinstance(category, int):
        if category not in categories.get_many([category]):
            raise Invalid(field="category", reason="unknown", value=category)
        return [category]
    name = category.strip()
    current = next((record for record in categories.list_all() if fold(record.name) == fold(name)), None)
    if current is None:
        current = categories.create(now=now, origin=NAME, name=name, slug=to_slug(name))
    return [current.id]


def _save_extras(service_id: int, entries: Sequence[Mapping[str, Any]], *, now: datetime, keep_ids: bool) -> None:
    """Replace the extras of a service: change those named by id, create the others, delete the rest."""
    currency = site.current().currency
    current = {extra.id: extra for extra in extras.list_all([("service_id", "=", service_id)])}
    updated = set()
    for position, entry in enumerate(entries):
        path = f"extras.{position}"
        values = {**to_extra_values(entry, path, currency=currency), "position": position}
        extra_id = entry.get("id")
        if extra_id is None:
            extras.create(now=now, origin=NAME, service_id=service_id, **values)
        elif extra_id in current and extra_id not in updated:
            extras.update(extra_id, now=now, **values)
            updated.add(extra_id)
        elif keep_ids and not extras.get_many([extra_id]):
            extras.create(now=now, id=extra_id, origin=NAME, service_id=service_id, **values)
        else:
            raise Invalid(field=f"{path}.id", reason="unknown", value=extra_id)
    for extra_id in current.keys() - updated:
        extras.delete(extra_id)


def _set_employees(service_id: int, entries: Sequence[Mapping[str, Any]]) -> None:
    """Replace the employees of a service."""
    service_fields = service_view(service_id).fields
    currency = site.current().currency
    existing = resources.get_many(entry["id"] for entry in entries)
    links: dict[int, dict[str, Any]] = {}
    for position, entry in enumerate(entries):
        path, employee_id = f"employees.{position}", entry["id"]
        if employee_id not in existing or employee_id in links:
            raise Invalid(field=f"{path}.id", reason="unknown", value=employee_id)
        links[employee_id] = {
            "resource_id": employee_id,
            **to_link(entry, service_fields, path, currency=currency),
        }
    catalog.set_resources(service_id, list(links.values()))


def _update_links(service_id: int) -> None:
    """Carry a service's new capacities into the links of its employees."""
    entries = to_service(service_view(service_id))["employees"]
    for entry in entries:
        entry["price"] = None if entry["price"] is None else str(entry["price"])
    _set_employees(service_id, entries)
