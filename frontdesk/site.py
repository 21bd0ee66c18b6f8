"""The site's own settings, opening rules and per-dialect extras."""

from core.services.site import current, extras, lock, rules, save

__all__ = [
    "current",
    "extras",
    "lock",
    "rules",
    "save",
]
