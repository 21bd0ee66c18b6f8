"""The OpenAPI document of this dialect."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.http import openapi
from core.http.openapi import Operation, operation_of
from core.wordpress.server import RestServer
from plugins.bookingpress.auth import HEADER
from plugins.bookingpress.resources.base import listed
from plugins.bookingpress.resources.endpoints import FIELDS, Collection, Single

_MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_TEXT = """A refused write is a notice with status 200, unless `strict_http_status` is on. Numbers may be sent as texts.
With `_fields`, records hold these fields only. `_method` on a POST names another verb."""


_INDEX = Operation(is_open=True, reply={"namespace": str, "routes": dict[str, dict[str, Any]], "_links": dict})


def document(server: RestServer) -> dict[str, Any]:
    """What the server serves, from the handlers and what stands at the things behind them."""
    return openapi.document(
        ((method, path, replace(told, path=fields, media=_MEDIA)) for method, path, fields, told in _served(server)),
        title="BookingPress REST API",
        version="v1",
        description=_TEXT,
        url=server.site.url,
        schemes={"key": {"type": "apiKey", "in": "header", "name": HEADER}},
        security=[{"key": []}],
        render_error=server.render_error,
        selectable_fields=True,
        error={"code": str, "message": str, "data": dict},
    )


def _served(server: RestServer) -> Iterator[tuple[str, str, dict[str, Any], Operation]]:
    for namespace in server.namespaces.values():
        for route in namespace.routes:
            template = f"/wp-json/{namespace.name}{route.path}".replace(r"(?P<id>[\d]+)", "{id}")
            fields = {"id": int} if "{id}" in template else {}
            for endpoint in route.endpoints:
                for method in endpoint.methods:
                    yield method, template, fields, _told(endpoint.handler, method)


def _told(handler: Any, method: str) -> Operation:
    """What a handler tells, or the method of the things it serves."""
    resource = getattr(handler, "__self__", None)
    if resource is None:
        return _INDEX
    if isinstance(resource, Collection):
        things = resource.things
        if method == "GET":
            told = operation_of(things.page)
            query = {**listed(things.sorts), **told.query, **FIELDS}
            return replace(told, query=query, reply={"items": told.reply, "total": int})
        told = operation_of(things.create)
        names = things.update_names if "update" in things.actions else ()
        return replace(told, body={**told.body, **dict.fromkeys(names, int)})
    if isinstance(resource, Single) and method == "GET":
        return replace(operation_of(resource.things.one), query=FIELDS)
    if isinstance(resource, Single) and method != "DELETE":
        return operation_of(resource.things.update)
    return operation_of(handler)
