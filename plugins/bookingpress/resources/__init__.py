"""The routes of this dialect: which things answer on which path."""

from core import Host
from core.wordpress.rest import Namespace, RestRequest, RestRoute
from plugins.bookingpress.auth import Gate
from plugins.bookingpress.errors import make_errors
from plugins.bookingpress.resources.appointments import Appointments
from plugins.bookingpress.resources.base import Shop, Things
from plugins.bookingpress.resources.categories import Categories
from plugins.bookingpress.resources.coupons import Coupons
from plugins.bookingpress.resources.customers import Customers
from plugins.bookingpress.resources.endpoints import Collection, Resource, Single
from plugins.bookingpress.resources.gift_cards import GiftCards
from plugins.bookingpress.resources.locations import Locations
from plugins.bookingpress.resources.packages import Packages
from plugins.bookingpress.resources.payments import Payments
from plugins.bookingpress.resources.services import Services
from plugins.bookingpress.resources.staff import StaffMembers
from plugins.bookingpress.resources.timeslots import TimeSlots

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


def namespace(host: Host, gate: Gate, *, strict: bool) -> Namespace:
    """Every route of the dialect; ``strict`` gives refused business rules a 4xx status."""

    def admit(request: RestRequest) -> None:
        resource = getattr(request.endpoint.handler, "__self__", None)
        # The index is open to all.
        if isinstance(resource, Resource):
            gate.admit(request)
            resource.admit(request)

    errors = make_errors(strict=strict)
    return Namespace(NAMESPACE, routes(host, gate), before_dispatch=admit, errors=errors, json_lists=False)


def routes(host: Host, gate: Gate | None) -> list[RestRoute]:
    """The routes below the namespace, with WordPress patterns."""
    shop = Shop(host, gate)
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
