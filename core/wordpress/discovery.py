"""Self-description: OPTIONS documents, namespace indexes and the root index, generated from the declarations."""

from collections.abc import Mapping
from typing import Any

from core.domain.site import Site
from core.wordpress import dates
from core.wordpress.phpjson import as_object
from core.wordpress.rest import READ, Endpoint, Namespace, RestRequest, RestResponse, RestRoute
from core.wordpress.schema import arg


def describe(server: Any, namespace: Namespace, route: RestRoute, *, schema: bool = False) -> dict[str, Any]:
    """One route as the index and OPTIONS show it."""
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
    """The OPTIONS document of a route; an unknown route gives an empty list and status 200."""
    if request.route is None:
        return RestResponse([])
    return RestResponse(describe(request.server, request.namespace, request.route, schema=True))


def namespace_route(server: Any, name: str) -> RestRoute:
    """The route of a namespace's own index, which lists the routes when it is requested."""

    def show(request: RestRequest) -> RestResponse:
        namespace = server.namespaces[name.lower()]
        routes = {
            f"/{namespace.name}{route.path}": describe(server, namespace, route)
            for route in namespace.routes
            if any(endpoint.show_in_index for endpoint in route.endpoints)
        }
        data = {"namespace": namespace.name, "routes": routes}
        return RestResponse(data, links={"up": [{"href": server.rest_url}]})

    return RestRoute("", [Endpoint(READ, show, {"namespace": arg(default=name), "context": arg(default="view")})])


def root_namespace(server: Any, site: Site, extras: Mapping[str, Any]) -> Namespace:
    """The nameless namespace that answers ``/wp-json/``."""

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


def _root_route(server: Any) -> dict[str, Any]:
    args = {"context": {"default": "view", "required": False}}
    return {
        "namespace": "",
        "methods": ["GET"],
        "endpoints": [{"methods": ["GET"], "args": args}],
        "_links": {"self": [{"href": server.rest_url}]},
    }
