"""Declared arguments: validates and sanitizes values by their schema, as WordPress does."""

from core.wordpress.schema import Arg, SchemaError, arg, item_args, validate

__all__ = [
    "Arg",
    "SchemaError",
    "arg",
    "item_args",
    "validate",
]
