"""What ties services, resources and categories together, and what must hold before one of them may go."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zlib import crc32

from core.db import database, decode_money, fetch_all, is_postgres, lock_subjects, writing
from core.domain.records import ServiceResource
from core.domain.statuses import ALL, OCCUPYING, RELEASED, TRASHED
from core.errors import InUse
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

_LINKS = (
    "SELECT service_id, resource_id, position, base_cost, block_cost, price, capacity, min_capacity, extras"
    " FROM service_resource"
)


def resource_links(
    *, service_ids: Iterable[int] | None = None, resource_ids: Iterable[int] | None = None
) -> list[ServiceResource]:
    """Which resources go with which services, by service and position; narrowed to some of either."""
    parts, parameters = [], []
    for name, wanted in (("service_id", service_ids), ("resource_id", resource_ids)):
        if wanted is not None:
            ids = [checked_id(number) for number in wanted]
            parts.append(f"{name} IN ({', '.join('?' * len(ids))})" if ids else "1 = 0")
            parameters += ids
    where = f" WHERE {' AND '.join(parts)}" if parts else ""
    found = fetch_all(f"{_LINKS}{where} ORDER BY service_id, position, resource_id", parameters)
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
        for row in found
    ]


def _lock_links() -> None:
    """Links are replaced as a whole, from either end: one at a time."""
    lock_subjects([("links", 0)])


def set_resources(service_id: int, wanted: Sequence[dict[str, Any]]) -> None:
    """Replace a service's resources. Each dict has ``resource_id`` and any other field of ``ServiceResource``."""
    with writing():
        _lock_links()
        resources_known = resources.get_many(item["resource_id"] for item in wanted)
        LinkRow.delete().where(LinkRow.service_id == service_id).execute()
        for position, item in enumerate(wanted):
            if item["resource_id"] in resources_known:
                LinkRow.create(**{"position": position, **item, "service_id": service_id})


def set_services(resource_id: int, wanted: Sequence[dict[str, Any]]) -> None:
    """Replace the services a resource is offered with. Each dict has ``service_id`` and other link fields."""
    with writing():
        _lock_links()
        services_known = services.get_many(item["service_id"] for item in wanted)
        LinkRow.delete().where(LinkRow.resource_id == resource_id).execute()
        for item in wanted:
            if item["service_id"] in services_known:
                LinkRow.create(**{**item, "resource_id": resource_id})


def service_categories(service_ids: Iterable[int]) -> dict[int, list[int]]:
    """Category ids of each service, in order."""
    wanted = [checked_id(number) for number in service_ids]
    found: dict[int, list[int]] = {number: [] for number in wanted}
    if wanted:
        marks = ", ".join("?" * len(wanted))
        for service_id, category_id in fetch_all(
            f"SELECT service_id, category_id FROM service_category WHERE service_id IN ({marks})"
            " ORDER BY service_id, position, category_id",
            wanted,
        ):
            found[service_id].append(category_id)
    return found


def first_categories(service_ids: Iterable[int]) -> dict[int, tuple[int, str]]:
    """The first category of each service that has one: its id and name."""
    wanted = [checked_id(number) for number in service_ids]
    found: dict[int, tuple[int, str]] = {}
    if wanted:
        marks = ", ".join("?" * len(wanted))
        for service_id, category_id, name in fetch_all(
            "SELECT l.service_id, c.id, c.name FROM service_category l JOIN category c ON c.id = l.category_id"
            f" WHERE l.service_id IN ({marks}) ORDER BY l.service_id, l.position, l.category_id",
            wanted,
        ):
            found.setdefault(service_id, (category_id, name))
    return found


def category_services(category_ids: Iterable[int]) -> dict[int, list[int]]:
    """Service ids in each category."""
    wanted = [checked_id(number) for number in category_ids]
    found: dict[int, list[int]] = {number: [] for number in wanted}
    if wanted:
        marks = ", ".join("?" * len(wanted))
        for service_id, category_id in fetch_all(
            f"SELECT service_id, category_id FROM service_category WHERE category_id IN ({marks}) ORDER BY service_id",
            wanted,
        ):
            found[category_id].append(service_id)
    return found


def set_categories(service_id: int, category_ids: Sequence[int]) -> None:
    """Replace a service's categories; unknown ids are left out."""
    with writing():
        _lock_links()
        known = categories.get_many(category_ids)
        ServiceCategory.delete().where(ServiceCategory.service_id == service_id).execute()
        for position, number in enumerate(dict.fromkeys(n for n in category_ids if n in known)):
            ServiceCategory.create(service_id=service_id, category_id=number, position=position)


def has_upcoming_bookings(
    *,
    now: datetime,
    service_id: int = 0,
    resource_id: int = 0,
    location_id: int = 0,
    customer_id: int = 0,
    statuses: Iterable[str] = OCCUPYING,
    from_stamp: int | None = None,
) -> bool:
    """Has this service, resource, location or customer bookings that end later than now?

    ``from_stamp`` asks from another instant on (epoch seconds), for dialects that count from the start of today.
    """
    wanted = sorted(statuses)
    marks = ", ".join("?" * len(wanted))
    sql = f'SELECT 1 FROM booking WHERE status IN ({marks}) AND "end" > ?'
    parameters: list[Any] = [*wanted, to_epoch(now) if from_stamp is None else from_stamp]
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


