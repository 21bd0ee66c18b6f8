"""Declarations for the legacy ``wc-api`` API: routes, requests, responses and errors; parsing of bodies."""

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
