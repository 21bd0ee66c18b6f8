"""Values that JSON schemas of an OpenAPI document accept, for samples."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

#: Schemas are followed this deep; a schema that contains itself ends there.
_MAX_DEPTH = 8
_BY_FORMAT = {
    "date": "2030-01-07",
    "date-time": "2030-01-07T10:00:00Z",
    "time": "10:00:00Z",
    "duration": "PT1H",
    "email": "ada@example.org",
    "uri": "https://example.org/",
    "uuid": "123e4567-e89b-42d3-a456-426614174000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "YQ==",
}
#: Tried in this order where a text must match a pattern.
_TEXTS = (
    "text",
    "1",
    "2030-01-07",
    "10:00",
    "10:00:00",
    "2030-01-07T10:00:00",
    "2030-01-07 10:00:00",
    "2030-01",
    "2030",
    "1.00",
    "ada@example.org",
    "https://example.org/",
    "USD",
    "US",
    "#336699",
    "+14155550123",
)


class SchemaExamples:
    """Examples for the schemas of one document, whose references are followed."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def resolve(self, value: Mapping[str, Any]) -> Mapping[str, Any]:
        """What a reference inside the document leads to; anything else as it is."""
        for _ in range(_MAX_DEPTH):
            reference = value.get("$ref")
            if not isinstance(reference, str) or not reference.startswith("#/"):
                return value
            target: Any = self._document
            for part in reference[2:].split("/"):
                target = target.get(part.replace("~1", "/").replace("~0", "~"), {})
            value = {**target, **{key: item for key, item in value.items() if key != "$ref"}}
        return {}

    def parameter(self, parameter: Mapping[str, Any]) -> str:
        """The value of a parameter as text; lists are joined with commas."""
        stated = _stated(parameter)
        value = next(stated, None)
        if value is None:
            value = self.example(parameter.get("schema") or {})
        if isinstance(value, list):
            return ",".join(_as_text(item) for item in value)
        return _as_text(value)

    def body(self, content: Mapping[str, Any], *, shown: int) -> Any:
        """A body of one media type.

        Args:
            shown: How many fields an object has at least, where fewer are required: simple ones come along.
        """
        for value in _stated(content):
            return value
        schema = self._merged(content.get("schema") or {})
        value = self.example(schema)
        if isinstance(value, dict):
            value |= dict(self._simple_fields(schema, shown - len(value), value))
        return value

    def _simple_fields(
        self, schema: Mapping[str, Any], limit: int, present: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        for name, inner in schema.get("properties", {}).items():
            inner = self._merged(inner)
            is_simple = _type_of(inner) in ("string", "integer", "number", "boolean") and not inner.get("readOnly")
            if limit > 0 and is_simple and name not in present:
                limit -= 1
                yield name, self.example(inner)

    def example(self, schema: Any, depth: int = 0) -> Any:
        """A small value that the schema accepts, as far as keywords tell: with required fields only."""
        if not isinstance(schema, Mapping) or depth > _MAX_DEPTH:
            return None
        schema = self._merged(schema)
        for value in _stated(schema):
            return value
        kind = _type_of(schema)
        if kind == "object":
            properties = schema.get("properties", {})
            return {name: self.example(properties.get(name, {}), depth + 1) for name in schema.get("required", ())}
        if kind == "array":
            items = schema.get("prefixItems") or [schema.get("items", {})] * max(1, schema.get("minItems", 1))
            return [self.example(item, depth + 1) for item in items] if schema.get("maxItems") != 0 else []
        if kind in ("integer", "number"):
            return _number(schema, kind)
        if kind == "string":
            return _text(schema)
        return {"boolean": True, "null": None}.get(kind, "text")

    def _merged(self, schema: Mapping[str, Any], depth: int = 0) -> Mapping[str, Any]:
        """A schema with its reference, ``allOf`` and the first useful alternative in one."""
        schema = self.resolve(schema)
        if depth > _MAX_DEPTH:
            return schema
        parts = list(schema.get("allOf", ()))
        for keyword in ("anyOf", "oneOf"):
            alternatives = [self.resolve(part) for part in schema.get(keyword, ())]
            parts += [part for part in alternatives if _type_of(part) != "null"][:1] or alternatives[:1]
        merged = {key: value for key, value in schema.items() if key not in ("allOf", "anyOf", "oneOf")}
        for part in parts:
            inner = self._merged(part, depth + 1)
            required = [*merged.get("required", ()), *inner.get("required", ())]
            properties = {**inner.get("properties", {}), **merged.get("properties", {})}
            merged = {**inner, **merged}
            if required:
                merged["required"] = list(dict.fromkeys(required))
            if properties:
                merged["properties"] = properties
        return merged


def _stated(holder: Mapping[str, Any]) -> Iterator[Any]:
    """The values that a schema, parameter or media type names itself."""
    if "const" in holder:
        yield holder["const"]
    if holder.get("example") is not None:
        yield holder["example"]
    examples = holder.get("examples")
    if isinstance(examples, Mapping):
        yield from (entry["value"] for entry in examples.values() if isinstance(entry, Mapping) and "value" in entry)
    elif isinstance(examples, list):
        yield from examples
    if holder.get("default") not in (None, "", [], {}):
        yield holder["default"]
    yield from (value for value in holder.get("enum", ()) if value not in (None, ""))


def _type_of(schema: Mapping[str, Any]) -> str:
    kind = schema.get("type")
    if isinstance(kind, Sequence) and not isinstance(kind, str):
        kind = next((name for name in kind if name != "null"), "null")
    if kind is None and "properties" in schema:
        return "object"
    if kind is None and "items" in schema:
        return "array"
    return str(kind or "")


def _number(schema: Mapping[str, Any], kind: str) -> int | float:
    low = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1 if "exclusiveMinimum" in schema else 1)
    value = max(1, low)
    high = schema.get("maximum")
    if high is None and "exclusiveMaximum" in schema:
        high = schema["exclusiveMaximum"] - 1
    value = value if high is None else min(value, high)
    step = schema.get("multipleOf")
    if step:
        value = -(-value // step) * step
    return int(value) if kind == "integer" else value


def _text(schema: Mapping[str, Any]) -> str:
    known = _BY_FORMAT.get(schema.get("format", ""))
    pattern = schema.get("pattern")
    candidates: list[str] = [*([known] if known else ()), *_TEXTS]
    if pattern:
        candidates = [text for text in candidates if _matches(pattern, text)] or candidates
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 10_000)
    fitting = (text for text in candidates if shortest <= len(text) <= longest)
    chosen = next(fitting, candidates[0]).ljust(shortest, "x")
    return chosen[:longest]


def _matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:
        return False


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
