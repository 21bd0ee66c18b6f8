"""An OpenAPI document as something that requests and replies can be held against."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from jsonschema import Draft202012Validator

from core.http.dialect import Dialect, methods_of_resource

_PATTERN = re.compile(r"\(\?P<(\w+)>(?:[^()]|\([^()]*\))*\)")
_FIELD = re.compile(r"{(\w+)(?::[^}]*)?}")


def routes(dialect: Dialect) -> list[tuple[str, str]]:
    """Method and path of everything that a dialect serves below its prefixes; parameters are ``{name}``."""
    table = dialect.route_table or [
        (methods_of_resource(route.resource, route.suffix), route.template) for route in dialect.routes
    ]
    named = [(methods, _FIELD.sub(r"{\1}", _PATTERN.sub(r"{\1}", path))) for methods, path in table]
    return [
        (method, path)
        for methods, path in named
        if any(f"{path}/".lower().startswith(f"{prefix}/".lower()) for prefix in dialect.prefixes)
        for method in methods
    ]


class Description:
    """A dialect's document; what is not as it says is an ``AssertionError``, ``KeyError`` or ``ValidationError``."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        #: As clients get it: through JSON.
        self.document: dict[str, Any] = json.loads(json.dumps(document))
        self._paths = {
            path: re.compile(re.sub(r"{\w+}", "[^/]+", path) + r"\Z")
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        }

    def find(self, method: str, url: str) -> dict[str, Any] | None:
        """The operation of a request, or None."""
        path = urlsplit(url).path.rstrip("/")
        known = next((known for known, pattern in self._paths.items() if pattern.match(path)), None)
        return self.document["paths"][known].get(method.lower()) if known else None

    def operation(self, method: str, url: str) -> dict[str, Any]:
        """The operation of a request."""
        operation = self.find(method, url)
        assert operation is not None, f"{method} {url} is not described"
        return operation

    def check(self, schema: Mapping[str, Any], value: Any) -> None:
        """Check a value by a schema of the document."""
        whole = {**schema, "components": self.document.get("components", {})}
        Draft202012Validator.check_schema(whole)
        Draft202012Validator(whole).validate(value)

    def check_request(self, method: str, url: str, headers: Mapping[str, str], body: bytes | str) -> None:
        """Check the query parameters and the JSON body of a request; none may be unknown."""
        operation = self.operation(method, url)
        known = {one["name"]: one for one in operation.get("parameters", ()) if one["in"] == "query"}
        for name, text in parse_qsl(urlsplit(url).query):
            assert name in known, f"{method} {url}: the parameter {name} is not described"
            schema = known[name]["schema"]
            whole = schema.get("items", schema).get("type") == "integer"
            value = int(text) if whole else text
            self.check(schema, [value] if schema.get("type") == "array" else value)
        if body:
            described = operation["requestBody"]["content"][headers["Content-Type"]]["schema"]
            unknown = set(json.loads(body)) - self._properties(described)
            assert not unknown, f"{method} {url}: fields that are not described: {unknown}"
            self.check(described, json.loads(body))

    def check_reply(self, method: str, url: str, status: int, reply: Any) -> None:
        """Check the decoded JSON of a reply."""
        answers = self.operation(method, url)["responses"]
        assert str(status) in answers, f"{method} {url}: status {status} is not described"
        answer = answers[str(status)]
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        if "content" in answer:
            self.check(answer["content"]["application/json"]["schema"], reply)

    def _properties(self, schema: Mapping[str, Any]) -> set[str]:
        """The names of an object's members, also behind references."""
        names = set(schema.get("properties", ()))
        if "$ref" in schema:
            names |= self._properties(self.document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
        for part in (*schema.get("allOf", ()), *schema.get("anyOf", ())):
            names |= self._properties(part)
        return names
