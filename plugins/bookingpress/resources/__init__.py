"""The routes of this dialect: thin Falcon resources over the things they serve."""

from typing import Any

from core import Host, Route
from plugins.bookingpress.auth import Gate
from plugins.bookingpress.resources.appointments import Appointments
from plugins.bookingpress.resources.base import PREFIX, Collection, Index, Shop, Single, Things
from plugins.bookingpress.resources.categories import Categories
from plugins.bookingpress.resources.coupons import Coupons
from plugins.bookingpress.resources.customers import Customers
from plugins.bookingpress.resources.gift_cards import GiftCards
from plugins.bookingpress.resources.locations import Locations
from plugins.bookingpress.resources.packages import Packages
from plugins.bookingpress.resources.payments import Payments
from plugins.bookingpress.resources.services import Services
from plugins.bookingpress.resources.staff import StaffMembers
from plugins.bookingpress.resources.timeslots import TimeSlots

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
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def routes(host: Host, gate: Gate) -> list[Route]:
    """Every route, by its full template."""
    shop = Shop(host, gate)
    found: list[Route] = []
    for names, kind in PATHS.items():
        things = kind(shop)
        for name in names:
            found.append(Route(f"{PREFIX}/{name}", Collection(things)))
            if name == "appointments":
                found.append(Route(f"{PREFIX}/appointments/timeslots", TimeSlots(things)))
            if kind is not Payments:
                found.append(Route(f"{PREFIX}/{name}/{{id}}", Single(things)))
    return [Route(PREFIX, Index(listed(found))), *found]


def listed(found: list[Route]) -> dict[str, list[str]]:
    """The methods of every route, as the namespace index shows them."""
    shown: dict[str, list[str]] = {"/bookingpress/v1": ["GET"]}
    for methods, template in table(found):
        shown[template.removeprefix("/wp-json").replace("{id}", "(?P<id>[\\d]+)")] = methods
    return shown


def table(found: list[Route]) -> list[tuple[list[str], str]]:
    """What is really answered: resources have responders for more methods than their things know."""
    shown = []
    for route in found:
        resource: Any = route.resource
        shown.append(([method for method in METHODS if resource.supports(method)], route.template))
    return shown
