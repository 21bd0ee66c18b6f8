"""Discovery: OPTIONS responses, namespace indexes and the root index, generated from the declared routes."""

from collections.abc import Mapping
from typing import Any

from core.domain.site import Site
from core.http.openapi import Operation
from core.wordpress import dates
from core.wordpress.phpjson import as_object
from core.wordpress.rest import READ, Endpoint, Namespace, RestRequest, RestResponse, RestRoute, Server
from core.wordpress.schema import arg

_OPEN = Operation(is_open=True, reply={"namespace": str, "routes": dict[str, dict[str, Any]], "_links": dict})


def describe(server: Server, namespace: Namespace, route: RestRoute, *, schema: bool = False) -> dict[str, Any]:
    """A route as index and OPTIONS describe it."""
    path = f"/{namespace.name}{route.path}"
    endpoints = [endpoint for endpoint in route.endpoints if endpoint.show_in_index]
    description: dict[str, Any] = {
        "namespace": namespace.name,
        "methods": [method for endpoint in endpoints for method in endpoint.methods],
        "endpoints": [
            {
                "methods": list(endpoint.methods),
                "args": {name: rule.describe() for name, rule in endpoint.args.items()},
            }
            for endpoint in endpoints
        ],
    }
    if schema and route.schema is not None:
        description["schema"] = route.schema() if callable(route.schema) else route.schema
    if "(?P<" not in path:
        description["_links"] = {"self": [{"href": server.rest_url + path.lstrip("/")}]}
    return description


def options(request: RestRequest) -> RestResponse:
    """The OPTIONS response of a route; an unknown route gives an empty list with status 200."""
    if request.route is None:
        return RestResponse([])
    return RestResponse(describe(request.server, request.namespace, request.route, schema=True))


def namespace_route(server: Server, name: str, *, is_open: bool) -> RestRoute:
    """The index route of a namespace; it lists the routes at the time of the request.

    Args:
        is_open: The namespace has no login, so the OpenAPI document names no credentials for the index.
    """

    def show(request: RestRequest) -> RestResponse:
        namespace = server.namespaces[name.lower()]
        routes = {
            f"/{namespace.name}{route.path}": describe(server, namespace, route)
            for route in namespace.routes
            if any(endpoint.show_in_index for endpoint in route.endpoints)
        }
        data = {"namespace": namespace.name, "routes": routes}
        return RestResponse(data, links={"up": [{"href": server.rest_url}]})

    args = {"namespace": arg(default=name), "context": arg(default="view")}
    return RestRoute("", [Endpoint(READ, show, args, operation=_OPEN if is_open else None)])


def root_namespace(server: Server, site: Site, extras: Mapping[str, Any]) -> Namespace:
    """The unnamed namespace that serves ``/wp-json/``."""

    def show(request: RestRequest) -> RestResponse:
        zone = site.timezone
        named = zone[:1] not in "+-"
        offset = dates.gmt_offset(zone, request.now)
        routes = {"/": _root_route(server)}
        namespaces = [namespace for peer in server.peers for namespace in peer.namespaces.values()]
        for namespace in namespaces:
            for route in namespace.routes:
                routes[f"/{namespace.name}{route.path}"] = describe(server, namespace, route)
        data = {
            "name": site.name,
            "description": "",
            "url": site.url,
            "home": site.url,
            "gmt_offset": offset,
            "timezone_string": zone if named else "",
            "namespaces": [
                *(namespace.name for namespace in namespaces),
                *extras.get("namespaces", ()),
            ],
            "authentication": extras.get("authentication", {}),
            "routes": as_object(routes),
            "site_logo": 0,
            "site_icon": 0,
            "site_icon_url": "",
        }
        return RestResponse(data, links={"help": [{"href": "https://developer.wordpress.org/rest-api/"}]})

    return Namespace("", [RestRoute("", [Endpoint(READ, show, {"context": arg(default="view")})])])


def _root_route(server: Server) -> dict[str, Any]:
    args = {"context": {"default": "view", "required": False}}
    return {
        "namespace": "",
        "methods": ["GET"],
        "endpoints": [{"methods": ["GET"], "args": args}],
        "_links": {"self": [{"href": server.rest_url}]},
    }
