"""Categories, services, staff members, locations and customers: the core's records in the vendor's words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from core.domain.records import Category, Customer, Extra, Location, Resource, Service, ServiceResource
from plugins.bookingpress import schemas
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.prices import to_price_text
from plugins.bookingpress.translate.schedule import DEFAULTS, derived_hours, derived_settings
from plugins.bookingpress.translate.values import NAME, length_of, minutes_of, number, stamp

#: A record's words where a write has others, by the path of its kind; so what was read can be sent back.
SHOWN: dict[str, dict[str, str]] = {
    "categories": {"category_name": "service_category_name"},
    "services": {"category_id": "service_category"},
    "staffmembers": {
        **{
            f"staffmember_{name}": name
            for name in ("firstname", "lastname", "email", "phone", "note", "status", "visibility")
        },
        "staffmember_country_phone": "staff_member_phone_country",
        "staffmember_country_dial_code": "staff_member_dial_code",
        "staffmember_avatar": "avatar_url",
    },
    "customers": {
        **{f"customer_{name}": name for name in ("firstname", "lastname", "email", "phone", "note", "username")},
        "customer_avatar": "avatar_url",
    },
}


def own(record: Any) -> dict[str, Any]:
    """What this dialect keeps with a record."""
    return record.extras.get(NAME) or {}


def is_own(record: Any) -> bool:
    """Whether the record's plan is compiled from this dialect's settings."""
    return record.origin == NAME


def with_own(record: Any, **values: Any) -> dict[str, Any]:
    """The record's ``extras`` with new values under this dialect's name; the others' stay."""
    return {**record.extras, NAME: {**own(record), **values}}


def money_text(amount: Decimal, settings: SiteSettings, symbol: str) -> str:
    """An amount as the site shows it."""
    return _money_text(
        amount,
        symbol,
        settings.price_symbol_position,
        settings.price_separator,
        settings.price_number_of_decimals,
        settings.custom_comma_separator + settings.custom_dot_separator,
    )


# A shop has few prices and shows them again and again.
@lru_cache(maxsize=4096)
def _money_text(amount: Decimal, symbol: str, position: str, separator: str, decimals: int, custom: str) -> str:
    return to_price_text(
        Decimal(amount),
        symbol=symbol,
        position=position,
        separator=separator,
        decimals=decimals,
        custom=custom,
    )


def to_category(category: Category, index: int, services: int) -> schemas.Category:
    return schemas.Category(
        id=index,
        category_id=category.id,
        category_name=category.name,
        total_services=services,
        category_position=category.position,
    )


def service_settings(service: Service, links: Sequence[ServiceResource] = ()) -> dict[str, Any]:
    """The vendor's settings of any service: its own, or derived from its plan."""
    if is_own(service):
        return {**DEFAULTS, **own(service)}
    counts = [link.capacity for link in links if link.capacity is not None]
    derived = derived_settings(service, staff_capacity=max(counts) if counts else None)
    kept = {
        name: value
        for name, value in own(service).items()
        if name in ("deposit_type", "deposit_amount", "service_image", "service_image_name")
    }
    return {**derived, **kept}


def to_service(
    service: Service,
    index: int,
    *,
    links: Sequence[ServiceResource],
    extras: Sequence[Extra],
    category: tuple[int, str],
    settings: SiteSettings,
    symbol: str,
) -> schemas.Service:
    """A service as the vendor lists it; ``category`` is id and name, 0 and "" for none."""
    given = service_settings(service, links)
    return schemas.Service(
        id=index,
        service_id=service.id,
        service_name=service.name,
        service_price=number(service.price),
        service_formatted_price=money_text(service.price, settings, symbol),
        service_duration_val=given["service_duration_val"],
        service_duration_unit=given["service_duration_unit"],
        category_id=category[0],
        category_name=category[1],
        service_description=service.description,
        service_position=service.position,
        service_image=given["service_image"],
        service_image_name=given["service_image_name"],
        max_capacity=given["max_capacity"],
        min_capacity=given["min_capacity"],
        before_buffer_time=given["before_buffer_time"],
        before_buffer_time_unit=given["before_buffer_time_unit"],
        after_buffer_time=given["after_buffer_time"],
        after_buffer_time_unit=given["after_buffer_time_unit"],
        show_service_on_site=service.status == "publish",
        minimum_time_required_before_booking=str(given["minimum_time_required_before_booking"]),
        minimum_time_required_before_rescheduling=str(given["minimum_time_required_before_rescheduling"]),
        minimum_time_required_before_cancelling=str(given["minimum_time_required_before_cancelling"]),
        service_start_date=given["service_start_date"],
        service_expiration_date=given["service_expiration_date"],
        deposit_type=given["deposit_type"],
        deposit_amount=number(Decimal(given["deposit_amount"])),
        extra_services=[to_extra(extra) for extra in extras],
        assigned_staffmembers=[link.resource_id for link in links],
    )


