"""Arguments that the routes declare: what is judged, cleaned, and shown by the index and OPTIONS."""

from collections.abc import Callable, Mapping
from typing import Any

from core.wordpress import arguments, sanitize
from core.wordpress.rest import EDIT, Endpoint, RestRequest, RestResponse
from core.wordpress.schema import Arg, arg, item_args
from plugins.wc_bookings import schemas
from plugins.wc_bookings.translate.bookings import STATUSES

_ANY = ["null", "object", "string", "number", "boolean", "integer", "array"]
_ORDERBY = ["date", "id", "include", "title", "slug", "modified"]
#: As the real server has it: every part of it adds the same words again.
_ORDERBY_PRODUCTS = [
    *_ORDERBY, "popularity", "rating", "post__in", "price", "sales", "menu_order", "random",
    "popularity", "rating", "menu_order", "price", "popularity", "rating",
]  # fmt: skip
_READ_STATUSES = ["any", "future", "trash", "draft", "pending", "private", "publish"]


def checked(handler: Callable[[RestRequest], RestResponse], args: Mapping[str, Arg]) -> Any:
    """A handler for items of a batch, which nobody has held against the declared arguments."""
    endpoint = Endpoint(EDIT, handler, args)

    def run(request: RestRequest) -> RestResponse:
        arguments.check_arguments(request, endpoint)
        return handler(request)

    return run


def _text(**words: Any) -> Arg:
    return arg(check=True, clean=sanitize.text_field, type="string", **words)


def _terms() -> Arg:
    """Numbers of terms, declared as a text; paging links show them as the list they become."""
    return arg(check=True, clean=sanitize.id_list, type="string")


def _ids(**words: Any) -> Arg:
    # Cleaned but not judged: "abc" is read as nothing and so finds nothing.
    return arg(clean=_id_list, type="array", items={"type": "integer"}, **words)


def _id_list(value: Any) -> list[int]:
    found = sanitize.id_list(value)
    return found or ([0] if sanitize.parse_list(value) else [])


def _checked_ids(**words: Any) -> Arg:
    return arg(check=True, type="array", items={"type": "integer"}, **words)


def _switch(**words: Any) -> Arg:
    return arg(check=True, type="boolean", **words)


def _moment() -> Arg:
    return arg(check=True, clean=None, type="string", format="date-time")


def _context(options: list[str] | None) -> Arg:
    if options is None:
        return arg(check=True, clean=sanitize.key, type="string", default="view")
    return arg(check=True, clean=sanitize.key, type="string", enum=options, default="view")


def _paging() -> dict[str, Arg]:
    return {
        "page": arg(check=True, clean=sanitize.absint, type="integer", default=1, minimum=1),
        "per_page": arg(check=True, clean=sanitize.absint, type="integer", default=10, minimum=1, maximum=100),
        "search": _text(),
    }


def _picking(orderby: list[str]) -> dict[str, Arg]:
    return {
        "exclude": _ids(default=[]),
        "include": _ids(default=[]),
        "offset": arg(check=True, clean=sanitize.absint, type="integer"),
        "order": arg(check=True, type="string", default="desc", enum=["asc", "desc"]),
        "orderby": arg(check=True, type="string", default="date", enum=orderby),
    }


def collection(context: list[str] | None, orderby: list[str] = _ORDERBY) -> dict[str, Arg]:
    """The parameters that every list of posts has."""
    return {
        "context": _context(context),
        **_paging(),
        "after": _moment(),
        "before": _moment(),
        "modified_after": _moment(),
        "modified_before": _moment(),
        "dates_are_gmt": _switch(default=False),
        **_picking(orderby),
    }


def products() -> dict[str, Arg]:
    """The parameters of the product list."""
    kinds = ["simple", "grouped", "external", "variable", "booking"]
    return {
        **collection(["view", "edit"], _ORDERBY_PRODUCTS),
        "parent": _ids(default=[]),
        "parent_exclude": _ids(default=[]),
        "brand": _text(),
        "slug": arg(check=True, type="string"),
        "status": arg(check=True, clean=sanitize.key, default="publish", type="string", enum=_READ_STATUSES),
        "type": arg(check=True, clean=sanitize.key, type="string", enum=["booking"], default="booking"),
        "sku": _text(),
        "featured": _switch(),
        "category": _terms(),
        "tag": _terms(),
        "shipping_class": _terms(),
        "attribute": _text(),
        "attribute_term": _terms(),
        "on_sale": _switch(),
        "min_price": _text(),
        "max_price": _text(),
        "include_meta": arg(check=True, default=[], type="array", items={"type": "string"}),
        "exclude_meta": arg(check=True, default=[], type="array", items={"type": "string"}),
        "stock_status": arg(
            check=True,
            clean=sanitize.text_field,
            type="string",
            enum=["instock", "outofstock", "onbackorder"],
        ),
        "search_sku": _text(),
        "include_status": arg(check=True, type="array", items={"type": "string", "enum": _READ_STATUSES}),
        "exclude_status": arg(check=True, type="array", items={"type": "string", "enum": _READ_STATUSES[1:]}),
        "include_types": arg(check=True, type="array", items={"type": "string", "enum": kinds}),
        "exclude_types": arg(check=True, type="array", items={"type": "string", "enum": kinds}),
        "downloadable": _switch(),
        "virtual": _switch(),
        "resource": _checked_ids(),
    }


