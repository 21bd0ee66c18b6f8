"""Every refusal in the vendor's words: type of error -> status, code and message (README, "Errors").

Codes are the contract, messages are for people. A refusal of a parameter is an ``Invalid`` with a field such as
``booking.start_date``; the first part of the field decides the prefix of the code.
"""

from datetime import datetime
from typing import Any

from frontdesk.errors import (
    AnswerTooLarge,
    BalanceRefused,
    BodyTooLarge,
    Conflict,
    DomainError,
    Duplicate,
    Forbidden,
    IdempotencyConflict,
    IdempotencyInFlight,
    InUse,
    Invalid,
    InvalidTransition,
    MalformedBody,
    NotAvailable,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    StaleVersion,
    TooLate,
    Unauthenticated,
    Vetoed,
)
from frontdesk.schedule import UNLIMITED
from frontdesk.wordpress.legacy import LegacyError


class ZeroId(NotFound):
    """The id in the path is 0."""


class IdOfAnotherKind(NotFound):
    """The id in the path belongs to a record of another kind."""


_BOOKING = "bkap_api_booking_"
_PRODUCT = "bkap_api_product_"
_AUTHENTICATION = "woocommerce_api_authentication_error"

#: Status, code and message by type; ``{kind}`` and ``{id}`` are those of the error.
_REPLIES: dict[type[DomainError], tuple[int, str, str]] = {
    NotFound: (404, "woocommerce_api_no_{kind}_found", "No {kind} found with the ID equal to {id}"),
    ZeroId: (404, "woocommerce_api_invalid_{kind}_id", "Invalid {kind} ID"),
    IdOfAnotherKind: (404, "woocommerce_api_invalid_{kind}", "Invalid {kind}"),
    Vetoed: (400, f"{_BOOKING}create_booking_error", "The booking was refused"),
    BalanceRefused: (400, f"{_BOOKING}create_booking_error", "The booking cannot be paid for in this way"),
    TooLate: (400, f"{_BOOKING}invalid_parameter", "It is too late for this change"),
    InvalidTransition: (400, f"{_BOOKING}invalid_booking_status", "The booking cannot be given this status"),
    AnswerTooLarge: (400, f"{_BOOKING}invalid_parameter", "Too many records are asked for: pass limit and page"),
    StaleVersion: (412, "woocommerce_api_stale_version", "The record has changed since it was read"),
    Duplicate: (400, "woocommerce_api_duplicate", "This value is taken already"),
    InUse: (400, "woocommerce_api_in_use", "Something else still needs this"),
    Conflict: (400, "woocommerce_api_conflict", "The request clashes with what is stored"),
    Unauthenticated: (401, _AUTHENTICATION, "Consumer key is invalid."),
    Forbidden: (401, _AUTHENTICATION, "The API key provided does not have the permissions needed"),
    # ``LegacyServer`` words these two itself; they stand here for the OpenAPI document.
    IdempotencyConflict: (422, "woocommerce_api_idempotency_conflict", "This idempotency key was used already"),
    IdempotencyInFlight: (409, "woocommerce_api_idempotency_in_flight", "This request is still being handled"),
    MalformedBody: (400, "woocommerce_api_missing_callback_param", "Missing parameter data"),
    BodyTooLarge: (413, "woocommerce_api_request_entity_too_large", "The request body is too large"),
    RateLimited: (429, "woocommerce_api_rate_limit", "Too many requests. Please try again later"),
    ServiceUnavailable: (
        503,
        "woocommerce_api_service_unavailable",
        "The service is temporarily unavailable. Please try again later",
    ),
}
#: The vendor's names for core's kinds of record.
_KINDS = {"booking": "bkap_booking", "resource": "bkap_resource", "service": "product", "variant": "product"}
#: Messages for a balance that another dialect's booking is paid with.
_BALANCES = {
    "package": "The package of this booking has too few appointments left",
    "gift_card": "The gift card of this booking cannot pay for it",
}

