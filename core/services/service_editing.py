"""Changes services for operators, whichever dialect made them.

A service is compiled from settings that its dialect keeps, and compiled again at the dialect's next write. So a change
goes through every dialect that keeps settings of it, as their ``ServiceEditor`` says; core itself changes the plan of a
service that no running dialect compiles.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.db import writing
from core.domain.claims import UNLIMITED
from core.domain.currency import exponent
from core.domain.money import round_half_up
from core.domain.price_plan import plan_data
from core.domain.records import Service
from core.domain.schedule import CalendarRule, SchedulePlan
from core.domain.service_change import ServiceChange, ServiceOffer, check_change, known_capacity
from core.domain.statuses import CATALOG, DELETED
from core.domain.weekly_hours import is_weekly, openings_of, plan_with_openings, rules_with_openings
from core.errors import Invalid, NotFound, StaleVersion
from core.services import catalog, site
from core.services.price_plans import load_plan
from core.services.repository import services

#: Statuses that an operator may choose; deleting is another matter.
STATUSES = tuple(status for status in CATALOG if status != DELETED)
#: Steps of a price plan that hold the price itself.
_PRICE_STEPS = ("base", "per_block", "date_price")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEditor:
    """How operators see and change services through one dialect.

    Attributes:
        dialect: The dialect's name.
        show: ``show(service_id)`` returns the record as the dialect's own API shows it, as plain data or structs that
            can be encoded as JSON. Raises ``NotFound`` where the API shows none.
        offer: ``offer(service)`` returns price, capacity and hours as the dialect's settings of this service say;
            None where the dialect keeps none, so that nothing of it is compiled from them.
        change: ``change(service, change, now=datetime)`` writes a ``ServiceChange`` into the dialect's settings and
            compiles them. Core calls it inside a transaction, with values that ``offer`` does not call fixed, for
            services with an offer. Raises ``Invalid`` with the name of the field.
    """

    dialect: str
    show: Callable[[int], Any]
    offer: Callable[[Service], ServiceOffer | None]
    change: Callable[..., None]


Editors = Mapping[str, ServiceEditor]


def editors_of(service: Service, editors: Editors) -> list[ServiceEditor]:
    """The dialects that keep settings of a service; the one that made it comes first."""
    ordered = sorted(editors.values(), key=lambda editor: editor.dialect != service.origin)
    return [editor for editor in ordered if editor.offer(service) is not None]


def offer_of(service: Service, editors: Editors) -> ServiceOffer:
    """What a service costs, how many it takes and when, and what of it cannot be changed."""
    for editor in editors_of(service, editors):
        offer = editor.offer(service)
        if offer is not None:
            return offer
    return plain_offer(service)


def edit(id: int, change: ServiceChange, editors: Editors, *, expected_version: int, now: datetime) -> Service:
    """Change a service in every dialect at once.

    Raises:
        NotFound: There is no such service, or it is deleted.
        StaleVersion: Somebody else has changed it.
        Invalid: A value cannot be; ``field`` is that of ``ServiceChange``.
    """
    check_change(change, STATUSES)
    if change.price is not None:
        places = exponent(site.current().currency)
        if change.price != round_half_up(change.price, places):
            raise Invalid(field="price", reason="decimals", value=str(change.price))
    with writing():
        service = services.get_for_update(id)
        if service.status == DELETED:
            raise NotFound(kind="service", id=id)
        if service.version != expected_version:
            raise StaleVersion(expected_version=expected_version, actual_version=service.version)
        if change.is_empty:
            return service
        concerned = editors_of(service, editors)
        if change == ServiceChange(name=change.name, status=change.status):
            # Nothing is compiled from these two, and they are in one place.
            del concerned[1:]
        _refuse_fixed(change, offer_of(service, editors))
        if not concerned:
            _change_plan(service, change, now=now)
        for editor in reversed(concerned):
            # The dialect that made it compiles last: its settings are those that count.
            editor.change(services.get(id), change, now=now)
        return services.get(id)


def _refuse_fixed(change: ServiceChange, offer: ServiceOffer) -> None:
    for field in ("price", "capacity", "hours"):
        if getattr(change, field) is not None and field in offer.fixed:
            raise Invalid(field=field, reason=offer.fixed[field])


# -- services that no running dialect compiles ------------------------------------------------------------------------


def plain_offer(service: Service) -> ServiceOffer:
    """What the neutral plan and rules of a service say."""
    plan, fixed, notes = service.plan, {}, {}
    capacity = _capacity(plan, service.rules)
    if capacity is None and plan.resources.choice != "none":
        fixed["capacity"] = "The places are those of its resources."
    site_rules = site.rules() if plan.opening.includes_site_rules else ()
    if plan.grid.starts == "fixed":
        notes["hours"] = "Each time is one start."
    if plan.resources.choice != "none" and catalog.resource_links(service_ids=[service.id]):
        notes["hours"] = f"{notes.get('hours', '')} Resources with hours of their own change them.".strip()
    steps = load_plan(service.price_plan).steps if service.price_plan else ()
    if any(step.kind not in _PRICE_STEPS for step in steps):
        notes["price"] = "Persons, resources, rules and taxes add to it."
    return ServiceOffer(
        price=_price(service),
        capacity=capacity,
        hours=openings_of(plan, (*site_rules, *service.rules)),
        fixed=fixed,
        notes=notes,
    )


def _price(service: Service) -> Decimal:
    if not service.price_plan:
        return service.price
    steps = [step for step in load_plan(service.price_plan).steps if step.kind in _PRICE_STEPS]
    return next((step.amount for step in steps if step.amount), steps[0].amount if steps else service.price)


def _capacity(plan: SchedulePlan, rules: Iterable[CalendarRule]) -> int | None:
    stated = [slot.capacity for slot in plan.grid.fixed_slots] if plan.grid.starts == "fixed" else []
    stated += [rule.capacity for rule in rules if _sizes_week(rule)]
    counts = [number for number in stated if number is not None and number < UNLIMITED]
    return max(counts) if counts else known_capacity(plan.capacity.limit)


def _sizes_week(rule: CalendarRule) -> bool:
    return is_weekly(rule) and rule.effect == "open" and rule.capacity is not None


def _change_plan(service: Service, change: ServiceChange, *, now: datetime) -> None:
    plan, rules = service.plan, service.rules
    values: dict[str, Any] = {}
    if change.name is not None:
        values["name"] = change.name
    if change.status is not None:
        values["status"] = change.status
    if change.price is not None:
        values["price"] = change.price
        if service.price_plan:
            values["price_plan"] = _with_price(service, change.price)
    if change.hours is not None:
        plan = plan_with_openings(plan, change.hours)
        rules = rules_with_openings(plan, rules, change.hours)
    if change.capacity is not None:
        plan = replace(plan, capacity=replace(plan.capacity, limit=change.capacity))
        slots = [slot if slot.dates else replace(slot, capacity=None) for slot in plan.grid.fixed_slots]
        plan = replace(plan, grid=replace(plan.grid, fixed_slots=tuple(slots)))
        rules = tuple(replace(rule, capacity=change.capacity) if _sizes_week(rule) else rule for rule in rules)
    if plan != service.plan:
        values["plan"] = plan
    if rules != service.rules:
        values["rules"] = rules
    services.update(service.id, now=now, **values)


def _with_price(service: Service, price: Decimal) -> dict[str, Any]:
    """The stored price plan with another price; the step that holds it is the first that costs something."""
    plan = load_plan(service.price_plan)
    indexes = [index for index, step in enumerate(plan.steps) if step.kind in _PRICE_STEPS]
    if not indexes:
        return service.price_plan
    chosen = next((index for index in indexes if plan.steps[index].amount), indexes[0])
    steps = [replace(step, amount=price) if index == chosen else step for index, step in enumerate(plan.steps)]
    return plan_data(replace(plan, steps=tuple(steps)))
