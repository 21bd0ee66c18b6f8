"""A product's price, places and weekly hours in its booking settings: read off them, and changed in them."""

from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from frontdesk.errors import Invalid
from frontdesk.records import Service, ServiceOffer, WeeklyOpening
from frontdesk.schedule import check_whole_days
from plugins.bkap.schemas import SLOT_TYPES, WEEKDAY_KEYS, DurationSettings, Settings, TimeSlot
from plugins.bkap.translate.settings import slot_minutes
from plugins.bkap.translate.values import format_minutes, read_time

_DAY = 1440
_BY_TIME = "a product that is booked by duration has the same hours on every day it is open"


def _key(weekday: int) -> str:
    """The plugin's name of an ISO weekday."""
    return WEEKDAY_KEYS[weekday % 7]


def to_offer(service: Service, settings: Settings) -> ServiceOffer:
    """What the product costs, how many it takes at one time, and when."""
    notes = {}
    if settings.special_prices or any(slot.slot_price for slots in settings.time_settings.values() for slot in slots):
        notes["price"] = "Some days or times have prices of their own, which stay."
    if settings.booking_type == "multiple_days" and (settings.price_ranges or settings.fixed_blocks):
        notes["price"] = "Ranges and fixed blocks have prices of their own, which stay."
    if has_slots(settings):
        notes["hours"] = "Each time is one start."
    if settings.custom_ranges or settings.month_ranges:
        notes["hours"] = f"{notes.get('hours', '')} They hold in the product's date ranges only.".strip()
    if len(set(_lockouts(settings))) > 1:
        notes["capacity"] = "Days or times differ; a new number is for all of them."
    return ServiceOffer(
        price=_block_price(settings) or service.price,
        capacity=max(_lockouts(settings), default=0) or None,
        hours=weekly_hours(settings),
        notes=notes,
    )


def has_slots(settings: Settings) -> bool:
    """Does the product list its times?"""
    return settings.booking_type in SLOT_TYPES and bool(settings.time_settings)


def _block_price(settings: Settings) -> Decimal | None:
    """The price of one duration, where that counts instead of the product's."""
    by_duration = settings.booking_type == "duration_time" and settings.duration is not None
    return settings.duration.duration_price if by_duration and settings.duration.duration_price > 0 else None  # type: ignore[union-attr]  # by_duration


def _lockouts(settings: Settings) -> list[int]:
    """The places of every open day or time, 0 without limit."""
    if settings.booking_type == "multiple_days":
        return [settings.night_lockout]
    if settings.booking_type == "duration_time":
        return [settings.duration.duration_max_booking if settings.duration else 0]
    if has_slots(settings):
        return [slot.lockout_slot for _, slots in _weekday_slots(settings) for slot in slots]
    return [settings.weekday_lockouts.get(_key(weekday), 0) for weekday in _open_weekdays(settings)]


def _open_weekdays(settings: Settings) -> list[int]:
    return [weekday for weekday in range(1, 8) if settings.weekdays.get(_key(weekday)) == "on"]


def _weekday_slots(settings: Settings) -> list[tuple[int, Sequence[TimeSlot]]]:
    return [(weekday, settings.time_settings.get(_key(weekday), ())) for weekday in _open_weekdays(settings)]


# -- hours ------------------------------------------------------------------------------------------------------------


def weekly_hours(settings: Settings) -> tuple[WeeklyOpening, ...]:
    """The openings of an ordinary week; a listed time is an opening of its own."""
    if has_slots(settings):
        openings = [
            WeeklyOpening(weekday, *_slot_times(slot)) for weekday, slots in _weekday_slots(settings) for slot in slots
        ]
        return tuple(sorted(opening for opening in openings if opening.from_minute < opening.to_minute))
    first, last = 0, _DAY
    if settings.booking_type == "duration_time" and settings.duration is not None:
        first, last = _day_of(settings.duration)
    return tuple(WeeklyOpening(weekday, first, last) for weekday in _open_weekdays(settings))


def _slot_times(slot: TimeSlot) -> tuple[int, int]:
    end = slot_minutes(slot.to_slot_hrs, slot.to_slot_min) or _DAY
    return slot_minutes(slot.from_slot_hrs, slot.from_slot_min) or 0, end


def _day_of(duration: DurationSettings) -> tuple[int, int]:
    """When the day of a product by duration begins and ends; an end of 0:00 or 23:59 is none."""
    first = read_time(duration.first_duration, "first_duration") if duration.first_duration else 0
    end = read_time(duration.end_duration, "end_duration") if duration.end_duration else 0
    return first, _DAY if end in (0, _DAY - 1) else end


