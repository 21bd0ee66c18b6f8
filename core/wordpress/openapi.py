"""The declared routes as an OpenAPI document."""

import re
from collections.abc import Mapping
from typing import Any

from core.wordpress.rest import BODY_METHODS, Endpoint, RestRoute
from core.wordpress.schema import Arg

_PATTERN = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
_TYPES = frozenset({"array", "object", "string", "number", "integer", "boolean", "null"})
_ERROR = {
    "type": "object",
    "properties": {"code": {"type": "string"}, "message": {"type": "string"}, "data": {"type": "object"}},
}


def document(server: Any, *, title: str, version: str, description: str = "") -> dict[str, Any]:
    """An OpenAPI 3.1 document of everything a ``RestServer`` serves.

    Args:
        server: The server, with its namespaces added.
        title, version, description: Of the API that is emulated.
    """
    paths: dict[str, Any] = {}
    for namespace in server.namespaces.values():
        for route in namespace.routes:
            path = f"/wp-json/{namespace.name}" + _PATTERN.sub(r"{\1}", route.path)
            paths.setdefault(path, {}).update(_operations(route))
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": server.site.url}],
        "paths": paths,
        "components": {
            "schemas": {"Error": _ERROR},
            "securitySchemes": {"consumerKey": {"type": "http", "scheme": "basic"}},
        },
        "security": [{}, {"consumerKey": []}],
    }


def _operations(route: RestRoute) -> dict[str, Any]:
    named = dict(_PATTERN.findall(route.path))
    made = {}
    for endpoint in route.endpoints:
        for method in endpoint.methods:
            made[method.lower()] = _operation(endpoint, method, named)
    return made


def _operation(endpoint: Endpoint, method: str, named: Mapping[str, str]) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _in_path(name, pattern, endpoint)}
        for name, pattern in named.items()
    ]
    args = {name: rule for name, rule in endpoint.args.items() if name not in named}
    body = method in BODY_METHODS and method != "DELETE"
    operation: dict[str, Any] = {
        "responses": {
            "201" if method == "POST" and not named else "200": {"description": "Done"},
            "4XX": {
                "description": "Refused",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
            },
        }
    }
    if not body:
        parameters += [
            {"name": name, "in": "query", "required": rule.required, "schema": _schema(rule)}
            for name, rule in args.items()
        ]
    elif args:
        required = [name for name, rule in args.items() if rule.required]
        schema = {
            "type": "object",
            "properties": {name: _schema(rule) for name, rule in args.items()},
            **({"required": required} if required else {}),
        }
        operation["requestBody"] = {"content": {"application/json": {"schema": schema}}}
    if parameters:
        operation["parameters"] = parameters
    return operation


def _in_path(name: str, pattern: str, endpoint: Endpoint) -> dict[str, Any]:
    rule = endpoint.args.get(name)
    return _schema(rule) if rule is not None and rule.schema else {"type": "string", "pattern": f"^{pattern}$"}


def _schema(rule: Arg) -> dict[str, Any]:
    shown = rule.describe()
    shown.pop("required", None)
    return _plain(shown)


def _plain(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema without what only the platform knows: ``context``, types of its own, switches as words."""
    made = {name: value for name, value in schema.items() if name not in ("context", "readonly", "required")}
    kind = made.get("type")
    if isinstance(kind, (list, tuple)):
        made["type"] = [one for one in kind if one in _TYPES]
    elif kind is not None and not (isinstance(kind, str) and kind in _TYPES):
        del made["type"]
    if isinstance(made.get("properties"), Mapping):
        made["properties"] = {name: _plain(inner) for name, inner in made["properties"].items()}
    if isinstance(made.get("items"), Mapping):
        made["items"] = _plain(made["items"])
    if made.get("default", 0) is None:
        del made["default"]
    return made
