"""Batch endpoints: many creates, updates and deletes in one request; each succeeds or fails on its own."""

from collections.abc import Callable, Mapping
from typing import Any

from core.errors import DomainError
from core.wordpress import error_mapping, php, rendering
from core.wordpress.rest import Item, RestRequest, RestResponse, WPError

_ITEMS = {"type": "array", "context": ["view", "edit"], "items": {"type": "object"}}
#: The schema that OPTIONS shows for every batch route.
SCHEMA: Mapping[str, Any] = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "batch",
    "type": "object",
    "properties": {
        "create": {"description": "List of created resources.", **_ITEMS},
        "update": {"description": "List of updated resources.", **_ITEMS},
        "delete": {"description": "List of delete resources.", **_ITEMS, "items": {"type": "integer"}},
    },
}

Handler = Callable[[RestRequest], RestResponse]


def run(
    request: RestRequest,
    *,
    create: Handler | None = None,
    update: Handler | None = None,
    delete: Handler | None = None,
    defaults: Mapping[str, Any] | None = None,
    limit: int = 100,
) -> RestResponse:
    """Run ``create``, ``update`` and ``delete`` lists of a request.

    Each handler gets a request of its own. For a create or an update the body is the item (an update's has ``id``); for
    a delete the query has ``id`` and ``force: true``. Handlers check permissions themselves and raise ``WPError``.

    Args:
        defaults: Values of a new item for parameters that it lacks.
        limit: The most items of all three lists together; a request with more is refused as a whole.

    Raises:
        WPError: 413 for too many items.
    """
    lists = {name: _listed(request.get(name)) for name in ("create", "update", "delete")}
    if sum(map(len, lists.values())) > limit:
        text = f"Unable to accept more than {limit} items for this request."
        raise WPError("woocommerce_rest_request_entity_too_large", text, 413)
    try:
        return RestResponse(_run(request, lists, create, update, delete, defaults or {}))
    except _ResponseSent as ended:
        return ended.response


class _ResponseSent(Exception):
    """A handler has sent the complete response; nothing can follow."""

    def __init__(self, response: RestResponse) -> None:
        super().__init__()
        self.response = response


def _run(
    request: RestRequest,
    lists: Mapping[str, list[Any]],
    create: Handler | None,
    update: Handler | None,
    delete: Handler | None,
    defaults: Mapping[str, Any],
) -> dict[str, list[Any]]:
    results: dict[str, list[Any]] = {}
    if lists["create"] and create:
        results["create"] = [_write(request, "create", create, item, 0, defaults) for item in lists["create"]]
    if lists["update"] and update:
        # The error of a failed update has the id as the client sent it, whatever its type, or null.
        updates = [(item, item.get("id") if isinstance(item, dict) else None) for item in lists["update"]]
        results["update"] = [_write(request, "update", update, item, record_id, {}) for item, record_id in updates]
    ids = [number for number in map(php.intval, lists["delete"]) if number]
    if ids and delete:
        results["delete"] = [_delete(request, delete, number) for number in ids]
    return results


def _listed(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else []


def _write(
    request: RestRequest, name: str, handler: Handler, item: Any, record_id: Any, defaults: Mapping[str, Any]
) -> dict[str, Any]:
    if item == []:
        item = {}
    if not isinstance(item, dict):
        return _failed_item(record_id, WPError("rest_invalid_param", f"Invalid parameter(s): {name}"))
    child = request.child("POST" if name == "create" else "PUT", item)
    child.defaults = dict(defaults)
    return _run_item(child, handler, record_id)


def _delete(request: RestRequest, handler: Handler, record_id: int) -> dict[str, Any]:
    child = request.child("DELETE", {})
    child.query = {"id": record_id, "force": True}
    return _run_item(child, handler, record_id)


def _run_item(child: RestRequest, handler: Handler, record_id: Any) -> dict[str, Any]:
    try:
        response = handler(child)
    except WPError as error:
        return _failed_item(record_id, error)
    except DomainError as error:
        refusal = error_mapping.to_wp_error(error, child.namespace)
        if refusal is None:
            raise
        return _failed_item(record_id, refusal)
    if response.is_final:
        raise _ResponseSent(response)
    item = response.data if isinstance(response.data, Item) else Item(response.data, response.links or {})
    record: dict[str, Any] = rendering.render_item(child, item)
    return record


def _failed_item(record_id: Any, error: WPError) -> dict[str, Any]:
    body = error.body()
    return {
        "id": record_id,
        "error": {"code": body["code"], "message": body["message"], "data": body["data"]},
    }
