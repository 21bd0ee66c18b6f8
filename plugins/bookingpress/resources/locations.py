"""``/locations`` (fact sheet, section 6.7)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from core.domain.records import Location
from core.errors import Invalid
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import locations as table
from core.services.repository import resources, services
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, in_use, notice
from plugins.bookingpress.resources import compiling
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Location as LocationRecord
from plugins.bookingpress.translate.bookings import BLOCKING
from plugins.bookingpress.translate.catalog import own, to_location, with_own
from plugins.bookingpress.translate.schedule import SPECIAL_DAYS, WORKHOURS, read_special_days, read_workhours
from plugins.bookingpress.translate.values import NAME

_KEPT = {
    "location_phone_country": "phone_country",
    "location_img_name": "img_name",
    "location_img_url": "img_url",
}
_MOST = 1_000_000
_BODY = {
    **dict.fromkeys(("location_name", "location_phone_number", "location_address", "location_description"), str),
    **dict.fromkeys(_KEPT, str),
    "location_position": int,
    "services": [
        {
            **dict.fromkeys(("service_id", "service_qty", "service_min_qty"), int),
            "price": Decimal,
            "staffmembers": [
                {
                    **dict.fromkeys(("staffmember_id", "staff_location_qty", "staff_location_min_qty"), int),
                    "price": Decimal,
                }
            ],
        }
    ],
    "workhours": WORKHOURS,
    "special_days": SPECIAL_DAYS,
}


class Locations(Things):
    group = "locations"
    sorts: ClassVar = {
        "id": "id",
        "location_id": "id",
        "location_name": "name",
        "location_position": "position",
    }

    @operation(reply=[LocationRecord])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        found, total = simple_page(table, listing, words(listing.search, ("name", "address")))
        return self._records(found, single=False), total

    @operation(reply=LocationRecord)
    def one(self, id: int) -> tuple[Any, int]:
        place = table.get(id)
        return self._records([place], single=True)[0], place.version

    def _records(self, found: list[Location], *, single: bool) -> list[Any]:
        inside: dict[int, list[int]] = {place.id: [] for place in found}
        for service in services.list_all():
            for number in service.locations:
                if number in inside:
                    inside[number].append(service.id)
        return [to_location(place, inside[place.id], single=single) for place in found]

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        made = create_location(given, now=self.shop.now)
        return notice("Location has been added successfully.", location_id=made)

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404)
        now = self.shop.now
        values: dict[str, Any] = {}
        if not gentle or "location_name" in given:
            values["name"] = _name(given)
        for name, field in (("location_phone_number", "phone"), ("location_address", "address")):
            if not gentle or name in given:
                values[field] = given.text(name, longest=63 if field == "phone" else None)
        if not gentle or "location_description" in given:
            values["description"] = given.html("location_description")
        kept = read_kept(given, own(before))
        table.update(id, now=now, extras=with_own(before, **kept), **values)
        tie(id, _numbers(own(before)), _numbers(kept), now=now)
        return notice("Location has been updated successfully.", location_id=id)

    def delete(self, id: int, expected_version: int | None) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg="Location not found.", status=404)
        now = self.shop.now
        ahead = catalog.has_upcoming_bookings(now=now, location_id=id, statuses=BLOCKING, ends_after=self.shop.midnight)
        if ahead:
            raise Refused(msg=in_use("location"), variant="warning")
        catalog.delete_location(id, now=now)
        tie(
            id,
            {service.id for service in services.list_all() if id in service.locations},
            set(),
            now=now,
            gone=True,
        )
        return notice("Location has been deleted successfully.", location_id=id)


def create_location(given: Params, *, now: Any, id: int | None = None) -> int:
    """Store a location, tie its services to it and compile them; returns its id."""
    name, kept = _name(given), read_kept(given, {})
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    made = table.create(
        now=now,
        id=id,
        name=name,
        phone=given.text("location_phone_number", longest=63),
        address=given.text("location_address"),
        description=given.html("location_description"),
        position=given.whole("location_position")
        if "location_position" in given
        else (last[0].position + 1 if last else 0),
        origin=NAME,
        extras={NAME: kept},
    )
    tie(made.id, set(), _numbers(kept), now=now)
    return made.id


def tie(id: int, before: set[int], after: set[int], *, now: Any, gone: bool = False) -> None:
    """Offer services at the location that it names now, no longer those it named before; compile what that changes."""
    for service in services.get_many(before | after).values():
        listed = tuple(number for number in service.locations if number != id)
        if service.id in after:
            listed = tuple(sorted((*listed, id)))
        if listed != service.locations:
            services.update(service.id, now=now, locations=listed)
    if not gone:
        compiling.location(id, now=now)
    compiling.services(before | after, now=now)
    compiling.staff({link.resource_id for link in catalog.resource_links(service_ids=before | after)}, now=now)


def _name(given: Params) -> str:
    name = given.text("location_name", longest=255)
    if not name:
        raise Invalid(field="location_name", reason="missing")
    return name


def _numbers(kept: Mapping[str, Any]) -> set[int]:
    return {entry["service_id"] for entry in kept.get("services") or ()}


def read_kept(given: Params, old: Mapping[str, Any]) -> dict[str, Any]:
    """What is kept of a location beside the core's own fields."""
    new = {"services": [], "workhours": [], "special_days": [], **old}
    for name, inside in _KEPT.items():
        if name in given:
            new[inside] = given.text(name, longest=2000)
    if "services" in given:
        new["services"] = _services(given)
    if "workhours" in given:
        new["workhours"] = read_workhours(given.decoded("workhours"))
    if "special_days" in given:
        new["special_days"] = read_special_days(given.decoded("special_days"))
    return new


def _services(given: Params) -> list[dict[str, Any]]:
    found = []
    items = given.items("services")
    known = services.get_many(Params(item).id("service_id") for item in items)
    for position, item in enumerate(items):
        path = f"services.{position}"
        entry = Params(item)
        number = entry.id("service_id")
        if number not in known:
            raise Invalid(field=f"{path}.service_id", reason="unknown", value=number)
        staff = []
        members = entry.items("staffmembers")
        people = resources.get_many(Params(member).id("staffmember_id") for member in members)
        for index, member in enumerate(members):
            inner = Params(member)
            person = inner.id("staffmember_id")
            where = f"{path}.staffmembers.{index}"
            if person not in people:
                raise Invalid(field=f"{where}.staffmember_id", reason="unknown", value=person)
            sizes = _sizes(inner, where, "staff_location_qty", "staff_location_min_qty")
            staff.append({"staffmember_id": person, **sizes, **_price(inner, where)})
        sizes = _sizes(entry, path, "service_qty", "service_min_qty")
        found.append({"service_id": number, **sizes, **_price(entry, path), "staffmembers": staff})
    return found


def _sizes(given: Params, path: str, most: str, least: str) -> dict[str, int]:
    found = {most: given.whole(most), least: given.whole(least, default=1)}
    for name, value in found.items():
        if not 0 <= value <= _MOST:
            raise Invalid(field=f"{path}.{name}", reason="range", value=value)
    return found


def _price(given: Params, path: str) -> dict[str, Any]:
    if given.raw("price") in (None, ""):
        return {}
    price = given.amount("price")
    if price < 0:
        raise Invalid(field=f"{path}.price", reason="range", value=str(price))
    return {"price": f"{price:f}"}
