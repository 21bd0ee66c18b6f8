"""OpenAPI documents made of the operations that handlers declare.

``@operation(...)`` marks a handler; ``operation_of`` reads the mark. Contents are declared as shapes: a type that
msgspec knows, a mapping of names to shapes (an object), a list of one shape (an array), a tuple of shapes (any of
them), or a ready ``Schema``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import falcon
import msgspec

from core import errors
from core.http.dialect import ErrorReply, Route, methods_of_resource

F = TypeVar("F", bound=Callable[..., Any])

_FIELD = re.compile(r"{(\w+)(?::[^}]*)?}")
_ERROR_TYPES = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DomainError)
]
#: Errors of writes only, and of requests with a body only.
_WRITE_ERRORS = (errors.Conflict, errors.NotAvailable, errors.BalanceRefused, errors.Vetoed)
_BODY_ERRORS = (errors.MalformedBody, errors.BodyTooLarge, falcon.HTTPUnsupportedMediaType)


class Schema(dict[str, Any]):
    """A JSON schema that is used unchanged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one handler reads and returns.

    Attributes:
        path: Shapes of path parameters; others are text.
        query: Shapes of query parameters. A list of one shape is sent as comma-separated text.
        body: The shape of the body; None where none is read.
        required: Required fields of the body, or required query parameters where there is no body.
        media: The content types that a body may have.
        reply: The shape of a reply with ``status``; None leaves it unspecified.
        is_open: Needs no credentials.
        statuses: Error statuses beyond those that follow from the errors of core.
    """

    path: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    required: Sequence[str] = ()
    media: Sequence[str] = ("application/json",)
    status: int = 200
    reply: Any = None
    is_open: bool = False
    statuses: Sequence[int] = ()


def operation(**fields: Any) -> Callable[[F], F]:
    """Declare what a handler reads and returns; ``fields`` are those of ``Operation``.

    ``query`` may also be a struct; its fields without a default are then required, where no body is read.
    """
    query = fields.get("query")
    if isinstance(query, type):
        fields["query"] = optional_fields(query)
        if fields.get("body") is None:
            fields["required"] = [field.encode_name for field in msgspec.structs.fields(query) if field.required]

    def mark(handler: F) -> F:
        handler.operation = Operation(**fields)  # type: ignore[attr-defined]  # a mark on the function
        return handler

    return mark


def optional_fields(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a struct as a shape in which none is required."""
    return {struct_field.encode_name: struct_field.type for struct_field in msgspec.structs.fields(struct)}


def operation_of(handler: Any) -> Operation:
    """The operation declared on a handler, or on the method behind it."""
    return getattr(handler, "operation", None) or Operation()


def operations_of(routes: Iterable[Route]) -> Iterator[tuple[str, str, Operation]]:
    """Method, path template and operation of every responder behind these routes, for ``document``."""
    for route in routes:
        suffix = f"_{route.suffix}" if route.suffix else ""
        for method in methods_of_resource(route.resource, route.suffix):
            yield method, route.template, operation_of(getattr(route.resource, f"on_{method.lower()}{suffix}"))


def document(
    operations: Iterable[tuple[str, str, Operation]],
    *,
    title: str,
    version: str,
    url: str,
    schemes: Mapping[str, Any],
    security: Sequence[Mapping[str, Any]],
    render_error: Callable[[falcon.Request, Exception], ErrorReply],
    error: Any,
    refusals: Sequence[type[Exception]] = (),
    selectable_fields: bool = False,
    description: str = "",
) -> dict[str, Any]:
    """An OpenAPI 3.1 document.

    Args:
        operations: Method, path template and operation of everything that is served.
        schemes, security: How callers authenticate, and which combinations suffice.
        render_error: The dialect's own; determines the error statuses.
        error: The shape of an error.
        refusals: Errors that the dialect raises besides those of core; 404 is included.
        selectable_fields: Callers may choose the fields of records, so none is required.
    """
    schemas = _SchemaBuilder(selectable_fields=selectable_fields)
    refusal = schemas.of(error)
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    paths: dict[str, Any] = {}
    for method, template, described in operations:
        statuses = _statuses(render_error, method, described, (*_ERROR_TYPES, falcon.HTTPNotFound, *refusals))
        operation = _operation_object(schemas, method, template, described)
        operation["responses"] |= {str(status): {"$ref": f"#/components/responses/{status}"} for status in statuses}
        paths.setdefault(_FIELD.sub(r"{\1}", template), {})[method.lower()] = operation
    used = {
        status for path in paths.values() for scheme in path.values() for status in scheme["responses"] if status >= "4"
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version, "description": description},
        "servers": [{"url": url}],
        "paths": paths,
        "components": {
            "schemas": {**schemas.components(), "Error": refusal},
            "responses": {
                status: {"description": HTTPStatus(int(status)).phrase, "content": refused} for status in sorted(used)
            },
            "securitySchemes": dict(schemes),
        },
        "security": [dict(scheme) for scheme in security],
    }


