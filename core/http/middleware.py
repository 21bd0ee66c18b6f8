"""What happens around every request, in one place and in one order.

Before routing: request id, proxies, path, the owning dialect, the body, the dialect's ``before_routing``. Before the
responder: the dialect's ``before_handler``, then the idempotency key. Afterwards: the dialect's ``after_response``, the
stored reply and the commit, HEAD, metrics and the access log.
"""

import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from itertools import count
from time import perf_counter
from typing import Any, cast

import falcon
from falcon.routing import CompiledRouter

from core import kept_reads, metrics, request_budget
from core.db import ensure_connection
from core.errors import IdempotencyInFlight, Invalid
from core.http.body import raw_body
from core.http.dialect import Dialect
from core.http.fingerprint import fingerprint
from core.http.proxies import TrustedProxies
from core.logs import AccessLog, request_id
from core.retries import retry_on_conflict
from core.services import actors, idempotency

_SAFE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")
_SAFE_KEY = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}\Z")
_WRITES = frozenset(("POST", "PUT", "PATCH", "DELETE"))
_TRANSACTION_KEY = "frontdesk.transaction"
#: Marks a request that an application with older settings has handed back.
REPEATED_KEY = "frontdesk.repeated"
#: Headers of one exchange that are not replayed with a stored reply.
_NOT_REPLAYED_HEADERS = ("x-request-id", "content-length", "x-ratelimit-", "retry-after", "date")

ErrorHandler = Callable[[falcon.Request, falcon.Response, Exception], None]


class SettingsChanged(BaseException):
    """Another application, with newer settings, has to answer this request. No error, so nobody may handle it."""


class DialectRegistry:
    """Finds the dialect that owns a path: the one with the longest prefix."""

    def __init__(self, dialects: list[Dialect]) -> None:
        self.dialects = tuple(dialects)
        self._exact = {prefix: dialect for dialect in dialects for prefix in dialect.prefixes}
        self._folded = {
            prefix.lower(): dialect for dialect in dialects if dialect.ignore_case for prefix in dialect.prefixes
        }
        self._rewriters = [dialect.rewrite for dialect in dialects if dialect.rewrite is not None]

    def dialect_of(self, path: str) -> Dialect | None:
        """The dialect of ``path``, or None."""
        exact, folded = self._exact, self._folded
        while path:
            dialect = exact.get(path)
            if dialect is None and folded:
                dialect = folded.get(path.lower())
            if dialect is not None:
                return dialect
            path = path[: path.rfind("/")] if "/" in path else ""
        return None

    def rewrite_path(self, req: falcon.Request) -> str | None:
        """The path that a dialect recognises in a request outside all prefixes; None if no dialect does."""
        for rewrite in self._rewriters:
            path = rewrite(req)
            if path is not None:
                return path
        return None


