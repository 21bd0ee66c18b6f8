"""Links between services, resources and categories, and the deletion of catalog records."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from core.db import execute, fetch_all, is_postgres, writing
from core.domain.records import ServiceResource
from core.domain.statuses import BOOKING, DELETED, OCCUPYING, RELEASED
from core.errors import InUse
from core.fields import decode_money
from core.kept_reads import fetch_setup
from core.models import ServiceCategory
from core.models import ServiceResource as LinkRow
from core.services import events
from core.services.repository import (
    Repository,
    add_tombstones,
    categories,
    checked_id,
    coupons,
    customers,
    extras,
    gift_cards,
    gift_cards_sold,
    locations,
    person_types,
    resources,
    services,
    to_epoch,
    variants,
)
from core.subject_locks import lock_subjects

_SELECT_LINKS = (
    "SELECT service_id, resource_id, position, base_cost, block_cost, price, capacity, min_capacity, extras"
    " FROM service_resource"
)


def resource_links(
    *, service_ids: Iterable[int] | None = None, resource_ids: Iterable[int] | None = None
) -> list[ServiceResource]:
    """The links between services and resources, by service and position; of all services and resources by default."""
    conditions, parameters = [], []
    for name, filter_ids in (("service_id", service_ids), ("resource_id", resource_ids)):
        if filter_ids is not None:
            ids = [checked_id(id) for id in filter_ids]
            conditions.append(f"{name} IN ({', '.join('?' * len(ids))})" if ids else "1 = 0")
            parameters += ids
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = fetch_setup(f"{_SELECT_LINKS}{where} ORDER BY service_id, position, resource_id", parameters)
    return [
        ServiceResource(
            service_id=row[0],
            resource_id=row[1],
            position=row[2],
            base_cost=None if row[3] is None else decode_money(row[3]),
            block_cost=None if row[4] is None else decode_money(row[4]),
            price=None if row[5] is None else decode_money(row[5]),
            capacity=row[6],
            min_capacity=row[7],
            extras=LinkRow.extras.python_value(row[8]),
        )
        for row in rows
    ]


def _lock_links() -> None:
    """Serialize writers of links, which are replaced as a whole from either end."""
    lock_subjects([("links", 0)])


def set_resources(service_id: int, links: Sequence[dict[str, Any]]) -> None:
    """Replace a service's resources; unknown ids are left out.

    Args:
        links: Each has ``resource_id`` and any other fields of ``ServiceResource``.
    """
    with writing():
        _lock_links()
        existing_resources = resources.get_many(link["resource_id"] for link in links)
        LinkRow.delete().where(LinkRow.service_id == service_id).execute()
        for position, link in enumerate(links):
            if link["resource_id"] in existing_resources:
                LinkRow.create(**{"position": position, **link, "service_id": service_id})


def set_services(resource_id: int, links: Sequence[dict[str, Any]]) -> None:
    """Replace the services a resource is offered with; unknown ids are left out.

    Args:
        links: Each has ``service_id`` and any other fields of ``ServiceResource``.
    """
    with writing():
        _lock_links()
        existing_services = services.get_many(link["service_id"] for link in links)
        LinkRow.delete().where(LinkRow.resource_id == resource_id).execute()
        for link in links:
            if link["service_id"] in existing_services:
                LinkRow.create(**{**link, "resource_id": resource_id})


def service_categories(service_ids: Iterable[int]) -> dict[int, list[int]]:
    """Category ids of each service, in order."""
    ids = [checked_id(service_id) for service_id in service_ids]
    categories_by_service: dict[int, list[int]] = {service_id: [] for service_id in ids}
    if ids:
        placeholders = ", ".join("?" * len(ids))
        for service_id, category_id in fetch_setup(
            f"SELECT service_id, category_id FROM service_category WHERE service_id IN ({placeholders})"
            " ORDER BY service_id, position, category_id",
            ids,
        ):
            categories_by_service[service_id].append(category_id)
    return categories_by_service


def first_categories(service_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """The first category of each service that has one: its id and name."""
    ids = [checked_id(service_id) for service_id in service_ids]
    first_by_service: dict[int, tuple[int, str]] = {}
    if ids:
        placeholders = ", ".join("?" * len(ids))
        for service_id, category_id, name in fetch_all(
            "SELECT l.service_id, c.id, c.name FROM service_category l JOIN category c ON c.id = l.category_id"
            f" WHERE l.service_id IN ({placeholders}) ORDER BY l.service_id, l.position, l.category_id",
            ids,
        ):
            first_by_service.setdefault(service_id, (category_id, name))
    return first_by_service


def category_services(category_ids: Iterable[int]) -> dict[int, list[int]]:
    """The service ids in each category."""
    ids = [checked_id(category_id) for category_id in category_ids]
    services_by_category: dict[int, list[int]] = {category_id: [] for category_id in ids}
    if ids:
        placeholders = ", ".join("?" * len(ids))
        for service_id, category_id in fetch_all(
            "SELECT service_id, category_id FROM service_category"
            f" WHERE category_id IN ({placeholders}) ORDER BY service_id",
            ids,
        ):
            services_by_category[category_id].append(service_id)
    return services_by_category


def set_categories(service_id: int, category_ids: Sequence[int]) -> None:
    """Replace a service's categories; unknown ids are left out."""
    with writing():
        _lock_links()
        existing_categories = categories.get_many(category_ids)
        ServiceCategory.delete().where(ServiceCategory.service_id == service_id).execute()
        for position, category_id in enumerate(
            dict.fromkeys(category_id for category_id in category_ids if category_id in existing_categories)
        ):
            ServiceCategory.create(service_id=service_id, category_id=category_id, position=position)


