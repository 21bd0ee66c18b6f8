"""How this dialect words every error: one table from type to status and code, one for the sentences of fields.

Shape: ``{message, code, errors?, request_id}``; ``errors`` only with 422 and where an item of a group is named (fact
sheet, section 3).
"""

from typing import Any

import falcon

from core import errors
from core.http.dialect import ErrorReply
from plugins.bookablesites.schemas import FieldErrors

JSON = "application/json; charset=utf-8"

#: Error type -> (status, code, sentence). The nearest type of an error's line of descent counts.
REPLIES: dict[type[Exception], tuple[int, str, str]] = {
    errors.DomainError: (400, "invalid_request", "The request cannot be understood."),
    errors.NotFound: (404, "not_found", "The {kind} was not found."),
    errors.Invalid: (422, "validation_failed", "The given data was invalid."),
    errors.MalformedBody: (400, "invalid_json", "The request body must be a JSON object."),
    errors.BodyTooLarge: (413, "payload_too_large", "The request body is too large."),
    errors.NotAvailable: (409, "slot_unavailable", "The requested time is not available."),
    errors.Conflict: (409, "conflict", "The request conflicts with the current state."),
    errors.Duplicate: (409, "duplicate", "Another {kind} already has this {field}."),
    errors.InUse: (409, "in_use", "The {kind} is still in use and cannot be deleted."),
    errors.InvalidTransition: (409, "invalid_transition", "The status cannot change from {was} to {wanted}."),
    errors.TooLate: (409, "too_late", "It is too late: at least {limit} minutes of notice are needed."),
    errors.StaleVersion: (412, "stale_version", "The record has changed since it was read."),
    errors.IdempotencyConflict: (
        409,
        "idempotency_conflict",
        "This Idempotency-Key was used with another request.",
    ),
    errors.IdempotencyInFlight: (
        409,
        "idempotency_conflict",
        "The first request with this Idempotency-Key is still being worked on.",
    ),
    errors.BalanceRefused: (422, "coupon_invalid", "The coupon cannot be applied."),
    errors.Vetoed: (409, "slot_unavailable", "{reason}"),
    errors.Unauthenticated: (401, "unauthorized", "Authentication is needed."),
    errors.Forbidden: (403, "feature_disabled", "This feature is not enabled."),
    errors.AnswerTooLarge: (422, "validation_failed", "The given data was invalid."),
    errors.RateLimited: (429, "rate_limited", "Too many requests."),
    errors.ServiceUnavailable: (503, "service_unavailable", "The service is temporarily unavailable."),
}

#: Falcon's own refusals by status.
HTTP = {
    400: ("invalid_request", "The request cannot be understood."),
    401: ("unauthorized", "Authentication is needed."),
    403: ("feature_disabled", "This feature is not enabled."),
    404: ("not_found", "The resource was not found."),
    405: ("method_not_allowed", "This method is not allowed here."),
    406: ("not_acceptable", "Only JSON can be sent."),
    413: ("payload_too_large", "The request body is too large."),
    415: ("unsupported_media_type", "The body must be application/json."),
    429: ("rate_limited", "Too many requests."),
}

#: Reason of ``Invalid`` -> what is said about the field.
FIELDS = {
    "missing": "This field is required.",
    "type": "This value has the wrong type.",
    "unknown": "This {label} does not exist.",
    "range": "This value is out of range.",
    "format": "This value is not in the expected format.",
    "email": "This must be an email address.",
    "choice": "This value is not one of the allowed ones.",
    "date": "This must be a date as YYYY-MM-DD.",
    "time": "This must be a time as HH:mm.",
    "date_time": "This must be a date and time as YYYY-MM-DD HH:mm:ss.",
    "id": "This must be a positive integer.",
    "integer": "This must be an integer.",
    "amount": "This must be an amount of zero or more.",
    "decimals": "At most {limit} decimals are allowed.",
    "no_decimals": "The currency has no decimals.",
    "phone": "This must be a telephone number.",
    "zone": "This must be the name of a time zone.",
    "twins": "This field was sent twice with different values.",
    "twice": "This weekday was sent twice.",
    "order": "This must not be before, or more than, the value it belongs to.",
    "overlap": "This overlaps with another entry.",
    "multiple": "This must be a multiple of {limit} seconds.",
    "taken": "A {label} with this email already exists.",
    "offered": "This is not offered by the service.",
    "span": "At most {limit} days may be asked for.",
    "url": "This must be a public https address.",
    "event": "This must be an event id such as evt_91.",
    "alone": "This cannot be sent together with bookings.",
}