def with_hours(settings: Settings, openings: Sequence[WeeklyOpening]) -> Settings:
    """The settings with other weekly hours; dates with times of their own keep them.

    Raises:
        Invalid: These settings cannot say such hours.
    """
    changes: dict[str, Any] = {}
    if has_slots(settings):
        changes["time_settings"] = _slots(settings, openings)
    elif settings.booking_type == "duration_time":
        changes["duration"] = _with_day(settings.duration or DurationSettings(duration_max=0), openings)
    else:
        check_whole_days(openings)
    usual = max(_lockouts(settings), default=0)
    open_keys = {_key(opening.weekday) for opening in openings}
    opened = {key: usual for key in open_keys if settings.weekdays.get(key) != "on" and usual}
    lockouts = {key: places for key, places in settings.weekday_lockouts.items() if key in open_keys}
    changes["weekdays"] = {key: "on" if key in open_keys else "" for key in WEEKDAY_KEYS}
    changes["weekday_lockouts"] = lockouts | opened
    return msgspec.structs.replace(settings, **changes)


def _with_day(duration: DurationSettings, openings: Collection[WeeklyOpening]) -> DurationSettings:
    by_weekday = {opening.weekday: (opening.from_minute, opening.to_minute) for opening in openings}
    if len(by_weekday) < len(openings) or len(set(by_weekday.values())) > 1:
        raise Invalid(field="hours", reason=_BY_TIME)
    if not by_weekday or next(iter(by_weekday.values())) == _day_of(duration):
        return duration
    first, last = next(iter(by_weekday.values()))
    return msgspec.structs.replace(
        duration,
        first_duration=format_minutes(first) if first else "",
        end_duration=format_minutes(last) if last < _DAY else "",
    )


def _slots(settings: Settings, openings: Iterable[WeeklyOpening]) -> dict[str, list[TimeSlot]]:
    """Listed times by weekday and date; those that stay keep their price, places and notes."""
    usual = max(_lockouts(settings), default=0)
    slots = {key: listed for key, listed in settings.time_settings.items() if key not in WEEKDAY_KEYS}
    for opening in sorted(openings):
        key = _key(opening.weekday)
        listed = settings.time_settings.get(key, ())
        times = (opening.from_minute, opening.to_minute)
        before = next((slot for slot in listed if _slot_times(slot)[0] == opening.from_minute), None)
        if before is not None and _slot_times(before) == times:
            slots.setdefault(key, []).append(before)
            continue
        from_hours, from_minutes = format_minutes(opening.from_minute).split(":")
        to_hours, to_minutes = format_minutes(opening.to_minute).split(":")
        if (to_hours, to_minutes) == ("00", "00"):
            to_hours = "0"
        slots.setdefault(key, []).append(
            msgspec.structs.replace(
                before or TimeSlot(from_slot_hrs=from_hours, lockout_slot=usual),
                from_slot_hrs=from_hours,
                from_slot_min=from_minutes,
                to_slot_hrs=to_hours,
                to_slot_min=to_minutes,
            )
        )
    if not slots:
        raise Invalid(field="hours", reason="a product with listed times needs one at least; set its status instead")
    return slots


# -- places and price -------------------------------------------------------------------------------------------------


def with_capacity(settings: Settings, capacity: int) -> Settings:
    """The settings with this many places on every day or at every time of the week."""
    if settings.booking_type == "multiple_days":
        return msgspec.structs.replace(settings, night_lockout=capacity)
    if settings.booking_type == "duration_time":
        duration = settings.duration or DurationSettings(duration_max=0)
        return msgspec.structs.replace(
            settings, duration=msgspec.structs.replace(duration, duration_max_booking=capacity)
        )
    if has_slots(settings):
        times = {
            key: [msgspec.structs.replace(slot, lockout_slot=capacity) for slot in slots]
            if key in WEEKDAY_KEYS
            else slots
            for key, slots in settings.time_settings.items()
        }
        return msgspec.structs.replace(settings, time_settings=times)
    lockouts = {**settings.weekday_lockouts, **{_key(weekday): capacity for weekday in _open_weekdays(settings)}}
    return msgspec.structs.replace(settings, weekday_lockouts=lockouts)


def with_price(settings: Settings, price: Decimal) -> Settings:
    """The settings with another price of one duration, where that counts instead of the product's."""
    if _block_price(settings) is None or settings.duration is None:
        return settings
    duration = msgspec.structs.replace(settings.duration, duration_price=price)
    return msgspec.structs.replace(settings, duration=duration)
