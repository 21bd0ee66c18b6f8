"""The words of the older ``wc-api`` transport: its routes, requests, replies and errors, and how bodies are read."""

from core.wordpress.legacy import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    LegacyEndpoint,
    LegacyError,
    LegacyRequest,
    LegacyResponse,
    LegacyRoute,
    select_fields,
)

__all__ = [
    "CREATE",
    "DELETE",
    "EDIT",
    "READ",
    "LegacyEndpoint",
    "LegacyError",
    "LegacyRequest",
    "LegacyResponse",
    "LegacyRoute",
    "select_fields",
]
