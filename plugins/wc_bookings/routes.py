"""Every route of the dialect. The order is the vendor's, as the namespace index shows it."""

from collections.abc import Sequence

from core.wordpress import batch, sanitize
from core.wordpress.keys import ConsumerKeys
from core.wordpress.rest import CREATE, DELETE, EDIT, READ, Endpoint, Namespace, RestRoute
from core.wordpress.schema import arg
from plugins.wc_bookings import schemas
from plugins.wc_bookings.auth import everybody, managers
from plugins.wc_bookings.errors import to_wp_error
from plugins.wc_bookings.handlers import arguments, team_members
from plugins.wc_bookings.handlers.bookings import Bookings
from plugins.wc_bookings.handlers.categories import Categories
from plugins.wc_bookings.handlers.opening_hours import OpeningHours
from plugins.wc_bookings.handlers.product_availability import ProductAvailability
from plugins.wc_bookings.handlers.products import Products
from plugins.wc_bookings.handlers.quotes import Quotes
from plugins.wc_bookings.handlers.resources import Resources
from plugins.wc_bookings.handlers.slots import Slots
from plugins.wc_bookings.handlers.team_members import TeamMembers
from plugins.wc_bookings.usecases.context import Context

_ID = r"(?P<id>[\d]+)"
_DATE = r"(?P<date>\d{4}-\d{2}-\d{2})"
_EDIT_HOURS = ("PUT", "PATCH", "POST")
#: A slug that is sent keeps its letters; one made of a name, or sent in a batch, has plain ones.
_SLUG_CLEANER = {"slug": lambda value: sanitize.slug(value, plain=False)}


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
    return Namespace(name, routes, login=keys.login, gate=keys.gate, errors=to_wp_error, exact_paths=context.strict)


def _products(context: Context) -> list[RestRoute]:
    products, extended = Products(context), bool(context.options.resource_writes)
    create_args = arguments.product_writes(creating=True, extended=extended)
    edit_args = arguments.product_writes(creating=False, extended=extended)
    item_args = {**arguments.ID, **edit_args}
    can_edit = managers("edit", exists=products.exists)
    can_delete = managers("delete", exists=products.exists)
    schema = schemas.PRODUCT_EXTENDED if extended else schemas.PRODUCT
    return [
        RestRoute(
            "/products",
            [
                Endpoint(READ, products.list, arguments.products(), everybody, per_item=False),
                Endpoint(CREATE, products.create, create_args, managers("create"), per_item=False),
            ],
            schema=schema,
        ),
        RestRoute(
            f"/products/{_ID}",
            [
                Endpoint(READ, products.read, arguments.read(["view", "edit"]), products.may_view),
                Endpoint(EDIT, products.update, item_args, can_edit),
                Endpoint(DELETE, products.delete, arguments.FORCE, can_delete),
            ],
            schema=schema,
        ),
        RestRoute(
            "/products/batch",
            [Endpoint(EDIT, products.batch, edit_args, managers("batch"), per_item=False)],
            schema=batch.SCHEMA,
        ),
        RestRoute(
            "/products/suggested-products",
            [Endpoint(READ, products.suggested, arguments.suggested_products(), managers("list"), per_item=False)],
            schema=schema,
        ),
        RestRoute(
            f"/products/{_ID}/duplicate",
            [Endpoint(CREATE, products.duplicate, item_args, managers("create"))],
            schema=schema,
        ),
    ]


def _categories(context: Context) -> list[RestRoute]:
    categories, schema = Categories(context), schemas.CATEGORY
    create_args = arguments.writes(schema, creating=True, required=("name",), clean=_SLUG_CLEANER)
    edit_args = arguments.writes(schema, creating=False, clean=_SLUG_CLEANER)
    return [
        RestRoute(
            "/products/categories",
            [
                Endpoint(READ, categories.list, arguments.categories(), categories.may("list"), per_item=False),
                Endpoint(CREATE, categories.create, create_args, categories.may("create"), per_item=False),
            ],
            schema=schema,
        ),
        RestRoute(
            f"/products/categories/{_ID}",
            [
                Endpoint(READ, categories.read, arguments.read(["view", "edit"]), categories.may("view")),
                Endpoint(EDIT, categories.update, {**arguments.ID, **edit_args}, categories.may("edit")),
                Endpoint(DELETE, categories.delete, arguments.FORCE, categories.may("delete")),
            ],
            schema=schema,
        ),
        RestRoute(
            "/products/categories/batch",
            [Endpoint(EDIT, categories.batch, edit_args, categories.may("batch"), per_item=False)],
            schema=batch.SCHEMA,
        ),
    ]


