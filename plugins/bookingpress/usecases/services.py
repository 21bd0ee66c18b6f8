"""Services with their extras and staff, of this dialect and of others, and their categories."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from frontdesk import catalog
from frontdesk.errors import Invalid
from frontdesk.records import Category, Service
from frontdesk.repository import Condition, categories, extras, locations, resources, services
from frontdesk.schedule import SchedulePlan
from frontdesk.statuses import ACTIVE, DELETED, HIDDEN
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.translate.services import (
    FOREIGN_SETTINGS,
    foreign_price_plan,
    read_category_name,
    read_extras,
    read_price,
    read_service_name,
    read_settings,
    service_settings,
    to_category,
    to_service,
)
from plugins.bookingpress.translate.settings_from_plan import DEFAULTS, touched_plan
from plugins.bookingpress.translate.values import NAME, is_native, stored_extras, with_stored_extras
from plugins.bookingpress.usecases import plan_compiler
from plugins.bookingpress.usecases.base import (
    CrudUseCases,
    Ids,
    extras_by_service,
    links_by_service,
    next_position,
    position_for,
)

_LINK_FIELDS = ("base_cost", "block_cost", "price", "capacity", "min_capacity", "extras")


class Services(CrudUseCases):
    table = services
    id_name = "service_id"
    unknown_to_delete = "service_gone"
    thing = "Service"

    def _conditions(self, listing: Listing) -> list[Condition]:
        params = listing.params
        where: list[Condition] = [("status", "!=", DELETED), *super()._conditions(listing)]
        if category_id := params.id("category_id"):
            where.append(("id", "in", catalog.category_services([category_id]).get(category_id, [])))
        if staff_id := params.id("staffmember_id"):
            where.append(("id", "in", [link.service_id for link in catalog.resource_links(resource_ids=[staff_id])]))
        if location_id := params.id("location_id"):
            where.append(
                ("id", "in", [service.id for service in services.list_all() if location_id in service.locations])
            )
        return where

    def _shown(self, records: list[Service], *, single: bool) -> list[Any]:
        ids = [service.id for service in records]
        first_categories = catalog.first_categories(ids)
        links, offered_extras = links_by_service(ids), extras_by_service(ids)
        settings = self.context.settings
        return [
            to_service(
                service,
                index,
                links=links.get(service.id, []),
                extras=offered_extras.get(service.id, []),
                category=first_categories.get(service.id, (0, "")),
                settings=settings,
                symbol=self.context.symbol,
            )
            for index, service in enumerate(records, 1)
        ]

    def _create(self, params: Params) -> Ids:
        return {"service_id": create_service(params, now=self.context.now)}

    def _update(self, previous: Service, params: Params, *, partial: bool) -> Ids:
        now = self.context.now
        before = service_settings(previous, catalog.resource_links(service_ids=[previous.id]))
        settings = read_settings(params, before, is_new=False, partial=partial)
        fields = _read_fields(params, partial=partial)
        if not partial or "service_category" in params:
            catalog.set_categories(previous.id, _read_categories(params))
        if is_native(previous):
            fields["extras"] = with_stored_extras(previous, **settings)
        else:
            # A service of another dialect keeps its rules; its plan takes only the settings this update changes.
            fields["plan"] = touched_plan(previous.plan, before, settings)
            price = fields.get("price", previous.price)
            if price != previous.price:
                fields["price_plan"] = foreign_price_plan(settings, price)
            fields["extras"] = with_stored_extras(previous, **{name: settings[name] for name in FOREIGN_SETTINGS})
        services.update(previous.id, now=now, **fields)
        _store_parts(previous.id, params, now=now)
        plan_compiler.services([previous.id], now=now)
        return {"service_id": previous.id}

    def _delete(self, record: Service) -> None:
        self._refuse_booked(service_id=record.id)
        now = self.context.now
        catalog.delete_service(record.id, now=now)
        for location in locations.list_all():
            entries = stored_extras(location).get("services") or []
            others = [entry for entry in entries if entry["service_id"] != record.id]
            if others != entries:
                locations.update(location.id, now=now, extras=with_stored_extras(location, services=others))


def create_service(
    params: Params, *, now: datetime, id: int | None = None, calendar: Mapping[str, Any] | None = None
) -> int:
    """Store a service of this dialect with its parts and compile it; returns its id.

    Args:
        id: Kept when given (imports).
        calendar: Hours and days off, which no route takes.
    """
    fields, category_ids = _read_fields(params), _read_categories(params)
    settings = read_settings(params, DEFAULTS, is_new=True, partial=False)
    service = services.create(
        now=now,
        id=id,
        **{"status": ACTIVE, **fields},
        position=position_for(services, params, "service_position"),
        plan=SchedulePlan(),
        origin=NAME,
        extras={NAME: {**settings, **(calendar or {})}},
    )
    catalog.set_categories(service.id, category_ids)
    _store_parts(service.id, params, now=now)
    plan_compiler.services([service.id], now=now)
    return service.id


def _read_fields(params: Params, *, partial: bool = False) -> dict[str, Any]:
    """Core's fields of a service; ``partial`` leaves absent ones out."""
    fields: dict[str, Any] = {}
    if not partial or "service_name" in params:
        fields["name"] = read_service_name(params)
    if not partial or "service_price" in params:
        fields["price"] = read_price(params, "service_price")
    if not partial or "service_description" in params:
        fields["description"] = params.html("service_description")
    if "show_service_on_site" in params:
        fields["status"] = ACTIVE if params.flag("show_service_on_site", default=True) else HIDDEN
    return fields


