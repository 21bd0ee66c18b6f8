"""What a handler reads and answers, told beside it, and the OpenAPI document made of that.

``@told(...)`` stands on a handler, and ``told_of`` finds it there again. What it tells is written in shapes: a type
that msgspec knows, a mapping of names to shapes (an object), a list of one shape (an array), a tuple of shapes (any of
them), or a ready ``Schema``.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, TypeVar

import falcon
import msgspec

from core import errors
from core.http.dialect import ErrorReply

F = TypeVar("F", bound=Callable[..., Any])

_FIELD = re.compile(r"{(\w+)(?::[^}]*)?}")
_ERROR_TYPES = [
    kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.DomainError)
]
#: What only a write can meet, and what only a body can.
_WRITE_ERRORS = (errors.Conflict, errors.NotAvailable, errors.BalanceRefused, errors.Vetoed)
_BODY_ERRORS = (errors.MalformedBody, errors.BodyTooLarge, falcon.HTTPUnsupportedMediaType)


class Schema(dict[str, Any]):
    """A JSON schema that is taken as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """What one handler reads and answers.

    Attributes:
        path: Shapes of the path's parameters; one that is not told is text.
        query: Shapes of the query's parameters. A list of one shape is sent as one text with commas.
        body: The shape of the body; None where none is read.
        required: What must be there of the body, or of the query where there is no body.
        media: The content types a body may have.
        reply: The shape of a reply with ``status``; None says nothing about it.
        is_open: Needs no credentials.
        statuses: Further statuses of its refusals, beside those that follow from the errors of core.
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
    """Tell what a handler reads and answers; ``facts`` are the fields of ``Told``."""

    def mark(handler: F) -> F:
        handler.operation = Operation(**fields)  # type: ignore[attr-defined]
        return handler

    return mark


def partial(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The fields of a struct as a shape in which none has to be there."""
    return {struct_field.encode_name: struct_field.type for struct_field in msgspec.structs.fields(struct)}


def operation_of(handler: Any) -> Operation:
    """What is told of a handler, or of the method behind it."""
    return getattr(handler, "operation", None) or Operation()


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
        served: Verb, path template and what is told, of everything that is answered.
        schemes, security: How callers say who they are, and which of these ways will do.
        render_error: The dialect's own; its statuses are those that it really gives.
        error: The shape of its refusals.
        refusals: Errors the dialect meets beside those of core, 404 among them already.
        narrowed: Callers may choose the fields of records, so none has to be there.
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
    """The statuses a dialect refuses such a request with: every error it may meet, rendered."""
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
    """Schemas of shapes. Those of types are filled in at the end, when msgspec is asked about all of them at once."""

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
        # Beside a reference it counts too.
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
    """Patterns as ECMAScript writes them, and decimals as clients send them: numbers, or texts."""
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
