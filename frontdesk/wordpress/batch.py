"""Batch endpoints: many creates, updates and deletes in one request, each failing or succeeding by itself."""

from core.wordpress.batch import SCHEMA, Handler, run

__all__ = [
    "SCHEMA",
    "Handler",
    "run",
]
