"""Locations between the vendor's parameters and records and the core's."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from frontdesk.errors import Invalid
from frontdesk.records import Location
from plugins.bookingpress import schemas
from plugins.bookingpress.translate.hours import read_special_days, read_workhours
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import stored_extras

#: What this dialect stores of a location, by the name of the parameter.
STORED_NAMES = {
    "location_phone_country": "phone_country",
    "location_img_name": "img_name",
    "location_img_url": "img_url",
}
_MOST_PERSONS = 1_000_000

#: What a location says of a service, by (location id, service id).
Entries = dict[tuple[int, int], Mapping[str, Any]]


def read_location(params: Params, *, partial: bool = False) -> dict[str, Any]:
    """Core's fields of a location; ``partial`` leaves absent ones out."""
    fields: dict[str, Any] = {}
    if not partial or "location_name" in params:
        fields["name"] = params.text("location_name", longest=255)
        if not fields["name"]:
            raise Invalid(field="location_name", reason="missing")
    if not partial or "location_phone_number" in params:
        fields["phone"] = params.text("location_phone_number", longest=63)
    if not partial or "location_address" in params:
        fields["address"] = params.text("location_address")
    if not partial or "location_description" in params:
        fields["description"] = params.html("location_description")
    return fields


def read_stored(params: Params, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What this dialect stores of a location beside core's fields."""
    stored = {"services": [], "workhours": [], "special_days": [], **previous}
    for name, stored_name in STORED_NAMES.items():
        if name in params:
            stored[stored_name] = params.text(name, longest=2000)
    if "services" in params:
        stored["services"] = [
            _service_entry(Params(item), f"services.{position}")
            for position, item in enumerate(params.items("services"))
        ]
    if "workhours" in params:
        stored["workhours"] = read_workhours(params.decoded("workhours"))
    if "special_days" in params:
        stored["special_days"] = read_special_days(params.decoded("special_days"))
    return stored


def _service_entry(params: Params, path: str) -> dict[str, Any]:
    members = []
    for position, item in enumerate(params.items("staffmembers")):
        member, member_path = Params(item), f"{path}.staffmembers.{position}"
        sizes = _sizes(member, member_path, "staff_location_qty", "staff_location_min_qty")
        members.append({"staffmember_id": member.id("staffmember_id"), **sizes, **_price(member, member_path)})
    sizes = _sizes(params, path, "service_qty", "service_min_qty")
    return {"service_id": params.id("service_id"), **sizes, **_price(params, path), "staffmembers": members}


def _sizes(params: Params, path: str, max_name: str, min_name: str) -> dict[str, int]:
    sizes = {max_name: params.integer(max_name), min_name: params.integer(min_name, default=1)}
    for name, size in sizes.items():
        if not 0 <= size <= _MOST_PERSONS:
            raise Invalid(field=f"{path}.{name}", reason="range", value=size)
    return sizes


def _price(params: Params, path: str) -> dict[str, str]:
    if params.is_empty("price"):
        return {}
    price = params.amount("price")
    if price < 0:
        raise Invalid(field=f"{path}.price", reason="range", value=str(price))
    return {"price": f"{price:f}"}


def offered_ids(stored: Mapping[str, Any]) -> set[int]:
    """The services a location offers."""
    return {entry["service_id"] for entry in stored.get("services") or ()}


def location_entries(locations: Iterable[Location]) -> Entries:
    """What locations say of services."""
    return {
        (location.id, entry["service_id"]): entry
        for location in locations
        for entry in stored_extras(location).get("services") or ()
    }


def smallest_party(location: Location, service_id: int, resource_id: int) -> int:
    """The fewest persons a location takes for a service and staff member; 0 where it does not say."""
    entry = location_entries([location]).get((location.id, service_id)) or {}
    for member in entry.get("staffmembers") or ():
        if member["staffmember_id"] == resource_id and member.get("staff_location_min_qty", 0) > 1:
            return int(member["staff_location_min_qty"])
    size = int(entry.get("service_min_qty", 0))
    return size if size > 1 else 0


def to_location(location: Location, service_ids: Sequence[int], *, single: bool) -> schemas.Location:
    stored = stored_extras(location)
    entries = stored.get("services") or []
    staff_ids = {member["staffmember_id"] for entry in entries for member in entry.get("staffmembers") or ()}
    return schemas.Location(
        location_id=location.id,
        location_name=location.name,
        location_phone_country=stored.get("phone_country", ""),
        location_phone_number=location.phone,
        location_address=location.address,
        location_description=location.description,
        location_img_name=stored.get("img_name", ""),
        location_img_url=stored.get("img_url", ""),
        location_position=location.position,
        services=entries,
        service_ids=sorted(service_ids),
        staffmember_ids=sorted(staff_ids),
        workhours=(stored.get("workhours") or []) if single else None,
        special_days=(stored.get("special_days") or []) if single else None,
    )
