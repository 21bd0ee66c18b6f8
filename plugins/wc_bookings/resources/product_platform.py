"""The platform's part of a product, as its setters take it (fact sheet, section 3.4.3).

Items of a batch come here as they were sent, so nothing is trusted to have the type that the schema declares.
"""

import re
from datetime import UTC, datetime
from typing import Any

from core.wordpress import php, sanitize
from core.wordpress.date_texts import parse_date_text
from core.wordpress.dates import parse_rfc3339
from core.wordpress.rest import RestRequest, WPError
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate.catalog import is_on_sale
from plugins.wc_bookings.translate.texts import local_text

#: Those that every shop of the platform begins with.
_TAX_CLASSES = ("reduced-rate", "zero-rate")
_SIZES = ("length", "width", "height")
_NO_DATES = dict.fromkeys(("date_created", "date_created_gmt", "date_modified", "date_modified_gmt"))
_VISIBILITIES = ("visible", "catalog", "search", "hidden")
_TAXED = ("taxable", "shipping", "none")
_STOCK = ("instock", "outofstock", "onbackorder")
_PRICES = ("regular_price", "sale_price")
_SALE_DATES = ("date_on_sale_from", "date_on_sale_to")
_SWITCHES = ("featured", "virtual", "downloadable", "reviews_allowed")


def take(request: RestRequest, product: dict[str, Any], shop: Shop, *, new: bool) -> None:
    """Change a product's data as the request says. Strict mode drops shipping and tax classes that it does not know.

    Raises:
        WPError: A setter refuses. Strict mode: an image by a number that the product does not have, as there is no
            library of images.
    """
    strict = shop.strict
    for name in _SWITCHES:
        if request.get(name) is not None:
            product[name] = sanitize.boolean(request.get(name))
    _take_choices(request, product, strict=strict)
    if request.get("purchase_note") is not None:
        product["purchase_note"] = sanitize.post(request.get("purchase_note"), entities=strict)
    if request.get("post_password") is not None:
        product["post_password"] = php.to_text(request.get("post_password"))[:255]
    if request.get("parent_id") is not None:
        product["parent_id"] = sanitize.absint(request.get("parent_id"))
    _take_shipping(request, product, strict=strict)
    for name in ("upsell_ids", "cross_sell_ids"):
        if request.get(name) is not None:
            numbers = map(php.intval, sanitize.parse_list(request.get(name)))
            product[name] = [number for number in numbers if number > 0]
    if request.get("global_unique_id") is not None:
        product["global_unique_id"] = re.sub(r"[^0-9-]", "", php.to_text(request.get("global_unique_id")))
    _take_prices(request, product, shop, new=new)
    _take_stock(request, product, new=new, strict=strict)
    if isinstance(request.get("attributes"), list):
        product["attributes"] = _attributes(request.get("attributes"))
    if isinstance(request.get("images"), list):
        given = images(request.get("images"))
        known = {image.get("id") for image in product["images"]}
        unknown = next((image["id"] for image in given if image["id"] and image["id"] not in known), 0)
        if unknown and strict:
            raise WPError("woocommerce_product_invalid_image_id", f"#{unknown} is an invalid image ID.", 400)
        product["images"] = given
    if product["downloadable"]:
        if isinstance(request.get("downloads"), list):
            product["downloads"] = _downloads(request.get("downloads"))
        for name in ("download_limit", "download_expiry"):
            value = request.get(name)
            if value is not None:
                product[name] = -1 if php.intval(value) == -1 or value == "" else sanitize.absint(value)
    meta = request.get("meta_data")
    if isinstance(meta, list):
        product["meta_data"] = _meta(meta, product["meta_data"])


def _take_choices(request: RestRequest, product: dict[str, Any], *, strict: bool) -> None:
    visibility = request.get("catalog_visibility")
    if visibility is not None:
        visibility = php.to_text(visibility).lower()
        if visibility not in _VISIBILITIES:
            raise WPError("product_invalid_catalog_visibility", "Invalid catalog visibility option.", 400)
        product["catalog_visibility"] = visibility
    taxed = request.get("tax_status")
    if taxed is not None:
        taxed = php.to_text(taxed).lower() or "taxable"
        if taxed not in _TAXED:
            raise WPError("product_invalid_tax_status", "Invalid product tax status.", 400)
        product["tax_status"] = taxed
    if request.get("tax_class") is not None:
        named = sanitize.slug(request.get("tax_class"))
        product["tax_class"] = "" if named == "standard" or (strict and named not in _TAX_CLASSES) else named


