"""The entries of the import document, section by section (README, "Import and export").

An entry has the names of the write parameters. Over HTTP a word in the place of a number counts as 0, as in PHP. In a
document it is an error: it would sell a service with another capacity than its owner wrote.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from frontdesk.importing import Entry, LedgerFields, Scalar
from plugins.bookingpress.translate.hours import DayOffEntry, Flag, SpecialDayEntry, Text, WorkHoursEntry
from plugins.bookingpress.translate.params import WRITE_NAMES

#: A number of four bytes.
Whole = Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None
Number = Annotated[int, Meta(ge=0, lt=2**53)] | None
Amount = Decimal | None
SHARED_MAX_ID = 2**53 - 1
#: The API shows it; an import does not read it.
Shown = Any


class RecordEntry(Entry, kw_only=True):
    """An entry of a section; without an ``id`` it gets the next one. A record of the API is one, too.

    Attributes:
        ID: The key of a record's id, whose ``id`` is its place in the list; empty where the API answers no records.
        NAMES: The write parameters by the keys that stand for them in a record.
        MAX_ID: Ids have four bytes, but for those of the sequence that all dialects share.
    """

    ID: ClassVar[str] = ""
    NAMES: ClassVar[dict[str, str]] = {}
    MAX_ID: ClassVar[int] = 2**31 - 1

    id: Number = None


class CategoryEntry(RecordEntry, kw_only=True):
    service_category_name: Text = None
    category_position: Whole = None


class CategoryRecord(CategoryEntry, kw_only=True):
    ID: ClassVar[str] = "category_id"
    NAMES: ClassVar[dict[str, str]] = WRITE_NAMES["categories"]

    category_id: Number = None
    category_name: Text = None
    total_services: Shown = None


class ExtraEntry(Entry, kw_only=True):
    """Without ``id`` it gets the next one."""

    id: Whole = None
    name: Text = None
    price: Amount = None
    duration: Whole = None
    duration_unit: str | None = None
    max_qty: Whole = None


class ServiceEntry(RecordEntry, kw_only=True):
    MAX_ID: ClassVar[int] = SHARED_MAX_ID

    service_name: Text = None
    service_duration_val: Whole = None
    service_duration_unit: str | None = None
    service_price: Amount = None
    service_category: Whole = None
    service_description: Text = None
    service_image: Text = None
    service_image_name: Text = None
    max_capacity: Whole = None
    min_capacity: Whole = None
    before_buffer_time: Whole = None
    before_buffer_time_unit: str | None = None
    after_buffer_time: Whole = None
    after_buffer_time_unit: str | None = None
    minimum_time_required_before_booking: Scalar = None
    minimum_time_required_before_rescheduling: Scalar = None
    minimum_time_required_before_cancelling: Scalar = None
    show_service_on_site: Flag = None
    service_start_date: Text = None
    service_expiration_date: Text = None
    deposit_type: Text = None
    deposit_amount: Amount = None
    extra_services: list[ExtraEntry] | None = None
    service_position: Whole = None
    workhours: list[WorkHoursEntry] | None = None
    daysoff: list[DayOffEntry] | None = None
    special_days: list[SpecialDayEntry] | None = None


class ServiceRecord(ServiceEntry, kw_only=True):
    ID: ClassVar[str] = "service_id"
    NAMES: ClassVar[dict[str, str]] = WRITE_NAMES["services"]

    service_id: Number = None
    category_id: Number = None
    category_name: Shown = None
    service_formatted_price: Shown = None
    assigned_staffmembers: list[int] | None = None


class AssignmentEntry(Entry, kw_only=True):
    assign_service_id: int
    assign_service_price: Amount = None
    assign_service_capacity: Whole = None
    assign_service_min_capacity: Whole = None
    assign_service_name: Shown = None


class StaffMemberEntry(RecordEntry, kw_only=True):
    MAX_ID: ClassVar[int] = SHARED_MAX_ID

    firstname: Text = None
    lastname: Text = None
    email: Text = None
    phone: Text = None
    staff_member_phone_country: Text = None
    staff_member_dial_code: Text = None
    note: Text = None
    avatar_name: Text = None
    avatar_url: Text = None
    wp_user: Text = None
    status: Whole = None
    visibility: Text = None
    assigned_service_list: list[AssignmentEntry] | None = None
    workhours: list[WorkHoursEntry] | None = None
    daysoff: list[DayOffEntry] | None = None
    special_days: list[SpecialDayEntry] | None = None
    staffmember_position: Whole = None


class StaffMemberRecord(StaffMemberEntry, kw_only=True):
    ID: ClassVar[str] = "staffmember_id"
    NAMES: ClassVar[dict[str, str]] = WRITE_NAMES["staffmembers"]

    staffmember_id: Number = None
    staffmember_firstname: Text = None
    staffmember_lastname: Text = None
    staffmember_email: Text = None
    staffmember_phone: Text = None
    staffmember_country_phone: Text = None
    staffmember_country_dial_code: Text = None
    staffmember_status: Whole = None
    staffmember_visibility: Text = None
    staffmember_note: Text = None
    staffmember_avatar: Text = None
    staffmember_fullname: Shown = None
    total_services: Shown = None


class LocationMemberEntry(Entry, kw_only=True):
    staffmember_id: int
    staff_location_qty: Whole = None
    staff_location_min_qty: Whole = None
    price: Scalar = None


class LocationServiceEntry(Entry, kw_only=True):
    service_id: int
    service_qty: Whole = None
    service_min_qty: Whole = None
    price: Scalar = None
    staffmembers: list[LocationMemberEntry] | None = None


class LocationEntry(RecordEntry, kw_only=True):
    location_name: Text = None
    location_phone_country: Text = None
    location_phone_number: Text = None
    location_address: Text = None
    location_description: Text = None
    location_img_name: Text = None
    location_img_url: Text = None
    location_position: Whole = None
    services: list[LocationServiceEntry] | None = None
    workhours: list[WorkHoursEntry] | None = None
    special_days: list[SpecialDayEntry] | None = None


class LocationRecord(LocationEntry, kw_only=True):
    ID: ClassVar[str] = "location_id"

    location_id: Number = None
    service_ids: Shown = None
    staffmember_ids: Shown = None


class CustomerEntry(RecordEntry, kw_only=True):
    firstname: Text = None
    lastname: Text = None
    email: Text = None
    phone: Text = None
    customer_phone_country: Text = None
    customer_phone_dial_code: Text = None
    note: Text = None
    username: Text = None
    wp_user: Text = None
    avatar_name: Text = None
    avatar_url: Text = None
    customer_created: Text = None


class CustomerRecord(CustomerEntry, kw_only=True):
    ID: ClassVar[str] = "customer_id"
    NAMES: ClassVar[dict[str, str]] = {**WRITE_NAMES["customers"], "wpuser_id": "wp_user"}

    customer_id: Number = None
    wpuser_id: Text = None
    customer_avatar: Text = None
    customer_username: Text = None
    customer_firstname: Text = None
    customer_lastname: Text = None
    customer_email: Text = None
    customer_phone: Text = None
    customer_note: Text = None
    customer_fullname: Shown = None
    customer_last_appointment: Shown = None
    customer_total_appointment: Shown = None


class CouponEntry(RecordEntry, kw_only=True):
    coupon_title: Text = None
    coupon_code: Text = None
    coupon_discount: Amount = None
    coupon_discount_type: Text = None
    coupon_period_type: Text = None
    coupon_start_date: Text = None
    coupon_end_date: Text = None
    coupon_services: list[int] | str | None = None
    coupon_allowed_uses: Whole = None
    coupon_status: Flag = None
    coupon_total_used: Whole = None


class CouponRecord(CouponEntry, kw_only=True):
    ID: ClassVar[str] = "coupon_id"

    coupon_id: Number = None
    currency_symbol: Shown = None


class PackageServiceEntry(Entry, kw_only=True):
    service_id: int
    bookingpress_no_of_appointments: Whole = None


class PackageEntry(RecordEntry, kw_only=True):
    package_name: Text = None
    package_price: Amount = None
    package_duration_val: Whole = None
    package_duration_unit: Text = None
    package_purchase_limit: Whole = None
    package_description: Text = None
    package_images: list[Any] | None = None
    package_services: list[PackageServiceEntry] | None = None
    package_status: Flag = None
    package_position: Whole = None


class PackageRecord(PackageEntry, kw_only=True):
    ID: ClassVar[str] = "package_id"

    package_id: Number = None
    package_formatted_price: Shown = None
    package_total_retail_price: Shown = None


class PackageBookingEntry(RecordEntry, kw_only=True):
    package_no: Text = None
    package_id: Number = None
    customer_id: Number = None
    purchase_date: Text = None
    expiry_date: Text = None
    paid_amount: Amount = None
    package_services: list[PackageServiceEntry] | None = None


class GiftCardEntry(RecordEntry, kw_only=True):
    gift_card_title: Text = None
    gift_card_amount: Amount = None
    gift_card_value: Amount = None
    gift_card_expiry_type: Text = None
    gift_card_expiration_duration_val: Whole = None
    gift_card_expiration_duration_unit: Text = None
    gift_card_services: list[int] | str | None = None
    gift_card_staffmembers: list[int] | str | None = None
    gift_card_status: Flag = None


class GiftCardRecord(GiftCardEntry, kw_only=True):
    ID: ClassVar[str] = "gift_card_id"

    gift_card_id: Number = None
    gift_card_formatted_value: Shown = None
    total_sold: Shown = None


class SoldGiftCardEntry(RecordEntry, kw_only=True):
    gift_card_code: Text = None
    gift_card_id: Number = None
    customer_id: Number = None
    paid_amount: Amount = None
    gift_card_balance: Amount = None
    expiry_date: Text = None
    gift_card_services: list[int] | str | None = None
    gift_card_staffmembers: list[int] | str | None = None


class ChosenExtraEntry(Entry, kw_only=True):
    id: int
    qty: Whole = None
    quantity: Whole = None
    name: Shown = None
    price: Shown = None
    duration: Shown = None
    duration_unit: Shown = None
    selected: Shown = None
    max_qty: Shown = None


class AmountsEntry(Entry, kw_only=True):
    coupon_discount_amount: Amount = None
    tax_amount: Amount = None
    package_discount_amount: Amount = None
    gift_card_amount: Amount = None
    deposit_amount: Amount = None


class PaymentEntry(Entry, kw_only=True):
    payment_log_id: Number = None
    payment_gateway: Text = None
    payment_status: Whole = None
    paid_amount: Amount = None
    due_amount: Amount = None
    transaction_id: Text = None
    payment_date: Text = None
    invoice_id: Text = None


class AppointmentEntry(RecordEntry, kw_only=True):
    MAX_ID: ClassVar[int] = SHARED_MAX_ID

    booking_id: Text = None
    service_id: Number = None
    staffmember_id: Number = None
    location_id: Number = None
    customer_id: Number = None
    appointment_date: Text = None
    appointment_start_time: Text = None
    appointment_end_date: Text = None
    appointment_end_time: Text = None
    appointment_status: Whole = None
    selected_extra_members: Whole = None
    extras: list[ChosenExtraEntry] | dict[str, Any] | None = None
    total_amount: Amount = None
    coupon_code: Text = None
    appointment_note: Text = None
    created_date: Text = None
    amounts: AmountsEntry | None = None
    form_fields: dict[str, Any] | None = None
    payment: PaymentEntry | None = None
    ledger: LedgerFields | None = None


class AppointmentRecord(AppointmentEntry, kw_only=True):
    ID: ClassVar[str] = "appointment_id"

    appointment_id: Number = None
    payment_id: Number = None
    payment_method: Text = None
    customer_first_name: Text = None
    customer_last_name: Text = None
    customer_email: Text = None
    customer_phone: Text = None
    customer_name: Shown = None
    service_name: Shown = None
    appointment_duration: Shown = None
    appointment_payment: Shown = None
    payment_numberic_amount: Shown = None
    appointment_status_label: Shown = None
    view_appointment_date: Shown = None
    view_appointment_time: Shown = None
    is_past_appointment: Shown = None
    staffmember_name: Shown = None
    coupon_discount_amount: Amount = None
    tax_amount: Amount = None
    package_discount_amount: Amount = None
    gift_card_amount: Amount = None
    deposit_amount: Amount = None
    paid_amount: Amount = None
    due_amount: Amount = None
