"""What WordPress adds to a response: ``_fields``, links, paging, standard headers, envelope, JSONP."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from core.wordpress import php, phpjson, sanitize
from core.wordpress.php_request import PhpRequest
from core.wordpress.rest import Item, RestRequest, RestResponse

JSON_TYPE = "application/json; charset=UTF-8"
JSONP_TYPE = "application/javascript; charset=UTF-8"
NO_CACHE = {
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
}
_EXPOSED = "X-WP-Total, X-WP-TotalPages, Link"
_ACCEPTED = "Authorization, X-WP-Nonce, Content-Disposition, Content-MD5, Content-Type"
_CORS_METHODS = "OPTIONS, GET, POST, PUT, PATCH, DELETE"
_TOTALS = ("X-WP-Total", "X-WP-TotalPages")
_NOT_IN_HEADER = re.compile(r"[^!-~]|[<>]")
_CALLBACK = re.compile(r"[A-Za-z0-9_.]*\Z")


def is_valid_callback(name: Any) -> bool:
    """Whether a JSONP callback consists of letters, digits, ``_`` and ``.`` only."""
    return isinstance(name, str) and _CALLBACK.match(name) is not None


def base_headers(rest_url: str) -> dict[str, str]:
    """The headers that WordPress sends with every response, errors included."""
    return {
        "Content-Type": JSON_TYPE,
        "X-Robots-Tag": "noindex",
        "Link": f'<{rest_url}>; rel="https://api.w.org/"',
        "X-Content-Type-Options": "nosniff",
        "Access-Control-Expose-Headers": _EXPOSED,
        "Access-Control-Allow-Headers": _ACCEPTED,
    }


def standard_headers(php_request: PhpRequest, *, rest_url: str, signed_in: bool, status: int) -> dict[str, str]:
    """The headers of every REST response."""
    headers = base_headers(rest_url)
    origin = php_request.http.env.get("HTTP_ORIGIN")
    if origin and origin.isascii() and origin.isprintable():
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Methods"] = _CORS_METHODS
        headers["Access-Control-Allow-Credentials"] = "true"
        headers["Vary"] = "Origin"
    elif php_request.real_method == "GET" and not signed_in:
        headers["Vary"] = "Origin"
    if signed_in or (php_request.is_header_override and 400 <= status < 500):
        headers.update(NO_CACHE)
    return headers


def field_tree(fields: Any) -> dict[str, Any]:
    """``a,b.c`` as ``{"a": True, "b": {"c": True}}``; ``a`` overrides ``a.b``."""
    tree: dict[str, Any] = {}
    for name in sanitize.parse_list(fields):
        *front, last = php.to_text(name).strip().split(".")[:64]
        branch: Any = tree
        for part in front:
            branch = branch.setdefault(part, {})
            if branch is True:
                break
        else:
            branch[last] = True
    return tree


def _select(data: Mapping[str, Any], tree: Mapping[str, Any]) -> dict[str, Any]:
    selected = {}
    for name, value in data.items():
        subtree = tree.get(name)
        if subtree is None:
            continue
        if isinstance(subtree, dict) and isinstance(value, (dict, list)):
            # Lists have numeric keys, which dotted names cannot select.
            selected[name] = _select(value if isinstance(value, dict) else {}, subtree)
        else:
            selected[name] = value
    return selected


def filter_fields(data: Any, tree: Mapping[str, Any]) -> Any:
    """Keep the selected fields, of every item in a list; the order of the data stays."""
    if not tree or not isinstance(data, (dict, list)):
        return data
    if isinstance(data, list):
        return [_select(item, tree) if isinstance(item, dict) else item for item in data]
    return _select(data, tree)


def render(request: RestRequest, response: RestResponse) -> Any:
    """The response's data with links and ``_fields`` applied.

    Links of list items are part of the data, so ``_fields`` can remove them. The links of a single record are added
    last.
    """
    data = response.data
    fields = request.get("_fields") if response.status < 400 else None
    tree = field_tree(fields) if fields is not None else {}
    if isinstance(data, phpjson.EncodedJson) and (tree or "_envelope" in request.php_request.query):
        data = data.value
    if isinstance(data, Item):
        response.links, data = data.links, data.data
    elif isinstance(data, (list, tuple)):
        linked = not tree or "_links" in tree
        data = [render_item(request, item, linked=linked) for item in data]
    if response.records_in and tree:
        data = {**data, response.records_in: filter_fields(data[response.records_in], tree)}
    else:
        data = filter_fields(data, tree)
    if response.links and isinstance(data, Mapping):
        data = {**data, "_links": with_target_hints(request, response.links)}
    return data


def render_item(request: RestRequest, item: Any, *, linked: bool = True) -> Any:
    """An item of a list with its ``_links``."""
    if not isinstance(item, Item):
        return item
    if not linked:
        return item.data
    return {**item.data, "_links": with_target_hints(request, item.links)} if item.links else item.data


def with_target_hints(request: RestRequest, links: Mapping[str, Any]) -> dict[str, Any]:
    """Add ``targetHints`` to the ``self`` links: the methods that the caller may use."""
    hinted = dict(links)
    self_links = hinted.get("self")
    if self_links:
        hinted["self"] = [_with_hints(request, link) for link in self_links]
    return hinted


def _with_hints(request: RestRequest, link: Mapping[str, Any]) -> Mapping[str, Any]:
    if "targetHints" in link or not request.server.target_hints:
        return link
    allowed = request.server.allowed_methods_at(request, link["href"])
    return {**link, "targetHints": {"allow": allowed}} if allowed else link


def paging_headers(request: RestRequest, response: RestResponse) -> dict[str, str]:
    """``X-WP-Total``, ``X-WP-TotalPages`` and ``Link`` with ``prev`` and ``next``."""
    if response.total is None:
        return {}
    page, per_page, _ = request.paging()
    page = response.page or page
    pages = -(-response.total // per_page) if response.pages is None else response.pages
    headers = {"X-WP-Total": str(response.total), "X-WP-TotalPages": str(pages)}
    links = []
    if response.link and (page > 1 or pages > page):
        if page > 1:
            links.append((min(page - 1, pages), "prev"))
        if pages > page:
            links.append((page + 1, "next"))
        headers["Link"] = page_links(_own_url(request), request.query, links)
    return headers


def _own_url(request: RestRequest) -> str:
    path = request.path
    if request.route is not None and "(?P<" not in request.route.path:
        path = f"/{request.namespace.name}{request.route.path}"
    return request.server.rest_url + path.lstrip("/")


def page_links(url: str, query: dict[str, Any], pages: Sequence[tuple[int, str]]) -> str:
    """The value of a ``Link`` header for pages and their ``rel``."""
    urls = php.page_urls(url, query, [page for page, _ in pages])
    return ", ".join(f'<{header_safe(url)}>; rel="{rel}"' for url, (_, rel) in zip(urls, pages, strict=True))


def header_safe(url: str) -> str:
    """The URL without characters that a header must not contain; a fragment may have some."""
    return _NOT_IN_HEADER.sub("", url)


def envelope(data: Any, status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    """The response as a body with status and headers, for clients that cannot read those. Totals are numbers in it."""
    typed_headers = {name: int(value) if name in _TOTALS else value for name, value in headers.items()}
    return {"body": data, "status": status, "headers": typed_headers}
