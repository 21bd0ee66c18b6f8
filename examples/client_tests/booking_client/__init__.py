"""Books through three vendors' APIs, with one face: ``free_times``, ``book``, ``cancel``.

It knows nothing of a sandbox. What it is told is the vendor's address and key.
"""

from booking_client.bookablesites import BookablesitesClient
from booking_client.bookingpress import BookingPressClient
from booking_client.errors import Full, KeyRefused, Unreachable, VendorError
from booking_client.wc import WcBookingsClient

__all__ = [
    "BookablesitesClient",
    "BookingPressClient",
    "Full",
    "KeyRefused",
    "Unreachable",
    "VendorError",
    "WcBookingsClient",
]
