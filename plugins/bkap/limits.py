"""The limit that a refusal is about, in a sentence for people."""

from datetime import datetime
from typing import Any

from core.domain.claims import UNLIMITED
from core.errors import Invalid, NotAvailable

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: What cannot be booked, by reason, where no number says more.
_REASONS = {
    "full": "Not enough places are left",
    "closed": "The date is not open for bookings",
    "past": "The date has passed",
    "notice": "The date is too soon",
    "horizon": "The date is too far ahead",
    "grid": "There is no such time slot",
    "duration": "The length of the booking is not one that this product allows",
    "weekday": "Bookings cannot start on this day",
    "persons": "The number of persons is not one that this product allows",
    "resource": "The resource cannot be booked for this product",
    "cancelled": "The booking is cancelled; only its status can be changed",
    "off": "Bookings are switched off for this product",
}
_KINDS = {
    "type": "is not of the type that is expected",
    "format": "is not in the format that is expected",
    "missing": "is missing",
    "choice": "is not one of the values that are allowed",
    "range": "is out of range",
    "conflict": "does not go with the other parameters",
}


def of_booking(error: NotAvailable) -> str:
    """Why a booking cannot be had: the limit it breaks, with its numbers where there are any."""
    limit, wanted = error.limit, error.wanted
    if error.reason == "full" and 0 <= error.left < min(wanted, UNLIMITED):
        return f"{_count(wanted, 'place')} asked for, {error.left} left"
    if error.reason == "notice" and isinstance(limit, datetime):
        return f"The earliest start is {_moment(limit)}"
    if error.reason == "horizon" and isinstance(limit, datetime):
        return f"Bookings must lie before {_moment(limit)}"
    if error.reason == "weekday" and limit:
        return f"Bookings can only start on {', '.join(_WEEKDAYS[number - 1] for number in limit)}"
    if error.reason == "persons" and error.detail:
        word = "maximum" if error.detail == "too many" else "minimum"
        return f"{_count(wanted, 'person')} asked for; the {word} is {limit}"
    if error.reason == "duration" and error.unit and error.detail in ("too long", "too short"):
        length, unit = error.unit
        word = "maximum" if error.detail == "too long" else "minimum"
        return f"{_count(wanted * length, unit)} asked for; the {word} is {_count(limit * length, unit)}"
    if error.reason == "duration" and error.unit:
        return f"The length must be a multiple of {_count(*error.unit)}"
    return _REASONS.get(error.reason, "The booking cannot be made")


def of_parameter(name: str, error: Invalid) -> str:
    """What is wrong with a parameter."""
    limit, value = error.limit, error.value
    if error.reason == "unknown":
        return f"No {name.removesuffix('_id')} has been found for the {name} provided"
    if error.reason == "count" and isinstance(limit, tuple):
        low, high = limit
        most = f"exactly {low}" if low == high else f"{low} to {high}"
        return f"{_count(value, 'date')} provided; this product takes {most}"
    if error.reason == "span":
        return f"At most {_count(limit, 'day')} can be asked for at once, fewer with many resources"
    if error.reason == "range" and isinstance(limit, int):
        word = "at least" if _is_less(value, limit) else "at most"
        return f"The parameter {name} must be {word} {limit}"
    return f"The parameter {name} {_KINDS.get(error.reason, 'is not valid')}"


def _is_less(value: Any, limit: int) -> bool:
    try:
        return float(value) < limit
    except (TypeError, ValueError, OverflowError):
        return False


def _count(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _moment(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
