"""Committed changes, as event rows: read what happened, take what is due, acknowledge it."""

from core.services.events import acknowledge, prune, recent, record_event, take_due

__all__ = [
    "acknowledge",
    "prune",
    "recent",
    "record_event",
    "take_due",
]
