"""The vendor's objects, with the vendor's field names in the vendor's order (README, "Routes")."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

Number = Decimal | int
Minutes = Annotated[int, Meta(ge=1, le=1440)]
Notice = Literal["disabled", "inherit"] | Annotated[int, Meta(ge=0, le=5_256_000)]


class SiteSettings(Struct, frozen=True, kw_only=True):
    """The settings that change behaviour; stored with the site, set by ``frontdesk import``."""

    default_time_slot: Minutes = 30
    show_time_as_per_service_duration: bool = True
    share_timeslot_between_services: bool = False
    share_quanty_between_timeslots: bool = True
    hide_already_booked_slot: bool = False
    appointment_status: Literal[1, 2] = 1
    onsite_appointment_status: Literal[1, 2] = 2
    default_minimum_time_for_booking: Notice = "disabled"
    default_minimum_time_for_canceling: Notice = "disabled"
    default_minimum_time_for_rescheduling: Notice = "disabled"
    period_available_for_booking: Annotated[int, Meta(ge=1, le=3650)] = 365
    bpa_afternoon_start_time: str = "12:00"
    bpa_evening_start_time: str = "16:00"
    bpa_night_start_time: str = "20:00"
    #: Not a setting of the vendor's screen: the language of the site.
    locale: str = "en_US"
    price_number_of_decimals: Annotated[int, Meta(ge=0, le=6)] = 2
    price_symbol_position: Literal["before", "before_with_space", "after", "after_with_space"] = "before"
    price_separator: Literal["comma-dot", "dot-comma", "space-dot", "space-comma", "Custom"] = "comma-dot"
    custom_comma_separator: Annotated[str, Meta(max_length=1)] = ","
    custom_dot_separator: Annotated[str, Meta(max_length=1)] = "."
    on_site_payment: bool = True
    paypal_payment: bool = False
    #: Further gateways that are switched on.
    payment_gateways: tuple[str, ...] = ()
    tax_percentage: Decimal = Decimal(0)
    any_staff_rule: Literal[
        "least_assigned_by_day",
        "most_assigned_by_day",
        "least_assigned_by_week",
        "most_assigned_by_week",
        "least_expensive",
        "most_expensive",
    ] = "least_assigned_by_day"
    #: Custom fields that must be filled in, and what is said when one is not.
    required_form_fields: dict[str, str] = {}


class Appointment(Struct, kw_only=True):
    """A record of ``/appointments``."""

    id: int
    appointment_id: int
    payment_id: int
    booking_id: str
    created_date: str
    appointment_date: str
    appointment_start_time: str
    appointment_end_time: str
    appointment_end_date: str
    customer_id: int
    customer_first_name: str
    customer_last_name: str
    customer_name: str
    customer_email: str
    customer_phone: str
    service_id: int
    service_name: str
    appointment_note: str
    appointment_duration: str
    appointment_payment: str
    payment_numberic_amount: Number
    appointment_status: str
    appointment_status_label: str
    view_appointment_date: str
    view_appointment_time: str
    payment_method: str
    is_past_appointment: bool
    staffmember_id: int
    staffmember_name: str
    location_id: int
    selected_extra_members: int
    extras: list[dict[str, Any]]
    coupon_code: str
    coupon_discount_amount: Number
    tax_amount: Number
    package_discount_amount: Number
    gift_card_amount: Number
    deposit_amount: Number
    paid_amount: Number
    due_amount: Number
    total_amount: Number
    form_fields: dict[str, Any]


class Booked(Struct, kw_only=True):
    """The answer to a booking."""

    variant: str
    title: str
    msg: str
    appointment_id: int
    booking_id: str
    customer_id: int
    payment_id: int
    staffmember_id: int
    appointment_status: str
    payment_status: str
    total_amount: Number
    paid_amount: Number
    due_amount: Number


class TimeSlot(Struct, kw_only=True):
    """One slot of ``/appointments/timeslots``. ``max_capacity`` is what remains: the vendor's naming."""

    start_time: str
    end_time: str
    store_start_time: str
    store_end_time: str
    store_service_date: str
    break_start_time: str
    break_end_time: str
    is_next_day: bool
    is_booked: int
    max_capacity: int
    total_booked: int
    max_total_capacity: int
    disable_flag_timeslot: bool
    formatted_start_time: str
    formatted_end_time: str
    formatted_start_end_time: str


