"""The OpenAPI document of this dialect."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from core import Host, Route
from core.http import openapi
from core.http.openapi import Told, told_of
from plugins.bookingpress.auth import HEADER
from plugins.bookingpress.errors import make_renderer
from plugins.bookingpress.resources import METHODS
from plugins.bookingpress.resources.base import FIELDS, Collection, Single, listed

_MEDIA = ("application/json", "application/x-www-form-urlencoded", "multipart/form-data")
_TEXT = """A refused write is a notice with status 200, unless `strict_http_status` is on. Numbers may be sent as texts.
With `_fields`, records hold these fields only. `_method` on a POST names another verb."""


def document(host: Host, routes: Sequence[Route], *, strict: bool) -> dict[str, Any]:
    """What these routes serve, from their resources and what stands at the things these serve."""
    return openapi.document(
        ((method, path, replace(told, path={"id": int}, media=_MEDIA)) for method, path, told in _served(routes)),
        title="BookingPress REST API",
        version="v1",
        description=_TEXT,
        url=host.site.url,
        schemes={"key": {"type": "apiKey", "in": "header", "name": HEADER}},
        security=[{"key": []}],
        render_error=make_renderer(strict=strict),
        error={"code": str, "message": str, "data": dict},
    )


def _served(routes: Sequence[Route]) -> Iterator[tuple[str, str, Told]]:
    for route in routes:
        resource: Any = route.resource
        for method in METHODS:
            if resource.supports(method):
                yield method, route.template, _told(resource, method)


def _told(resource: Any, method: str) -> Told:
    """What a responder tells, or the method of the things it serves."""
    if isinstance(resource, Collection):
        things = resource.things
        if method == "GET":
            told = told_of(things.page)
            query = {**listed(things.sorts), **told.query, **FIELDS}
            return replace(told, query=query, reply={"items": told.reply, "total": int})
        told = told_of(things.create)
        names = things.update_names if "update" in things.actions else ()
        return replace(told, body={**told.body, **dict.fromkeys(names, int)})
    if isinstance(resource, Single) and method == "GET":
        return replace(told_of(resource.things.one), query=FIELDS)
    if isinstance(resource, Single) and method != "DELETE":
        return told_of(resource.things.update)
    return told_of(getattr(resource, f"on_{method.lower()}"))
