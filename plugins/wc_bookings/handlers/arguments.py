"""The arguments that routes declare: the server checks and cleans them; the index and OPTIONS show them."""

from collections.abc import Callable, Mapping
from typing import Any

from frontdesk.wordpress import arguments, sanitize
from frontdesk.wordpress.batch import Handler
from frontdesk.wordpress.rest import EDIT, Endpoint, RestRequest, RestResponse
from frontdesk.wordpress.schema import Arg, arg, item_args
from plugins.wc_bookings import schemas
from plugins.wc_bookings.translate.bookings import STATUSES

_ANY = ["null", "object", "string", "number", "boolean", "integer", "array"]
_ORDERBY = ["date", "id", "include", "title", "slug", "modified"]
#: As the real server has it, where several parts add the same names.
_ORDERBY_PRODUCTS = [
    *_ORDERBY, "popularity", "rating", "post__in", "price", "sales", "menu_order", "random",
    "popularity", "rating", "menu_order", "price", "popularity", "rating",
]  # fmt: skip
_READ_STATUSES = ["any", "future", "trash", "draft", "pending", "private", "publish"]


def checked(handler: Handler, args: Mapping[str, Arg]) -> Handler:
    """A handler for items of a batch, which the server does not check against the declared arguments."""
    endpoint = Endpoint(EDIT, handler, args)

    def run(request: RestRequest) -> RestResponse:
        arguments.check_arguments(request, endpoint)
        return handler(request)

    return run


def _text(**keywords: Any) -> Arg:
    return arg(check=True, clean=sanitize.text_field, type="string", **keywords)


def _terms() -> Arg:
    """Ids of terms, declared as a text; paging links show the list that the text becomes."""
    return arg(check=True, clean=sanitize.id_list, type="string")


def _ids(**keywords: Any) -> Arg:
    # Cleaned but not checked: "abc" becomes the id 0, which no record has.
    return arg(clean=_id_list, type="array", items={"type": "integer"}, **keywords)


def _id_list(value: Any) -> list[int]:
    return sanitize.id_list(value) or ([0] if sanitize.parse_list(value) else [])


def _checked_ids(**keywords: Any) -> Arg:
    return arg(check=True, type="array", items={"type": "integer"}, **keywords)


def _boolean(**keywords: Any) -> Arg:
    return arg(check=True, type="boolean", **keywords)


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


def _selection(orderby: list[str]) -> dict[str, Arg]:
    return {
        "exclude": _ids(default=[]),
        "include": _ids(default=[]),
        "offset": arg(check=True, clean=sanitize.absint, type="integer"),
        "order": arg(check=True, type="string", default="desc", enum=["asc", "desc"]),
        "orderby": arg(check=True, type="string", default="date", enum=orderby),
    }


def collection(context: list[str] | None, orderby: list[str] = _ORDERBY) -> dict[str, Arg]:
    """The parameters of every list of posts."""
    return {
        "context": _context(context),
        **_paging(),
        "after": _moment(),
        "before": _moment(),
        "modified_after": _moment(),
        "modified_before": _moment(),
        "dates_are_gmt": _boolean(default=False),
        **_selection(orderby),
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
        "featured": _boolean(),
        "category": _terms(),
        "tag": _terms(),
        "shipping_class": _terms(),
        "attribute": _text(),
        "attribute_term": _terms(),
        "on_sale": _boolean(),
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
        "downloadable": _boolean(),
        "virtual": _boolean(),
        "resource": _checked_ids(),
    }


def suggested_products() -> dict[str, Arg]:
    """The parameters of the platform's suggestions; it declares them but ignores most."""
    orderby = [*_ORDERBY, "popularity", "rating", "post__in", "price", "sales", "menu_order", "random"]
    orderby += ["popularity", "rating", "menu_order"]
    list_args = products()
    kinds = ["simple", "grouped", "external", "variable", "booking"]
    names = "sku featured category tag shipping_class attribute attribute_term in_stock on_sale min_price max_price"
    return {
        **collection(["view", "edit"], orderby),
        **{name: list_args[name] for name in ("parent", "parent_exclude", "brand", "slug")},
        "status": arg(check=True, clean=sanitize.key, default="any", type="string", enum=_READ_STATUSES),
        "type": arg(check=True, clean=sanitize.key, type="string", enum=kinds),
        **{name: list_args.get(name) or _boolean() for name in names.split()},
        **{name: list_args[name] for name in ("include_meta", "exclude_meta")},
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
        "hide_empty": _boolean(default=False),
        "parent": arg(check=True, clean=sanitize.absint, type="integer"),
        "product": arg(check=True, type="integer", default=None),
        "slug": arg(check=True, type="string"),
    }


