"""Bookings of one service that share a start, seen as one session."""

from core.services.sessions import bookings_of, get, move, page

__all__ = [
    "bookings_of",
    "get",
    "move",
    "page",
]
