"""Declarations for the legacy ``wc-api`` API: routes, requests, responses and errors; parsing of bodies.

``legacy_server.LegacyServer`` serves the routes.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from core.http.dialect import Principal
from core.wordpress import php, phpjson, sanitize
from core.wordpress.php_request import PhpRequest
from core.wordpress.phpjson import as_object

READ = ("GET",)
CREATE = ("POST",)
EDIT = ("POST", "PUT", "PATCH")
DELETE = ("DELETE",)
VERBS = ("HEAD", "GET", "POST", "PUT", "PATCH", "DELETE")
BODY_VERBS = frozenset({"POST", "PUT", "PATCH"})

#: Query parameters of the transport, which handlers do not see.
_RESERVED = frozenset(
    {"consumer_key", "consumer_secret", "_method", "_jsonp", "wc-api-version", "wc-api-route", "filter"}
)
# An unterminated string extends to the end of the input, which keeps the search linear on hostile bodies.
_REPAIRABLE = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|,(?=\s*[}\]])|[\u00a0\u2000-\u200b\u202f\ufeff]+', re.DOTALL
)


class LegacyError(Exception):
    """An error response: ``{"errors": [{"code", "message"}]}`` with a status, and an optional ``detail`` per error."""

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 400,
        *,
        detail: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.detail = detail
        self.headers = dict(headers or {})

    def body(self) -> dict[str, Any]:
        """The envelope."""
        detail = {"detail": self.detail} if self.detail else {}
        return {"errors": [{"code": self.code, "message": self.message, **detail}]}


def no_route() -> LegacyError:
    """The error for an unknown path or method; this API never answers 405."""
    text = "No route was found matching the URL and request method"
    return LegacyError("woocommerce_api_no_route", text, 404)


@dataclass(slots=True)
class LegacyResponse:
    """What a handler returns.

    Attributes:
        total: Number of matches before paging; sends ``X-WC-Total`` and ``X-WC-TotalPages``.
        limit: Page length; sends the ``Link`` header.
        page: Number of the page, counted from ``first_page``.
    """

    data: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    total: int | None = None
    limit: int | None = None
    page: int = 0
    first_page: int = 0


@dataclass(frozen=True, slots=True)
class LegacyEndpoint:
    """Some methods of a route; with ``accepts_data`` POST, PUT and PATCH require a JSON body."""

    methods: Sequence[str]
    handler: Callable[["LegacyRequest"], LegacyResponse]
    accepts_data: bool = False


@dataclass(frozen=True, slots=True)
class LegacyRoute:
    """One path below the base, with WordPress patterns: ``/things/(?P<id>\\d+)``. Case-insensitive."""

    path: str
    endpoints: Sequence[LegacyEndpoint]


class Server(Protocol):
    """The server, as a request uses it.

    Attributes:
        base: The base path of all routes.
        base_url: The base path as an absolute URL.
    """

    clock: Callable[[], datetime]
    base: str
    base_url: str


class LegacyRequest:
    """A request as handlers see it.

    Attributes:
        method: The method after ``_method`` or ``X-HTTP-Method-Override``.
        params: Path parameters; digits are converted to int.
        query: Query parameters without those of login and transport; ``filter[x]`` becomes ``x``.
        body: The JSON object of the body without nulls; None where there is no usable one.
    """

    def __init__(self, server: Server, php_request: PhpRequest, path: str) -> None:
        self.server = server
        self.php_request = php_request
        self.method = php_request.method
        self.path = path
        self.principal: Principal | None = None
        self.params: dict[str, Any] = {}
        self.query = data_query(php_request.query)
        self.body: dict[str, Any] | None = None
        self.route: LegacyRoute | None = None
        self.headers: dict[str, str] = {}

    @property
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return self.server.clock()

    @property
    def data(self) -> dict[str, Any]:
        """The parameters of a write: the body."""
        return self.body or {}

    @property
    def filters(self) -> dict[str, Any]:
        """The parameters of a read: the query, overridden by the body."""
        return {**self.query, **(self.body or {})}

    @property
    def fields(self) -> list[str]:
        """The names in ``fields``, in any accepted notation; empty for all."""
        return field_names(self.filters.get("fields"))

    def url(self, path: str = "") -> str:
        """The absolute URL of a path below the base."""
        return f"{self.server.base_url}/{path.strip('/')}" if path else self.server.base_url


def data_query(query: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters for handlers; ``filter[x]`` sets ``x`` unless ``x`` is present."""
    inside = query.get("filter")
    params = dict(inside) if isinstance(inside, dict) else {}
    params.update(query)
    return {name: value for name, value in params.items() if name not in _RESERVED and not name.startswith("oauth_")}


def field_names(fields: Any) -> list[str]:
    """Parse ``fields``: a JSON list, comma-separated text, ``fields[]`` or ``fields[0]``."""
    if isinstance(fields, str):
        fields = fields.split(",")
    names = (php.to_text(name).strip() for name in sanitize.parse_list(fields))
    return list(dict.fromkeys(name for name in names if name))


def select_fields(record: Mapping[str, Any], fields: Iterable[str]) -> Any:
    """The record with these fields only, in the record's order; without names all of it. An empty result is ``{}``."""
    names = set(fields)
    if not names:
        return record
    return as_object({name: value for name, value in record.items() if name in names})


def parse_body(raw: bytes) -> dict[str, Any] | None:
    """Parse a body as a JSON object, whatever its content type; None for anything else and for an empty body.

    A byte order mark is skipped and the last of equal keys wins. A body that is no JSON is parsed once more without
    trailing commas and with plain spaces for typographic ones, which come with text copied from a web page. Keys with
    null are dropped.
    """
    raw = raw.removeprefix(b"\xef\xbb\xbf").strip()
    if not raw:
        return None
    try:
        value = phpjson.loads(raw)
    except phpjson.JsonError as error:
        value = _read_lenient(raw) if error.code == 4 else None
    return _without_nulls(value, 32) if isinstance(value, dict) else None


def _read_lenient(raw: bytes) -> Any:
    repaired = _REPAIRABLE.sub(_repair, raw.decode("utf-8", "replace"))
    try:
        return phpjson.loads(repaired.encode("utf-8"))
    except phpjson.JsonError:
        return None


def _repair(match: re.Match[str]) -> str:
    text = match.group()
    if text[0] == '"':
        return text
    return "" if text == "," else " "


def _without_nulls(value: Any, depth: int) -> Any:
    if depth and isinstance(value, dict):
        return {name: _without_nulls(inner, depth - 1) for name, inner in value.items() if inner is not None}
    if depth and isinstance(value, list):
        return [_without_nulls(inner, depth - 1) for inner in value]
    return value
