"""Every error in the vendor's envelope: ``{"status": "error", "path", "error": {"code", "message", "details"}}``."""

from http import HTTPStatus

import falcon

from frontdesk import ErrorReply, errors

#: Statuses by type of error; all others are 400. A subclass stands before its base.
STATUS: dict[type[errors.DomainError], int] = {
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.StaleVersion: 412,
    errors.Conflict: 409,
    errors.BodyTooLarge: 413,
    errors.RateLimited: 429,
    errors.ServiceUnavailable: 503,
}
SHAPE = {"status": str, "path": str, "error": {"code": str, "message": str, "details": {"statusCode": int}}}
_FULL = "User either already has booking at this time or is not available"


def render_error(req: falcon.Request, error: Exception) -> ErrorReply:
    """Any error, also one that nobody expected."""
    status, message, headers = 500, "Internal server error", {}
    if isinstance(error, falcon.HTTPError):
        status, message, headers = error.status_code, error.title or "Error", dict(error.headers or {})
    elif isinstance(error, errors.DomainError):
        status = next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)
        message = _FULL if isinstance(error, errors.NotAvailable) else errors.error_sentence(error)
        if isinstance(error, errors.RateLimited | errors.ServiceUnavailable):
            headers["Retry-After"] = str(error.retry_after)
    code = f"{HTTPStatus(status).phrase.title().replace(' ', '')}Exception"
    refusal = {"code": code, "message": message, "details": {"statusCode": status}}
    return ErrorReply(status, {"status": "error", "path": req.path, "error": refusal}, headers)
