"""Batch endpoints: many creates, updates and deletes in one request; each succeeds or fails on its own."""

from core.wordpress.batch import SCHEMA, Handler, run

__all__ = [
    "SCHEMA",
    "Handler",
    "run",
]
