"""Records of the API as entries of the import document, so that the replies of ``GET`` can be imported.

A record holds less than an entry. Settings that it leaves out stay as they are stored; a new product whose times or
places it leaves out stays closed until a document gives them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from core.errors import Invalid
from plugins.bkap.schemas import WEEKDAY_KEYS, WEEKDAYS, BookingAnswer, BookingDoc
from plugins.bkap.translate.formats import read_int

#: Keys that tell a record from an entry.
PRODUCT_RECORD_KEYS = (
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
BOOKING_KEYS = ("booking_status", "customer", "cost", "duration_time", "start_date_formatted")
#: Keys of a product record that the import ignores.
UNREAD_PRODUCT_KEYS = ("permalink", "parent_id")

_RANGES = {
    "booking_custom_range": "_bkap_custom_ranges",
    "booking_holiday_range": "_bkap_holiday_ranges",
    "booking_month_range": "_bkap_month_ranges",
}
#: Booking types whose slots, durations or nightly places are not in a record.
_INCOMPLETE = ("date_time", "multidates_fixedtime", "duration_time", "multiple_days")


def is_product_record(entry: Mapping[str, Any]) -> bool:
    return any(name in entry for name in PRODUCT_RECORD_KEYS)


def is_booking_record(entry: Mapping[str, Any]) -> bool:
    return any(name in entry for name in BOOKING_KEYS)


def to_settings(entry: Mapping[str, Any], stored: Mapping[str, Any] | None, path: str) -> dict[str, Any]:
    """Stored settings for a product record.

    Args:
        stored: The settings of the product in the store; None for a new product.
    """
    settings = dict(stored or {})
    if stored is None and entry.get("booking_type") in _INCOMPLETE:
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
    # A record leaves out sections that are off or empty, so a missing section clears its settings.
    days = _dates(entry, "booking_availability_weekday", "available_dates", "day", path)
    for name in days:
        if name not in WEEKDAYS:
            raise Invalid(field=f"{path}.booking_availability_weekday", reason="choice", value=name)
    keys = dict(zip(WEEKDAYS, WEEKDAY_KEYS, strict=True))
    settings["booking_recurring"] = {key: "on" if name in days else "" for name, key in keys.items()}
    settings["booking_recurring_lockout"] = {keys[name]: lockout for name, lockout in days.items()}
    settings["booking_specific_date"] = _dates(
        entry, "booking_availability_specific_date", "specific_dates", "date", path
    )
    for name, setting in _RANGES.items():
        settings[setting] = entry.get(name) or []
    settings |= _resources(entry, path)
    return settings


def _dates(entry: Mapping[str, Any], section: str, items: str, key: str, path: str) -> dict[str, Any]:
    """Lockouts by weekday or date of one section of a record."""
    section_value = entry.get(section)
    if not section_value:
        return {}
    section_path = f"{path}.{section}"
    if (
        not isinstance(section_value, Mapping)
        or set(section_value) - {"status", items}
        or not isinstance(section_value.get(items), list)
    ):
        raise Invalid(
            field=section_path, reason="type", limit="an object with `status` and a list of dates is expected"
        )
    lockouts = {}
    for position, item in enumerate(section_value[items]):
        if not isinstance(item, Mapping) or set(item) - {key, "lockout"} or not isinstance(item.get(key), str):
            raise Invalid(field=f"{section_path}.{items}.{position}", reason="type", value=item)
        lockouts[item[key]] = item.get("lockout", 0)
    return lockouts


def _resources(entry: Mapping[str, Any], path: str) -> dict[str, Any]:
    section = entry.get("booking_resource")
    if not section:
        return {}
    section_path = f"{path}.booking_resource"
    allowed = {"status", "selection", "selection_type", "resources"}
    if not isinstance(section, Mapping) or set(section) - allowed or not isinstance(section.get("resources"), list):
        raise Invalid(field=section_path, reason="type", limit="an object with a list of resources is expected")
    resource_ids, costs = [], {}
    for position, item in enumerate(section["resources"]):
        resource_id = item.get("resource_id") if isinstance(item, Mapping) else None
        if not isinstance(resource_id, int) or isinstance(resource_id, bool):
            raise Invalid(field=f"{section_path}.resources.{position}.resource_id", reason="type", value=resource_id)
        resource_ids.append(resource_id)
        if item.get("base_cost"):
            costs[str(resource_id)] = item["base_cost"]
    return {
        "_bkap_product_resources": resource_ids,
        "_bkap_resource_base_costs": costs,
        "_bkap_product_resource_selection": section.get("selection") or "customer",
        "_bkap_product_resource_selection_type": section.get("selection_type") or "single",
    }


def to_booking_document(record: BookingAnswer, path: str) -> BookingDoc:
    """A booking record as an entry of ``bookings``; the guest's name in it stands for a billing name."""
    start = _moment(record.start_date, f"{path}.start_date")
    end = _moment(record.end_date or record.start_date, f"{path}.end_date")
    timed = bool(record.start_time)
    open_end = timed and not record.end_time
    customer = record.customer
    guest = customer is not None and not customer.user_id and customer.name != "Guest"

    def read_id(value: int | str, name: str) -> int:
        return read_int(value or 0, f"{path}.{name}", minimum=0)

    return BookingDoc(
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
        order_id=record.order_id,
        billing_name=customer.name.removesuffix(" (Guest)") if customer is not None and guest else "",
        customer_id=read_id(record.customer_id, "customer_id"),
        variation_id=read_id(record.variation_id, "variation_id"),
        resource_id=read_id(record.resource_id, "resource_id"),
        order_item_id=read_id(record.order_item_id, "order_item_id"),
    )


def _moment(value: Any, path: str) -> datetime:
    """``20210921090000``."""
    try:
        return datetime.strptime(str(value), "%Y%m%d%H%M%S")
    except ValueError:
        raise Invalid(field=path, reason="date_time", value=value) from None
