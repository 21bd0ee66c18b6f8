"""The vendor's objects as JSON schemas, in the vendor's field order (fact sheet, sections 3.3 to 3.6).

Plain data: ``resources.arguments`` makes request arguments of them, ``OPTIONS`` shows them.
"""

from typing import Any

Schema = dict[str, Any]

DRAFT_04 = "http://json-schema.org/draft-04/schema#"
_BOTH = ["view", "edit"]


def _field(type: str, /, *, readonly: bool = False, context: list[str] | None = None, **words: Any) -> Schema:
    """One property; words that come before ``context`` in the vendor's documents are given first."""
    after = {name: words.pop(name) for name in ("items_after", "properties_after") if name in words}
    made: Schema = {"type": type, **words, "context": list(context or _BOTH)}
    made |= {name.removesuffix("_after"): value for name, value in after.items()}
    if readonly:
        made["readonly"] = True
    return made


def _text(**words: Any) -> Schema:
    return _field("string", **words)


def _whole(**words: Any) -> Schema:
    return _field("integer", **words)


def _switch(default: bool | None = None, **words: Any) -> Schema:
    return _field("boolean", **words) if default is None else _field("boolean", default=default, **words)


def _choice(options: list[str], default: str | None = None, **words: Any) -> Schema:
    if default is None:
        return _field("string", enum=options, **words)
    return _field("string", default=default, enum=options, **words)


def _rows(properties: dict[str, Schema], **words: Any) -> Schema:
    return _field("array", items_after={"type": "object", "properties": properties}, **words)


def _ids(**words: Any) -> Schema:
    return _field("array", items={"type": "integer"}, **words)


def _date(**words: Any) -> Schema:
    return _field("date-time", **words)


_NAMED = {"id": _whole(), "name": _text(readonly=True), "slug": _text(readonly=True)}
IMAGE = {
    "id": _whole(),
    "date_created": _date(readonly=True),
    "date_created_gmt": _date(readonly=True),
    "date_modified": _date(readonly=True),
    "date_modified_gmt": _date(readonly=True),
    "src": _text(format="uri"),
    "name": _text(),
    "alt": _text(),
}
MODIFIERS = ["+", "minus", "times", "divide", "equals"]
PRODUCT_TYPES = ["simple", "grouped", "external", "variable", "booking"]
PRODUCT_STATUSES = ["draft", "pending", "private", "publish", "future", "auto-draft", "trash"]
DURATION_UNITS = ["month", "day", "hour", "minute"]
DATE_UNITS = ["month", "day", "hour", "week"]

