"""What a plugin registers for its HTTP API: routes, error format, request and response steps."""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import falcon
from falcon.constants import COMBINED_METHODS
from falcon.util.misc import get_argnames

from core.domain.site import Site


@dataclass(frozen=True, slots=True)
class Route:
    """One URL template and the Falcon resource that serves it.

    ``template`` is the complete Falcon template, so that a search for a path finds its route. ``suffix`` is Falcon's
    responder suffix (``on_get_<suffix>``).
    """

    template: str
    resource: object
    suffix: str | None = None


def methods_of_resource(resource: object, suffix: str | None) -> list[str]:
    """The methods for which a Falcon resource has responders."""
    ending = f"_{suffix}" if suffix else ""
    methods = []
    for method in COMBINED_METHODS:
        responder = getattr(resource, f"on_{method.lower()}{ending}", None)
        if callable(responder) and len(get_argnames(responder)) >= 2:
            methods.append(method)
    return methods


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error in the vendor's format; ``body`` is anything that msgspec encodes as JSON, encoded bytes, or None."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Principal:
    """The authenticated caller. ``id`` names the credential (for limits, idempotency and logs); never a secret."""

    dialect: str
    id: str
    permissions: frozenset[str] = frozenset()
    user_id: int | None = None
    roles: frozenset[str] = frozenset()