_PREFIXES = {
    "booking": _BOOKING,
    "bookings": _BOOKING,
    "availability": _BOOKING,
    "product": _PRODUCT,
    "products": _PRODUCT,
    "new_product": _PRODUCT,
    "resources": "bkap_api_resource_",
}
_DATE_FORMAT = "in the Y-m-d format. Ex: 2021-09-11"
_TIME_FORMAT = "in the H:i format. Ex: 23:15"
_TYPES = "only_day, multiple_days, date_time, duration_time, multidates, multidates_fixedtime"
_REQUIRED = "is required to create a Booking Product"

#: ``Invalid`` by field and reason ("*" is every other reason): code without its prefix, message, and a detail where the
#: vendor's message does not say enough.
_INVALID: dict[tuple[str, str], tuple[str, ...]] = {
    ("booking.product_id", "missing"): ("invalid_product_id", "Product ID is required to create a Booking"),
    ("booking.product_id", "unknown"): ("user_invalid_product", "The provided Product ID is invalid"),
    ("booking.variation_id", "unknown"): ("user_invalid_product", "The provided Variation ID is invalid"),
    ("booking.price", "missing"): ("empty_booking_price", "Please provide the Price for the Booking"),
    ("booking.order_id", "unknown"): ("user_invalid_order", "The provided Order ID is invalid"),
    ("booking.customer_id", "unknown"): ("invalid_customer_id", "The provided Customer ID is invalid"),
    ("booking.start_date", "missing"): ("empty_booking_start_date", "Please provide the Start Date"),
    ("booking.start_date", "*"): ("invalid_booking_start_date", f"Please provide the Start Date {_DATE_FORMAT}"),
    ("booking.end_date", "missing"): ("empty_booking_end_date", "Please provide the End Date"),
    ("booking.end_date", "range"): ("invalid_booking_end_date", "The End Date does not go with the Start Date"),
    ("booking.end_date", "*"): ("invalid_booking_end_date", f"Please provide the End Date {_DATE_FORMAT}"),
    ("booking.start_time", "missing"): ("empty_booking_start_time", "Please provide the Start Time"),
    ("booking.start_time", "*"): ("invalid_booking_start_time", f"Please provide the Start Time {_TIME_FORMAT}"),
    ("booking.end_time", "missing"): ("empty_booking_end_time", "Please provide the End Time"),
    ("booking.end_time", "range"): ("invalid_booking_end_time", "The End Time must be after the Start Time"),
    ("booking.end_time", "*"): ("invalid_booking_end_time", f"Please provide the End Time {_TIME_FORMAT}"),
    ("booking.duration", "missing"): ("empty_booking_duration", "Please provide the Duration"),
    ("booking.fixed_block", "choice"): (
        "create_booking_error",
        "The product has no fixed block of this length from this day",
    ),
    ("booking.resource_id", "type"): (
        "invalid_resource_data_format",
        "Please provide the Resource ID as a number or a list of numbers",
    ),
    ("booking.resource_id", "unknown"): ("invalid_resource_id", "The provided Resource ID is invalid"),
    ("booking.dates", "missing"): ("empty_booking_dates", "Please provide the Booking Dates."),
    ("booking.dates", "type"): ("invalid_booking_dates", "Please provide the Booking Dates as a list"),
    ("booking.dates", "count"): ("invalid_date_count", "The number of dates is not one that this product allows"),
    ("booking.dates.date", "missing"): ("missing_date_parameter", "A date is missing in the dates"),
    ("booking.dates.date", "*"): ("invalid_booking_date", f"Please provide the dates {_DATE_FORMAT}"),
    ("booking.dates.time", "missing"): ("missing_time_parameter", "A time is missing in the dates"),
    ("booking.status", "*"): (
        "invalid_booking_status",
        "Booking Status provided is invalid. Use -> pending-confirmation, confirmed, paid, cancelled",
    ),
    ("booking.id", "*"): ("invalid_booking_id", "The provided Booking ID is invalid"),
    ("availability.product_id", "missing"): ("required_parameter", "Please provide a Product ID to continue."),
    ("availability.dates", "range"): (
        "date_error",
        "Start Date must not be greater than End Date. Please provide a valid date.",
    ),
    ("availability.dates", "*"): ("date_error", "The dates cannot be used as a range"),
    ("availability.start_date", "format"): ("invalid_parameter", f"Please provide the Start Date {_DATE_FORMAT}"),
    ("availability.end_date", "format"): ("invalid_parameter", f"Please provide the End Date {_DATE_FORMAT}"),
    ("availability.person_ids", "type"): ("invalid_parameter", "Person IDs must be an array"),
    ("booking.person_ids", "type"): ("invalid_parameter", "Person IDs must be an array"),
    ("bookings.variation_id", "conflict"): (
        "invalid_parameter",
        "Product ID and Variation ID cannot be set at the same time",
    ),
    ("bookings.status", "*"): (
        "invalid_parameter",
        "Booking Status provided is invalid. Use -> draft, cancelled, confirmed, paid, pending-confirmation",
    ),
    ("products.booking_type", "choice"): ("invalid_booking_type", f"Booking Type provided is invalid. Use -> {_TYPES}"),
    ("new_product.booking_type", "*"): (
        "invalid_booking_type",
        "Booking Type provided is invalid. Allowed Booking Types are: 0, 1, 2, 3, 4, 5",
        f"Use {_TYPES}",
    ),
    ("product.id", "unknown"): ("invalid_product_id", "The provided Product ID is invalid"),
    ("product.booking", "missing"): (
        "booking_data_not_found",
        "Booking Data not found. Please pass Booking data for this Product in an array with name: booking",
    ),
    ("product.product_title", "missing"): ("missing_product_title", f"Product Title {_REQUIRED}"),
    ("product.product_price", "missing"): ("missing_product_title", f"Product Price {_REQUIRED}"),
    ("product.product_type", "missing"): ("missing_product_type", f"Product Type {_REQUIRED}"),
    ("product.product_type", "choice"): ("invalid_product_type", "Product Type provided is invalid"),
    ("product.booking_type", "missing"): ("missing_required_parameter", f"Booking Type {_REQUIRED}"),
}
_IDS = frozenset({"product_id", "variation_id", "customer_id", "order_id", "resource_id"})

