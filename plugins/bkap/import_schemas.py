"""The entries of the import document, section by section (README, "The import document")."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec

from frontdesk.importing import Entry, LedgerFields
from plugins.bkap.schemas import CustomerRecord, ResourceRow

Id = Annotated[int, msgspec.Meta(gt=0, lt=2**53)]
#: 0 names nothing.
OptionalId = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
#: Customer ids have four bytes.
CustomerId = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
Quantity = Annotated[int, msgspec.Meta(gt=0, lt=2**31)]
#: As long as the columns that keep them.
Line = Annotated[str, msgspec.Meta(max_length=255)]
Phone = Annotated[str, msgspec.Meta(max_length=63)]
Word = Annotated[str, msgspec.Meta(max_length=20)]
Currency = Annotated[str, msgspec.Meta(max_length=3)]


class SiteEntry(Entry, kw_only=True):
    """The site a document was recorded on; an import does not use it."""

    timezone_string: str = ""
    gmt_offset: float | str = 0
    currency: str = ""
    home: str = ""


class ResourceEntry(Entry, kw_only=True):
    resource_id: Id
    resource_title: Line
    #: 0 is unlimited.
    resource_quantity: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = 0
    #: Costs belong to a product's assignment; the API's record shows 0.
    base_cost: Decimal = Decimal(0)
    block_cost: Decimal = Decimal(0)
    resource_availability: list[ResourceRow] = msgspec.field(default_factory=list)
    created_at: str = ""


class VariationEntry(Entry, kw_only=True):
    """A variation of a product with its own price; 0 for the next free ``id``."""

    id: OptionalId = 0
    name: Line = ""
    price: Decimal = Decimal(0)


class ProductEntry(Entry, kw_only=True):
    """A product without its booking settings, which stand beside these fields under the plugin's own names."""

    id: Id
    title: Line
    slug: Line = ""
    status: str = "publish"
    type: str = "simple"
    price: Decimal = Decimal(0)
    regular_price: str = ""
    virtual: bool = False
    taxable: bool = False
    tax_status: str = "taxable"
    description: str = ""
    categories: list[Line] = msgspec.field(default_factory=list)
    variations: list[VariationEntry] = msgspec.field(default_factory=list)
    created_at: str = ""
    updated_at: str = ""


class CustomerEntry(Entry, kw_only=True):
    id: CustomerId
    first_name: Line = ""
    last_name: Line = ""
    email: Line = ""
    username: Line = ""
    phone: Phone = ""


class LineEntry(Entry, kw_only=True):
    """A line of an order; several bookings may share it. 0 for the next free ``id``."""

    id: OptionalId = 0
    product_id: OptionalId = 0
    name: Line = ""
    quantity: Quantity = 1
    total: Decimal = Decimal(0)


class OrderEntry(Entry, kw_only=True):
    """An order; its total is the sum of its lines."""

    id: Id
    status: Word = "pending"
    customer_id: OptionalId = 0
    order_key: Phone = ""
    currency: Currency = ""
    date_created: str = ""
    line_items: list[LineEntry] = msgspec.field(default_factory=list)


class BookingEntry(Entry, kw_only=True):
    """A booking: dates ``YYYY-MM-DD``, times ``H:i`` on the service's clock; ``price`` is the total of the item.

    ``shares_places``: another booking of the same create holds the product's places (one booking per resource).
    """

    booking_id: Id
    product_id: int
    status: str = "pending-confirmation"
    start_date: str
    end_date: str = ""
    start_time: str = ""
    end_time: str = ""
    open_end: bool = False
    fixed_block: str = ""
    quantity: Quantity = 1
    price: Decimal = Decimal(0)
    customer_id: OptionalId = 0
    variation_id: OptionalId = 0
    resource_id: OptionalId = 0
    order_id: OptionalId = 0
    order_item_id: OptionalId = 0
    billing_name: str = ""
    created_at: str = ""
    shares_places: bool = False
    ledger: LedgerFields | None = None


class BookingAnswer(Entry, kw_only=True):
    """A ``BookingRecord`` as the API answers it; numbers may be texts, and fields shown twice are not read."""

    booking_id: Id
    product_id: int
    booking_status: str = "pending-confirmation"
    order_id: int = 0
    order_item_id: int | str = 0
    customer_id: int | str = 0
    customer: CustomerRecord | None = None
    start_date: str
    end_date: str = ""
    start_time: str = ""
    end_time: str = ""
    start_date_formatted: str = ""
    end_date_formatted: str = ""
    resource_id: int | str = ""
    fixed_block: str | int = ""
    cost: Decimal = Decimal(0)
    quantity: int = 1
    variation_id: int | str = 0
    resource: str = ""
    duration: str | int = ""
    duration_time: str = ""
    timezone: str = ""
    timezone_offset: str | int = ""
    zoom_meeting_url: str = ""
    zoom_meeting_date: str = ""


#: The global settings of the shop, which hold for all of its products.
GLOBAL_SETTINGS = "woocommerce_booking_global_settings"
#: Accepted and not used: where a document was recorded, and what the API answers around its records.
UNUSED: dict[str, Any] = {
    "now": str,
    "site": SiteEntry,
    "versions": dict[str, str],
    "count": int,
    "message": str,
    "product": dict[str, Any],
    "resource": dict[str, Any],
    "booking": dict[str, Any],
}
