"""Declared arguments: validates and sanitizes values by their schema, as WordPress does.

Schemas are dicts with the JSON-schema keywords that WordPress supports. Messages and codes are WordPress's own.
"""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from core.wordpress import dates, php, sanitize

#: Keywords that the index shows, in the order in which item schemas list them.
KEYWORDS = (
    "title", "description", "default", "type", "format", "enum", "items", "properties", "additionalProperties",
    "patternProperties", "minProperties", "maxProperties", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern", "minItems", "maxItems", "uniqueItems",
    "anyOf", "oneOf",
)  # fmt: skip

_TYPES = frozenset({"array", "object", "string", "number", "integer", "boolean", "null"})
_BOUNDS = frozenset({"minimum", "maximum", "multipleOf"})
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z", re.IGNORECASE)
#: A key that PHP converts to an integer.
_INDEX = re.compile(r"(?:0|-?[1-9][0-9]{0,17})\Z")
_EMAIL = re.compile(r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~.-]+@(?:[a-zA-Z0-9-]+\.)+[a-zA-Z0-9-]+\Z")


class SchemaError(ValueError):
    """A value that its schema does not allow."""

    def __init__(self, code: str, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data


@dataclass(frozen=True, slots=True)
class Arg:
    """A declared argument of an endpoint.

    Attributes:
        schema: Keywords in the order in which the index shows them.
        required: Whether a request without it is refused. A default is not sanitized.
        check: Validate before any argument is sanitized. Without it both happen in one later step, as for arguments
            that declare only a type. A function is called with value and name.
        clean: "parse" validates and sanitizes by schema, "schema" only sanitizes, None keeps the value; or a function.
    """

    schema: Mapping[str, Any] = field(default_factory=dict)
    required: bool = False
    check: bool | Callable[[Any, str], None] = False
    clean: str | Callable[[Any], Any] | None = "parse"

    def describe(self) -> dict[str, Any]:
        """The argument as the index shows it."""
        return {
            **{word: self.schema[word] for word in self.schema if word in KEYWORDS},
            "required": self.required,
        }


def arg(
    *,
    required: bool = False,
    check: bool | Callable[[Any, str], None] = False,
    clean: str | Callable[[Any], Any] | None = "parse",
    **schema: Any,
) -> Arg:
    """Declare an argument; further keyword arguments are its schema."""
    return Arg(schema, required, check, clean)


def item_args(
    properties: Mapping[str, Mapping[str, Any]],
    *,
    creating: bool,
    required: Sequence[str] = (),
    clean: Mapping[str, Callable[[Any], Any]] | None = None,
) -> dict[str, Arg]:
    """The arguments of a write, from an item schema without its read-only properties.

    Args:
        properties: The item schema's properties, in order.
        creating: Whether defaults and ``required`` apply; they do not for an update.
        required: Names that a create requires.
        clean: Sanitizers that replace the schema's, by name.
    """
    args = {}
    for name, rules in properties.items():
        if rules.get("readonly"):
            continue
        schema = {"default": rules["default"]} if creating and "default" in rules else {}
        schema |= {word: rules[word] for word in KEYWORDS if word in rules and word not in ("default", "required")}
        args[name] = Arg(schema, creating and name in required, True, (clean or {}).get(name, "schema"))
    return args


def _is_array(value: Any) -> bool:
    """Whether PHP accepts a value as an array: lists, scalars that it splits, and dicts with integer keys."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and _INDEX.match(key) for key in value)
    return isinstance(value, (list, tuple)) or _is_scalar(value)


def _members_of(value: Any) -> list[Any]:
    return list(value.values() if isinstance(value, dict) else value or ())


def _is_scalar(value: Any) -> bool:
    return value is not None and not isinstance(value, (list, tuple, dict))


def _is_boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return True
    if isinstance(value, str):
        return value.lower() in ("true", "false", "1", "0")
    return isinstance(value, int) and value in (0, 1)


_MATCHES: dict[str, Callable[[Any], bool]] = {
    "array": _is_array,
    "object": lambda value: value == "" or isinstance(value, (dict, list)),
    "integer": php.is_integer,
    "number": lambda value: php.to_number(value) is not None,
    "boolean": _is_boolean,
    "string": lambda value: isinstance(value, str),
    "null": lambda value: value is None,
}


def _best_type(value: Any, types: Sequence[Any]) -> Any:
    """The first of several allowed types that fits ``value``, or an unknown type, which allows anything; else None."""
    if value == "" and "string" in types:
        return "string"
    for name in types:
        if name in _TYPES and _MATCHES[name](value):
            return name
    return next((name for name in types if name not in _TYPES), None)


def _wrong_type(param: str, name: str) -> SchemaError:
    return SchemaError("rest_invalid_type", f"{param} is not of type {name}.", {"param": param})


def validate(value: Any, schema: Mapping[str, Any], param: str) -> None:
    """Validate ``value``.

    Raises:
        SchemaError: With WordPress's code and message.
    """
    kind = schema.get("type")
    if isinstance(kind, (list, tuple)):
        best = _best_type(value, kind)
        if best is None:
            raise _wrong_type(param, ",".join(map(str, kind)))
        kind = best
    if not isinstance(kind, str) or kind not in _TYPES:
        kind = None
    elif not _MATCHES[kind](value):
        raise _wrong_type(param, kind)
    if kind in ("integer", "number"):
        number = php.to_number(value)
        if number is not None and not _BOUNDS.isdisjoint(schema):
            _bounds(number, schema, param)
    elif kind == "string":
        _lengths(value, schema, param)
    elif kind == "array":
        _items(value, schema, param)
    elif kind == "object":
        _members(value, schema, param)
    if schema.get("enum"):
        _one_of(value, schema, param)
    if "format" in schema and kind in (None, "string"):
        _format(value, schema["format"], param)


def _bounds(number: Decimal, schema: Mapping[str, Any], param: str) -> None:
    multiple = schema.get("multipleOf")
    if multiple and number % Decimal(str(multiple)):
        raise SchemaError("rest_invalid_multiple", f"{param} must be a multiple of {multiple}.")
    low, high = schema.get("minimum"), schema.get("maximum")
    above, below = bool(schema.get("exclusiveMinimum")), bool(schema.get("exclusiveMaximum"))
    too_low = low is not None and (number <= low if above else number < low)
    too_high = high is not None and (number >= high if below else number > high)
    if not (too_low or too_high):
        return
    words = ("inclusive", "exclusive")
    if low is not None and high is not None:
        text = f"be between {low} ({words[above]}) and {high} ({words[below]})"
    elif low is not None:
        text = f"be greater than {low}" if above else f"be greater than or equal to {low}"
    else:
        text = f"be less than {high}" if below else f"be less than or equal to {high}"
    raise SchemaError("rest_out_of_bounds", f"{param} must {text}")


def _lengths(value: str, schema: Mapping[str, Any], param: str) -> None:
    shortest, longest = schema.get("minLength"), schema.get("maxLength")
    if shortest is not None and len(value) < shortest:
        noun = "character" if shortest == 1 else "characters"
        raise SchemaError("rest_too_short", f"{param} must be at least {shortest} {noun} long.")
    if longest is not None and len(value) > longest:
        noun = "character" if longest == 1 else "characters"
        raise SchemaError("rest_too_long", f"{param} must be at most {longest} {noun} long.")
    pattern = schema.get("pattern")
    if pattern is not None and not re.search(pattern, value):
        raise SchemaError("rest_invalid_pattern", f"{param} does not match pattern {pattern}.")


def _items(value: Any, schema: Mapping[str, Any], param: str) -> None:
    items = sanitize.parse_list(value) if _is_scalar(value) else _members_of(value)
    if schema.get("items"):
        for index, item in enumerate(items):
            validate(item, schema["items"], f"{param}[{index}]")
    fewest, most = schema.get("minItems"), schema.get("maxItems")
    if fewest is not None and len(items) < fewest:
        noun = "item" if fewest == 1 else "items"
        raise SchemaError("rest_too_few_items", f"{param} must contain at least {fewest} {noun}.")
    if most is not None and len(items) > most:
        noun = "item" if most == 1 else "items"
        raise SchemaError("rest_too_many_items", f"{param} must contain at most {most} {noun}.")
    if schema.get("uniqueItems") and any(item in items[:index] for index, item in enumerate(items)):
        raise SchemaError("rest_duplicate_items", f"{param} has duplicate items.")


def _members(value: Any, schema: Mapping[str, Any], param: str) -> None:
    members = _as_map(value)
    properties = schema.get("properties") or {}
    required = schema.get("required")
    for name in [*(required if isinstance(required, (list, tuple)) else ()), *properties]:
        needed = name not in properties or properties[name].get("required") is True or name in (required or ())
        if needed and name not in members:
            raise SchemaError("rest_property_required", f"{name} is a required property of {param}.")
    additional = schema.get("additionalProperties")
    for name, inner in members.items():
        if name in properties:
            validate(inner, properties[name], f"{param}[{name}]")
        elif additional is False:
            raise SchemaError("rest_additional_properties_forbidden", f"{name} is not a valid property of {param}.")
        elif isinstance(additional, Mapping):
            validate(inner, additional, f"{param}[{name}]")


def _as_map(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, (list, tuple)):
        return {str(index): inner for index, inner in enumerate(value)}
    return {}


def join(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b, and c``."""
    if len(words) < 3:
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _one_of(value: Any, schema: Mapping[str, Any], param: str) -> None:
    allowed = schema["enum"]
    cleaned = clean(value, schema)
    if any(cleaned == option and isinstance(cleaned, bool) == isinstance(option, bool) for option in allowed):
        return
    words = [php.to_text(option) for option in allowed]
    text = f"is not {words[0]}." if len(words) == 1 else f"is not one of {join(words)}."
    raise SchemaError("rest_not_in_enum", f"{param} {text}")


def _format(value: Any, name: str, param: str) -> None:
    text = php.to_text(value)
    if name == "date-time" and dates.parse_rfc3339(text) is None:
        raise SchemaError("rest_invalid_date", "Invalid date.")
    if name == "email" and not (6 <= len(text) <= 320 and _EMAIL.match(text)):
        raise SchemaError("rest_invalid_email", "Invalid email address.")
    if name == "ip":
        try:
            ipaddress.ip_address(text)
        except ValueError:
            raise SchemaError("rest_invalid_ip", f"{param} is not a valid IP address.") from None
    if name == "uuid" and not _UUID.match(text):
        raise SchemaError("rest_invalid_uuid", f"{param} is not a valid UUID.")
    if name == "hex-color" and not re.match(r"#(?:[A-Fa-f0-9]{3}){1,2}\Z", text):
        raise SchemaError("rest_invalid_hex_color", "Invalid hex color.")


def clean(value: Any, schema: Mapping[str, Any]) -> Any:
    """Convert ``value`` to the type of its schema. Numbers become ``Decimal``, integers fit 64 bits."""
    kind = schema.get("type")
    if isinstance(kind, (list, tuple)):
        kind = _best_type(value, kind)
        if kind is None:
            return None
    if kind == "integer":
        return php.intval(value)
    if kind == "number":
        return php.to_number(value) or Decimal(0)
    if kind == "boolean":
        return value.lower() not in ("false", "0", "") if isinstance(value, str) else bool(value)
    if kind == "null":
        return None
    if kind == "array":
        members = sanitize.parse_list(value) if _is_scalar(value) else _members_of(value)
        items = schema.get("items")
        return [clean(item, items) for item in members] if items else members
    if kind == "object":
        properties, additional = schema.get("properties") or {}, schema.get("additionalProperties")
        cleaned = {}
        for name, inner in _as_map(value).items():
            if name in properties:
                cleaned[name] = clean(inner, properties[name])
            elif additional is not False:
                cleaned[name] = clean(inner, additional) if isinstance(additional, Mapping) else inner
        # A list becomes a list again: PHP's arrays are both.
        return list(cleaned.values()) if isinstance(value, (list, tuple)) and not properties else cleaned
    if kind == "string":
        if schema.get("format") in ("date-time", "email", "ip", "uuid", "text-field"):
            return sanitize.text_field(value)
        return php.to_text(value)
    return value
