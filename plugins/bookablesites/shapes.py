"""The entries of an import document: the bodies of the API, and what its answers have beside them."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from core.ledger_fields import LedgerFields
from plugins.bookablesites.schemas import (
    ChosenExtra,
    CouponBody,
    CustomerBody,
    EmployeeBody,
    EmployeeServiceBody,
    ExtraBody,
    Id,
    Line,
    LocationBody,
    MaybeEmail,
    Persons,
    ServiceBody,
    Text,
)

#: What stands under an ``id`` of an entry, or the ``key`` it gives itself.
Reference = int | str | dict[str, Any] | None
LooseName = Line | UnsetType | None
Shown = Any


class LocationDoc(LocationBody, kw_only=True, frozen=True):
    id: Id | UnsetType | None = UNSET
    key: str | int | UnsetType = UNSET
    is_virtual: bool | UnsetType = UNSET
    status: Literal["trashed"] | UnsetType = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class CustomerDoc(CustomerBody, kw_only=True, frozen=True):
    REQUIRED = ()

    id: Id | UnsetType | None = UNSET
    key: str | int | UnsetType = UNSET
    first_name: LooseName = UNSET
    last_name: LooseName = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class OfferedDoc(EmployeeServiceBody, kw_only=True, frozen=True):
    key: str | int | None = None
    name: Shown = None


class EmployeeDoc(EmployeeBody, kw_only=True, frozen=True):
    """``services`` are set from the services' side."""

    REQUIRED = ("first_name",)

    id: Id | UnsetType | None = UNSET
    key: str | int | UnsetType = UNSET
    last_name: LooseName = UNSET
    #: Empty where another dialect asks for none.
    email: MaybeEmail | UnsetType | None = UNSET
    services: list[OfferedDoc] | UnsetType = UNSET
    status: Literal["active", "hidden", "trashed"] | UnsetType = UNSET
    created_at: str | UnsetType | None = UNSET
    updated_at: str | UnsetType | None = UNSET


class ExtraDoc(ExtraBody, kw_only=True, frozen=True):
    """Numbered in four bytes; without ``id`` it gets the next one."""

    id: Annotated[int, Meta(ge=1, lt=2**31)] | UnsetType | None = UNSET


class ServiceDoc(ServiceBody, kw_only=True, frozen=True):
    id: Id | UnsetType | None = UNSET
    key: str | int | UnsetType = UNSET
    employees: list[OfferedDoc] | UnsetType = UNSET
    extras: Annotated[list[ExtraDoc], Meta(max_length=200)] | UnsetType = UNSET
    status: Literal["visible", "hidden", "trashed"] | UnsetType = UNSET
    min_employee_price: Shown = UNSET
    max_employee_price: Shown = UNSET


class CouponDoc(CouponBody, kw_only=True, frozen=True):
    id: Id | UnsetType | None = UNSET
    key: str | int | UnsetType = UNSET
    used: int | UnsetType = UNSET
    status: Shown = UNSET


class PriceDoc(Struct, kw_only=True, frozen=True):
    unit: Decimal = Decimal(0)
    subtotal: Decimal = Decimal(0)
    discount: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)
    total: Decimal = Decimal(0)
    currency: str = ""


class ChosenDoc(ChosenExtra, kw_only=True, frozen=True):
    name: Shown = None
    price: Shown = None
    duration: Shown = None


class PartyDoc(Struct, kw_only=True, frozen=True):
    """One customer's booking in an appointment."""

    id: Id | None = None
    appointment: Shown = None
    customer: Reference = None
    persons: Persons = 1
    additional_persons: int | None = None
    status: str | int | None = None
    extras: list[ChosenDoc] | None = None
    coupon_code: Line | None = None
    group_id: Annotated[str, Meta(max_length=40)] | None = None
    custom_fields: dict[str, Any] | None = None
    price: PriceDoc | None = None
    created_at: str | None = None
    ledger: LedgerFields | None = None


class AppointmentDoc(Struct, kw_only=True, frozen=True):
    id: Id | None = None
    key: str | int | None = None
    service: Reference = None
    employee: Reference = None
    employees: list[dict[str, Any]] | None = None
    location: Reference = None
    start_date_time: str
    end_date_time: str | None = None
    note: Text | None = None
    bookings: list[PartyDoc] | None = None
    status: Shown = None
    created_at: Shown = None
    capacity: Shown = None
    group_ids: Shown = None