class RequestSteps:
    """A dialect's own steps around a request; core calls them for this dialect's prefixes only.

    A dialect's steps are an object of a class on this one, which has methods of these names and no other public ones.
    Errors raised in the first two go through ``render_error``.
    """

    def before_routing(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Before routing: a method override, another path, authentication that must precede a 404."""

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """After routing, before the responder: authentication, limits.

        Code that authenticates a caller sets ``req.context.principal``.
        """

    def after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        """After the responder or the error reply: headers, envelopes, JSONP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's HTTP API: its routes and its errors."""

    name: str
    prefixes: Sequence[str]
    routes: Sequence[Route]
    render_error: Callable[[falcon.Request, Exception], ErrorReply]
    steps: RequestSteps = field(default_factory=RequestSteps)
    #: Prefixes match in any case; ``before_routing`` then changes ``req.path`` to the case of the routes.
    ignore_case: bool = False
    #: Called only for paths outside every prefix: a dialect that can also be reached in another way (such as a query
    #: parameter) returns the path that is meant, else None.
    rewrite: Callable[[falcon.Request], str | None] | None = None
    #: The real routes as ``(methods, path)``, where Falcon's are only catch-alls.
    route_table: Sequence[tuple[Sequence[str], str]] = ()
    #: Whether a query or form parameter of this name authenticates the caller; such parameters do not distinguish a
    #: retry from another request.
    is_credential: Callable[[str], bool] | None = None
    #: The OpenAPI document as plain data; None without one.
    openapi: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """How a dialect imports and exports its documented JSON.

    Attributes:
        dialect: The name that ``frontdesk import`` and ``export`` take.
        load: ``load(document, site=Site, now=datetime)`` stores a decoded document, all of it or nothing, and returns
            the number of entries by section. ``core.importing.import_document`` does this from a list of sections; its
            errors are ``Invalid`` with the path of the value.
        dump: ``dump(site=Site, now=datetime)`` returns plain data that ``load`` reads.
        demo: ``demo(now)`` returns a document with what the dialect adds to the demo business.
        pull: ``pull(get)`` reads a live site through the vendor's own API and returns a document; ``get(url)`` takes a
            path with its query and returns the decoded answer.
    """

    dialect: str
    load: Callable[..., Mapping[str, int]]
    dump: Callable[..., Any]
    demo: Callable[[datetime], Any] | None = None
    pull: Callable[[Callable[[str], Any]], Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIssuer:
    """How a dialect makes its keys.

    ``create(label=str, permissions=str | None, user=str | None, expires_at=datetime | None, now=datetime)`` stores a
    key with ``core.services.credentials.create`` and returns ``(key record, fields)``. ``fields`` holds everything the
    caller needs, secrets included, under the vendor's names. ``booking_command(fields, url=str, services=dict)`` is a
    complete shell command that books with them; ``reading_command(fields, url=str)`` one that only reads, for keys
    without write permission and for stores where nothing can be booked. ``realm`` is the realm of its keys in
    ``core.services.credentials``.
    """

    dialect: str
    realm: str
    create: Callable[..., tuple[Any, Mapping[str, str]]]
    booking_command: Callable[..., str]
    #: Values of ``keys create --permissions``; empty where keys have none.
    permissions: Sequence[str] = ()
    reading_command: Callable[..., str] | None = None
    #: Permissions with which nothing can be booked.
    read_only: Sequence[str] = ()
    #: Whether a key acts for a user with that user's permissions only.
    acts_for_users: bool = False
    #: The vendor has one key for the whole site; a new one replaces it.
    is_single: bool = False
    #: ``expiry(key record)`` is when a key expires, where the record alone does not determine it.
    expiry: Callable[[Any], datetime | None] | None = None
    #: ``request_headers(fields, send)`` are the headers that sign a request in with a key, where it is not Basic with
    #: ``consumer_key`` and ``consumer_secret``; ``send(method, path, body)`` makes a request without them and returns
    #: the decoded answer, for keys that are exchanged for a token.
    request_headers: Callable[[Mapping[str, str], Callable[[str, str, Any], Any]], Mapping[str, str]] | None = None

    def sign_in(self, fields: Mapping[str, str], send: Callable[[str, str, Any], Any]) -> dict[str, str]:
        """The headers that sign a request in with a key; none where the dialect does not say how."""
        if self.request_headers is not None:
            return dict(self.request_headers(fields, send))
        if "consumer_key" not in fields:
            return {}
        pair = f"{fields['consumer_key']}:{fields['consumer_secret']}"
        return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def command(
        self, fields: Mapping[str, str], *, url: str, services: Mapping[str, int], permissions: str = ""
    ) -> str:
        """A complete shell command that uses this key: it books, or reads where booking cannot work."""
        if self.reading_command is not None and (permissions in self.read_only or not services):
            return self.reading_command(fields, url=url)
        return self.booking_command(fields, url=url, services=services)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookCall:
    """A webhook that is about to be sent: where to, and what. ``name`` is that of the delivery."""

    dialect: str
    name: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Host:
    """What a plugin may know about the host.

    ``limiter`` is the rate limiter shared by all workers. ``database_url`` and other secrets are deliberately absent.
    """

    clock: Callable[[], datetime]
    site: Site
    _settings: Mapping[str, Any] = field(default_factory=dict)
    limiter: Any = None
    #: Names of all running plugins, in order.
    plugins: Sequence[str] = ()
    #: ``[webhooks]`` of the configuration.
    webhooks: Any = None
    #: Objects that the plugins of one platform share, by name.
    shared: dict[str, Any] = field(default_factory=dict)
    #: Whether ``clock`` is frozen (``[sandbox] now``).
    is_clock_frozen: bool = False
    #: What ``signing_times`` returns, where the host decides it by itself.
    signing: Callable[[], Sequence[datetime]] | None = None
    #: ``around_webhook(call, send)`` stands between a plugin and the receivers of its webhooks, where the host does.
    around_webhook: Callable[[WebhookCall, Callable[[], int]], int] | None = None

    def signing_times(self) -> tuple[datetime, ...]:
        """The instants (aware UTC) near which a signed timestamp must lie.

        Clients sign with the real time, even for a sandbox with a frozen clock; recorded requests carry the frozen
        time.
        """
        if self.signing is not None:
            return tuple(self.signing())
        return (self.clock(), datetime.now(UTC)) if self.is_clock_frozen else (self.clock(),)

    def send_webhook(self, call: WebhookCall, send: Callable[[], int]) -> int:
        """Send a webhook, unless the host holds it back; a plugin sends all of its webhooks in this way.

        Args:
            send: Makes the HTTP request and returns the status of its answer, 0 without one.

        Returns:
            That status, or the one that the host answers with in the receiver's place.
        """
        return send() if self.around_webhook is None else self.around_webhook(call, send)

    def settings(self, plugin: str) -> Any:
        """The plugin's settings, from ``config.toml`` and the datastore, as the struct it registered.

        They never change: when a setting does, the plugin is asked again, with another host.
        """
        return self._settings[plugin]
