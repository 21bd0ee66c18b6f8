"""A product's booking settings in the plugin's storage form: parsed and dumped (README, "The import document").

PHP writes an empty map as a list, numbers as text, and "" for a missing value. Parsing accepts that and nothing else.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from frontdesk.errors import Invalid
from frontdesk.importing import check_keys, check_value, convert, join_path
from plugins.bkap.schemas import BOOKING_TYPES, WEEKDAY_KEYS, Settings
from plugins.bkap.translate.resources import closes_only, is_readable, normalize_row
from plugins.bkap.translate.values import parse_settings_date, read_int, read_time

_NAMES = {field.name: field.encode_name for field in msgspec.structs.fields(Settings)}
#: Other keys of the same settings: those of the plugin's older, nested settings, and of its other meta keys.
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
_SETTING_NAMES = frozenset(_NAMES.values())
_TYPES = {field.encode_name: field.type for field in msgspec.structs.fields(Settings)}
_MAPS = {"weekdays", "weekday_lockouts", "specific_dates", "holidays", "time_settings", "resource_costs"}
_LISTS = {
    "special_prices", "custom_ranges", "month_ranges", "holiday_ranges", "fixed_blocks", "price_ranges", "resources",
    "time_availability",
}  # fmt: skip


#: Settings that only affect the shop's pages, or that repeat the booking type.
UNREAD = frozenset(
    {
        "booking_enable_multiple_day", "booking_enable_time", "enable_minimum_day_booking_multiple",
        "bkap_date_in_dropdown", "_bkap_date_in_dropdown", "_bkap_calendar_to_display", "bkap_calendar_to_display",
        "_bkap_calendar_icon", "_bkap_locale", "bkap_locale", "booking_dates_dropdown", "_bkap_gcal_integration_mode",
    }
)  # fmt: skip
#: Settings that restrict sales in a way that no plan can express; they are accepted while they are empty.
UNSUPPORTED = frozenset(
    {
        "wkpbk_block_single_week", "_bkap_week_blocking", "special_booking_start_weekday",
        "_bkap_special_booking_start_weekday", "special_booking_end_weekday", "_bkap_special_booking_end_weekday",
        "bkap_person_type", "_bkap_person_type", "_bkap_person_ids", "bkap_person_ids", "bkap_person_data",
        "_bkap_person_data", "_bkap_all_day_blocking",
    }
)  # fmt: skip
#: Switches that turn settings off, with the settings.
_SWITCHES = {
    "_bkap_enable_recurring": ("booking_recurring", "_bkap_recurring_weekdays"),
    "booking_recurring_booking": ("booking_recurring", "_bkap_recurring_weekdays"),
    "_bkap_enable_specific": ("booking_specific_date", "_bkap_specific_dates"),
    "booking_specific_booking": ("booking_specific_date", "_bkap_specific_dates"),
}
#: Every key that is allowed beside settings.
SETTING_KEYS = frozenset({*_SETTING_NAMES, *_ALIASES, *_ALIASES.values(), *_SWITCHES, *UNREAD, *UNSUPPORTED})


def switched_off(layer: Mapping[str, Any]) -> frozenset[str]:
    """The settings whose switch is off."""
    return frozenset(name for switch, names in _SWITCHES.items() if layer.get(switch, "on") != "on" for name in names)


def layer_settings(layer: Mapping[str, Any], path: str, off: Collection[str]) -> dict[str, Any]:
    """The settings of one layer of a product document; those that are ``off`` are empty.

    Raises:
        Invalid: One of them is not supported.
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
            raise Invalid(field=join_path(path, name), reason=reason)


#: Settings of the whole shop that the import ignores.
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
    """The holidays of the whole shop: a comma-separated text, or a list of dates."""
    check_keys(settings, {"booking_global_holidays", *_GLOBAL_UNREAD, *_GLOBAL_UNSUPPORTED}, path)
    _refuse_unsupported(settings, _GLOBAL_UNSUPPORTED, path)
    holidays = settings.get("booking_global_holidays") or []
    holidays_path = f"{path}.booking_global_holidays"
    days = holidays.split(",") if isinstance(holidays, str) else holidays
    if not isinstance(days, list):
        raise Invalid(field=holidays_path, reason="type", limit="dates are expected")
    for day in days:
        if parse_settings_date(day) is None:
            raise Invalid(field=holidays_path, reason="date", value=day)
    return {day.strip(): 0 for day in days}