#: Reason of ``NotAvailable`` -> sentence.
SLOTS = {
    "full": "The requested time is not available: places asked for: {wanted}, places left: {left}.",
    "closed": "The requested time is outside working hours.",
    "past": "The requested time is in the past.",
    "notice": "The requested time is too soon.",
    "horizon": "The requested time is too far ahead.",
    "grid": "The requested time is not one of the offered times.",
    "duration": "This duration is not offered.",
    "weekday": "Bookings cannot start on this day.",
    "resource": "No employee is available at the requested time.",
}

COUPONS = {
    "unknown": "This coupon does not exist.",
    "expired": "This coupon has expired.",
    "used_up": "This coupon has been used up.",
    "customer_limit": "This customer has used this coupon as often as allowed.",
    "service": "This coupon is not for this service.",
    "inactive": "This coupon does not exist.",
    "not_started": "This coupon does not exist.",
}
#: The order in which a coupon is checked; the first failure is the answer (fact sheet, section 7).
COUPON_ORDER = ("unknown", "inactive", "not_started", "expired", "used_up", "customer_limit", "service")

_LABELS = {"session": "appointment", "resource": "employee", "credential": "credential"}


class Said(errors.DomainError):
    """A refusal whose sentence is its own: virtual locations, features, tokens."""

    facts = {"status": 400, "code": "invalid_request", "message": "", "headers": {}}
    status: int
    code: str
    message: str
    headers: dict[str, str]


class OAuthError(Said):
    """A refusal of the token path; its body carries OAuth's names too."""


#: Bookings of other dialects are paid with more than this one knows; changing them can need more than is left.
_BALANCES = {
    "package": "The package of this booking has too few appointments left.",
    "gift_card": "The gift card of this booking cannot pay for it.",
}


def coupon_reason(error: errors.BalanceRefused) -> str:
    """The first thing wrong with a coupon, in this dialect's order."""
    reasons = error.reasons or (error.reason,)
    return next((reason for reason in COUPON_ORDER if reason in reasons), "unknown")


def vendor_kind(kind: str) -> str:
    return _LABELS.get(kind, kind.replace("_", " ") or "resource")


def field_sentence(field: str, reason: str, limit: Any = None) -> str:
    """What is said about one field."""
    last = field.rpartition(".")[2]
    label = {"services": "service", "employees": "employee", "email": "customer"}.get(last, last) or "value"
    if (last, reason) == ("email", "format"):
        reason = "email"
    text = FIELDS.get(reason, "This value is not valid.")
    return text.format(label=label.replace("_", " "), limit=limit)


