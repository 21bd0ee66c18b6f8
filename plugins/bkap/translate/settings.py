"""A product's booking settings in the plugin's own storage form: read and written.

PHP writes an empty map as a list, numbers as text and "not set" as "", so reading is lenient about those and about
nothing else.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

import msgspec

from core.documents import check_keys, check_value, read_value
from core.errors import Invalid
from plugins.bkap.schemas import (
    BOOKING_TYPES,
    WEEKDAY_KEYS,
    Settings,
)
from plugins.bkap.translate.calendars import closes_only, plain_row, resource_row_fits
from plugins.bkap.translate.values import (
    plugin_day,
    read_clock,
    read_whole,
)

_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(Settings)}
#: The same things under the names of the plugin's older, nested settings and of its other meta keys.
_ALIASES = {
    "booking_enable_date": "_bkap_enable_booking",
    "enable_inline_calendar": "_bkap_enable_inline",
    "booking_purchase_without_date": "_bkap_purchase_wo_date",
    "booking_confirmation": "_bkap_requires_confirmation",
    "booking_can_be_cancelled": "_bkap_can_be_cancelled",
    "booking_minimum_number_days": "_bkap_abp",
    "booking_maximum_number_days": "_bkap_max_bookable_days",
    "booking_date_lockout": "_bkap_date_lockout",
    "booking_minimum_number_days_multiple": "_bkap_multiple_day_min",
    "booking_maximum_number_days_multiple": "_bkap_multiple_day_max",
    "_bkap_recurring_weekdays": "booking_recurring",
    "_bkap_recurring_lockout": "booking_recurring_lockout",
    "_bkap_specific_dates": "booking_specific_date",
    "booking_date_range": "_bkap_custom_ranges",
    "booking_product_holiday": "_bkap_product_holidays",
    "booking_time_settings": "_bkap_time_settings",
    "bkap_duration_settings": "_bkap_duration_settings",
    "multidates_type": "_bkap_multidates_type",
    "multidates_fixed_number": "_bkap_multidates_fixed_number",
    "multidates_range_min": "_bkap_multidates_range_min",
    "multidates_range_max": "_bkap_multidates_range_max",
    "_bkap_fixed_blocks": "_bkap_fixed_blocks_data",
    "bkap_manage_time_availability": "_bkap_manage_time_availability",
    "bkap_all_data_unavailable": "_bkap_all_data_unavailable",
    "bkap_person": "_bkap_person",
    "bkap_min_person": "_bkap_min_person",
    "bkap_max_person": "_bkap_max_person",
    "bkap_price_per_person": "_bkap_price_per_person",
    "bkap_each_person_booking": "_bkap_each_person_booking",
}
_KNOWN = frozenset(_NAMES.values())
_TYPES = {field.encode_name: field.type for field in msgspec.structs.fields(Settings)}
_MAPS = {"weekdays", "weekday_lockouts", "specific_dates", "holidays", "time_settings", "resource_costs"}
_LISTS = {
    "special_prices", "custom_ranges", "month_ranges", "holiday_ranges", "fixed_blocks", "price_ranges", "resources",
    "time_availability",
}  # fmt: skip


#: Settings that only say how the shop's own pages look, or that repeat the type of booking.
UNREAD = frozenset(
    {
        "booking_enable_multiple_day", "booking_enable_time", "enable_minimum_day_booking_multiple",
        "bkap_date_in_dropdown", "_bkap_date_in_dropdown", "_bkap_calendar_to_display", "bkap_calendar_to_display",
        "_bkap_calendar_icon", "_bkap_locale", "bkap_locale", "booking_dates_dropdown", "_bkap_gcal_integration_mode",
    }
)  # fmt: skip
#: Settings that narrow what is sold in a way no plan can say; they come in while they are empty.
UNSUPPORTED = frozenset(
    {
        "wkpbk_block_single_week", "_bkap_week_blocking", "special_booking_start_weekday",
        "_bkap_special_booking_start_weekday", "special_booking_end_weekday", "_bkap_special_booking_end_weekday",
        "bkap_person_type", "_bkap_person_type", "_bkap_person_ids", "bkap_person_ids", "bkap_person_data",
        "_bkap_person_data", "_bkap_all_day_blocking",
    }
)  # fmt: skip
#: Switches without which weekdays and specific dates count for nothing, with what they switch.
_SWITCHES = {
    "_bkap_enable_recurring": ("booking_recurring", "_bkap_recurring_weekdays"),
    "booking_recurring_booking": ("booking_recurring", "_bkap_recurring_weekdays"),
    "_bkap_enable_specific": ("booking_specific_date", "_bkap_specific_dates"),
    "booking_specific_booking": ("booking_specific_date", "_bkap_specific_dates"),
}
#: Every key that may stand where settings stand.
SETTING_KEYS = frozenset({*_KNOWN, *_ALIASES, *_ALIASES.values(), *_SWITCHES, *UNREAD, *UNSUPPORTED})


def switched_off(layer: Mapping[str, Any]) -> frozenset[str]:
    """The settings that count for nothing, because their switch is off."""
    return frozenset(name for switch, names in _SWITCHES.items() if layer.get(switch, "on") != "on" for name in names)


def settings_in(layer: Mapping[str, Any], path: str, off: Collection[str]) -> dict[str, Any]:
    """The settings of one layer; those that are ``off`` are empty.

    Raises:
        Invalid: One of them cannot be taken in.
    """
    _refuse_unsupported(layer, UNSUPPORTED, path)
    settings = {}
    for name, value in layer.items():
        if is_setting(name):
            settings[name] = {} if name in off else value
    return settings


def _refuse_unsupported(layer: Mapping[str, Any], names: Collection[str], path: str) -> None:
    """Refuse these settings unless they are empty."""
    for name, value in layer.items():
        if name in names and value not in (None, "", 0, "0", False, "off", [], {}):
            reason = "narrows what is sold in a way that cannot be taken in; leave it out to sell without it"
            raise Invalid(field=f"{path}.{name}", reason=reason)


#: The shop's own settings that an import has no use for.
_GLOBAL_UNREAD = frozenset(
    {
        "booking_language", "booking_date_format", "booking_time_format", "booking_months", "booking_calendar_day",
        "booking_availability_display", "booking_export", "booking_themes", "booking_theme", "booking_global_selection",
        "booking_timeslot_display_mode", "display_disabled_buttons", "hide_booking_price", "hide_variation_price",
        "resource_price_per_day", "same_bookings_in_cart", "woo_product_addon_price", "enable_rounding",
        "woo_gf_product_addon_option_price", "booking_include_global_holidays", "booking_attachment",
    }
)  # fmt: skip
_GLOBAL_UNSUPPORTED = frozenset(
    {"booking_global_timeslot", "minimum_day_booking", "global_booking_minimum_number_days"}
)


def read_global_holidays(settings: Mapping[str, Any], path: str) -> dict[str, int]:
    """The holidays of the whole shop: dates by commas, or a list of them."""
    check_keys(settings, {"booking_global_holidays", *_GLOBAL_UNREAD, *_GLOBAL_UNSUPPORTED}, path)
    _refuse_unsupported(settings, _GLOBAL_UNSUPPORTED, path)
    holidays = settings.get("booking_global_holidays") or []
    place = f"{path}.booking_global_holidays"
    days = holidays.split(",") if isinstance(holidays, str) else holidays
    if not isinstance(days, list):
        raise Invalid(field=place, reason="type", limit="dates are expected")
    for day in days:
        if plugin_day(day) is None:
            raise Invalid(field=place, reason="date", value=day)
    return {day.strip(): 0 for day in days}


def is_setting(name: str) -> bool:
    """Whether a key of a product document is one of the plugin's booking settings."""
    return name in _KNOWN or name in _ALIASES


