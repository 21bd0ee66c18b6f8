"""Serves the legacy ``wc-api`` API."""

from core.wordpress.legacy_server import LegacyServer

__all__ = [
    "LegacyServer",
]
