"""Services with their employees and extras, and their compilation into core's schedule and price plans."""

from collections.abc import Sequence
from datetime import datetime

from frontdesk import catalog, site
from frontdesk.database import writing
from frontdesk.prices import plan_data
from frontdesk.records import Extra, Service, ServiceResource
from frontdesk.repository import categories, extras, resources, services
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.prices import to_price_plan
from plugins.bookablesites.translate.services import ServiceView, is_own_service, taxes_of, to_service
from plugins.bookablesites.translate.values import NAME

#: Settings that are compiled into the plan of every service.
_COMPILED_SETTINGS = (
    "time_slot_step",
    "use_service_duration_as_slot",
    "minimum_time_before_booking",
    "period_available_in_advance",
)


def service_views(records: Sequence[Service], *, with_extras: bool = True) -> list[ServiceView]:
    """Services with their employees; ``with_extras`` with extras and category too.

    Two or five queries, whatever the number of services.
    """
    ids = [service.id for service in records]
    if not ids:
        return []
    links: dict[int, list[ServiceResource]] = {}
    for link in catalog.resource_links(service_ids=ids):
        links.setdefault(link.service_id, []).append(link)
    staff = resources.get_many(link.resource_id for group in links.values() for link in group)
    extras_of: dict[int, list[Extra]] = {}
    category_ids: dict[int, list[int]] = {}
    if with_extras:
        for extra in extras.list_all([("service_id", "in", ids)], order=[("position", "asc"), ("id", "asc")]):
            extras_of.setdefault(extra.service_id, []).append(extra)
        category_ids = catalog.service_categories(ids)
    first_categories = categories.get_many(group[0] for group in category_ids.values() if group)
    views = []
    for service in records:
        offered_by = [link for link in links.get(service.id, []) if link.resource_id in staff]
        category_id = (category_ids.get(service.id) or [0])[0]
        views.append(
            ServiceView(
                service=service,
                links=offered_by,
                extras=extras_of.get(service.id, []),
                category=first_categories.get(category_id),
                capacities=[
                    staff[link.resource_id].capacity if link.capacity is None else link.capacity for link in offered_by
                ],
                employees={link.resource_id: staff[link.resource_id] for link in offered_by},
                taxes=taxes_of(service.price_plan),
            )
        )
    return views


def service_view(id: int) -> ServiceView:
    """One service with everything replies show; raises NotFound."""
    return service_views([services.get(id)])[0]


def compile_service(id: int, settings: Settings, *, now: datetime) -> None:
    """Write schedule and price plan of a service anew; those of other dialects' services stay."""
    view = service_view(id)
    if not view.is_own:
        return
    minimums = [view.party_limits(link.resource_id).minimum for link in view.links]
    plan = schedule.to_plan(view.fields, settings, staffed=bool(minimums), smallest=min(minimums, default=None))
    services.update(id, now=now, plan=plan, price_plan=plan_data(to_price_plan(to_service(view))))


def recompile_after_settings_change(settings: Settings, *, now: datetime) -> int:
    """Compile all services anew where the settings differ from those compiled last; returns how many."""
    fingerprint = "/".join(str(getattr(settings, name)) for name in _COMPILED_SETTINGS)
    if site.extras(NAME).get("compiled") == fingerprint:
        return 0
    with writing():
        stored = site.extras(NAME)
        if stored.get("compiled") == fingerprint:
            return 0
        own_ids = [service.id for service in services.list_all() if is_own_service(service)]
        for id in own_ids:
            compile_service(id, settings, now=now)
        site.save(now=now, dialect=NAME, extras={**stored, "compiled": fingerprint})
    return len(own_ids)
