"""The vendor's objects, with the vendor's field names (BKAP 5.10 and later).

Records are replies, in the vendor's key order. Settings are named as the plugin stores them; ``import_schemas`` builds
the import document on them.
"""

from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

#: The dialect's name: in the configuration, as the origin of records, and as the key of its extras.
NAME = "bkap"

BOOKING_TYPES = {
    "only_day": "Single Day",
    "multiple_days": "Multiple Nights",
    "date_time": "Fixed Time",
    "duration_time": "Duration Based Time",
    "multidates": "Dates",
    "multidates_fixedtime": "Dates & Fixed Time",
}
MULTI_DATE_TYPES = frozenset({"multidates", "multidates_fixedtime"})
SLOT_TYPES = frozenset({"date_time", "multidates_fixedtime"})
WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
WEEKDAY_KEYS = tuple(f"booking_weekday_{weekday}" for weekday in range(7))
STATUSES = ("draft", "cancelled", "confirmed", "paid", "pending-confirmation")


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """A reply: keys have the order of the fields, ``UNSET`` ones are left out."""


# -- settings of a product ---------------------------------------------------------------------------------------


class DateRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A range of dates (``j-n-Y``) that recurs in the following ``years_to_recur`` years."""

    start: str
    end: str
    years_to_recur: str = ""
    range_type: str = ""


class SpecialPrice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price for a weekday (``booking_weekday_0`` is Sunday) or for a date (``2026-03-15``)."""

    booking_special_weekday: str = ""
    booking_special_date: str = ""
    booking_special_price: Decimal = Decimal(0)


