"""The vendor's objects as JSON schemas, in the vendor's field order (README.md, "Sources").

Plain data: ``handlers.arguments`` makes request arguments of it, and ``OPTIONS`` shows it.
"""

from typing import Any

Schema = dict[str, Any]

DRAFT_04 = "http://json-schema.org/draft-04/schema#"
_BOTH = ["view", "edit"]


def _field(
    type: str | list[str], /, *, readonly: bool = False, context: list[str] | None = None, **keywords: Any
) -> Schema:
    """One property. Keywords that end in ``_after`` come behind ``context``, as the vendor's documents have them."""
    late = {name: keywords.pop(name) for name in ("items_after", "properties_after") if name in keywords}
    schema: Schema = {"type": type, **keywords, "context": list(context or _BOTH)}
    schema |= {name.removesuffix("_after"): value for name, value in late.items()}
    if readonly:
        schema["readonly"] = True
    return schema


def _text(**keywords: Any) -> Schema:
    return _field("string", **keywords)


def _integer(**keywords: Any) -> Schema:
    return _field("integer", **keywords)


def _boolean(default: bool | None = None, **keywords: Any) -> Schema:
    return _field("boolean", **keywords) if default is None else _field("boolean", default=default, **keywords)


def _choice(options: list[str], default: str | None = None, **keywords: Any) -> Schema:
    if default is None:
        return _field("string", enum=options, **keywords)
    return _field("string", default=default, enum=options, **keywords)


def _rows(properties: dict[str, Schema], **keywords: Any) -> Schema:
    return _field("array", items_after={"type": "object", "properties": properties}, **keywords)


def _ids(**keywords: Any) -> Schema:
    return _field("array", items={"type": "integer"}, **keywords)


def _date(**keywords: Any) -> Schema:
    return _field("date-time", **keywords)


_NAMED = {"id": _integer(), "name": _text(readonly=True), "slug": _text(readonly=True)}
IMAGE = {
    "id": _integer(),
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
    "id": _integer(readonly=True),
    "name": _text(),
    "slug": _text(),
    "permalink": _text(format="uri", readonly=True),
    "date_created": _date(),
    "date_created_gmt": _date(),
    "date_modified": _date(readonly=True),
    "date_modified_gmt": _date(readonly=True),
    "type": _choice(PRODUCT_TYPES, "simple"),
    "status": _choice(PRODUCT_STATUSES, "publish"),
    "featured": _boolean(False),
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
    "on_sale": _boolean(readonly=True),
    "purchasable": _boolean(readonly=True),
    "total_sales": _integer(readonly=True),
    "virtual": _boolean(False),
    "downloadable": _boolean(False),
    "downloads": _rows({"id": _text(), "name": _text(), "file": _text()}),
    "download_limit": _integer(default=-1),
    "download_expiry": _integer(default=-1),
    "external_url": _text(format="uri"),
    "button_text": _text(),
    "tax_status": _choice(["taxable", "shipping", "none"], "taxable"),
    "tax_class": _text(),
    "manage_stock": _boolean(False),
    "stock_quantity": _integer(),
    "stock_status": _choice(["instock", "outofstock", "onbackorder"], "instock"),
    "backorders": _choice(["no", "notify", "yes"], "no"),
    "backorders_allowed": _boolean(readonly=True),
    "backordered": _boolean(readonly=True),
    "low_stock_amount": _field(["integer", "null"]),
    "sold_individually": _boolean(False),
    "weight": _text(),
    "dimensions": _field("object", properties_after={"length": _text(), "width": _text(), "height": _text()}),
    "shipping_required": _boolean(readonly=True),
    "shipping_taxable": _boolean(readonly=True),
    "shipping_class": _text(),
    "shipping_class_id": _text(readonly=True),
    "reviews_allowed": _boolean(True),
    "post_password": _text(),
    "average_rating": _text(readonly=True),
    "rating_count": _integer(readonly=True),
    "related_ids": _ids(readonly=True),
    "upsell_ids": _ids(),
    "cross_sell_ids": _ids(),
    "parent_id": _integer(),
    "purchase_note": _text(),
    "categories": _rows(_NAMED),
    "tags": _rows(_NAMED),
    "images": _rows(IMAGE),
    "has_options": _boolean(readonly=True),
    "attributes": _rows(
        {
            "id": _integer(),
            "name": _text(),
            "position": _integer(),
            "visible": _boolean(False),
            "variation": _boolean(False),
            "options": _field("array", items={"type": "string"}),
        }
    ),
    "default_attributes": _rows({"id": _integer(), "name": _text(), "option": _text()}),
    "variations": _field("array", items_after={"type": "integer"}, readonly=True),
    "grouped_products": _ids(readonly=True),
    "menu_order": _integer(),
    "meta_data": _rows({"id": _integer(readonly=True), "key": _text(), "value": _field("mixed")}),
    "permalink_template": _text(context=["edit"], readonly=True),
    "generated_slug": _text(context=["edit"], readonly=True),
}

_RULE = {"type": _text(), "from": _text(), "to": _text(), "from_date": _text(), "to_date": _text()}
AVAILABILITY_ROW = {**_RULE, "bookable": _text(), "priority": _integer()}
PRICING_ROW = {
    **_RULE,
    "modifier": _choice(MODIFIERS),
    "cost": _field("number"),
    "base_modifier": _choice(MODIFIERS),
    "base_cost": _field("number"),
    "priority": _integer(),
}