def to_extra(extra: Extra) -> dict[str, Any]:
    amount, unit = length_of(extra.minutes, False)
    kept = own(extra)
    if kept and minutes_of(kept["duration"], kept["duration_unit"]) == extra.minutes:
        amount, unit = kept["duration"], kept["duration_unit"]
    return {
        "id": extra.id,
        "name": extra.name,
        "price": number(extra.price),
        "duration": amount,
        "duration_unit": unit,
        "max_qty": extra.max_quantity,
    }


def staff_settings(member: Resource) -> dict[str, Any]:
    """The vendor's settings of any resource."""
    kept = own(member)
    if kept:
        return kept
    return {
        "status": 0 if member.status == "trashed" else 1,
        "visibility": "private" if member.status == "hidden" else "public",
        "workhours": derived_hours(member.rules) or None,
        "daysoff": [],
        "special_days": [],
    }


def to_staff_member(
    member: Resource,
    *,
    links: Sequence[ServiceResource],
    services: Mapping[int, Service],
    single: bool,
) -> schemas.StaffMember:
    """A resource of any kind as a staff member; an asset's name is its first name."""
    kept = staff_settings(member)
    named = bool(member.first_name or member.last_name)
    full = f"{member.first_name} {member.last_name}".strip() if named else member.name
    return schemas.StaffMember(
        staffmember_id=member.id,
        staffmember_firstname=member.first_name if named else member.name,
        staffmember_lastname=member.last_name,
        staffmember_fullname=full,
        staffmember_email=member.email,
        staffmember_phone=member.phone,
        staffmember_country_phone=kept.get("country_phone", ""),
        staffmember_country_dial_code=kept.get("dial_code", ""),
        staffmember_status=kept.get("status", 1),
        staffmember_visibility=kept.get("visibility", "public"),
        staffmember_note=member.description,
        staffmember_position=member.position,
        staffmember_avatar=kept.get("avatar_url", ""),
        total_services=len(links),
        assigned_service_list=[to_assignment(link, member, services[link.service_id]) for link in links],
        workhours=(kept.get("workhours") or []) if single else None,
        daysoff=(kept.get("daysoff") or []) if single else None,
        special_days=(kept.get("special_days") or []) if single else None,
    )


def to_assignment(link: ServiceResource, member: Resource, service: Service) -> dict[str, Any]:
    """A staff member's terms for one service."""
    capacity = link.capacity if link.capacity is not None else member.capacity
    return {
        "assign_service_id": link.service_id,
        "assign_service_name": service.name,
        "assign_service_price": number(service.price if link.price is None else link.price),
        "assign_service_capacity": 1 if capacity is None else capacity,
        "assign_service_min_capacity": link.min_capacity or 1,
    }


def to_location(location: Location, service_ids: Sequence[int], *, single: bool) -> schemas.Location:
    kept = own(location)
    listed = kept.get("services") or []
    staff = {member["staffmember_id"] for entry in listed for member in entry.get("staffmembers") or ()}
    return schemas.Location(
        location_id=location.id,
        location_name=location.name,
        location_phone_country=kept.get("phone_country", ""),
        location_phone_number=location.phone,
        location_address=location.address,
        location_description=location.description,
        location_img_name=kept.get("img_name", ""),
        location_img_url=kept.get("img_url", ""),
        location_position=location.position,
        services=listed,
        service_ids=sorted(service_ids),
        staffmember_ids=sorted(staff),
        workhours=(kept.get("workhours") or []) if single else None,
        special_days=(kept.get("special_days") or []) if single else None,
    )


def shown_name(customer: Mapping[str, Any]) -> str:
    """First and last name, or the full name, or the email: the first that is not empty."""
    name = f"{customer.get('first_name') or ''} {customer.get('last_name') or ''}".strip()
    return name or customer.get("name") or customer.get("email") or ""


def shown_phone(phone: str, dial_code: str) -> str:
    """``+<dial code> <number>`` when a dial code is stored."""
    return f"+{dial_code} {phone}" if dial_code and phone else phone


def to_customer(
    customer: Customer, index: int, *, bookings: int, last: datetime | None, created: datetime, single: bool
) -> schemas.Customer:
    """A customer; ``last`` is the wall clock of the latest appointment, ``created`` the site's."""
    kept = own(customer)
    return schemas.Customer(
        id=index,
        customer_id=customer.id,
        wpuser_id=kept.get("wpuser_id", 0),
        customer_avatar=kept.get("avatar_url", ""),
        customer_username=customer.username or customer.first_name or customer.email,
        customer_fullname=customer.name or kept.get("full_name", ""),
        customer_firstname=customer.first_name,
        customer_lastname=customer.last_name,
        customer_email=customer.email,
        customer_phone=shown_phone(customer.phone, kept.get("dial_code", "")),
        customer_last_appointment=last.date().isoformat() if last else "-",
        customer_total_appointment=bookings,
        customer_phone_country=kept.get("phone_country", "") if single else None,
        customer_phone_dial_code=kept.get("dial_code", "") if single else None,
        customer_note=customer.note if single else None,
        customer_created=stamp(created) if single else None,
    )
