"""Declarations of REST routes, and the requests and responses of their handlers."""

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
