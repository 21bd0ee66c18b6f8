"""Declared routes as an OpenAPI document."""

import json

from core.domain.site import Site
from core.http.openapi import Operation
from core.wordpress import openapi
from core.wordpress.rest import CREATE, READ, Endpoint, Namespace, RestResponse, RestRoute
from core.wordpress.schema import arg
from core.wordpress.server import RestServer
from tests.core.wordpress.conftest import NOW


def test_routes_arguments_and_bodies_are_described():
    def handler(request):
        return RestResponse({})

    server = RestServer(site=Site(url="https://x.test"), clock=lambda: NOW)
    find = {"page": arg(type="integer", default=1, minimum=1), "of": arg(required=True, type=["integer", "mixed"])}
    make = {"name": arg(required=True, type="string"), "rows": arg(type={"odd": 1}), "none": arg(default=None)}
    server.add(
        Namespace(
            "acme/v1",
            [
                RestRoute("/things", [Endpoint(READ, handler, find), Endpoint(CREATE, handler, make)]),
                RestRoute(r"/things/(?P<id>[\d]+)", [Endpoint(READ, handler, {"id": arg(type="integer")})]),
                RestRoute(r"/days/(?P<day>\d{4}(-\d{2}){2})", [Endpoint(READ, handler)]),
            ],
        )
    )
    made = openapi.document(server, title="Acme", version="1")

    assert json.loads(json.dumps(made)) == made
    assert set(made["paths"]) == {f"/wp-json/acme/v1{path}" for path in ("", "/things", "/things/{id}", "/days/{day}")}
    things = made["paths"]["/wp-json/acme/v1/things"]
    assert things["get"]["parameters"] == [
        {"name": "page", "in": "query", "required": False, "schema": {"type": "integer", "default": 1, "minimum": 1}},
        {"name": "of", "in": "query", "required": True, "schema": {"type": ["integer"]}},
    ]
    body = things["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body == {
        "type": "object",
        "properties": {"name": {"type": "string"}, "rows": {}, "none": {}},
        "required": ["name"],
    }
    [number] = made["paths"]["/wp-json/acme/v1/things/{id}"]["get"]["parameters"]
    assert number == {"name": "id", "in": "path", "required": True, "schema": {"type": "integer"}}
    [day] = made["paths"]["/wp-json/acme/v1/days/{day}"]["get"]["parameters"]
    assert day["schema"] == {"type": "string", "pattern": r"^\d{4}(-\d{2}){2}$"}


def test_an_endpoint_is_described_by_its_own_operation_and_an_open_index_needs_no_key():
    operation = Operation(query={"day": str}, reply={"slots": [str]})
    routes = [RestRoute("/slots", [Endpoint(READ, lambda request: RestResponse({}), operation=operation)])]
    server = RestServer(site=Site(url="https://x.test"), clock=lambda: NOW)
    server.add(Namespace("acme/v1", routes))
    scheme = {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}
    document = openapi.document(
        server, title="Acme", version="1", schemes=scheme, security=[{"key": []}], error={"code": str}
    )

    slots = document["paths"]["/wp-json/acme/v1/slots"]["get"]
    assert [parameter["name"] for parameter in slots["parameters"]] == ["day"]
    assert document["paths"]["/wp-json/acme/v1"]["get"]["security"] == []
    assert document["security"] == [{"key": []}]
    assert document["components"]["securitySchemes"] == scheme
    assert document["components"]["schemas"]["Error"]["properties"] == {"code": {"type": "string"}}
