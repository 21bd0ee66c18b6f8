"""The entries of an import document, typed: the write parameters, and what answers of the API have beside them.

Over HTTP a word where a number belongs counts as 0, as in PHP. In a document it is refused: a capacity that nobody can
read would be sold as another one.
"""

from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta

from core.documents import Entry, Scalar
from core.ledger_fields import LedgerFields
from plugins.bookingpress.translate.catalog import SHOWN

#: What a column of four bytes holds; ids of services, staff and appointments have eight.
Whole = Annotated[int, Meta(ge=-(2**31), lt=2**31)] | None
Number = Annotated[int, Meta(ge=0, lt=2**53)] | None
Amount = Decimal | None
Text = str | int | float | None
Flag = bool | int | str | None
#: Only shown by answers, never read.
Shown = Any


class Pause(Entry, kw_only=True):
    start_time: Text = None
    end_time: Text = None


class Hours(Entry, kw_only=True):
    day: str
    start_time: Text = None
    end_time: Text = None
    breaks: list[Pause] | None = None


class DayOff(Entry, kw_only=True):
    name: Text = None
    start_date: str
    end_date: Text = None
    repeat: Flag = None


class SpecialDay(Entry, kw_only=True):
    start_date: str
    end_date: Text = None
    start_time: Text = None
    end_time: Text = None
    breaks: list[Pause] | None = None
    services: list[int] | str | None = None


class Category(Entry, kw_only=True):
    id: Number = None
    service_category_name: Text = None
    category_position: Whole = None
    category_id: Number = None
    category_name: Text = None
    total_services: Shown = None


class Extra(Entry, kw_only=True):
    """Without ``id`` it gets the next one."""

    id: Whole = None
    name: Text = None
    price: Amount = None
    duration: Whole = None
    duration_unit: str | None = None
    max_qty: Whole = None


class Service(Entry, kw_only=True):
    id: Number = None
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
    extra_services: list[Extra] | None = None
    service_position: Whole = None
    workhours: list[Hours] | None = None
    daysoff: list[DayOff] | None = None
    special_days: list[SpecialDay] | None = None
    service_id: Number = None
    category_id: Number = None
    category_name: Shown = None
    service_formatted_price: Shown = None
    assigned_staffmembers: list[int] | None = None


class Assigned(Entry, kw_only=True):
    assign_service_id: int
    assign_service_price: Amount = None
    assign_service_capacity: Whole = None
    assign_service_min_capacity: Whole = None
    assign_service_name: Shown = None


class Member(Entry, kw_only=True):
    id: Number = None
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
    assigned_service_list: list[Assigned] | None = None
    workhours: list[Hours] | None = None
    daysoff: list[DayOff] | None = None
    special_days: list[SpecialDay] | None = None
    staffmember_position: Whole = None
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


class MemberPlace(Entry, kw_only=True):
    staffmember_id: int
    staff_location_qty: Whole = None
    staff_location_min_qty: Whole = None
    price: Scalar = None


class ServicePlace(Entry, kw_only=True):
    service_id: int
    service_qty: Whole = None
    service_min_qty: Whole = None
    price: Scalar = None
    staffmembers: list[MemberPlace] | None = None


class Location(Entry, kw_only=True):
    id: Number = None
    location_name: Text = None
    location_phone_country: Text = None
    location_phone_number: Text = None
    location_address: Text = None
    location_description: Text = None
    location_img_name: Text = None
    location_img_url: Text = None
    location_position: Whole = None
    services: list[ServicePlace] | None = None
    workhours: list[Hours] | None = None
    special_days: list[SpecialDay] | None = None
    location_id: Number = None
    service_ids: Shown = None
    staffmember_ids: Shown = None


class Customer(Entry, kw_only=True):
    id: Number = None
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


class Coupon(Entry, kw_only=True):
    id: Number = None
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
    coupon_id: Number = None
    currency_symbol: Shown = None


class Included(Entry, kw_only=True):
    service_id: int
    bookingpress_no_of_appointments: Whole = None


class Package(Entry, kw_only=True):
    id: Number = None
    package_name: Text = None
    package_price: Amount = None
    package_duration_val: Whole = None
    package_duration_unit: Text = None
    package_purchase_limit: Whole = None
    package_description: Text = None
    package_images: list[Any] | None = None
    package_services: list[Included] | None = None
    package_status: Flag = None
    package_position: Whole = None
    package_id: Number = None
    package_formatted_price: Shown = None
    package_total_retail_price: Shown = None


class Purchase(Entry, kw_only=True):
    id: Number = None
    package_no: Text = None
    package_id: Number = None
    customer_id: Number = None
    purchase_date: Text = None
    expiry_date: Text = None
    paid_amount: Amount = None
    package_services: list[Included] | None = None


