"""Core's refusals in the vendor's words: one table (fact sheet, sections 1.8, 5.8 and 9.1)."""

from collections.abc import Callable
from typing import Any

from core import errors
from core.wordpress.rest import WPError

BOOKING = "woocommerce_bookings_rest_invalid_booking"


def _invalid_id(kind: str, status: int) -> WPError:
    names = {"booking": "wc_booking", "service": "product", "resource": "bookable_resource"}
    if kind == "category":
        return WPError("woocommerce_rest_term_invalid", "Resource does not exist.", status)
    return WPError(f"woocommerce_rest_{names.get(kind, kind)}_invalid_id", "Invalid ID.", status)


def _not_found(error: errors.NotFound) -> WPError:
    return _invalid_id(error.kind, 404)


_NOT_AVAILABLE: dict[str, tuple[str, str, int]] = {
    "full": (BOOKING, "Requested time is not available.", 409),
    "closed": (BOOKING, "Requested time is not available.", 409),
    "grid": (BOOKING, "Requested time is not available.", 409),
    "weekday": (BOOKING, "Sorry, bookings cannot start on this day.", 400),
    "past": (BOOKING, "Start date cannot be in the past.", 400),
    "notice": ("woocommerce_bookings_rest_invalid_duration", "Requested time is out of range.", 400),
    "horizon": ("woocommerce_bookings_rest_invalid_duration", "Requested time is out of range.", 400),
    "duration": ("woocommerce_bookings_rest_invalid_duration", "Invalid duration.", 400),
    "resource": ("woocommerce_bookings_rest_invalid_resource_id", "Resource ID is required.", 400),
}


def _not_available(error: errors.NotAvailable) -> WPError:
    if error.reason == "persons":
        word = "minimum" if error.limit and error.wanted < error.limit else "maximum"
        return WPError(BOOKING, f"The {word} persons per group is {error.limit}", 400)
    code, sentence, status = _NOT_AVAILABLE.get(error.reason, _NOT_AVAILABLE["full"])
    return WPError(code, sentence, status)


def _invalid(error: errors.Invalid) -> WPError:
    field = error.field or "body"
    facts = {field: f"{field} is not valid."}
    return WPError("rest_invalid_param", f"Invalid parameter(s): {field}", data={"params": facts})


def _duplicate(error: errors.Duplicate) -> WPError:
    if error.kind == "category":
        sentence = "A term with the name provided already exists with this parent."
        return WPError("term_exists", sentence, 400, data={"resource_id": error.id})
    if error.field == "sku":
        sentence = "Invalid or duplicated SKU."
        return WPError("product_invalid_sku", sentence, 400, data={"resource_id": error.id})
    return WPError(f"woocommerce_rest_{error.kind}_exists", f"Cannot create existing {error.kind}.", 400)


def _in_use(error: errors.InUse) -> WPError:
    kind = {"service": "bookable product", "resource": "bookable resource"}.get(error.kind, error.kind)
    sentence = f"You cannot trash/delete a {kind} that has Bookings associated with it"
    return WPError("woocommerce_rest_cannot_delete", sentence, 400)


def _known(code: str, sentence: str, status: int) -> Callable[[Any], WPError]:
    return lambda error: WPError(code, sentence, status)


def _stale(error: errors.StaleVersion) -> WPError:
    facts = {"expected": error.expected, "found": error.found}
    sentence = "The resource has changed since it was read."
    return WPError("woocommerce_rest_stale_version", sentence, 412, data=facts)


def _limited(error: errors.RateLimited) -> WPError:
    wait = {"Retry-After": str(error.retry_after)}
    return WPError("rate_limit_exceeded", "Too many requests. Please try again later.", 429, headers=wait)


def _too_large(error: errors.AnswerTooLarge) -> WPError:
    """No answer of the vendor's: its server works on such a request until it is stopped."""
    if error.what == "records":
        return WPError("rest_too_many_records", f"More than {error.limit} records match.", 400)
    params = {"max_date": f"At most {error.limit} {error.what} fit into one answer."}
    return WPError("rest_invalid_param", "Invalid parameter(s): max_date", data={"params": params})


#: Bookings of other dialects are paid with more than this one knows; changing them can need more than is left.
_BALANCES = {
    "coupon": "The coupon cannot be used.",
    "package": "The package of this booking has too few appointments left.",
    "gift_card": "The gift card of this booking cannot pay for it.",
}


def _unavailable(error: errors.ServiceUnavailable) -> WPError:
    wait = {"Retry-After": str(error.retry_after)}
    sentence = "The service is temporarily unavailable. Please try again later."
    return WPError("rest_service_unavailable", sentence, 503, headers=wait)


#: By class; a class without a row of its own takes its parent's.
REPLIES: dict[type[errors.DomainError], Callable[[Any], WPError]] = {
    errors.NotFound: _not_found,
    errors.Invalid: _invalid,
    errors.MalformedBody: lambda error: WPError(
        "rest_invalid_json",
        "Invalid JSON body passed.",
        400,
        data={"json_error_code": 4, "json_error_message": "Syntax error"},
    ),
    errors.BodyTooLarge: _known("rest_request_too_large", "The request body is too large.", 413),
    errors.NotAvailable: _not_available,
    errors.Duplicate: _duplicate,
    errors.InUse: _in_use,
    errors.InvalidTransition: _known("woocommerce_bookings_rest_invalid_status", "Invalid status.", 400),
    errors.TooLate: _known(BOOKING, "It is too late to change this booking.", 400),
    errors.StaleVersion: _stale,
    errors.IdempotencyConflict: _known(
        "rest_idempotency_conflict", "This idempotency key was used for another request.", 422
    ),
    errors.IdempotencyInFlight: _known(
        "rest_idempotency_in_flight", "A request with this idempotency key is still being handled.", 409
    ),
    errors.Conflict: _known("rest_conflict", "The request conflicts with what is stored.", 409),
    errors.BalanceRefused: lambda error: WPError("woocommerce_rest_invalid_coupon", _BALANCES[error.kind], 400),
    errors.Vetoed: lambda error: WPError(BOOKING, error.reason or "Requested time is not available.", 409),
    errors.Unauthenticated: _known("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.", 401),
    errors.Forbidden: _known("woocommerce_rest_cannot_view", "Sorry, you cannot view this resource.", 403),
    errors.AnswerTooLarge: _too_large,
    errors.RateLimited: _limited,
    errors.ServiceUnavailable: _unavailable,
    errors.DomainError: _known("rest_invalid_request", "The request could not be handled.", 400),
}


def to_wp_error(error: Exception) -> WPError | None:
    """The vendor's reply to a refusal of core; None for anything else."""
    if not isinstance(error, errors.DomainError):
        return None
    return next(REPLIES[kind](error) for kind in type(error).__mro__ if kind in REPLIES)
