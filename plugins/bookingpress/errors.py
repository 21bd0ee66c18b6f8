"""How refusals reach people: the vendor's notice for business rules, WordPress's error object for everything else.

``NOTICES`` words what the plugin itself refuses, ``WRITES`` and ``READS`` what core refuses, ``ENVELOPES`` what looks
the same for reads and writes. An error class without a row takes its parent's.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from frontdesk import ErrorReply
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
    MalformedBody,
    NotAvailable,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    StaleVersion,
    Unauthenticated,
    Vetoed,
)
from frontdesk.wordpress.rest import DialectRefusal, WPError

T = TypeVar("T")

WENT_WRONG = "Something went wrong.."
TAKEN = (
    "I am sorry! Another appointment is already booked with this time slot. Please select another time slot which"
    " suits you the best."
)
NOT_OFFERED = "Sorry, Booking can not be done as booking time is different than selected timeslot"


class Notice(NamedTuple):
    """A refusal in the vendor's words; ``status`` is what ``strict_http_status`` answers."""

    msg: str
    status: int = 400
    variant: str = "error"


def _warning(msg: str) -> Notice:
    return Notice(msg, 409, "warning")


#: What the plugin refuses, by the reason of ``Refused``. Spelling and leading blanks are the vendor's.
NOTICES: dict[str, Notice] = {
    "went_wrong": Notice(WENT_WRONG),
    "unknown_record": Notice(WENT_WRONG, 404),
    "sentence": Notice("{sentence}"),
    "invalid": Notice(WENT_WRONG + " Invalid value for {field}."),
    "conflict": Notice(WENT_WRONG, 409),
    # Checkout
    "form_fields": Notice("{messages}"),
    "no_service": Notice("Please select any service to book an appointment."),
    "unknown_service": Notice("Please select any service to book an appointment.", 404),
    "no_date": Notice("Please select appointment date to proceed with the booking."),
    "no_time": Notice("Please select a time slot to proceed with the booking."),
    "no_location": Notice("Please select a location to proceed with the booking."),
    "no_payment": Notice("Please select a payment method to proceed with the booking."),
    "day_off": Notice("Selected date is off day. So please select new date."),
    "not_processed": Notice("Sorry! Appointment could not be processed"),
    "taken": Notice(TAKEN, 409),
    "not_offered": Notice(NOT_OFFERED),
    "party_too_small": Notice("Minimum {persons} persons are required for this service"),
    "on_site_off": Notice("On site payment gateway is not active."),
    "paypal_off": Notice("PayPal payment gateway is not active."),
    "paypal_minimum": Notice("Paypal supports minimum amount 0.1"),
    "gateway_off": Notice("{gateway} payment gateway is not active."),
    "not_found": Notice("{thing} not found", 404),
    # Customers and staff members
    "too_long": Notice("{label} is too long..."),
    "email_taken": Notice("Email address is already exists", 409),
    "no_assignment": Notice("Please assign service to Staff member"),
    # Services and categories
    "no_service_name": Notice("Please add valid data for add service."),
    "service_name_too_long": Notice("Service name is too long..."),
    "duration_too_long": Notice("Service time duration cannot be greater than {limit}."),
    "no_category_name": Notice("Please add valid data for add category."),
    # Coupons
    "discount_too_high": Notice("May not add more than a 100% discount."),
    "coupon_period": Notice("Coupn Period Start date is not greater than End date"),
    "coupon_exists": Notice("Coupon Code already exists", 409),
    # Deleting
    "appointment_gone": Notice("Either appointment deleted or not found.", 404),
    "customer_gone": Notice("Customer has been deleted successfully.", 404),
    "staff_gone": Notice("Either staff member already deleted or not found.", 404),
    "category_gone": Notice("Either category already deleted or category id not found.", 404),
    "service_gone": Notice("Either service already deletd or service id not found.", 404),
    "record_gone": Notice("{thing} not found.", 404),
    "in_use": _warning(
        " I am sorry! This {thing} can not be deleted because it has one or more appointments associated with it."
    ),
    "category_in_use": _warning(
        "I am sorry! This category can not be deleted because it has one or more services associated with it"
    ),
    "package_in_use": _warning(
        " I am sorry! This package can not be deleted because it has one or more appointments left in a purchased"
        " package."
    ),
}


class Refused(DomainError):
    """A business rule of the vendor refuses a write.

    ``reason`` is a key of ``NOTICES`` and ``values`` fill its sentence; ``more`` are further keys of the notice.
    """

    fields = {"reason": "went_wrong", "values": {}, "more": {}}
    reason: str
    values: Mapping[str, Any]
    more: Mapping[str, Any]

    @property
    def notice(self) -> Notice:
        return NOTICES[self.reason]

    @property
    def msg(self) -> str:
        """The sentence people get."""
        return self.notice.msg.format(**self.values) if self.values else self.notice.msg


