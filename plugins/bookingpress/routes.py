"""Every route of this dialect."""

from frontdesk import Host
from frontdesk.wordpress.rest import Namespace, RestRoute
from plugins.bookingpress.auth import Authenticator
from plugins.bookingpress.errors import make_errors
from plugins.bookingpress.handlers.appointments import AppointmentsHandler, TimeSlotsHandler
from plugins.bookingpress.handlers.balances import CouponsHandler, GiftCardsHandler, PackagesHandler
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.handlers.customers import CustomersHandler
from plugins.bookingpress.handlers.locations import LocationsHandler
from plugins.bookingpress.handlers.payments import PaymentsHandler
from plugins.bookingpress.handlers.services import CategoriesHandler, ServicesHandler
from plugins.bookingpress.handlers.staff import StaffMembersHandler
from plugins.bookingpress.settings import Settings
from plugins.bookingpress.usecases.context import Context

NAMESPACE = "bookingpress/v1"
#: Paths of each kind of record; the first is the one the README shows, the others are aliases.
COLLECTIONS: dict[tuple[str, ...], type[CrudHandler]] = {
    ("/appointments",): AppointmentsHandler,
    ("/customers",): CustomersHandler,
    ("/staffmembers", "/staff-members"): StaffMembersHandler,
    ("/categories",): CategoriesHandler,
    ("/services",): ServicesHandler,
    ("/payments",): PaymentsHandler,
    ("/locations",): LocationsHandler,
    ("/coupons", "/coupon"): CouponsHandler,
    ("/packages", "/package"): PackagesHandler,
    ("/gift-cards", "/giftcards"): GiftCardsHandler,
}


def namespace(host: Host, settings: Settings) -> Namespace:
    """The namespace with every route."""
    context = Context(clock=host.clock, site=host.site)
    authenticator = Authenticator(host, settings)
    time_slots = TimeSlotsHandler(context, authenticator)
    routes: list[RestRoute] = []
    for paths, kind in COLLECTIONS.items():
        handler = kind(context, authenticator)
        for path in paths:
            routes.append(RestRoute(path, handler.collection_endpoints()))
            if path == "/appointments":
                routes.append(RestRoute("/appointments/timeslots", time_slots.endpoints()))
            if endpoints := handler.record_endpoints():
                routes.append(RestRoute(rf"{path}/(?P<id>[\d]+)", endpoints))
    return Namespace(NAMESPACE, routes, errors=make_errors(strict=settings.strict_http_status), json_lists=False)
