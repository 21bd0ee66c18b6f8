"""The one error handler: it passes each error to the dialect that owns the path."""

from decimal import DecimalException
from typing import Any

import falcon
import peewee

from core import metrics, request_budget
from core.engines import storage_problem
from core.errors import DomainError, Invalid, PluginFailed, ServiceUnavailable
from core.http.dialect import ErrorReply
from core.http.middleware import roll_back
from core.http.responses import JSON, encode_json
from core.logs import get_logger

log = get_logger("frontdesk.http")


def handle_error(
    req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any] | None = None
) -> None:
    """Reply in the owning dialect's format; outside all dialects, with small neutral JSON."""
    # The error response is short and must be sent.
    request_budget.start_closing()
    try:
        roll_back(req.env, error)
    except Exception as failure:
        # There must be a response in any case; the next request replaces a failed connection.
        log.error("rolling back failed", exc_info=failure)
    dialect = getattr(req.context, "dialect", None)
    in_trouble = storage_problem(error)
    if in_trouble is not None:
        log.warning("storage error", reason=in_trouble.reason, detail=in_trouble.detail, template=req.uri_template)
        metrics.increment("storage_errors", in_trouble.reason)
        error = in_trouble
    elif isinstance(error, OverflowError | DecimalException | UnicodeEncodeError | peewee.DataError):
        # A number or text that the store cannot hold and the dialect did not refuse: the caller's error.
        log.warning("input refused by the store", error=type(error).__name__, template=req.uri_template)
        error = Invalid(field="", reason="range")
    elif not isinstance(error, DomainError | falcon.HTTPError | PluginFailed):
        log.error("unexpected error", exc_info=error, template=req.uri_template, dialect=dialect and dialect.name)
    if dialect is not None:
        try:
            reply = dialect.render_error(req, error)
            if not isinstance(reply, ErrorReply):
                raise TypeError(f"render_error returned {type(reply).__name__}, not an ErrorReply")
            send_error(resp, reply)
            return
        except Exception as failure:
            log.error("error renderer failed", exc_info=failure, dialect=dialect.name)
    send_error(resp, neutral_reply(error))


def send_error(resp: falcon.Response, reply: ErrorReply) -> None:
    """Put an error reply into the response, in place of its content."""
    resp.status = int(reply.status)
    resp.text = resp.media = resp.stream = None
    if reply.body is None:
        resp.data = b""
    else:
        resp.data = reply.body if isinstance(reply.body, bytes) else encode_json(reply.body)
        resp.content_type = reply.media_type
    for name, value in reply.headers.items():
        resp.set_header(name, value)


def neutral_reply(error: Exception) -> ErrorReply:
    """The host's own reply, for paths that belong to no dialect."""
    if isinstance(error, falcon.HTTPError):
        status = error.status_code
        code = {404: "not_found", 405: "method_not_allowed"}.get(status, "bad_request")
        return ErrorReply(status, {"error": code}, dict(error.headers or {}), JSON)
    if isinstance(error, ServiceUnavailable):
        return ErrorReply(503, {"error": "unavailable"}, {"Retry-After": str(error.retry_after)})
    if isinstance(error, DomainError):
        return ErrorReply(400, {"error": "bad_request"})
    return ErrorReply(500, {"error": "internal"})
