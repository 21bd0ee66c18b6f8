"""Declared arguments: how WordPress judges and cleans a value against its schema."""

from core.wordpress.schema import Arg, SchemaError, arg, item_args, validate

__all__ = [
    "Arg",
    "SchemaError",
    "arg",
    "item_args",
    "validate",
]
