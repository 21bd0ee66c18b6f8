"""Team members: list, create, update, delete (README.md, "Team members"). Staff of other dialects are included."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from frontdesk import catalog, repository
from frontdesk.database import writing
from frontdesk.errors import NotFound
from frontdesk.records import Page, Resource
from frontdesk.statuses import DELETED
from frontdesk.wordpress import php
from plugins.wc_bookings.errors import Refused, UnknownInWrite
from plugins.wc_bookings.translate.resources import to_values
from plugins.wc_bookings.translate.values import NAME
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.product_store import offer_resource, recompile_products
from plugins.wc_bookings.usecases.queries import Condition
from plugins.wc_bookings.usecases.resources import delete_resource


class TeamMember(NamedTuple):
    """A team member and the ids of the products that offer it."""

    resource: Resource
    service_ids: list[int]


def find(params: Mapping[str, Any], *, limit: int, offset: int) -> Page[TeamMember]:
    """One page of team members."""
    statuses = set(params.get("include_status") or ["publish"]) - set(params.get("exclude_status") or ())
    if not statuses:
        return Page([], 0)
    where: list[Condition] = [("kind", "=", "staff")]
    if "trash" not in statuses:
        where.append(("status", "!=", DELETED))
    elif "publish" not in statuses:
        where.append(("status", "=", DELETED))
    if params.get("search"):
        where.append((("name", "email"), "contains", php.to_text(params["search"])))
    page = repository.resources.page(where, limit=limit, offset=offset)
    service_ids = _service_ids([resource.id for resource in page.items])
    return Page([TeamMember(resource, service_ids.get(resource.id, [])) for resource in page.items], page.total)


def get(member_id: int) -> TeamMember:
    """The team member with this id.

    Raises:
        NotFound: There is none.
    """
    resource = repository.resources.get_many([member_id]).get(member_id)
    if resource is None or resource.kind != "staff":
        raise NotFound(kind="resource", id=member_id)
    return _with_services(resource)


def create(context: Context, payload: Mapping[str, Any]) -> TeamMember:
    """Create a team member.

    Raises:
        InvalidHours: A time slot is not valid.
    """
    with writing():
        values = to_values(payload, None)
        resource = repository.resources.create(now=context.clock(), kind="staff", origin=NAME, **values)
        _set_products(context, payload, resource)
    return _with_services(resource)


def update(context: Context, member_id: int, payload: Mapping[str, Any]) -> TeamMember:
    """Change what the payload names.

    Raises:
        UnknownInWrite: There is no such team member.
        InUse: It would go to the trash, and has bookings.
        InvalidHours: A time slot is not valid.
    """
    resource = repository.resources.get_many([member_id]).get(member_id)
    if resource is None or resource.kind != "staff":
        raise UnknownInWrite(kind="resource", id=member_id)
    with writing():
        values = to_values(payload, resource)
        if values.get("status") == DELETED != resource.status:
            catalog.refuse_if_booked(resource_id=member_id)
        resource = repository.resources.update(member_id, now=context.clock(), **values)
        _set_products(context, payload, resource)
    return _with_services(resource)


def delete(context: Context, member_id: int, *, force: bool) -> TeamMember:
    """Move a team member to the trash, or delete it for good with ``force``; returns it as it was.

    Raises:
        NotFound: There is no such team member.
        Refused: It is in the trash already.
        InUse: It has bookings.
    """
    member = get(member_id)
    if force:
        delete_resource(member_id, now=context.clock())
    elif member.resource.status == DELETED:
        raise Refused("already_trashed", kind="bookable_resource")
    else:
        with writing():
            catalog.refuse_if_booked(resource_id=member_id)
            repository.resources.update(member_id, now=context.clock(), status=DELETED)
    return member


def _set_products(context: Context, payload: Mapping[str, Any], resource: Resource) -> None:
    """Offer the person with the products that the payload names and no others; without any, compile them again."""
    now, chosen_ids = context.clock(), payload.get("product_booking_ids")
    service_ids = _service_ids([resource.id]).get(resource.id, [])
    if chosen_ids is None:
        recompile_products(service_ids, now=now)
        return
    for service_id in {*chosen_ids, *service_ids}:
        offer_resource(service_id, resource.id, offered=service_id in chosen_ids, now=now)


def _with_services(resource: Resource) -> TeamMember:
    return TeamMember(resource, _service_ids([resource.id]).get(resource.id, []))


def _service_ids(resource_ids: list[int]) -> dict[int, list[int]]:
    """Ids of the services that offer each resource."""
    service_ids: dict[int, list[int]] = {}
    for link in catalog.resource_links(resource_ids=resource_ids):
        service_ids.setdefault(link.resource_id, []).append(link.service_id)
    return service_ids