class GiftCard(Entry, kw_only=True):
    id: Number = None
    gift_card_title: Text = None
    gift_card_amount: Amount = None
    gift_card_value: Amount = None
    gift_card_expiry_type: Text = None
    gift_card_expiration_duration_val: Whole = None
    gift_card_expiration_duration_unit: Text = None
    gift_card_services: list[int] | str | None = None
    gift_card_staffmembers: list[int] | str | None = None
    gift_card_status: Flag = None
    gift_card_id: Number = None
    gift_card_formatted_value: Shown = None
    total_sold: Shown = None


class SoldCard(Entry, kw_only=True):
    id: Number = None
    gift_card_code: Text = None
    gift_card_id: Number = None
    customer_id: Number = None
    paid_amount: Amount = None
    gift_card_balance: Amount = None
    expiry_date: Text = None
    gift_card_services: list[int] | str | None = None
    gift_card_staffmembers: list[int] | str | None = None


class ChosenExtra(Entry, kw_only=True):
    id: int
    qty: Whole = None
    quantity: Whole = None
    name: Shown = None
    price: Shown = None
    duration: Shown = None
    duration_unit: Shown = None
    selected: Shown = None
    max_qty: Shown = None


class Amounts(Entry, kw_only=True):
    coupon_discount_amount: Amount = None
    tax_amount: Amount = None
    package_discount_amount: Amount = None
    gift_card_amount: Amount = None
    deposit_amount: Amount = None


class Payment(Entry, kw_only=True):
    payment_log_id: Number = None
    payment_gateway: Text = None
    payment_status: Whole = None
    paid_amount: Amount = None
    due_amount: Amount = None
    transaction_id: Text = None
    payment_date: Text = None
    invoice_id: Text = None


class Appointment(Entry, kw_only=True):
    id: Number = None
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
    extras: list[ChosenExtra] | dict[str, Any] | None = None
    total_amount: Amount = None
    coupon_code: Text = None
    appointment_note: Text = None
    created_date: Text = None
    amounts: Amounts | None = None
    form_fields: dict[str, Any] | None = None
    payment: Payment | None = None
    ledger: LedgerFields | None = None
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


ENTRIES: dict[str, type[Entry]] = {
    "categories": Category,
    "services": Service,
    "staffmembers": Member,
    "locations": Location,
    "customers": Customer,
    "coupons": Coupon,
    "packages": Package,
    "package_bookings": Purchase,
    "gift_cards": GiftCard,
    "sold_gift_cards": SoldCard,
    "appointments": Appointment,
}
#: What holds for the whole site.
SITE: dict[str, Any] = {"settings": dict[str, Any], "workhours": list[Hours] | None, "daysoff": list[DayOff] | None}

#: How answers of the API name what an entry says: by the key that only an answer has, which holds the id.
ANSWERS: dict[str, tuple[str, dict[str, str]]] = {
    "categories": ("category_id", SHOWN["categories"]),
    "services": ("service_id", SHOWN["services"]),
    "staffmembers": ("staffmember_id", SHOWN["staffmembers"]),
    "locations": ("location_id", {}),
    "customers": ("customer_id", {**SHOWN["customers"], "wpuser_id": "wp_user"}),
    "coupons": ("coupon_id", {}),
    "packages": ("package_id", {}),
    "gift_cards": ("gift_card_id", {}),
    "appointments": ("appointment_id", {}),
}


def from_answer(section: str, entry: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """An entry under the names of the write parameters, and whether it was an answer of the API."""
    marker, names = ANSWERS.get(section, ("", {}))
    if not marker or marker not in entry:
        return entry, False
    # An answer's own ``id`` is its place in the list.
    fields = {names.get(name, name): value for name, value in entry.items() if name not in ("id", marker)}
    fields["id"] = entry[marker]
    if section == "services":
        fields.pop("assigned_staffmembers", None)
        if fields.get("max_capacity") == 0:
            # Shown of a service whose places depend on the date: one at a time until somebody says more.
            fields["max_capacity"] = 1
    if (
        section == "coupons"
        and fields.get("coupon_period_type") == "date_range"
        and not fields.get("coupon_start_date")
    ):
        # Other dialects give coupons an end alone.
        fields["coupon_start_date"] = "1970-01-01"
    if section == "appointments":
        fields |= _payment(entry)
    return fields, True


def _payment(entry: dict[str, Any]) -> dict[str, Any]:
    """The parts of an appointment that an entry of a document keeps together."""
    amounts = {name: entry[name] for name in Amounts.__struct_fields__ if entry.get(name) is not None}
    parts: dict[str, Any] = {"amounts": amounts}
    if entry.get("payment_id"):
        total, paid = Decimal(str(entry.get("total_amount") or 0)), Decimal(str(entry.get("paid_amount") or 0))
        parts["payment"] = {
            "payment_log_id": entry["payment_id"],
            "payment_gateway": entry.get("payment_method") or "",
            "payment_status": 1 if paid >= total else 4 if paid else 2,
            "paid_amount": entry.get("paid_amount"),
            "due_amount": entry.get("due_amount"),
        }
    return parts
