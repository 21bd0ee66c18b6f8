"""Serves the legacy ``wc-api`` API.

Login comes before everything but the index: an unauthenticated caller gets 401 and does not learn which paths exist.
There is no 405 and no OPTIONS: an unknown method is 400, a method that a path lacks is 404.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import falcon

from core.domain.site import Site
from core.errors import (
    BodyTooLarge,
    DomainError,
    IdempotencyConflict,
    IdempotencyInFlight,
    Invalid,
    MalformedBody,
    RateLimited,
    ServiceUnavailable,
)
from core.http.body import query_params
from core.http.dialect import Dialect, ErrorReply, Route
from core.http.middleware import roll_back
from core.wordpress import oauth, php, phpjson, rendering
from core.wordpress.consumer_keys import KeyStore
from core.wordpress.falcon_adapter import CatchAllResource, RestSteps, route_template
from core.wordpress.legacy import (
    BODY_VERBS,
    VERBS,
    LegacyEndpoint,
    LegacyError,
    LegacyRequest,
    LegacyResponse,
    LegacyRoute,
    no_route,
    parse_body,
)
from core.wordpress.legacy_login import LegacyLogin
from core.wordpress.php_request import PhpRequest


class LegacyServer:
    """All routes of one ``wc-api`` version.

    Args:
        routes: Literal paths come before patterns that match them too.
        errors: Maps an exception of a handler to a ``LegacyError``; None for one it does not know.
        store: What the index shows beside the routes: ``description``, ``wc_version``, ``meta``.
        signing_times: Instants that signed timestamps must be close to; by default the clock's.
        basic_over_http: Accept Basic and query pair over plain HTTP; without it an unsigned request there gets 404.
    """

    def __init__(
        self,
        routes: Sequence[LegacyRoute],
        *,
        dialect: str,
        site: Site,
        clock: Callable[[], datetime],
        key_store: KeyStore,
        errors: Callable[[Exception], LegacyError | None] | None = None,
        base: str = "/wc-api/v3",
        basic_over_http: bool = True,
        jsonp: bool = True,
        signing_times: Callable[[], Sequence[datetime]] | None = None,
        store: Mapping[str, Any] | None = None,
    ) -> None:
        self.site = site
        self.clock = clock
        self.base = base
        self.base_url = site.url.rstrip("/") + base
        self._name = dialect
        self._errors = errors
        self._logins = LegacyLogin(
            key_store,
            dialect=dialect,
            site=site,
            clock=clock,
            secrets_over_http=basic_over_http,
            signing_times=signing_times,
        )
        self._jsonp = jsonp
        self._store = dict(store or {})
        index = LegacyRoute("/", [LegacyEndpoint(("GET",), self._index)])
        self.routes = [index, *routes]
        self._routes = [(re.compile(route.path + r"\Z", re.IGNORECASE | re.ASCII), route) for route in self.routes]

    def dialect(self, **fields: Any) -> Dialect:
        """The ``Dialect`` that a plugin returns; ``fields`` are further fields of it."""
        resource = CatchAllResource(self.reply)
        routes = [Route(self.base, resource), Route(self.base + "/{rest:path}", resource)]
        fields.setdefault("ignore_case", True)
        fields.setdefault("rewrite", self.legacy_route_path)
        fields.setdefault("steps", LegacySteps(self))
        fields.setdefault("is_credential", oauth.is_credential)
        table = [
            (
                [method for endpoint in route.endpoints for method in endpoint.methods],
                self.base + route.path.rstrip("/"),
            )
            for route in self.routes
        ]
        fields.setdefault("route_table", table)
        return Dialect(name=self._name, prefixes=[self.base], routes=routes, render_error=self.render_error, **fields)

    def legacy_route_path(self, req: falcon.Request) -> str | None:
        """The route path of ``/?wc-api-version=3&wc-api-route=/...``."""
        if req.path.strip("/") or "wc-api-route=" not in req.query_string:
            return None
        params = query_params(req)
        route = params.get("wc-api-route")
        if not isinstance(route, str) or params.get("wc-api-version") != self.base.rpartition("v")[2]:
            return None
        return f"{self.base}/{route.strip('/')}"

    def begin_request(self, req: falcon.Request) -> tuple[LegacyRequest, LegacyError | None]:
        """Authenticate and check the key's permission, once per request."""
        call = getattr(req.context, "wc_call", None)
        if call is None:
            path = req.path[len(self.base) :] if req.path.lower().startswith(self.base) else req.path
            path = path[:-1] if len(path) > 1 and path.endswith("/") else path
            request, error = LegacyRequest(self, PhpRequest(req), path or "/"), None
            try:
                if request.path != "/":
                    request.principal = self._logins.login(request)
            except LegacyError as refusal:
                error = refusal
            call = req.context.wc_call = (request, error)
            req.context.principal = request.principal
        return call

    def reply(self, req: falcon.Request) -> ErrorReply:
        """The response to a request."""
        request, error = self.begin_request(req)
        callback = request.php_request.query.get("_jsonp")
        if callback is not None:
            bad = self._bad_callback(callback)
            if bad:
                return ErrorReply(400, phpjson.dumps([bad]), {"Content-Type": rendering.JSON_TYPE})
        try:
            if error:
                raise error
            response = self._run(request)
        except LegacyError as refusal:
            # Undo what an idempotent write has begun; only the error response is stored.
            roll_back(req.env, refusal)
            response = LegacyResponse(refusal.body(), refusal.status, dict(refusal.headers))
        except DomainError as refusal:
            mapped = self.to_legacy_error(refusal)
            if mapped is None:
                raise
            roll_back(req.env, refusal)
            response = LegacyResponse(mapped.body(), mapped.status, dict(mapped.headers))
        finally:
            if request.route is not None:
                req.uri_template = route_template(self.base, request.route.path)
        return self._finish(request, response, callback)

    def _bad_callback(self, name: Any) -> dict[str, str] | None:
        if not self._jsonp:
            return {
                "code": "woocommerce_api_jsonp_disabled",
                "message": "JSONP support is disabled on this site",
            }
        if not name or not rendering.is_valid_callback(name):
            return {
                "code": "woocommerce_api_jsonp_callback_invalid",
                "message": "The JSONP callback function is invalid",
            }
        return None

    def _run(self, request: LegacyRequest) -> LegacyResponse:
        if request.method not in VERBS:
            raise LegacyError("woocommerce_api_unsupported_method", "Unsupported request method")
        verb = "GET" if request.method == "HEAD" else request.method
        for pattern, route in self._routes:
            match = pattern.match(request.path)
            endpoint = next((endpoint for endpoint in route.endpoints if verb in endpoint.methods), None)
            if match and endpoint:
                return self._handle(request, route, endpoint, match.groupdict())
        raise no_route()

    def _handle(
        self, request: LegacyRequest, route: LegacyRoute, endpoint: LegacyEndpoint, path_params: Mapping[str, str]
    ) -> LegacyResponse:
        request.route = route
        request.params = {name: php.intval(text) if text.isdigit() else text for name, text in path_params.items()}
        request.body = parse_body(request.php_request.body)
        if endpoint.accepts_data and request.method in BODY_VERBS and request.body is None:
            raise LegacyError("woocommerce_api_missing_callback_param", "Missing parameter data")
        try:
            return endpoint.handler(request)
        except LegacyError:
            raise
        except Exception as error:
            mapped = self.to_legacy_error(error)
            if mapped is None:
                raise
            raise mapped from error

    def _finish(self, request: LegacyRequest, response: LegacyResponse, callback: Any) -> ErrorReply:
        headers = {"Content-Type": rendering.JSON_TYPE, **request.headers, **response.headers}
        if response.total is not None:
            headers.update(self._paging(request, response))
        body = phpjson.dumps(response.data)
        if callback is not None:
            headers["Content-Type"] = rendering.JSONP_TYPE
            headers["X-Content-Type-Options"] = "nosniff"
            body = b"/**/" + callback.encode("ascii") + b"(" + body + b")"
        return ErrorReply(response.status, b"" if request.method == "HEAD" else body, headers)

    def _paging(self, request: LegacyRequest, response: LegacyResponse) -> dict[str, str]:
        total, limit = response.total or 0, response.limit
        pages = -(-total // limit) if limit else min(total, 1)
        headers = {"X-WC-Total": str(total), "X-WC-TotalPages": str(pages)}
        if not limit:
            return headers
        first = response.first_page
        page, last = response.page, first + max(pages, 1) - 1
        links = []
        if page < last:
            links += [(page + 1, "next"), (last, "last")]
        if page > first:
            links += [(first, "first"), (min(page - 1, last), "prev")]
        params = {name: value for name, value in request.php_request.query.items() if not name.startswith("oauth_")}
        params.setdefault("limit", limit)
        if links:
            headers["Link"] = rendering.page_links(self.base_url + request.path, {**params, "page": False}, links)
        return headers

    def _index(self, request: LegacyRequest) -> LegacyResponse:
        routes: dict[str, Any] = {}
        for route in self.routes:
            offered = {verb for endpoint in route.endpoints for verb in endpoint.methods}
            text = re.sub(r"\(\?P<(\w+)>.*?\)", r"<\1>", route.path)
            entry: dict[str, Any] = {
                "supports": [verb for verb in VERBS if verb in offered or (verb == "HEAD" and "GET" in offered)]
            }
            if any(endpoint.accepts_data for endpoint in route.endpoints):
                entry["accepts_data"] = True
            if "<" not in text:
                entry["meta"] = {"self": self.base_url + ("" if text == "/" else text)}
            routes[text] = entry
        store = {
            "name": self.site.name,
            "description": self._store.get("description", ""),
            "URL": self.site.url,
            "wc_version": self._store.get("wc_version", ""),
            "version": "3.1.0",
            "routes": routes,
            "meta": self._store.get("meta", {}),
        }
        return LegacyResponse({"store": store})

    def to_legacy_error(self, error: Exception) -> LegacyError | None:
        """Map an error by the dialect's table, then by the platform's defaults; None for an unexpected exception."""
        if isinstance(error, LegacyError):
            return error
        mapped = self._errors(error) if self._errors else None
        if mapped is None and isinstance(error, BodyTooLarge):
            mapped = LegacyError("woocommerce_api_request_entity_too_large", "The request body is too large", 413)
        elif mapped is None and isinstance(error, RateLimited):
            text = "Too many requests. Please try again later"
            mapped = LegacyError(
                "woocommerce_api_rate_limit", text, 429, headers={"Retry-After": str(error.retry_after)}
            )
        elif mapped is None and isinstance(error, ServiceUnavailable):
            text = "The service is temporarily unavailable. Please try again later"
            mapped = LegacyError(
                "woocommerce_api_service_unavailable", text, 503, headers={"Retry-After": str(error.retry_after)}
            )
        elif mapped is None and isinstance(error, Invalid | MalformedBody):
            mapped = LegacyError("woocommerce_api_invalid_request", "The request could not be understood")
        elif mapped is None and isinstance(error, IdempotencyInFlight):
            text = "A request with this idempotency key is still being handled"
            mapped = LegacyError("woocommerce_api_idempotency_in_flight", text, 409)
        elif mapped is None and isinstance(error, IdempotencyConflict):
            text = "This idempotency key was used for another request"
            mapped = LegacyError("woocommerce_api_idempotency_conflict", text, 422)
        return mapped

    def render_error(self, req: falcon.Request, error: Exception) -> ErrorReply:
        """Render an error from outside a handler: core's, Falcon's or an unexpected exception."""
        mapped = self.to_legacy_error(error)
        if mapped is None and isinstance(error, falcon.HTTPError):
            mapped = self._from_falcon(req, error)
        mapped = mapped or LegacyError("woocommerce_api_internal_error", "The request could not be handled", 500)
        return ErrorReply(
            mapped.status, phpjson.dumps(mapped.body()), {"Content-Type": rendering.JSON_TYPE, **mapped.headers}
        )

    def _from_falcon(self, req: falcon.Request, error: falcon.HTTPError) -> LegacyError:
        # Methods that Falcon does not know never reach the resource, but login still comes first.
        _, refusal = self.begin_request(req)
        if refusal:
            return refusal
        if req.method not in VERBS:
            return LegacyError("woocommerce_api_unsupported_method", "Unsupported request method")
        if error.status_code in (400, 404, 405):
            return no_route()
        return LegacyError("woocommerce_api_error", error.title or "Error", error.status_code)


class LegacySteps(RestSteps):
    """Authenticates before core's steps, and normalizes the case of the base path."""

    def __init__(self, server: LegacyServer) -> None:
        super().__init__(server.begin_request)
        self._base = server.base

    def before_routing(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Core's step before routing."""
        if req.path.lower().startswith(self._base) and not req.path.startswith(self._base):
            req.path = self._base + req.path[len(self._base) :]