def _read_categories(params: Params) -> list[int]:
    category_id = params.id("service_category")
    if category_id and not categories.get_many([category_id]):
        raise Refused(reason="not_found", values={"thing": "Category"})
    return [category_id] if category_id else []


def _store_parts(service_id: int, params: Params, *, now: datetime) -> None:
    """Extras and staff of a service, where the caller names them; each list replaces the one before."""
    if params.has("extra_services"):
        _store_extras(service_id, params.items("extra_services"), now=now)
    if params.has("assigned_staffmembers"):
        _assign_staff(service_id, params.ids("assigned_staffmembers"))
        plan_compiler.staff(params.ids("assigned_staffmembers"), now=now)


def _assign_staff(service_id: int, resource_ids: Sequence[int]) -> None:
    """Link a service with these staff members; those that have a link already keep its terms."""
    unknown = set(resource_ids) - set(resources.get_many(resource_ids))
    if unknown:
        raise Invalid(field="assigned_staffmembers", reason="unknown", value=min(unknown))
    before = {link.resource_id: link for link in catalog.resource_links(service_ids=[service_id])}
    links: list[dict[str, Any]] = []
    for id in resource_ids:
        terms = {name: getattr(before[id], name) for name in _LINK_FIELDS} if id in before else {"extras": {NAME: {}}}
        links.append({"resource_id": id, **terms})
    catalog.set_resources(service_id, links)


def _store_extras(service_id: int, items: Sequence[Mapping[str, Any]], *, now: datetime) -> None:
    before = {extra.id: extra for extra in extras.list_all([("service_id", "=", service_id)])}
    stored_ids = set()
    for item, (id, fields, settings) in zip(items, read_extras(items), strict=True):
        if id in before:
            extras.update(id, now=now, extras=with_stored_extras(before[id], **settings), **fields)
        else:
            id = extras.create(
                now=now,
                id=id if item.get("keep_id") else None,
                service_id=service_id,
                origin=NAME,
                extras={NAME: settings},
                **fields,
            ).id
        stored_ids.add(id)
    for id in before.keys() - stored_ids:
        extras.delete(id)


# -- categories --------------------------------------------------------------------------------------------------------


class Categories(CrudUseCases):
    table = categories
    id_name = "category_id"
    unknown_to_delete = "category_gone"

    def _shown(self, records: list[Category], *, single: bool) -> list[Any]:
        services = catalog.category_services(category.id for category in records)
        return [to_category(category, index, len(services[category.id])) for index, category in enumerate(records, 1)]

    def _create(self, params: Params) -> Ids:
        category = categories.create(
            now=self.context.now,
            name=read_category_name(params),
            position=next_position(categories),
            origin=NAME,
        )
        return {"category_id": category.id}

    def _update(self, previous: Category, params: Params, *, partial: bool) -> Ids:
        if not partial or "service_category_name" in params:
            categories.update(previous.id, now=self.context.now, name=read_category_name(params))
        return {"category_id": previous.id}

    def _delete(self, record: Category) -> None:
        if catalog.category_services([record.id])[record.id]:
            raise Refused(reason="category_in_use")
        catalog.delete_category(record.id, now=self.context.now)