#: The platform's part of a product, in schema order.
PRODUCT_BASE: dict[str, Schema] = {
    "id": _whole(readonly=True),
    "name": _text(),
    "slug": _text(),
    "permalink": _text(format="uri", readonly=True),
    "date_created": _date(),
    "date_created_gmt": _date(),
    "date_modified": _date(readonly=True),
    "date_modified_gmt": _date(readonly=True),
    "type": _choice(PRODUCT_TYPES, "simple"),
    "status": _choice(PRODUCT_STATUSES, "publish"),
    "featured": _switch(False),
    "catalog_visibility": _choice(["visible", "catalog", "search", "hidden"], "visible"),
    "description": _text(),
    "short_description": _text(),
    "sku": _text(),
    "global_unique_id": _text(),
    "price": _text(readonly=True),
    "regular_price": _text(),
    "sale_price": _text(),
    "date_on_sale_from": _date(),
    "date_on_sale_from_gmt": _date(),
    "date_on_sale_to": _date(),
    "date_on_sale_to_gmt": _date(),
    "price_html": _text(readonly=True),
    "on_sale": _switch(readonly=True),
    "purchasable": _switch(readonly=True),
    "total_sales": _whole(readonly=True),
    "virtual": _switch(False),
    "downloadable": _switch(False),
    "downloads": _rows({"id": _text(), "name": _text(), "file": _text()}),
    "download_limit": _whole(default=-1),
    "download_expiry": _whole(default=-1),
    "external_url": _text(format="uri"),
    "button_text": _text(),
    "tax_status": _choice(["taxable", "shipping", "none"], "taxable"),
    "tax_class": _text(),
    "manage_stock": _switch(False),
    "stock_quantity": _whole(),
    "stock_status": _choice(["instock", "outofstock", "onbackorder"], "instock"),
    "backorders": _choice(["no", "notify", "yes"], "no"),
    "backorders_allowed": _switch(readonly=True),
    "backordered": _switch(readonly=True),
    "low_stock_amount": _field(["integer", "null"]),  # type: ignore[arg-type]
    "sold_individually": _switch(False),
    "weight": _text(),
    "dimensions": _field("object", properties_after={"length": _text(), "width": _text(), "height": _text()}),
    "shipping_required": _switch(readonly=True),
    "shipping_taxable": _switch(readonly=True),
    "shipping_class": _text(),
    "shipping_class_id": _text(readonly=True),
    "reviews_allowed": _switch(True),
    "post_password": _text(),
    "average_rating": _text(readonly=True),
    "rating_count": _whole(readonly=True),
    "related_ids": _ids(readonly=True),
    "upsell_ids": _ids(),
    "cross_sell_ids": _ids(),
    "parent_id": _whole(),
    "purchase_note": _text(),
    "categories": _rows(_NAMED),
    "tags": _rows(_NAMED),
    "images": _rows(IMAGE),
    "has_options": _switch(readonly=True),
    "attributes": _rows(
        {
            "id": _whole(),
            "name": _text(),
            "position": _whole(),
            "visible": _switch(False),
            "variation": _switch(False),
            "options": _field("array", items={"type": "string"}),
        }
    ),
    "default_attributes": _rows({"id": _whole(), "name": _text(), "option": _text()}),
    "variations": _field("array", items_after={"type": "integer"}, readonly=True),
    "grouped_products": _ids(readonly=True),
    "menu_order": _whole(),
    "meta_data": _rows({"id": _whole(readonly=True), "key": _text(), "value": _field("mixed")}),
    "permalink_template": _text(context=["edit"], readonly=True),
    "generated_slug": _text(context=["edit"], readonly=True),
}

_RULE = {"type": _text(), "from": _text(), "to": _text(), "from_date": _text(), "to_date": _text()}
AVAILABILITY_ROW = {**_RULE, "bookable": _text(), "priority": _whole()}
PRICING_ROW = {
    **_RULE,
    "modifier": _choice(MODIFIERS),
    "cost": _field("number"),
    "base_modifier": _choice(MODIFIERS),
    "base_cost": _field("number"),
    "priority": _whole(),
}

