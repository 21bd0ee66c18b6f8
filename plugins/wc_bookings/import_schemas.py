"""The entries of the import document, section by section (README, "Import and export").

Keys that only the API's records have are accepted and not used.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from frontdesk.importing import Entry, LedgerFields, Scalar
from plugins.wc_bookings.translate import products

Id = Annotated[int, Meta(gt=0, lt=2**53)]
#: Ids of customers and categories have four bytes.
SmallId = Annotated[int, Meta(gt=0, lt=2**31)]
Name = Annotated[str, Meta(max_length=255)]
Line = Name | None
Phone = Annotated[str, Meta(max_length=63)] | None
Text = Annotated[str, Meta(max_length=100_000)] | None
Links = dict[str, Any] | None


class RuleEntry(Entry, kw_only=True):
    """A calendar rule of a product or resource."""

    type: Scalar = None
    range_type: Scalar = None
    bookable: Scalar
    priority: Scalar = None
    from_: Scalar = msgspec.field(default=None, name="from")
    to: Scalar = None
    from_date: Scalar = None
    to_date: Scalar = None
    from_range: Scalar = None
    to_range: Scalar = None
    rrule: Scalar = None
    title: Scalar = None


class ShopRuleEntry(RuleEntry, kw_only=True):
    """A calendar rule of the whole shop, with the columns of the shop's own table."""

    id: Scalar = None
    ID: Scalar = None
    gcal_event_id: Scalar = None
    ordering: Scalar = None
    kind: Scalar = None
    kind_id: Scalar = None
    date_created: Scalar = None
    date_modified: Scalar = None


class PriceRuleEntry(Entry, kw_only=True):
    """The costs of a range."""

    type: Scalar = None
    from_: Scalar = msgspec.field(default=None, name="from")
    to: Scalar = None
    from_date: Scalar = None
    to_date: Scalar = None
    from_range: Scalar = None
    to_range: Scalar = None
    cost: Scalar = None
    modifier: Scalar = None
    base_cost: Scalar = None
    base_modifier: Scalar = None


class PersonTypeEntry(Entry, kw_only=True):
    """Without an ``id`` it gets the next one."""

    id: Scalar = None
    name: Scalar = None
    description: Scalar = None
    cost: Scalar = None
    block_cost: Scalar = None
    min: Scalar = None
    max: Scalar = None
    parent_id: Scalar = None
    sort_order: Scalar = None


class SlotEntry(Entry, kw_only=True):
    start: str
    end: str


class UserEntry(Entry, kw_only=True):
    id: SmallId
    login: Line = ""
    email: Line = ""
    first_name: Line = ""
    last_name: Line = ""
    roles: list[str] | None = None


class KeyEntry(Entry, kw_only=True):
    user_id: Scalar = 0
    permissions: Name
    consumer_key: Name
    consumer_secret: Name


class CategoryEntry(Entry, kw_only=True):
    id: SmallId
    name: Name
    slug: Line = ""
    parent: Scalar = 0
    description: Text = ""
    display: str | None = None
    image: Any = None
    menu_order: Scalar = 0
    count: Scalar = None
    links: Links = msgspec.field(default=None, name="_links")


class TeamMemberEntry(Entry, kw_only=True):
    email: Line = ""
    phone_number: Phone = ""
    description: Text = ""
    status: str | None = ""
    role: Scalar = None
    note: Scalar = None
    image_id: Scalar = None
    image_url: Scalar = None
    availability_source: Scalar = None
    hours: dict[str, dict[str, list[SlotEntry]]] | None = None


class ResourceEntry(Entry, kw_only=True):
    id: Id
    name: Name
    availability: list[RuleEntry] | None = None
    qty: Scalar = None
    base_cost: Scalar = None
    block_cost: Scalar = None
    parent_id: Scalar = None
    sort_order: Scalar = None
    team_member: TeamMemberEntry | None = None
    links: Links = msgspec.field(default=None, name="_links")


class RelationshipEntry(Entry, kw_only=True):
    ID: Scalar = None
    product_id: Id
    resource_id: Id
    sort_order: Scalar = 0


class ProductCategoryEntry(Entry, kw_only=True):
    """A category as the API's products name it."""

    id: SmallId
    name: Line = None
    slug: Line = None


class OrderItemEntry(Entry, kw_only=True):
    id: Scalar = None
    product_id: Scalar = None
    name: Line = ""
    total: Scalar = None


