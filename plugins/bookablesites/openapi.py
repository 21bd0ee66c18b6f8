"""The OpenAPI document of this dialect."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import falcon

from frontdesk import Host, Route, openapi
from frontdesk.http import methods_of_resource
from frontdesk.openapi import Operation, operation_of
from plugins.bookablesites.errors import render_error
from plugins.bookablesites.schemas import Id

_TEXT = """Names may also be written in camelCase, and references as `service_id` or `{"id": 3}` beside `service`.
Dates and times are the tenant's wall clock."""


def document(host: Host, routes: Sequence[Route]) -> dict[str, Any]:
    """The document of these routes, from what their handlers declare with ``operation``."""
    return openapi.document(
        _served(routes),
        title="Bookablesites",
        version="v1, v2",
        description=_TEXT,
        url=host.site.url,
        schemes={"token": {"type": "http", "scheme": "bearer"}},
        security=[{"token": []}],
        render_error=render_error,
        error={"message": str, "code": str, "errors": dict[str, list[str]], "request_id": str | None},
        refusals=[falcon.HTTPUnsupportedMediaType],
    )


def _served(routes: Sequence[Route]) -> Iterator[tuple[str, str, Operation]]:
    for route in routes:
        for method in methods_of_resource(route.resource, route.suffix):
            described = operation_of(getattr(route.resource, f"on_{method.lower()}"))
            path = {"id": Id, "entry": Id, **described.path}
            yield method, route.template, replace(described, path=path, is_open=getattr(route.resource, "OPEN", False))