class ReadRefused(DomainError):
    """A read was asked for in a way that cannot be answered: missing or bad query parameters, each with a sentence."""

    fields = {"missing": (), "bad": {}}
    missing: tuple[str, ...]
    bad: Mapping[str, str]


#: Titles for "<Thing> not found." by the core's kinds.
_THINGS = {
    "booking": "Appointment",
    "service": "Service",
    "resource": "Staff member",
    "customer": "Customer",
    "category": "Category",
    "location": "Location",
    "coupon": "Coupon",
    "package": "Package",
    "gift_card": "Gift card",
    "extra": "Extra service",
}
BALANCES = {
    ("coupon", "unknown"): "Coupon code does not exist",
    ("coupon", "inactive"): "Coupon code is not valid",
    ("coupon", "not_started"): "Coupon code is expired",
    ("coupon", "expired"): "Coupon code is expired",
    ("coupon", "service"): "Coupon is not valid for the selected service",
    ("coupon", "used_up"): "Coupon usage limit is reached",
    ("coupon", "customer_limit"): "Coupon usage limit is reached",
    ("package", "unknown"): "Package does not exist",
    ("package", "customer"): "Package does not belong to this customer",
    ("package", "expired"): "Package is expired",
    ("package", "service"): "Package is not valid for the selected service",
    ("package", "used_up"): "All appointments are booked in this package.",
    ("package", "short"): "Only {remaining} appointments are available in this package.",
    ("gift_card", "unknown"): "Gift card does not exist",
    ("gift_card", "expired"): "Gift card is expired",
    ("gift_card", "used_up"): "Gift card balance is used up",
    ("gift_card", "short"): "Gift card balance is used up",
    ("gift_card", "service"): "Gift card is not valid for the selected service",
    ("gift_card", "staff"): "Gift card is not valid for the selected staff member",
}
#: The vendor asks in this order; the first reason that holds is worded.
_COUPON_ORDER = ("unknown", "inactive", "not_started", "expired", "service", "used_up", "customer_limit")

_MISSING_KEY = (401, "missing_auth", "Missing or invalid Authorization header.")
_INVALID_KEY = (403, "invalid_api_key", "Unauthorized. Invalid API key.")
_BAD_ADDRESS = "Your IP address is not allowed to access this API."
#: Status, code and message by the reason of ``Forbidden`` and ``Unauthenticated``.
_AUTH = {
    "missing": _MISSING_KEY,
    "invalid_key": _INVALID_KEY,
    "expired_key": (
        403,
        "expired_api_key",
        "Unauthorized. API key has been expired. Please generate the new API key and try again.",
    ),
    "ip_blacklisted": (403, "ip_blacklisted", _BAD_ADDRESS),
    "ip_not_whitelisted": (403, "ip_not_whitelisted", _BAD_ADDRESS),
    "permission": (403, "api_permission_disabled", "This action is disabled in the API settings."),
}


def envelope(status: int, code: str, message: str, **data: Any) -> ErrorReply:
    """WordPress's error object."""
    return ErrorReply(status, {"code": code, "message": message, "data": {"status": status, **data}})


def _fixed(status: int, code: str, message: str) -> Callable[[Any], ErrorReply]:
    return lambda error: envelope(status, code, message)


def _later(status: int, code: str, message: str, *, window: bool = False) -> Callable[[Any], ErrorReply]:
    """Refusals that say when to come again."""

    def reply(error: Any) -> ErrorReply:
        data = {"window": error.window} if window else {}
        body = envelope(status, code, message, **data, retry_after=error.retry_after).body
        return ErrorReply(status, body, {"Retry-After": str(error.retry_after)})

    return reply


def _forbidden(error: Forbidden) -> ErrorReply:
    data: dict[str, Any] = {"permission": error.permission} if error.permission else {}
    return envelope(*_AUTH.get(error.reason, _INVALID_KEY), **data)


def _bad_params(bad: Mapping[str, str]) -> ErrorReply:
    return envelope(400, "rest_invalid_param", f"Invalid parameter(s): {', '.join(bad)}", params=dict(bad))


def _read_refused(error: ReadRefused) -> ErrorReply:
    if error.missing:
        message = f"Missing parameter(s): {', '.join(error.missing)}"
        return envelope(400, "rest_missing_callback_param", message, params=list(error.missing))
    return _bad_params(error.bad)


