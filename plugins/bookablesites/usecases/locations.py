"""Locations: list, read, create, update and delete."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import catalog
from frontdesk.database import writing
from frontdesk.records import Location
from frontdesk.repository import Condition, locations
from frontdesk.statuses import DELETED
from plugins.bookablesites.errors import VirtualLocation
from plugins.bookablesites.translate.locations import is_default, is_virtual, to_location, to_location_values
from plugins.bookablesites.translate.params import to_order, to_paging
from plugins.bookablesites.translate.values import NAME, stored_extras, with_own_extras
from plugins.bookablesites.usecases.context import Context

SORTABLE = ("id", "name")


def find(query: Mapping[str, Any], _context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    conditions: list[Condition] = [("status", "!=", DELETED)]
    if "search" in query:
        conditions.append((("name", "address"), "contains", query["search"]))
    order = to_order(query, SORTABLE, "id")
    page = locations.page(conditions, order=[order], limit=paging.limit, offset=paging.offset)
    return paging.to_list([to_location(record) for record in page.items], page.total or 0)


def get(id: int, _context: Context) -> dict[str, Any]:
    return to_location(locations.get(id))


def create(fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """Store a new location; the first one becomes the default."""
    now = context.now()
    with writing():
        is_first = not locations.exists([("id", ">", 0)])
        fields = {**fields, "is_default": fields["is_default"] or is_first}
        created = locations.create(now=now, origin=NAME, **to_location_values(fields, None))
        _keep_one_default(created.id, fields, now=now)
    return to_location(created)


def update(id: int, fields: Mapping[str, Any], context: Context) -> dict[str, Any]:
    now = context.now()
    with writing():
        current = locations.get(id)
        _refuse_virtual(current)
        updated = locations.update(id, now=now, **to_location_values(fields, current))
        _keep_one_default(id, fields, now=now)
    return to_location(updated)


def delete(id: int, context: Context) -> None:
    """Delete a location; raises InUse for a virtual one and where bookings are ahead."""
    _refuse_virtual(locations.get(id))
    catalog.delete_location(id, now=context.now(), unless_booked=True)


def _keep_one_default(id: int, fields: Mapping[str, Any], *, now: datetime) -> None:
    """A new default location replaces the old one."""
    if fields.get("is_default"):
        for other in locations.list_all():
            if other.id != id and is_default(other):
                extras = with_own_extras(other, {**stored_extras(other), "is_default": False})
                locations.update(other.id, now=now, extras=extras)


def _refuse_virtual(record: Location) -> None:
    if is_virtual(record):
        raise VirtualLocation(kind="location", id=record.id)
