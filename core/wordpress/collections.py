"""Parameters that every WooCommerce collection declares, and its searching, ordering and paging."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from core.domain.records import Page
from core.wordpress import arguments, php, sanitize, search
from core.wordpress.rest import Item, RestRequest, RestResponse
from core.wordpress.schema import Arg, SchemaError, arg

ORDERBY = ("date", "id", "include", "title", "slug", "modified")


def search_conditions(text: Any, fields: tuple[str, ...]) -> list[tuple[Any, str, Any]]:
    """The conditions of a search: every term in one of these fields, excluded terms in none."""
    terms = search.parse_search(php.to_text(text))
    return [(fields, "lacks" if term.is_excluded else "contains", term.text) for term in terms]


def searched_slug(request: RestRequest) -> str:
    """The slug that a list is filtered by; empty without one. Only the path of a link is used."""
    value = request.get("slug")
    return sanitize.slug(value, plain=False) if isinstance(value, str) else ""


def parent_ids(request: RestRequest, name: str) -> list[int]:
    """An undeclared list of ids. A scalar, on which WordPress crashes, is refused; an empty value and 0 are no list."""
    value = request.get(name)
    if value in (None, "", "0"):
        return []
    if not isinstance(value, (list, dict)):
        problem = SchemaError("rest_invalid_type", f"{name} is not of type array.", {"param": name})
        raise arguments.invalid_params_error({name: problem})
    return sanitize.id_list(value)


def post_order(request: RestRequest, columns: Mapping[str, str] = MappingProxyType({})) -> tuple[tuple[str, str], ...]:
    """The order of a list of posts; ``columns`` maps further orderby values to columns.

    Posts of the same day are ordered by id; for other fields, equal posts keep their order of creation.
    """
    direction = "asc" if request.get("order") == "asc" else "desc"
    by = request.get("orderby") or "date"
    if by == "include":
        # Without a list, posts are in the order of creation.
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
    """One page of posts, fetched with ``fetch_page(limit, offset)`` and rendered with ``render``.

    ``orderby=include`` keeps the order of ``include``; an offset past the end counts as no matches. A list by ``slug``
    has no pages.

    Args:
        positions: The position of each record, for an order that the datastore does not know.
    """
    paging = request.paging()
    if searched_slug(request):
        records = fetch_page(paging.per_page, 0).items
        return RestResponse([render(record) for record in records], total=len(records))
    include = request.get("include") if request.get("orderby") == "include" else None
    if include:
        positions = {record_id: index for index, record_id in enumerate(include)}
    if positions is not None:
        records = sorted(
            fetch_page(len(positions), 0).items, key=lambda record: positions.get(record.id, len(positions))
        )
        total, records = len(records), records[paging.offset : paging.offset + paging.per_page]
    else:
        result = fetch_page(paging.per_page, paging.offset)
        records, total = result.items, result.total or 0
    if not records and request.get("offset") is not None:
        total = 0
    return RestResponse([render(record) for record in records], total=total)


def context_arg(contexts: Sequence[str] | None = ("view", "edit")) -> Arg:
    """``context``; None where any value is accepted."""
    enum: dict[str, Any] = {"enum": list(contexts)} if contexts else {}
    return arg(check=True, clean=sanitize.key, type="string", **enum, default="view")


def page_args() -> dict[str, Arg]:
    """``page`` and ``per_page``."""
    return {
        "page": arg(check=True, clean=sanitize.absint, type="integer", default=1, minimum=1),
        "per_page": arg(check=True, clean=sanitize.absint, type="integer", default=10, minimum=1, maximum=100),
    }


def ids_arg() -> Arg:
    """A list of ids; a value that is no number counts as 0, because nothing validates it first."""
    return arg(clean=sanitize.id_list, type="array", items={"type": "integer"}, default=[])


def date_arg() -> Arg:
    """A complete date-time."""
    return arg(check=True, type="string", format="date-time")


def collection_args(
    *,
    contexts: Sequence[str] | None = ("view", "edit"),
    orderby: Sequence[str] = ORDERBY,
    default_order: str = "desc",
    default_orderby: str = "date",
) -> dict[str, Arg]:
    """The arguments of a collection of posts, in the platform's order."""
    return {
        "context": context_arg(contexts),
        **page_args(),
        "search": arg(check=True, clean=sanitize.text_field, type="string"),
        "after": date_arg(),
        "before": date_arg(),
        "modified_after": date_arg(),
        "modified_before": date_arg(),
        "dates_are_gmt": arg(check=True, type="boolean", default=False),
        "exclude": ids_arg(),
        "include": ids_arg(),
        "offset": arg(check=True, clean=sanitize.absint, type="integer"),
        "order": arg(check=True, type="string", default=default_order, enum=["asc", "desc"]),
        "orderby": arg(check=True, type="string", default=default_orderby, enum=list(orderby)),
    }


def item_args(contexts: Sequence[str] | None = ("view", "edit"), **args: Any) -> dict[str, Arg]:
    """``id`` and ``context`` of a single record, followed by ``args``."""
    return {"id": id_arg(), "context": context_arg(contexts), **args}


def id_arg() -> Arg:
    """The id in the path."""
    return arg(type="integer")


def force_arg() -> Arg:
    """``force`` of a delete."""
    return arg(default=False, type="boolean")
