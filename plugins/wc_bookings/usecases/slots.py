"""Slots of products: the list of ``/products/slots``, and the free slots of one product (README.md, "Slots")."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from frontdesk import availability, catalog, repository, statuses
from frontdesk.caches import LastResults
from frontdesk.records import Service
from frontdesk.schedule import Slot
from frontdesk.wordpress import php
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate import slots, vendor_faults
from plugins.wc_bookings.translate.products import to_product_data
from plugins.wc_bookings.translate.settings_from_plan import base_cost, block_of
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.product_store import other_products

_MAX_CACHED_RECORDS = 40_000
_UNLISTED = (statuses.DELETED, statuses.DRAFT, statuses.IN_REVIEW, statuses.INTERNAL)


class SlotLists:
    """Lists slots, with a cache of rendered records by product id."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._is_long = context.options.slots_record == "long"
        self._rendered: LastResults[int, list[slots.Record]] = LastResults(
            _MAX_CACHED_RECORDS, lambda records: 1 + len(records)
        )

    def find(self, params: Mapping[str, Any]) -> list[slots.Record] | None:
        """The records that the parameters ask for; None where one of the products cannot be booked."""
        services = self._services(params)
        if not services:
            return services if services is None else []
        if self._context.strict:
            services = [vendor_faults.as_listed(service) for service in services]
        return self._records(params, services)

    def _services(self, params: Mapping[str, Any]) -> list[Service] | None:
        """The products in the order asked for; None where one of them cannot be booked."""
        strict = self._context.strict
        # The real server lists a product twice that is named twice.
        product_ids = slots.to_ids(params.get("product_ids"), repeated=strict)
        if product_ids:
            others = other_products()
            if any(str(product_id) in others for product_id in product_ids):
                return None
            by_id = repository.services.get_many(product_ids)
            services = [by_id[product_id] for product_id in product_ids if product_id in by_id]
        else:
            where = [("status", "=", statuses.ACTIVE)]
            services = repository.services.list_all(where, order=(("created_at", "desc"), ("id", "desc")))
        category_ids = slots.to_ids(params.get("category_ids"))
        if category_ids:
            services = self._in_categories(services, category_ids)
        return [service for service in services if to_product_data(service)["catalog_visibility"] != "hidden"]

    def _in_categories(self, services: Iterable[Service], category_ids: list[int]) -> list[Service]:
        if self._context.strict:
            category_ids = vendor_faults.with_parents(category_ids, repository.categories.get_many(category_ids))
        members = catalog.category_services(category_ids)
        allowed_ids = {service_id for service_ids in members.values() for service_id in service_ids}
        return [service for service in services if service.id in allowed_ids]

    def _records(self, params: Mapping[str, Any], services: Sequence[Service]) -> list[slots.Record]:
        lenient, now = not self._context.strict, self._context.wall_now()
        includes_past = php.to_text(params.get("get_past_times")) == "true"
        low, high = (
            slots.to_wall_clock(params.get(name), now, restore_plus=lenient) for name in ("min_date", "max_date")
        )
        # Products often have one plan between them.
        by_plan = {
            id(plan): slots.to_window(plan, low, high, now, lenient_default=lenient, past=includes_past and lenient)
            for plan in {id(service.plan): service.plan for service in services}.values()
        }
        windows = {service.id: by_plan[id(service.plan)] for service in services}
        # One query for all products, whatever days the limits of each one leave.
        first = min(window.first for window in by_plan.values())
        last = max(window.last for window in by_plan.values())
        slots_of = availability.list_slots_of(
            windows,
            first=first,
            last=last,
            now=self._context.clock(),
            include_past=includes_past,
            ignore_notice=includes_past,
            preloaded_services={service.id: service for service in services},
        )
        resource_ids = set(slots.to_ids(params.get("resource_ids")))
        hide_unavailable = php.to_text(params.get("hide_unavailable")) == "true"
        rendered: list[slots.Record] = []
        for service in services:
            window = windows[service.id]
            listed = slots.within_window(slots_of.get(service.id, ()), window, first, last)
            if self._context.strict:
                listed = vendor_faults.listed_until(service.plan, listed, window.high)
            if resource_ids:
                listed = [slot for slot in listed if slot.resource_id in resource_ids]
            rendered += self._render(service, listed, hide_unavailable)
        return rendered

    def _render(self, service: Service, listed: Sequence[Slot], hide_unavailable: bool) -> list[slots.Record]:
        if not listed:
            return []
        length, unit = block_of(service.plan)
        cost = base_cost(service)

        def render() -> list[slots.Record]:
            if not self._is_long:
                return slots.to_short_records(service.id, length, listed, hide_unavailable=hide_unavailable)
            return slots.to_long_records(
                {"id": service.id, "name": service.name},
                listed,
                unit=unit,
                duration=length,
                cost=self._context.money(cost),
                hide_unavailable=hide_unavailable,
            )

        return self._rendered.get(service.id, (service.name, unit, length, cost, hide_unavailable, listed), render)


class ProductSlots(NamedTuple):
    """The free slots of a product in the time asked for, in order; ``timezone_offset`` in hours."""

    service: Service
    resource_id: int
    timezone_offset: int
    slots: list[Slot]


def find_free(context: Context, product_id: int, params: Mapping[str, Any]) -> ProductSlots:
    """The free slots of a product.

    Raises:
        Refused: The product does not exist, the dates are not in order or in the past, the resource or the offset is
            not valid.
    """
    service = repository.services.get_many([product_id]).get(product_id)
    if service is None or service.status in _UNLISTED:
        raise Refused("product")
    start, end = slots.to_checked_wall_clock(params["start_date"]), slots.to_checked_wall_clock(params["end_date"])
    _check_dates(context, start, end)
    needs_links = params.get("resource_id") or service.plan.resources.choice == "customer"
    resource_id = slots.to_resource_id(
        params, service, catalog.resource_links(service_ids=[service.id]) if needs_links else ()
    )
    offset = slots.to_offset(params.get("timezone_offset"))
    listed = availability.list_slots(
        service.id,
        first=start.date(),
        last=end.date(),
        now=context.clock(),
        resource_id=resource_id or None,
        include_full=False,
    )
    first, last = slots.to_wall_minute(start), slots.to_wall_minute(end)
    # By time, whichever resource a slot is with.
    free = [slot for slot in sorted(listed) if first <= slot.wall_start <= last and slot.remaining > 0]
    return ProductSlots(service, resource_id, offset, free)


def _check_dates(context: Context, start: datetime, end: datetime) -> None:
    if start.date() < context.wall_now().date():
        raise Refused("start_in_past")
    if end <= start:
        raise Refused("end_before_start")
