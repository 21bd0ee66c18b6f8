"""Every key an import document may have, section by section; ``document`` and ``importer`` judge the values.

What the API answers is part of it: keys that only say how a record is shown are accepted and not used.
"""

from typing import Any

import msgspec

from core.documents import Entry, Scalar
from core.ledger_fields import LedgerFields
from plugins.wc_bookings.translate import catalog as words

Links = dict[str, Any] | None
#: PHP writes an empty map as a list, and "not set" as an empty text.
Loose = dict[str, Any] | list[Any] | Scalar


class Rule(Entry, kw_only=True):
    """A rule of a product or resource: what it selects, and whether that can be booked."""

    type: Scalar = None
    range_type: Scalar = None
    bookable: Scalar
    priority: Scalar = 10
    from_: Scalar = msgspec.field(default=None, name="from")
    to: Scalar = None
    from_date: Scalar = None
    to_date: Scalar = None
    from_range: Scalar = None
    to_range: Scalar = None
    rrule: Scalar = None
    title: Scalar = None


class ShopRule(Rule, kw_only=True):
    """A rule of the whole shop, as its own table has it."""

    id: Scalar = None
    ID: Scalar = None
    gcal_event_id: Scalar = None
    ordering: Scalar = None
    kind: Scalar = None
    kind_id: Scalar = None
    date_created: Scalar = None
    date_modified: Scalar = None


class PriceRule(Entry, kw_only=True):
    """A range with its own costs."""

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


class PersonType(Entry, kw_only=True):
    """Without ``id`` it gets the next one."""

    id: Scalar = None
    name: Scalar = None
    description: Scalar = None
    cost: Scalar = None
    block_cost: Scalar = None
    min: Scalar = None
    max: Scalar = None
    parent_id: Scalar = None
    sort_order: Scalar = None


class Slot(Entry, kw_only=True):
    start: str
    end: str


class User(Entry, kw_only=True):
    id: int | str
    login: str | None = ""
    email: str | None = ""
    first_name: str | None = ""
    last_name: str | None = ""
    roles: list[str] | None = None


class Key(Entry, kw_only=True):
    user_id: int | str | None = 0
    permissions: str
    consumer_key: str
    consumer_secret: str


class Category(Entry, kw_only=True):
    id: int | str
    name: str
    slug: str | None = ""
    parent: Scalar = 0
    description: str | None = ""
    display: str | None = None
    image: Any = None
    menu_order: Scalar = 0
    count: Scalar = None
    _links: Links = None


class TeamMember(Entry, kw_only=True):
    email: str | None = ""
    phone_number: str | None = ""
    description: str | None = ""
    status: str | None = ""
    role: Scalar = None
    note: Scalar = None
    image_id: Scalar = None
    image_url: Scalar = None
    availability_source: Scalar = None
    hours: dict[str, dict[str, list[Slot]]] | None = None


class Resource(Entry, kw_only=True):
    id: int | str
    name: str
    availability: list[Rule] | None = None
    qty: Scalar = None
    base_cost: Scalar = None
    block_cost: Scalar = None
    parent_id: Scalar = None
    sort_order: Scalar = None
    team_member: TeamMember | None = None
    _links: Links = None


class Relationship(Entry, kw_only=True):
    ID: Scalar = None
    product_id: int | str
    resource_id: int | str
    sort_order: Scalar = 0


class OrderItem(Entry, kw_only=True):
    id: Scalar = None
    product_id: Scalar = None
    name: str | None = ""
    total: Scalar = None


class Order(Entry, kw_only=True):
    id: int | str
    status: str | None = ""
    customer_id: Scalar = None
    currency: str | None = ""
    items: list[OrderItem] | None = None


class Booking(Entry, kw_only=True):
    """The fields of both versions of the API, and the wall clock itself."""

    id: int | str
    status: str
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
    note: str | None = None
    order_id: Scalar = None
    order_item_id: Scalar = None
    parent_id: Scalar = None
    person_counts: dict[str, Scalar] | list[Scalar] | None = None
    product_id: Scalar = None
    resource_id: Scalar = None
    ledger: LedgerFields | None = None
    _links: Links = None


class Site(Entry, kw_only=True):
    """Where a document was recorded; only the formats are used."""

    timezone_string: Scalar = None
    gmt_offset: Scalar = None
    date_format: str | None = None
    time_format: str | None = None
    start_of_week: Scalar = None
    currency: Scalar = None
    price_decimals: Scalar = None
    home: Scalar = None
    permalinks: Scalar = None


#: Keys of a product whose values have parts that are read.
_PARTS: dict[str, Any] = {
    "availability": list[Rule] | dict[str, Rule] | Scalar,
    "pricing": list[PriceRule] | dict[str, PriceRule] | Scalar,
    "person_types": list[PersonType] | dict[str, PersonType | list[Any]] | Scalar,
    "resource_base_costs": dict[str, Scalar] | list[Scalar] | Scalar,
    "resource_block_costs": dict[str, Scalar] | list[Scalar] | Scalar,
    "resource_ids": list[Scalar] | Scalar,
    "restricted_days": list[Scalar] | dict[str, Scalar] | Scalar,
    "category_ids": list[Scalar] | None,
    "categories": list[dict[str, Any]] | None,
}
#: Keys of the platform's own whose values are kept or ignored as they are.
_WHOLE = frozenset(
    {
        "tags", "images", "downloads", "attributes", "default_attributes", "meta_data", "upsell_ids", "cross_sell_ids",
        "related_ids", "variations", "grouped_products", "brands", "dimensions", "min_date", "max_date", "_links",
        "tag_ids", "gallery_image_ids", "rating_counts",
    }
)  # fmt: skip
#: What a recorder of a shop adds.
_RECORDED = ("key", "category_ids", "tag_ids", "image_id", "gallery_image_ids", "rating_counts", "cogs_value", "_links")
_NAMES = {*words.REFERENCE, *words.VERSION_225, *words.PRODUCT_DEFAULTS, *words.SETTING_DEFAULTS, *_RECORDED}
_REQUIRED = {"id": int | str, "name": str}
_TEXTS = frozenset({"slug", "description", "short_description", "sku", "status", "type"})

Product = msgspec.defstruct(
    "Product",
    [
        *_REQUIRED.items(),
        *(
            (name, _PARTS.get(name, Any if name in _WHOLE else str | None if name in _TEXTS else Scalar), None)
            for name in sorted(_NAMES - {*_REQUIRED})
        ),
    ],
    kw_only=True,
    forbid_unknown_fields=True,
)
