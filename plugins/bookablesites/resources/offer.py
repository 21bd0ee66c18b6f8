"""Services with everything around them: read together, and compiled into plan and prices after every change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.db import writing
from core.domain.price_plan import plan_data
from core.domain.records import Service
from core.domain.text import fold
from core.errors import Invalid
from core.services import catalog, site
from core.services.repository import categories, extras, locations, resources, services
from plugins.bookablesites.schemas import plain
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.catalog import (
    NAME,
    SERVICE_FACTS,
    Offered,
    own,
    service_facts,
    taxes_of,
    to_extra_values,
    to_link,
    to_service,
    to_service_values,
    to_slug,
    to_taxes,
    with_own,
)
from plugins.bookablesites.translate.prices import to_price_plan

#: Fields that make a service this dialect's own when they are sent for one somebody else made.
_SCHEDULE = frozenset(
    (
        "duration",
        "buffer_time_before",
        "buffer_time_after",
        "min_capacity",
        "max_capacity",
        "allow_below_min_capacity",
    )
)
#: Settings that go into the plan of every service.
_COMPILED = (
    "time_slot_step",
    "use_service_duration_as_slot",
    "minimum_time_before_booking",
    "period_available_in_advance",
)
_PRICES = frozenset(("price", "taxes", "extras", "employees"))


def offered(found: Sequence[Service], *, shown: bool = True) -> list[Offered]:
    """Services with their employees and, where they are to be ``shown``, extras and category.

    Two queries or five, however many services.
    """
    ids = [service.id for service in found]
    if not ids:
        return []
    links: dict[int, list[Any]] = {}
    for link in catalog.resource_links(service_ids=ids):
        links.setdefault(link.service_id, []).append(link)
    staff = resources.get_many(link.resource_id for each in links.values() for link in each)
    added: dict[int, list[Any]] = {}
    groups: dict[int, list[int]] = {}
    if shown:
        for extra in extras.list_all([("service_id", "in", ids)], order=[("position", "asc"), ("id", "asc")]):
            added.setdefault(extra.service_id, []).append(extra)
        groups = catalog.service_categories(ids)
    named = categories.get_many(numbers[0] for numbers in groups.values() if numbers)
    whole = []
    for service in found:
        mine = [link for link in links.get(service.id, []) if link.resource_id in staff]
        first = groups.get(service.id) or [0]
        capacities = [link.capacity if link.capacity is not None else staff[link.resource_id].capacity for link in mine]
        whole.append(
            Offered(
                service=service,
                links=mine,
                extras=added.get(service.id, []),
                category=named.get(first[0]),
                capacities=capacities,
                staff={link.resource_id: staff[link.resource_id] for link in mine},
                taxes=taxes_of(service.price_plan),
            )
        )
    return whole


def offered_one(id: int) -> Offered:
    """One service; raises NotFound."""
    return offered([services.get(id)])[0]


def is_own(service: Service) -> bool:
    """Is the service compiled from this dialect's fields?"""
    return "duration" in own(service)


def compile_service(id: int, settings: Settings, *, now: datetime) -> None:
    """Write plan and prices of one of this dialect's services anew, from its fields, employees and extras."""
    whole = offered_one(id)
    if not is_own(whole.service):
        return
    facts = service_facts(whole)
    lows = [terms(whole, link.resource_id).low for link in whole.links]
    plan = schedule.to_plan(facts, settings, staffed=bool(lows), smallest=min(lows, default=None))
    services.update(id, now=now, plan=plan, price_plan=plan_data(to_price_plan(to_service(whole))))


def refresh(settings: Settings, *, now: datetime) -> int:
    """Compile all services anew when the settings that go into them are not those of last time; returns how many."""
    wanted = "/".join(str(getattr(settings, name)) for name in _COMPILED)
    if site.extras(NAME).get("compiled") == wanted:
        return 0
    with writing():
        known = site.extras(NAME)
        if known.get("compiled") == wanted:
            return 0
        mine = [service.id for service in services.list_all() if is_own(service)]
        for id in mine:
            compile_service(id, settings, now=now)
        site.save(now=now, dialect=NAME, extras={**known, "compiled": wanted})
    return len(mine)


def save_service(
    before: Service | None,
    given: Mapping[str, Any],
    settings: Settings,
    *,
    now: datetime,
    id: int | None = None,
    keep_ids: bool = False,
) -> int:
    """Create a service (``before`` None) or change one, with employees, extras and category; returns its id.

    Raises:
        Invalid: A field is wrong, or names something that does not exist.
    """
    given = plain(given) | {name: given[name] for name in ("price",) if name in given}
    with writing():
        values = to_service_values(given, before, currency=site.current().currency)
        values |= _facts_values(before, given, settings)
        _check_locations(values.get("locations", ()))
        if before is None:
            values.setdefault("slug", to_slug(values["name"]))
            number = services.create(now=now, id=id, origin=NAME, plan=schedule.EMPTY, **values).id
        else:
            number = services.update(before.id, now=now, **values).id
        if "category" in given:
            catalog.set_categories(number, _category(given["category"], now=now))
        if "extras" in given:
            _save_extras(number, given["extras"], now=now, keep_ids=keep_ids)
        if "employees" in given:
            set_employees(number, given["employees"])
        elif before is not None and _SCHEDULE & given.keys():
            _relink(number)
        _recompile(number, before, given, settings, now=now)
    return number


