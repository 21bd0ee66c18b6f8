"""The words in which a dialect declares its REST routes, and what its handlers take and give."""

from core.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    DialectRefusal,
    Endpoint,
    Item,
    Links,
    Namespace,
    RestRequest,
    RestResponse,
    RestRoute,
    WPError,
)

__all__ = [
    "CREATE",
    "DELETE",
    "EDIT",
    "READ",
    "DialectRefusal",
    "Endpoint",
    "Item",
    "Links",
    "Namespace",
    "RestRequest",
    "RestResponse",
    "RestRoute",
    "WPError",
]
