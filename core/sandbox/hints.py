"""Finds what a client sends and a vendor ignores, by the dialect's OpenAPI document: most often a misspelt name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from core.http.dialect import Dialect
from core.sandbox.journal import Entry
from core.suggestions import nearest_name


@dataclass(frozen=True, slots=True)
class _Operation:
    pattern: re.Pattern[str]
    method: str
    query: frozenset[str]
    #: None where anything may be in a body.
    body: frozenset[str] | None


class ParameterHints:
    """What one dialect knows."""

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    @cached_property
    def _operations(self) -> list[_Operation]:
        document = self._dialect.openapi() if self._dialect.openapi is not None else {}
        operations = [
            _Operation(
                re.compile("".join(_path_pattern(path)), re.IGNORECASE if self._dialect.ignore_case else 0),
                method.upper(),
                frozenset(_query_names(document, [*item.get("parameters", ()), *operation.get("parameters", ())])),
                _body_names(document, operation.get("requestBody")),
            )
            for path, item in document.get("paths", {}).items()
            for method, operation in item.items()
            if isinstance(operation, dict)
        ]
        # ``/things/slots`` comes before ``/things/{id}``.
        return sorted(operations, key=lambda operation: operation.pattern.pattern.count("[^/]+"))

    def hints(self, entry: Entry) -> list[str]:
        """A sentence for each parameter that the vendor ignores; none for a request that was refused."""
        if entry.status is None or not 200 <= entry.status < 300:
            return []
        path = entry.path.rstrip("/") or "/"
        found = [one for one in self._operations if one.method == entry.method and one.pattern.fullmatch(path)]
        if not found:
            return []
        operation = found[0]
        is_credential = self._dialect.is_credential or (lambda name: False)
        sentences = [
            _sentence("query parameter", name, operation.query)
            for name in entry.query
            if not is_credential(name) and name.partition("[")[0] not in operation.query and name not in operation.query
        ]
        if operation.body is not None and isinstance(entry.body, dict):
            known = operation.body | operation.query
            sentences += [_sentence("field", name, known) for name in entry.body if name not in known]
        return sentences


def _sentence(kind: str, name: str, known: frozenset[str]) -> str:
    meant = nearest_name(name, known)
    hint = f"; did you mean {meant!r}?" if meant else ""
    return f"the vendor ignores the {kind} {name!r}{hint}"


def _path_pattern(path: str) -> Iterator[str]:
    for part in re.split(r"(\{[^}]*\})", path):
        yield "[^/]+" if part.startswith("{") else re.escape(part)


def _resolved(document: Any, value: Any) -> Any:
    """What a ``$ref`` refers to, or the value itself."""
    for _ in range(10):
        if not isinstance(value, dict) or "$ref" not in value:
            return value
        target = document
        for name in str(value["$ref"]).removeprefix("#/").split("/"):
            target = target.get(name, {})
        value = target
    return {}


def _query_names(document: Any, parameters: list[Any]) -> Iterator[str]:
    for parameter in parameters:
        parameter = _resolved(document, parameter)
        if parameter.get("in") == "query":
            yield parameter["name"]
            yield parameter["name"].partition("[")[0]


def _body_names(document: Any, body: Any) -> frozenset[str] | None:
    content = (_resolved(document, body or {})).get("content", {})
    schemas = [_resolved(document, media.get("schema", {})) for media in content.values()]
    names: set[str] = set()
    for schema in schemas:
        listed = _property_names(document, schema)
        if listed is None:
            return None
        names |= listed
    return frozenset(names)


def _property_names(document: Any, schema: Any) -> set[str] | None:
    if schema.get("additionalProperties"):
        return None
    parts = [part for kind in ("allOf", "oneOf", "anyOf") for part in schema.get(kind, ())]
    if "properties" not in schema and not parts:
        return None
    names = set(schema.get("properties", ()))
    for part in parts:
        listed = _property_names(document, _resolved(document, part))
        if listed is None:
            return None
        names |= listed
    return names
