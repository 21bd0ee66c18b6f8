"""The platform's part of a product, as its setters take it (README.md, "Products").

The items of a batch are not checked against the declared arguments, so a value can have any type.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any

from frontdesk.wordpress import php, sanitize
from frontdesk.wordpress.date_texts import parse_date_text
from frontdesk.wordpress.dates import parse_rfc3339
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.translate.products import is_on_sale
from plugins.wc_bookings.translate.values import local_text

#: The tax classes of a new shop beside "standard".
_TAX_CLASSES = ("reduced-rate", "zero-rate")
_SIZES = ("length", "width", "height")
_NO_DATES = dict.fromkeys(("date_created", "date_created_gmt", "date_modified", "date_modified_gmt"))
_VISIBILITIES = ("visible", "catalog", "search", "hidden")
_TAX_STATUSES = ("taxable", "shipping", "none")
_STOCK_STATUSES = ("instock", "outofstock", "onbackorder")
_PRICES = ("regular_price", "sale_price")
_SALE_DATES = ("date_on_sale_from", "date_on_sale_to")
_BOOLEANS = ("featured", "virtual", "downloadable", "reviews_allowed")


def apply_payload(
    payload: Mapping[str, Any],
    product: dict[str, Any],
    *,
    zone: tzinfo,
    now: datetime,
    strict: bool,
    is_new: bool,
) -> None:
    """Change a product's data in place as the payload says.

    Args:
        zone: The shop's.
        strict: As version 2.2.5: unknown shipping and tax classes are dropped, and so are prices and stock with each
            update. An image by an id that the product does not have is refused, as there is no media library.

    Raises:
        Refused: A setter does not take its value.
    """
    for name in _BOOLEANS:
        if payload.get(name) is not None:
            product[name] = sanitize.boolean(payload[name])
    _apply_choices(payload, product, strict=strict)
    if payload.get("purchase_note") is not None:
        product["purchase_note"] = sanitize.post(payload["purchase_note"], entities=strict)
    if payload.get("post_password") is not None:
        product["post_password"] = php.to_text(payload["post_password"])[:255]
    if payload.get("parent_id") is not None:
        product["parent_id"] = sanitize.absint(payload["parent_id"])
    _apply_shipping(payload, product, strict=strict)
    for name in ("upsell_ids", "cross_sell_ids"):
        if payload.get(name) is not None:
            product_ids = map(php.intval, sanitize.parse_list(payload[name]))
            product[name] = [product_id for product_id in product_ids if product_id > 0]
    if payload.get("global_unique_id") is not None:
        product["global_unique_id"] = re.sub(r"[^0-9-]", "", php.to_text(payload["global_unique_id"]))
    _apply_prices(payload, product, zone, now, empty=strict and not is_new, is_new=is_new)
    _apply_stock(payload, product, empty=strict and not is_new)
    _apply_lists(payload, product, strict=strict)


def _apply_lists(payload: Mapping[str, Any], product: dict[str, Any], *, strict: bool) -> None:
    if isinstance(payload.get("attributes"), list):
        product["attributes"] = _attributes(payload["attributes"])
    if isinstance(payload.get("images"), list):
        images = to_images(payload["images"])
        stored_ids = {image.get("id") for image in product["images"]}
        unknown_id = next((image["id"] for image in images if image["id"] and image["id"] not in stored_ids), 0)
        if unknown_id and strict:
            raise Refused("image", image_id=unknown_id)
        product["images"] = images
    if product["downloadable"]:
        if isinstance(payload.get("downloads"), list):
            product["downloads"] = _downloads(payload["downloads"])
        for name in ("download_limit", "download_expiry"):
            value = payload.get(name)
            if value is not None:
                product[name] = -1 if php.intval(value) == -1 or value == "" else sanitize.absint(value)
    if isinstance(payload.get("meta_data"), list):
        product["meta_data"] = _meta_data(payload["meta_data"], product["meta_data"])


def _apply_choices(payload: Mapping[str, Any], product: dict[str, Any], *, strict: bool) -> None:
    if payload.get("catalog_visibility") is not None:
        visibility = php.to_text(payload["catalog_visibility"]).lower()
        if visibility not in _VISIBILITIES:
            raise Refused("catalog_visibility")
        product["catalog_visibility"] = visibility
    if payload.get("tax_status") is not None:
        tax_status = php.to_text(payload["tax_status"]).lower() or "taxable"
        if tax_status not in _TAX_STATUSES:
            raise Refused("tax_status")
        product["tax_status"] = tax_status
    if payload.get("tax_class") is not None:
        tax_class = sanitize.slug(payload["tax_class"])
        is_dropped = tax_class == "standard" or (strict and tax_class not in _TAX_CLASSES)
        product["tax_class"] = "" if is_dropped else tax_class


def _apply_shipping(payload: Mapping[str, Any], product: dict[str, Any], *, strict: bool) -> None:
    if payload.get("virtual") is True:
        product |= dict.fromkeys(("weight", *_SIZES), "")
    else:
        if payload.get("weight") is not None:
            product["weight"] = sanitize.decimal(payload["weight"])
        sizes = payload.get("dimensions")
        if isinstance(sizes, dict):
            product |= {name: sanitize.decimal(sizes[name]) for name in _SIZES if sizes.get(name) is not None}
    if payload.get("shipping_class") is not None and not strict:
        product["shipping_class"] = sanitize.text_field(payload["shipping_class"])


# -- prices and stock -------------------------------------------------------------------------------------------


def _apply_prices(
    payload: Mapping[str, Any], product: dict[str, Any], zone: tzinfo, now: datetime, *, empty: bool, is_new: bool
) -> None:
    """Prices beside those of the bookings: stored and shown, never charged."""
    for name in _PRICES:
        if payload.get(name) is not None:
            product[name] = sanitize.decimal(payload[name])
    for name in _SALE_DATES:
        for field in (name, f"{name}_gmt"):
            if payload.get(field) is not None:
                product[name] = _sale_date(payload[field], zone, now, gmt=field.endswith("_gmt"))
    if empty:
        product |= dict.fromkeys(_PRICES, "")
    sale, regular = product["sale_price"], product["regular_price"]
    if sale != "" and not _is_below(sale, regular):
        product["sale_price"] = ""
    if is_new and (regular or sale):
        product["price"] = product["sale_price"] if is_on_sale(product, zone, now) else regular


def _is_below(sale: str, regular: str) -> bool:
    """Is a sale price below the regular one? Texts that are no numbers are compared as texts."""
    sale_amount, regular_amount = php.to_number(sale), php.to_number(regular)
    if sale_amount is None or regular_amount is None:
        return sale < regular
    return sale_amount < regular_amount


def _sale_date(value: Any, zone: tzinfo, now: datetime, *, gmt: bool) -> str | None:
    """A date of a sale on the shop's clock; None for no date."""
    text = php.to_text(value)
    if not text or text == "0000-00-00 00:00:00":
        return None
    moment = parse_rfc3339(text) or parse_date_text(text, now.replace(tzinfo=None))
    if moment is None:
        return None
    if moment.tzinfo is not None or gmt:
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return local_text(moment, zone)
    return moment.isoformat()[:19]


