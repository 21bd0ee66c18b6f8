"""Customers: bodies to core's records, and records as replies show them."""

from collections.abc import Mapping
from typing import Any

from frontdesk.records import Customer
from plugins.bookablesites.translate.phones import read_phone, to_phone_fields
from plugins.bookablesites.translate.values import from_instant, none_if_empty, stored_extras, to_date, with_own_extras


def to_customer_values(fields: Mapping[str, Any], current: Customer | None) -> dict[str, Any]:
    """The record fields that the fields of a body set."""
    values = {name: (fields[name] or "").strip() for name in ("first_name", "last_name", "email") if name in fields}
    stored = dict(stored_extras(current)) if current is not None else {}
    read_phone(fields, values, stored)
    if "description" in fields:
        values["note"] = fields["description"] or ""
    if "birthday" in fields:
        birthday = fields["birthday"]
        stored["birthday"] = to_date(birthday, "birthday").isoformat() if birthday else None
    stored |= {name: fields[name] for name in ("gender", "custom_fields") if name in fields}
    return {**values, "extras": with_own_extras(current, stored)}


def to_customer(record: Customer, zone_name: str) -> dict[str, Any]:
    stored = stored_extras(record)
    return {
        "id": record.id,
        "first_name": record.first_name,
        "last_name": record.last_name,
        "email": none_if_empty(record.email),
        **to_phone_fields(record),
        "gender": stored.get("gender"),
        "birthday": stored.get("birthday"),
        "description": none_if_empty(record.note),
        "custom_fields": stored.get("custom_fields") or {},
        "created_at": from_instant(record.created_at, zone_name),
        "updated_at": from_instant(record.modified_at, zone_name),
    }
