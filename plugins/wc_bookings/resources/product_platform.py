"""The platform's part of a product, as a write gives it (fact sheet, section 3.4.3).

Stock, backorders, external links and default attributes are not taken: a product that is booked has none.
"""

import re
from typing import Any

from core.wordpress import php, sanitize
from core.wordpress.dates import parse_rfc3339
from core.wordpress.rest import RestRequest, WPError
from plugins.wc_bookings.translate.texts import local_text

#: Fields stored as they come.
_PLAIN = [
    "featured",
    "catalog_visibility",
    "tax_status",
    "stock_status",
    "parent_id",
    "reviews_allowed",
    "purchase_note",
    "post_password",
    "virtual",
    "downloadable",
]
#: Those that every shop of the platform begins with.
_TAX_CLASSES = ("reduced-rate", "zero-rate")
_SIZES = ("length", "width", "height")
_NO_DATES = dict.fromkeys(("date_created", "date_created_gmt", "date_modified", "date_modified_gmt"))


def take(request: RestRequest, product: dict[str, Any], *, strict: bool) -> None:
    """Change a product's data as the request says.

    Args:
        strict: Also drop what the real server drops: shipping and tax classes it does not know.

    Raises:
        WPError: Strict mode: an image by a number that the product does not have. There is no library of images.
    """
    for name in _PLAIN:
        value = request.get(name)
        if value is not None:
            product[name] = value
    _take_shipping(request, product, strict=strict)
    for name in ("upsell_ids", "cross_sell_ids"):
        if request.get(name) is not None:
            product[name] = [number for number in request.get(name) if number > 0]
    if request.get("global_unique_id") is not None:
        product["global_unique_id"] = re.sub(r"[^0-9-]", "", php.to_text(request.get("global_unique_id")))
    if request.get("tax_class") is not None:
        named = sanitize.slug(request.get("tax_class"))
        product["tax_class"] = "" if named == "standard" or (strict and named not in _TAX_CLASSES) else named
    for name in ("date_on_sale_from", "date_on_sale_to"):
        value = request.get(name)
        found = parse_rfc3339(value) if isinstance(value, str) and value else None
        if found is not None:
            product[name] = local_text(found, found.tzinfo) if found.tzinfo else found.isoformat()
    if isinstance(request.get("attributes"), list):
        product["attributes"] = _attributes(request.get("attributes"))
    if isinstance(request.get("images"), list):
        images = _images(request.get("images"))
        known = {image.get("id") for image in product["images"]}
        unknown = next((image["id"] for image in images if image["id"] and image["id"] not in known), 0)
        if unknown and strict:
            raise WPError("woocommerce_product_invalid_image_id", f"#{unknown} is an invalid image ID.", 400)
        product["images"] = images
    if product["downloadable"]:
        if isinstance(request.get("downloads"), list):
            product["downloads"] = _downloads(request.get("downloads"))
        for name in ("download_limit", "download_expiry"):
            if request.get(name) is not None:
                product[name] = request.get(name)
    meta = request.get("meta_data")
    if isinstance(meta, list):
        product["meta_data"] = _meta(meta, product["meta_data"])


def _take_shipping(request: RestRequest, product: dict[str, Any], *, strict: bool) -> None:
    if request.get("virtual") is True:
        product |= dict.fromkeys(("weight", *_SIZES), "")
    else:
        if request.get("weight") is not None:
            product["weight"] = request.get("weight")
        size = request.get("dimensions")
        if isinstance(size, dict):
            product |= {name: php.to_text(size[name]) for name in _SIZES if name in size}
    if request.get("shipping_class") is not None and not strict:
        product["shipping_class"] = request.get("shipping_class")


def _images(rows: list[Any]) -> list[dict[str, Any]]:
    made = []
    for row in rows:
        if isinstance(row, dict) and (row.get("src") or row.get("id")):
            texts = {name: php.to_text(row.get(name) or "") for name in ("src", "name", "alt")}
            made.append({"id": php.intval(row.get("id") or 0), **_NO_DATES, **texts})
    return made


def _downloads(rows: list[Any]) -> list[dict[str, Any]]:
    names = ("id", "name", "file")
    return [{n: php.to_text(row.get(n) or "") for n in names} for row in rows if isinstance(row, dict)]


def _attributes(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": php.intval(row.get("id") or 0),
            "name": php.to_text(row.get("name") or ""),
            "slug": php.to_text(row.get("name") or ""),
            "position": php.intval(row.get("position") or 0),
            "visible": bool(row.get("visible")),
            "variation": bool(row.get("variation")),
            "options": [php.to_text(item) for item in sanitize.parse_list(row.get("options"))],
        }
        for row in rows
        if isinstance(row, dict)
    ]


def _meta(rows: list[Any], known: list[Any]) -> list[dict[str, Any]]:
    """New values by id, else by key; null removes."""
    made = [dict(row) for row in known]
    last = max((row["id"] for row in made), default=0)
    for row in rows:
        if not isinstance(row, dict):
            continue
        number, key = php.intval(row.get("id") or 0), php.to_text(row.get("key") or "")
        current = next((one for one in made if (one["id"] == number if number else one["key"] == key)), None)
        if row.get("value") is None:
            made = [one for one in made if one is not current]
        elif current is not None:
            current["value"] = row["value"]
        elif key:
            last += 1
            made.append({"id": last, "key": key, "value": row["value"]})
    return made
