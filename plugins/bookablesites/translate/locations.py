"""Locations: bodies to core's records, and records as replies show them."""

from collections.abc import Mapping
from typing import Any

from frontdesk.records import Location
from plugins.bookablesites.translate.phones import read_phone, to_phone_fields
from plugins.bookablesites.translate.values import none_if_empty, stored_extras, to_zone, with_own_extras


def to_location_values(fields: Mapping[str, Any], current: Location | None) -> dict[str, Any]:
    """The record fields that the fields of a body set."""
    values: dict[str, Any] = {}
    stored = dict(stored_extras(current)) if current is not None else {}
    if "name" in fields:
        values["name"] = fields["name"].strip()
    for name in ("address", "description"):
        if name in fields:
            values[name] = fields[name] or ""
    if "timezone" in fields:
        values["zone"] = to_zone(fields["timezone"])
    read_phone(fields, values, stored)
    stored |= {name: fields[name] for name in ("latitude", "longitude", "is_default", "is_virtual") if name in fields}
    return {**values, "extras": with_own_extras(current, stored)}


def is_default(record: Location) -> bool:
    return bool(stored_extras(record).get("is_default"))


def is_virtual(record: Location) -> bool:
    """Is this a video meeting (Zoom, Google Meet, Teams), which the vendor lists as a location nobody can edit?"""
    return bool(stored_extras(record).get("is_virtual"))


def to_location(record: Location) -> dict[str, Any]:
    stored = stored_extras(record)
    return {
        "id": record.id,
        "name": record.name,
        "address": none_if_empty(record.address),
        **to_phone_fields(record),
        "description": none_if_empty(record.description),
        "latitude": stored.get("latitude"),
        "longitude": stored.get("longitude"),
        "timezone": none_if_empty(record.zone),
        "is_default": is_default(record),
        "is_virtual": is_virtual(record),
    }
