"""Writes products and resources: the one place where settings become plans, links and person types in the store."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.db import writing
from core.domain.records import Booking, Resource, Service
from core.domain.schedule import CalendarRule
from core.errors import NotFound
from core.services import bookings, catalog, repository
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate import derive
from plugins.wc_bookings.translate.compiling import compiled, kept
from plugins.wc_bookings.translate.hours import to_member_rules
from plugins.wc_bookings.translate.schedule import to_resource
from plugins.wc_bookings.translate.values import flag, items, person_types, to_int

NAME = words.NAME


def resource_rows(ids: Sequence[int]) -> list[dict[str, Any]]:
    """Resources in the vendor's words, in the order of ``ids``; unknown ones are left out."""
    known = repository.resources.get_many(ids)
    return [words.to_resource(known[number]) for number in ids if number in known]


def save_product(
    service: Service | None,
    *,
    now: datetime,
    fields: Mapping[str, Any],
    product: Mapping[str, Any],
    settings: Mapping[str, Any] | None,
    vendor_status: str,
    categories: Sequence[int] | None = None,
    id: int | None = None,
    created_at: datetime | None = None,
    modified_at: datetime | None = None,
) -> Service:
    """Create or change a service from a product.

    Args:
        fields: Core's own fields: name, slug, description, summary, sku, position.
        product: The platform's part of the product, complete.
        settings: The bookings part, complete; None leaves plan, rules and prices as they are.
        vendor_status: The product's status in the vendor's words.
        categories: Replaces the service's categories when given.
        id: Kept as it is when given (imports).
        created_at: The same. A new product has not been changed since, unless ``modified_at`` says when.
    """
    with writing():
        own = dict(words.own(service)) if service is not None else {}
        own["product"] = words.changed(product, words.PRODUCT_DEFAULTS)
        own["status"] = vendor_status
        values: dict[str, Any] = {**fields, "status": words.from_status(vendor_status)}
        values["bookable"] = values["status"] not in ("trashed",)
        linked: list[int] = []
        if settings is not None:
            linked = [to_int(item, 0) for item in settings.get("resource_ids") or ()]
            known = resource_rows(linked)
            linked = [row["id"] for row in known]
            values |= compiled(settings, known)
            unit = values["plan"].unit
            own |= kept(settings, words.NIGHTS if unit == "night" else "booking")
            values["origin"] = NAME
        extras = {**(service.extras if service is not None else {}), NAME: own}
        if service is None:
            times = {} if created_at is None else {"created_at": created_at, "modified_at": modified_at or created_at}
            service = repository.services.create(now=now, id=id, extras=extras, **times, **values)
        else:
            times = {"created_at": created_at, "modified_at": modified_at}
            times = {name: moment for name, moment in times.items() if moment is not None}
            service = repository.services.update(service.id, now=now, extras=extras, **times, **values)
        if settings is not None:
            _link(service.id, settings, linked)
            _set_person_types(service.id, settings, now=now)
            service = _renumbered(service, now=now)
        if categories is not None:
            catalog.set_categories(service.id, categories)
    return service


def _link(service_id: int, settings: Mapping[str, Any], linked: Sequence[int]) -> None:
    base, block = items(settings.get("resource_base_costs")), items(settings.get("resource_block_costs"))
    wanted = linked if flag(settings.get("has_resources")) else ()
    catalog.set_resources(
        service_id,
        [
            {
                "resource_id": number,
                "position": position,
                "base_cost": _amount(base.get(number)),
                "block_cost": _amount(block.get(number)),
            }
            for position, number in enumerate(wanted)
        ],
    )


def _amount(value: Any) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def _set_person_types(service_id: int, settings: Mapping[str, Any], *, now: datetime) -> None:
    """Make core's person types those of the settings; types without an id get one."""
    current = {row.id: row for row in repository.person_types.list_all([("service_id", "=", service_id)])}
    wanted = person_types(settings)
    for row in current.values():
        if row.id not in {to_int(item.get("id"), 0) for item in wanted}:
            repository.person_types.delete(row.id)
    for position, item in enumerate(wanted):
        number = to_int(item.get("id"), 0)
        values = {
            "name": str(item.get("name") or ""),
            "description": str(item.get("description") or ""),
            "minimum": max(0, to_int(item.get("min"), 0)),
            "maximum": max(0, to_int(item.get("max"), 0)),
            "base_cost": _amount(item.get("cost")) or Decimal(0),
            "block_cost": _amount(item.get("block_cost")) or Decimal(0),
            "position": to_int(item.get("sort_order"), position),
        }
        if number in current:
            repository.person_types.update(number, now=now, **values)
        else:
            repository.person_types.create(now=now, id=number or None, service_id=service_id, origin=NAME, **values)


