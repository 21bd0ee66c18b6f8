"""Staff members between the vendor's parameters and records and the core's resources."""

from collections.abc import Mapping, Sequence
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Resource, Service, ServiceResource
from frontdesk.statuses import DELETED, HIDDEN
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.customers import read_email, refuse_long_names
from plugins.bookingpress.translate.hours import read_daysoff, read_special_days, read_workhours
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.settings_from_plan import derived_hours
from plugins.bookingpress.translate.values import NAME, number, stored_extras

#: What this dialect stores of a resource, by the name of the parameter.
STORED_NAMES = {
    "staff_member_phone_country": "country_phone",
    "staff_member_dial_code": "dial_code",
    "avatar_name": "avatar_name",
    "avatar_url": "avatar_url",
    "wp_user": "wp_user",
}
_CALENDAR_READERS = {"workhours": read_workhours, "daysoff": read_daysoff, "special_days": read_special_days}
NEW_MEMBER: dict[str, Any] = {
    "status": 1,
    "visibility": "public",
    "workhours": None,
    "daysoff": [],
    "special_days": [],
}
_MOST_PERSONS = 1_000_000


def read_names(params: Params, previous: Resource | None, *, complete: bool = True) -> dict[str, Any]:
    """Name and email; absent or empty ones keep the old value.

    Args:
        complete: A new member needs all three; without it, a first name suffices.
    """
    refuse_long_names(params)
    first = params.text("firstname") or (previous.first_name if previous else "")
    last = params.text("lastname") or (previous.last_name if previous else "")
    email = read_email(params) or (previous.email if previous else "")
    if previous is None:
        for name, value in (("firstname", first), ("lastname", last), ("email", email)):
            if not value and (complete or name == "firstname"):
                raise Invalid(field=name, reason="missing")
    if not first and not last:
        return {"email": email}
    return {"first_name": first, "last_name": last, "email": email, "name": f"{first} {last}".strip()}


def read_member(params: Params, previous: Mapping[str, Any]) -> dict[str, Any]:
    """The stored settings with what the caller changes."""
    settings = dict(previous)
    for name, stored_name in STORED_NAMES.items():
        if name in params:
            settings[stored_name] = params.text(name, longest=2000)
    if "status" in params:
        settings["status"] = int(params.flag("status", default=True))
    if "visibility" in params:
        settings["visibility"] = params.choice("visibility", ("public", "private"), default="public")
    for name, read in _CALENDAR_READERS.items():
        if name in params:
            settings[name] = read(params.decoded(name), name)
    return settings


def read_assignments(params: Params, *, required: bool = True) -> list[Mapping[str, Any]] | None:
    """The services a caller assigns; None where none are named.

    Raises:
        Refused: The list is empty although one is ``required``.
    """
    assigned = params.mapping("service_details").get("assigned_service_list")
    if assigned is None:
        assigned = params.raw("assigned_service_list")
    if assigned is None:
        return None
    items = Params({"assigned_service_list": assigned}).items("assigned_service_list")
    if required and not items:
        raise Refused(reason="no_assignment")
    return items


def assigned_id(item: Mapping[str, Any]) -> int:
    return Params(item).id("assign_service_id")


def read_assignment(
    item: Mapping[str, Any], path: str, service: Service, previous: ServiceResource | None, position: int
) -> dict[str, Any]:
    """A member's terms for one service, as core's link between the two.

    Args:
        position: Where a new link stands among those of the service.
    """
    params = Params(item)
    price = None if params.is_empty("assign_service_price") else params.amount("assign_service_price")
    capacity = params.integer("assign_service_capacity") or None
    smallest = params.integer("assign_service_min_capacity") or None
    if (price is not None and price < 0) or not all(
        0 <= size <= _MOST_PERSONS for size in (capacity or 0, smallest or 0)
    ):
        raise Invalid(field=path, reason="range")
    link = {
        "service_id": service.id,
        "position": previous.position if previous else position,
        "price": price,
        # A service of another dialect is not compiled here, so its link needs a number of its own.
        "capacity": capacity if capacity or stored_extras(service) else service.plan.capacity.limit or 1,
        "min_capacity": smallest,
        "extras": {**(previous.extras if previous else {}), NAME: {"capacity": capacity}},
    }
    if previous:
        link |= {"base_cost": previous.base_cost, "block_cost": previous.block_cost}
    return link


def staff_settings(member: Resource) -> dict[str, Any]:
    """The vendor's settings of any resource."""
    settings = stored_extras(member)
    if settings:
        return settings
    return {
        "status": 0 if member.status == DELETED else 1,
        "visibility": "private" if member.status == HIDDEN else "public",
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
    settings = staff_settings(member)
    has_person_name = bool(member.first_name or member.last_name)
    full_name = f"{member.first_name} {member.last_name}".strip() if has_person_name else member.name
    return schemas.StaffMember(
        staffmember_id=member.id,
        staffmember_firstname=member.first_name if has_person_name else member.name,
        staffmember_lastname=member.last_name,
        staffmember_fullname=full_name,
        staffmember_email=member.email,
        staffmember_phone=member.phone,
        staffmember_country_phone=settings.get("country_phone", ""),
        staffmember_country_dial_code=settings.get("dial_code", ""),
        staffmember_status=settings.get("status", 1),
        staffmember_visibility=settings.get("visibility", "public"),
        staffmember_note=member.description,
        staffmember_position=member.position,
        staffmember_avatar=settings.get("avatar_url", ""),
        total_services=len(links),
        assigned_service_list=[to_assignment(link, member, services[link.service_id]) for link in links],
        workhours=(settings.get("workhours") or []) if single else None,
        daysoff=(settings.get("daysoff") or []) if single else None,
        special_days=(settings.get("special_days") or []) if single else None,
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
