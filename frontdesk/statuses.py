"""Statuses of bookings, and which of them hold places."""

from core.domain.statuses import (
    ALL,
    CANCELLED,
    COMPLETED,
    CONFIRMED,
    DONE,
    DRAFT,
    HOLD,
    NO_SHOW,
    OCCUPYING,
    PAID,
    PENDING,
    REJECTED,
    RELEASED,
    TRASHED,
    UNPAID,
)

__all__ = [
    "ALL",
    "CANCELLED",
    "COMPLETED",
    "CONFIRMED",
    "DONE",
    "DRAFT",
    "HOLD",
    "NO_SHOW",
    "OCCUPYING",
    "PAID",
    "PENDING",
    "REJECTED",
    "RELEASED",
    "TRASHED",
    "UNPAID",
]
