"""How refusals are worded: the vendor's notice object for business rules, WordPress's envelope for the rest."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

from core import ErrorReply
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
    MalformedBody,
    NotAvailable,
    NotFound,
    RateLimited,
    ServiceUnavailable,
    StaleVersion,
    Unauthenticated,
    Vetoed,
)
from core.wordpress.rest import DialectRefusal, WPError

WENT_WRONG = "Something went wrong.."
TAKEN = (
    "I am sorry! Another appointment is already booked with this time slot. Please select another time slot which"
    " suits you the best."
)
NOT_OFFERED = "Sorry, Booking can not be done as booking time is different than selected timeslot"
NO_SERVICE = "Please select any service to book an appointment."

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
_BALANCES = {
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
    ("gift_card", "unknown"): "Gift card does not exist",
    ("gift_card", "expired"): "Gift card is expired",
    ("gift_card", "used_up"): "Gift card balance is used up",
    ("gift_card", "short"): "Gift card balance is used up",
    ("gift_card", "service"): "Gift card is not valid for the selected service",
    ("gift_card", "staff"): "Gift card is not valid for the selected staff member",
}
#: The vendor asks in this order; the first that is wrong is told.
_COUPON_ORDER = ("unknown", "inactive", "not_started", "expired", "service", "used_up", "customer_limit")

_INVALID_KEY = ("invalid_api_key", "Unauthorized. Invalid API key.")
_AUTH = {
    "missing": (401, "missing_auth", "Missing or invalid Authorization header."),
    "invalid_key": (403, *_INVALID_KEY),
    "expired_key": (
        403,
        "expired_api_key",
        "Unauthorized. API key has been expired. Please generate the new API key and try again.",
    ),
    "ip_blacklisted": (403, "ip_blacklisted", "Your IP address is not allowed to access this API."),
    "ip_not_whitelisted": (403, "ip_not_whitelisted", "Your IP address is not allowed to access this API."),
    "permission": (403, "api_permission_disabled", "This action is disabled in the API settings."),
}


class Refused(DomainError):
    """A business rule of the vendor says no, in the vendor's words.

    ``status`` is what ``strict_http_status`` answers; ``more`` further keys of the notice.
    """

    facts: ClassVar = {"msg": WENT_WRONG, "variant": "error", "status": 400, "more": {}}
    msg: str
    variant: str
    status: int
    more: Mapping[str, Any]


class ReadRefused(DomainError):
    """A read was asked for in a way that cannot be answered: missing or bad query parameters."""

    facts: ClassVar = {"missing": (), "bad": {}}
    missing: tuple[str, ...]
    bad: Mapping[str, str]


#: The shape of what was done, and of what was refused.
NOTICE = {"variant": Literal["success", "error", "warning"], "title": str, "msg": str}


def notice(msg: str, **more: Any) -> dict[str, Any]:
    """The object that says that something was done."""
    return {"variant": "success", "title": "Success", "msg": msg, **more}


def envelope(status: int, code: str, message: str, **data: Any) -> ErrorReply:
    """WordPress's error object."""
    return ErrorReply(status, {"code": code, "message": message, "data": {"status": status, **data}})


def make_errors(*, strict: bool) -> Callable[[Exception], WPError | None]:
    """The words of this dialect for every refusal; ``strict`` gives refused business rules a 4xx status."""

    def refuse(refused: Refused) -> ErrorReply:
        title = "warning" if refused.variant == "warning" else "Error"
        body = {"variant": refused.variant, "title": title, "msg": refused.msg, **refused.more}
        return ErrorReply((409 if refused.variant == "warning" else refused.status) if strict else 200, body)

    def word(error: Exception) -> WPError | None:
        if not isinstance(error, DomainError):
            return None
        return DialectRefusal(_always(error) or refuse(error if isinstance(error, Refused) else refusal(error)))

    return word


def read_refusal(error: Exception) -> WPError | None:
    """The words for a refused read; business rules that refuse are worded as for writes."""
    if not isinstance(error, DomainError) or isinstance(error, Refused):
        return None
    return DialectRefusal(_always(error) or _read(error))


def _always(error: DomainError) -> ErrorReply | None:
    return next((answer(error) for kind, answer in _ALWAYS.items() if isinstance(error, kind)), None)


