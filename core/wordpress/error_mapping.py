"""The REST server's default errors, for what the dialect does not map itself."""

import falcon

from core.errors import (
    BodyTooLarge,
    IdempotencyConflict,
    IdempotencyInFlight,
    Invalid,
    MalformedBody,
    RateLimited,
    ServiceUnavailable,
)
from core.wordpress.arguments import invalid_json_error
from core.wordpress.rest import Namespace, RestRequest, WPError, no_route


def to_wp_error(error: Exception, namespace: Namespace | None) -> WPError | None:
    """Map an error by the dialect's table, then by the platform's defaults; None for an unexpected exception."""
    if isinstance(error, WPError):
        return error
    mapped = namespace.errors(error) if namespace and namespace.errors else None
    if mapped is not None:
        return mapped
    if isinstance(error, MalformedBody):
        return invalid_json_error(4, "Syntax error")
    if isinstance(error, BodyTooLarge):
        return WPError("rest_request_too_large", "The request body is too large.", 413)
    if isinstance(error, RateLimited):
        wait = {"Retry-After": str(error.retry_after)}
        return WPError("rate_limit_exceeded", "Too many requests. Please try again later.", 429, headers=wait)
    if isinstance(error, ServiceUnavailable):
        wait = {"Retry-After": str(error.retry_after)}
        text = "The service is temporarily unavailable. Please try again later."
        return WPError("rest_service_unavailable", text, 503, headers=wait)
    if isinstance(error, Invalid):
        return WPError("rest_invalid_param", f"Invalid parameter(s): {error.field}")
    if isinstance(error, IdempotencyInFlight):
        text = "A request with this idempotency key is still being handled."
        return WPError("rest_idempotency_in_flight", text, 409)
    if isinstance(error, IdempotencyConflict):
        text = "This idempotency key was used for another request."
        return WPError("rest_idempotency_conflict", text, 422)
    return None


def forbidden_error(request: RestRequest) -> WPError:
    """The error for a permission callback that returns False."""
    return request.permission_error("rest_forbidden", "Sorry, you are not allowed to do that.")


def platform_error(error: Exception) -> WPError:
    """Map Falcon's errors; everything else is a 500."""
    if not isinstance(error, falcon.HTTPError):
        return WPError("internal_server_error", "There has been a critical error on this website.", 500)
    # Falcon returns 400 for unknown methods and 405 for those that a resource lacks.
    if error.status_code in (404, 405) or isinstance(error, falcon.HTTPBadRequest):
        return no_route()
    return WPError("rest_error", error.title or "Error", error.status_code, headers=dict(error.headers or {}))