def is_setting(name: str) -> bool:
    """Is a key of a product document a booking setting?"""
    return name in _SETTING_NAMES or name in _ALIASES


def read_settings(raw: Mapping[str, Any], path: str = "", paths: Mapping[str, str] | None = None) -> Settings:
    """Settings from the plugin's storage form; an alias counts only where the setting's own name is missing.

    Args:
        path: The path of ``raw`` in its document.
        paths: The paths of settings that are nested elsewhere, by name.

    Raises:
        Invalid: ``field`` is the path of the wrong setting.
    """
    values: dict[str, Any] = {}
    value_paths: dict[str, str] = {}
    for key, value in raw.items():
        name = _ALIASES.get(key, key)
        if name in _SETTING_NAMES and (key == name or name not in raw):
            values[name] = value
            value_paths[name] = (paths or {}).get(key, f"{path}.{key}".strip("."))
    plain = {}
    for attribute, name in _NAMES.items():
        if name not in values:
            continue
        value = _without_php(values[name], attribute)
        if value is not None:
            check_value(value, _TYPES[name], value_paths[name])
            plain[name] = value
    settings = convert(plain, Settings, path)
    _Checks(settings, path, value_paths).run()
    return msgspec.structs.replace(
        settings,
        resource_selection="automatic" if "automatic" in settings.resource_selection else "customer",
        resource_selection_type="multiple" if "multiple" in settings.resource_selection_type else "single",
        enable="on" if settings.is_on else "off",
    )


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
    """A stored value as its type expects it: no empty list for an empty map, no map for a list; None for no value."""
    if value is None or value == "":
        return None
    if attribute in _MAPS and value == []:
        return None
    if attribute in _LISTS and isinstance(value, Mapping):
        value = list(value.values())
    if attribute == "duration" and value == []:
        return None
    if attribute == "time_settings" and isinstance(value, Mapping):
        return {key: [_without_empty_fields(row) for row in _rows(rows)] for key, rows in value.items()}
    if attribute == "resources" and isinstance(value, list):
        return value
    if attribute == "time_availability" and isinstance(value, list):
        return [normalize_row(row) for row in value]
    if attribute in _LISTS and isinstance(value, list):
        return [_without_empty_fields(row) for row in value]
    if attribute == "all_unavailable" and value == []:
        return None
    if attribute in _MAPS and isinstance(value, Mapping):
        texts = attribute == "weekdays"
        return {str(key): ("" if texts else 0) if item in (None, "") else item for key, item in value.items()}
    return _without_empty_fields(value) if attribute in ("duration", "cancellation") else value


def _rows(rows: Any) -> list[Any]:
    return list(rows.values()) if isinstance(rows, Mapping) else rows if isinstance(rows, list) else [rows]


def _without_empty_fields(row: Any) -> Any:
    """A row without its empty fields, and with texts where the settings have texts."""
    if not isinstance(row, Mapping):
        return row
    fields = {key: value for key, value in row.items() if value not in (None, "")}
    for name in (
        "years_to_recur", "range_type", "start_day", "end_day", "from_slot_hrs", "from_slot_min", "to_slot_hrs",
        "to_slot_min", "first_duration", "end_duration",
    ):  # fmt: skip
        if isinstance(fields.get(name), int) and not isinstance(fields[name], bool):
            fields[name] = str(fields[name])
    if "duration_type" not in fields and isinstance(fields.get("duration"), (int, str)) and "period" in fields:
        fields["duration"] = str(fields["duration"])
    return fields