def _take_shipping(request: RestRequest, product: dict[str, Any], *, strict: bool) -> None:
    if request.get("virtual") is True:
        product |= dict.fromkeys(("weight", *_SIZES), "")
    else:
        if request.get("weight") is not None:
            product["weight"] = sanitize.decimal(request.get("weight"))
        size = request.get("dimensions")
        if isinstance(size, dict):
            product |= {name: sanitize.decimal(size[name]) for name in _SIZES if size.get(name) is not None}
    if request.get("shipping_class") is not None and not strict:
        product["shipping_class"] = sanitize.text_field(request.get("shipping_class"))


# -- prices and stock -------------------------------------------------------------------------------------------


def _take_prices(request: RestRequest, product: dict[str, Any], shop: Shop, *, new: bool) -> None:
    """Prices beside those of the bookings: kept and shown, never charged. Strict mode empties them with each update."""
    for name in _PRICES:
        if request.get(name) is not None:
            product[name] = sanitize.decimal(request.get(name))
    for name in _SALE_DATES:
        for field in (name, f"{name}_gmt"):
            if request.get(field) is not None:
                product[name] = _sale_date(request.get(field), shop, request.now, gmt=field.endswith("_gmt"))
    if shop.strict and not new:
        product |= dict.fromkeys(_PRICES, "")
    sale, regular = product["sale_price"], product["regular_price"]
    if sale != "" and not _below(sale, regular):
        product["sale_price"] = ""
    if new and (regular or sale):
        product["price"] = product["sale_price"] if is_on_sale(product, shop.zone, request.now) else regular


def _below(sale: str, regular: str) -> bool:
    """Is a sale price one at all? Texts that are no numbers are compared as texts."""
    numbers = php.to_number(sale), php.to_number(regular)
    return sale < regular if None in numbers else numbers[0] < numbers[1]


def _sale_date(value: Any, shop: Shop, now: datetime, *, gmt: bool) -> str | None:
    """A date of a sale on the site's clock; None is none."""
    text = php.to_text(value)
    if not text or text == "0000-00-00 00:00:00":
        return None
    moment = parse_rfc3339(text) or parse_date_text(text, now.replace(tzinfo=None))
    if moment is None:
        return None
    if moment.tzinfo is not None or gmt:
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return local_text(moment, shop.zone)
    return moment.isoformat()[:19]


def _take_stock(request: RestRequest, product: dict[str, Any], *, new: bool, strict: bool) -> None:
    if request.get("manage_stock") is not None:
        product["manage_stock"] = sanitize.boolean(request.get("manage_stock"))
    if strict and not new:
        product["manage_stock"] = False
    if request.get("backorders") is not None:
        product["backorders"] = php.to_text(request.get("backorders"))
    status = request.get("stock_status")
    status = product["stock_status"] if status is None else php.to_text(status)
    product["stock_status"] = status if status in _STOCK else "instock"
    if not product["manage_stock"]:
        product |= {"stock_quantity": None, "backorders": "no", "low_stock_amount": ""}
        return
    if request.get("stock_quantity") is not None:
        product["stock_quantity"] = php.intval(request.get("stock_quantity"))
    if request.has("low_stock_amount"):
        amount = request.get("low_stock_amount")
        product["low_stock_amount"] = "" if amount in (None, "") else sanitize.absint(amount)
    if (product["stock_quantity"] or 0) > 0:
        product["stock_status"] = "instock"
    else:
        product["stock_status"] = "outofstock" if product["backorders"] == "no" else "onbackorder"


# -- lists of things --------------------------------------------------------------------------------------------


def images(rows: list[Any]) -> list[dict[str, Any]]:
    """Images of a product or category, from rows that say where one is."""
    made = []
    for row in rows:
        if isinstance(row, dict) and (row.get("src") or row.get("id")):
            texts = {name: sanitize.text_field(row.get(name) or "") for name in ("name", "alt")}
            number = php.intval(row.get("id") or 0)
            made.append({"id": number, **_NO_DATES, "src": sanitize.clean_url(row.get("src") or ""), **texts})
    return made


def _downloads(rows: list[Any]) -> list[dict[str, Any]]:
    made = []
    for row in rows:
        if isinstance(row, dict):
            texts = {name: sanitize.text_field(row.get(name) or "") for name in ("id", "name")}
            made.append({**texts, "file": sanitize.clean_url(row.get("file") or "")})
    return made


def _attributes(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": php.intval(row.get("id") or 0),
            "name": sanitize.text_field(row.get("name") or ""),
            "slug": sanitize.text_field(row.get("name") or ""),
            "position": php.intval(row.get("position") or 0),
            "visible": bool(row.get("visible")),
            "variation": bool(row.get("variation")),
            "options": [sanitize.text_field(item) for item in sanitize.parse_list(row.get("options"))],
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
