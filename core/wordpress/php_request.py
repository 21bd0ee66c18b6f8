"""An HTTP request as PHP and WordPress parse it: method override, query, form and JSON."""

import base64
import binascii
from typing import Any
from urllib.parse import quote, urlsplit

import falcon

from core.errors import MalformedBody
from core.http.body import media_type, parse_multipart, parse_php_query, query_params, raw_body
from core.wordpress import phpjson


class PhpRequest:
    """The parts of an HTTP request.

    Attributes:
        real_method: The method that was sent.
        method: The method after ``_method`` or ``X-HTTP-Method-Override``.
        is_header_override: Whether ``X-HTTP-Method-Override`` was sent.
        query: The query string after PHP parsing.
        uri: The raw request target, path and query.
    """

    def __init__(self, req: falcon.Request) -> None:
        self.http = req
        self.query: dict[str, Any] = query_params(req)
        # Core has replaced HEAD by GET.
        self.real_method = getattr(req.context, "sent_method", req.method).upper()
        header = req.env.get("HTTP_X_HTTP_METHOD_OVERRIDE")
        self.is_header_override = bool(header)
        override = self.query.get("_method") if "_method" in self.query else header
        self.method = override.upper() if isinstance(override, str) and override else self.real_method
        # Core has applied the headers of trusted proxies to the scheme.
        self.is_secure = req.scheme == "https"
        self.uri = _target(req)
        self._content_type = _content_type(req)
        self._form: dict[str, Any] | None = None

    @property
    def path(self) -> str:
        """The request path as sent, percent-encoded."""
        return self.uri.partition("?")[0]

    @property
    def body(self) -> bytes:
        """The raw body."""
        return raw_body(self.http)

    @property
    def is_json(self) -> bool:
        """Whether the content type is JSON (``application/json`` or ``application/anything+json``)."""
        kind = self._content_type
        return kind.startswith("application/") and (kind == "application/json" or kind.endswith("+json"))

    @property
    def form(self) -> dict[str, Any]:
        """Form fields: urlencoded with any method, multipart as PHP accepts it."""
        if self._form is None:
            self._form = self._read_form()
        return self._form

    def _read_form(self) -> dict[str, Any]:
        kind = self._content_type
        if self.real_method in ("GET", "HEAD") and not self.http.content_length:
            return {}
        if kind == "multipart/form-data" and self.real_method != "GET":
            try:
                return parse_multipart(self.body, self.http.content_type or "")
            except MalformedBody:
                # PHP ignores it silently.
                return {}
        if kind == "application/x-www-form-urlencoded" or (not kind and self.method != "POST"):
            return parse_php_query(self.body.strip().decode("latin-1"))
        return {}

    def json(self) -> Any:
        """The decoded JSON body; None for none.

        Raises:
            phpjson.JsonError: The body is not JSON.
        """
        return phpjson.loads(self.body) if self.is_json and self.body else None

    def basic_credentials(self) -> tuple[str, str] | None:
        """User and password of a Basic header; None for none or a malformed one."""
        kind, _, coded = (self.http.env.get("HTTP_AUTHORIZATION") or "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            coded = coded.strip()
            user, colon, password = base64.b64decode(coded + "=" * (-len(coded) % 4)).partition(b":")
        except (binascii.Error, ValueError):
            return None
        return (user.decode("utf-8", "replace"), password.decode("utf-8", "replace")) if colon else None

    def signable_urls(self, site_url: str, path: str | None = None) -> list[str]:
        """The absolute URLs without query that a client may have signed: the site's, then the requested one."""
        path = self.path if path is None else path
        scheme = "https" if self.is_secure else "http"
        home = urlsplit(site_url)
        base = home.path.rstrip("/")
        if base and f"{path}/".startswith(f"{base}/"):
            path = path[len(base) :]
        host = self.http.env.get("HTTP_HOST") or self.http.netloc
        # A client that bypasses the proxy does not know the site's base path.
        bases = [f"{home.netloc}{base}", f"{host}{base}", host]
        default = ":443" if self.is_secure else ":80"
        urls = (f"{scheme}://{location}{path}".replace(f"{default}/", "/", 1) for location in bases)
        return list(dict.fromkeys(urls))


def _target(req: falcon.Request) -> str:
    raw = req.env.get("RAW_URI") or req.env.get("REQUEST_URI") or ""
    if raw.startswith("/"):
        return raw
    path = quote(getattr(req.context, "sent_path", req.path), safe="/-._~!$&'()*+,;=:@")
    return f"{path}?{req.query_string}" if req.query_string else path


def _content_type(req: falcon.Request) -> str:
    kind = media_type(req)
    return kind if "/" in kind else ""