#: Statuses of bookings that are over and done with for everybody: thrown away, or never kept.
_GONE = frozenset({RELEASED, TRASHED})


def refuse_if_booked(*, service_id: int = 0, resource_id: int = 0) -> None:
    """Refuse where a service or resource has bookings at all, past or ahead; what is in the trash does not count.

    Must be called inside ``writing()``; nobody books it until the transaction ends.

    Raises:
        InUse: There is such a booking.
    """
    lock_bookings(service_id=service_id, resource_id=resource_id)
    kind, number = ("service", service_id) if service_id else ("resource", resource_id)
    statuses = sorted(set(ALL) - _GONE)
    marks = ", ".join("?" * len(statuses))
    sql = f"SELECT 1 FROM booking WHERE {kind}_id = ? AND status IN ({marks}) LIMIT 1"
    if fetch_all(sql, [checked_id(number), *statuses]):
        raise InUse(kind=kind, id=number)


def lock_bookings(*, service_id: int = 0, resource_id: int = 0) -> None:
    """Shut out whoever books this service or resource until the transaction ends."""
    subjects = {("resource", resource_id)} if resource_id else set()
    if service_id:
        # Its places may be counted at each location by itself.
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
    """Shut out others that look for, or make, a customer with this address until the transaction ends."""
    # A few hundred names for all addresses: PostgreSQL has room for some thousand locks, and imports bring more people.
    lock_subjects([("email", crc32(email.strip().casefold().encode("utf-8", "replace")) % 512)])


def delete_service(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Remove a service with its variants, person types, extras and links; its bookings keep their names.

    Raises:
        NotFound: There is no such service.
        InUse: ``unless_booked`` and bookings lie ahead.
    """
    with writing():
        lock_bookings(service_id=id)
        services.get(id)
        if unless_booked and has_upcoming_bookings(now=now, service_id=id):
            raise InUse(kind="service", id=id)
        for table in (variants, person_types, extras):
            add_tombstones(table.kind, [row.id for row in table.list_all([("service_id", "=", id)])])
        for model in (LinkRow, ServiceCategory, variants.model, person_types.model, extras.model):
            model.delete().where(model.service_id == id).execute()
        services.delete(id)
        for table in (coupons, gift_cards, gift_cards_sold):
            _leave_out(table, "services", id, now=now)
        events.record_event("service.deleted", "service", id, now=now, data={"service": {"id": id}})


def _leave_out(table: Repository[Any], field: str, id: int, *, now: datetime) -> None:
    """Take a deleted number out of the lists that name it among others.

    Where it is the only one it stays: an empty list means anything, and what was for one thing is not for all.
    """
    for record in table.list_all([(field, "contains", id)]):
        kept = [number for number in getattr(record, field) if number != id]
        if kept and len(kept) < len(getattr(record, field)):
            table.update(record.id, now=now, **{field: kept})


def delete_resource(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Remove a resource and its links; bookings keep its id and the name it had."""
    with writing():
        lock_bookings(resource_id=id)
        resources.get(id)
        if unless_booked and has_upcoming_bookings(now=now, resource_id=id):
            raise InUse(kind="resource", id=id)
        LinkRow.delete().where(LinkRow.resource_id == id).execute()
        resources.delete(id)
        for table in (gift_cards, gift_cards_sold):
            _leave_out(table, "resources", id, now=now)
        events.record_event("resource.deleted", "resource", id, now=now, data={"resource": {"id": id}})


def delete_plain(table: Repository[Any], id: int, *, now: datetime, origin: str = "") -> None:
    """Remove a coupon, package or gift card, which nothing else has to follow, and tell it."""
    with writing():
        table.delete(id)
        events.record_event(
            f"{table.kind}.deleted", table.kind, id, now=now, origin=origin, data={table.kind: {"id": id}}
        )


def delete_category(id: int, *, now: datetime) -> None:
    """Remove a category; its services stay, its children move up to its parent."""
    with writing():
        gone = categories.get(id)
        ServiceCategory.delete().where(ServiceCategory.category_id == id).execute()
        database.execute(categories.model.update(parent_id=gone.parent_id).where(categories.model.parent_id == id))
        delete_plain(categories, id, now=now)


def delete_location(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Remove a location; services offered only there are offered nowhere until that is changed."""
    with writing():
        locations.get(id)
        if unless_booked and has_upcoming_bookings(now=now, location_id=id):
            raise InUse(kind="location", id=id)
        locations.delete(id)
        for resource in resources.list_all([("location_id", "=", id)]):
            resources.update(resource.id, now=now, location_id=0)
        _leave_out(services, "locations", id, now=now)
        events.record_event("location.deleted", "location", id, now=now, data={"location": {"id": id}})


def delete_customer(id: int, *, now: datetime, unless_booked: bool = False) -> None:
    """Remove a customer; bookings keep the name they were made under."""
    with writing():
        customers.get(id)
        if unless_booked and has_upcoming_bookings(now=now, customer_id=id):
            raise InUse(kind="customer", id=id)
        customers.delete(id)
        events.record_event("customer.deleted", "customer", id, now=now, data={"customer": {"id": id}})
