"""The routes of this dialect: which things answer on which path."""

from core import Host
from core.wordpress.rest import Namespace, RestRequest, RestRoute
from plugins.bookingpress.auth import Authenticator
from plugins.bookingpress.errors import make_errors
from plugins.bookingpress.handlers.crud import Collection, Resource, Single
from plugins.bookingpress.usecases.appointments import Appointments
from plugins.bookingpress.usecases.categories import Categories
from plugins.bookingpress.usecases.context import Context, Things
from plugins.bookingpress.usecases.coupons import Coupons
from plugins.bookingpress.usecases.customers import Customers
from plugins.bookingpress.usecases.gift_cards import GiftCards
from plugins.bookingpress.usecases.locations import Locations
from plugins.bookingpress.usecases.packages import Packages
from plugins.bookingpress.usecases.payments import Payments
from plugins.bookingpress.usecases.services import Services
from plugins.bookingpress.usecases.staff import StaffMembers
from plugins.bookingpress.usecases.timeslots import TimeSlots

NAMESPACE = "bookingpress/v1"
#: Paths of each kind of record; the first is the one the index shows, the others are aliases.
PATHS: dict[tuple[str, ...], type[Things]] = {
    ("appointments",): Appointments,
    ("customers",): Customers,
    ("staffmembers", "staff-members"): StaffMembers,
    ("categories",): Categories,
    ("services",): Services,
    ("payments",): Payments,
    ("locations",): Locations,
    ("coupons", "coupon"): Coupons,
    ("packages", "package"): Packages,
    ("gift-cards", "giftcards"): GiftCards,
}


def namespace(host: Host, gate: Authenticator, *, strict: bool) -> Namespace:
    """Every route of the dialect; ``strict`` gives refused business rules a 4xx status."""

    def admit(request: RestRequest) -> None:
        resource = getattr(request.endpoint.handler, "__self__", None)
        # The index is open to all.
        if isinstance(resource, Resource):
            gate.admit(request)
            resource.admit(request)

    errors = make_errors(strict=strict)
    return Namespace(NAMESPACE, routes(host, gate), admit=admit, errors=errors, json_lists=False)


def routes(host: Host, gate: Authenticator | None) -> list[RestRoute]:
    """The routes below the namespace, with WordPress patterns."""
    shop = Context(host, gate)
    found: list[RestRoute] = []
    for names, kind in PATHS.items():
        things = kind(shop)
        for name in names:
            found.append(RestRoute(f"/{name}", Collection(things).endpoints()))
            if name == "appointments":
                found.append(RestRoute("/appointments/timeslots", TimeSlots(things).endpoints()))
            if kind is not Payments:
                found.append(RestRoute(rf"/{name}/(?P<id>[\d]+)", Single(things).endpoints()))
    return found