def _resources(context: Context) -> list[RestRoute]:
    schema = schemas.RESOURCE_EXTENDED if context.options.resource_writes else schemas.RESOURCE
    create_args = arguments.writes(schema, creating=True)
    edit_args = arguments.writes(schema, creating=False)
    resources = Resources(context, create_args, edit_args)
    return [
        RestRoute(
            "/resources",
            [
                Endpoint(
                    READ, resources.list, arguments.collection(["view"]), resources.may_read("list"), per_item=False
                ),
                Endpoint(CREATE, resources.create, create_args, managers("create"), per_item=False),
            ],
            schema=schema,
        ),
        RestRoute(
            f"/resources/{_ID}",
            [
                Endpoint(READ, resources.read, arguments.read(["view"]), resources.may_read("view")),
                Endpoint(EDIT, resources.update, {**arguments.ID, **edit_args}, resources.may_write("edit")),
                Endpoint(DELETE, resources.delete, arguments.FORCE, resources.may_write("delete")),
            ],
            schema=schema,
        ),
        RestRoute(
            "/resources/batch",
            [Endpoint(EDIT, resources.batch, edit_args, managers("batch"), per_item=False)],
            schema=batch.SCHEMA,
        ),
    ]


def _bookings(context: Context, *, version: int) -> list[RestRoute]:
    bookings = Bookings(context, version=version)
    list_args = arguments.bookings(version, filters=bool(context.options.v1_filters))
    # The real server's v1 declares no arguments for its writes.
    is_vendor = version == 1 and context.options.v1_writes == "vendor"
    write_args = {} if is_vendor else arguments.booking_writes()
    can_view = managers("view", exists=bookings.exists)
    can_edit = managers("edit", exists=bookings.exists)
    can_delete = managers("delete", exists=bookings.exists)
    return [
        RestRoute(
            "/bookings",
            [
                Endpoint(READ, bookings.list, list_args, managers("list"), per_item=False),
                Endpoint(CREATE, bookings.create, write_args, managers("create"), per_item=False),
            ],
            schema={},
        ),
        RestRoute(
            f"/bookings/{_ID}",
            [
                Endpoint(READ, bookings.read, arguments.read(None), can_view),
                Endpoint(EDIT, bookings.update, {**arguments.ID, **write_args}, can_edit),
                Endpoint(DELETE, bookings.delete, arguments.FORCE, can_delete),
            ],
            schema={},
        ),
        RestRoute(
            "/bookings/batch",
            [Endpoint(EDIT, bookings.batch, write_args, managers("batch"), per_item=False)],
            schema=batch.SCHEMA,
        ),
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
    members, path = TeamMembers(context), f"/{team_members.BASE}"
    create_args = arguments.team_member_writes(creating=True)
    edit_args = {**arguments.ID, **arguments.team_member_writes(creating=False)}
    return [
        RestRoute(
            path,
            [
                Endpoint(READ, members.list, arguments.team_members(), managers("list"), per_item=False),
                Endpoint(CREATE, members.create, create_args, managers("create"), per_item=False),
            ],
        ),
        RestRoute(
            f"{path}/{_ID}",
            [
                Endpoint(READ, members.read, arguments.ID, managers("view"), per_item=False),
                Endpoint(EDIT, members.update, edit_args, managers("edit"), per_item=False),
                Endpoint(DELETE, members.delete, arguments.FORCE, managers("delete"), per_item=False),
            ],
        ),
    ]
