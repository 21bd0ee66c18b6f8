"""Resources that products are booked with: list, create, update, delete (README.md, "Resources")."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import bookings, catalog, repository
from frontdesk.database import writing
from frontdesk.errors import NotFound
from frontdesk.records import Page, Resource
from frontdesk.statuses import DELETED
from frontdesk.wordpress import php, sanitize
from frontdesk.wordpress.collections import search_conditions
from plugins.wc_bookings.errors import Refused, UnknownInWrite
from plugins.wc_bookings.translate.resources import to_resource
from plugins.wc_bookings.translate.schedule import to_resource as to_calendar
from plugins.wc_bookings.translate.values import NAME, stored_extras, to_int
from plugins.wc_bookings.usecases import booking_queries
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.product_store import recompile_products
from plugins.wc_bookings.usecases.queries import Condition, Order, common_conditions

_MAX_CAPACITY = 10**6
_EMPTY_RECORD = {
    "id": 0,
    "availability": [],
    "base_cost": 0,
    "block_cost": 0,
    "name": "",
    "parent_id": 0,
    "qty": "",
    "sort_order": 0,
}
_WRITABLE = ("name", "availability", "qty", "sort_order")


def find(context: Context, params: Mapping[str, Any], order: Order, limit: int, offset: int) -> Page[Resource]:
    """One page of resources; ``params`` has a slug as ``slug``, lists of ids as ``parent`` and ``parent_exclude``."""
    where: list[Condition] = [("status", "=", "active"), *common_conditions(context, params)]
    parents, excluded_parents = params["parent"], params["parent_exclude"]
    # Undeclared on the real server, but read there. No resource has a parent.
    if (parents and 0 not in parents) or (excluded_parents and 0 in excluded_parents):
        where.append(("id", "in", []))
    where += search_conditions(params.get("search"), ("name", "description"))
    if params["slug"]:
        where.append(("id", "in", _ids_by_slug(params["slug"])))
    return repository.resources.page(where, order=order, limit=limit, offset=offset)


def get_record(context: Context, resource_id: int) -> dict[str, Any]:
    """The resource with this id, as the API shows it.

    Raises:
        NotFound: There is none. In strict mode there always is one, as on the real server: of any id, with the title
            of whatever record has it.
    """
    resource = repository.resources.get_many([resource_id]).get(resource_id)
    if resource is None and context.strict and resource_id:
        return {**_EMPTY_RECORD, "id": resource_id, "name": post_title(context, resource_id) or ""}
    if resource is None or resource.status == DELETED:
        raise NotFound(kind="resource", id=resource_id)
    return to_resource(resource)


def create(context: Context, payload: Mapping[str, Any]) -> Resource:
    """Create a resource.

    Raises:
        Refused: The name is missing, or resources are read only.
    """
    _refuse_writes(context)
    row = {"name": "", "availability": [], "qty": "", "sort_order": 0, **_to_row(payload)}
    if not row["name"]:
        raise Refused("resource_name", data={"params": ["name"]})
    return save_resource(None, row, now=context.clock())


def update(context: Context, resource_id: int, payload: Mapping[str, Any]) -> Resource:
    """Change what the payload names.

    Raises:
        UnknownInWrite: There is no such resource.
        Refused: Resources are read only.
    """
    if resource_id > 0:
        _refuse_writes(context)
    resource = _stored(resource_id)
    if resource is None:
        raise UnknownInWrite(kind="resource", id=resource_id)
    return save_resource(resource, {**to_resource(resource), **_to_row(payload)}, now=context.clock())


def delete(context: Context, resource_id: int, *, force: bool) -> Resource:
    """Delete a resource for good; returns it as it was.

    Raises:
        NotFound: There is no such resource.
        Refused: ``force`` is missing.
        InUse: It has bookings.
    """
    resource = _stored(resource_id)
    if resource is None:
        raise NotFound(kind="resource", id=resource_id)
    if not force:
        raise Refused("resource_trash")
    delete_resource(resource_id, now=context.clock())
    return resource


def save_resource(
    resource: Resource | None, row: Mapping[str, Any], *, now: datetime, id: int | None = None
) -> Resource:
    """Create or change a resource from a row in the vendor's words; an empty ``qty`` sets no capacity of its own."""
    calendar = to_calendar({**row, "id": resource.id if resource else id or 0})
    rules = [dict(rule) for rule in row.get("availability") or () if isinstance(rule, Mapping)]
    values: dict[str, Any] = {
        "name": str(row.get("name") or ""),
        "capacity": calendar.capacity,
        "rules": calendar.rules,
        "position": to_int(row.get("sort_order"), 0),
    }
    with writing():
        if resource is None:
            extras = {NAME: {"availability": rules}}
            return repository.resources.create(now=now, id=id, origin=NAME, extras=extras, **values)
        extras = {**resource.extras, NAME: {**stored_extras(resource), "availability": rules}}
        resource = repository.resources.update(resource.id, now=now, extras=extras, **values)
        recompile_products([link.service_id for link in catalog.resource_links(resource_ids=[resource.id])], now=now)
    return resource


def delete_resource(resource_id: int, *, now: datetime) -> None:
    """Delete a resource for good and compile its products again.

    Raises:
        InUse: It has bookings.
    """
    with writing():
        catalog.refuse_if_booked(resource_id=resource_id)
        service_ids = [link.service_id for link in catalog.resource_links(resource_ids=[resource_id])]
        catalog.delete_resource(resource_id, now=now)
        recompile_products(service_ids, now=now)


def post_title(context: Context, post_id: int) -> str | None:
    """The title of the record with this id; None without one. All kinds of records share their ids."""
    for table in (repository.resources, repository.services, repository.person_types):
        record = table.get_many([post_id]).get(post_id)
        if record is not None:
            return str(record.name)
    booking = bookings.get_many([post_id]).get(post_id)
    if booking is not None:
        return booking_queries.title(booking, context.zone)
    return "" if post_id in repository.orders.get_many([post_id]) else None


def _stored(resource_id: int) -> Resource | None:
    resource = repository.resources.get_many([resource_id]).get(resource_id)
    return None if resource is None or resource.status == DELETED else resource


def _refuse_writes(context: Context) -> None:
    if not context.options.resource_writes:
        raise Refused("resources_read_only")


def _to_row(payload: Mapping[str, Any]) -> dict[str, Any]:
    row = {name: payload[name] for name in _WRITABLE if payload.get(name) is not None}
    if row.get("qty") not in (None, ""):
        row["qty"] = max(0, min(_MAX_CAPACITY, php.intval(row["qty"]))) or ""
    if "sort_order" in row:
        row["sort_order"] = max(0, min(_MAX_CAPACITY, row["sort_order"]))
    if "name" in row:
        row["name"] = sanitize.post(row["name"], entities=False).strip()[:255]
    return row


def _ids_by_slug(slug: str) -> list[int]:
    """Ids of the resources with this slug: their name's, with a number from the second of one name on."""
    uses: dict[str, int] = {}
    resource_ids = []
    for resource in repository.resources.list_all():
        name_slug = sanitize.slug(resource.name)
        uses[name_slug] = uses.get(name_slug, 0) + 1
        if slug == (name_slug if uses[name_slug] == 1 else f"{name_slug}-{uses[name_slug]}"):
            resource_ids.append(resource.id)
    return resource_ids
