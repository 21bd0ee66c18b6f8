"""Resources, and team members, which are resources of kind "staff": the vendor's words and back.

README.md, "Resources" and "Team members".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from frontdesk.records import Resource
from frontdesk.schedule import CalendarRule
from frontdesk.statuses import ACTIVE, DELETED
from frontdesk.wordpress import php
from plugins.wc_bookings.translate.opening_hours import to_member_hours, to_member_rules, to_overrides, to_week
from plugins.wc_bookings.translate.settings_from_plan import to_availability_rows
from plugins.wc_bookings.translate.values import NAME, stored_extras

#: Fields that core does not have; they stay in the resource's extras.
EXTRA_FIELDS = ("role", "image_id", "image_url", "note", "availability_source")
_TEXT_FIELDS = (
    ("name", "name"), ("email", "email"), ("phone_number", "phone"), ("description", "description"),
)  # fmt: skip
_MAX_CAPACITY = 10**6


def to_resource(resource: Resource) -> dict[str, Any]:
    """A resource as the API shows it. Costs belong to the product that uses it, so they are 0 here."""
    rules = stored_extras(resource).get("availability")
    return {
        "id": resource.id,
        "availability": rules if rules is not None else to_availability_rows(resource.rules),
        "base_cost": 0,
        "block_cost": 0,
        "name": resource.name,
        "parent_id": 0,
        "qty": "" if resource.capacity is None else str(resource.capacity),
        "sort_order": resource.position,
    }


# -- team members ------------------------------------------------------------------------------------------------------


def to_team_member(member: Resource, service_ids: Sequence[int]) -> dict[str, Any]:
    """A team member as the API shows it; ``service_ids`` are the products that offer it."""
    extras = stored_extras(member)
    hours = extras.get("hours") or {}
    return {
        "id": member.id,
        "status": "trash" if member.status == DELETED else "publish",
        "name": member.name,
        "qty": member.capacity if member.capacity is not None else 1,
        "role": extras.get("role", ""),
        "email": member.email,
        "phone_number": member.phone,
        "image_id": extras.get("image_id", 0),
        "image_url": extras.get("image_url", ""),
        "description": member.description,
        "note": extras.get("note", ""),
        "availability_source": extras.get("availability_source", "team_member" if member.rules else "store"),
        "availability": {
            "weekly_schedule": to_week(hours.get("weekly_schedule") or {}),
            "date_overrides": to_overrides(hours.get("date_overrides") or {}),
        },
        "product_booking_ids": service_ids,
    }


def to_values(payload: Mapping[str, Any], member: Resource | None) -> dict[str, Any]:
    """The fields of a resource that a payload sets; ``member`` is the one to change.

    Raises:
        InvalidHours: A day, date or time slot is not valid.
    """
    extras = dict(stored_extras(member)) if member is not None else {}
    values: dict[str, Any] = {}
    for name, field in _TEXT_FIELDS:
        if payload.get(name) is not None:
            values[field] = php.to_text(payload[name])[:255]
    if payload.get("qty") not in (None, ""):
        values["capacity"] = max(1, min(_MAX_CAPACITY, php.intval(payload["qty"])))
    elif member is None:
        values["capacity"] = 1
    if payload.get("status") is not None:
        values["status"] = DELETED if payload["status"] == "trash" else ACTIVE
    extras |= {name: payload[name] for name in EXTRA_FIELDS if payload.get(name) is not None}
    hours = payload.get("availability")
    if hours is not None:
        extras["hours"] = to_member_hours(hours, extras.get("hours") or {})
        extras.setdefault("availability_source", "team_member")
    if hours is not None or payload.get("availability_source") is not None:
        values["rules"] = to_rules(extras)
    values["extras"] = {**(member.extras if member is not None else {}), NAME: extras}
    return values


def to_rules(extras: Mapping[str, Any]) -> tuple[CalendarRule, ...]:
    """The calendar rules of a team member with these extras; none where the shop's hours apply."""
    if extras.get("availability_source") != "team_member":
        return ()
    hours = extras.get("hours") or {}
    return to_member_rules(hours.get("weekly_schedule") or {}, hours.get("date_overrides") or {})
