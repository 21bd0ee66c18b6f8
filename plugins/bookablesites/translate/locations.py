"""Locations: bodies to core's records, and records as replies show them."""

from collections.abc import Mapping
from typing import Any

from core.domain.records import Location
from plugins.bookablesites.translate.own_fields import own_fields, with_own_fields
from plugins.bookablesites.translate.phones import read_phone, to_phone_fields
from plugins.bookablesites.translate.values import none_if_empty, to_zone


def to_location_values(fields: Mapping[str, Any], current: Location | None) -> dict[str, Any]:
    """The record fields that the fields of a body set."""
    values: dict[str, Any] = {}
    stored = dict(own_fields(current)) if current is not None else {}
    if "name" in fields:
        values["name"] = fields["name"].strip()
    for name in ("address", "description"):
        if name in fields:
            values[name] = fields[name] or ""
    if "timezone" in fields:
        values["zone"] = to_zone(fields["timezone"])
    read_phone(fields, values, stored)
    stored |= {name: fields[name] for name in ("latitude", "longitude", "is_default", "is_virtual") if name in fields}
    return {**values, "extras": with_own_fields(current, stored)}


def is_default(record: Location) -> bool:
    return bool(own_fields(record).get("is_default"))


def is_virtual(record: Location) -> bool:
    """Is this a video meeting (Zoom, Google Meet, Teams), which the vendor lists as a location nobody can edit?"""
    return bool(own_fields(record).get("is_virtual"))


def to_location(record: Location) -> dict[str, Any]:
    stored = own_fields(record)
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
