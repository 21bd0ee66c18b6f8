"""Services: bodies to core's records, and records with their employees and extras as replies show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Category, Extra, Resource, Service, ServiceResource
from frontdesk.statuses import ACTIVE, HIDDEN
from plugins.bookablesites.translate import schedule
from plugins.bookablesites.translate.prices import to_number
from plugins.bookablesites.translate.values import MAX_AMOUNT, NAME, stored_extras, to_amount

COLOR = "#1a84ee"
#: Fields of a service that core has no place for, or only in a compiled form.
STORED_FIELDS = (
    "duration", "buffer_time_before", "buffer_time_after", "min_capacity", "max_capacity",
    "allow_below_min_capacity", "allow_multiple_persons", "color", "taxes",
)  # fmt: skip
_STORED_FIELDS = frozenset(STORED_FIELDS)


@dataclass(frozen=True, slots=True)
class PartyLimits:
    """The smallest party, and the places there are; ``maximum`` None is without limit.

    ``waits_for_minimum``: smaller parties are accepted, and stay pending until their appointment reaches the minimum.
    """

    minimum: int
    maximum: int | None
    waits_for_minimum: bool = False


@dataclass(frozen=True)
class ServiceView:
    """A service with what replies show beside it.

    Attributes:
        links: The employees who offer it.
        capacities: The places each link has, in the order of ``links``; None is without limit.
        employees: The linked resources by id.
        taxes: The taxes of its price plan, whoever wrote that.
    """

    service: Service
    links: Sequence[ServiceResource] = ()
    extras: Sequence[Extra] = ()
    category: Category | None = None
    capacities: Sequence[int | None] = ()
    employees: Mapping[int, Resource] = field(default_factory=dict)
    taxes: Sequence[Mapping[str, Any]] = ()

    @cached_property
    def _stored(self) -> dict[str, Any]:
        return stored_extras(self.service)

    @property
    def is_own(self) -> bool:
        """Are schedule and prices compiled from this dialect's fields?"""
        return "duration" in self._stored

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The ``STORED_FIELDS``: as stored, else derived from the schedule plan. Read-only."""
        stored = self._stored
        if stored.keys() >= _STORED_FIELDS:
            return stored
        derived = schedule.to_vendor_service(self.service.plan, self.capacities)
        return {**derived, "color": COLOR, "taxes": list(self.taxes), **stored}

    def party_limits(self, resource_id: int) -> PartyLimits:
        """The employee's own capacities where set, else the service's."""
        fields = self.fields
        minimum, maximum = fields["min_capacity"], self.service.plan.capacity.limit
        for link, capacity in zip(self.links, self.capacities, strict=True):
            if link.resource_id == resource_id:
                minimum = (link.extras.get(NAME) or {}).get("min_capacity") or link.min_capacity or minimum
                maximum = capacity
        return PartyLimits(minimum, maximum, fields["allow_below_min_capacity"] and minimum > 1)


def is_own_service(service: Service) -> bool:
    """Are schedule and prices of the service compiled from this dialect's fields?"""
    return "duration" in stored_extras(service)


def to_service_values(fields: Mapping[str, Any], current: Service | None, *, currency: str) -> dict[str, Any]:
    """The record fields that the fields of a body set, without schedule and prices."""
    values: dict[str, Any] = {}
    if "name" in fields:
        values["name"] = fields["name"].strip()
    if "description" in fields:
        values["description"] = fields["description"] or ""
    if fields.get("slug"):
        values["slug"] = to_slug(fields["slug"])
    elif "name" in fields and (current is None or not current.slug):
        values["slug"] = to_slug(fields["name"])
    if "price" in fields:
        values["price"] = to_amount(fields["price"], "price", currency=currency)
    if "locations" in fields:
        values["locations"] = list(dict.fromkeys(fields["locations"]))
    if "status" in fields:
        values["status"] = ACTIVE if fields["status"] == "visible" else HIDDEN
    return values


def to_slug(text: str) -> str:
    """Letters and digits in lower case, joined by hyphens."""
    spaced = "".join(letter if letter.isalnum() else " " for letter in text.lower())
    return "-".join(spaced.split())[:255]


