"""What all handlers share: the parameters of a request, the links of a record, the reply to a create."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from frontdesk.http import expected_version
from frontdesk.wordpress.rest import Item, Links, RestRequest, RestResponse
from plugins.wc_bookings.auth import is_manager

_ALL_VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def payload(request: RestRequest, *, nullable: Sequence[str] = ()) -> dict[str, Any]:
    """The parameters of a request by name, in the platform's order of precedence.

    Args:
        nullable: Parameters whose null means an empty text; every other null counts as absent.
    """
    params: dict[str, Any] = {}
    for source in reversed(request.all_params()):
        params.update((name, value) for name, value in source.items() if value is not None)
    for name in nullable:
        if request.has(name):
            params.setdefault(name, "")
    return params


def writable_id(request: RestRequest) -> int:
    """The id in the path for a manager, else 0: permission lets others through only where no record exists."""
    return request.int_param("id") if is_manager(request) else 0


def if_match(request: RestRequest) -> int | None:
    """The version that ``If-Match`` names; None without one."""
    return expected_version(request.php_request.http)


def links(request: RestRequest, path: str, collection: str, up: str | None = None) -> Links:
    """The links of a record that exists. A manager may do everything with it, so no permission has to be checked."""
    record_links = request.links(path, collection, up)
    if request.server.target_hints and is_manager(request):
        return {**record_links, "self": [{**record_links["self"][0], "targetHints": {"allow": _ALL_VERBS}}]}
    return record_links


def created(
    request: RestRequest, item: Item, path: str, headers: Mapping[str, str] = MappingProxyType({})
) -> RestResponse:
    """The reply to a write that has created the record at ``path``."""
    return RestResponse(item, 201, {**headers, "Location": request.url(path)})
