"""``/staffmembers`` (fact sheet, section 6.3)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Literal

from core.domain.records import Resource
from core.errors import Invalid
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import resources as table
from core.services.repository import services
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, in_use, notice
from plugins.bookingpress.resources import compiling
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.resources.customers import read_email, too_long
from plugins.bookingpress.schemas import StaffMember
from plugins.bookingpress.translate.bookings import BLOCKING
from plugins.bookingpress.translate.catalog import SHOWN, own, staff_settings, to_staff_member, with_own
from plugins.bookingpress.translate.schedule import (
    DAYSOFF,
    SPECIAL_DAYS,
    WORKHOURS,
    read_daysoff,
    read_special_days,
    read_workhours,
)
from plugins.bookingpress.translate.values import NAME

#: A resource's kept settings by the caller's words.
_KEPT = {
    "staff_member_phone_country": "country_phone",
    "staff_member_dial_code": "dial_code",
    "avatar_name": "avatar_name",
    "avatar_url": "avatar_url",
    "wp_user": "wp_user",
}
_READERS = {"workhours": read_workhours, "daysoff": read_daysoff, "special_days": read_special_days}
_ASSIGNED = [
    {
        **dict.fromkeys(("assign_service_id", "assign_service_capacity", "assign_service_min_capacity"), int),
        "assign_service_price": Decimal,
    }
]
_BODY = {
    **dict.fromkeys(("firstname", "lastname", "email", "phone", "note", *_KEPT), str),
    "status": bool | int,
    "visibility": Literal["public", "private"],
    "staffmember_position": int,
    "service_details": {"assigned_service_list": _ASSIGNED},
    "assigned_service_list": _ASSIGNED,
    "workhours": WORKHOURS,
    "daysoff": DAYSOFF,
    "special_days": SPECIAL_DAYS,
}


class StaffMembers(Things):
    group = "staffmember"
    shown_names = SHOWN["staffmembers"]
    sorts: ClassVar = {
        "id": "id",
        "staffmember_id": "id",
        "staffmember_fullname": "name",
        "staffmember_email": "email",
        "staffmember_position": "position",
    }

    @operation(query={"service_id": int, "location_id": int}, reply=[StaffMember])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        where: list[Any] = [("status", "!=", "trashed")]
        where += words(listing.search, ("name", "first_name", "last_name", "email"))
        given = listing.params
        if given.id("service_id"):
            links = catalog.resource_links(service_ids=[given.id("service_id")])
            where.append(("id", "in", [link.resource_id for link in links]))
        if given.id("location_id"):
            here = [
                member["staffmember_id"]
                for (place, _), entry in compiling.entries(compiling.locations.list_all()).items()
                for member in entry.get("staffmembers") or ()
                if place == given.id("location_id")
            ]
            where.append(("id", "in", here))
        found, total = simple_page(table, listing, where)
        return self._records(found, single=False), total

    @operation(reply=StaffMember)
    def one(self, id: int) -> tuple[Any, int]:
        member = table.get(id)
        return self._records([member], single=True)[0], member.version

    def _records(self, found: list[Resource], *, single: bool) -> list[Any]:
        linked: dict[int, list[Any]] = {}
        links = catalog.resource_links(resource_ids=[member.id for member in found])
        known = services.get_many(link.service_id for link in links)
        for link in links:
            if link.service_id in known:
                linked.setdefault(link.resource_id, []).append(link)
        return [
            to_staff_member(member, links=linked.get(member.id, []), services=known, single=single) for member in found
        ]

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        made = create_member(given, now=self.shop.now)
        return notice("Staff member has been added successfully.", staffmember_id=made)

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        before = table.get_many([id]).get(id)
        if before is None:
            raise Refused(msg=WENT_WRONG, status=404)
        now = self.shop.now
        values = _names(given, before)
        if not gentle or "phone" in given:
            values["phone"] = given.text("phone", longest=63)
        if not gentle or "note" in given:
            values["description"] = given.html("note")
        kept = read_member(given, staff_settings(before))
        # Everything is compiled from these settings from now on, so a derived week becomes the member's own.
        table.update(id, now=now, extras=with_own(before, **kept), **values)
        touched = {link.service_id for link in catalog.resource_links(resource_ids=[id])}
        if _has_assignments(given):
            touched |= _assign(id, given, now=now)
        compiling.staff([id], now=now)
        compiling.services(touched, now=now)
        return notice("Staff member has been updated successfully.", staffmember_id=id)

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not table.get_many([id]):
            raise Refused(msg="Either staff member already deleted or not found.", status=404)
        ahead = catalog.has_upcoming_bookings(
            now=self.shop.now, resource_id=id, statuses=BLOCKING, ends_after=self.shop.midnight
        )
        if ahead:
            raise Refused(msg=in_use("staff member"), variant="warning")
        touched = [link.service_id for link in catalog.resource_links(resource_ids=[id])]
        catalog.delete_resource(id, now=self.shop.now)
        compiling.services(touched, now=self.shop.now)
        return notice("Staff member has been deleted successfully.", staffmember_id=id)


def create_member(given: Params, *, now: Any, id: int | None = None, complete: bool = True) -> int:
    """Store a staff member with assignments and hours, compiled; returns the id.

    ``complete`` asks for all that the vendor's form does; imports bring people that other dialects know less of.
    """
    if complete and not _has_assignments(given):
        raise Refused(msg="Please assign service to Staff member")
    values = _names(given, None, complete=complete)
    kept = read_member(
        given, {"status": 1, "visibility": "public", "workhours": None, "daysoff": [], "special_days": []}
    )
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    made = table.create(
        now=now,
        id=id,
        kind="staff",
        sharing="session",
        phone=given.text("phone", longest=63),
        description=given.html("note"),
        position=given.whole("staffmember_position")
        if "staffmember_position" in given
        else (last[0].position + 1 if last else 0),
        origin=NAME,
        extras={NAME: kept},
        **values,
    )
    touched = _assign(made.id, given, now=now)
    compiling.staff([made.id], now=now)
    compiling.services(touched, now=now)
    return made.id


def _names(given: Params, before: Resource | None, *, complete: bool = True) -> dict[str, Any]:
    """Name and email; absent or empty ones keep the old value, a new member needs all three."""
    too_long(given, ("firstname", "Firstname"), ("lastname", "Lastname"), ("email", "Email address"))
    first = given.text("firstname") or (before.first_name if before else "")
    last = given.text("lastname") or (before.last_name if before else "")
    email = read_email(given) or (before.email if before else "")
    if before is None:
        for name, value in (("firstname", first), ("lastname", last), ("email", email)):
            if not value and (complete or name == "firstname"):
                raise Invalid(field=name, reason="missing")
    if email:
        other = table.find(email=email)
        if other is not None and (before is None or other.id != before.id) and other.status != "trashed":
            raise Refused(msg="Email address is already exists", status=409)
    if not first and not last:
        return {"email": email}
    return {"first_name": first, "last_name": last, "email": email, "name": f"{first} {last}".strip()}


def read_member(given: Params, old: Mapping[str, Any]) -> dict[str, Any]:
    """The kept settings with what the caller changes."""
    new = dict(old)
    for name, kept in _KEPT.items():
        if name in given:
            new[kept] = given.text(name, longest=2000)
    if "status" in given:
        new["status"] = int(given.flag("status", default=True))
    if "visibility" in given:
        new["visibility"] = given.text("visibility") or "public"
        if new["visibility"] not in ("public", "private"):
            raise Invalid(field="visibility", reason="choice", value=new["visibility"])
    for name, read in _READERS.items():
        if name in given:
            new[name] = read(given.decoded(name), name)
    return new


def _assignment_list(given: Params) -> Any:
    details = given.decoded("service_details")
    if isinstance(details, Mapping) and details.get("assigned_service_list") is not None:
        return details["assigned_service_list"]
    return given.raw("assigned_service_list")


def _has_assignments(given: Params) -> bool:
    """Whether the caller names assignments at all; an empty list is refused as the vendor does."""
    listed = _assignment_list(given)
    if listed is None:
        return False
    if not Params({"assigned_service_list": listed}).items("assigned_service_list"):
        raise Refused(msg="Please assign service to Staff member")
    return True


def _assign(id: int, given: Params, *, now: Any) -> set[int]:
    """Replace a member's services; returns those that gained or lost the member."""
    items = Params({"assigned_service_list": _assignment_list(given)}).items("assigned_service_list")
    wanted: dict[int, dict[str, Any]] = {}
    known = services.get_many(Params(item).id("assign_service_id") for item in items)
    before = {link.service_id: link for link in catalog.resource_links(resource_ids=[id])}
    for position, item in enumerate(items):
        entry = Params(item)
        path = f"assigned_service_list.{position}"
        number = entry.id("assign_service_id")
        if number not in known:
            raise Invalid(field=f"{path}.assign_service_id", reason="unknown", value=number)
        price = None if entry.raw("assign_service_price") in (None, "") else entry.amount("assign_service_price")
        places, smallest = entry.whole("assign_service_capacity"), entry.whole("assign_service_min_capacity")
        if (price is not None and price < 0) or not 0 <= places <= 1_000_000 or not 0 <= smallest <= 1_000_000:
            raise Invalid(field=path, reason="range")
        old = before.get(number)
        wanted[number] = {
            "service_id": number,
            "position": old.position if old else len(catalog.resource_links(service_ids=[number])),
            "price": price,
            "capacity": places or None,
            "min_capacity": smallest or None,
            "extras": {**(old.extras if old else {}), NAME: {"capacity": places or None}},
        }
        if old:
            wanted[number] |= {"base_cost": old.base_cost, "block_cost": old.block_cost}
    for number, item in wanted.items():
        # A service of another dialect is not compiled here, so its link needs a number of its own.
        if item["capacity"] is None and not own(known[number]):
            item["capacity"] = known[number].plan.capacity.limit or 1
    catalog.set_services(id, list(wanted.values()))
    return before.keys() | wanted.keys()
