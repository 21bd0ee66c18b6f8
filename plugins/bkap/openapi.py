"""The OpenAPI document of this dialect."""

from typing import Any

from frontdesk.wordpress.legacy_server import LegacyServer
from frontdesk.wordpress.openapi import legacy_document

_TEXT = """Reads take their parameters in the query or as a JSON body; the body wins. Numbers may be sent as texts.
With `fields`, records hold these fields only. `_jsonp` names a callback; `_method` on a POST names another verb."""


def document(server: LegacyServer) -> dict[str, Any]:
    """The document of the server's routes, from the descriptions at their handlers."""
    return legacy_document(
        server, title="Booking & Appointment Plugin for WooCommerce", version="5.10", description=_TEXT
    )
