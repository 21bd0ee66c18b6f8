"""Reads the raw entries of the import document, with the shapes that the plugin's tables and the API's records have.

A record of the API shows less than the document holds. A product that exists keeps what its record leaves out; a new
product stays closed where the record does not show its times or places.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from frontdesk.errors import Invalid
from frontdesk.importing import check_keys, convert, join_path
from frontdesk.records import Service
from plugins.bkap.import_schemas import BookingAnswer, BookingEntry, ProductEntry, ResourceEntry
from plugins.bkap.schemas import SLOT_TYPES, WEEKDAY_KEYS, WEEKDAYS
from plugins.bkap.translate.periods import Period, day_period, nights_period, wall_time
from plugins.bkap.translate.product_settings import settings_of
from plugins.bkap.translate.products import slugify
from plugins.bkap.translate.resources import normalize_row
from plugins.bkap.translate.settings import SETTING_KEYS, layer_settings, switched_off
from plugins.bkap.translate.values import read_date, read_int, read_time

#: Keys that only the API's records have.
_PRODUCT_RECORD_KEYS = (
    "booking_calendar_type",
    "booking_requires_confirmation",
    "booking_cancellation",
    "booking_availability_weekday",
    "booking_availability_specific_date",
    "booking_custom_range",
    "booking_holiday_range",
    "booking_month_range",
    "booking_resource",
)
_BOOKING_RECORD_KEYS = ("booking_status", "customer", "cost", "duration_time", "start_date_formatted")
_UNUSED_RECORD_KEYS = ("permalink", "parent_id")

_RANGES = {
    "booking_custom_range": "_bkap_custom_ranges",
    "booking_holiday_range": "_bkap_holiday_ranges",
    "booking_month_range": "_bkap_month_ranges",
}
#: Booking types whose slots, durations or nightly places no record shows.
_HIDDEN_PLACES = ("date_time", "multidates_fixedtime", "duration_time", "multiple_days")


#: The plugin's own storage nests settings under these keys.
_INNER = "woocommerce_booking_settings"
_NESTED = ("settings", "meta", _INNER)
#: What a recorder of a shop and the API's records add to a product.
_EXTRA_PRODUCT_KEYS = {"key", "input", "booking_type", *_NESTED, *_PRODUCT_RECORD_KEYS, *_UNUSED_RECORD_KEYS}
_PRODUCT_FIELDS = frozenset(field.encode_name for field in msgspec.structs.fields(ProductEntry))
#: What else the shop's tables store with a product, under ``meta``.
_PLATFORM_META = frozenset(
    {
        "_sku", "_price", "_regular_price", "_sale_price", "_tax_status", "_tax_class", "_virtual", "_downloadable",
        "_stock", "_stock_status", "_manage_stock", "_backorders", "_sold_individually", "_thumbnail_id", "_edit_lock",
        "_edit_last", "_product_version", "_wc_average_rating", "_wc_review_count", "total_sales", "_download_limit",
        "_download_expiry", "_product_attributes", "_product_image_gallery", "_weight", "_length", "_width", "_height",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedProduct:
    """A product entry, taken apart.

    Attributes:
        fields: What is not a booking setting.
        settings: The booking settings, wherever they were nested.
        paths: Where each of them stood, by name.
        record: The entry where it is a record of the API, else None.
        has_variations: Whether the entry names its variations.
    """

    fields: ProductEntry
    settings: Mapping[str, Any]
    paths: Mapping[str, str]
    record: Mapping[str, Any] | None
    has_variations: bool


def read_resource(entry: dict[str, Any], kind: type[ResourceEntry]) -> ResourceEntry:
    """Convert a resource, whose rows may have numbers and words in place of texts."""
    rows = entry.get("resource_availability")
    if isinstance(rows, list):
        entry = {**entry, "resource_availability": [normalize_row(row) for row in rows]}
    resource = convert(entry, kind)
    for position, row in enumerate(resource.resource_availability):
        if row.bookable not in ("0", "1"):
            raise Invalid(field=f"resource_availability.{position}.bookable", reason="choice", value=row.bookable)
    return resource


def read_product(entry: dict[str, Any], kind: type[ProductEntry]) -> ImportedProduct:
    """Take a product apart: its fields, and its settings from wherever the plugin's storage nests them."""
    check_keys(entry, _PRODUCT_FIELDS | SETTING_KEYS | _EXTRA_PRODUCT_KEYS)
    settings: dict[str, Any] = {}
    paths: dict[str, str] = {}
    layers = _setting_layers(entry)
    off = switched_off({name: value for layer, _ in layers for name, value in layer.items()})
    for layer, path in layers:
        values = layer_settings(layer, path, off)
        settings |= values
        paths |= {name: join_path(path, name) for name in values}
    if "booking_type" in entry and "_bkap_booking_type" not in settings:
        settings["_bkap_booking_type"] = entry["booking_type"]
        paths["_bkap_booking_type"] = "booking_type"
    is_record = any(name in entry for name in _PRODUCT_RECORD_KEYS)
    return ImportedProduct(
        fields=convert(_product_fields(entry), kind),
        settings=settings,
        paths=paths,
        record=entry if is_record else None,
        has_variations="variations" in entry or not is_record,
    )


