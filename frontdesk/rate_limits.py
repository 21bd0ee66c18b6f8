"""Counted windows, shared by all workers."""

from core.services.rate_limits import LimitResult, Window

__all__ = [
    "LimitResult",
    "Window",
]
