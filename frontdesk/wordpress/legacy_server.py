"""Serving the older ``wc-api`` transport."""

from core.wordpress.legacy_server import LegacyServer

__all__ = [
    "LegacyServer",
]
