"""The entries of the import document: the bodies of the API, what its records have beside them, and ids.

An entry with an ``id`` may hold names, addresses and phone numbers that the API refuses: other dialects store such.
"""

# Entries accept more than the bodies that they extend.
# mypy: disable-error-code="assignment"

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from frontdesk.importing import LedgerFields
from plugins.bookablesites.schemas import (
    ChosenExtra,
    CouponBody,
    CustomerBody,
    EmployeeBody,
    EmployeeServiceBody,
    ExtraBody,
    Line,
    LocationBody,
    Persons,
    ServiceBody,
    Text,
)

#: An id, ``{"id": ...}``, or the ``key`` of another entry, also as ``{"key": ...}``.
Reference = int | str | dict[str, Any] | None
Key = str | int | UnsetType
SharedId = Annotated[int, Meta(ge=1, le=2**53)] | UnsetType | None
#: Ids of customers, locations, coupons and extras have four bytes.
SmallId = Annotated[int, Meta(ge=1, lt=2**31)] | UnsetType | None
AnyLine = Line | UnsetType | None
AnyPhone = Annotated[str, Meta(max_length=63)] | UnsetType | None
AnyText = str | UnsetType | None
AnyCount = Annotated[int, Meta(ge=0, lt=2**31)] | UnsetType | None
#: The API shows it; an import does not read it.
Shown = Any


class LocationEntry(LocationBody, kw_only=True, frozen=True):
    id: SmallId = UNSET
    key: Key = UNSET
    address: AnyText = UNSET
    phone: AnyPhone = UNSET
    description: AnyText = UNSET
    is_virtual: bool | UnsetType = UNSET
    status: Literal["trashed"] | UnsetType = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class CustomerEntry(CustomerBody, kw_only=True, frozen=True):
    id: SmallId = UNSET
    key: Key = UNSET
    first_name: AnyLine = UNSET
    last_name: AnyLine = UNSET
    email: AnyLine = UNSET
    phone: AnyPhone = UNSET
    description: AnyText = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class OfferedServiceEntry(EmployeeServiceBody, kw_only=True, frozen=True):
    """A service as an employee's record shows it."""

    name: Shown = None


class EmployeeEntry(EmployeeBody, kw_only=True, frozen=True):
    """``services`` are not read: services name their employees."""

    id: SharedId = UNSET
    key: Key = UNSET
    first_name: AnyLine = UNSET
    last_name: AnyLine = UNSET
    email: AnyLine = UNSET
    phone: AnyPhone = UNSET
    description: AnyText = UNSET
    location: Reference | UnsetType = UNSET
    services: list[OfferedServiceEntry] | UnsetType = UNSET
    status: Literal["active", "hidden", "trashed"] | UnsetType = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class ServiceEmployeeEntry(EmployeeServiceBody, kw_only=True, frozen=True):
    """An employee of a service, by ``id`` or ``key``."""

    id: Reference = None
    key: str | int | None = None
    name: Shown = None


class ExtraEntry(ExtraBody, kw_only=True, frozen=True):
    """Without an ``id`` it gets the next one."""

    id: SmallId = UNSET


class ServiceEntry(ServiceBody, kw_only=True, frozen=True):
    id: SharedId = UNSET
    key: Key = UNSET
    employees: list[ServiceEmployeeEntry | int | str] | UnsetType | None = UNSET
    locations: list[Reference] | UnsetType | None = UNSET
    extras: Annotated[list[ExtraEntry], Meta(max_length=200)] | UnsetType = UNSET
    status: Literal["visible", "hidden", "trashed"] | UnsetType = UNSET
    #: Only the API's records have it.
    min_employee_price: Shown = UNSET
    max_employee_price: Shown = UNSET


class CouponEntry(CouponBody, kw_only=True, frozen=True):
    id: SmallId = UNSET
    key: Key = UNSET
    code: Annotated[str, Meta(min_length=1, max_length=255)] | UnsetType = UNSET
    usage_limit: AnyCount = UNSET
    limit_per_user: AnyCount = UNSET
    booking_limit_amount: AnyCount = UNSET
    services: list[Reference] | UnsetType | None = UNSET
    used: Annotated[int, Meta(ge=0, le=10**9)] | UnsetType = UNSET
    status: Shown = UNSET


class PriceEntry(Struct, kw_only=True, frozen=True):
    """The price that a booking was made at."""

    unit: Decimal = Decimal(0)
    subtotal: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    currency: str = ""


class ChosenExtraEntry(ChosenExtra, kw_only=True, frozen=True):
    name: Shown = None
    price: Shown = None
    duration: Shown = None


class BookingEntry(Struct, kw_only=True):
    """One customer's booking in an appointment."""

    id: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    appointment: Shown = None
    customer: Reference = None
    persons: Persons = 1
    additional_persons: int | None = None
    status: str | int | None = None
    extras: list[ChosenExtraEntry] | None = None
    coupon_code: Line | None = None
    group_id: Annotated[str, Meta(max_length=40)] | None = None
    custom_fields: dict[str, Any] | None = None
    price: PriceEntry | None = None
    created_at: str | None = None
    ledger: LedgerFields | None = None


class AppointmentEntry(Struct, kw_only=True):
    id: Annotated[int, Meta(ge=1, le=2**53)] | None = None
    key: str | int | None = None
    service: Reference = None
    employee: Reference | UnsetType = UNSET
    #: Records of the API have a list.
    employees: list[dict[str, Any]] | None = None
    location: Reference = None
    start_date_time: str
    end_date_time: str | None = None
    note: Text | None = None
    bookings: list[BookingEntry] | None = None
    status: Shown = None
    created_at: Shown = None
    #: Only the API's records have it.
    capacity: Shown = UNSET
    group_ids: Shown = None
