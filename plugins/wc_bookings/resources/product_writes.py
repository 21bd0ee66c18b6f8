"""A request's fields as a product: the platform's part, the bookings part, core's own (fact sheet, section 3.4.3)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from core.domain.coerce import to_dict, to_dicts
from core.domain.records import Service
from core.errors import Invalid
from core.services import repository, site
from core.wordpress import php, sanitize
from core.wordpress.dates import parse_rfc3339
from core.wordpress.rest import RestRequest, WPError
from plugins.wc_bookings.resources import product_platform, product_tags, saving
from plugins.wc_bookings.resources.categories import default_category
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.schemas import PRODUCT_BOOKING, PRODUCT_EXTENSION, PRODUCT_STATUSES
from plugins.wc_bookings.translate import catalog as words
from plugins.wc_bookings.translate.derive import to_person_type_row
from plugins.wc_bookings.translate.prices import to_number_text
from plugins.wc_bookings.translate.texts import number as to_number
from plugins.wc_bookings.translate.values import person_types

_COSTS = ("cost", "block_cost")
_SWITCHES = frozenset(
    name for name, rules in {**PRODUCT_BOOKING, **PRODUCT_EXTENSION}.items() if rules["type"] == "boolean"
)
_IGNORED = ("max_date", "min_date")
_MOST = Decimal(10**12)
#: Seconds that the date of a product may lie ahead without hiding it.
_SOON = 60


def save(request: RestRequest, shop: Shop, before: Service | None) -> Service:
    """Create or change a product from a request.

    Raises:
        WPError, Invalid, Duplicate: A field cannot be taken; nothing has changed then.
    """
    around = shop.around([before], related=False)[before.id] if before is not None else words.Around()
    product = words.to_product_data(before) if before is not None else dict(words.PRODUCT_DEFAULTS)
    product_platform.take(request, product, shop, new=before is None)
    product_tags.take(request, product)
    settings = _settings(request, shop, before, around)
    if before is not None and settings is not None:
        product["price"] = ""
    created = _created(request, shop)
    status = _status(request, before, created or (before.created_at if before is not None else request.now))
    fields = _fields(request, shop, before)
    unnamed = before is None or product["unslugged"]
    if unnamed and "name" in fields and not request.get("slug"):
        fields["slug"] = _free_slug(sanitize.slug(fields["name"])[:200], before.id if before else 0)
    # The platform gives a link to what is shown to others only.
    product["unslugged"] = unnamed and not request.get("slug") and status in words.UNSHOWN
    service = saving.save_product(
        before,
        now=request.now,
        fields=fields,
        product=product,
        settings=settings,
        vendor_status=status,
        categories=_categories(request, before),
        created_at=created,
    )
    if before is not None:
        service = _with_price(service, request)
    return service


def _with_price(service: Service, request: RestRequest) -> Service:
    """Saving a product that was there before also stores the price it shows."""
    own = dict(words.own(service))
    stated = own.get("settings", {}).get("display_cost") if words.is_ours(service) else ""
    own["product"] = {**own.get("product", {}), "price": stated or to_number_text(service.price)}
    extras = {**service.extras, words.NAME: own}
    return repository.services.update(service.id, now=request.now, extras=extras)


def _status(request: RestRequest, before: Service | None, created: datetime) -> str:
    """The status asked for. One that only its date keeps from being shown is judged by that date."""
    status = request.get("status")
    if status is None:
        status = words.to_status(before) if before is not None else "publish"
    elif status not in PRODUCT_STATUSES:
        status = "draft"
    later = (created - request.now).total_seconds() >= _SOON
    if status in ("publish", "future"):
        return "future" if later else "publish"
    return status


def copy(original: Service, request: RestRequest, shop: Shop) -> Service:
    """A draft with the original's settings; the request's own fields win."""
    around = shop.around([original], related=False)[original.id]
    product = {**words.to_product_data(original), "total_sales": 0, "price": "", "unslugged": True}
    product_platform.take(request, product, shop, new=True)
    product_tags.take(request, product)
    changed = _settings(request, shop, original, around)
    settings = changed if changed is not None else words.to_settings(original, around)
    settings["person_types"] = [{**item, "id": 0} for item in settings["person_types"]]
    fields = _fields(request, shop, replace(original, name=f"{original.name} (Copy)", sku="", slug=""))
    fields = {"description": original.description, "summary": original.summary, **fields}
    fields.setdefault("name", f"{original.name} (Copy)")
    fields["slug"] = _free_slug(sanitize.slug(fields["name"]), 0)
    return saving.save_product(
        None,
        now=request.now,
        fields=fields,
        product=product,
        settings=settings,
        vendor_status="draft",
        categories=[row.id for row in around.categories],
    )


# -- core's own fields ------------------------------------------------------------------------------------------


def _fields(request: RestRequest, shop: Shop, before: Service | None) -> dict[str, Any]:
    def text(name: str) -> str:
        # The real server stores markup, so a lone ampersand becomes an entity there.
        return sanitize.post(request.get(name), entities=shop.strict)

    values: dict[str, Any] = {}
    if request.get("name") is not None:
        values["name"] = text("name")[:255]
    elif before is None:
        values["name"] = "Product"
    slug = request.get("slug")
    if slug:
        values["slug"] = _free_slug(sanitize.slug(slug)[:200], before.id if before else 0)
    for name, field in (("description", "description"), ("short_description", "summary")):
        if request.get(name) is not None:
            values[field] = text(name)
    if request.get("sku") is not None:
        values["sku"] = _free_sku(sanitize.text_field(request.get("sku")), before)
    if request.get("menu_order") is not None:
        values["position"] = max(-(2**31), min(2**31 - 1, request.int_param("menu_order")))
    return values


def _free_slug(slug: str, own: int) -> str:
    slug = slug or "product"
    others = {row.get("slug") for row in _others()}
    made, number = slug, 2
    while made in others or _has_slug(made, own):
        made, number = f"{slug}-{number}", number + 1
    return made


def _has_slug(slug: str, own: int) -> bool:
    """Has anybody else this link? What is in the trash has given it up."""
    return repository.services.exists([("slug", "=", slug), ("status", "!=", "trashed"), ("id", "!=", own)])


def _others() -> list[Mapping[str, Any]]:
    """Products of other types, which share links and numbers with those that can be booked."""
    return list(site.extras(words.NAME).get("other_products", {}).values())


def _free_sku(sku: str, before: Service | None) -> str:
    if len(sku) > 100:
        raise Invalid(field="sku", reason="range")
    owner = _owner(sku, before)
    if owner:
        made, number = sku, 0
        while _owner(made, before):
            number += 1
            made = f"{sku}-{number}"
        raise WPError(
            "product_invalid_sku",
            "Invalid or duplicated SKU.",
            400,
            data={"resource_id": owner, "unique_sku": made},
        )
    return sku


def _owner(sku: str, before: Service | None) -> int:
    """Who has a stock number, whatever the case of its letters; 0 is nobody. In the trash it is free."""
    if not sku:
        return 0
    found = repository.services.list_all([("sku", "contains", sku), ("status", "!=", "trashed")])
    numbers = [one.id for one in found if one.sku.casefold() == sku.casefold()]
    numbers += [int(row["id"]) for row in _others() if str(row.get("sku") or "").casefold() == sku.casefold()]
    return next((number for number in numbers if before is None or number != before.id), 0)


def _created(request: RestRequest, shop: Shop) -> datetime | None:
    for name, gmt in (("date_created_gmt", True), ("date_created", False)):
        text = request.get(name)
        found = parse_rfc3339(text) if isinstance(text, str) and text else None
        if found is not None:
            if found.tzinfo is not None:
                return found
            return found.replace(tzinfo=request.now.tzinfo) if gmt else shop.instant(found)
    return None


def _categories(request: RestRequest, before: Service | None) -> list[int] | None:
    given = request.get("categories")
    if given is not None:
        found = repository.categories.get_many(php.intval(row.get("id")) for row in to_dicts(given))
        if found:
            return list(found)
    elif before is not None:
        return None
    usual = default_category()
    return [usual.id] if usual is not None else []


# -- the bookings part ------------------------------------------------------------------------------------------


def _settings(request: RestRequest, shop: Shop, before: Service | None, around: words.Around) -> dict[str, Any] | None:
    """Complete settings where the request changes any, or the product is new; else None."""
    names = [name for name in PRODUCT_BOOKING if name not in _IGNORED]
    if shop.options.resource_writes:
        names += PRODUCT_EXTENSION
    given = {name: request.get(name) for name in names if request.get(name) is not None}
    kind = request.get("type")
    if before is not None and not given and kind != words.NIGHTS:
        return None
    settings = words.to_settings(before, around) if before is not None else dict(words.SETTING_DEFAULTS)
    if before is None and not shop.strict:
        settings["resources_assignment"] = "customer"
    if "can_be_cancelled" in given:
        settings["user_can_cancel"] = given.pop("can_be_cancelled")
    for name, value in given.items():
        settings[name] = _setting(name, value, settings, strict=shop.strict)
    for name in _COSTS:
        settings[name] = _cost(name, settings[name])
    if kind == words.NIGHTS:
        settings["duration_unit"] = "night"
    return settings


def _cost(name: str, value: Any) -> str:
    amount = php.to_number(value) if value not in (None, "") else Decimal(0)
    if amount is None or abs(amount) > _MOST:
        raise Invalid(field=name, reason="range", value=value)
    return to_number_text(amount)


def _setting(name: str, value: Any, settings: Mapping[str, Any], *, strict: bool) -> Any:
    if name in _COSTS:
        return _cost(name, sanitize.decimal(value))
    if name == "has_restricted_days":
        # Stored raw on the real server, so it comes back as the text it was stored as.
        return ("1" if strict else True) if sanitize.boolean(value) else ""
    if name in _SWITCHES:
        return sanitize.boolean(value)
    if name in words.COUNTS:
        # The real server drops the sign.
        return max(1 if name == "cancel_limit" else 0, sanitize.absint(value))
    if name in ("availability", "pricing"):
        given = [dict(row) for row in to_dicts(value)]
        return [_pricing_row(row, strict=strict) for row in given] if name == "pricing" else given
    if name == "restricted_days":
        if isinstance(value, Mapping):
            return {day: php.to_text(number) for day, number in value.items()}
        days = [day for day in map(php.intval, sanitize.parse_list(value)) if 0 <= day <= 6]
        # Nothing that was written is an empty list on the real server; its own records begin with an empty text.
        return days if days or strict else ""
    if name == "person_types":
        return _person_types(value, settings["person_types"])
    if name == "resource_ids":
        return [number for number in map(php.intval, sanitize.parse_list(value)) if number > 0]
    if name in ("resource_base_costs", "resource_block_costs"):
        return {php.to_text(php.intval(key)): _resource_cost(name, cost) for key, cost in to_dict(value).items()}
    return sanitize.text_field(value)


def _pricing_row(row: dict[str, Any], *, strict: bool) -> dict[str, Any]:
    """A row with its costs checked; where only numbers are taken, they are shown as numbers."""
    for name in ("cost", "base_cost"):
        if row.get(name) not in (None, ""):
            text = _cost(name, row[name])
            amount = to_number(text)
            # The row is kept as JSON; prices are counted from its digits, never with it.
            row[name] = text if not strict else amount if isinstance(amount, int) else float(amount)
    return row


def _resource_cost(name: str, value: Any) -> Any:
    """As it came, checked: nothing, a text or a number."""
    text = _cost(name, value)
    if value in (None, ""):
        return ""
    return int(text) if isinstance(value, int) and not isinstance(value, bool) else text


def _person_types(value: Any, stored: list[Any]) -> list[dict[str, Any]]:
    """Types in the stored form. One that names only its id keeps what is stored of it; another product's is copied."""
    given = person_types({"person_types": value})
    known = {php.intval(row.get("id") or 0): row for row in stored}
    bare = {php.intval(row["id"] or 0) for row in given if set(row) == {"id"}}
    others = repository.person_types.get_many(bare - set(known))
    copies = {number: {**to_person_type_row(other), "id": 0} for number, other in others.items()}
    made = []
    for position, row in enumerate(given):
        number = php.intval(row.get("id") or 0)
        row = copies.get(number) or {**known.get(number, {}), **row}
        name = php.to_text(row.get("name") or "").strip()[:255]
        if not name:
            raise WPError(
                "rest_invalid_param",
                "Invalid parameter(s): person_types",
                400,
                data={"params": {"person_types": f"person_types[{position}][name] is required."}},
            )
        bounds = {key: max(0, min(10**6, php.intval(row.get(key) or 0))) for key in ("min", "max")}
        made.append(
            {
                "id": max(0, php.intval(row.get("id") or 0)),
                "block_cost": _cost("block_cost", row.get("block_cost")),
                "cost": _cost("cost", row.get("cost")),
                "description": php.to_text(row.get("description") or ""),
                "max": str(bounds["max"] or ""),
                "min": str(bounds["min"] or ""),
                "name": name,
                "sort_order": position,
            }
        )
    return made
