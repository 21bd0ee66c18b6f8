"""Locations and the services they offer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from frontdesk import catalog
from frontdesk.errors import Invalid
from frontdesk.records import Location
from frontdesk.repository import locations, resources, services
from plugins.bookingpress.translate.locations import offered_ids, read_location, read_stored, to_location
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME, stored_extras, with_stored_extras
from plugins.bookingpress.usecases import plan_compiler
from plugins.bookingpress.usecases.base import CrudUseCases, Ids, position_for


class Locations(CrudUseCases):
    table = locations
    id_name = "location_id"
    thing = "Location"
    searched = ("name", "address")

    def _shown(self, records: list[Location], *, single: bool) -> list[Any]:
        service_ids: dict[int, list[int]] = {location.id: [] for location in records}
        for service in services.list_all():
            for location_id in service.locations:
                if location_id in service_ids:
                    service_ids[location_id].append(service.id)
        return [to_location(location, service_ids[location.id], single=single) for location in records]

    def _create(self, params: Params) -> Ids:
        return {"location_id": create_location(params, now=self.context.now)}

    def _update(self, previous: Location, params: Params, *, partial: bool) -> Ids:
        now = self.context.now
        fields = read_location(params, partial=partial)
        stored = _read_stored(params, stored_extras(previous))
        locations.update(previous.id, now=now, extras=with_stored_extras(previous, **stored), **fields)
        _offer(previous.id, offered_ids(stored_extras(previous)), offered_ids(stored), now=now)
        plan_compiler.location(previous.id, now=now)
        return {"location_id": previous.id}

    def _delete(self, record: Location) -> None:
        self._refuse_booked(location_id=record.id)
        catalog.delete_location(record.id, now=self.context.now)
        offered = {service.id for service in services.list_all() if record.id in service.locations}
        _offer(record.id, offered, set(), now=self.context.now)


def create_location(params: Params, *, now: datetime, id: int | None = None) -> int:
    """Store a location, offer its services there and compile them; returns its id, which imports keep."""
    fields, stored = read_location(params), _read_stored(params, {})
    location = locations.create(
        now=now,
        id=id,
        position=position_for(locations, params, "location_position"),
        origin=NAME,
        extras={NAME: stored},
        **fields,
    )
    plan_compiler.location(location.id, now=now)
    _offer(location.id, set(), offered_ids(stored), now=now)
    return location.id


def _offer(id: int, before: set[int], after: set[int], *, now: datetime) -> None:
    """Offer services at the location that it names now, no longer those it named before; compile what that changes."""
    for service in services.get_many(before | after).values():
        location_ids = tuple(location_id for location_id in service.locations if location_id != id)
        if service.id in after:
            location_ids = tuple(sorted((*location_ids, id)))
        if location_ids != service.locations:
            services.update(service.id, now=now, locations=location_ids)
    plan_compiler.services(before | after, now=now)
    plan_compiler.staff({link.resource_id for link in catalog.resource_links(service_ids=before | after)}, now=now)


def _read_stored(params: Params, previous: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored beside core's fields; the services and staff members it names must exist."""
    stored = read_stored(params, previous)
    if "services" in params:
        entries = stored["services"]
        existing = services.get_many(entry["service_id"] for entry in entries)
        staff = resources.get_many(member["staffmember_id"] for entry in entries for member in entry["staffmembers"])
        for position, entry in enumerate(entries):
            path = f"services.{position}"
            if entry["service_id"] not in existing:
                raise Invalid(field=f"{path}.service_id", reason="unknown", value=entry["service_id"])
            for index, member in enumerate(entry["staffmembers"]):
                if member["staffmember_id"] not in staff:
                    field = f"{path}.staffmembers.{index}.staffmember_id"
                    raise Invalid(field=field, reason="unknown", value=member["staffmember_id"])
    return stored
