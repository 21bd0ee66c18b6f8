"""What every WooCommerce collection declares as parameters, and how it searches, orders and pages."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from core.domain.records import Page
from core.wordpress import arguments, php, sanitize, search
from core.wordpress.rest import Item, RestRequest, RestResponse
from core.wordpress.schema import SchemaError


def search_conditions(text: Any, fields: tuple[str, ...]) -> list[tuple[Any, str, Any]]:
    """What a search asks of a record: every word in one of these fields, words with a minus in none."""
    terms = search.parse_search(php.to_text(text))
    return [(fields, "not_contains" if term.is_excluded else "contains", term.text) for term in terms]


def searched_slug(request: RestRequest) -> str:
    """The slug that a list is narrowed to; empty where it is not. Only the path of a link is looked at."""
    value = request.get("slug")
    return sanitize.slug(value, plain=False) if isinstance(value, str) else ""


def parent_ids(request: RestRequest, name: str) -> list[int]:
    """An undeclared list of ids. A plain value, on which WordPress crashes, is refused; nothing and 0 are no list."""
    value = request.get(name)
    if value in (None, "", "0"):
        return []
    if not isinstance(value, (list, dict)):
        problem = SchemaError("rest_invalid_type", f"{name} is not of type array.", {"param": name})
        raise arguments.invalid_params_error({name: problem})
    return sanitize.id_list(value)


def post_order(request: RestRequest, columns: Mapping[str, str] = MappingProxyType({})) -> tuple[tuple[str, str], ...]:
    """The order of a list of posts; ``columns`` names further fields by the word for them.

    Posts of the same day follow their numbers; with any other field equal ones come as they were made.
    """
    direction = "asc" if request.get("order") == "asc" else "desc"
    by = request.get("orderby") or "date"
    if by == "include":
        # Without a list to follow, posts come as they were stored.
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
    """One page of posts, asked for with ``page(limit, offset)`` and shown with ``show``.

    ``orderby=include`` keeps the order of ``include``; an offset past the end counts as nothing found at all. A list by
    ``slug`` has no pages.

    Args:
        place: Where each record stands, for an order that the store does not know.
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