def render_error(req: falcon.Request, error: Exception) -> ErrorReply:
    """Any error in this dialect's shape; one that nobody foresaw is a 500 without details."""
    if isinstance(error, falcon.HTTPError):
        return _http(req, error)
    if isinstance(error, Said):
        extra = {}
        if isinstance(error, OAuthError):
            extra = {"error": error.code, "error_description": error.message}
        said = error.message or "The request cannot be understood."
        return _reply(req, error.status, error.code, said, extra=extra, headers=error.headers)
    found = next((REPLIES[cls] for cls in type(error).__mro__ if cls in REPLIES), None)
    if found is None:
        return _reply(req, 500, "server_error", "Something went wrong.")
    status, code, sentence = found
    if isinstance(error, errors.Invalid):
        return _invalid(req, error, status, code, sentence)
    if isinstance(error, errors.AnswerTooLarge):
        said = f"At most {error.limit} {error.what} fit into one answer; ask for a shorter span."
        return _reply(req, status, code, sentence, fields={"end_date": [said]})
    if isinstance(error, errors.NotAvailable):
        return _unavailable(req, error, status, code)
    if isinstance(error, errors.BalanceRefused):
        if error.kind != "coupon":
            said = _BALANCES[error.kind]
            return _reply(req, 409, f"{error.kind}_refused", said)
        said = COUPONS[coupon_reason(error)]
        return _reply(req, status, code, said, fields={_item(error, "coupon_code"): [said]})
    if isinstance(error, errors.RateLimited | errors.ServiceUnavailable):
        return _reply(req, status, code, sentence, headers={"Retry-After": str(max(1, error.retry_after))})
    if isinstance(error, errors.Unauthenticated):
        return _unauthenticated(req, error, status, code, sentence)
    facts = {name: getattr(error, name) for name in getattr(error, "facts", {})}
    if "kind" in facts:
        facts["kind"] = vendor_kind(str(facts["kind"]))
    said = sentence.format(**facts) or "The request was refused."
    return _reply(req, status, code, said)


def _reply(
    req: falcon.Request,
    status: int,
    code: str,
    message: str,
    *,
    fields: dict[str, list[str]] | None = None,
    extra: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> ErrorReply:
    body: dict[str, Any] = {"message": message, "code": code, **(extra or {})}
    if fields:
        body["errors"] = fields
    body["request_id"] = getattr(req.context, "request_id", None)
    return ErrorReply(status, body, headers or {}, JSON)


def _http(req: falcon.Request, error: falcon.HTTPError) -> ErrorReply:
    status = error.status_code
    if status >= 500:
        return _reply(req, status, "server_error", "Something went wrong.")
    code, message = HTTP.get(status, ("invalid_request", "The request cannot be understood."))
    return _reply(req, status, code, message, headers=dict(error.headers or {}))


def _item(error: errors.DomainError, field: str) -> str:
    """The field, inside the item of the group it belongs to."""
    item = getattr(error, "item", None)
    return field if item is None else f"bookings.{item}.{field}"


def _invalid(req: falcon.Request, error: errors.Invalid, status: int, code: str, sentence: str) -> ErrorReply:
    many = error.errors if isinstance(error, FieldErrors) else {error.field or "body": error.reason}
    fields = {_item(error, name): [field_sentence(name, reason, error.limit)] for name, reason in many.items()}
    return _reply(req, status, code, sentence, fields=fields)


def _unavailable(req: falcon.Request, error: errors.NotAvailable, status: int, code: str) -> ErrorReply:
    if error.reason == "persons":
        said = f"At least {error.limit} persons are needed."
        if isinstance(error.limit, int) and error.wanted > error.limit:
            said = f"At most {error.limit} persons are allowed."
        fields = {_item(error, "persons"): [said]}
        return _reply(req, 422, "validation_failed", "The given data was invalid.", fields=fields)
    said = SLOTS.get(error.reason, SLOTS["resource"]).format(left=max(0, error.left or 0), wanted=error.wanted)
    fields = {_item(error, "time"): [said]} if error.item is not None else None
    return _reply(req, status, code, said, fields=fields)


def _unauthenticated(
    req: falcon.Request, error: errors.Unauthenticated, status: int, code: str, sentence: str
) -> ErrorReply:
    if error.reason == "missing":
        return _reply(req, status, code, sentence, headers={"WWW-Authenticate": "Bearer"})
    said = "The access token has expired." if error.reason == "expired" else "The access token is not valid."
    headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
    return _reply(req, status, "invalid_token", said, headers=headers)
