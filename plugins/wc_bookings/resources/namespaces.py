"""The API's namespaces: which resource answers which route."""

from collections.abc import Sequence

from core import Host
from core.wordpress.consumer_keys import ConsumerKeys
from core.wordpress.rest import Namespace, RestRoute
from plugins.wc_bookings.errors import to_wp_error
from plugins.wc_bookings.resources.assets import Resources
from plugins.wc_bookings.resources.booking_writes import BookingWrites
from plugins.wc_bookings.resources.bookings import Bookings
from plugins.wc_bookings.resources.bookings_v2 import BookingsV2
from plugins.wc_bookings.resources.categories import Categories
from plugins.wc_bookings.resources.hours import Hours
from plugins.wc_bookings.resources.product_availability import ProductAvailability
from plugins.wc_bookings.resources.products import Products
from plugins.wc_bookings.resources.quotes import Quotes
from plugins.wc_bookings.resources.shell_writes import ShellWrites
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.resources.slots import Slots
from plugins.wc_bookings.resources.team import Team


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
    return Namespace(
        name,
        routes,
        login=keys.login,
        check_permissions=keys.check_permission,
        errors=to_wp_error,
        exact_paths=shop.strict,
    )
