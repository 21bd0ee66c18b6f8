"""Every refusal in the vendor's words, as tables: the error's type, then its status, code and wording.

``REPLIES`` covers the errors of core. ``REFUSALS`` covers ``Refused``, the plugin's error for what only the vendor
refuses; its ``reason`` names the row. Sources: README.md, "Errors".
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from frontdesk import errors
from frontdesk.wordpress.rest import WPError


class Refused(errors.DomainError):
    """A refusal that only this vendor has.

    Attributes:
        reason: The key of its row in ``REFUSALS``.
        values: What the wording's placeholders stand for.
        data: What stands beside the status in ``data`` of the reply.
    """

    fields = {"reason": "", "values": {}, "data": {}}
    reason: str
    values: Mapping[str, Any]
    data: Mapping[str, Any]

    def __init__(self, reason: str, *, data: Mapping[str, Any] | None = None, **values: Any) -> None:
        super().__init__(reason=reason, values=values, data=data or {})

    def __str__(self) -> str:
        return REFUSALS[self.reason].wording.format_map(self.values)


class InvalidHours(Refused, ValueError):
    """Opening hours that cannot be read; a ``ValueError`` too, so that an import can name the value."""


class UnknownInWrite(errors.NotFound):
    """A write names a record that does not exist; the vendor answers 400, where a read gets 404."""


class Row(NamedTuple):
    """How one refusal is answered; ``wording`` may have placeholders."""

    status: int
    code: str
    wording: str


_BOOKING = "woocommerce_bookings_rest_invalid_booking"
_DURATION = "woocommerce_bookings_rest_invalid_duration"
_RESOURCE_ID = "woocommerce_bookings_rest_invalid_resource_id"
_PRODUCT_ID = "woocommerce_bookings_rest_invalid_product_id"
_CANNOT_DELETE = "woocommerce_rest_cannot_delete"
_TRASH_UNSUPPORTED = "woocommerce_rest_trash_not_supported"
_INVALID_PARAM = "rest_invalid_param"

#: By ``Refused.reason``.
REFUSALS: dict[str, Row] = {
    # Any record.
    "already_trashed": Row(410, "woocommerce_rest_already_trashed", "The {kind} has already been deleted."),
    # Bookings.
    "status": Row(400, "woocommerce_bookings_rest_invalid_status", "Invalid status."),
    "dates_missing": Row(400, _BOOKING, "Start and end date are required."),
    "date_not_positive": Row(400, _BOOKING, "{name} date must be a positive number."),
    "cost_not_positive": Row(400, _BOOKING, "Cost must be a positive number."),
    "cost_range": Row(400, _INVALID_PARAM, "Cost value must be an array with exactly 2 numbers for between operators."),
    "duration": Row(400, _DURATION, "Invalid duration."),
    "too_short": Row(400, _BOOKING, "Requested time is less than the minimum duration."),
    "too_long": Row(400, _BOOKING, "Requested time exceeds the maximum duration."),
    "product_missing": Row(400, _BOOKING, "Product ID is required."),
    "product": Row(400, _PRODUCT_ID, "Invalid product ID."),
    "customer": Row(400, "woocommerce_bookings_rest_invalid_customer_id", "Invalid customer ID."),
    "parent_booking": Row(400, "woocommerce_bookings_rest_invalid_booking_id", "Invalid booking ID."),
    "order": Row(400, "woocommerce_bookings_rest_invalid_order_id", "Invalid order ID."),
    "order_item": Row(400, "woocommerce_bookings_rest_invalid_order_item_id", "Invalid order item ID."),
    "resource_missing": Row(400, _RESOURCE_ID, "Resource ID is required."),
    "no_resources": Row(400, _RESOURCE_ID, "Invalid resource ID. Bookable Product does not have resources."),
    "resource_automatic": Row(
        400, _RESOURCE_ID, "Invalid resource ID. Bookable Product has automatic resource assignment."
    ),
    "resource_not_offered": Row(400, _RESOURCE_ID, "Invalid resource ID. Resource ID does not exist for this product."),
    "resource_not_linked": Row(
        400, "woocommerce_rest_wc_booking_not_created", "Error: Resource not found, please try again"
    ),
    "booking_form": Row(400, _BOOKING, "{sentence}"),
    # Availability.
    "start_in_past": Row(400, "woocommerce_bookings_rest_invalid_start", "Start date must be in the future."),
    "end_before_start": Row(400, "woocommerce_bookings_rest_invalid_end", "End date must be after start date."),
    "resource_not_allowed": Row(400, _RESOURCE_ID, "Resource ID is not allowed."),
    "timezone_offset": Row(400, "woocommerce_bookings_rest_invalid_timezone_offset", "Invalid timezone offset."),
    # Products.
    "not_bookable": Row(400, "woocommerce_rest_product_invalid_id", "Not a bookable product."),
    "image": Row(400, "woocommerce_product_invalid_image_id", "#{image_id} is an invalid image ID."),
    "catalog_visibility": Row(400, "product_invalid_catalog_visibility", "Invalid catalog visibility option."),
    "tax_status": Row(400, "product_invalid_tax_status", "Invalid product tax status."),
    "sku": Row(400, "product_invalid_sku", "Invalid or duplicated SKU."),
    "person_type_name": Row(400, _INVALID_PARAM, "Invalid parameter(s): person_types"),
    # Categories.
    "category_name": Row(400, "empty_term_name", "A name is required for this term."),
    "category_parent": Row(400, "missing_parent", "Parent term does not exist."),
    # The real server answers this one with status 500.
    "category_slug": Row(
        400, "duplicate_term_slug", "The slug &#8220;{slug}&#8221; is already in use by another term."
    ),
    "category_trash": Row(501, _TRASH_UNSUPPORTED, "Resource does not support trashing."),
    "default_category": Row(400, _CANNOT_DELETE, "Default product category cannot be deleted."),
    "category_in_batch": Row(500, _CANNOT_DELETE, "The resource cannot be deleted."),
    # Resources.
    "resource_name": Row(400, "rest_missing_callback_param", "Missing parameter(s): name"),
    "resource_trash": Row(501, _TRASH_UNSUPPORTED, "The bookable_resource does not support trashing."),
    "resources_read_only": Row(
        405,
        "invalid-method",
        "Method 'WC_REST_CRUD_Controller::prepare_object_for_database' not implemented."
        " Must be overridden in subclass.",
    ),
    # Opening hours.
    "time_slots_missing": Row(400, "missing_time_slots", "Time slots are required."),
    "time_slots": Row(400, "invalid_time_slots", "Time slots must be a list."),
    "time_slot_fields": Row(400, "missing_time_fields", "Each time slot needs a start and an end time."),
    "time_slot_start": Row(400, "invalid_start_time", "Start time must be in the form HH:MM."),
    "time_slot_end": Row(400, "invalid_end_time", "End time must be in the form HH:MM."),
    "time_slot_range": Row(400, "invalid_time_range", "End time must be after start time."),
    "time_slot_overlap": Row(400, "overlapping_time_slots", "Time slots must not overlap."),
    "hours_list": Row(400, "invalid_time_slots", "{name} must be a list."),
    "hours_entry": Row(400, "invalid_time_slots", "Each entry must be an object."),
    "weekday": Row(400, "invalid_time_slots", "A weekday is a number from 1 to 7."),
    "date_missing": Row(400, "missing_date", "A date is required."),
    "date_form": Row(400, "missing_date", "The date must be in the form YYYY-MM-DD."),
    "date_unknown": Row(404, "date_not_found", "There is no override for this date."),
}

#: By ``NotAvailable.reason``; "persons" names its limit, see ``_not_available``.
UNAVAILABLE: dict[str, Row] = {
    "full": Row(409, _BOOKING, "Requested time is not available."),
    "closed": Row(409, _BOOKING, "Requested time is not available."),
    "grid": Row(409, _BOOKING, "Requested time is not available."),
    "weekday": Row(400, _BOOKING, "Sorry, bookings cannot start on this day."),
    "past": Row(400, _BOOKING, "Start date cannot be in the past."),
    "notice": Row(400, _DURATION, "Requested time is out of range."),
    "horizon": Row(400, _DURATION, "Requested time is out of range."),
    "duration": Row(400, _DURATION, "Invalid duration."),
    "resource": Row(400, _RESOURCE_ID, "Resource ID is required."),
}

#: By ``BalanceRefused.kind``: bookings of other dialects are paid with more than this vendor has, and changing one can
#: take more than is left.
_BALANCES = {
    "coupon": "The coupon cannot be used.",
    "package": "The package of this booking has too few appointments left.",
    "gift_card": "The gift card of this booking cannot pay for it.",
}


def _refused(error: Refused) -> WPError:
    row = REFUSALS[error.reason]
    return WPError(row.code, str(error), row.status, data=error.data)


def _invalid_id(status: int) -> Callable[[errors.NotFound], WPError]:
    names = {"booking": "wc_booking", "service": "product", "resource": "bookable_resource"}

    def reply(error: errors.NotFound) -> WPError:
        if error.kind == "category":
            return WPError("woocommerce_rest_term_invalid", "Resource does not exist.", status)
        return WPError(f"woocommerce_rest_{names.get(error.kind, error.kind)}_invalid_id", "Invalid ID.", status)

    return reply


def _not_available(error: errors.NotAvailable) -> WPError:
    if error.reason == "persons":
        bound = "minimum" if error.limit and error.requested < error.limit else "maximum"
        return WPError(_BOOKING, f"The {bound} persons per group is {error.limit}", 400)
    status, code, wording = UNAVAILABLE.get(error.reason, UNAVAILABLE["full"])
    return WPError(code, wording, status)


def _invalid(error: errors.Invalid) -> WPError:
    field = error.field or "body"
    data = {"params": {field: f"{field} is not valid."}}
    return WPError(_INVALID_PARAM, f"Invalid parameter(s): {field}", data=data)


def _duplicate(error: errors.Duplicate) -> WPError:
    if error.kind == "category":
        message = "A term with the name provided already exists with this parent."
        return WPError("term_exists", message, 400, data={"resource_id": error.id})
    if error.field == "sku":
        message = "Invalid or duplicated SKU."
        return WPError("product_invalid_sku", message, 400, data={"resource_id": error.id})
    return WPError(f"woocommerce_rest_{error.kind}_exists", f"Cannot create existing {error.kind}.", 400)


def _in_use(error: errors.InUse) -> WPError:
    kind = {"service": "bookable product", "resource": "bookable resource"}.get(error.kind, error.kind)
    return WPError(_CANNOT_DELETE, f"You cannot trash/delete a {kind} that has Bookings associated with it", 400)


def _stale(error: errors.StaleVersion) -> WPError:
    data = {"expected": error.expected_version, "found": error.actual_version}
    return WPError("woocommerce_rest_stale_version", "The resource has changed since it was read.", 412, data=data)


def _too_large(error: errors.AnswerTooLarge) -> WPError:
    """Our own answer: the vendor's server works on such a request until it is stopped."""
    if error.unit == "records":
        return WPError("rest_too_many_records", f"More than {error.limit} records match.", 400)
    params = {"max_date": f"At most {error.limit} {error.unit} fit into one answer."}
    return WPError(_INVALID_PARAM, "Invalid parameter(s): max_date", data={"params": params})


