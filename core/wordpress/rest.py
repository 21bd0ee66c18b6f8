"""Declarations of a dialect's REST routes, and the requests and responses of its handlers.

A dialect writes ``Namespace("acme/v1", [RestRoute("/things", [Endpoint(READ, list_things, args={...})])])`` and adds it
to a ``server.RestServer``, which does everything else that a client of WordPress expects.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from core.http.dialect import ErrorReply, Principal
from core.wordpress import php
from core.wordpress.php_request import PhpRequest
from core.wordpress.schema import Arg

if TYPE_CHECKING:
    from core.wordpress.server import RestServer

READ = ("GET",)
CREATE = ("POST",)
EDIT = ("POST", "PUT", "PATCH")
DELETE = ("DELETE",)
BODY_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class WPError(Exception):
    """An error in WordPress's envelope.

    Attributes:
        data: Fields of ``data`` besides ``status``.
        additional: Further errors of the same response.
        headers: Headers of the response, such as ``Retry-After``.
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
    """An error in a format of the dialect's own."""

    def __init__(self, reply: ErrorReply) -> None:
        code = str(reply.body.get("code", "")) if isinstance(reply.body, Mapping) else ""
        super().__init__(code, "", reply.status, headers=reply.headers)
        self._body = reply.body

    def body(self) -> Any:
        return self._body


def no_route() -> WPError:
    """WordPress's error for an unknown path, and for a known path that lacks the method."""
    return WPError("rest_no_route", "No route was found matching the URL and request method.", 404)


Links = Mapping[str, Sequence[Mapping[str, Any]]]


class Item(NamedTuple):
    """One record of a collection, with its links."""

    data: Mapping[str, Any]
    links: Links | None = None


@dataclass(slots=True)
class RestResponse:
    """What a handler returns.

    Attributes:
        data: Any JSON data; a list may contain ``Item``s.
        links: Links of a single record. They stay even when ``_fields`` does not name them, as in WordPress.
        total: Matches before paging; sends ``X-WP-Total``, ``X-WP-TotalPages`` and the ``Link`` header.
        pages: Number of pages, where it does not follow from ``total`` and ``per_page``.
        page: The page that paging links start from, where it is not the requested one.
        link: False leaves out the paging ``Link`` header.
        records_in: The member of ``data`` that contains the records, where a dialect wraps its lists; ``_fields``
            applies to those, not to the wrapper.
        is_final: Written and ended by the handler itself, as ``wp_send_json`` does: what the server adds otherwise
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
        permission: Returns None or True to allow; a ``WPError`` (returned or raised) or False refuses. It is also
            called for the ``Allow`` header and for ``targetHints``, with only the path's parameters known.
        per_item: False when ``permission`` does not depend on the path's parameters, so one call serves a whole list.
        action: The dialect's own name for the action, for its ``before_dispatch`` step.
        errors: Turns an exception of this handler into a ``WPError``, before the namespace's own.
    """

    methods: Sequence[str]
    handler: Callable[["RestRequest"], RestResponse]
    args: Mapping[str, Arg] = field(default_factory=dict)
    permission: Callable[["RestRequest"], Any] | None = None
    per_item: bool = True
    action: str = ""
    show_in_index: bool = True
    errors: Callable[[Exception], WPError | None] | None = None
    #: Computed from ``args`` once, because every request needs them.
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
        """The endpoint that answers a verb."""
        for endpoint in self.endpoints:
            if method in endpoint.methods or (method == "HEAD" and "GET" in endpoint.methods):
                return endpoint
        return None