class Middleware:
    """The host's only middleware.

    Args:
        base_path: The path of the site's URL; requests may arrive with or without it.
        check_settings: Called with the datastore connected, before anything of a request to a dialect was read; raises
            ``SettingsChanged`` when another application has to answer it.
    """

    def __init__(
        self,
        *,
        registry: DialectRegistry,
        clock: Callable[[], datetime],
        proxies: TrustedProxies,
        max_body: int,
        reply_lifetime: timedelta,
        access_log: AccessLog,
        on_error: ErrorHandler,
        base_path: str = "",
        check_settings: Callable[[], None] = lambda: None,
    ) -> None:
        self._base_path = f"{base_path.rstrip('/')}/"
        self._registry = registry
        self._dialect_of_resource = {
            id(route.resource): dialect for dialect in registry.dialects for route in dialect.routes
        }
        self._clock = clock
        self._proxies = proxies
        self._max_body = max_body
        self._reply_lifetime = reply_lifetime
        self._access_log = access_log
        self._on_error = on_error
        self._check_settings = check_settings
        # Random bytes from the system would cost a tenth of a light request.
        self._process_id = uuid.uuid4().hex[:20]
        self._requests = count()

    def _new_id(self) -> str:
        return f"{self._process_id}{next(self._requests):012x}"

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        context, env = req.context, req.env
        context.started = perf_counter()
        sent_id = env.get("HTTP_X_REQUEST_ID")
        context.request_id = sent_id if sent_id and _SAFE_ID.match(sent_id) else self._new_id()
        request_id.set(context.request_id)
        context.principal = context.dialect = context.keyed = None
        actors.set_current("")
        context.replayed = False
        context.max_body = self._max_body
        context.sent_method = req.method
        is_first_try = REPEATED_KEY not in env
        if self._proxies.is_enabled and is_first_try:
            self._proxies.apply(env)
        context.remote_addr = env.get("REMOTE_ADDR") or ""
        context.scheme = env["wsgi.url_scheme"]
        context.sent_path = path = req.path
        if "\x00" in path:
            path = path.replace("\x00", "\ufffd")
        if "//" in path:
            path = re.sub("/{2,}", "/", path)
        if len(path) > 1 and path[-1] == "/":
            path = path[:-1]
        if self._base_path != "/" and f"{path}/".startswith(self._base_path):
            # A proxy that serves the site below a path may pass that path along.
            path = path[len(self._base_path) - 1 :] or "/"
        req.path = path
        dialect = self._registry.dialect_of(path)
        if dialect is None:
            rewritten = self._registry.rewrite_path(req)
            if rewritten is not None:
                req.path = rewritten.rstrip("/") or "/"
                dialect = self._registry.dialect_of(req.path)
        context.dialect = dialect
        if req.method == "HEAD":
            req.method = "GET"
        if dialect is not None:
            ensure_connection()
            kept_reads.start()
            if is_first_try:
                self._check_settings()
            raw_body(req)
            dialect.steps.before_routing(req, resp)

    def process_resource(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        dialect = req.context.dialect
        if dialect is None:
            return
        owner = self._dialect_of_resource.get(id(resource))
        if owner is None or owner is not dialect:
            # Another dialect's catch-all route; this dialect, which owns the path, has no such route.
            raise falcon.HTTPRouteNotFound
        dialect.steps.before_handler(req, resp, resource, params)
        if resp.complete or req.method not in _WRITES:
            return
        principal = req.context.principal
        if principal is not None and not actors.current().name:
            actors.set_current(f"key:{principal.dialect}:{principal.id}")
        key = req.env.get("HTTP_IDEMPOTENCY_KEY")
        if key and req.context.principal is not None:
            self._start_idempotent_write(req, resp, key)

    def _start_idempotent_write(self, req: falcon.Request, resp: falcon.Response, key: str) -> None:
        if not _SAFE_KEY.match(key):
            raise Invalid(field="Idempotency-Key", reason="format")
        principal = req.context.principal
        request = idempotency.KeyedRequest.at(
            f"{principal.dialect}:{principal.id}",
            key,
            fingerprint(req, req.context.dialect.is_credential),
            now=self._clock(),
            retention=self._reply_lifetime,
        )
        reply = _open_transaction(req.env, request)
        if reply is None:
            req.context.keyed = request
            return
        roll_back(req.env, None)
        resp.status = reply.status
        for name, value in reply.headers:
            resp.set_header(name, value)
        resp.set_header("Idempotent-Replayed", "true")
        resp.data = reply.body
        req.context.replayed = resp.complete = True

    def process_response(
        self, req: falcon.Request, resp: falcon.Response, resource: object, req_succeeded: bool
    ) -> None:
        context = req.context
        # What is left is short and must be done.
        request_budget.start_closing()
        if not hasattr(context, "sent_method"):
            # Falcon refused the request before ``process_request`` ran.
            self._fill_context(req)
        try:
            self._finish(req, resp, req_succeeded)
        except Exception as error:
            roll_back(req.env, error)
            context.keyed = None
            self._on_error(req, resp, error)
            self._after_response(req, resp, False)
        resp.set_header("X-Request-Id", context.request_id)
        req.method = context.sent_method
        seconds = perf_counter() - context.started
        name = context.dialect.name if context.dialect is not None else "none"
        status = resp.status_code
        metrics.count_request(name, context.sent_method, status, seconds, req.uri_template)
        self._access_log.write_line(
            client=context.remote_addr,
            request_id=context.request_id,
            dialect=name,
            method=context.sent_method,
            template=req.uri_template,
            status=status,
            ms=round(seconds * 1000, 2),
            key=context.principal.id if context.principal is not None else None,
        )

    def _fill_context(self, req: falcon.Request) -> None:
        context = req.context
        context.started = perf_counter()
        context.request_id = self._new_id()
        context.sent_method = req.method
        context.sent_path = req.path
        context.remote_addr, context.scheme = req.env.get("REMOTE_ADDR") or "", req.env["wsgi.url_scheme"]
        context.principal = context.keyed = None
        context.replayed = False
        context.max_body = self._max_body
        context.dialect = self._registry.dialect_of(req.path)

    def _after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        dialect = req.context.dialect
        if dialect is not None and not req.context.replayed:
            dialect.steps.after_response(req, resp, succeeded)

    def _finish(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        self._after_response(req, resp, succeeded)
        request, req.context.keyed = req.context.keyed, None
        if request is None:
            return
        status = resp.status_code
        if resp.stream is not None or status >= 500 or status == 429:
            # Not remembered: a retry runs the request again.
            roll_back(req.env, None)
            return
        body = resp.render_body() or b""
        resp.text, resp.media, resp.data = None, None, body
        headers = [(name, value) for name, value in resp.headers.items() if not name.startswith(_NOT_REPLAYED_HEADERS)]
        # After a refusal no transaction is open; only the refusal itself is stored.
        idempotency.store(request, idempotency.Reply(status, tuple(headers), body))
        # The commit may fail; then the transaction is closed already.
        transaction = req.env.pop(_TRANSACTION_KEY, None)
        if transaction is not None:
            transaction.__exit__(None, None, None)


class RetryingRouter(CompiledRouter):
    """Falcon's router; responders of writing methods are repeated when the database aborts them for another request."""

    def map_http_methods(self, resource: object, **kwargs: Any) -> dict[str, Any]:
        """The responders of a resource by method."""
        responders = super().map_http_methods(resource, **kwargs)
        return {
            # A WSGI app has no other responders than these.
            method: _retried_on_conflict(cast("Callable[..., None]", responder)) if method in _WRITES else responder
            for method, responder in responders.items()
        }


def _retried_on_conflict(responder: Callable[..., None]) -> Callable[..., None]:
    @wraps(responder)
    def run(req: falcon.Request, resp: falcon.Response, **params: Any) -> None:
        def restart() -> None:
            roll_back(req.env, None)
            if _open_transaction(req.env, req.context.keyed) is not None:
                # Another one with this key was faster.
                raise IdempotencyInFlight(key=req.context.keyed.key)

        retry_on_conflict(
            lambda: responder(req, resp, **params), restart=restart if _TRANSACTION_KEY in req.env else None
        )

    return run


def _open_transaction(env: dict[str, Any], request: idempotency.KeyedRequest) -> idempotency.Reply | None:
    """Begin the transaction around a write with an idempotency key; returns the reply that is stored already."""
    transaction = idempotency.transaction(request)
    reply = transaction.__enter__()
    env[_TRANSACTION_KEY] = transaction
    return reply


def roll_back(env: dict[str, Any], error: BaseException | None) -> None:
    """Roll back the transaction around a write with an idempotency key, if one is open."""
    transaction = env.pop(_TRANSACTION_KEY, None)
    if transaction is None:
        return
    error = error or _Undo()
    try:
        transaction.__exit__(type(error), error, error.__traceback__)
    except BaseException as raised:
        if raised is not error:
            raise


class _Undo(Exception):
    """Rolls a transaction back where there is no other error."""
