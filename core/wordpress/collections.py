"""The parameters that every WooCommerce collection and item declares."""

from collections.abc import Sequence
from typing import Any

from core.wordpress import sanitize
from core.wordpress.schema import Arg, arg

ORDERBY = ("date", "id", "include", "title", "slug", "modified")


def context_arg(contexts: Sequence[str] | None = ("view", "edit")) -> Arg:
    """``context``; None where anything is accepted."""
    listed = {"enum": list(contexts)} if contexts else {}
    return arg(check=bool(contexts), clean=sanitize.key, type="string", **listed, default="view")


def page_args() -> dict[str, Arg]:
    """``page`` and ``per_page``."""
    return {
        "page": arg(check=True, clean=sanitize.absint, type="integer", default=1, minimum=1),
        "per_page": arg(check=True, clean=sanitize.absint, type="integer", default=10, minimum=1, maximum=100),
    }


def ids_arg() -> Arg:
    """A list of ids; whatever is no number counts as 0, as nobody judges it first."""
    return arg(clean=sanitize.id_list, type="array", items={"type": "integer"}, default=[])


def date_arg() -> Arg:
    """A full date-time."""
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


def item_args(contexts: Sequence[str] | None = ("view", "edit"), **more: Any) -> dict[str, Arg]:
    """``id`` and ``context`` of a single record; ``more`` follow."""
    return {"id": id_arg(), "context": context_arg(contexts), **more}


def id_arg() -> Arg:
    """The number in the path."""
    return arg(type="integer")


def force_arg() -> Arg:
    """``force`` of a delete."""
    return arg(default=False, type="boolean")