class _Checks:
    """Checks of settings that their types cannot express."""

    def __init__(self, settings: Settings, path: str, value_paths: Mapping[str, str]) -> None:
        self.settings = settings
        self.path = path
        self.value_paths = value_paths

    def run(self) -> None:
        """Raise ``Invalid`` for the first setting that is wrong."""
        self._check_time_availability()
        if self.settings.booking_type not in BOOKING_TYPES:
            raise self._invalid("booking_type", self.settings.booking_type, "choice")
        self._check_dates()
        self._check_weekdays()
        self._check_time_slots()
        self._check_lengths()
        self._check_numbers()

    def _invalid(self, attribute: str, value: Any, reason: str = "format") -> Invalid:
        name = _NAMES[attribute]
        return Invalid(field=self.value_paths.get(name, self._path(attribute)), reason=reason, value=value)

    def _path(self, attribute: str) -> str:
        return f"{self.path}.{_NAMES[attribute]}".strip(".")

    def _check_time_availability(self) -> None:
        rows = self.settings.time_availability
        for row in rows:
            if row.bookable not in ("0", "1") or not is_readable(row):
                raise self._invalid("time_availability", f"{row.type} {row.from_} {row.to}")
        if rows and not closes_only(rows, self.settings.is_all_unavailable):
            reason = "opens parts of what is closed, which cannot be taken in; write the times that are open as slots"
            raise self._invalid("time_availability", None, reason)

    def _check_dates(self) -> None:
        for name in ("specific_dates", "holidays"):
            for day in getattr(self.settings, name):
                if parse_settings_date(day) is None:
                    raise self._invalid(name, day)
        for name in ("custom_ranges", "month_ranges", "holiday_ranges"):
            for date_range in getattr(self.settings, name):
                start, end = parse_settings_date(date_range.start), parse_settings_date(date_range.end)
                if start is None or end is None or start > end:
                    raise self._invalid(name, date_range.start)
                if date_range.years_to_recur:
                    read_int(date_range.years_to_recur, self._path(name), minimum=0)

    def _check_weekdays(self) -> None:
        for name in ("weekdays", "weekday_lockouts"):
            for key in getattr(self.settings, name):
                if key not in WEEKDAY_KEYS:
                    raise self._invalid(name, key, "unknown")

    def _check_time_slots(self) -> None:
        for key, slots in self.settings.time_settings.items():
            if key not in WEEKDAY_KEYS and parse_settings_date(key) is None:
                raise self._invalid("time_settings", key, "unknown")
            for slot in slots:
                if slot_minutes(slot.from_slot_hrs, slot.from_slot_min) is None:
                    raise self._invalid("time_settings", slot.from_slot_hrs)
                if slot_minutes(slot.to_slot_hrs, slot.to_slot_min) is None:
                    raise self._invalid("time_settings", slot.to_slot_hrs)

    def _check_lengths(self) -> None:
        duration = self.settings.duration
        if duration is not None:
            if duration.duration < 1 or duration.duration > 10_000 or duration.duration_min < 0:
                raise self._invalid("duration", duration.duration, "range")
            for day_time in (duration.first_duration, duration.end_duration):
                if day_time:
                    read_time(day_time, self._path("duration"))
        for block in self.settings.fixed_blocks:
            if block.number_of_days < 1:
                raise self._invalid("fixed_blocks", block.number_of_days, "range")

    def _check_numbers(self) -> None:
        settings = self.settings
        numbers: list[int | Decimal] = [
            settings.night_lockout,
            settings.min_nights,
            settings.max_nights,
            settings.advance_hours,
            settings.min_persons,
            settings.max_persons,
            *settings.weekday_lockouts.values(),
            *settings.specific_dates.values(),
            *settings.holidays.values(),
            *(slot.lockout_slot for slots in settings.time_settings.values() for slot in slots),
        ]
        if any(not 0 <= number < 2**31 for number in numbers):
            raise self._invalid("night_lockout", None, "range")
        for resource_id in settings.resource_costs:
            read_int(resource_id, self._path("resource_costs"), minimum=1)


def slot_minutes(hours: str, minutes: str) -> int | None:
    """``09``, ``30`` as minutes since midnight; None where it is no time."""
    try:
        hour, minute = int(hours), int(minutes or 0)
    except ValueError:
        return None
    return hour * 60 + minute if 0 <= hour <= 24 and 0 <= minute <= 59 and hour * 60 + minute <= 1440 else None