def _setting_layers(entry: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], str]]:
    """Return the records that hold settings with their paths, the weakest first."""
    layers: list[tuple[Mapping[str, Any], str]] = [({k: v for k, v in entry.items() if k in SETTING_KEYS}, "")]
    layers += [(entry[name], name) for name in _NESTED if entry.get(name) not in (None, "", [])]
    for layer, path in layers[1:]:
        check_keys(layer, SETTING_KEYS | (_PLATFORM_META if path == "meta" else frozenset()) | {_INNER}, path)
        if path != _INNER and layer.get(_INNER) not in (None, "", []):
            inner_path = join_path(path, _INNER)
            check_keys(layer[_INNER], SETTING_KEYS, inner_path)
            layers.append((layer[_INNER], inner_path))
    return layers[::-1]


def _product_fields(entry: Mapping[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in entry.items() if name in _PRODUCT_FIELDS}
    if "price" not in fields and "regular_price" in fields:
        fields["price"] = fields["regular_price"]
    if isinstance(fields.get("regular_price"), int):
        fields["regular_price"] = str(fields["regular_price"])
    if not fields.get("slug") and isinstance(entry.get("key"), str):
        fields["slug"] = slugify(entry["key"])
    return fields


def is_booking_record(entry: Any) -> bool:
    """Whether a raw entry of ``bookings`` is a record of the API."""
    return isinstance(entry, Mapping) and any(name in entry for name in _BOOKING_RECORD_KEYS)


def read_booking(entry: dict[str, Any], kind: type[BookingEntry]) -> BookingEntry | BookingAnswer:
    """Convert a booking, which may be a record of the API."""
    return convert(entry, BookingAnswer) if is_booking_record(entry) else convert(entry, kind)


def to_period(booking: BookingEntry, booking_type: str, service: Service) -> Period:
    """Return the time that an imported booking takes on the service's clock."""
    start = read_date(booking.start_date, "start_date")
    end = read_date(booking.end_date, "end_date") if booking.end_date else start
    if booking_type == "multiple_days":
        nights = nights_period(start, end, None, settings_of(service), service.plan)
        block = {"fixed_block": booking.fixed_block} if booking.fixed_block else {}
        return Period(nights.start, nights.end, {**nights.metadata, **block})
    if booking_type not in SLOT_TYPES and booking_type != "duration_time":
        return day_period(start, service.plan)
    start_minute = read_time(booking.start_time, "start_time")
    if booking.open_end:
        return Period(wall_time(start, start_minute), wall_time(start, 1440), {"open_end": True, "end_day": str(end)})
    period = Period(wall_time(start, start_minute), wall_time(end, read_time(booking.end_time, "end_time")))
    if period.end <= period.start:
        raise Invalid(field="end_time", reason="range", value=booking.end_time)
    return period


def to_settings(entry: Mapping[str, Any], stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return stored settings for a product record.

    Args:
        stored: The settings of the product that has the id already, None for a new one.
    """
    settings = dict(stored or {})
    if stored is None and entry.get("booking_type") in _HIDDEN_PLACES:
        settings["_bkap_all_data_unavailable"] = "on"
    if "booking_type" in entry:
        settings["_bkap_booking_type"] = entry["booking_type"]
    if "booking_calendar_type" in entry:
        settings["_bkap_enable_inline"] = "on" if entry["booking_calendar_type"] == "inline" else ""
    if "booking_requires_confirmation" in entry:
        settings["_bkap_requires_confirmation"] = "on" if entry["booking_requires_confirmation"] == "yes" else ""
    cancellation = entry.get("booking_cancellation")
    if cancellation is not None:
        settings["_bkap_can_be_cancelled"] = {"status": "off"} if cancellation == "off" else cancellation
    # A section that is off or empty is left out of a record.
    days = _dates(entry, "booking_availability_weekday", "available_dates", "day")
    for name in days:
        if name not in WEEKDAYS:
            raise Invalid(field="booking_availability_weekday", reason="choice", value=name)
    keys = dict(zip(WEEKDAYS, WEEKDAY_KEYS, strict=True))
    settings["booking_recurring"] = {key: "on" if name in days else "" for name, key in keys.items()}
    settings["booking_recurring_lockout"] = {keys[name]: lockout for name, lockout in days.items()}
    settings["booking_specific_date"] = _dates(entry, "booking_availability_specific_date", "specific_dates", "date")
    for name, setting in _RANGES.items():
        settings[setting] = entry.get(name) or []
    settings |= _resources(entry)
    return settings


def _dates(entry: Mapping[str, Any], section: str, items: str, key: str) -> dict[str, Any]:
    """Return the lockouts by weekday or date of one section of a record."""
    section_value = entry.get(section)
    if not section_value:
        return {}
    if (
        not isinstance(section_value, Mapping)
        or set(section_value) - {"status", items}
        or not isinstance(section_value.get(items), list)
    ):
        raise Invalid(field=section, reason="type", limit="an object with `status` and a list of dates is expected")
    lockouts = {}
    for position, item in enumerate(section_value[items]):
        if not isinstance(item, Mapping) or set(item) - {key, "lockout"} or not isinstance(item.get(key), str):
            raise Invalid(field=f"{section}.{items}.{position}", reason="type", value=item)
        lockouts[item[key]] = item.get("lockout", 0)
    return lockouts


def _resources(entry: Mapping[str, Any]) -> dict[str, Any]:
    section = entry.get("booking_resource")
    if not section:
        return {}
    allowed = {"status", "selection", "selection_type", "resources"}
    if not isinstance(section, Mapping) or set(section) - allowed or not isinstance(section.get("resources"), list):
        raise Invalid(field="booking_resource", reason="type", limit="an object with a list of resources is expected")
    resource_ids, costs = [], {}
    for position, item in enumerate(section["resources"]):
        resource_id = item.get("resource_id") if isinstance(item, Mapping) else None
        if not isinstance(resource_id, int) or isinstance(resource_id, bool):
            raise Invalid(field=f"booking_resource.resources.{position}.resource_id", reason="type", value=resource_id)
        resource_ids.append(resource_id)
        if item.get("base_cost"):
            costs[str(resource_id)] = item["base_cost"]
    return {
        "_bkap_product_resources": resource_ids,
        "_bkap_resource_base_costs": costs,
        "_bkap_product_resource_selection": section.get("selection") or "customer",
        "_bkap_product_resource_selection_type": section.get("selection_type") or "single",
    }


def to_booking_entry(record: BookingAnswer) -> BookingEntry:
    """Return a booking record as an entry; the guest's name in it becomes the billing name."""
    start = _moment(record.start_date, "start_date")
    end = _moment(record.end_date or record.start_date, "end_date")
    timed = bool(record.start_time)
    open_end = timed and not record.end_time
    customer = record.customer
    guest = customer is not None and not customer.user_id and customer.name != "Guest"
    entry = BookingEntry(
        booking_id=record.booking_id,
        product_id=record.product_id,
        status=record.booking_status,
        start_date=f"{start:%Y-%m-%d}",
        end_date=f"{end:%Y-%m-%d}",
        start_time=f"{start:%H:%M}" if timed else "",
        end_time=f"{end:%H:%M}" if timed and not open_end else "",
        open_end=open_end,
        fixed_block=str(record.fixed_block),
        quantity=record.quantity,
        price=record.cost * record.quantity if record.cost.is_finite() else record.cost,
        customer_id=read_int(record.customer_id or 0, "customer_id", minimum=0),
        variation_id=read_int(record.variation_id or 0, "variation_id", minimum=0),
        resource_id=read_int(record.resource_id or 0, "resource_id", minimum=0),
        order_id=record.order_id,
        order_item_id=read_int(record.order_item_id or 0, "order_item_id", minimum=0),
        billing_name=customer.name.removesuffix(" (Guest)") if customer is not None and guest else "",
    )
    return convert(msgspec.to_builtins(entry), BookingEntry)


def _moment(value: Any, path: str) -> datetime:
    """Read ``20210921090000``."""
    try:
        return datetime.strptime(str(value), "%Y%m%d%H%M%S")
    except ValueError:
        raise Invalid(field=path, reason="date_time", value=value) from None
