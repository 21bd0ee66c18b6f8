"""Data as structs and dataclasses, safe where several requests meet a type for the first time."""

from core.typed_data import from_json, from_plain, json_decoder

__all__ = [
    "from_json",
    "from_plain",
    "json_decoder",
]
