"""What a plugin hands to core: its routes, its error shape, its own request and response steps."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import falcon

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


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An error as one vendor words it; ``body`` is anything msgspec can encode as JSON, or ready bytes."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is calling. ``id`` names the credential (for limits, idempotency and logs); never a secret."""

    dialect: str
    id: str
    permissions: frozenset[str] = frozenset()
    user_id: int | None = None
    roles: frozenset[str] = frozenset()


class Steps(Protocol):
    """A dialect's own steps around a request. Each is optional; core calls them for this dialect's prefixes only.

    ``prepare`` runs before routing (method override, path rewriting, login that must come before the 404);
    ``enter`` after routing, before the responder (login, limits); ``leave`` after the responder or the error reply
    (headers, envelopes, JSONP). Errors raised in the first two go through ``render_error``.
    """

    def prepare(self, req: falcon.Request, resp: falcon.Response) -> None: ...

    def enter(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None: ...

    def leave(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One vendor's HTTP API: what it answers and how it words errors."""

    name: str
    prefixes: Sequence[str]
    routes: Sequence[Route]
    render_error: Callable[[falcon.Request, Exception], ErrorReply]
    steps: object | None = None
    #: OpenAPI document as plain data, or None where the plugin offers none.
    openapi: Callable[[], dict[str, Any]] | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """What a plugin may know of its surroundings."""

    clock: Callable[[], datetime]
    site: Site
    _settings: Mapping[str, Any] = field(default_factory=dict)

    def settings(self, plugin: str) -> Any:
        """The plugin's own table of ``config.toml``, decoded into the struct it registered."""
        return self._settings[plugin]
