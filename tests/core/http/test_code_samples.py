"""Code samples: complete requests, with the credentials that each operation needs and values that its schemas accept."""

import json
import shlex

import pytest
from jsonschema import Draft202012Validator

from core.http.code_samples import operation_samples, with_code_samples
from core.http.schema_examples import SchemaExamples


def document(operation, *, method="post", path="/things", schemes=None, **parts):
    return {
        "servers": [{"url": "https://book.example.com/api"}],
        "paths": {path: {method: operation}},
        "components": {"securitySchemes": schemes or {}, **parts.pop("components", {})},
        **parts,
    }


def curl_of(*arguments, **keywords):
    return shlex.split(operation_samples(document(*arguments, **keywords))[0].curl.replace("\\\n", ""))


def sent_by(monkeypatch, described):
    """What the Python sample sends, by method and arguments of ``requests``."""
    import requests

    calls = []

    class Reply:
        status_code = 200

        def raise_for_status(self):
            pass

        def json(self):
            return {}

    def request(method, url, **arguments):
        calls.append((method.upper(), url, arguments))
        return Reply()

    for method in ("get", "post", "put", "patch", "delete", "head", "options"):
        monkeypatch.setattr(requests, method, lambda url, method=method, **more: request(method, url, **more))
    monkeypatch.setattr(requests, "request", request)
    exec(compile(operation_samples(described)[0].python, "sample", "exec"), {})
    [call] = calls
    assert call[2].pop("timeout") == 30
    return call


SCHEMES = {
    "basic": ({"type": "http", "scheme": "basic"}, ["-u", "YOUR_KEY:YOUR_SECRET"], {"auth": ("YOUR_KEY", "YOUR_SECRET")}),
    "bearer": (
        {"type": "http", "scheme": "bearer"},
        ["-H", "Authorization: Bearer YOUR_TOKEN"],
        {"headers": {"Authorization": "Bearer YOUR_TOKEN"}},
    ),
    "oauth": (
        {"type": "oauth2", "flows": {}},
        ["-H", "Authorization: Bearer YOUR_TOKEN"],
        {"headers": {"Authorization": "Bearer YOUR_TOKEN"}},
    ),
    "header": (
        {"type": "apiKey", "in": "header", "name": "X-Key"},
        ["-H", "X-Key: YOUR_API_KEY"],
        {"headers": {"X-Key": "YOUR_API_KEY"}},
    ),
    "cookie": (
        {"type": "apiKey", "in": "cookie", "name": "key"},
        ["-b", "key=YOUR_API_KEY"],
        {"cookies": {"key": "YOUR_API_KEY"}},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SCHEMES)
def test_a_sample_signs_in_as_the_document_says(monkeypatch, name):
    scheme, options, arguments = SCHEMES[name]
    described = document({"security": [{}, {name: []}]}, method="get", schemes={name: scheme})
    assert curl_of({"security": [{}, {name: []}]}, method="get", schemes={name: scheme}) == [
        "curl",
        "https://book.example.com/api/things",
        *options,
    ]
    assert sent_by(monkeypatch, described) == ("GET", "https://book.example.com/api/things", arguments)


def test_a_key_in_the_query_stands_in_the_address(monkeypatch):
    schemes = {"key": {"type": "apiKey", "in": "query", "name": "the key"}}
    described = document({}, method="get", schemes=schemes, security=[{"key": []}])
    assert curl_of({}, method="get", schemes=schemes, security=[{"key": []}]) == [
        "curl",
        "https://book.example.com/api/things?the+key=YOUR_API_KEY",
    ]
    assert sent_by(monkeypatch, described)[2] == {"params": {"the key": "YOUR_API_KEY"}}


def test_an_open_operation_has_no_credentials():
    schemes = {"bearer": {"type": "http", "scheme": "bearer"}}
    assert curl_of({"security": []}, method="get", schemes=schemes, security=[{"bearer": []}]) == [
        "curl",
        "https://book.example.com/api/things",
    ]


def test_required_parameters_are_filled_in(monkeypatch):
    operation = {
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}},
            {"name": "name", "in": "path", "required": True, "example": "a/b c"},
            {"$ref": "#/components/parameters/Day"},
            {"name": "ids", "in": "query", "required": True, "schema": {"type": "array", "items": {"type": "integer"}}},
            {"name": "page", "in": "query", "schema": {"type": "integer"}},
            {"name": "X-Version", "in": "header", "required": True, "schema": {"const": "2"}},
        ]
    }
    components = {
        "parameters": {
            "Day": {"name": "day", "in": "query", "required": True, "schema": {"type": "string", "format": "date"}}
        }
    }
    described = document(operation, method="get", path="/things/{id}/{name}", components=components)
    assert sent_by(monkeypatch, described) == (
        "GET",
        "https://book.example.com/api/things/1/a%2Fb%20c",
        {"params": {"day": "2030-01-07", "ids": "1"}, "headers": {"X-Version": "2"}},
    )


BODY = {
    "type": "object",
    "properties": {"name": {"type": "string", "example": 'O\'Hara \\ "x" $HOME'}},
    "required": ["name"],
}
NAME = 'O\'Hara \\ "x" $HOME'