def suggested_products() -> dict[str, Arg]:
    """The parameters of the platform's suggestions, which it declares but mostly does not read."""
    orderby = [*_ORDERBY, "popularity", "rating", "post__in", "price", "sales", "menu_order", "random"]
    orderby += ["popularity", "rating", "menu_order"]
    listed = products()
    kinds = ["simple", "grouped", "external", "variable", "booking"]
    names = (
        "slug sku featured category tag shipping_class attribute attribute_term in_stock on_sale min_price max_price"
    )
    return {
        **collection(["view", "edit"], orderby),
        **{name: listed[name] for name in ("parent", "parent_exclude", "brand", "slug")},
        "status": arg(check=True, clean=sanitize.key, default="any", type="string", enum=_READ_STATUSES),
        "type": arg(check=True, clean=sanitize.key, type="string", enum=kinds),
        **{name: listed.get(name) or _switch() for name in names.split()[1:]},
        **{name: listed[name] for name in ("include_meta", "exclude_meta")},
        "categories": _ids(default=[]),
        "tags": _ids(default=[]),
        "limit": arg(clean=sanitize.absint, type="integer", default=5),
    }


def categories() -> dict[str, Arg]:
    """The parameters of the category list."""
    orderby = ["id", "include", "name", "slug", "term_group", "description", "count"]
    return {
        "context": _context(["view", "edit"]),
        **_paging(),
        "exclude": _ids(default=[]),
        "include": _ids(default=[]),
        "offset": arg(check=True, clean=sanitize.absint, type="integer"),
        "order": arg(check=True, clean=sanitize.key, type="string", default="asc", enum=["asc", "desc"]),
        "orderby": arg(check=True, clean=sanitize.key, type="string", default="name", enum=orderby),
        "hide_empty": _switch(default=False),
        "parent": arg(check=True, clean=sanitize.absint, type="integer"),
        "product": arg(check=True, type="integer", default=None),
        "slug": arg(check=True, type="string"),
    }


ID = {"id": arg(type="integer")}
FORCE = {**ID, "force": arg(default=False, type="boolean")}


def read(context: list[str] | None) -> dict[str, Arg]:
    """The parameters of one record."""
    return {**ID, "context": _context(context)}


def _declared(rules: Mapping[str, Any]) -> dict[str, Any]:
    """A property as an argument has it: types the platform calls by its own names become JSON's."""
    made = dict(rules)
    if made.get("type") == "date-time":
        made["type"] = ["null", "string"]
    elif made.get("type") == "mixed":
        made["type"] = list(_ANY)
    if "properties" in made:
        made["properties"] = {name: _declared(inner) for name, inner in made["properties"].items()}
    if isinstance(made.get("items"), Mapping):
        made["items"] = _declared(made["items"])
    return made


Cleaners = Mapping[str, Callable[[Any], Any]]


def writes(
    schema: Mapping[str, Any], *, creating: bool, required: tuple[str, ...] = (), clean: Cleaners | None = None
) -> dict[str, Arg]:
    """The arguments of a write, made from an item schema."""
    declared = {name: _declared(rules) for name, rules in schema["properties"].items()}
    return item_args(declared, creating=creating, required=required, clean=clean)


def product_writes(*, creating: bool, extended: bool) -> dict[str, Arg]:
    if extended:
        # Both come as a list, or by number as they are shown; they stay what they are.
        as_sent: Cleaners = {name: lambda value: value for name in ("restricted_days", "person_types")}
        return writes(schemas.PRODUCT_EXTENDED, creating=creating, clean=as_sent)
    return writes(schemas.PRODUCT, creating=creating)


# -- bookings ---------------------------------------------------------------------------------------------------


def booking_writes() -> dict[str, Arg]:
    """The body of a booking that really books. Nothing is required here: the handler says what is missing."""
    numbers = ("product_id", "resource_id", "customer_id", "order_id", "order_item_id", "parent_id")
    return {
        "start": arg(clean=None),
        "end": arg(clean=None),
        **{name: arg(check=True, type=["integer", "null"]) for name in numbers},
        "status": arg(clean=None, type="string"),
        "cost": arg(check=True, type=["number", "string", "null"], clean=None),
        "all_day": arg(check=True, type="boolean"),
        "persons": arg(check=True, type=["integer", "object", "array"], clean=None),
        "person_counts": arg(check=True, type=["object", "array"], clean=None),
        "local_timezone": _text(),
        "google_calendar_event_id": _text(),
        "note": arg(check=True, clean=sanitize.textarea_field, type="string"),
        "attendance_status": arg(check=True, type="string", enum=["attended", "unattended"]),
        "meta_data": arg(check=True, type="array", clean=None),
    }


def booking_filters() -> dict[str, Arg]:
    """What the second version can filter bookings by."""
    names = ("product", "product_exclude", "customer", "customer_exclude", "resource", "resource_exclude")
    operators = ["is", "isNot", "lessThan", "greaterThan", "lessThanOrEqual", "greaterThanOrEqual", "between"]
    statuses = {"type": "string", "enum": list(STATUSES)}
    return {
        **{name: _checked_ids() for name in names},
        "start_date": _moment(),
        "start_date_before": _moment(),
        "start_date_after": _moment(),
        "booking_status": arg(check=True, type="array", items=statuses),
        "booking_status_exclude": arg(check=True, type="array", items=statuses),
        "cost": arg(check=True, type=["number", "array"], items={"type": "number"}),
        "cost_operator": arg(check=True, type="string", enum=operators, default="is"),
        "attendance_status": arg(check=True, type="string", enum=["attended", "unattended"]),
    }


def bookings_v2() -> dict[str, Arg]:
    return {**collection(None, [*_ORDERBY, "start_date", "cost"]), **booking_filters()}