def _apply_stock(payload: Mapping[str, Any], product: dict[str, Any], *, empty: bool) -> None:
    if payload.get("manage_stock") is not None:
        product["manage_stock"] = sanitize.boolean(payload["manage_stock"])
    if empty:
        product["manage_stock"] = False
    if payload.get("backorders") is not None:
        product["backorders"] = php.to_text(payload["backorders"])
    status = payload.get("stock_status")
    status = product["stock_status"] if status is None else php.to_text(status)
    product["stock_status"] = status if status in _STOCK_STATUSES else "instock"
    if not product["manage_stock"]:
        product |= {"stock_quantity": None, "backorders": "no", "low_stock_amount": ""}
        return
    if payload.get("stock_quantity") is not None:
        product["stock_quantity"] = php.intval(payload["stock_quantity"])
    if "low_stock_amount" in payload:
        amount = payload["low_stock_amount"]
        product["low_stock_amount"] = "" if amount == "" else sanitize.absint(amount)
    if (product["stock_quantity"] or 0) > 0:
        product["stock_status"] = "instock"
    else:
        product["stock_status"] = "outofstock" if product["backorders"] == "no" else "onbackorder"


# -- lists ------------------------------------------------------------------------------------------------------


def to_images(rows: list[Any]) -> list[dict[str, Any]]:
    """The images of a product or category; a row without ``src`` and ``id`` is left out."""
    images = []
    for row in rows:
        if isinstance(row, dict) and (row.get("src") or row.get("id")):
            texts = {name: sanitize.text_field(row.get(name) or "") for name in ("name", "alt")}
            image_id = php.intval(row.get("id") or 0)
            images.append({"id": image_id, **_NO_DATES, "src": sanitize.clean_url(row.get("src") or ""), **texts})
    return images


def _downloads(rows: list[Any]) -> list[dict[str, Any]]:
    downloads = []
    for row in rows:
        if isinstance(row, dict):
            texts = {name: sanitize.text_field(row.get(name) or "") for name in ("id", "name")}
            downloads.append({**texts, "file": sanitize.clean_url(row.get("file") or "")})
    return downloads


def _attributes(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "id": php.intval(row.get("id") or 0),
            "name": sanitize.text_field(row.get("name") or ""),
            "slug": sanitize.text_field(row.get("name") or ""),
            "position": php.intval(row.get("position") or 0),
            "visible": bool(row.get("visible")),
            "variation": bool(row.get("variation")),
            "options": [sanitize.text_field(option) for option in sanitize.parse_list(row.get("options"))],
        }
        for row in rows
        if isinstance(row, dict)
    ]


def _meta_data(rows: list[Any], stored: list[Any]) -> list[dict[str, Any]]:
    """Stored meta data with new values by id, else by key; a null value removes an entry."""
    entries = [dict(entry) for entry in stored]
    last_id = max((entry["id"] for entry in entries), default=0)
    for row in rows:
        if not isinstance(row, dict):
            continue
        meta_id, key = php.intval(row.get("id") or 0), php.to_text(row.get("key") or "")
        current = next(
            (entry for entry in entries if (entry["id"] == meta_id if meta_id else entry["key"] == key)), None
        )
        if row.get("value") is None:
            entries = [entry for entry in entries if entry is not current]
        elif current is not None:
            current["value"] = row["value"]
        elif key:
            last_id += 1
            entries.append({"id": last_id, "key": key, "value": row["value"]})
    return entries
