"""Declarations of REST routes, and the requests and responses of their handlers.

A dialect writes ``Namespace("acme/v1", [RestRoute("/things", [Endpoint("GET", list_things, args={...})])])`` and adds
it to a ``server.RestServer``, which does everything around the handlers that clients of WordPress expect.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from core.http.dialect import ErrorReply, Principal
from core.http.openapi import Operation
from core.wordpress import php
from core.wordpress.php_request import PhpRequest
from core.wordpress.schema import Arg

READ = ("GET",)
CREATE = ("POST",)
EDIT = ("POST", "PUT", "PATCH")
DELETE = ("DELETE",)
BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class WPError(Exception):
    """An error response in WordPress's format.

    Attributes:
        data: Further members of ``data``, beside ``status``.
        additional: Further errors in the same response.
        headers: Response headers, such as ``Retry-After``.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        data: Mapping[str, Any] | None = None,
        additional: Sequence["WPError"] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.data = dict(data or {})
        self.additional = tuple(additional)
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The envelope."""
        envelope: dict[str, Any] = {
            "code": self.code,
            "message": self.message,
            "data": {"status": self.status, **self.data},
        }
        if self.additional:
            envelope["additional_errors"] = [error.body() for error in self.additional]
        return envelope


class DialectRefusal(WPError):
    """An error response in the dialect's own format."""

    def __init__(self, reply: ErrorReply) -> None:
        code = str(reply.body.get("code", "")) if isinstance(reply.body, Mapping) else ""
        super().__init__(code, "", reply.status, headers=reply.headers)
        self._body = reply.body

    def body(self) -> Any:
        return self._body


def no_route() -> WPError:
    """WordPress's error for an unknown path, and for a method that a path lacks."""
    return WPError("rest_no_route", "No route was found matching the URL and request method.", 404)


Links = Mapping[str, Sequence[Mapping[str, Any]]]


class Item(NamedTuple):
    """An item of a collection with its links."""

    data: Mapping[str, Any]
    links: Links | None = None


@dataclass(slots=True)
class RestResponse:
    """What a handler returns.

    Attributes:
        data: Any JSON value; a list may contain ``Item`` objects.
        links: Links of a single record. ``_fields`` does not remove them, as in WordPress.
        total: Number of matches before paging; sends ``X-WP-Total``, ``X-WP-TotalPages`` and the ``Link`` header.
        pages: Number of pages, where it does not follow from ``total`` and ``per_page``.
        page: The page that paging links are relative to, where it is not the requested one.
        link: False omits the paging ``Link`` header.
        records_in: The member of ``data`` that holds the records, where a dialect wraps its lists; ``_fields`` narrows
            those, not the wrapper.
        is_final: Sent and ended by the handler itself, as ``wp_send_json`` does: whatever the server adds afterwards
            (``Allow``, cache headers, ``_fields``, envelope, JSONP) is missing, and a batch ends there.
    """

    data: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    total: int | None = None
    pages: int | None = None
    links: Links | None = None
    page: int | None = None
    link: bool = True
    records_in: str = ""
    is_final: bool = False


class Paging(NamedTuple):
    """Number, length and offset of a page."""

    page: int
    per_page: int
    offset: int