def _renumbered(service: Service, *, now: datetime) -> Service:
    """Give person types that came without an id the one they got."""
    own = dict(words.own(service))
    stored = own["settings"].get("person_types") or []
    if all(to_int(item.get("id"), 0) for item in stored):
        return service
    rows = repository.person_types.list_all(
        [("service_id", "=", service.id)], order=(("position", "asc"), ("id", "asc"))
    )
    settings = {**words.SETTING_DEFAULTS, **own["settings"]}
    settings["person_types"] = [
        {**derive.to_person_type_row(row), **{k: v for k, v in item.items() if k != "id"}, "id": row.id}
        for row, item in zip(rows, stored, strict=False)
    ]
    values = compiled(settings, resource_rows(settings["resource_ids"]))
    own |= kept(settings, words.product_type(service))
    return repository.services.update(service.id, now=now, extras={**service.extras, NAME: own}, **values)


# -- resources --------------------------------------------------------------------------------------------------


def save_resource(
    resource: Resource | None, row: Mapping[str, Any], *, now: datetime, id: int | None = None
) -> Resource:
    """Create or change a resource from a row in the vendor's words; ``qty`` empty sets no limit."""
    calendar = to_resource({**row, "id": resource.id if resource else id or 0})
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
        extras = {**resource.extras, NAME: {**words.own(resource), "availability": rules}}
        saved = repository.resources.update(resource.id, now=now, extras=extras, **values)
        recompile([link.service_id for link in catalog.resource_links(resource_ids=[resource.id])], now=now)
        return saved


#: What only this dialect keeps with a person.
MEMBER_FIELDS = ("role", "image_id", "image_url", "note", "availability_source")


def member_rules(own: Mapping[str, Any]) -> tuple[CalendarRule, ...]:
    """The calendar of a person: hours of their own, or the shop's."""
    given = own.get("hours") or {}
    if own.get("availability_source") != "team_member":
        return ()
    return to_member_rules(given.get("weekly_schedule") or {}, given.get("date_overrides") or {})


def recompile(service_ids: Sequence[int], *, now: datetime) -> None:
    """Compile products again whose resources changed: a product's places can come from theirs."""
    for service in repository.services.get_many(service_ids).values():
        if words.is_ours(service):
            settings = words.to_settings(service, words.Around(links=catalog.resource_links(service_ids=[service.id])))
            values = compiled(settings, resource_rows(settings["resource_ids"]))
            repository.services.update(service.id, now=service.modified_at, **values)


def delete_resource(resource: Resource, *, now: datetime) -> None:
    """Remove a resource for good and compile its products again.

    Raises:
        InUse: It has bookings.
    """
    with writing():
        catalog.refuse_if_booked(resource_id=resource.id)
        linked = [link.service_id for link in catalog.resource_links(resource_ids=[resource.id])]
        catalog.delete_resource(resource.id, now=now)
        recompile(linked, now=now)


def offer_resource(service_id: int, resource_id: int, *, offered: bool, now: datetime) -> None:
    """Offer a resource with a service, or no longer; a service that had none becomes one with automatic choice."""
    service = repository.services.get_many([service_id]).get(service_id)
    if service is None:
        return
    links = catalog.resource_links(service_ids=[service_id])
    ids = [link.resource_id for link in links]
    if offered == (resource_id in ids):
        return
    kinds = repository.person_types.list_all([("service_id", "=", service_id)])
    settings = words.to_settings(service, words.Around(links=links, person_types=kinds))
    ids = [*ids, resource_id] if offered else [number for number in ids if number != resource_id]
    settings["resource_ids"] = ids
    if not flag(settings["has_resources"]):
        settings["resources_assignment"] = "automatic"
    settings["has_resources"] = bool(ids)
    save_product(
        service,
        now=now,
        fields={},
        product=words.to_product_data(service),
        settings=settings,
        vendor_status=words.to_status(service),
    )


def put(table: repository.Repository, id: int, *, now: datetime, **values: Any) -> Any:
    """Create the record with this id, or change the one that has it."""
    try:
        table.get(id)
    except NotFound:
        return table.create(now=now, id=id, **values)
    return table.update(id, now=now, **values)


def save_shell(
    *,
    id: int | None,
    created_at: datetime,
    modified_at: datetime,
    status: str,
    metadata: Mapping[str, Any],
) -> Booking:
    """Store a booking of nothing, as the real server's v1 writes make."""
    return bookings.repository.create(
        now=created_at,
        id=id,
        origin=NAME,
        modified_at=modified_at,
        session_id=0,
        service_id=0,
        status=status,
        start=created_at,
        end=created_at,
        wall_start=created_at.replace(tzinfo=None),
        wall_end=created_at.replace(tzinfo=None),
        zone="UTC",
        extras={NAME: {**metadata, "shell": True}},
    )