class Customer(Struct, kw_only=True, omit_defaults=True):
    """A record of ``/customers``; the fields with a default are in the single reply only."""

    id: int
    customer_id: int
    wpuser_id: int
    customer_avatar: str
    customer_username: str
    customer_fullname: str
    customer_firstname: str
    customer_lastname: str
    customer_email: str
    customer_phone: str
    customer_last_appointment: str
    customer_total_appointment: int
    customer_phone_country: str | None = None
    customer_phone_dial_code: str | None = None
    customer_note: str | None = None
    customer_created: str | None = None


class StaffMember(Struct, kw_only=True, omit_defaults=True):
    """A record of ``/staffmembers``; hours are in the single reply only."""

    staffmember_id: int
    staffmember_firstname: str
    staffmember_lastname: str
    staffmember_fullname: str
    staffmember_email: str
    staffmember_phone: str
    staffmember_country_phone: str
    staffmember_country_dial_code: str
    staffmember_status: int
    staffmember_visibility: str
    staffmember_note: str
    staffmember_position: int
    staffmember_avatar: str
    total_services: int
    assigned_service_list: list[dict[str, Any]]
    workhours: list[dict[str, Any]] | None = None
    daysoff: list[dict[str, Any]] | None = None
    special_days: list[dict[str, Any]] | None = None


class Category(Struct, kw_only=True):
    """A record of ``/categories``."""

    id: int
    category_id: int
    category_name: str
    total_services: int
    category_position: int


class Service(Struct, kw_only=True):
    """A record of ``/services``."""

    id: int
    service_id: int
    service_name: str
    service_price: Number
    service_formatted_price: str
    service_duration_val: int
    service_duration_unit: str
    category_id: int
    category_name: str
    service_description: str
    service_position: int
    service_image: str
    service_image_name: str
    max_capacity: int
    min_capacity: int
    before_buffer_time: int
    before_buffer_time_unit: str
    after_buffer_time: int
    after_buffer_time_unit: str
    show_service_on_site: bool
    minimum_time_required_before_booking: str
    minimum_time_required_before_rescheduling: str
    minimum_time_required_before_cancelling: str
    service_start_date: str
    service_expiration_date: str
    deposit_type: str
    deposit_amount: Number
    extra_services: list[dict[str, Any]]
    assigned_staffmembers: list[int]


class Payment(Struct, kw_only=True):
    """A record of ``/payments``."""

    payment_log_id: int
    invoice_id: str
    appointment_id: int
    payment_date: str
    payment_customer: str
    payment_service: str
    appointment_date: str
    appointment_start_time: str
    appointment_end_time: str
    payment_gateway: str
    payment_numberic_amount: Number
    payment_amount: str
    payment_currency: str
    appointment_status: str
    payment_status: str
    payment_status_label: str
    transaction_id: str
    customer_firstname: str
    customer_lastname: str
    customer_email: str
    customer_avatar: str
    paid_amount: Number
    due_amount: Number


class Location(Struct, kw_only=True, omit_defaults=True):
    """A record of ``/locations``; hours are in the single reply only."""

    location_id: int
    location_name: str
    location_phone_country: str
    location_phone_number: str
    location_address: str
    location_description: str
    location_img_name: str
    location_img_url: str
    location_position: int
    services: list[dict[str, Any]]
    service_ids: list[int]
    staffmember_ids: list[int]
    workhours: list[dict[str, Any]] | None = None
    special_days: list[dict[str, Any]] | None = None


class Coupon(Struct, kw_only=True):
    """A record of ``/coupons``."""

    coupon_id: int
    coupon_title: str
    coupon_code: str
    coupon_discount: Number
    coupon_discount_type: str
    coupon_period_type: str
    coupon_start_date: str
    coupon_end_date: str
    coupon_services: list[int]
    coupon_allowed_uses: int
    coupon_status: bool
    coupon_total_used: int
    currency_symbol: str


class Package(Struct, kw_only=True):
    """A record of ``/packages``."""

    package_id: int
    package_name: str
    package_price: Number
    package_formatted_price: str
    package_total_retail_price: Number
    package_duration_val: int
    package_duration_unit: str
    package_purchase_limit: int
    package_description: str
    package_images: list[Any]
    package_services: list[dict[str, int]]
    package_status: bool
    package_position: int


class GiftCard(Struct, kw_only=True):
    """A record of ``/gift-cards``."""

    gift_card_id: int
    gift_card_title: str
    gift_card_amount: Number
    gift_card_value: Number
    gift_card_formatted_value: str
    gift_card_expiry_type: str
    gift_card_expiration_duration_val: int
    gift_card_expiration_duration_unit: str
    gift_card_services: list[int]
    gift_card_staffmembers: list[int]
    gift_card_status: bool
    total_sold: int