@dataclass(frozen=True, slots=True, eq=False)
class Endpoint:
    """Some methods of a route.

    Attributes:
        methods: ``READ``, ``CREATE``, ``EDIT``, ``DELETE`` or any tuple of methods. ``GET`` includes ``HEAD``.
        permission: Returns None or True to allow; a ``WPError`` (returned or raised) or False refuses. It is also asked
            for the ``Allow`` header and for ``targetHints``, with only the path's parameters known.
        per_item: False where ``permission`` does not depend on path parameters; it is then called once per list.
        admit: Called when this endpoint is known to answer, before the body is read (switches, limits, API keys). May
            set ``request.principal`` and ``request.headers``.
        errors: Maps an exception of this handler to a ``WPError``, before the namespace's ``errors``.
        operation: The OpenAPI operation, where ``args`` do not describe it.
    """

    methods: Sequence[str]
    handler: Callable[["RestRequest"], RestResponse]
    args: Mapping[str, Arg] = field(default_factory=dict)
    permission: Callable[["RestRequest"], Any] | None = None
    per_item: bool = True
    admit: Callable[["RestRequest"], None] | None = None
    show_in_index: bool = True
    errors: Callable[[Exception], WPError | None] | None = None
    operation: Operation | None = None
    #: Computed from ``args`` once, for every request.
    defaults: Mapping[str, Any] = field(init=False, repr=False)
    required: Sequence[str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        defaults = {name: rule.schema.get("default") for name, rule in self.args.items()}
        object.__setattr__(self, "defaults", {name: value for name, value in defaults.items() if value is not None})
        object.__setattr__(self, "required", [name for name, rule in self.args.items() if rule.required])


@dataclass(frozen=True, slots=True)
class RestRoute:
    """One path of a namespace.

    Attributes:
        path: Relative to the namespace, with WordPress patterns: ``/things/(?P<id>[\\d]+)``.
        schema: The item schema that OPTIONS shows; ``{}`` shows ``[]``, None shows nothing.
    """

    path: str
    endpoints: Sequence[Endpoint]
    schema: Mapping[str, Any] | Callable[[], Mapping[str, Any]] | None = None

    def endpoint(self, method: str) -> Endpoint | None:
        """The endpoint of a method; None for none."""
        for endpoint in self.endpoints:
            if method in endpoint.methods or (method == "HEAD" and "GET" in endpoint.methods):
                return endpoint
        return None


@dataclass(slots=True)
class Namespace:
    """The routes of one API version.

    Attributes:
        login: Authenticates before routing: returns the principal or None; raises ``WPError``.
        check_permissions: Called with the authenticated request before routing, for the permissions of keys.
        errors: Maps an exception of a handler to a ``WPError``; None for one it does not know.
        json_lists: Whether a JSON body may be a list.
        exact_paths: Whether a path with double slashes is unknown, as on the real server.
    """

    name: str
    routes: Sequence[RestRoute]
    login: Callable[[PhpRequest], Principal | None] | None = None
    check_permissions: Callable[["RestRequest"], None] | None = None
    errors: Callable[[Exception], WPError | None] | None = None
    json_lists: bool = True
    exact_paths: bool = False
    _literal: dict[str, RestRoute] = field(default_factory=dict, repr=False)
    _patterns: list[tuple[re.Pattern[str], RestRoute]] = field(default_factory=list, repr=False)

    def __post_init__(self) -> None:
        for route in self.routes:
            full = f"/{self.name}{route.path}"
            if "(?P<" in full:
                self._patterns.append((re.compile(full + r"\Z", re.IGNORECASE | re.ASCII), route))
            else:
                self._literal.setdefault(full.lower(), route)

    def match(self, path: str) -> tuple[RestRoute, dict[str, str]] | None:
        """The route of a path (``/acme/v1/things/5``) and its path parameters; case-insensitive."""
        route = self._literal.get(path.lower())
        if route:
            return route, {}
        for pattern, route in self._patterns:
            match = pattern.match(path)
            if match:
                return route, {name: value for name, value in match.groupdict().items() if value is not None}
        return None


class Server(Protocol):
    """The server, as requests and discovery use it."""

    clock: Callable[[], datetime]
    rest_url: str
    target_hints: bool
    namespaces: dict[str, Namespace]

    @property
    def peers(self) -> Sequence["Server"]:
        """All REST servers of the site."""

    def allowed_methods_at(self, request: "RestRequest", href: str) -> list[str]:
        """The methods that the caller may use at a URL of the same namespace."""


class RestRequest:
    """A request as handlers see it: checked parameters, the caller, the time and helpers for URLs.

    Attributes:
        headers: Headers of every response to this request, errors included.
        cache: Values that permission callbacks and handlers share.
        verdicts: Which endpoints of the route the caller may use, as far as known; ``allowed`` lists the verbs, once
            they have been asked for.
    """

    def __init__(self, server: Server, namespace: Namespace, inputs: PhpRequest, method: str, path: str) -> None:
        self.server = server
        self.namespace = namespace
        self.php_request = inputs
        self.method = method
        self.path = path
        self.route: RestRoute | None = None
        self.endpoint: Endpoint | None = None
        self.principal: Principal | None = None
        self.headers: dict[str, str] = {}
        self.cache: dict[Any, Any] = {}
        self.url_params: dict[str, Any] = {}
        self.query: dict[str, Any] = {}
        self.form: dict[str, Any] = {}
        self.json: Any = None
        self.is_json = False
        self.defaults: Mapping[str, Any] = {}
        self.verdicts: dict[int, bool] = {}
        self.allowed: list[str] | None = None

    @property
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return self.server.clock()

    def sent_params(self) -> list[dict[str, Any]]:
        """The sources that the client sent, in order of precedence: JSON, form, query, path."""
        sources = [self.json] if self.is_json and isinstance(self.json, dict) else []
        if self.method in BODY_METHODS:
            sources.append(self.form)
        return [*sources, self.query, self.url_params]

    def all_params(self) -> list[Mapping[str, Any]]:
        """All sources of parameters: what was sent, then the defaults."""
        return [*self.sent_params(), self.defaults]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter by WordPress's order of precedence; null counts as absent."""
        for source in (*self.sent_params(), self.defaults):
            value = source.get(name)
            if value is not None:
                return value
        return default

    def has(self, name: str) -> bool:
        """Whether the parameter was sent, null included."""
        return any(name in source for source in self.all_params())

    @property
    def params(self) -> dict[str, Any]:
        """All parameters merged, nulls included."""
        merged: dict[str, Any] = {}
        for source in reversed(self.all_params()):
            merged.update(source)
        return merged

    @property
    def body(self) -> dict[str, Any]:
        """The parameters of the body: JSON over form."""
        fields = dict(self.form)
        if isinstance(self.json, dict):
            fields.update(self.json)
        return fields

    def int_param(self, name: str, default: int = 0) -> int:
        """A parameter as a PHP integer."""
        value = self.get(name)
        return default if value is None else php.intval(value)

    def paging(self, per_page: int = 10) -> Paging:
        """Page, length and offset; a sent ``offset`` overrides the page."""
        page = max(1, self.int_param("page", 1))
        size = max(1, self.int_param("per_page", per_page))
        start = php.wrap_int64((page - 1) * size) if self.get("offset") is None else max(0, self.int_param("offset"))
        return Paging(page, size, min(abs(start), php.INT_MAX))

    def url(self, path: str = "") -> str:
        """The absolute URL of a path below this namespace (``things/5``)."""
        base = f"{self.server.rest_url}{self.namespace.name}"
        return f"{base}/{path.strip('/')}" if path else base

    def links(self, self_path: str, collection: str | None = None, up: str | None = None) -> Links:
        """The usual ``_links`` of a record, from paths below this namespace."""
        links: dict[str, list[dict[str, Any]]] = {"self": [{"href": self.url(self_path)}]}
        if collection is not None:
            links["collection"] = [{"href": self.url(collection)}]
        if up is not None:
            links["up"] = [{"href": self.url(up)}]
        return links

    def permission_error(self, code: str, message: str) -> WPError:
        """The error for a missing permission: 401 for an unauthenticated caller, else 403."""
        return WPError(code, message, 401 if self.principal is None else 403)

    def child(self, method: str, body: Mapping[str, Any]) -> "RestRequest":
        """A request inside this one, for an item of a batch: same caller, own body, unchecked arguments."""
        inner = RestRequest(self.server, self.namespace, self.php_request, method, self.path)
        inner.principal, inner.cache = self.principal, self.cache
        inner.route, inner.query, inner.form = self.route, dict(self.query), dict(body)
        return inner
