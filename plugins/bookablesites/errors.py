"""Errors that only this dialect raises, and the tables that word all errors: type to status, code and message.

Shape: ``{message, code, errors?, request_id}``. ``errors`` comes with 422, and names the item of a group that is
refused (README, "Errors").
"""

from collections.abc import Callable, Sequence
from typing import Any, Self

import falcon

from frontdesk import ErrorReply, errors
from frontdesk.errors import DomainError, Forbidden, InUse, Invalid
from plugins.bookablesites.translate.coupons import refusal_reason


class FieldErrors(Invalid):
    """Several fields are wrong: ``errors`` maps each to a reason."""

    fields = {**Invalid.fields, "errors": {}}
    errors: dict[str, str]

    @classmethod
    def missing(cls, names: Sequence[str], prefix: str = "") -> Self:
        """Required fields that were not sent."""
        errors = {f"{prefix}{name}": "missing" for name in names}
        return cls(field=f"{prefix}{names[0]}", reason="missing", errors=errors)


class FeatureDisabled(Forbidden):
    """The operator has switched off this ``feature``."""

    fields = {**Forbidden.fields, "feature": ""}
    feature: str


class VirtualLocation(InUse):
    """A virtual location can be neither changed nor deleted."""


class OAuthError(DomainError):
    """The token route refuses; the body has the field names of OAuth beside the dialect's own."""


class MissingClientCredentials(OAuthError):
    """Client id or secret is missing, or not a text."""


class UnreadableBasicCredentials(OAuthError):
    """The ``Authorization: Basic`` header cannot be decoded."""


class UnsupportedGrantType(OAuthError):
    """``grant_type`` is not ``client_credentials``."""


class InvalidClient(OAuthError):
    """Unknown client id, wrong secret, or a revoked or expired credential."""


JSON = "application/json; charset=utf-8"
_INVALID = (422, "validation_failed", "The given data was invalid.")
_IDEMPOTENCY = (409, "idempotency_conflict")

#: Error type -> (status, code, message); an error takes the row of its nearest base class. Messages may name the
#: error's fields.
REPLIES: dict[type[Exception], tuple[int, str, str]] = {
    errors.DomainError: (400, "invalid_request", "The request cannot be understood."),
    errors.NotFound: (404, "not_found", "The {kind} was not found."),
    errors.Invalid: _INVALID,
    errors.MalformedBody: (400, "invalid_json", "The request body must be a JSON object."),
    errors.BodyTooLarge: (413, "payload_too_large", "The request body is too large."),
    errors.NotAvailable: (409, "slot_unavailable", "The requested time is not available."),
    errors.Conflict: (409, "conflict", "The request conflicts with the current state."),
    errors.Duplicate: (409, "duplicate", "Another {kind} already has this {field}."),
    errors.InUse: (409, "in_use", "The {kind} is still in use and cannot be deleted."),
    VirtualLocation: (409, "in_use", "A virtual location belongs to its integration and cannot be changed."),
    errors.InvalidTransition: (
        409,
        "invalid_transition",
        "The status cannot change from {from_status} to {to_status}.",
    ),
    errors.TooLate: (409, "too_late", "It is too late: at least {limit} minutes of notice are needed."),
    errors.StaleVersion: (412, "stale_version", "The record has changed since it was read."),
    errors.IdempotencyConflict: (*_IDEMPOTENCY, "This Idempotency-Key was used with another request."),
    errors.IdempotencyInFlight: (
        *_IDEMPOTENCY,
        "The first request with this Idempotency-Key is still being worked on.",
    ),
    errors.BalanceRefused: (422, "coupon_invalid", "The coupon cannot be applied."),
    errors.Vetoed: (409, "slot_unavailable", "{reason}"),
    errors.Unauthenticated: (401, "unauthorized", "Authentication is needed."),
    errors.Forbidden: (403, "feature_disabled", "This feature is not enabled."),
    FeatureDisabled: (403, "feature_disabled", "The {feature} feature is not enabled."),
    OAuthError: (400, "invalid_request", "The request cannot be understood."),
    MissingClientCredentials: (400, "invalid_request", "Client id and client secret are needed."),
    UnreadableBasicCredentials: (400, "invalid_request", "The Basic credentials cannot be read."),
    UnsupportedGrantType: (400, "unsupported_grant_type", "Only client_credentials is supported."),
    InvalidClient: (401, "invalid_client", "Client authentication failed."),
    errors.AnswerTooLarge: _INVALID,
    errors.RateLimited: (429, "rate_limited", "Too many requests."),
    errors.ServiceUnavailable: (503, "service_unavailable", "The service is temporarily unavailable."),
}
#: Every error without a row.
_SERVER_ERROR = (500, "server_error", "Something went wrong.")

