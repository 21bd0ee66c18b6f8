"""The OpenAPI document of this dialect."""

from typing import Any

from frontdesk.wordpress import openapi
from frontdesk.wordpress.server import RestServer
from plugins.bookingpress.auth import HEADER

_DESCRIPTION = """A refused write is a notice with status 200, unless `strict_http_status` is on. Numbers may be sent as
texts. With `_fields`, records hold these fields only. `_method` on a POST names another verb."""


def document(server: RestServer) -> dict[str, Any]:
    """What the server serves, as its handlers declare it."""
    return openapi.document(
        server,
        title="BookingPress REST API",
        version="v1",
        description=_DESCRIPTION,
        schemes={"key": {"type": "apiKey", "in": "header", "name": HEADER}},
        security=[{"key": []}],
        error={"code": str, "message": str, "data": dict},
    )
