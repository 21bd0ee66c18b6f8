"""Committed changes, as event rows: read what happened, take what is due, acknowledge it or give it back."""

from core.services.events import acknowledge, prune, recent, record_event, release, take_due

__all__ = [
    "acknowledge",
    "prune",
    "recent",
    "record_event",
    "release",
    "take_due",
]