def to_taxes(taxes: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Taxes as they are stored and shown.

    Raises:
        Invalid: A value is negative or too large.
    """
    checked = []
    for position, tax in enumerate(taxes):
        maximum = Decimal(1000) if tax["type"] == "percentage" else MAX_AMOUNT
        value = Decimal(tax["value"])
        if not value.is_finite() or not 0 <= value <= maximum:
            raise Invalid(field=f"taxes.{position}.value", reason="amount", value=str(value))
        checked.append({"name": tax["name"], "type": tax["type"], "value": to_number(value)})
    return checked


def taxes_of(price_plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The taxes in a stored price plan, whoever wrote it."""
    rates = [rate for step in price_plan.get("steps") or () if step.get("kind") == "tax" for rate in step["rates"]]
    return [
        {
            "name": rate.get("label") or "",
            "type": rate.get("type") or "percentage",
            "value": to_number(Decimal(str(rate.get("value") or 0))),
        }
        for rate in rates
    ]


def to_service(view: ServiceView) -> dict[str, Any]:
    service, fields = view.service, view.fields
    prices = [service.price if link.price is None else link.price for link in view.links] or [service.price]
    return {
        "id": service.id,
        "name": service.name,
        "slug": service.slug or to_slug(service.name),
        "category": {"id": view.category.id, "name": view.category.name} if view.category else None,
        "description": service.description,
        "color": fields["color"],
        "duration": fields["duration"],
        "price": to_number(service.price),
        "buffer_time_before": fields["buffer_time_before"],
        "buffer_time_after": fields["buffer_time_after"],
        "min_capacity": fields["min_capacity"],
        "max_capacity": fields["max_capacity"],
        "allow_below_min_capacity": fields["allow_below_min_capacity"],
        "allow_multiple_persons": fields["allow_multiple_persons"],
        "employees": [{"id": link.resource_id, **to_link_fields(link)} for link in view.links],
        "locations": list(service.locations),
        "extras": [to_extra(extra) for extra in view.extras],
        "taxes": list(fields["taxes"]),
        "min_employee_price": to_number(min(prices)),
        "max_employee_price": to_number(max(prices)),
        "status": "visible" if service.status == ACTIVE else "hidden",
    }


# -- the employees of a service -----------------------------------------------------------------------------------


def to_link(
    fields: Mapping[str, Any], service_fields: Mapping[str, Any], path: str, *, currency: str
) -> dict[str, Any]:
    """One employee of one service as core's link; what is null in ``fields`` is as in ``service_fields``.

    Raises:
        Invalid: The minimum exceeds the maximum, or the price is not an amount.
    """
    price, minimum, maximum = fields.get("price"), fields.get("min_capacity"), fields.get("max_capacity")
    effective_minimum = minimum if minimum is not None else service_fields["min_capacity"]
    effective_maximum = maximum if maximum is not None else service_fields["max_capacity"]
    if effective_minimum > effective_maximum:
        raise Invalid(field=f"{path}.min_capacity", reason="order", value=effective_minimum, limit=effective_maximum)
    return {
        "price": None if price is None else to_amount(Decimal(price), f"{path}.price", currency=currency),
        "capacity": effective_maximum,
        "min_capacity": None if service_fields["allow_below_min_capacity"] else effective_minimum,
        "extras": {NAME: {"min_capacity": minimum, "max_capacity": maximum}},
    }


def to_link_fields(link: ServiceResource) -> dict[str, Any]:
    """Price and capacities an employee has for a service; null where they are the service's."""
    stored = link.extras.get(NAME)
    if stored is None:
        stored = {"min_capacity": link.min_capacity, "max_capacity": link.capacity}
    return {
        "price": None if link.price is None else to_number(link.price),
        "min_capacity": stored.get("min_capacity"),
        "max_capacity": stored.get("max_capacity"),
    }


# -- extras -------------------------------------------------------------------------------------------------------


def check_extras(
    entries: Iterable[Mapping[str, Any]], quantities: Mapping[int, int], offered: Mapping[int, Extra], prefix: str = ""
) -> None:
    """Refuse chosen extras that are not ``offered`` or exceed their largest quantity.

    Args:
        entries: As sent, for the paths of errors.
        quantities: The sum for each extra.

    Raises:
        Invalid: "unknown" or "range".
    """
    for position, entry in enumerate(entries):
        extra = offered.get(entry["id"])
        if extra is None:
            raise Invalid(field=f"{prefix}extras.{position}.id", reason="unknown", value=entry["id"])
        if extra.max_quantity and quantities[extra.id] > extra.max_quantity:
            raise Invalid(field=f"{prefix}extras.{position}.quantity", reason="range", value=entry["quantity"])


def to_extra_values(fields: Mapping[str, Any], path: str, *, currency: str) -> dict[str, Any]:
    """The record fields of one extra; its duration is in whole minutes.

    Raises:
        Invalid: The duration has seconds, or the price is not an amount.
    """
    if fields["duration"] % 60:
        raise Invalid(field=f"{path}.duration", reason="multiple", value=fields["duration"], limit=60)
    return {
        "name": fields["name"],
        "price": to_amount(Decimal(fields["price"]), f"{path}.price", currency=currency),
        "minutes": fields["duration"] // 60,
        "max_quantity": fields["max_quantity"] or 0,
    }


def to_extra(extra: Extra) -> dict[str, Any]:
    return {
        "id": extra.id,
        "name": extra.name,
        "price": to_number(extra.price),
        "duration": extra.minutes * 60,
        "max_quantity": extra.max_quantity or None,
    }