#: Refusals that look the same for reads and writes.
ENVELOPES: dict[type[Exception], Callable[[Any], ErrorReply]] = {
    ReadRefused: _read_refused,
    Unauthenticated: lambda error: envelope(*_AUTH.get(error.reason, _MISSING_KEY)),
    Forbidden: _forbidden,
    AnswerTooLarge: lambda error: _bad_params({"date": f"more than {error.limit} {error.unit}"}),
    RateLimited: _later(429, "rate_limit_exceeded", "Too many requests. Please try again later.", window=True),
    ServiceUnavailable: _later(
        503, "service_unavailable", "The service is temporarily unavailable. Please try again later."
    ),
    MalformedBody: _fixed(400, "rest_invalid_json", "Invalid JSON body passed."),
    BodyTooLarge: _fixed(413, "rest_request_too_large", "The request body is too large."),
    StaleVersion: _fixed(412, "rest_precondition_failed", "The record has changed meanwhile."),
    IdempotencyConflict: _fixed(422, "idempotency_key_reused", "This Idempotency-Key came with another request."),
    IdempotencyInFlight: _fixed(
        409, "idempotency_key_in_flight", "The first request with this Idempotency-Key has not ended yet."
    ),
}


def _unavailable(error: NotAvailable) -> Refused:
    too_small = error.reason == "persons" and error.limit and error.requested < error.limit
    if too_small:
        return Refused(reason="party_too_small", values={"persons": error.limit})
    return Refused(reason="taken" if error.reason in ("full", "persons") else "not_offered")


def _balance(error: BalanceRefused) -> Refused:
    reason = error.reason
    if error.kind == "coupon":
        reason = next((name for name in _COUPON_ORDER if name in (error.reasons or (reason,))), reason)
    sentence = BALANCES.get((error.kind, reason), WENT_WRONG)
    return Refused(reason="sentence", values={"sentence": sentence.format(remaining=error.remaining)})


def _thing(kind: str) -> str:
    return _THINGS.get(kind, "Record")


#: What core refuses of a write, as the notice the vendor would give.
WRITES: dict[type[Exception], Callable[[Any], Refused]] = {
    Refused: lambda error: error,
    NotAvailable: _unavailable,
    BalanceRefused: _balance,
    NotFound: lambda error: (
        Refused(reason="unknown_service")
        if error.kind == "service"
        else Refused(reason="not_found", values={"thing": _thing(error.kind)})
    ),
    Duplicate: lambda error: Refused(reason="coupon_exists" if error.kind == "coupon" else "conflict"),
    InUse: lambda error: Refused(reason="in_use", values={"thing": _thing(error.kind).lower()}),
    Vetoed: lambda error: Refused(reason="sentence", values={"sentence": error.reason or WENT_WRONG}),
    Invalid: lambda error: Refused(reason="invalid", values={"field": error.field}) if error.field else Refused(),
    Conflict: lambda error: Refused(reason="conflict"),
    DomainError: lambda error: Refused(),
}
#: What core refuses of a read. Business rules of the vendor are worded as for writes.
READS: dict[type[Exception], Callable[[Any], ErrorReply]] = {
    **ENVELOPES,
    NotFound: lambda error: envelope(404, "bookingpress_not_found", f"{_thing(error.kind)} not found."),
    Invalid: lambda error: _bad_params({error.field: str(error.reason)}),
    DomainError: lambda error: envelope(400, "rest_invalid_param", refusal(error).msg, params={}),
}


def _row(table: Mapping[type[Exception], T], error: Exception) -> T | None:
    """The row of an error's class, or of the nearest parent that has one."""
    return next((table[kind] for kind in type(error).__mro__ if kind in table), None)


def refusal(error: DomainError) -> Refused:
    """The notice for a refusal of the core."""
    return WRITES[next(kind for kind in type(error).__mro__ if kind in WRITES)](error)


def make_errors(*, strict: bool) -> Callable[[Exception], WPError | None]:
    """The words of this dialect for every refusal; ``strict`` gives refused business rules a 4xx status."""

    def to_wp_error(error: Exception) -> WPError | None:
        if not isinstance(error, DomainError):
            return None
        if reply := _row(ENVELOPES, error):
            return DialectRefusal(reply(error))
        refused = refusal(error)
        variant = refused.notice.variant
        title = "warning" if variant == "warning" else "Error"
        body = {"variant": variant, "title": title, "msg": refused.msg, **refused.more}
        return DialectRefusal(ErrorReply(refused.notice.status if strict else 200, body))

    return to_wp_error


def read_refusal(error: Exception) -> WPError | None:
    """The words for a refused read; None for a business rule of the vendor, which is worded as for writes."""
    if not isinstance(error, DomainError) or isinstance(error, Refused):
        return None
    reply = _row(READS, error)
    return DialectRefusal(reply(error)) if reply else None