ID = {"id": arg(type="integer")}
FORCE = {**ID, "force": arg(default=False, type="boolean")}


def read(context: list[str] | None) -> dict[str, Arg]:
    """The parameters of one record."""
    return {**ID, "context": _context(context)}


def _to_declared(rules: Mapping[str, Any]) -> dict[str, Any]:
    """A property as an argument: the platform's own types become types of JSON schema."""
    declared = dict(rules)
    if declared.get("type") == "date-time":
        declared["type"] = ["null", "string"]
    elif declared.get("type") == "mixed":
        declared["type"] = list(_ANY)
    if "properties" in declared:
        declared["properties"] = {name: _to_declared(inner) for name, inner in declared["properties"].items()}
    if isinstance(declared.get("items"), Mapping):
        declared["items"] = _to_declared(declared["items"])
    return declared


Cleaners = Mapping[str, Callable[[Any], Any]]


def writes(
    schema: Mapping[str, Any], *, creating: bool, required: tuple[str, ...] = (), clean: Cleaners | None = None
) -> dict[str, Arg]:
    """The arguments of a write, made from an item schema."""
    declared = {name: _to_declared(rules) for name, rules in schema["properties"].items()}
    return item_args(declared, creating=creating, required=required, clean=clean)


def product_writes(*, creating: bool, extended: bool) -> dict[str, Arg]:
    if extended:
        # Both are a list, or a map by id as they are shown; they are not cleaned.
        as_sent: Cleaners = {name: lambda value: value for name in ("restricted_days", "person_types")}
        return writes(schemas.PRODUCT_EXTENDED, creating=creating, clean=as_sent)
    return writes(schemas.PRODUCT, creating=creating)


# -- bookings ---------------------------------------------------------------------------------------------------


def booking_writes() -> dict[str, Arg]:
    """The body of a booking. Nothing is required here: the use case says what is missing, in the vendor's words."""
    id_names = ("product_id", "resource_id", "customer_id", "order_id", "order_item_id", "parent_id")
    return {
        "start": arg(clean=None),
        "end": arg(clean=None),
        **{name: arg(check=True, type=["integer", "null"]) for name in id_names},
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
    """The filters of the booking list of v2."""
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


def bookings(version: int, *, filters: bool) -> dict[str, Arg]:
    """The parameters of the booking list; ``filters`` says whether v1 has those of v2."""
    if version == 2:
        return {**collection(None, [*_ORDERBY, "start_date", "cost"]), **booking_filters()}
    return {**collection(None), **(booking_filters() if filters else {})}


# -- v2 ---------------------------------------------------------------------------------------------------------


def product_availability() -> dict[str, Arg]:
    """The parameters of a product's availability."""
    return {
        **ID,
        "start_date": arg(required=True, check=True, type="string", format="date-time"),
        "end_date": arg(required=True, check=True, type="string", format="date-time"),
        "resource_id": arg(check=True, type="integer"),
        "timezone_offset": arg(clean=None),
    }


def quotes() -> dict[str, Arg]:
    """The parameters of a quote."""
    return {
        "start": arg(clean=None),
        "end": arg(clean=None),
        "product_id": arg(required=True, check=True, type="integer"),
        "resource_id": arg(check=True, type="integer", default=0),
        "persons": arg(check=True, type=["integer", "object", "array"], clean=None),
        "duration": arg(check=True, type="integer"),
        "customer_id": arg(check=True, type="integer"),
    }


_MEMBER_STATUSES = ["publish", "trash"]


def team_members() -> dict[str, Arg]:
    """The parameters of the list of team members."""
    statuses = arg(check=True, type="array", items={"type": "string", "enum": _MEMBER_STATUSES})
    return {**_paging(), "include_status": statuses, "exclude_status": statuses}


def team_member_writes(*, creating: bool) -> dict[str, Arg]:
    """The body of a team member."""
    texts = ("role", "email", "phone_number", "image_url", "description", "note")
    return {
        "name": arg(required=creating, check=True, clean=sanitize.text_field, type="string"),
        "status": arg(check=True, type="string", enum=_MEMBER_STATUSES),
        "qty": arg(check=True, type=["integer", "string"]),
        **{name: arg(check=True, clean=sanitize.textarea_field, type="string") for name in texts},
        "image_id": arg(check=True, type="integer"),
        "availability_source": arg(check=True, type="string", enum=["team_member", "store"]),
        "availability": arg(check=True, clean=None, type="object"),
        "product_booking_ids": arg(check=True, type="array", items={"type": "integer"}),
    }
