"""Persons in stored data, for plugins with tables of their own that hold some; see ``register_personal_data``."""

from core.domain.personal_data import ERASED, Person

__all__ = [
    "ERASED",
    "Person",
]
