"""The bodies of requests, one struct per object, under their snake_case names (README, "Bodies").

``translate.params.canonical`` brings every body into these names first. A field that was not sent is ``UNSET``;
``REQUIRED`` names the fields a POST or PUT must have, ``DEFAULTS`` the values a PUT gives to absent ones.
"""

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from plugins.bookablesites.errors import FieldErrors

Id = Annotated[int, Meta(ge=1, le=2**63 - 1)]
Name = Annotated[str, Meta(min_length=1, max_length=255)]
Line = Annotated[str, Meta(max_length=255)]
Text = Annotated[str, Meta(max_length=20_000)]
Email = Annotated[str, Meta(max_length=255, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+\Z")]
MaybeEmail = Annotated[str, Meta(max_length=255, pattern=r"^(?:[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>.]+)?\Z")]
Persons = Annotated[int, Meta(ge=1, le=100_000)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]
Seconds = Annotated[int, Meta(ge=0, le=366 * 86_400)]
Color = Annotated[str, Meta(pattern=r"^#[0-9a-fA-F]{6}\Z")]
CustomFields = dict[str, Any]


class Body(Struct, kw_only=True, frozen=True):
    """The base of bodies whose fields may be left out."""

    REQUIRED: ClassVar[tuple[str, ...]] = ()
    DEFAULTS: ClassVar[dict[str, Any]] = {}
    #: Other accepted names of fields, beside those that all bodies share.
    ALIASES: ClassVar[dict[str, str]] = {}
    #: A list whose entries may also be plain ids.
    ID_LIST: ClassVar[str] = ""

    def sent_fields(self) -> dict[str, Any]:
        """The fields that were sent."""
        return {name: value for name in self.__struct_fields__ if (value := getattr(self, name)) is not UNSET}

    def complete_fields(self) -> dict[str, Any]:
        """The fields that were sent, and the defaults of the others.

        Raises:
            FieldErrors: Required fields are missing.
        """
        fields = self.sent_fields()
        missing = [name for name in self.REQUIRED if fields.get(name) in (None, "")]
        if missing:
            raise FieldErrors.missing(missing)
        return {**self.DEFAULTS, **fields}


def _nulls(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


class CustomerBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("first_name", "last_name")
    DEFAULTS = _nulls("email phone phone_country_code gender birthday description") | {"custom_fields": {}}

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    email: MaybeEmail | UnsetType | None = UNSET
    phone: Line | UnsetType | None = UNSET
    phone_country_code: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")] | UnsetType | None = UNSET
    gender: Literal["male", "female", "other"] | UnsetType | None = UNSET
    birthday: str | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    custom_fields: CustomFields | UnsetType = UNSET


class LocationBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("name",)
    DEFAULTS = {
        **_nulls("phone phone_country_code description latitude longitude timezone"),
        "address": "",
        "is_default": False,
    }

    name: Name | UnsetType = UNSET
    address: Text | UnsetType | None = UNSET
    phone: Line | UnsetType | None = UNSET
    phone_country_code: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")] | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    latitude: Annotated[float, Meta(ge=-90, le=90)] | UnsetType | None = UNSET
    longitude: Annotated[float, Meta(ge=-180, le=180)] | UnsetType | None = UNSET
    timezone: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    is_default: bool | UnsetType = UNSET


class PeriodBody(Struct, kw_only=True, frozen=True):
    start: str
    end: str
    services: list[Id] = []
    locations: list[Id] = []


class WeekdayBody(Struct, kw_only=True, frozen=True):
    weekday: Annotated[int, Meta(ge=1, le=7)]
    periods: Annotated[list[PeriodBody], Meta(max_length=96)] = []


class WeekBody(Body, kw_only=True, frozen=True):
    """A week; inside an employee it is called ``working_hours``."""

    ALIASES = {"working_hours": "data"}

    data: Annotated[list[WeekdayBody], Meta(max_length=7)]


class SpecialDayBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("start_date",)

    id: Id | UnsetType = UNSET
    start_date: str | UnsetType = UNSET
    end_date: str | UnsetType = UNSET
    periods: Annotated[list[PeriodBody], Meta(max_length=96)] | UnsetType = UNSET


class DayOffBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("start_date",)

    id: Id | UnsetType = UNSET
    name: Line | UnsetType | None = UNSET
    start_date: str | UnsetType = UNSET
    end_date: str | UnsetType = UNSET
    repeat_yearly: bool | UnsetType = UNSET


class EmployeeServiceBody(Struct, kw_only=True, frozen=True):
    """One end of the link between an employee and a service; null means the service's own value."""

    id: Id
    price: Decimal | None = None
    min_capacity: Annotated[int, Meta(ge=1, le=100_000)] | None = None
    max_capacity: Annotated[int, Meta(ge=1, le=100_000)] | None = None


class EmployeeBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("first_name", "last_name", "email")
    ID_LIST = "services"
    DEFAULTS = {
        **_nulls("phone phone_country_code timezone description badge location"),
        "services": [],
        "status": "active",
    }

    first_name: Name | UnsetType = UNSET
    last_name: Name | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Line | UnsetType | None = UNSET
    phone_country_code: Annotated[str, Meta(pattern=r"^[A-Za-z]{2}\Z")] | UnsetType | None = UNSET
    timezone: Annotated[str, Meta(max_length=64)] | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    badge: Literal["best_value", "most_popular", "premium"] | UnsetType | None = UNSET
    location: Id | UnsetType | None = UNSET
    services: list[EmployeeServiceBody] | UnsetType = UNSET
    status: Literal["active", "hidden"] | UnsetType = UNSET
    working_hours: Annotated[list[WeekdayBody], Meta(max_length=7)] | UnsetType = UNSET
    special_days: Annotated[list[SpecialDayBody], Meta(max_length=1000)] | UnsetType = UNSET
    days_off: Annotated[list[DayOffBody], Meta(max_length=1000)] | UnsetType = UNSET


class ExtraBody(Struct, kw_only=True, frozen=True):
    name: Name
    id: Id | UnsetType = UNSET
    price: Decimal = Decimal(0)
    duration: Seconds = 0
    max_quantity: Count | None = None


class TaxBody(Struct, kw_only=True, frozen=True):
    value: Decimal
    name: Line = ""
    type: Literal["percentage", "fixed"] = "percentage"


class ServiceBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("name", "duration")
    ID_LIST = "employees"
    DEFAULTS = {
        "price": Decimal(0),
        "buffer_time_before": 0,
        "buffer_time_after": 0,
        "category": None,
        "description": "",
        "color": "#1a84ee",
        "min_capacity": 1,
        "max_capacity": 1,
        "allow_below_min_capacity": False,
        "allow_multiple_persons": False,
        "employees": [],
        "locations": [],
        "extras": [],
        "taxes": [],
        "status": "visible",
    }

    name: Name | UnsetType = UNSET
    duration: Annotated[int, Meta(ge=60, le=366 * 86_400)] | UnsetType = UNSET
    price: Decimal | UnsetType = UNSET
    buffer_time_before: Annotated[int, Meta(ge=0, le=7 * 86_400)] | UnsetType = UNSET
    buffer_time_after: Annotated[int, Meta(ge=0, le=7 * 86_400)] | UnsetType = UNSET
    category: Id | Name | UnsetType | None = UNSET
    description: Text | UnsetType | None = UNSET
    slug: Line | UnsetType | None = UNSET
    color: Color | UnsetType = UNSET
    min_capacity: Persons | UnsetType = UNSET
    max_capacity: Persons | UnsetType = UNSET
    allow_below_min_capacity: bool | UnsetType = UNSET
    allow_multiple_persons: bool | UnsetType = UNSET
    employees: list[EmployeeServiceBody] | UnsetType = UNSET
    locations: list[Id] | UnsetType = UNSET
    extras: Annotated[list[ExtraBody], Meta(max_length=200)] | UnsetType = UNSET
    taxes: Annotated[list[TaxBody], Meta(max_length=20)] | UnsetType = UNSET
    status: Literal["visible", "hidden"] | UnsetType = UNSET


class CouponBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("code", "discount_value")
    DEFAULTS = {
        **_nulls("expiration_date usage_limit limit_per_user booking_limit_amount"),
        "discount_type": "percentage",
        "services": [],
    }

    code: Annotated[str, Meta(min_length=1, max_length=100)] | UnsetType = UNSET
    discount_type: Literal["percentage", "fixed"] | UnsetType = UNSET
    discount_value: Decimal | UnsetType = UNSET
    expiration_date: str | UnsetType | None = UNSET
    usage_limit: Count | UnsetType | None = UNSET
    limit_per_user: Count | UnsetType | None = UNSET
    booking_limit_amount: Count | UnsetType | None = UNSET
    services: list[Id] | UnsetType = UNSET


class ChosenExtra(Struct, kw_only=True, frozen=True):
    id: Id
    quantity: Annotated[int, Meta(ge=1, le=1000)] = 1


class PartyBody(Body, kw_only=True, frozen=True):
    """One customer's place in an appointment; ``persons`` is ``additional_persons`` + 1."""

    customer: Id | CustomerBody | UnsetType = UNSET
    persons: Persons | UnsetType = UNSET
    additional_persons: Count | UnsetType = UNSET
    extras: Annotated[list[ChosenExtra], Meta(max_length=100)] | UnsetType = UNSET
    coupon_code: Line | UnsetType | None = UNSET
    custom_fields: CustomFields | UnsetType = UNSET
    status: int | str | UnsetType = UNSET


class ItemBody(PartyBody, kw_only=True, frozen=True):
    """A party and the service and time it asks for."""

    service: Id | UnsetType = UNSET
    employee: Id | UnsetType | None = UNSET
    location: Id | UnsetType | None = UNSET
    date: str | UnsetType = UNSET
    time: str | UnsetType = UNSET
    start_date_time: str | UnsetType = UNSET
    end_date_time: str | UnsetType = UNSET
    note: Text | UnsetType | None = UNSET
    notify_participants: bool | UnsetType = UNSET
    force: bool | UnsetType = UNSET


class AppointmentBody(ItemBody, kw_only=True, frozen=True):
    """``POST /appointments``: one party, or several in ``bookings``."""

    bookings: Annotated[list[PartyBody], Meta(min_length=1, max_length=100)] | UnsetType = UNSET


class BookingBody(ItemBody, kw_only=True, frozen=True):
    """``POST /bookings``: one item, or up to twenty in ``bookings``."""

    bookings: Annotated[list[ItemBody], Meta(min_length=1, max_length=20)] | UnsetType = UNSET


class AppointmentChange(Body, kw_only=True, frozen=True):
    date: str | UnsetType = UNSET
    time: str | UnsetType = UNSET
    start_date_time: str | UnsetType = UNSET
    employee: Id | UnsetType | None = UNSET
    location: Id | UnsetType | None = UNSET
    status: int | str | UnsetType = UNSET
    note: Text | UnsetType | None = UNSET
    notify_participants: bool | UnsetType = UNSET
    force: bool | UnsetType = UNSET


class BookingChange(Body, kw_only=True, frozen=True):
    persons: Persons | UnsetType = UNSET
    additional_persons: Count | UnsetType = UNSET
    extras: Annotated[list[ChosenExtra], Meta(max_length=100)] | UnsetType = UNSET
    custom_fields: CustomFields | UnsetType = UNSET
    status: int | str | UnsetType = UNSET
    force: bool | UnsetType = UNSET


class CancelBody(Body, kw_only=True, frozen=True):
    reason: Text | UnsetType | None = UNSET
    notify_participants: bool | UnsetType = UNSET
    force: bool | UnsetType = UNSET


class ValidateCouponBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("code", "service")

    code: Annotated[str, Meta(max_length=255)] | UnsetType = UNSET
    service: Id | UnsetType = UNSET
    employee: Id | UnsetType | None = UNSET
    customer: Id | UnsetType | None = UNSET
    persons: Persons | UnsetType = UNSET
    additional_persons: Count | UnsetType = UNSET
    extras: Annotated[list[ChosenExtra], Meta(max_length=100)] | UnsetType = UNSET


class WebhookBody(Body, kw_only=True, frozen=True):
    REQUIRED = ("name", "event", "url")
    DEFAULTS = {"status": "active"}

    name: Name | UnsetType = UNSET
    event: Annotated[str, Meta(max_length=64)] | UnsetType = UNSET
    url: Annotated[str, Meta(max_length=2000)] | UnsetType = UNSET
    token: Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+\Z")] | UnsetType | None = UNSET
    status: Literal["active", "paused"] | UnsetType = UNSET
    rotate_token: bool | UnsetType = UNSET


class TokenBody(Body, kw_only=True, frozen=True):
    """``POST /auth/token``; ``clientId`` and ``clientSecret`` are v1's spelling."""

    grant_type: Annotated[str, Meta(examples=["client_credentials"])] | UnsetType | None = UNSET
    client_id: Annotated[str, Meta(examples=["YOUR_CLIENT_ID"])] | UnsetType | None = UNSET
    client_secret: Annotated[str, Meta(examples=["YOUR_CLIENT_SECRET"])] | UnsetType | None = UNSET
