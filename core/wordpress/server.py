"""The REST server: dispatches a request with WordPress's order of checks.

JSONP name, login, key permission, route, ``admit``, JSON, required arguments, validation, sanitizing, permission,
handler; then ``Allow``, ``_fields``, links, envelope. All errors are rendered here but unexpected exceptions.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import falcon

from core.domain.site import Site
from core.errors import DomainError
from core.http.body import query_params
from core.http.dialect import Dialect, ErrorReply, Host, Route
from core.http.middleware import roll_back
from core.wordpress import arguments, discovery, error_mapping, oauth, php, phpjson, rendering
from core.wordpress.falcon_adapter import CatchAllResource, RestSteps, route_template
from core.wordpress.php_request import PhpRequest
from core.wordpress.rest import Endpoint, Namespace, RestRequest, RestResponse, WPError, no_route

#: Base path of the REST server.
ROOT = "/wp-json"
#: WordPress's front controller; some servers show it in paths.
_SCRIPT = "index.php"
#: The namespace of paths outside of all namespaces.
_NOWHERE = Namespace("", [])


@dataclass(slots=True)
class _Call:
    """A request after routing, or with the error that stopped it."""

    request: RestRequest
    error: WPError | None = None
    #: Whether the JSONP name is refused: the response then has no ``Allow`` and no envelope.
    bare: bool = False


class RestServer:
    """All REST namespaces of one site.

    Args:
        jsonp: Whether ``_jsonp`` is supported.
        target_hints: Whether links have ``targetHints``, as in WordPress since 6.7.
        index_extras: Further content of the root index: ``authentication``, ``namespaces``.
        peers: All REST servers of the site, to which this one is added; the root index lists all their routes.
    """

    def __init__(
        self,
        *,
        site: Site,
        clock: Callable[[], datetime],
        jsonp: bool = True,
        target_hints: bool = True,
        index_extras: Mapping[str, Any] | None = None,
        peers: list["RestServer"] | None = None,
    ) -> None:
        self.site = site
        self.clock = clock
        self.rest_url = f"{site.url.rstrip('/')}/wp-json/"
        self.namespaces: dict[str, Namespace] = {}
        self.peers = [] if peers is None else peers
        self.peers.append(self)
        self._prefixes: list[str] = []
        self._jsonp = jsonp
        self.target_hints = target_hints
        self._root = discovery.root_namespace(self, site, index_extras or {})

    def add(self, namespace: Namespace) -> Namespace:
        """Add a namespace, with its index as the first route."""
        routes = [discovery.namespace_route(self, namespace.name, is_open=namespace.login is None), *namespace.routes]
        full = Namespace(
            namespace.name,
            routes,
            namespace.login,
            namespace.check_permissions,
            namespace.errors,
            namespace.json_lists,
            namespace.exact_paths,
        )
        self.namespaces[full.name.lower()] = full
        return full

    def dialect(self, name: str, **fields: Any) -> Dialect:
        """The ``Dialect`` that a plugin returns for all namespaces added so far.

        The first server of a site also serves ``/wp-json`` and the unknown paths below it.

        Args:
            fields: Further fields of ``Dialect``.
        """
        resource = CatchAllResource(self.reply)
        prefixes = [f"/wp-json/{namespace.name}" for namespace in self.namespaces.values()]
        root = self.peers[0] is self
        if root:
            prefixes.append(ROOT)
        self._prefixes = prefixes
        routes = [Route(template, resource) for prefix in prefixes for template in (prefix, f"{prefix}/{{rest:path}}")]
        if root:
            fields.setdefault("rewrite", rest_route_path)
        fields.setdefault("ignore_case", True)
        fields.setdefault("steps", RestSteps(self.begin_request, self._normalize_prefix))
        fields.setdefault("is_credential", oauth.is_credential)
        answered: dict[str, list[str]] = {ROOT: ["GET"]} if root else {}
        for path, methods, _ in self.list_endpoints():
            answered.setdefault(f"/wp-json{path.removesuffix('/')}", []).extend(methods)
        fields.setdefault("route_table", [(methods, path) for path, methods in answered.items()])
        return Dialect(name=name, prefixes=prefixes, routes=routes, render_error=self.render_error, **fields)

    def _normalize_prefix(self, req: falcon.Request) -> None:
        """Normalize the case of a path's prefix; paths below ``/wp-json`` are case-insensitive."""
        path = req.path
        for prefix in self._prefixes:
            if path.startswith(prefix):
                return
            if path.lower().startswith(prefix.lower()):
                req.path = prefix + path[len(prefix) :]
                return

    def find_namespace(self, path: str) -> Namespace | None:
        """The namespace of a route path; the root namespace for ``/``, None for none."""
        lower = path.lower()
        if lower == "/":
            return self._root
        names = [name for name in self.namespaces if lower == f"/{name}" or lower.startswith(f"/{name}/")]
        return self.namespaces[max(names, key=len)] if names else None

    def begin_request(self, req: falcon.Request) -> _Call:
        """Authenticate, check key permissions and route, once per request."""
        call = getattr(req.context, "wp_call", None)
        if call is None:
            call = req.context.wp_call = self._begin(PhpRequest(req), _route_path(req.path))
            req.context.principal = call.request.principal
        return call

    def _begin(self, inputs: PhpRequest, path: str) -> _Call:
        namespace = self.find_namespace(path)
        request = RestRequest(self, namespace or _NOWHERE, inputs, inputs.method, path)
        call = _Call(request)
        try:
            self._check_callback(call)
            if namespace is None:
                request.query = inputs.query
                if request.method != "OPTIONS":
                    raise no_route()
                return call
            if namespace.exact_paths and "//" in inputs.path.partition(ROOT)[2]:
                raise no_route()
            if namespace.login:
                request.principal = namespace.login(inputs)
            arguments.fill_request(request)
            if namespace.check_permissions:
                namespace.check_permissions(request)
            self._route(request)
        except (WPError, DomainError) as error:
            call.error = error_mapping.to_wp_error(error, namespace)
            if call.error is None:
                raise
        return call

    def _check_callback(self, call: _Call) -> None:
        name = call.request.php_request.query.get("_jsonp")
        if not name:
            return
        call.bare = True
        if not self._jsonp:
            raise WPError("rest_callback_disabled", "JSONP support is disabled on this site.")
        if not rendering.is_valid_callback(name):
            raise WPError("rest_callback_invalid", "Invalid JSONP callback function.")
        call.bare = False

    def _route(self, request: RestRequest) -> None:
        match = request.namespace.match(request.path)
        if match:
            request.route, request.url_params = match
            request.endpoint = request.route.endpoint(request.method)
        if request.method == "OPTIONS" and (match is None or request.endpoint is None):
            return
        if request.endpoint is None:
            # A client gets the same error for an unknown path and for a method that a path lacks.
            request.route, request.url_params = None, {}
            raise no_route()
        if request.endpoint.admit:
            request.endpoint.admit(request)

    def _run(self, call: _Call) -> RestResponse:
        request, namespace = call.request, call.request.namespace
        if call.error:
            raise call.error
        if request.endpoint is None:
            return discovery.options(request)
        arguments.read_json(request)
        arguments.check_arguments(request, request.endpoint)
        refusal = self._refusal(request, request.endpoint)
        request.verdicts[id(request.endpoint)] = refusal is None
        if refusal is not None:
            raise refusal
        try:
            return request.endpoint.handler(request)
        except WPError:
            raise
        except Exception as error:
            endpoint_errors = request.endpoint.errors
            mapped = (endpoint_errors(error) if endpoint_errors else None) or error_mapping.to_wp_error(
                error, namespace
            )
            if mapped is None:
                raise
            raise mapped from error

    def reply(self, req: falcon.Request) -> ErrorReply:
        """The response to a request."""
        if req.method == "TRACE":
            # Web servers in front of PHP refuse this method.
            return ErrorReply(405, b"<h1>405 Not Allowed</h1>", {"Content-Type": "text/html"})
        call = self.begin_request(req)
        request = call.request
        if request.route is not None:
            req.uri_template = route_template(f"{ROOT}/{request.namespace.name}", request.route.path)
        try:
            response = self._run(call)
        except WPError as error:
            # Undo what an idempotent write has begun; only the error response is stored.
            roll_back(req.env, error)
            response = RestResponse(error.body(), error.status, dict(error.headers))
            if call.bare:
                # WordPress sends this error before it has an error object.
                response.data = {"code": error.code, "message": error.message}
        except DomainError as error:
            mapped = error_mapping.to_wp_error(error, request.namespace)
            if mapped is None:
                raise
            roll_back(req.env, error)
            response = RestResponse(mapped.body(), mapped.status, dict(mapped.headers))
        return self._finish(call, response)

    def _finish(self, call: _Call, response: RestResponse) -> ErrorReply:
        request, inputs = call.request, call.request.php_request
        if response.is_final:
            body = b"" if request.method == "HEAD" else phpjson.dumps(response.data)
            return ErrorReply(response.status, body, rendering.base_headers(self.rest_url))
        data = rendering.render(request, response)
        status = response.status
        headers = {**rendering.paging_headers(request, response), **response.headers}
        if request.route is not None and not call.bare:
            allowed = self.allowed_methods(request)
            if allowed:
                headers["Allow"] = ", ".join(allowed)
        if "_envelope" in inputs.query and not call.bare:
            data = rendering.envelope(data, status, headers)
            status, headers = 200, {}
        signed_in = request.principal is not None and request.principal.user_id is not None
        standard = rendering.standard_headers(inputs, rest_url=self.rest_url, signed_in=signed_in, status=status)
        headers = {**standard, **request.headers, **headers}
        body = phpjson.dumps(data, pretty=request.has("_pretty"))
        name = inputs.query.get("_jsonp")
        if name and self._jsonp:
            headers["Content-Type"] = rendering.JSONP_TYPE
            if not call.bare:
                body = b"/**/" + name.encode("ascii") + b"(" + body + b")"
        return ErrorReply(status, b"" if request.method == "HEAD" else body, headers)

    def render_error(self, req: falcon.Request, error: Exception) -> ErrorReply:
        """Render an error from outside a handler: core's, Falcon's or an unexpected exception."""
        namespace = self.find_namespace(_route_path(req.path))
        mapped = error_mapping.to_wp_error(error, namespace) or error_mapping.platform_error(error)
        call = getattr(req.context, "wp_call", None)
        caller = call.request.principal if call else None
        headers = rendering.standard_headers(
            PhpRequest(req),
            rest_url=self.rest_url,
            signed_in=caller is not None and caller.user_id is not None,
            status=mapped.status,
        )
        extra_headers = call.request.headers if call else {}
        return ErrorReply(mapped.status, phpjson.dumps(mapped.body()), {**headers, **extra_headers, **mapped.headers})

    def _refusal(self, request: RestRequest, endpoint: Endpoint) -> WPError | None:
        if endpoint.permission is None:
            return None
        try:
            answer = endpoint.permission(request)
        except WPError as error:
            return error
        except DomainError as error:
            return error_mapping.to_wp_error(error, request.namespace) or error_mapping.forbidden_error(request)
        if isinstance(answer, WPError):
            return answer
        return error_mapping.forbidden_error(request) if answer is False else None

    def allowed_methods(self, request: RestRequest) -> list[str]:
        """The methods of the request's route that the caller may use, in the order of their declaration."""
        methods = request.allowed
        if methods is None:
            methods = []
            for endpoint in request.route.endpoints if request.route else ():
                verdict = request.verdicts.get(id(endpoint))
                if verdict is None:
                    verdict = self._refusal(request, endpoint) is None
                if verdict:
                    methods += [method for method in endpoint.methods if method not in methods]
            request.allowed = methods
        return methods

    def allowed_methods_at(self, request: RestRequest, href: str) -> list[str]:
        """The methods that the caller may use at another URL of the same namespace."""
        if not href.startswith(self.rest_url):
            return []
        path = href[len(self.rest_url) - 1 :].partition("?")[0]
        if path == request.path and request.route is not None:
            return self.allowed_methods(request)
        match = request.namespace.match(path)
        if not match:
            return []
        route, params = match
        shared: dict[int, list[str]] = request.cache.setdefault("allowed", {})
        if id(route) in shared:
            return shared[id(route)]
        probe = RestRequest(self, request.namespace, request.php_request, "GET", path)
        probe.principal, probe.cache, probe.route = request.principal, request.cache, route
        probe.url_params = {name: php.intval(text) if text.isdigit() else text for name, text in params.items()}
        allowed = self.allowed_methods(probe)
        if not any(endpoint.permission and endpoint.per_item for endpoint in route.endpoints):
            shared[id(route)] = allowed
        return allowed

    def list_endpoints(self) -> list[tuple[str, Sequence[str], list[str]]]:
        """Every route with its methods and argument names."""
        return [
            (f"/{namespace.name}{route.path}", tuple(endpoint.methods), list(endpoint.args))
            for namespace in self.namespaces.values()
            for route in namespace.routes
            for endpoint in route.endpoints
        ]


def site_servers(host: Host) -> list[RestServer]:
    """The REST servers of the host's site, one per plugin."""
    servers: list[RestServer] = host.shared.setdefault("wordpress.rest", [])
    return servers


def _route_path(path: str) -> str:
    inside = path[len(ROOT) :] if path[:8].lower() == ROOT else path
    if inside and "//" not in inside and (inside[-1] != "/" or inside == "/"):
        return inside
    return "/" + "/".join(part for part in inside.split("/") if part)


def rest_route_path(req: falcon.Request) -> str | None:
    """The route path of ``/?rest_route=/...`` and ``/index.php/wp-json/...``: sites without pretty permalinks."""
    path = req.path.strip("/")
    if path.startswith(f"{_SCRIPT}{ROOT}"):
        return path.removeprefix(_SCRIPT)
    if path not in ("", _SCRIPT) or "rest_route=" not in req.query_string:
        return None
    route = query_params(req).get("rest_route")
    if not isinstance(route, str) or not route:
        return None
    return ROOT + _route_path(route)
