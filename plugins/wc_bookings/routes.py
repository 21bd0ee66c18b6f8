"""The API's namespaces: which resource answers which route."""

from collections.abc import Sequence

from core import Host
from core.wordpress.keys import ConsumerKeys
from core.wordpress.rest import Namespace, RestRoute
from plugins.wc_bookings.errors import to_wp_error
from plugins.wc_bookings.handlers.bookings import Bookings
from plugins.wc_bookings.handlers.bookings_v2 import BookingsV2
from plugins.wc_bookings.handlers.categories import Categories
from plugins.wc_bookings.handlers.opening_hours import Hours
from plugins.wc_bookings.handlers.product_availability import ProductAvailability
from plugins.wc_bookings.handlers.products import Products
from plugins.wc_bookings.handlers.quotes import Quotes
from plugins.wc_bookings.handlers.resources import Resources
from plugins.wc_bookings.handlers.slots import Slots
from plugins.wc_bookings.handlers.team_members import Team
from plugins.wc_bookings.usecases.bookings import BookingWrites
from plugins.wc_bookings.usecases.context import Shop
from plugins.wc_bookings.usecases.vendor_writes import ShellWrites


def first_version(host: Host, keys: ConsumerKeys) -> Namespace:
    """``wc-bookings/v1``."""
    shop = Shop(host)
    writes = BookingWrites(shop) if shop.options.v1_writes == "book" else ShellWrites(shop)
    routes = [
        *Products(shop).routes(),
        *Categories(shop).routes(),
        *Resources(shop).routes(),
        *Bookings(shop, writes).routes(),
        *Slots(shop).routes(),
    ]
    return _namespace("wc-bookings/v1", routes, keys, shop)


def second_version(host: Host, keys: ConsumerKeys) -> Namespace:
    """``wc-bookings/v2``."""
    shop = Shop(host)
    routes = [
        *BookingsV2(shop).routes(),
        *ProductAvailability(shop).routes(),
        *Quotes(shop).routes(),
        *Hours().routes(),
        *Team().routes(),
    ]
    return _namespace("wc-bookings/v2", routes, keys, shop)


def _namespace(name: str, routes: Sequence[RestRoute], keys: ConsumerKeys, shop: Shop) -> Namespace:
    return Namespace(name, routes, login=keys.login, gate=keys.gate, errors=to_wp_error, exact_paths=shop.strict)
