"""How WooCommerce collections search, order and page."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from core.domain.records import Page
from core.wordpress import arguments, php, sanitize, search
from core.wordpress.rest import Item, RestRequest, RestResponse
from core.wordpress.schema import SchemaError


def search_conditions(text: Any, fields: tuple[str, ...]) -> list[tuple[Any, str, Any]]:
    """The conditions of a search: each term is in one of the fields; an excluded term is in none."""
    terms = search.parse_search(php.to_text(text))
    return [(fields, "not_contains" if term.is_excluded else "contains", term.text) for term in terms]


def searched_slug(request: RestRequest) -> str:
    """The slug that a list is filtered by; empty for none."""
    value = request.get("slug")
    return sanitize.slug(value, plain=False) if isinstance(value, str) else ""


def parent_ids(request: RestRequest, name: str) -> list[int]:
    """The ids of an undeclared parameter; none if absent, empty or 0. A scalar, which crashes WordPress, is refused."""
    value = request.get(name)
    if value in (None, "", "0"):
        return []
    if not isinstance(value, (list, dict)):
        problem = SchemaError("rest_invalid_type", f"{name} is not of type array.", {"param": name})
        raise arguments.invalid_params_error({name: problem})
    return sanitize.id_list(value)


def post_order(request: RestRequest, columns: Mapping[str, str] = MappingProxyType({})) -> tuple[tuple[str, str], ...]:
    """The order of a list of posts.

    Posts with the same date are ordered by id in the same direction; with any other field, by ascending id.

    Args:
        columns: Further fields, by their value of ``orderby``.
    """
    direction = "asc" if request.get("order") == "asc" else "desc"
    by = request.get("orderby") or "date"
    if by == "include":
        # Without a list of ids, posts are in the order of their creation.
        return (("id", "asc"),)
    if by == "id":
        return (("id", direction),)
    column = {"modified": "modified_at", **columns}.get(by)
    return ((column, direction), ("id", "asc")) if column else (("created_at", direction), ("id", direction))


def paged_response(
    request: RestRequest,
    fetch_page: Callable[[int, int], Page[Any]],
    render: Callable[[Any], Item | Mapping[str, Any]],
    positions: Mapping[int, int] | None = None,
) -> RestResponse:
    """One page of posts.

    ``orderby=include`` keeps the order of ``include``. The total is 0 for an offset past the end. A list by ``slug``
    has no pages.

    Args:
        fetch_page: Returns the records for ``(limit, offset)``.
        render: Turns a record into its response.
        positions: Position by id, for an order that the datastore cannot sort by.
    """
    paging = request.paging()
    if searched_slug(request):
        records = fetch_page(paging.per_page, 0).items
        return RestResponse([render(record) for record in records], total=len(records))
    include = request.get("include") if request.get("orderby") == "include" else None
    if include:
        positions = {record_id: index for index, record_id in enumerate(include)}
    if positions is not None:
        records = sorted(fetch_page(len(positions), 0).items, key=lambda one: positions.get(one.id, len(positions)))
        total, records = len(records), records[paging.offset : paging.offset + paging.per_page]
    else:
        result = fetch_page(paging.per_page, paging.offset)
        records, total = result.items, result.total or 0
    if not records and request.get("offset") is not None:
        total = 0
    return RestResponse([render(record) for record in records], total=total)
