"""Staff members: core's resources of any kind."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from frontdesk import catalog
from frontdesk.errors import Invalid
from frontdesk.records import Resource
from frontdesk.repository import Condition, locations, resources, services
from frontdesk.statuses import DELETED
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.locations import location_entries
from plugins.bookingpress.translate.params import Listing, Params
from plugins.bookingpress.translate.staff import (
    NEW_MEMBER,
    assigned_id,
    read_assignment,
    read_assignments,
    read_member,
    read_names,
    staff_settings,
    to_staff_member,
)
from plugins.bookingpress.translate.values import NAME, with_stored_extras
from plugins.bookingpress.usecases import plan_compiler
from plugins.bookingpress.usecases.base import CrudUseCases, Ids, position_for


class StaffMembers(CrudUseCases):
    table = resources
    id_name = "staffmember_id"
    unknown_to_delete = "staff_gone"
    thing = "Staff member"
    searched = ("name", "first_name", "last_name", "email")

    def _conditions(self, listing: Listing) -> list[Condition]:
        params = listing.params
        where: list[Condition] = [("status", "!=", DELETED), *super()._conditions(listing)]
        if service_id := params.id("service_id"):
            links = catalog.resource_links(service_ids=[service_id])
            where.append(("id", "in", [link.resource_id for link in links]))
        if location_id := params.id("location_id"):
            members = [
                member["staffmember_id"]
                for (id, _), entry in location_entries(locations.list_all()).items()
                for member in entry.get("staffmembers") or ()
                if id == location_id
            ]
            where.append(("id", "in", members))
        return where

    def _shown(self, records: list[Resource], *, single: bool) -> list[Any]:
        links = catalog.resource_links(resource_ids=[member.id for member in records])
        assigned = services.get_many(link.service_id for link in links)
        by_member: dict[int, list[Any]] = {}
        for link in links:
            if link.service_id in assigned:
                by_member.setdefault(link.resource_id, []).append(link)
        return [
            to_staff_member(member, links=by_member.get(member.id, []), services=assigned, single=single)
            for member in records
        ]

    def _create(self, params: Params) -> Ids:
        return {"staffmember_id": create_member(params, now=self.context.now)}

    def _update(self, previous: Resource, params: Params, *, partial: bool) -> Ids:
        now = self.context.now
        fields = _read_names(params, previous)
        if not partial or "phone" in params:
            fields["phone"] = params.text("phone", longest=63)
        if not partial or "note" in params:
            fields["description"] = params.html("note")
        # Everything is compiled from these settings from now on, so a derived week becomes the member's own.
        settings = read_member(params, staff_settings(previous))
        resources.update(previous.id, now=now, extras=with_stored_extras(previous, **settings), **fields)
        changed = {link.service_id for link in catalog.resource_links(resource_ids=[previous.id])}
        assignments = read_assignments(params)
        if assignments is not None:
            changed |= _assign(previous.id, assignments)
        plan_compiler.staff([previous.id], now=now)
        plan_compiler.services(changed, now=now)
        return {"staffmember_id": previous.id}

    def _delete(self, record: Resource) -> None:
        self._refuse_booked(resource_id=record.id)
        changed = [link.service_id for link in catalog.resource_links(resource_ids=[record.id])]
        catalog.delete_resource(record.id, now=self.context.now)
        plan_compiler.services(changed, now=self.context.now)


def create_member(params: Params, *, now: datetime, id: int | None = None, complete: bool = True) -> int:
    """Store a staff member with assignments and hours, compiled; returns the id, which imports keep.

    Args:
        complete: Ask for all that the vendor's form does; imports bring people that other dialects know less of.
    """
    assignments = read_assignments(params, required=complete)
    if complete and assignments is None:
        raise Refused(reason="no_assignment")
    fields = _read_names(params, None, complete=complete)
    settings = read_member(params, NEW_MEMBER)
    member = resources.create(
        now=now,
        id=id,
        kind="staff",
        sharing="session",
        phone=params.text("phone", longest=63),
        description=params.html("note"),
        position=position_for(resources, params, "staffmember_position"),
        origin=NAME,
        extras={NAME: settings},
        **fields,
    )
    changed = _assign(member.id, assignments or [])
    plan_compiler.staff([member.id], now=now)
    plan_compiler.services(changed, now=now)
    return member.id


def _read_names(params: Params, previous: Resource | None, *, complete: bool = True) -> dict[str, Any]:
    """Name and email; no two members have one address."""
    fields = read_names(params, previous, complete=complete)
    if fields["email"]:
        namesake = resources.find(email=fields["email"])
        if namesake is not None and (previous is None or namesake.id != previous.id) and namesake.status != DELETED:
            raise Refused(reason="email_taken")
    return fields


def _assign(id: int, assignments: Sequence[Mapping[str, Any]]) -> set[int]:
    """Replace a member's services; returns those that gained or lost the member."""
    assigned = services.get_many(assigned_id(item) for item in assignments)
    before = {link.service_id: link for link in catalog.resource_links(resource_ids=[id])}
    links: dict[int, dict[str, Any]] = {}
    for index, item in enumerate(assignments):
        service_id, path = assigned_id(item), f"assigned_service_list.{index}"
        if service_id not in assigned:
            raise Invalid(field=f"{path}.assign_service_id", reason="unknown", value=service_id)
        previous = before.get(service_id)
        position = 0 if previous else len(catalog.resource_links(service_ids=[service_id]))
        links[service_id] = read_assignment(item, path, assigned[service_id], previous, position)
    catalog.set_services(id, list(links.values()))
    return before.keys() | links.keys()
