"""Every route of the dialect; literal paths stand before ``<id>``."""

from collections.abc import Callable, Sequence

from frontdesk.wordpress.legacy import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    LegacyEndpoint,
    LegacyRequest,
    LegacyResponse,
    LegacyRoute,
)
from plugins.bkap.handlers.availability import Availability
from plugins.bkap.handlers.bookings import Bookings
from plugins.bkap.handlers.products import Products
from plugins.bkap.handlers.resources import Resources
from plugins.bkap.usecases.context import Context

_ID = r"(?P<id>\d+)"


def all_routes(context: Context) -> Sequence[LegacyRoute]:
    """The routes below ``/wc-api/v3``."""
    bookings, availability = Bookings(context), Availability(context)
    resources, products = Resources(context), Products(context)

    def route(path: str, *endpoints: LegacyEndpoint) -> LegacyRoute:
        return LegacyRoute(f"/bkap/{path}", endpoints)

    def read(handler: Callable[[LegacyRequest], LegacyResponse]) -> LegacyEndpoint:
        return LegacyEndpoint(READ, handler)

    return [
        route("bookings", read(bookings.list), LegacyEndpoint(CREATE, bookings.create, accepts_data=True)),
        route("bookings/count", read(bookings.count)),
        route("bookings/availability", read(availability.list)),
        route("bookings/price", read(availability.price)),
        route("bookings/types", read(bookings.types)),
        route(
            f"bookings/{_ID}",
            read(bookings.read),
            LegacyEndpoint(EDIT, bookings.update, accepts_data=True),
            LegacyEndpoint(DELETE, bookings.delete),
        ),
        route("resources", read(resources.list)),
        route("resources/count", read(resources.count)),
        route(f"resources/{_ID}", read(resources.read), LegacyEndpoint(DELETE, resources.delete)),
        route("products", read(products.list), LegacyEndpoint(CREATE, products.create, accepts_data=True)),
        route("products/count", read(products.count)),
        route(
            f"products/{_ID}",
            read(products.read),
            LegacyEndpoint(EDIT, products.update, accepts_data=True),
            LegacyEndpoint(DELETE, products.delete),
        ),
    ]