@pytest.mark.parametrize(
    "media, options, arguments",
    [
        (
            "application/json",
            ["-H", "Content-Type: application/json", "-d", {"name": NAME}],
            {"json": {"name": NAME}},
        ),
        ("application/x-www-form-urlencoded", ["--data-urlencode", f"name={NAME}"], {"data": {"name": NAME}}),
        ("multipart/form-data", ["--form-string", f"name={NAME}"], {"files": {"name": (None, NAME)}}),
    ],
)
def test_a_body_survives_shell_and_python(monkeypatch, media, options, arguments):
    operation = {"requestBody": {"content": {media: {"schema": BODY}}}, "responses": {"204": {}}}
    command = curl_of(operation)
    if isinstance(options[-1], dict):
        command[-1] = json.loads(command[-1])
    assert command == ["curl", "-X", "POST", "https://book.example.com/api/things", *options]
    assert sent_by(monkeypatch, document(operation)) == ("POST", "https://book.example.com/api/things", arguments)


@pytest.mark.parametrize("method", ["get", "put", "patch", "delete", "options", "head", "trace"])
def test_every_method_has_samples(monkeypatch, method):
    assert sent_by(monkeypatch, document({}, method=method))[0] == method.upper()
    expected = {"get": [], "head": ["--head"]}.get(method, ["-X", method.upper()])
    assert curl_of({}, method=method)[1:-1] == expected


def test_samples_stand_in_the_document_and_its_own_stay():
    own = [{"lang": "Go", "source": "..."}]
    described = document({"x-codeSamples": own})
    described["paths"]["/other"] = {"get": {}}
    changed = with_code_samples(described)
    assert changed["paths"]["/things"]["post"]["x-codeSamples"] == own
    assert [sample["lang"] for sample in changed["paths"]["/other"]["get"]["x-codeSamples"]] == ["Shell", "Python"]
    assert "x-codeSamples" not in described["paths"]["/other"]["get"]


SCHEMAS = {
    "integer": {"type": "integer", "minimum": 5, "maximum": 9},
    "below one": {"type": "number", "maximum": 0.5},
    "exclusive": {"type": "integer", "exclusiveMinimum": 7},
    "exclusive above": {"type": "integer", "exclusiveMaximum": 0},
    "multiple": {"type": "integer", "minimum": 7, "multipleOf": 5},
    "enum": {"enum": [None, "", "a", "b"]},
    "constant": {"const": False},
    "null": {"type": "null"},
    "nullable": {"type": ["null", "string"], "minLength": 9},
    "short": {"type": "string", "maxLength": 2},
    "pattern": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
    "color": {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"},
    "all": {"allOf": [{"$ref": "#/components/schemas/Named"}, {"required": ["size"], "properties": {"size": {"type": "integer"}}}]},
    "any": {"anyOf": [{"type": "null"}, {"type": "boolean"}]},
    "list": {"type": "array", "items": {"$ref": "#/components/schemas/Named"}, "minItems": 2},
    "no list": {"type": "array", "maxItems": 0},
    "tuple": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
    "nested": {"type": "object", "required": ["inner"], "properties": {"inner": {"$ref": "#/components/schemas/Named"}}},
    "default": {"type": "string", "default": "xyz"},
}  # fmt: skip
COMPONENTS = {
    "Named": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string", "minLength": 3}}},
    "Endless": {
        "type": "object",
        "required": ["next"],
        "properties": {"next": {"$ref": "#/components/schemas/Endless"}},
    },
}


@pytest.mark.parametrize("name", SCHEMAS)
def test_an_example_is_accepted_by_its_schema(name):
    examples = SchemaExamples({"components": {"schemas": COMPONENTS}})
    schema = {**SCHEMAS[name], "components": {"schemas": COMPONENTS}}
    Draft202012Validator(schema).validate(examples.example(SCHEMAS[name]))


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/components/schemas/Endless"},
        {"$ref": "#/components/schemas/Missing"},
        {"$ref": "#/components/schemas/Loop"},
        {"$ref": "https://elsewhere.test/schema"},
        {"type": "string", "pattern": "("},
        True,
        {"anyOf": [{"$ref": "#/components/schemas/Any"}]},
    ],
)
def test_no_schema_is_too_strange(schema):
    schemas = {
        **COMPONENTS,
        "Loop": {"$ref": "#/components/schemas/Loop"},
        "Any": {"anyOf": [{"$ref": "#/components/schemas/Any"}, {"type": "null"}]},
    }
    json.dumps(SchemaExamples({"components": {"schemas": schemas}}).example(schema))


def test_a_body_shows_some_fields_where_few_are_required():
    examples = SchemaExamples({})
    properties = {name: {"type": "string"} for name in "abcd"}
    properties |= {"e": {"type": "object"}, "a": {"type": "string", "readOnly": True}}
    content = {"schema": {"type": "object", "properties": properties, "required": ["d"]}}
    assert list(examples.body(content, shown=3)) == ["d", "b", "c"]
    assert examples.body({"examples": {"one": {"value": {"x": 1}}}}, shown=3) == {"x": 1}