#: The bookings part of a product, in schema order: what can be written.
PRODUCT_BOOKING: dict[str, Schema] = {
    "apply_adjacent_buffer": _switch(),
    "availability": _rows(AVAILABILITY_ROW),
    "block_cost": _field("number"),
    "buffer_period": _whole(),
    "calendar_display_mode": _choice(["", "always_visible"]),
    "cancel_limit_unit": _choice(DURATION_UNITS),
    "cancel_limit": _whole(),
    "check_start_block_only": _switch(),
    "cost": _field("number"),
    "default_date_availability": _choice(["", "available"]),
    "display_cost": _text(),
    "duration_type": _choice(["customer", "fixed"]),
    "duration_unit": _choice(DURATION_UNITS),
    "duration": _whole(),
    "enable_range_picker": _switch(),
    "first_block_time": _text(),
    "has_person_cost_multiplier": _switch(),
    "has_person_qty_multiplier": _switch(),
    "has_person_types": _switch(),
    "has_persons": _switch(),
    "has_resources": _switch(),
    "has_restricted_days": _switch(),
    "max_date": _text(context=["view"]),
    "max_date_value": _whole(),
    "max_date_unit": _choice(DATE_UNITS),
    "min_date": _text(context=["view"]),
    "min_date_value": _whole(),
    "min_date_unit": _choice(DATE_UNITS),
    "max_duration": _whole(),
    "min_duration": _whole(),
    "max_persons": _whole(),
    "min_persons": _whole(),
    "pricing": _rows(PRICING_ROW),
    "qty": _whole(),
    "requires_confirmation": _switch(),
    "restricted_days": _field("array", items={"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6]}),
    "can_be_cancelled": _switch(),
}

_PERSON_TYPE = {
    "id": _whole(),
    "name": _text(),
    "description": _text(),
    "cost": _field("number"),
    "block_cost": _field("number"),
    "min": _field(["integer", "string", "null"]),  # type: ignore[arg-type]
    "max": _field(["integer", "string", "null"]),  # type: ignore[arg-type]
    "sort_order": _whole(),
}
#: Fields that the real server ignores in a write; taken where resources can be written. Person types come as a list,
#: or by id as they are shown.
PRODUCT_EXTENSION: dict[str, Schema] = {
    "person_types": _field(["array", "object"], items_after={"type": "object", "properties": _PERSON_TYPE}),  # type: ignore[arg-type]
    "resource_label": _text(),
    "resource_ids": _ids(),
    "resource_base_costs": _field("object"),
    "resource_block_costs": _field("object"),
    "resources_assignment": _choice(["customer", "automatic", ""]),
    "user_can_cancel": _switch(),
}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {"$schema": DRAFT_04, "title": title, "type": "object", "properties": properties}


PRODUCT = _object("product", {**PRODUCT_BASE, **PRODUCT_BOOKING})
#: The real server refuses what it has shown itself; these take it back, so that a product read can be written.
_AS_SHOWN: dict[str, Schema] = {
    "type": _choice([*PRODUCT_TYPES, "accommodation-booking"], "simple"),
    "duration_unit": _choice([*DURATION_UNITS, "night"]),
    "has_restricted_days": _field(["boolean", "string"]),  # type: ignore[arg-type]
    "shipping_class_id": _field(["integer", "string"], readonly=True),  # type: ignore[arg-type]
    "default_date_availability": _choice(["", "available", "non-available"]),
    "max_date": _field(["object", "string"], context=["view"]),  # type: ignore[arg-type]
    "min_date": _field(["object", "string"], context=["view"]),  # type: ignore[arg-type]
    "pricing": _rows(
        {
            **PRICING_ROW,
            "modifier": _choice(["", "plus", *MODIFIERS]),
            "base_modifier": _choice(["", "plus", *MODIFIERS]),
            "cost": _field(["number", "string"]),  # type: ignore[arg-type]
            "base_cost": _field(["number", "string"]),  # type: ignore[arg-type]
        }
    ),
    "restricted_days": _field(["array", "object", "string"]),  # type: ignore[arg-type]
}
PRODUCT_EXTENDED = _object("product", {**PRODUCT_BASE, **PRODUCT_BOOKING, **_AS_SHOWN, **PRODUCT_EXTENSION})

CATEGORY = _object(
    "product_cat",
    {
        "id": _whole(readonly=True),
        "name": _text(),
        "slug": _text(),
        "parent": _whole(),
        "description": _text(),
        "display": _choice(["default", "products", "subcategories", "both"], "default"),
        "image": _field("object", properties_after=IMAGE),
        "menu_order": _whole(),
        "count": _whole(readonly=True),
    },
)


def _shown(type: str) -> Schema:
    return {"type": type, "readonly": True, "context": ["view"]}


def _read(type: str) -> Schema:
    return {"type": type, "context": ["view"], "readonly": True}


#: As the real server declares it, slip included: ``availability`` has properties where its type should be.
RESOURCE = _object(
    "resource",
    {
        "availability": {
            "type": _shown("string"),
            "bookable": _shown("string"),
            "priority": _shown("integer"),
            "from": _shown("string"),
            "to": _shown("string"),
            "from_date": _shown("integer"),
            "to_date": _shown("string"),
        },
        "base_cost": _read("number"),
        "block_cost": _read("number"),
        "name": _read("string"),
        "parent_id": _read("string"),
        "qty": _read("string"),
        "sort_order": _read("integer"),
    },
)
_VIEW = ["view"]
RESOURCE_EXTENDED = _object(
    "resource",
    {
        "id": _whole(context=_VIEW, readonly=True),
        "availability": _rows(AVAILABILITY_ROW, context=_VIEW),
        "base_cost": _field("number", context=_VIEW, readonly=True),
        "block_cost": _field("number", context=_VIEW, readonly=True),
        "name": _text(context=_VIEW),
        "parent_id": _whole(context=_VIEW, readonly=True),
        "qty": _field(["integer", "string"], context=_VIEW),  # type: ignore[arg-type]
        "sort_order": _whole(context=_VIEW),
    },
)