def _fixed(status: int, code: str, wording: str) -> Callable[[errors.DomainError], WPError]:
    return lambda error: WPError(code, wording, status)


def _retry(status: int, code: str, wording: str) -> Callable[[Any], WPError]:
    """A refusal that says after how many seconds to try again."""
    return lambda error: WPError(code, wording, status, headers={"Retry-After": str(error.retry_after)})


_CANNOT_VIEW = ("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.")
_SYNTAX_ERROR = {"json_error_code": 4, "json_error_message": "Syntax error"}

#: By type; a type without a row of its own takes its parent's.
REPLIES: dict[type[errors.DomainError], Callable[[Any], WPError]] = {
    Refused: _refused,
    UnknownInWrite: _invalid_id(400),
    errors.NotFound: _invalid_id(404),
    errors.Invalid: _invalid,
    errors.MalformedBody: lambda error: WPError(
        "rest_invalid_json", "Invalid JSON body passed.", 400, data=_SYNTAX_ERROR
    ),
    errors.BodyTooLarge: _fixed(413, "rest_request_too_large", "The request body is too large."),
    errors.NotAvailable: _not_available,
    errors.Duplicate: _duplicate,
    errors.InUse: _in_use,
    errors.InvalidTransition: _fixed(400, "woocommerce_bookings_rest_invalid_status", "Invalid status."),
    errors.TooLate: _fixed(400, _BOOKING, "It is too late to change this booking."),
    errors.StaleVersion: _stale,
    errors.IdempotencyConflict: _fixed(
        422, "rest_idempotency_conflict", "This idempotency key was used for another request."
    ),
    errors.IdempotencyInFlight: _fixed(
        409, "rest_idempotency_in_flight", "A request with this idempotency key is still being handled."
    ),
    errors.Conflict: _fixed(409, "rest_conflict", "The request conflicts with what is stored."),
    errors.BalanceRefused: lambda error: WPError("woocommerce_rest_invalid_coupon", _BALANCES[error.kind], 400),
    errors.Vetoed: lambda error: WPError(_BOOKING, error.reason or "Requested time is not available.", 409),
    errors.Unauthenticated: _fixed(401, *_CANNOT_VIEW),
    errors.Forbidden: _fixed(403, *_CANNOT_VIEW),
    errors.AnswerTooLarge: _too_large,
    errors.RateLimited: _retry(429, "rate_limit_exceeded", "Too many requests. Please try again later."),
    errors.ServiceUnavailable: _retry(
        503, "rest_service_unavailable", "The service is temporarily unavailable. Please try again later."
    ),
    errors.DomainError: _fixed(400, "rest_invalid_request", "The request could not be handled."),
}


def to_wp_error(error: Exception) -> WPError | None:
    """The vendor's reply to a refusal; None for an error that is no refusal."""
    if not isinstance(error, errors.DomainError):
        return None
    return next(REPLIES[kind](error) for kind in type(error).__mro__ if kind in REPLIES)
