"""OpenAPI documents of the declared routes of both transports."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from core.http import openapi
from core.http.openapi import Operation, Schema, operation_of
from core.wordpress.legacy_server import LegacyServer
from core.wordpress.rest import BODY_METHODS, Endpoint, Namespace
from core.wordpress.schema import Arg
from core.wordpress.server import RestServer

#: Every item is a record, or an id with an error. The empty response of PHP is a list.
_BATCH = Schema(
    anyOf=[
        {
            "type": "object",
            "properties": {
                name: {"type": "array", "items": {"type": "object"}} for name in ("create", "update", "delete")
            },
        },
        {"type": "array", "maxItems": 0},
    ]
)
_PATTERN = re.compile(r"\(\?P<(\w+)>((?:[^()]|\([^()]*\))*)\)")
_TYPES = frozenset({"array", "object", "string", "number", "integer", "boolean", "null"})
#: The ways to send a consumer key. OpenAPI cannot describe an OAuth 1.0a signature.
_SCHEMES = {
    "consumerKey": {"type": "http", "scheme": "basic", "description": "Consumer key and secret; or OAuth 1.0a."},
    "keyInQuery": {"type": "apiKey", "in": "query", "name": "consumer_key"},
    "secretInQuery": {"type": "apiKey", "in": "query", "name": "consumer_secret"},
}
_SIGNED_IN: list[dict[str, Any]] = [{"consumerKey": []}, {"keyInQuery": [], "secretInQuery": []}]


def document(
    server: RestServer,
    *,
    title: str,
    version: str,
    description: str = "",
    schemes: Mapping[str, Any] = _SCHEMES,
    security: Sequence[Mapping[str, Any]] = ({}, *_SIGNED_IN),
    error: Any = ({"code": str, "message": str, "data": dict}, str),
) -> dict[str, Any]:
    """An OpenAPI 3.1 document of everything a ``RestServer`` serves.

    An endpoint is described by its ``operation``, or else by its ``args`` and the ``@operation`` of its handler.

    Args:
        server: The server, with its namespaces added.
        title, version, description: Those of the emulated API.
        schemes, security: Ways to authenticate and which of them suffice; by default consumer keys or none.
        error: The shape of errors; by default WordPress's error object or a string.
    """
    return openapi.document(
        _rest(server),
        title=title,
        version=version,
        description=description,
        url=server.site.url,
        schemes=schemes,
        security=security,
        render_error=server.render_error,
        selectable_fields=True,
        error=error,
    )


def legacy_document(server: LegacyServer, *, title: str, version: str, description: str = "") -> dict[str, Any]:
    """An OpenAPI 3.1 document of what a ``LegacyServer`` serves; the rest comes from its handlers' ``@operation``."""
    return openapi.document(
        _legacy(server),
        title=title,
        version=version,
        description=description,
        url=server.site.url,
        schemes=_SCHEMES,
        security=_SIGNED_IN,
        render_error=server.render_error,
        selectable_fields=True,
        error={"errors": [{"code": str, "message": str}]},
    )


def _rest(server: RestServer) -> Iterator[tuple[str, str, Operation]]:
    for namespace in server.namespaces.values():
        for route in namespace.routes:
            path = f"/wp-json/{namespace.name}" + _PATTERN.sub(r"{\1}", route.path)
            named = dict(_PATTERN.findall(route.path))
            for endpoint in route.endpoints:
                for method in endpoint.methods:
                    if endpoint.operation is not None:
                        yield method, path, endpoint.operation
                        continue
                    operation = _operation(endpoint, method, named, batch=route.path.endswith("/batch"))
                    yield method, path, replace(operation, statuses=_statuses(namespace, endpoint))


def _statuses(namespace: Namespace, endpoint: Endpoint) -> list[int]:
    """The error statuses of authentication and of the handler."""
    auth_statuses = [401, 403] if endpoint.permission else [401] if namespace.login else []
    return [*auth_statuses, *operation_of(endpoint.handler).statuses]


def _operation(endpoint: Endpoint, method: str, named: Mapping[str, str], *, batch: bool) -> Operation:
    args = {name: rule for name, rule in endpoint.args.items() if name not in named}
    if batch:
        item = {name: _schema(rule) for name, rule in args.items()}
        return Operation(body={"create": [item], "update": [{"id": int, **item}], "delete": [int]}, reply=_BATCH)
    body = method in BODY_METHODS and method != "DELETE" and bool(args)
    shapes = {name: _schema(rule) for name, rule in args.items()}
    return Operation(
        path={name: _in_path(name, pattern, endpoint) for name, pattern in named.items()},
        query={**operation_of(endpoint.handler).query, **({} if body else shapes)},
        body=shapes if body else None,
        required=[name for name, rule in args.items() if rule.required],
        status=201 if method == "POST" and not named else 200,
    )


def _legacy(server: LegacyServer) -> Iterator[tuple[str, str, Operation]]:
    for route in server.routes:
        path = server.base + _PATTERN.sub(r"{\1}", route.path.rstrip("/"))
        shapes = {name: int if pattern == r"\d+" else str for name, pattern in _PATTERN.findall(route.path)}
        for endpoint in route.endpoints:
            for method in endpoint.methods:
                yield method, path, replace(operation_of(endpoint.handler), path=shapes, is_open=route.path == "/")


def _in_path(name: str, pattern: str, endpoint: Endpoint) -> Schema:
    rule = endpoint.args.get(name)
    return _schema(rule) if rule is not None and rule.schema else Schema(type="string", pattern=f"^{pattern}$")


def _schema(rule: Arg) -> Schema:
    description = rule.describe()
    description.pop("required", None)
    return _plain(description)


def _plain(schema: Mapping[str, Any]) -> Schema:
    """A plain JSON schema: without WordPress's ``context``, its own types and its per-property flags."""
    plain = Schema({name: value for name, value in schema.items() if name not in ("context", "readonly", "required")})
    kind = plain.get("type")
    if isinstance(kind, (list, tuple)):
        plain["type"] = [name for name in kind if name in _TYPES]
    elif kind is not None and not (isinstance(kind, str) and kind in _TYPES):
        del plain["type"]
    if isinstance(plain.get("properties"), Mapping):
        plain["properties"] = {name: _plain(inner) for name, inner in plain["properties"].items()}
    if isinstance(plain.get("items"), Mapping):
        plain["items"] = _plain(plain["items"])
    if plain.get("default", 0) is None:
        del plain["default"]
    return plain