class FixedBlock(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A stay of ``number_of_days`` nights at one price; ``start_day`` is 0 (Sunday) to 6 or ``any_days``."""

    block_name: str = ""
    number_of_days: int = 1
    start_day: str = "any_days"
    end_day: str = "any_days"
    price: Decimal = Decimal(0)


class PriceRange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A price for stays of ``min_number`` to ``max_number`` nights: per night, or ``fixed_price`` for the stay."""

    min_number: int = 0
    max_number: int = 0
    per_day_price: Decimal = Decimal(0)
    fixed_price: Decimal = Decimal(0)


class TimeSlot(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fixed time; an end of 0:00 leaves it open."""

    from_slot_hrs: str
    from_slot_min: str = "00"
    to_slot_hrs: str = "0"
    to_slot_min: str = "00"
    booking_notes: str = ""
    slot_price: Decimal = Decimal(0)
    lockout_slot: int = 0
    global_time_check: str = ""


class DurationSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A product by duration: unit, number of units, gap between starts, and places at once."""

    duration_label: str = ""
    duration: int = 1
    duration_type: str = "hours"
    duration_min: int = 1
    duration_max: int = 1
    duration_gap: int = 0
    duration_gap_type: str = "mins"
    duration_max_booking: int = 0
    duration_price: Decimal = Decimal(0)
    first_duration: str = ""
    end_duration: str = ""


class Cancellation(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long before the start a customer may cancel on the shop's pages."""

    status: str = ""
    duration: str = ""
    period: str = "day"


class ResourceRow(_Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A row of a resource's availability."""

    bookable: str
    type: str
    priority: int = 10
    from_: str = msgspec.field(name="from")
    to: str
    from_date: str | UnsetType = UNSET
    to_date: str | UnsetType = UNSET


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The booking settings of one product, under the names the plugin stores them by."""

    enable: str = msgspec.field(default="on", name="_bkap_enable_booking")
    booking_type: str = msgspec.field(default="only_day", name="_bkap_booking_type")
    inline: str = msgspec.field(default="", name="_bkap_enable_inline")
    without_date: str = msgspec.field(default="", name="_bkap_purchase_wo_date")
    confirmation: str = msgspec.field(default="", name="_bkap_requires_confirmation")
    cancellation: Cancellation = msgspec.field(default=Cancellation(), name="_bkap_can_be_cancelled")
    advance_hours: Decimal = msgspec.field(default=Decimal(0), name="_bkap_abp")
    maximum_dates: int = msgspec.field(default=365, name="_bkap_max_bookable_days")
    night_lockout: int = msgspec.field(default=0, name="_bkap_date_lockout")
    min_nights: int = msgspec.field(default=0, name="_bkap_multiple_day_min")
    max_nights: int = msgspec.field(default=0, name="_bkap_multiple_day_max")
    weekdays: dict[str, str] = msgspec.field(default_factory=dict, name="booking_recurring")
    weekday_lockouts: dict[str, int] = msgspec.field(default_factory=dict, name="booking_recurring_lockout")
    specific_dates: dict[str, int] = msgspec.field(default_factory=dict, name="booking_specific_date")
    special_prices: list[SpecialPrice] = msgspec.field(default_factory=list, name="_bkap_special_price")
    custom_ranges: list[DateRange] = msgspec.field(default_factory=list, name="_bkap_custom_ranges")
    month_ranges: list[DateRange] = msgspec.field(default_factory=list, name="_bkap_month_ranges")
    holiday_ranges: list[DateRange] = msgspec.field(default_factory=list, name="_bkap_holiday_ranges")
    holidays: dict[str, int] = msgspec.field(default_factory=dict, name="_bkap_product_holidays")
    fixed_blocks: list[FixedBlock] = msgspec.field(default_factory=list, name="_bkap_fixed_blocks_data")
    price_ranges: list[PriceRange] = msgspec.field(default_factory=list, name="_bkap_price_ranges")
    time_settings: dict[str, list[TimeSlot]] = msgspec.field(default_factory=dict, name="_bkap_time_settings")
    duration: DurationSettings | None = msgspec.field(default=None, name="_bkap_duration_settings")
    multidates_type: str = msgspec.field(default="", name="_bkap_multidates_type")
    multidates_number: int = msgspec.field(default=0, name="_bkap_multidates_fixed_number")
    multidates_min: int = msgspec.field(default=0, name="_bkap_multidates_range_min")
    multidates_max: int = msgspec.field(default=0, name="_bkap_multidates_range_max")
    resources: list[int] = msgspec.field(default_factory=list, name="_bkap_product_resources")
    resource_costs: dict[str, Decimal] = msgspec.field(default_factory=dict, name="_bkap_resource_base_costs")
    resource_selection: str = msgspec.field(default="customer", name="_bkap_product_resource_selection")
    resource_selection_type: str = msgspec.field(default="single", name="_bkap_product_resource_selection_type")
    person: str = msgspec.field(default="", name="_bkap_person")
    min_persons: int = msgspec.field(default=0, name="_bkap_min_person")
    max_persons: int = msgspec.field(default=0, name="_bkap_max_person")
    price_per_person: str = msgspec.field(default="", name="_bkap_price_per_person")
    each_person: str = msgspec.field(default="", name="_bkap_each_person_booking")

    time_availability: list[ResourceRow] = msgspec.field(default_factory=list, name="_bkap_manage_time_availability")
    all_unavailable: str = msgspec.field(default="", name="_bkap_all_data_unavailable")

    @property
    def is_on(self) -> bool:
        return self.enable == "on"

    @property
    def counts_persons(self) -> bool:
        """Does a booking say how many persons come?"""
        return self.person == "on"

    @property
    def is_per_person(self) -> bool:
        """Is the price per person?"""
        return self.counts_persons and self.price_per_person == "on"

    @property
    def is_all_unavailable(self) -> bool:
        """Is everything closed?"""
        return self.all_unavailable in ("on", "1", "yes", "true")


# -- records ------------------------------------------------------------------------------------------------------


class CustomerRecord(_Record, frozen=True, kw_only=True):
    """The customer of a booking."""

    name: str
    email: str
    user_id: int


class BookingRecord(_Record, frozen=True, kw_only=True):
    """A booking in lists and by id (README, "Booking records")."""

    booking_id: int
    order_id: int
    order_item_id: str
    booking_status: str
    customer_id: str
    customer: CustomerRecord
    product_id: str
    start_date: str
    end_date: str
    start_time: str
    end_time: str
    start_date_formatted: str
    end_date_formatted: str
    resource_id: str
    fixed_block: str
    cost: str
    quantity: str
    variation_id: str
    resource: str | UnsetType = UNSET
    duration: str
    duration_time: str
    timezone: str = ""
    timezone_offset: str = ""
    zoom_meeting_url: str = ""
    zoom_meeting_date: str = ""


class CreatedBooking(_Record, frozen=True, kw_only=True):
    """The reply to a create (README, "Creating"); empty values are left out of it."""

    created_booking_type: str
    booking_id: int
    order_id: int
    order_key: str
    order_number: str
    date_created: str
    date_updated: str
    order_status: str
    booking_status: str
    customer_id: int
    product_id: int
    start_date: str
    end_date: str
    start_date_formatted: str
    end_date_formatted: str
    currency: str
    total: str
    subtotal: str
    order_url: str
    payment_url: str
    start_time: str
    end_time: str
    cost: str
    quantity: str
    duration_time: str
    fixed_block: str = ""
    variation_id: int = 0
    resource_id: int = 0
    resource: str = ""
    duration: str = ""
    booking_ids: list[int] = msgspec.field(default_factory=list)


class ResourceRecord(_Record, frozen=True, kw_only=True):
    """A resource (README, "Resources")."""

    resource_id: int
    resource_title: str
    base_cost: Any
    block_cost: Any
    resource_quantity: str
    resource_availability: list[ResourceRow]


class ProductRecord(_Record, frozen=True, kw_only=True):
    """A product (README, "Products"); sections that are off are left out."""

    title: str
    id: int
    created_at: str
    updated_at: str
    type: str
    status: str
    permalink: str
    price: str
    parent_id: int = 0
    categories: list[str] | UnsetType = UNSET
    virtual: bool
    regular_price: str | UnsetType = UNSET
    taxable: bool
    tax_status: str
    booking_type: str
    booking_calendar_type: str
    booking_requires_confirmation: str
    booking_cancellation: dict[str, str] | str
    booking_availability_weekday: dict[str, Any] | UnsetType = UNSET
    booking_availability_specific_date: dict[str, Any] | UnsetType = UNSET
    booking_custom_range: list[DateRange] | UnsetType = UNSET
    booking_holiday_range: list[DateRange] | UnsetType = UNSET
    booking_month_range: list[DateRange] | UnsetType = UNSET
    booking_resource: dict[str, Any] | UnsetType = UNSET
