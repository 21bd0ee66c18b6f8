"""The OpenAPI document of this dialect."""

from typing import Any

from frontdesk.wordpress import openapi
from frontdesk.wordpress.server import RestServer


def document(server: RestServer) -> dict[str, Any]:
    """What the server serves, from its routes and the schemas of their arguments."""
    return openapi.document(server, title="WooCommerce Bookings", version="v1, v2")
