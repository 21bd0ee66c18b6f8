"""OpenAPI documents of the declared routes of both transports."""

from core.wordpress.openapi import document, legacy_document

__all__ = [
    "document",
    "legacy_document",
]