#: The bookings part of a product that can be written, in schema order.
PRODUCT_BOOKING: dict[str, Schema] = {
    "apply_adjacent_buffer": _boolean(),
    "availability": _rows(AVAILABILITY_ROW),
    "block_cost": _field("number"),
    "buffer_period": _integer(),
    "calendar_display_mode": _choice(["", "always_visible"]),
    "cancel_limit_unit": _choice(DURATION_UNITS),
    "cancel_limit": _integer(),
    "check_start_block_only": _boolean(),
    "cost": _field("number"),
    "default_date_availability": _choice(["", "available"]),
    "display_cost": _text(),
    "duration_type": _choice(["customer", "fixed"]),
    "duration_unit": _choice(DURATION_UNITS),
    "duration": _integer(),
    "enable_range_picker": _boolean(),
    "first_block_time": _text(),
    "has_person_cost_multiplier": _boolean(),
    "has_person_qty_multiplier": _boolean(),
    "has_person_types": _boolean(),
    "has_persons": _boolean(),
    "has_resources": _boolean(),
    "has_restricted_days": _boolean(),
    "max_date": _text(context=["view"]),
    "max_date_value": _integer(),
    "max_date_unit": _choice(DATE_UNITS),
    "min_date": _text(context=["view"]),
    "min_date_value": _integer(),
    "min_date_unit": _choice(DATE_UNITS),
    "max_duration": _integer(),
    "min_duration": _integer(),
    "max_persons": _integer(),
    "min_persons": _integer(),
    "pricing": _rows(PRICING_ROW),
    "qty": _integer(),
    "requires_confirmation": _boolean(),
    "restricted_days": _field("array", items={"type": "integer", "enum": [0, 1, 2, 3, 4, 5, 6]}),
    "can_be_cancelled": _boolean(),
}

_PERSON_TYPE = {
    "id": _integer(),
    "name": _text(),
    "description": _text(),
    "cost": _field("number"),
    "block_cost": _field("number"),
    "min": _field(["integer", "string", "null"]),
    "max": _field(["integer", "string", "null"]),
    "sort_order": _integer(),
}
#: Fields that the real server ignores in a write; here they are written where resources are. Person types are a list,
#: or a map by id as they are shown.
PRODUCT_EXTENSION: dict[str, Schema] = {
    "person_types": _field(["array", "object"], items_after={"type": "object", "properties": _PERSON_TYPE}),
    "resource_label": _text(),
    "resource_ids": _ids(),
    "resource_base_costs": _field("object"),
    "resource_block_costs": _field("object"),
    "resources_assignment": _choice(["customer", "automatic", ""]),
    "user_can_cancel": _boolean(),
}


def _object(title: str, properties: dict[str, Schema]) -> Schema:
    return {"$schema": DRAFT_04, "title": title, "type": "object", "properties": properties}


PRODUCT = _object("product", {**PRODUCT_BASE, **PRODUCT_BOOKING})
#: The real server refuses what it has shown itself. These types take it, so that a product can be written as read.
_AS_READ: dict[str, Schema] = {
    "type": _choice([*PRODUCT_TYPES, "accommodation-booking"], "simple"),
    "duration_unit": _choice([*DURATION_UNITS, "night"]),
    "has_restricted_days": _field(["boolean", "string"]),
    "shipping_class_id": _field(["integer", "string"], readonly=True),
    "default_date_availability": _choice(["", "available", "non-available"]),
    "max_date": _field(["object", "string"], context=["view"]),
    "min_date": _field(["object", "string"], context=["view"]),
    "pricing": _rows(
        {
            **PRICING_ROW,
            "modifier": _choice(["", "plus", *MODIFIERS]),
            "base_modifier": _choice(["", "plus", *MODIFIERS]),
            "cost": _field(["number", "string"]),
            "base_cost": _field(["number", "string"]),
        }
    ),
    "restricted_days": _field(["array", "object", "string"]),
}
PRODUCT_EXTENDED = _object("product", {**PRODUCT_BASE, **PRODUCT_BOOKING, **_AS_READ, **PRODUCT_EXTENSION})

CATEGORY = _object(
    "product_cat",
    {
        "id": _integer(readonly=True),
        "name": _text(),
        "slug": _text(),
        "parent": _integer(),
        "description": _text(),
        "display": _choice(["default", "products", "subcategories", "both"], "default"),
        "image": _field("object", properties_after=IMAGE),
        "menu_order": _integer(),
        "count": _integer(readonly=True),
    },
)


def _property_in_place_of_type(type: str) -> Schema:
    return {"type": type, "readonly": True, "context": ["view"]}


def _read(type: str) -> Schema:
    return {"type": type, "context": ["view"], "readonly": True}


#: As the real server declares it, with its mistake: ``availability`` has properties where its type should be.
RESOURCE = _object(
    "resource",
    {
        "availability": {
            "type": _property_in_place_of_type("string"),
            "bookable": _property_in_place_of_type("string"),
            "priority": _property_in_place_of_type("integer"),
            "from": _property_in_place_of_type("string"),
            "to": _property_in_place_of_type("string"),
            "from_date": _property_in_place_of_type("integer"),
            "to_date": _property_in_place_of_type("string"),
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
        "id": _integer(context=_VIEW, readonly=True),
        "availability": _rows(AVAILABILITY_ROW, context=_VIEW),
        "base_cost": _field("number", context=_VIEW, readonly=True),
        "block_cost": _field("number", context=_VIEW, readonly=True),
        "name": _text(context=_VIEW),
        "parent_id": _integer(context=_VIEW, readonly=True),
        "qty": _field(["integer", "string"], context=_VIEW),
        "sort_order": _integer(context=_VIEW),
    },
)
