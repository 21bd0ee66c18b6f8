"""JSON as PHP reads and writes it."""

from core.wordpress.phpjson import EMPTY_OBJECT, EncodedJson, JsonError, dumps, loads

__all__ = [
    "EMPTY_OBJECT",
    "EncodedJson",
    "JsonError",
    "dumps",
    "loads",
]
