"""Documents made of what handlers tell."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import falcon
import pytest
from msgspec import UNSET, Meta, Struct, UnsetType
from openapi_spec_validator import OpenAPIV31SpecValidator

from core import errors
from core.http import openapi
from core.http.dialect import ErrorReply
from core.http.openapi import Operation, Schema, operation, operation_of, partial

STATUS = {errors.NotFound: 404, errors.NotAvailable: 409, errors.BodyTooLarge: 413, errors.Unauthenticated: 401}


class Note(Struct):
    """A note."""

    text: Annotated[str, Meta(pattern=r"^\w+\Z")]
    price: Decimal | UnsetType = UNSET


def render(req: falcon.Request, error: Exception) -> ErrorReply:
    return ErrorReply(getattr(error, "status_code", 0) or STATUS.get(type(error), 400), None)


def made(*served: tuple[str, str, Operation], **more: Any) -> dict[str, Any]:
    document = openapi.document(
        served,
        title="Notes",
        version="1",
        url="http://x.test",
        schemes={"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        security=[{"key": []}],
        render_error=render,
        error={"code": str},
        **more,
    )
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    return document


def test_what_is_told_stands_at_the_handler_and_at_the_method_bound_to_it():
    class Notes:
        @operation(query={"page": int})
        def on_get(self): ...

        def on_post(self): ...

    assert operation_of(Notes().on_get) == operation_of(Notes.on_get) == Operation(query={"page": int})
    assert operation_of(Notes().on_post) == Operation()


@pytest.mark.parametrize(
    "shape, schema",
    [
        (int, {"type": "integer"}),
        ({"day": date}, {"type": "object", "properties": {"day": {"type": "string", "format": "date"}}}),
        ([{"a": str}], {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}}),
        ((int, [int]), {"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}}]}),
        (Schema(type="string", pattern="^x$"), {"type": "string", "pattern": "^x$"}),
        (Note, {"$ref": "#/components/schemas/Note"}),
        (Decimal, {"type": ["number", "string"], "format": "decimal"}),
    ],
)
def test_shapes(shape, schema):
    document = made(("GET", "/notes", Operation(reply=shape)))
    assert document["paths"]["/notes"]["get"]["responses"]["200"]["content"]["application/json"]["schema"] == schema


def test_structs_are_components_with_portable_patterns():
    document = made(("POST", "/notes", Operation(body=Note, status=201)), ("PUT", "/notes", Operation(body=Note)))
    note = document["components"]["schemas"]["Note"]
    assert note["properties"]["text"] == {"type": "string", "pattern": r"^\w+$"}
    assert note["required"] == ["text"]
    assert partial(Note) == {"text": Note.__annotations__["text"], "price": Decimal | UnsetType}


def test_parameters_bodies_and_what_must_be_there():
    find = Operation(query={"ids": [int], "day": date}, required=("day",), path={"id": int})
    post = Operation(body=Note, required=("price",), media=("application/json", "multipart/form-data"))
    document = made(("GET", "/notes/{id:int}/{word}", find), ("POST", "/notes", post))
    parameters = document["paths"]["/notes/{id}/{word}"]["get"]["parameters"]
    assert [(one["name"], one["in"], one["required"]) for one in parameters] == [
        ("id", "path", True),
        ("word", "path", True),
        ("ids", "query", False),
        ("day", "query", True),
    ]
    assert parameters[2]["explode"] is False
    body = document["paths"]["/notes"]["post"]["requestBody"]
    schema = {"allOf": [{"$ref": "#/components/schemas/Note"}, {"required": ["price"]}]}
    assert body["content"] == {kind: {"schema": schema} for kind in post.media}
    assert body["required"] is True


def test_refusals_are_those_that_the_dialect_renders_and_the_request_can_meet():
    served = (
        ("GET", "/a", Operation()),
        ("DELETE", "/a", Operation(is_open=True, status=204)),
        ("POST", "/a", Operation(body=Note)),
    )
    document = made(*served, refusals=[falcon.HTTPUnsupportedMediaType])
    each = document["paths"]["/a"]
    assert set(each["get"]["responses"]) == {"200", "400", "401", "404"}
    assert set(each["delete"]["responses"]) == {"204", "400", "401", "404", "409"}
    assert set(each["post"]["responses"]) == {"200", "400", "401", "404", "409", "413", "415"}
    assert set(document["components"]["responses"]) == {"400", "401", "404", "409", "413", "415"}
    assert each["delete"]["security"] == []
    assert "security" not in each["get"]
