"""JSON as PHP decodes and encodes it."""

from core.wordpress.phpjson import EMPTY_OBJECT, EncodedJson, JsonError, dumps, loads

__all__ = [
    "EMPTY_OBJECT",
    "EncodedJson",
    "JsonError",
    "dumps",
    "loads",
]