def _facts_values(before: Service | None, given: Mapping[str, Any], settings: Settings) -> dict[str, Any]:
    """The part of a service that is kept under this dialect's name."""
    if before is None:
        facts = {name: given[name] for name in SERVICE_FACTS}
    elif is_own(before) or _SCHEDULE & given.keys():
        whole = service_facts(offered([before])[0])
        facts = {**own(before), **whole, **{name: given[name] for name in SERVICE_FACTS if name in given}}
    else:
        facts = {**own(before), **{name: given[name] for name in SERVICE_FACTS if name in given}}
    if "taxes" in given:
        facts["taxes"] = to_taxes(given["taxes"])
    if "duration" in facts and (before is None or _SCHEDULE & given.keys()):
        schedule.check_service(facts, settings)
    return {"extras": with_own(before, facts)} if facts else {}


def _check_locations(wanted: Iterable[int]) -> None:
    known = locations.get_many(wanted)
    for position, number in enumerate(wanted):
        if number not in known:
            raise Invalid(field=f"locations.{position}", reason="unknown", value=number)


def _category(wanted: Any, *, now: datetime) -> list[int]:
    """A category by id or by name; a new name makes one."""
    if wanted is None:
        return []
    if isinstance(wanted, int):
        if wanted not in categories.get_many([wanted]):
            raise Invalid(field="category", reason="unknown", value=wanted)
        return [wanted]
    name = wanted.strip()
    known = next((c for c in categories.list_all() if fold(c.name) == fold(name)), None)
    if known is None:
        known = categories.create(now=now, origin=NAME, name=name, slug=to_slug(name))
    return [known.id]


def _save_extras(
    service_id: int, wanted: Sequence[Mapping[str, Any]], *, now: datetime, keep_ids: bool = False
) -> None:
    """Make the service's extras these: known ids are changed, the others made, the rest removed.

    ``keep_ids`` also makes extras under ids that nobody has yet (imports).
    """
    known = {extra.id: extra for extra in extras.list_all([("service_id", "=", service_id)])}
    kept = set()
    for position, entry in enumerate(wanted):
        values = to_extra_values(entry, f"extras.{position}", currency=site.current().currency) | {"position": position}
        number = entry.get("id")
        if number is None:
            extras.create(now=now, origin=NAME, service_id=service_id, **values)
        elif number in known and number not in kept:
            extras.update(number, now=now, **values)
            kept.add(number)
        elif keep_ids and not extras.get_many([number]):
            extras.create(now=now, id=number, origin=NAME, service_id=service_id, **values)
        else:
            raise Invalid(field=f"extras.{position}.id", reason="unknown", value=number)
    for number in known.keys() - kept:
        extras.delete(number)


def set_employees(service_id: int, wanted: Sequence[Mapping[str, Any]]) -> None:
    """Replace who offers a service."""
    facts = service_facts(offered_one(service_id))
    known = resources.get_many(entry["id"] for entry in wanted)
    rows, seen = [], set()
    for position, entry in enumerate(wanted):
        if entry["id"] not in known or entry["id"] in seen:
            raise Invalid(field=f"employees.{position}.id", reason="unknown", value=entry["id"])
        seen.add(entry["id"])
        rows.append(
            {
                "resource_id": entry["id"],
                **to_link(entry, facts, f"employees.{position}", currency=site.current().currency),
            }
        )
    catalog.set_resources(service_id, rows)


def _relink(service_id: int) -> None:
    """Carry a service's new capacities into the links of its employees."""
    shown = to_service(offered_one(service_id))
    set_employees(service_id, [{**entry, "price": _text(entry["price"])} for entry in shown["employees"]])


def _text(price: Any) -> str | None:
    return None if price is None else str(price)


def _recompile(id: int, before: Service | None, given: Mapping[str, Any], settings: Settings, *, now: datetime) -> None:
    whole = offered_one(id)
    if is_own(whole.service):
        compile_service(id, settings, now=now)
    elif _PRICES & given.keys() and before is not None and {"price", "taxes"} & given.keys():
        # Somebody else's service keeps its schedule; a price said here replaces its price plan.
        services.update(id, now=now, price_plan=plan_data(to_price_plan(to_service(whole))))


@dataclass(frozen=True, slots=True)
class Terms:
    """What decides about one service of one employee: the smallest party and the places there are."""

    low: int
    high: int | None


def terms(whole: Offered, resource_id: int) -> Terms:
    """The employee's own capacities where set, else the service's."""
    facts = service_facts(whole)
    for link, places in zip(whole.links, whole.capacities, strict=True):
        if link.resource_id == resource_id:
            theirs = (link.extras.get(NAME) or {}).get("min_capacity") or link.min_capacity
            return Terms(theirs or facts["min_capacity"], places)
    high = whole.service.plan.capacity.limit
    return Terms(facts["min_capacity"], high)