#: Falcon's own errors by status.
_HTTP = {
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

#: Reason of ``Invalid`` -> message of the field.
_FIELD_MESSAGES = {
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

#: Reason of ``NotAvailable`` -> message.
_SLOT_MESSAGES = {
    "full": "The requested time is not available: places asked for: {requested}, places left: {remaining}.",
    "closed": "The requested time is outside working hours.",
    "past": "The requested time is in the past.",
    "notice": "The requested time is too soon.",
    "horizon": "The requested time is too far ahead.",
    "grid": "The requested time is not one of the offered times.",
    "duration": "This duration is not offered.",
    "weekday": "Bookings cannot start on this day.",
    "resource": "No employee is available at the requested time.",
}

#: Reason of ``BalanceRefused`` of a coupon -> message.
_COUPON_MESSAGES = {
    "unknown": "This coupon does not exist.",
    "expired": "This coupon has expired.",
    "used_up": "This coupon has been used up.",
    "customer_limit": "This customer has used this coupon as often as allowed.",
    "service": "This coupon is not for this service.",
    "inactive": "This coupon does not exist.",
    "not_started": "This coupon does not exist.",
}
#: Packages and gift cards belong to other dialects; a change of a booking paid with one can exceed its balance.
_BALANCE_MESSAGES = {
    "package": "The package of this booking has too few appointments left.",
    "gift_card": "The gift card of this booking cannot pay for it.",
}
#: Core's kinds of records -> the vendor's.
_KINDS = {"session": "appointment", "resource": "employee"}


def render_error(req: falcon.Request, error: Exception) -> ErrorReply:
    """Any error in this dialect's shape; one without a row in ``REPLIES`` is a 500 without details."""
    if isinstance(error, falcon.HTTPError):
        return _http_reply(req, error)
    bases = type(error).__mro__
    status, code, message = next((REPLIES[base] for base in bases if base in REPLIES), _SERVER_ERROR)
    fields = {name: getattr(error, name) for name in getattr(error, "fields", {})}
    if "kind" in fields:
        fields["kind"] = _vendor_kind(str(fields["kind"]))
    reply: dict[str, Any] = {"status": status, "code": code, "message": message.format(**fields)}
    details = next((_DETAILS[base] for base in bases if base in _DETAILS), None)
    if details is not None:
        reply |= details(error)
    return _reply(req, **reply)


def _reply(
    req: falcon.Request,
    status: int,
    code: str,
    message: str,
    *,
    fields: dict[str, list[str]] | None = None,
    oauth: bool = False,
    headers: dict[str, str] | None = None,
) -> ErrorReply:
    message = message or "The request was refused."
    body: dict[str, Any] = {"message": message, "code": code}
    if oauth:
        body |= {"error": code, "error_description": message}
    if fields:
        body["errors"] = fields
    body["request_id"] = getattr(req.context, "request_id", None)
    return ErrorReply(status, body, headers or {}, JSON)


def _http_reply(req: falcon.Request, error: falcon.HTTPError) -> ErrorReply:
    if error.status_code >= 500:
        return _reply(req, error.status_code, *_SERVER_ERROR[1:])
    code, message = _HTTP.get(error.status_code, REPLIES[errors.DomainError][1:])
    return _reply(req, error.status_code, code, message, headers=dict(error.headers or {}))


def _vendor_kind(kind: str) -> str:
    return _KINDS.get(kind, kind.replace("_", " ") or "resource")


def _item_field(error: errors.DomainError, field: str) -> str:
    """The field, inside the item of the group that the error is about."""
    position = getattr(error, "position", None)
    return field if position is None else f"bookings.{position}.{field}"


def _field_message(field: str, reason: str, limit: Any) -> str:
    name = field.rpartition(".")[2]
    label = {"services": "service", "employees": "employee", "email": "customer"}.get(name, name) or "value"
    if (name, reason) == ("email", "format"):
        reason = "email"
    message = _FIELD_MESSAGES.get(reason, "This value is not valid.")
    return message.format(label=label.replace("_", " "), limit=limit)


# -- details beyond a row of the table, as keyword arguments of ``_reply`` ------------------------------------------


def _invalid(error: errors.Invalid) -> dict[str, Any]:
    reasons = error.errors if isinstance(error, FieldErrors) else {error.field or "body": error.reason}
    fields = {_item_field(error, name): [_field_message(name, reason, error.limit)] for name, reason in reasons.items()}
    return {"fields": fields}


def _answer_too_large(error: errors.AnswerTooLarge) -> dict[str, Any]:
    return {
        "fields": {"end_date": [f"At most {error.limit} {error.unit} fit into one answer; ask for a shorter span."]}
    }


def _not_available(error: errors.NotAvailable) -> dict[str, Any]:
    if error.reason == "persons":
        message = f"At least {error.limit} persons are needed."
        if isinstance(error.limit, int) and error.requested > error.limit:
            message = f"At most {error.limit} persons are allowed."
        status, code, heading = _INVALID
        fields = {_item_field(error, "persons"): [message]}
        return {"status": status, "code": code, "message": heading, "fields": fields}
    message = _SLOT_MESSAGES.get(error.reason, _SLOT_MESSAGES["resource"])
    message = message.format(remaining=max(0, error.remaining or 0), requested=error.requested)
    return {
        "message": message,
        "fields": {_item_field(error, "time"): [message]} if error.position is not None else None,
    }


def _balance_refused(error: errors.BalanceRefused) -> dict[str, Any]:
    if error.kind != "coupon":
        return {"status": 409, "code": f"{error.kind}_refused", "message": _BALANCE_MESSAGES[error.kind]}
    message = _COUPON_MESSAGES[refusal_reason(error)]
    return {"message": message, "fields": {_item_field(error, "coupon_code"): [message]}}


def _unauthenticated(error: errors.Unauthenticated) -> dict[str, Any]:
    if error.reason == "missing":
        return {"headers": {"WWW-Authenticate": "Bearer"}}
    expired = error.reason == "expired"
    return {
        "code": "invalid_token",
        "message": "The access token has expired." if expired else "The access token is not valid.",
        "headers": {"WWW-Authenticate": 'Bearer error="invalid_token"'},
    }


def _retry_after(error: errors.RateLimited | errors.ServiceUnavailable) -> dict[str, Any]:
    return {"headers": {"Retry-After": str(max(1, error.retry_after))}}


_DETAILS: dict[type[Exception], Callable[[Any], dict[str, Any]]] = {
    errors.Invalid: _invalid,
    errors.AnswerTooLarge: _answer_too_large,
    errors.NotAvailable: _not_available,
    errors.BalanceRefused: _balance_refused,
    errors.Unauthenticated: _unauthenticated,
    errors.RateLimited: _retry_after,
    errors.ServiceUnavailable: _retry_after,
    InvalidClient: lambda _: {"oauth": True, "headers": {"WWW-Authenticate": "Basic"}},
    OAuthError: lambda _: {"oauth": True},
}