def refusal(error: DomainError) -> Refused:
    """The notice for a refusal of the core."""
    if isinstance(error, NotAvailable):
        return _unavailable(error)
    if isinstance(error, BalanceRefused):
        return Refused(msg=_balance(error))
    if isinstance(error, NotFound):
        thing = _THINGS.get(error.kind, "Record")
        return Refused(msg=NO_SERVICE if error.kind == "service" else f"{thing} not found", status=404)
    if isinstance(error, Duplicate):
        return Refused(msg="Coupon Code already exists" if error.kind == "coupon" else WENT_WRONG, status=409)
    if isinstance(error, InUse):
        return Refused(msg=in_use(_THINGS.get(error.kind, "record").lower()), variant="warning")
    if isinstance(error, Vetoed):
        return Refused(msg=error.reason or WENT_WRONG)
    if isinstance(error, Invalid) and error.field:
        return Refused(msg=f"{WENT_WRONG} Invalid value for {error.field}.")
    return Refused(msg=WENT_WRONG, status=409 if isinstance(error, Conflict) else 400)


def in_use(thing: str) -> str:
    """The warning of a delete that appointments stand against; the leading blank is the vendor's."""
    return f" I am sorry! This {thing} can not be deleted because it has one or more appointments associated with it."


def _unavailable(error: NotAvailable) -> Refused:
    if error.reason == "full":
        return Refused(msg=TAKEN, status=409)
    if error.reason == "persons" and error.limit and error.wanted < error.limit:
        return Refused(msg=f"Minimum {error.limit} persons are required for this service")
    if error.reason == "persons":
        return Refused(msg=TAKEN, status=409)
    return Refused(msg=NOT_OFFERED)


def _balance(error: BalanceRefused) -> str:
    if error.kind == "package" and error.reason == "short":
        return f"Only {error.left} appointments are available in this package."
    reason = error.reason
    if error.kind == "coupon":
        reason = next((name for name in _COUPON_ORDER if name in (error.reasons or (reason,))), reason)
    return _BALANCES.get((error.kind, reason), WENT_WRONG)


def _auth(error: Any) -> ErrorReply:
    status, code, message = _AUTH.get(error.reason, (403, *_INVALID_KEY))
    permission = getattr(error, "permission", "")
    return envelope(status, code, message, **({"permission": permission} if permission else {}))


def _limited(error: RateLimited) -> ErrorReply:
    reply = envelope(
        429,
        "rate_limit_exceeded",
        "Too many requests. Please try again later.",
        window=error.window,
        retry_after=error.retry_after,
    )
    return ErrorReply(reply.status, reply.body, {"Retry-After": str(error.retry_after)})


def _service_unavailable(error: ServiceUnavailable) -> ErrorReply:
    reply = envelope(
        503,
        "service_unavailable",
        "The service is temporarily unavailable. Please try again later.",
        retry_after=error.retry_after,
    )
    return ErrorReply(reply.status, reply.body, {"Retry-After": str(error.retry_after)})


def _params(error: ReadRefused) -> ErrorReply:
    if error.missing:
        names = list(error.missing)
        message = f"Missing parameter(s): {', '.join(names)}"
        return envelope(400, "rest_missing_callback_param", message, params=names)
    message = f"Invalid parameter(s): {', '.join(error.bad)}"
    return envelope(400, "rest_invalid_param", message, params=dict(error.bad))


#: Refusals that look the same whatever was asked.
_ALWAYS: dict[type[DomainError], Callable[[Any], ErrorReply]] = {
    ReadRefused: _params,
    Unauthenticated: lambda error: _auth(error) if error.reason in _AUTH else envelope(401, *_AUTH["missing"][1:]),
    Forbidden: _auth,
    AnswerTooLarge: lambda error: _params(ReadRefused(bad={"date": f"more than {error.limit} {error.what}"})),
    RateLimited: _limited,
    ServiceUnavailable: _service_unavailable,
    MalformedBody: lambda error: envelope(400, "rest_invalid_json", "Invalid JSON body passed."),
    BodyTooLarge: lambda error: envelope(413, "rest_request_too_large", "The request body is too large."),
    StaleVersion: lambda error: envelope(412, "rest_precondition_failed", "The record has changed meanwhile."),
    IdempotencyConflict: lambda error: envelope(
        422, "idempotency_key_reused", "This Idempotency-Key came with another request."
    ),
    IdempotencyInFlight: lambda error: envelope(
        409, "idempotency_key_in_flight", "The first request with this Idempotency-Key has not ended yet."
    ),
}


def _read(error: DomainError) -> ErrorReply:
    """A refusal of a read."""
    if isinstance(error, NotFound):
        return envelope(404, "bookingpress_not_found", f"{_THINGS.get(error.kind, 'Record')} not found.")
    if isinstance(error, Invalid):
        return _params(ReadRefused(bad={error.field: str(error.reason)}))
    return envelope(400, "rest_invalid_param", refusal(error).msg, params={})
