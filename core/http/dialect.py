"""What a plugin hands to core: its routes, its error shape, its own request and response steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

import falcon
from falcon.constants import COMBINED_METHODS
from falcon.util.misc import get_argnames

from core.domain.site import Site


@dataclass(frozen=True, slots=True)
class Route:
    """One URL template and the Falcon resource that answers it.

    ``template`` is the full Falcon template, so that a search for a path ends at its route. ``suffix`` is Falcon's
    responder suffix (``on_get_<suffix>``).
    """

    template: str
    resource: object
    suffix: str | None = None


def methods_of(resource: object, suffix: str | None) -> list[str]:
    """The methods a Falcon resource has responders for."""
    ending = f"_{suffix}" if suffix else ""
    found = []
    for method in COMBINED_METHODS:
        responder = getattr(resource, f"on_{method.lower()}{ending}", None)
        if callable(responder) and len(get_argnames(responder)) >= 2:
            found.append(method)
    return found


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as one vendor words it; ``body`` is anything msgspec can encode as JSON, ready bytes, or None."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    media_type: str = "application/json; charset=UTF-8"


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. ``id`` names the credential (for limits, idempotency and logs); never a secret."""

    dialect: str
    id: str
    permissions: frozenset[str] = frozenset()
    user_id: int | None = None
    roles: frozenset[str] = frozenset()


class RequestSteps(Protocol):
    """A dialect's own steps around a request. Each is optional; core calls them for this dialect's prefixes only.

    ``prepare`` runs before routing (method override, path rewriting, login that must come before the 404);
    ``enter`` after routing, before the responder (login, limits); ``leave`` after the responder or the error reply
    (headers, envelopes, JSONP). Errors raised in the first two go through ``render_error``.
    Whoever logs a caller in puts the ``Principal`` into ``req.context.principal``.
    """

    def before_routing(self, req: falcon.Request, resp: falcon.Response) -> None: ...

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None: ...

    def after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's HTTP API: what it answers and how it words errors."""

    name: str
    prefixes: Sequence[str]
    routes: Sequence[Route]
    render_error: Callable[[falcon.Request, Exception], ErrorReply]
    steps: object | None = None
    #: Prefixes match whatever the case of the letters; ``prepare`` brings ``req.path`` into the case of the routes.
    ignore_case: bool = False
    #: Asked only about paths outside every prefix: a dialect that can also be reached in another way (a query
    #: parameter, say) returns the path that is meant, else None.
    rewrite: Callable[[falcon.Request], str | None] | None = None
    #: What it really answers, as ``(methods, path)``, where its routes are only catch-alls.
    table: Sequence[tuple[Sequence[str], str]] = ()
    #: Tells the names of query and form parameters by which callers sign in; they are no part of what makes a retry the
    #: same request.
    is_credential: Callable[[str], bool] | None = None
    #: OpenAPI document as plain data, or None where the plugin offers none.
    openapi: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Importer:
    """How a dialect's documented JSON comes in and goes out.

    ``load(data, site=Site, now=datetime)`` gets the decoded document, runs inside one transaction and returns how many
    of each kind came in; ``dump(site=Site, now=datetime)`` returns plain data that ``load`` takes back. What ``load``
    refuses is ``Invalid`` with the path of the value; ``core.documents`` reads documents that way.
    """

    dialect: str
    load: Callable[..., Mapping[str, int]]
    dump: Callable[..., Any]
    #: ``demo(now)`` is a document for ``load`` with what this dialect adds to the demo business.
    demo: Callable[[datetime], Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialIssuer:
    """How a dialect makes its keys.

    ``create(label=str, permissions=str | None, user=str | None, expires_at=datetime | None, now=datetime)`` stores one
    with ``core.services.credentials.create`` and returns ``(key record, fields)``; ``fields`` holds what the caller
    must be told, secrets included, under the vendor's names. ``curl(fields, url=str, services=dict)`` is a complete
    shell command that books with them; ``read(fields, url=str)`` one that only reads, for keys that may not write and
    for stores where nothing can be booked. ``realm`` is where its keys are kept in ``core.services.credentials``.
    """

    dialect: str
    realm: str
    create: Callable[..., tuple[Any, Mapping[str, str]]]
    curl: Callable[..., str]
    #: Words for ``keys create --permissions``; empty where keys have none.
    permissions: Sequence[str] = ()
    read: Callable[..., str] | None = None
    #: Permissions with which nothing can be booked.
    read_only: Sequence[str] = ()
    #: Whether a key acts for a user, and may do no more than that user.
    users: bool = False
    #: The vendor has one key for the whole site; a new one replaces it.
    single: bool = False
    #: ``expires(key record)`` is when a key ends, where that is not only said in the key.
    expires: Callable[[Any], datetime | None] | None = None

    def command(
        self, fields: Mapping[str, str], *, url: str, services: Mapping[str, int], permissions: str = ""
    ) -> str:
        """A complete shell command that works with this key: it books, or reads where booking cannot work."""
        if self.read is not None and (permissions in self.read_only or not services):
            return self.read(fields, url=url)
        return self.curl(fields, url=url, services=services)


@dataclass(frozen=True, slots=True)
class Host:
    """What a plugin may know of its surroundings.

    ``limits`` is a storage for the ``limits`` package, shared by all workers; ``database_url`` and other secrets are
    not here on purpose.
    """

    clock: Callable[[], datetime]
    site: Site
    _settings: Mapping[str, Any] = field(default_factory=dict)
    limits: Any = None
    #: Dotted names of every other plugin that runs, in order.
    plugins: Sequence[str] = ()
    #: ``[webhooks]`` of the configuration.
    webhooks: Any = None
    #: What plugins of one platform share, by a name of the platform's.
    shared: dict[str, Any] = field(default_factory=dict)
    #: Whether ``clock`` stands still (``[sandbox] now``).
    frozen: bool = False

    def signing_times(self) -> tuple[datetime, ...]:
        """The instants (aware UTC) near which a signed timestamp must lie.

        Clients sign with the real time, also when they talk to a sandbox whose clock stands still; recorded requests
        carry the frozen one.
        """
        return (self.clock(), datetime.now(UTC)) if self.frozen else (self.clock(),)

    def settings(self, plugin: str) -> Any:
        """The plugin's own table of ``config.toml``, decoded into the struct it registered."""
        return self._settings[plugin]