@dataclass(slots=True)
class Namespace:
    """The routes of one API version.

    Attributes:
        login: Called before routing. Returns the caller or None; raises ``WPError``.
        check_permissions: Called before routing with the authenticated request (key permissions).
        before_dispatch: Called when route and method are known, before the body is read (switches, limits, own keys).
            May set ``request.principal`` and ``request.headers``.
        errors: Turns an exception of a handler into a ``WPError``; None for an exception that it does not know.
        json_lists: Whether a JSON body may be a list. A JSON text or number never may.
        exact_paths: Whether double slashes in a path lead nowhere, as on the real server.
    """

    name: str
    routes: Sequence[RestRoute]
    login: Callable[[PhpRequest], Principal | None] | None = None
    check_permissions: Callable[["RestRequest"], None] | None = None
    before_dispatch: Callable[["RestRequest"], None] | None = None
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
        """The route of a path (``/acme/v1/things/5``) and its path parameters; case does not matter."""
        route = self._literal.get(path.lower())
        if route:
            return route, {}
        for pattern, route in self._patterns:
            match = pattern.match(path)
            if match:
                return route, {name: value for name, value in match.groupdict().items() if value is not None}
        return None


class RestRequest:
    """One request as a handler sees it: checked parameters, the caller, the time, and helpers for URLs.

    Attributes:
        headers: Headers of every response to this request.
        cache: Values shared by permission checks and handlers.
        verdicts: Which endpoints of the route the caller may use, as far as known; ``allowed_methods`` lists the
            methods once they have been computed.
    """

    def __init__(self, server: "RestServer", namespace: Namespace | None, method: str, path: str) -> None:
        self.server = server
        # None only for an unknown path, which is refused before anything reads it.
        self.namespace: Namespace = namespace  # type: ignore[assignment]  # see above
        self.method = method
        self.path = path
        self.php_request: PhpRequest = None  # type: ignore[assignment]  # set by the server before any handler runs
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
        self.allowed_methods: list[str] | None = None

    @property
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return self.server.clock()

    def sent_params(self) -> list[dict[str, Any]]:
        """The client's parameters by precedence: JSON, form, query, path."""
        sources = [self.json] if self.is_json and isinstance(self.json, dict) else []
        if self.method in BODY_METHODS:
            sources.append(self.form)
        return [*sources, self.query, self.url_params]

    def all_params(self) -> list[Mapping[str, Any]]:
        """The client's parameters, then the defaults."""
        return [*self.sent_params(), self.defaults]

    def get(self, name: str, default: Any = None) -> Any:
        """A parameter by WordPress's order of precedence; null counts as absent."""
        for source in (*self.sent_params(), self.defaults):
            value = source.get(name)
            if value is not None:
                return value
        return default

    def has(self, name: str) -> bool:
        """Whether the parameter was sent at all, null included."""
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
        """The parameters of the body alone: JSON over form."""
        fields = dict(self.form)
        if isinstance(self.json, dict):
            fields.update(self.json)
        return fields

    def int_param(self, name: str, default: int = 0) -> int:
        """A parameter as a PHP integer."""
        value = self.get(name)
        return default if value is None else php.intval(value)

    def paging(self, per_page: int = 10) -> Paging:
        """Page, length and offset; a client's ``offset`` overrides the page."""
        page = max(1, self.int_param("page", 1))
        size = max(1, self.int_param("per_page", per_page))
        start = php.wrap_int64((page - 1) * size) if self.get("offset") is None else max(0, self.int_param("offset"))
        return Paging(page, size, min(abs(start), php.INT_MAX))

    def url(self, path: str = "") -> str:
        """The full URL of a path below this namespace (``things/5``)."""
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
        """A permission error: 401 for an anonymous caller, 403 for a known one."""
        return WPError(code, message, 401 if self.principal is None else 403)

    def child(self, method: str, body: Mapping[str, Any]) -> "RestRequest":
        """A request inside this one (an item of a batch): same caller, its own body, unchecked."""
        request = RestRequest(self.server, self.namespace, method, self.path)
        request.php_request, request.principal, request.cache = self.php_request, self.principal, self.cache
        request.route, request.query, request.form = self.route, dict(self.query), dict(body)
        return request
