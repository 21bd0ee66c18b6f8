"""A made-up extension whose routes are those of the recorded namespace index, with the recorded permissions."""

from core.wordpress import sanitize
from core.wordpress.consumer_keys import ConsumerKeys
from core.wordpress.rest import Endpoint, Item, Namespace, RestResponse, RestRoute, WPError
from core.wordpress.schema import Arg
from core.wordpress.server import RestServer

_MANAGERS = {"administrator", "shop_manager"}
_CLEAN = {
    "page": sanitize.absint,
    "per_page": sanitize.absint,
    "offset": sanitize.absint,
    "include": sanitize.id_list,
    "exclude": sanitize.id_list,
}


def manages(request) -> bool:
    return bool(request.principal and request.principal.roles & _MANAGERS)


class Shop:
    """Builds the namespace; ``total`` is what every collection claims to hold."""

    def __init__(self, *, site, clock, key_store, basic_over_http=False):
        self.total = 0
        self.server = RestServer(site=site, clock=clock)
        self._keys = ConsumerKeys(key_store, dialect="shop", site=site, clock=clock, basic_over_http=basic_over_http)

    def serve_index(self, index) -> None:
        """Declare what ``index`` (a recorded namespace index) describes."""
        base = f"/{index['namespace']}"
        routes = [
            self._route(path[len(base) :], described) for path, described in index["routes"].items() if path != base
        ]
        self.server.add(
            Namespace(index["namespace"], routes, login=self._keys.login, check_permissions=self._keys.check_permission)
        )

    def _route(self, path, described) -> RestRoute:
        endpoints = []
        for endpoint in described["endpoints"]:
            methods = tuple(endpoint["methods"])
            args = {
                name: Arg(
                    {word: value for word, value in rule.items() if word != "required"},
                    rule["required"],
                    name not in ("include", "exclude"),
                    _CLEAN.get(name, "parse" if isinstance(rule.get("type"), str) else None),
                )
                for name, rule in dict(endpoint["args"] or {}).items()
            }
            endpoints.append(Endpoint(methods, self._handler(path), args, self._permission(path, methods)))
        schema = {} if path.startswith("/bookings") else None
        return RestRoute(path, endpoints, schema)

    def _handler(self, path):
        collection = path.partition("/(")[0]

        def answer(request):
            if path == "/products/slots":
                return RestResponse({"records": [], "count": 0})
            if "(" not in path:
                number = 60
                item = Item({"id": number}, request.links(f"{collection}/{number}", collection))
                return RestResponse([item], total=self.total)
            number = request.int_param("id")
            return RestResponse({"id": number, "name": "x"}, links=request.links(f"{collection}/{number}", collection))

        return answer

    def _permission(self, path, methods):
        def check(request):
            if manages(request):
                return None
            if path == "/products/slots":
                return None
            if methods == ("GET",):
                if path.startswith("/products") and "categories" not in path and request.int_param("id") != 51:
                    return None
                what = "view this resource" if "(" in path else "list resources"
                return request.permission_error("woocommerce_rest_cannot_view", f"Sorry, you cannot {what}.")
            if path.endswith("/batch"):
                text = "Sorry, you are not allowed to batch manipulate this resource."
                return request.permission_error("woocommerce_rest_cannot_batch", text)
            verb = "create" if "(" not in path else "delete" if methods == ("DELETE",) else "edit"
            noun = "resources" if verb == "create" else "this resource"
            raise WPError(
                f"woocommerce_rest_cannot_{verb}",
                f"Sorry, you are not allowed to {verb} {noun}.",
                403 if request.principal else 401,
            )

        return check
