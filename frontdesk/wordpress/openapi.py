"""The declared routes of both transports as OpenAPI documents."""

from core.wordpress.openapi import document, legacy_document

__all__ = [
    "document",
    "legacy_document",
]
