"""The bookings part of a product: from a write's payload to the form the vendor stores, and on to core's service.

See README.md, "Products".
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from frontdesk.coerce import to_dict, to_dicts
from frontdesk.errors import Invalid
from frontdesk.prices import display_price, plan_data
from frontdesk.records import PersonType
from frontdesk.wordpress import php, sanitize
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.schemas import PRODUCT_BOOKING, PRODUCT_EXTENSION
from plugins.wc_bookings.translate.prices import to_number_text, to_price, to_price_label, to_price_plan
from plugins.wc_bookings.translate.products import ACCOMMODATION, COUNTS, SETTING_DEFAULTS, without_defaults
from plugins.wc_bookings.translate.schedule import to_plan, to_rules
from plugins.wc_bookings.translate.settings_from_plan import to_person_type_row
from plugins.wc_bookings.translate.values import flag, person_types, to_json_number

_COSTS = ("cost", "block_cost")
_BOOLEANS = frozenset(
    name for name, rules in {**PRODUCT_BOOKING, **PRODUCT_EXTENSION}.items() if rules["type"] == "boolean"
)
#: Declared by the vendor, but computed from ``max_date_value`` and the like.
_IGNORED = ("max_date", "min_date")
_MAX_COST = Decimal(10**12)


def changed_settings(payload: Mapping[str, Any], *, extended: bool) -> dict[str, Any]:
    """The settings that a payload names; ``extended`` includes those that the real server ignores in a write."""
    names = [*PRODUCT_BOOKING, *(PRODUCT_EXTENSION if extended else ())]
    return {name: payload[name] for name in names if name not in _IGNORED and payload.get(name) is not None}


def apply_settings(
    settings: dict[str, Any],
    changes: Mapping[str, Any],
    product_type: str | None,
    *,
    strict: bool,
    other_types: Mapping[int, PersonType],
) -> dict[str, Any]:
    """Complete settings with changes applied.

    Args:
        changes: As ``changed_settings`` gives them.
        strict: Values take the form in which version 2.2.5 stores them.
        other_types: Person types of other products that the changes name, by id.

    Raises:
        Refused, Invalid: A value is not valid.
    """
    settings, changes = dict(settings), dict(changes)
    if "can_be_cancelled" in changes:
        settings["user_can_cancel"] = changes.pop("can_be_cancelled")
    for name, value in changes.items():
        if name == "person_types":
            settings[name] = _to_person_types(value, settings[name], other_types)
        else:
            settings[name] = _to_setting(name, value, strict=strict)
    for name in _COSTS:
        settings[name] = _to_cost(name, settings[name])
    if product_type == ACCOMMODATION:
        settings["duration_unit"] = "night"
    return settings


def _to_cost(name: str, value: Any) -> str:
    cost = php.to_number(value) if value not in (None, "") else Decimal(0)
    if cost is None or abs(cost) > _MAX_COST:
        raise Invalid(field=name, reason="range", value=value)
    return to_number_text(cost)


def _to_setting(name: str, value: Any, *, strict: bool) -> Any:
    if name in _COSTS:
        return _to_cost(name, sanitize.decimal(value))
    if name == "has_restricted_days":
        # The real server stores and shows the raw text.
        return ("1" if strict else True) if sanitize.boolean(value) else ""
    if name in _BOOLEANS:
        return sanitize.boolean(value)
    if name in COUNTS:
        # The real server drops the sign.
        return max(1 if name == "cancel_limit" else 0, sanitize.absint(value))
    if name == "availability":
        return [dict(row) for row in to_dicts(value)]
    if name == "pricing":
        return [_to_pricing_row(row, strict=strict) for row in to_dicts(value)]
    if name == "restricted_days":
        if isinstance(value, Mapping):
            return {day: php.to_text(weekday) for day, weekday in value.items()}
        days = [day for day in map(php.intval, sanitize.parse_list(value)) if 0 <= day <= 6]
        # On the real server no days are an empty list once written, and an empty text before.
        return days if days or strict else ""
    if name == "resource_ids":
        return [resource_id for resource_id in map(php.intval, sanitize.parse_list(value)) if resource_id > 0]
    if name in ("resource_base_costs", "resource_block_costs"):
        return {php.to_text(php.intval(key)): _to_resource_cost(name, cost) for key, cost in to_dict(value).items()}
    return sanitize.text_field(value)


def _to_pricing_row(row: Mapping[str, Any], *, strict: bool) -> dict[str, Any]:
    """A row with its costs checked; strict mode takes and shows numbers only."""
    row = dict(row)
    for name in ("cost", "base_cost"):
        if row.get(name) not in (None, ""):
            text = _to_cost(name, row[name])
            amount = to_json_number(text)
            # The row is stored as JSON. Prices are computed from its digits, never with the float.
            row[name] = text if not strict else amount if isinstance(amount, int) else float(amount)
    return row


def _to_resource_cost(name: str, value: Any) -> int | str:
    """A checked cost in the type it came in: empty, a text or a number."""
    text = _to_cost(name, value)
    if value in (None, ""):
        return ""
    return int(text) if isinstance(value, int) and not isinstance(value, bool) else text


def referenced_person_types(value: Any, stored: list[Any]) -> set[int]:
    """Ids of person types that a payload names by id alone and that the product does not have."""
    bare_ids = {php.intval(row["id"] or 0) for row in person_types({"person_types": value}) if set(row) == {"id"}}
    return bare_ids - {php.intval(row.get("id") or 0) for row in stored}


def _to_person_types(value: Any, stored: list[Any], other_types: Mapping[int, PersonType]) -> list[dict[str, Any]]:
    """Person types as stored. A row with an id alone keeps what is stored, or copies another product's type."""
    stored_rows = {php.intval(row.get("id") or 0): row for row in stored}
    copies = {type_id: {**to_person_type_row(other), "id": 0} for type_id, other in other_types.items()}
    types = []
    for position, sent in enumerate(person_types({"person_types": value})):
        type_id = php.intval(sent.get("id") or 0)
        row = copies.get(type_id) or {**stored_rows.get(type_id, {}), **sent}
        name = php.to_text(row.get("name") or "").strip()[:255]
        if not name:
            problem = f"person_types[{position}][name] is required."
            raise Refused("person_type_name", data={"params": {"person_types": problem}})
        bounds = {key: max(0, min(10**6, php.intval(row.get(key) or 0))) for key in ("min", "max")}
        types.append(
            {
                "id": max(0, php.intval(row.get("id") or 0)),
                "block_cost": _to_cost("block_cost", row.get("block_cost")),
                "cost": _to_cost("cost", row.get("cost")),
                "description": php.to_text(row.get("description") or ""),
                "max": str(bounds["max"] or ""),
                "min": str(bounds["min"] or ""),
                "name": name,
                "sort_order": position,
            }
        )
    return types


def to_service_fields(settings: Mapping[str, Any], resources: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """The ``plan``, ``rules``, ``price_plan`` and ``price`` of a service.

    Args:
        settings: The bookings part of a product, complete.
        resources: The product's resources in the vendor's words, in its order.

    Raises:
        Invalid: A cost is not a number.
    """
    price_plan = to_price_plan(settings)
    return {
        "plan": to_plan(settings, resources if flag(settings.get("has_resources")) else ()),
        "rules": to_rules(settings),
        "price_plan": plan_data(price_plan),
        "price": display_price(price_plan),
    }


def to_stored_settings(settings: Mapping[str, Any], product_type: str) -> dict[str, Any]:
    """The extras of a service: the settings that differ from the defaults, and the price label."""
    price_plan = to_price_plan(settings)
    return {
        "settings": without_defaults(settings, SETTING_DEFAULTS),
        "label": [to_price(price_plan), *to_price_label(price_plan, product_type)],
    }