class OrderEntry(Entry, kw_only=True):
    id: Id
    status: Line = ""
    customer_id: Scalar = None
    currency: Line = ""
    items: list[OrderItemEntry] | None = None


class BookingEntry(Entry, kw_only=True):
    """The fields of both versions of the API, and wall clock times that win over their stamps."""

    id: Id
    status: Name
    all_day: Scalar = False
    cost: Scalar = None
    currency: str | None = None
    customer_id: Scalar = None
    date_created: Scalar = None
    date_modified: Scalar = None
    date_cancelled: Scalar = None
    start: Scalar = None
    end: Scalar = None
    start_local: str | None = None
    end_local: str | None = None
    google_calendar_event_id: Scalar = None
    local_timezone: str | None = None
    attendance_status: str | None = None
    note: Text = None
    order_id: Scalar = None
    order_item_id: Scalar = None
    parent_id: Scalar = None
    person_counts: dict[str, Scalar] | list[Scalar] | None = None
    product_id: Scalar = None
    resource_id: Scalar = None
    ledger: LedgerFields | None = None
    links: Links = msgspec.field(default=None, name="_links")


class SiteEntry(Entry, kw_only=True):
    """The site a document was recorded on; only the formats are used."""

    timezone_string: Scalar = None
    gmt_offset: Scalar = None
    date_format: str | None = None
    time_format: str | None = None
    start_of_week: Scalar = None
    currency: Scalar = None
    price_decimals: Scalar = None
    home: Scalar = None
    permalinks: Scalar = None


#: Accepted and not used: where a document comes from.
UNUSED: dict[str, Any] = {"now": str, "versions": dict[str, str], "note": str}

#: Keys of a product whose parts are checked.
_PARTS: dict[str, Any] = {
    "availability": list[RuleEntry] | dict[str, RuleEntry] | Scalar,
    "pricing": list[PriceRuleEntry] | dict[str, PriceRuleEntry] | Scalar,
    "person_types": list[PersonTypeEntry] | dict[str, PersonTypeEntry | list[Any]] | Scalar,
    "resource_base_costs": dict[str, Scalar] | list[Scalar] | Scalar,
    "resource_block_costs": dict[str, Scalar] | list[Scalar] | Scalar,
    "resource_ids": list[Scalar] | Scalar,
    "restricted_days": list[Scalar] | dict[str, Scalar] | Scalar,
    "category_ids": list[Scalar] | None,
    "categories": list[ProductCategoryEntry] | None,
}
#: Keys of the platform whose values have parts that are stored or ignored unchecked.
_UNCHECKED = frozenset(
    {
        "tags", "images", "downloads", "attributes", "default_attributes", "meta_data", "upsell_ids", "cross_sell_ids",
        "related_ids", "variations", "grouped_products", "brands", "dimensions", "min_date", "max_date", "_links",
        "tag_ids", "gallery_image_ids", "rating_counts",
    }
)  # fmt: skip
#: Keys that a recorder of a shop adds.
_RECORDED = ("key", "category_ids", "tag_ids", "image_id", "gallery_image_ids", "rating_counts", "cogs_value", "_links")
_PRODUCT_KEYS = {
    *products.REFERENCE_FIELDS,
    *products.VERSION_2_2_5_FIELDS,
    *products.PRODUCT_DEFAULTS,
    *products.SETTING_DEFAULTS,
    *_RECORDED,
}
_REQUIRED = {"id": Id, "name": Name}
_TEXTS = {
    "slug": Line,
    "description": Annotated[str, Meta(max_length=1_000_000)] | None,
    "short_description": Annotated[str, Meta(max_length=1_000_000)] | None,
    "sku": Annotated[str, Meta(max_length=100)] | None,
    "status": Line,
    "type": Line,
}


def _product_type(key: str) -> Any:
    return _PARTS.get(key, _TEXTS.get(key, Any if key in _UNCHECKED else Scalar))


#: Every key of a product, of both versions of the API and of the shop's tables.
ProductEntry = msgspec.defstruct(
    "ProductEntry",
    [*_REQUIRED.items(), *((key, _product_type(key), None) for key in sorted(_PRODUCT_KEYS - {*_REQUIRED}))],
    kw_only=True,
    forbid_unknown_fields=True,
)