def has_upcoming_bookings(
    *,
    now: datetime,
    service_id: int = 0,
    resource_id: int = 0,
    location_id: int = 0,
    customer_id: int = 0,
    statuses: Iterable[str] = OCCUPYING,
    ends_after: int | None = None,
) -> bool:
    """Whether this service, resource, location or customer has bookings that end after now.

    Args:
        ends_after: Epoch seconds to use instead of now, for dialects that count from the start of today.
    """
    status_list = sorted(statuses)
    placeholders = ", ".join("?" * len(status_list))
    sql = f'SELECT 1 FROM booking WHERE status IN ({placeholders}) AND "end" > ?'
    parameters: list[Any] = [*status_list, to_epoch(now) if ends_after is None else ends_after]
    for name, value in (
        ("service_id", service_id),
        ("resource_id", resource_id),
        ("location_id", location_id),
        ("customer_id", customer_id),
    ):
        if value:
            sql += f" AND {name} = ?"
            parameters.append(value)
    return bool(fetch_all(f"{sql} LIMIT 1", parameters))


#: Statuses of bookings that nobody needs any more: deleted ones, and holds that were released.
_DISCARDED = frozenset({DELETED, RELEASED})


def refuse_if_booked(*, service_id: int = 0, resource_id: int = 0) -> None:
    """Raise if a service or resource has any bookings, past or upcoming, that are not deleted.

    Call this inside ``writing()``; it locks the subject against new bookings.

    Raises:
        InUse: There is such a booking.
    """
    lock_bookings(service_id=service_id, resource_id=resource_id)
    kind, subject_id = ("service", service_id) if service_id else ("resource", resource_id)
    statuses = sorted(set(BOOKING) - _DISCARDED)
    placeholders = ", ".join("?" * len(statuses))
    sql = f"SELECT 1 FROM booking WHERE {kind}_id = ? AND status IN ({placeholders}) LIMIT 1"
    if fetch_all(sql, [checked_id(subject_id), *statuses]):
        raise InUse(kind=kind, id=subject_id)


def lock_bookings(*, service_id: int = 0, resource_id: int = 0) -> None:
    """Lock this service or resource against new bookings until the transaction ends."""
    subjects = {("resource", resource_id)} if resource_id else set()
    if service_id:
        # Its capacity may be counted by location.
        subjects |= {("service", service_id), *((f"service@{n}", service_id) for n in _location_ids(service_id))}
    lock_subjects(subjects)


def _location_ids(service_id: int) -> list[int]:
    if not is_postgres():
        return []
    service = services.get_many([service_id]).get(service_id)
    if service is None or service.plan.capacity.scope != "location":
        return []
    return [row[0] for row in fetch_all("SELECT id FROM location")]