def read_settings(raw: Mapping[str, Any], path: str = "", places: Mapping[str, str] | None = None) -> Settings:
    """Settings from the plugin's storage form; an alias counts only where the proper name is missing.

    Args:
        places: The paths of the settings in their document, by name, where they are nested somewhere in ``path``.

    Raises:
        Invalid: ``field`` is the dotted path of what is wrong.
    """
    found: dict[str, Any] = {}
    where: dict[str, str] = {}
    for name, value in raw.items():
        proper = _ALIASES.get(name, name)
        if proper in _KNOWN and (name == proper or proper not in raw):
            found[proper] = value
            where[proper] = (places or {}).get(name, f"{path}.{name}".strip("."))
    plain = {}
    for attribute, name in _NAMES.items():
        if name not in found:
            continue
        value = _without_php(found[name], attribute)
        if value is not None:
            check_value(value, _TYPES[name], where[name])
            plain[name] = value
    settings = read_value(plain, Settings, path)
    _check(settings, path, where)
    return msgspec.structs.replace(
        settings,
        resource_selection="automatic" if "automatic" in settings.resource_selection else "customer",
        resource_selection_type="multiple" if "multiple" in settings.resource_selection_type else "single",
        enable="on" if settings.is_on else "off",
    )


def stored_settings(stored: Mapping[str, Any]) -> Settings:
    """``read_settings`` of what ``dump_settings`` wrote; the same text comes back with every read of a product."""
    return _stored(msgspec.json.encode(stored))


@lru_cache(maxsize=4096)
def _stored(text: bytes) -> Settings:
    return read_settings(msgspec.json.decode(text))


def dump_settings(settings: Settings) -> dict[str, Any]:
    """Settings in the plugin's storage form; what is at its default is left out."""
    defaults = msgspec.to_builtins(Settings(), str_keys=True)
    plain = msgspec.to_builtins(settings, str_keys=True)
    return {
        name: value
        for name, value in plain.items()
        if value != defaults[name] or name in ("_bkap_enable_booking", "_bkap_booking_type")
    }