#: ``NotAvailable`` by reason: the message, unless the error has numbers that say more.
_UNAVAILABLE = {
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
#: Reasons for which the vendor has one code and message; ours becomes the detail.
_FULL_REASONS = frozenset({"full", "closed", "past", "notice", "horizon", "grid", "weekday"})

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PROBLEMS = {
    "type": "is not of the type that is expected",
    "format": "is not in the format that is expected",
    "missing": "is missing",
    "choice": "is not one of the values that are allowed",
    "range": "is out of range",
    "conflict": "does not go with the other parameters",
}


def to_legacy_error(error: Exception) -> LegacyError | None:
    """The vendor's refusal for an error; None where the error is no refusal."""
    if isinstance(error, Invalid):
        return _to_invalid(error)
    if isinstance(error, NotAvailable):
        return _to_unavailable(error)
    if isinstance(error, AnswerTooLarge) and error.unit != "records":
        return _to_invalid(Invalid(field="availability.dates", reason="length"))
    for cls in type(error).__mro__:
        if cls in _REPLIES:
            status, code, message = _REPLIES[cls]
            if isinstance(error, NotFound):
                kind = _KINDS.get(error.kind, error.kind or "record")
                code, message = code.format(kind=kind), message.format(kind=kind, id=error.id)
            if isinstance(error, Vetoed):
                message = error.reason or message
            if isinstance(error, BalanceRefused):
                message = _BALANCES.get(error.kind, message)
            retry_after = getattr(error, "retry_after", None)
            headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
            return LegacyError(code, message, status, headers=headers)
    return None


def _to_unavailable(error: NotAvailable) -> LegacyError:
    message = _unavailable_message(error)
    if error.reason in _FULL_REASONS:
        return LegacyError(f"{_BOOKING}full_booking_error", "Max limit are reached for booking.", detail=message)
    return LegacyError(f"{_BOOKING}create_booking_error", message)


def _to_invalid(error: Invalid) -> LegacyError:
    group, _, name = error.field.partition(".")
    prefix = _PREFIXES.get(group)
    if prefix is None:
        return LegacyError(f"{_BOOKING}invalid_parameter", "A parameter provided is invalid")
    reply = _INVALID.get((error.field, error.reason)) or _INVALID.get((error.field, "*"))
    if reply:
        code, message, *details = reply
        detail = _parameter_message(name, error) if error.limit is not None else "".join(details)
        return LegacyError(f"{prefix}{code}", message, detail=detail)
    if name == "limit":
        message = "Limit parameter must be numeric"
    elif name in _IDS and error.reason == "unknown":
        noun = name.removesuffix("_id").capitalize()
        message = f"No valid {noun} has been found for the {noun} ID provided"
    else:
        # A malformed id has a field of its own, because an unknown id has another code.
        message = _parameter_message(name.removesuffix("_number"), error)
    return LegacyError(f"{prefix}invalid_parameter", message)


# -- messages ---------------------------------------------------------------------------------------------------------


def _unavailable_message(error: NotAvailable) -> str:
    """Why a booking is not available, with the limit it breaks."""
    limit, requested = error.limit, error.requested
    if error.reason == "full" and 0 <= error.remaining < min(requested, UNLIMITED):
        return f"{_count(requested, 'place')} asked for, {error.remaining} left"
    if error.reason == "notice" and isinstance(limit, datetime):
        return f"The earliest start is {_instant(limit)}"
    if error.reason == "horizon" and isinstance(limit, datetime):
        return f"Bookings must lie before {_instant(limit)}"
    if error.reason == "weekday" and limit:
        return f"Bookings can only start on {', '.join(_WEEKDAYS[weekday - 1] for weekday in limit)}"
    if error.reason == "persons" and error.detail:
        bound = "maximum" if error.detail == "too many" else "minimum"
        return f"{_count(requested, 'person')} asked for; the {bound} is {limit}"
    if error.reason == "duration" and error.unit and error.detail in ("too long", "too short"):
        length, unit = error.unit
        bound = "maximum" if error.detail == "too long" else "minimum"
        return f"{_count(requested * length, unit)} asked for; the {bound} is {_count(limit * length, unit)}"
    if error.reason == "duration" and error.unit:
        return f"The length must be a multiple of {_count(*error.unit)}"
    return _UNAVAILABLE.get(error.reason, "The booking cannot be made")


def _parameter_message(name: str, error: Invalid) -> str:
    """What is wrong with a parameter, with the limit it breaks."""
    limit, value = error.limit, error.value
    if error.reason == "unknown":
        return f"No {name.removesuffix('_id')} has been found for the {name} provided"
    if error.reason == "count" and isinstance(limit, tuple):
        minimum, maximum = limit
        allowed = f"exactly {minimum}" if minimum == maximum else f"{minimum} to {maximum}"
        return f"{_count(value, 'date')} provided; this product takes {allowed}"
    if error.reason == "span":
        return f"At most {_count(limit, 'day')} can be asked for at once, fewer with many resources"
    if error.reason == "range" and isinstance(limit, int):
        bound = "at least" if _is_less(value, limit) else "at most"
        return f"The parameter {name} must be {bound} {limit}"
    return f"The parameter {name} {_PROBLEMS.get(error.reason, 'is not valid')}"


def _is_less(value: Any, limit: int) -> bool:
    try:
        return float(value) < limit
    except (TypeError, ValueError, OverflowError):
        return False


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"