def _statuses(
    render: Callable[..., ErrorReply], method: str, described: Operation, kinds: Iterable[type[Exception]]
) -> list[int]:
    """The error statuses of such a request: every error that it may meet, rendered by the dialect."""
    without: tuple[type[Exception], ...] = () if method != "GET" else _WRITE_ERRORS
    without += () if described.body is not None else _BODY_ERRORS
    env = {"REQUEST_METHOD": method, "PATH_INFO": "/", "SERVER_NAME": "x", "SERVER_PORT": "80", "wsgi.errors": None}
    req = falcon.Request({**env, "wsgi.input": None, "wsgi.url_scheme": "http"})
    rendered = {render(req, kind()).status for kind in kinds if not issubclass(kind, without)}
    return sorted({status for status in rendered if 400 <= status < 500 or status == 503} | set(described.statuses))


def _operation_object(schemas: "_SchemaBuilder", method: str, template: str, described: Operation) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": schemas.of(described.path.get(name, str))}
        for name in _FIELD.findall(template)
    ]
    for name, shape in described.query.items():
        needed = described.body is None and name in described.required
        parameter = {"name": name, "in": "query", "required": needed, "schema": schemas.of(shape)}
        parameters.append({**parameter, "explode": False} if isinstance(shape, list) else parameter)
    success: dict[str, Any] = {"description": HTTPStatus(described.status).phrase}
    if described.reply is not None:
        success["content"] = {"application/json": {"schema": schemas.of(described.reply)}}
    name = re.sub(r"\W+", "_", f"{method.lower()} {template}").strip("_")
    operation: dict[str, Any] = {"operationId": name, "responses": {str(described.status): success}}
    if parameters:
        operation["parameters"] = parameters
    if described.body is not None:
        schema = schemas.of(described.body, described.required)
        operation["requestBody"] = {"content": {kind: {"schema": schema} for kind in described.media}}
        if described.required:
            operation["requestBody"]["required"] = True
    if described.is_open:
        operation["security"] = []
    return operation


class _SchemaBuilder:
    """Schemas of shapes. Those of types are filled in at the end, with one call of msgspec for all of them."""

    def __init__(self, *, selectable_fields: bool = False) -> None:
        self._selectable_fields = selectable_fields
        self._pending: list[tuple[dict[str, Any], Any]] = []

    def of(self, shape: Any, required: Sequence[str] = ()) -> dict[str, Any]:
        required_part = {"required": list(required)} if required else {}
        if isinstance(shape, Schema):
            return {**shape, **required_part}
        if isinstance(shape, Mapping):
            return {
                "type": "object",
                "properties": {name: self.of(inner) for name, inner in shape.items()},
                **required_part,
            }
        if isinstance(shape, list):
            return {"type": "array", "items": self.of(shape[0])}
        if isinstance(shape, tuple):
            return {"anyOf": [self.of(inner) for inner in shape]}
        schema: dict[str, Any] = {}
        self._pending.append((schema, shape))
        # Keywords beside a reference apply too.
        return schema if not required_part else {"allOf": [schema, required_part]}

    def components(self) -> dict[str, Any]:
        shapes = [shape for _, shape in self._pending]
        generated, components = msgspec.json.schema_components(shapes, ref_template="#/components/schemas/{name}")
        for (schema, _), built in zip(self._pending, generated, strict=True):
            schema.update(_portable(built))
        if self._selectable_fields:
            for component in components.values():
                component.pop("required", None)
        portable: dict[str, Any] = _portable(components)
        return portable


def _portable(schema: Any) -> Any:
    """Patterns in ECMAScript's syntax, and decimals as clients send them: numbers or texts."""
    if isinstance(schema, list):
        return [_portable(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    portable = {name: _portable(inner) for name, inner in schema.items()}
    if isinstance(portable.get("pattern"), str):
        portable["pattern"] = portable["pattern"].replace("\\Z", "$")
    if portable.get("format") == "decimal":
        portable = {**portable, "type": ["number", "string"]}
    return portable