def lock_email(email: str) -> None:
    """Lock an email address against others that look up or create its customer, until the transaction ends."""
    # 512 keys for all addresses: PostgreSQL can hold a few thousand locks, and an import has more customers.
    lock_subjects([("email", crc32(email.strip().casefold().encode("utf-8", "replace")) % 512)])


def delete_service(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Delete a service with its variants, person types, extras and links; its bookings keep the names.

    Raises:
        NotFound: There is no such service.
        InUse: ``unless_booked`` is set and there are upcoming bookings.
    """
    with writing():
        lock_bookings(service_id=id)
        services.get(id)
        if unless_booked and has_upcoming_bookings(now=now, service_id=id):
            raise InUse(kind="service", id=id)
        parts: tuple[Repository[Any], ...] = (variants, person_types, extras)
        for records in parts:
            add_tombstones(records.kind, [record.id for record in records.list_all([("service_id", "=", id)])])
        for table in ("service_resource", "service_category", "variant", "person_type", "extra"):
            execute(f"DELETE FROM {table} WHERE service_id = ?", (id,))
        services.delete(id)
        listing: tuple[Repository[Any], ...] = (coupons, gift_cards, gift_cards_sold)
        for records in listing:
            _remove_from_lists(records, "services", id, now=now)
        events.record_event("service.deleted", "service", id, now=now, data={"service": {"id": id}})


def _remove_from_lists(records: Repository[Any], field: str, id: int, *, now: datetime) -> None:
    """Remove a deleted id from lists of ids.

    A list keeps its last id: an empty list means "all", which a record for a single id must not become.
    """
    for record in records.list_all([(field, "contains", id)]):
        remaining_ids = [listed_id for listed_id in getattr(record, field) if listed_id != id]
        if remaining_ids and len(remaining_ids) < len(getattr(record, field)):
            values: dict[str, Any] = {field: remaining_ids}
            records.update(record.id, now=now, **values)


def delete_resource(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Delete a resource and its links; bookings keep its id and name. Raises as ``delete_service``."""
    with writing():
        lock_bookings(resource_id=id)
        resources.get(id)
        if unless_booked and has_upcoming_bookings(now=now, resource_id=id):
            raise InUse(kind="resource", id=id)
        LinkRow.delete().where(LinkRow.resource_id == id).execute()
        resources.delete(id)
        for records in (gift_cards, gift_cards_sold):
            _remove_from_lists(records, "resources", id, now=now)
        events.record_event("resource.deleted", "resource", id, now=now, data={"resource": {"id": id}})


def delete_record(repository: Repository[Any], id: int, *, now: datetime, origin: str = "") -> None:
    """Delete a record that needs no other change (coupon, package, gift card) and record the event."""
    with writing():
        repository.delete(id)
        events.record_event(
            f"{repository.kind}.deleted",
            repository.kind,
            id,
            now=now,
            origin=origin,
            data={repository.kind: {"id": id}},
        )


def delete_category(id: int, *, now: datetime) -> None:
    """Delete a category; its services stay and its children move to its parent."""
    with writing():
        category = categories.get(id)
        ServiceCategory.delete().where(ServiceCategory.category_id == id).execute()
        execute("UPDATE category SET parent_id = ? WHERE parent_id = ?", (category.parent_id, id))
        delete_record(categories, id, now=now)


def delete_location(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Delete a location; services offered only there stay limited to it. Raises as ``delete_service``."""
    with writing():
        locations.get(id)
        if unless_booked and has_upcoming_bookings(now=now, location_id=id):
            raise InUse(kind="location", id=id)
        locations.delete(id)
        for resource in resources.list_all([("location_id", "=", id)]):
            resources.update(resource.id, now=now, location_id=0)
        _remove_from_lists(services, "locations", id, now=now)
        events.record_event("location.deleted", "location", id, now=now, data={"location": {"id": id}})


def delete_customer(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Delete a customer; bookings keep the name. Raises as ``delete_service``."""
    with writing():
        customers.get(id)
        if unless_booked and has_upcoming_bookings(now=now, customer_id=id):
            raise InUse(kind="customer", id=id)
        customers.delete(id)
        events.record_event("customer.deleted", "customer", id, now=now, data={"customer": {"id": id}})
