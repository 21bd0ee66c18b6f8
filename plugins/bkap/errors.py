"""Every refusal as the vendor words it: status, code and message. Codes are the contract, messages are for people.

Inputs are refused as ``Invalid`` with a field such as ``booking.start_date``; its first part says whose code is meant.
"""

from core.errors import (
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
from core.wordpress.legacy import LegacyError
from plugins.bkap import limits

_BOOKING = "bkap_api_booking_"
_PRODUCT = "bkap_api_product_"
_CREATE = f"{_BOOKING}create_booking_error"
_AUTH = "woocommerce_api_authentication_error"

_TYPES = "only_day, multiple_days, date_time, duration_time, multidates, multidates_fixedtime"

#: (field, reason) -> code, message and, where the vendor's own sentence says too little, what is meant; reason "*"
#: stands for every other one.
_INVALID: dict[tuple[str, str], tuple[str, ...]] = {
    ("booking.product_id", "missing"): (
        f"{_BOOKING}invalid_product_id",
        "Product ID is required to create a Booking",
    ),
    ("booking.product_id", "unknown"): (
        f"{_BOOKING}user_invalid_product",
        "The provided Product ID is invalid",
    ),
    ("booking.variation_id", "unknown"): (
        f"{_BOOKING}user_invalid_product",
        "The provided Variation ID is invalid",
    ),
    ("booking.price", "missing"): (
        f"{_BOOKING}empty_booking_price",
        "Please provide the Price for the Booking",
    ),
    ("booking.order_id", "unknown"): (f"{_BOOKING}user_invalid_order", "The provided Order ID is invalid"),
    ("booking.customer_id", "unknown"): (
        f"{_BOOKING}invalid_customer_id",
        "The provided Customer ID is invalid",
    ),
    ("booking.start_date", "missing"): (
        f"{_BOOKING}empty_booking_start_date",
        "Please provide the Start Date",
    ),
    ("booking.start_date", "*"): (
        f"{_BOOKING}invalid_booking_start_date",
        "Please provide the Start Date in the Y-m-d format. Ex: 2021-09-11",
    ),
    ("booking.end_date", "missing"): (f"{_BOOKING}empty_booking_end_date", "Please provide the End Date"),
    ("booking.end_date", "range"): (
        f"{_BOOKING}invalid_booking_end_date",
        "The End Date does not go with the Start Date",
    ),
    ("booking.end_date", "*"): (
        f"{_BOOKING}invalid_booking_end_date",
        "Please provide the End Date in the Y-m-d format. Ex: 2021-09-11",
    ),
    ("booking.start_time", "missing"): (
        f"{_BOOKING}empty_booking_start_time",
        "Please provide the Start Time",
    ),
    ("booking.start_time", "*"): (
        f"{_BOOKING}invalid_booking_start_time",
        "Please provide the Start Time in the H:i format. Ex: 23:15",
    ),
    ("booking.end_time", "missing"): (f"{_BOOKING}empty_booking_end_time", "Please provide the End Time"),
    ("booking.end_time", "range"): (
        f"{_BOOKING}invalid_booking_end_time",
        "The End Time must be after the Start Time",
    ),
    ("booking.end_time", "*"): (
        f"{_BOOKING}invalid_booking_end_time",
        "Please provide the End Time in the H:i format. Ex: 23:15",
    ),
    ("booking.duration", "missing"): (f"{_BOOKING}empty_booking_duration", "Please provide the Duration"),
    ("booking.fixed_block", "choice"): (
        _CREATE,
        "The product has no fixed block of this length from this day",
    ),
    ("booking.resource_id", "type"): (
        f"{_BOOKING}invalid_resource_data_format",
        "Please provide the Resource ID as a number or a list of numbers",
    ),
    ("booking.resource_id", "unknown"): (
        f"{_BOOKING}invalid_resource_id",
        "The provided Resource ID is invalid",
    ),
    ("booking.dates", "missing"): (f"{_BOOKING}empty_booking_dates", "Please provide the Booking Dates."),
    ("booking.dates", "type"): (
        f"{_BOOKING}invalid_booking_dates",
        "Please provide the Booking Dates as a list",
    ),
    ("booking.dates", "count"): (
        f"{_BOOKING}invalid_date_count",
        "The number of dates is not one that this product allows",
    ),
    ("booking.dates.date", "missing"): (
        f"{_BOOKING}missing_date_parameter",
        "A date is missing in the dates",
    ),
    ("booking.dates.date", "*"): (
        f"{_BOOKING}invalid_booking_date",
        "Please provide the dates in the Y-m-d format. Ex: 2021-09-11",
    ),
    ("booking.dates.time", "missing"): (
        f"{_BOOKING}missing_time_parameter",
        "A time is missing in the dates",
    ),
    ("booking.status", "*"): (
        f"{_BOOKING}invalid_booking_status",
        "Booking Status provided is invalid. Use -> pending-confirmation, confirmed, paid, cancelled",
    ),
    ("booking.id", "*"): (f"{_BOOKING}invalid_booking_id", "The provided Booking ID is invalid"),
    ("availability.product_id", "missing"): (
        f"{_BOOKING}required_parameter",
        "Please provide a Product ID to continue.",
    ),
    ("availability.dates", "range"): (
        f"{_BOOKING}date_error",
        "Start Date must not be greater than End Date. Please provide a valid date.",
    ),
    ("availability.dates", "*"): (f"{_BOOKING}date_error", "The dates cannot be used as a range"),
    ("availability.start_date", "format"): (
        f"{_BOOKING}invalid_parameter",
        "Please provide the Start Date in the Y-m-d format. Ex: 2021-09-11",
    ),
    ("availability.end_date", "format"): (
        f"{_BOOKING}invalid_parameter",
        "Please provide the End Date in the Y-m-d format. Ex: 2021-09-11",
    ),
    ("availability.person_ids", "type"): (f"{_BOOKING}invalid_parameter", "Person IDs must be an array"),
    ("booking.person_ids", "type"): (f"{_BOOKING}invalid_parameter", "Person IDs must be an array"),
    ("bookings.variation_id", "conflict"): (
        f"{_BOOKING}invalid_parameter",
        "Product ID and Variation ID cannot be set at the same time",
    ),
    ("bookings.status", "*"): (
        f"{_BOOKING}invalid_parameter",
        "Booking Status provided is invalid. Use -> draft, cancelled, confirmed, paid, pending-confirmation",
    ),
    ("products.booking_type", "choice"): (
        f"{_PRODUCT}invalid_booking_type",
        f"Booking Type provided is invalid. Use -> {_TYPES}",
    ),
    ("created.booking_type", "*"): (
        f"{_PRODUCT}invalid_booking_type",
        "Booking Type provided is invalid. Allowed Booking Types are: 0, 1, 2, 3, 4, 5",
        f"Use {_TYPES}",
    ),
    ("product.id", "unknown"): (f"{_PRODUCT}invalid_product_id", "The provided Product ID is invalid"),
    ("product.booking", "missing"): (
        f"{_PRODUCT}booking_data_not_found",
        "Booking Data not found. Please pass Booking data for this Product in an array with name: booking",
    ),
    ("product.product_title", "missing"): (
        f"{_PRODUCT}missing_product_title",
        "Product Title is required to create a Booking Product",
    ),
    ("product.product_price", "missing"): (
        f"{_PRODUCT}missing_product_title",
        "Product Price is required to create a Booking Product",
    ),
    ("product.product_type", "missing"): (
        f"{_PRODUCT}missing_product_type",
        "Product Type is required to create a Booking Product",
    ),
    ("product.product_type", "choice"): (
        f"{_PRODUCT}invalid_product_type",
        "Product Type provided is invalid",
    ),
    ("product.booking_type", "missing"): (
        f"{_PRODUCT}missing_required_parameter",
        "Booking Type is required to create a Booking Product",
    ),
}
#: What the vendor calls the things that filters name.
_TITLES = {
    "product_id": "Product",
    "variation_id": "Variation",
    "customer_id": "Customer",
    "order_id": "Order",
    "resource_id": "Resource",
}
#: Parameters that are read under another name, because another refusal has theirs.
_PROPER = {
    "product_id_number": "product_id",
    "variation_id_number": "variation_id",
    "customer_id_number": "customer_id",
    "order_id_number": "order_id",
    "resource_number": "resource_id",
}
_GROUPS = {
    "booking": _BOOKING,
    "bookings": _BOOKING,
    "availability": _BOOKING,
    "product": _PRODUCT,
    "products": _PRODUCT,
    "resources": "bkap_api_resource_",
}

#: No place and no time: one code and one sentence of the vendor's for all of these.
_FULL = (f"{_BOOKING}full_booking_error", "Max limit are reached for booking.")
_FULL_REASONS = frozenset({"full", "closed", "past", "notice", "horizon", "grid", "weekday"})

#: The vendor's names of things, for what is not found by its path.
_KINDS = {"booking": "bkap_booking", "resource": "bkap_resource", "service": "product", "variant": "product"}

#: Bookings of other dialects are paid with more than this one knows; changing them can need more than is left.
_BALANCES = {
    "package": "The package of this booking has too few appointments left",
    "gift_card": "The gift card of this booking cannot pay for it",
}

#: Every other refusal: status, code, message.
_REPLIES: dict[type[DomainError], tuple[int, str, str]] = {
    Vetoed: (400, _CREATE, "The booking was refused"),
    BalanceRefused: (400, _CREATE, "The booking cannot be paid for in this way"),
    TooLate: (400, f"{_BOOKING}invalid_parameter", "It is too late for this change"),
    InvalidTransition: (400, f"{_BOOKING}invalid_booking_status", "The booking cannot be given this status"),
    StaleVersion: (412, "woocommerce_api_stale_version", "The record has changed since it was read"),
    Duplicate: (400, "woocommerce_api_duplicate", "This value is taken already"),
    InUse: (400, "woocommerce_api_in_use", "Something else still needs this"),
    Unauthenticated: (401, _AUTH, "Consumer key is invalid."),
    Forbidden: (401, _AUTH, "The API key provided does not have the permissions needed"),
    # The platform words these better, so they only stand here for whoever asks about them directly.
    IdempotencyConflict: (
        422,
        "woocommerce_api_idempotency_conflict",
        "This idempotency key was used already",
    ),
    IdempotencyInFlight: (
        409,
        "woocommerce_api_idempotency_in_flight",
        "This request is still being handled",
    ),
    Conflict: (400, "woocommerce_api_conflict", "The request clashes with what is stored"),
    MalformedBody: (400, "woocommerce_api_missing_callback_param", "Missing parameter data"),
    BodyTooLarge: (413, "woocommerce_api_request_entity_too_large", "The request body is too large"),
    AnswerTooLarge: (400, f"{_BOOKING}invalid_parameter", "Too many records are asked for: pass limit and page"),
    RateLimited: (429, "woocommerce_api_rate_limit", "Too many requests. Please try again later"),
    ServiceUnavailable: (
        503,
        "woocommerce_api_service_unavailable",
        "The service is temporarily unavailable. Please try again later",
    ),
}


def to_legacy_error(error: Exception) -> LegacyError | None:
    """The vendor's refusal for an error; None for what is no refusal at all."""
    if isinstance(error, Invalid):
        return _invalid(error)
    if isinstance(error, AnswerTooLarge) and error.what != "records":
        return LegacyError(*_INVALID["availability.dates", "*"])
    if isinstance(error, NotAvailable):
        reason = limits.of_booking(error)
        return LegacyError(*_FULL, detail=reason) if error.reason in _FULL_REASONS else LegacyError(_CREATE, reason)
    if isinstance(error, NotFound):
        kind = _KINDS.get(error.kind, error.kind or "record")
        text = f"No {kind} found with the ID equal to {error.id}"
        return LegacyError(f"woocommerce_api_no_{kind}_found", text, 404)
    for cls in type(error).__mro__:
        if cls in _REPLIES:
            status, code, message = _REPLIES[cls]
            if isinstance(error, BalanceRefused):
                message = _BALANCES.get(error.kind, message)
            retry_after = getattr(error, "retry_after", None)
            headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
            return LegacyError(code, message, status, headers=headers)
    return None


def _invalid(error: Invalid) -> LegacyError:
    known = _INVALID.get((error.field, error.reason)) or _INVALID.get((error.field, "*"))
    group, _, name = error.field.partition(".")
    if known:
        # The sentence is the vendor's; where there is a number to it, that stands beside it.
        code, message, *more = known
        detail = limits.of_parameter(name, error) if error.limit is not None else "".join(more)
        return LegacyError(code, message, detail=detail)
    prefix = _GROUPS.get(group)
    if prefix is None:
        return LegacyError(f"{_BOOKING}invalid_parameter", "A parameter provided is invalid")
    if name == "limit":
        return LegacyError(f"{prefix}invalid_parameter", "Limit parameter must be numeric")
    if name in _TITLES and error.reason == "unknown":
        title = _TITLES[name]
        text = f"No valid {title} has been found for the {title} ID provided"
        return LegacyError(f"{prefix}invalid_parameter", text)
    return LegacyError(f"{prefix}invalid_parameter", limits.of_parameter(_PROPER.get(name, name), error))
