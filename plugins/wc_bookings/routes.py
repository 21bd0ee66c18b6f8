"""Every route of the dialect. The order is the vendor's, as the namespace index shows it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from frontdesk.wordpress import batch, sanitize
from frontdesk.wordpress.consumer_keys import ConsumerKeys
from frontdesk.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    Endpoint,
    Namespace,
    RestRequest,
    RestResponse,
    RestRoute,
)
from frontdesk.wordpress.schema import Arg, arg
from plugins.wc_bookings import schemas
from plugins.wc_bookings.auth import Permission, everybody, managers
from plugins.wc_bookings.errors import to_wp_error
from plugins.wc_bookings.handlers import arguments, team_members
from plugins.wc_bookings.handlers.bookings import Bookings
from plugins.wc_bookings.handlers.categories import Categories
from plugins.wc_bookings.handlers.opening_hours import OpeningHours
from plugins.wc_bookings.handlers.products import Products
from plugins.wc_bookings.handlers.quotes import Quotes
from plugins.wc_bookings.handlers.resources import Resources
from plugins.wc_bookings.handlers.slots import ProductAvailability, Slots
from plugins.wc_bookings.handlers.team_members import TeamMembers
from plugins.wc_bookings.usecases.context import Context

Args = Mapping[str, Arg]

_ID = r"(?P<id>[\d]+)"
_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"
_EDIT_HOURS = ("PUT", "PATCH", "POST")
#: A slug that is sent keeps its letters; one made of a name, or sent in a batch, has plain ones.
_SLUG_CLEANER = {"slug": lambda value: sanitize.slug(value, plain=False)}


class RecordHandlers(Protocol):
    """The handlers of a noun."""

    def list(self, request: RestRequest) -> RestResponse: ...
    def create(self, request: RestRequest) -> RestResponse: ...
    def read(self, request: RestRequest) -> RestResponse: ...
    def update(self, request: RestRequest) -> RestResponse: ...
    def delete(self, request: RestRequest) -> RestResponse: ...


class BatchHandler(Protocol):
    """The handler of many writes at once."""

    def batch(self, request: RestRequest) -> RestResponse: ...


def first_version(context: Context, keys: ConsumerKeys) -> Namespace:
    """``wc-bookings/v1``."""
    routes = [
        *_products(context),
        *_categories(context),
        *_resources(context),
        *_bookings(context, version=1),
        RestRoute("/products/slots", [Endpoint(READ, Slots(context).list, {}, everybody, per_item=False)]),
    ]
    return _namespace("wc-bookings/v1", routes, context, keys)


def second_version(context: Context, keys: ConsumerKeys) -> Namespace:
    """``wc-bookings/v2``."""
    availability, quotes = ProductAvailability(context), Quotes(context)
    routes = [
        *_bookings(context, version=2),
        RestRoute(
            f"/products/{_ID}/availability",
            [Endpoint(READ, availability.read, arguments.product_availability(), everybody, per_item=False)],
        ),
        RestRoute("/quotes", [Endpoint(READ, quotes.read, arguments.quotes(), managers("view"), per_item=False)]),
        *_opening_hours(context),
        *_team_members(context),
    ]
    return _namespace("wc-bookings/v2", routes, context, keys)


def _namespace(name: str, routes: Sequence[RestRoute], context: Context, keys: ConsumerKeys) -> Namespace:
    return Namespace(
        name,
        routes,
        login=keys.login,
        check_permissions=keys.check_permission,
        errors=to_wp_error,
        exact_paths=context.strict,
    )


def _records(
    path: str,
    handlers: RecordHandlers,
    permission: Callable[[str], Permission],
    schema: Mapping[str, Any] | None,
    *,
    list_args: Args,
    read_args: Args,
    create_args: Args,
    edit_args: Args,
    per_item: bool = True,
) -> list[RestRoute]:
    """The routes of a noun: its list and its records.

    Args:
        permission: The permission for an action ("list", "create", "view", "edit", "delete").
        per_item: Whether permissions depend on the record.
    """
    return [
        RestRoute(
            path,
            [
                Endpoint(READ, handlers.list, list_args, permission("list"), per_item=False),
                Endpoint(CREATE, handlers.create, create_args, permission("create"), per_item=False),
            ],
            schema=schema,
        ),
        RestRoute(
            f"{path}/{_ID}",
            [
                Endpoint(READ, handlers.read, read_args, permission("view"), per_item=per_item),
                Endpoint(EDIT, handlers.update, {**arguments.ID, **edit_args}, permission("edit"), per_item=per_item),
                Endpoint(DELETE, handlers.delete, arguments.FORCE, permission("delete"), per_item=per_item),
            ],
            schema=schema,
        ),
    ]


def _batch(path: str, handlers: BatchHandler, edit_args: Args, permission: Permission) -> RestRoute:
    endpoint = Endpoint(EDIT, handlers.batch, edit_args, permission, per_item=False)
    return RestRoute(f"{path}/batch", [endpoint], schema=batch.SCHEMA)


def _products(context: Context) -> list[RestRoute]:
    products, extended = Products(context), bool(context.options.resource_writes)
    schema = schemas.PRODUCT_EXTENDED if extended else schemas.PRODUCT
    edit_args = arguments.product_writes(creating=False, extended=extended)
    suggested = Endpoint(READ, products.suggested, arguments.suggested_products(), managers("list"), per_item=False)
    duplicate = Endpoint(CREATE, products.duplicate, {**arguments.ID, **edit_args}, managers("create"))
    return [
        *_records(
            "/products",
            products,
            products.permission,
            schema,
            list_args=arguments.products(),
            read_args=arguments.read(["view", "edit"]),
            create_args=arguments.product_writes(creating=True, extended=extended),
            edit_args=edit_args,
        ),
        _batch("/products", products, edit_args, managers("batch")),
        RestRoute("/products/suggested-products", [suggested], schema=schema),
        RestRoute(f"/products/{_ID}/duplicate", [duplicate], schema=schema),
    ]


def _categories(context: Context) -> list[RestRoute]:
    categories, path = Categories(context), "/products/categories"
    edit_args = arguments.writes(schemas.CATEGORY, creating=False, clean=_SLUG_CLEANER)
    create_args = arguments.writes(schemas.CATEGORY, creating=True, required=("name",), clean=_SLUG_CLEANER)
    return [
        *_records(
            path,
            categories,
            categories.permission,
            schemas.CATEGORY,
            list_args=arguments.categories(),
            read_args=arguments.read(["view", "edit"]),
            create_args=create_args,
            edit_args=edit_args,
        ),
        _batch(path, categories, edit_args, categories.permission("batch")),
    ]


def _resources(context: Context) -> list[RestRoute]:
    schema = schemas.RESOURCE_EXTENDED if context.options.resource_writes else schemas.RESOURCE
    create_args = arguments.writes(schema, creating=True)
    edit_args = arguments.writes(schema, creating=False)
    resources = Resources(context, create_args, edit_args)
    return [
        *_records(
            "/resources",
            resources,
            resources.permission,
            schema,
            list_args=arguments.collection(["view"]),
            read_args=arguments.read(["view"]),
            create_args=create_args,
            edit_args=edit_args,
        ),
        _batch("/resources", resources, edit_args, managers("batch")),
    ]


def _bookings(context: Context, *, version: int) -> list[RestRoute]:
    bookings = Bookings(context, version=version)
    # The real server's v1 declares no arguments for its writes.
    is_vendor = version == 1 and context.options.v1_writes == "vendor"
    write_args = {} if is_vendor else arguments.booking_writes()
    return [
        *_records(
            "/bookings",
            bookings,
            bookings.permission,
            {},
            list_args=arguments.bookings(version, filters=bool(context.options.v1_filters)),
            read_args=arguments.read(None),
            create_args=write_args,
            edit_args=write_args,
        ),
        _batch("/bookings", bookings, write_args, managers("batch")),
    ]


def _opening_hours(context: Context) -> list[RestRoute]:
    hours, can_list, can_edit = OpeningHours(context), managers("list"), managers("edit")
    slots, weekday, date = {"time_slots": arg(clean=None)}, arguments.ID, {"date": arg(type="string")}
    return [
        RestRoute("/weekly-schedule", [Endpoint(READ, hours.week, {}, can_list, per_item=False)]),
        RestRoute(
            r"/weekly-schedule/(?P<id>[1-7])",
            [
                Endpoint(READ, hours.weekday, weekday, can_list, per_item=False),
                Endpoint(_EDIT_HOURS, hours.set_weekday, {**weekday, **slots}, can_edit, per_item=False),
            ],
        ),
        RestRoute(
            "/date-overrides",
            [
                Endpoint(READ, hours.dates, {}, can_list, per_item=False),
                Endpoint(CREATE, hours.add_date, {**date, **slots}, managers("create"), per_item=False),
            ],
        ),
        RestRoute(
            f"/date-overrides/{_DATE}",
            [
                Endpoint(READ, hours.date, date, can_list, per_item=False),
                Endpoint(_EDIT_HOURS, hours.set_date, {**date, **slots}, can_edit, per_item=False),
                Endpoint(DELETE, hours.remove_date, date, managers("delete"), per_item=False),
            ],
        ),
    ]


def _team_members(context: Context) -> list[RestRoute]:
    return _records(
        f"/{team_members.BASE}",
        TeamMembers(context),
        managers,
        None,
        list_args=arguments.team_members(),
        read_args=arguments.ID,
        create_args=arguments.team_member_writes(creating=True),
        edit_args=arguments.team_member_writes(creating=False),
        per_item=False,
    )