def _without_php(value: Any, attribute: str) -> Any:
    """The value without PHP's habits; None where nothing is set."""
    if value is None or value == "":
        return None
    if attribute in _MAPS and value == []:
        return None
    if attribute in _LISTS and isinstance(value, Mapping):
        value = list(value.values())
    if attribute == "duration" and value == []:
        return None
    if attribute == "time_settings" and isinstance(value, Mapping):
        return {key: [_filled(row) for row in _rows(rows)] for key, rows in value.items()}
    if attribute == "resources" and isinstance(value, list):
        return value
    if attribute == "time_availability" and isinstance(value, list):
        return [plain_row(row) for row in value]
    if attribute in _LISTS and isinstance(value, list):
        return [_filled(row) for row in value]
    if attribute == "all_unavailable" and value == []:
        return None
    if attribute in _MAPS and isinstance(value, Mapping):
        texts = attribute == "weekdays"
        return {str(key): ("" if texts else 0) if item in (None, "") else item for key, item in value.items()}
    return _filled(value) if attribute in ("duration", "cancellation") else value


def _rows(rows: Any) -> list[Any]:
    return list(rows.values()) if isinstance(rows, Mapping) else rows if isinstance(rows, list) else [rows]


def _filled(row: Any) -> Any:
    """A row without its empty fields; numbers where text is meant become text."""
    if not isinstance(row, Mapping):
        return row
    kept = {key: value for key, value in row.items() if value not in (None, "")}
    for name in (
        "years_to_recur", "range_type", "start_day", "end_day", "from_slot_hrs", "from_slot_min", "to_slot_hrs",
        "to_slot_min", "first_duration", "end_duration",
    ):  # fmt: skip
        if isinstance(kept.get(name), int) and not isinstance(kept[name], bool):
            kept[name] = str(kept[name])
    if "duration_type" not in kept and isinstance(kept.get("duration"), (int, str)) and "period" in kept:
        kept["duration"] = str(kept["duration"])
    return kept


def _check(settings: Settings, path: str, where: Mapping[str, str]) -> None:
    """What types alone cannot say."""

    def wrong(name: str, value: Any, reason: str = "format") -> Invalid:
        place = where.get(_NAMES[name], f"{path}.{_NAMES[name]}".strip("."))
        return Invalid(field=place, reason=reason, value=value)

    for row in settings.time_availability:
        if row.bookable not in ("0", "1") or not resource_row_fits(row):
            raise wrong("time_availability", f"{row.type} {row.from_} {row.to}")
    if settings.time_availability and not closes_only(settings.time_availability, settings.is_all_unavailable):
        reason = "opens parts of what is closed, which cannot be taken in; write the times that are open as slots"
        raise wrong("time_availability", None, reason)

    if settings.booking_type not in BOOKING_TYPES:
        raise wrong("booking_type", settings.booking_type, "choice")
    for name in ("specific_dates", "holidays"):
        for day in getattr(settings, name):
            if plugin_day(day) is None:
                raise wrong(name, day)
    for name in ("custom_ranges", "month_ranges", "holiday_ranges"):
        for one in getattr(settings, name):
            start, end = plugin_day(one.start), plugin_day(one.end)
            if start is None or end is None or start > end:
                raise wrong(name, one.start)
            if one.years_to_recur:
                read_whole(one.years_to_recur, f"{path}.{_NAMES[name]}".strip("."), least=0)
    for name in ("weekdays", "weekday_lockouts"):
        for key in getattr(settings, name):
            if key not in WEEKDAY_KEYS:
                raise wrong(name, key, "unknown")
    for key, slots in settings.time_settings.items():
        if key not in WEEKDAY_KEYS and plugin_day(key) is None:
            raise wrong("time_settings", key, "unknown")
        for slot in slots:
            if slot_minutes(slot.from_slot_hrs, slot.from_slot_min) is None:
                raise wrong("time_settings", slot.from_slot_hrs)
            if slot_minutes(slot.to_slot_hrs, slot.to_slot_min) is None:
                raise wrong("time_settings", slot.to_slot_hrs)
    duration = settings.duration
    if duration is not None:
        if duration.duration < 1 or duration.duration > 10_000 or duration.duration_min < 0:
            raise wrong("duration", duration.duration, "range")
        for clock in (duration.first_duration, duration.end_duration):
            if clock:
                read_clock(clock, f"{path}.{_NAMES['duration']}".strip("."))
    for block in settings.fixed_blocks:
        if block.number_of_days < 1:
            raise wrong("fixed_blocks", block.number_of_days, "range")
    numbers = [settings.night_lockout, settings.min_nights, settings.max_nights, settings.advance_hours]
    numbers += [
        *settings.weekday_lockouts.values(),
        *settings.specific_dates.values(),
        *settings.holidays.values(),
    ]
    numbers += [settings.min_persons, settings.max_persons]
    numbers += [slot.lockout_slot for slots in settings.time_settings.values() for slot in slots]
    if any(not 0 <= value < 2**31 for value in numbers):
        raise wrong("night_lockout", None, "range")
    for name in settings.resource_costs:
        read_whole(name, f"{path}.{_NAMES['resource_costs']}".strip("."), least=1)


def slot_minutes(hours: str, minutes: str) -> int | None:
    """``09``, ``30`` as minutes of the day; None for no time."""
    try:
        hour, minute = int(hours), int(minutes or 0)
    except ValueError:
        return None
    return hour * 60 + minute if 0 <= hour <= 24 and 0 <= minute <= 59 and hour * 60 + minute <= 1440 else None
