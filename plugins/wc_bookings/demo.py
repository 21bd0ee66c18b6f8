"""This dialect's part of the demo business, and shell commands that book it."""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from frontdesk.availability import first_sample_slot
from plugins.wc_bookings.translate.bookings import wall_stamp

_WORK_HOURS = [
    {"type": f"time:{day}", "bookable": "yes", "priority": 10, "from": "08:00", "to": "20:00"} for day in range(1, 6)
]
ROOM, TOUR = "Meeting room", "Boat tour"

DOCUMENT: dict[str, Any] = {
    "categories": [
        {"id": 1001, "name": "Rooms", "slug": "rooms"},
        {"id": 1002, "name": "Tours", "slug": "tours"},
    ],
    "products": [
        {
            "id": 1101,
            "type": "booking",
            "name": ROOM,
            "slug": "meeting-room",
            "status": "publish",
            "description": "A quiet room for ten people, by the hour.",
            "short_description": "Room by the hour",
            "category_ids": [1001],
            "virtual": True,
            "availability": _WORK_HOURS,
            "duration_type": "customer",
            "duration_unit": "hour",
            "min_duration": 1,
            "max_duration": 8,
            "block_cost": "20",
            "pricing": [
                {
                    "type": "days",
                    "from": "5",
                    "to": "5",
                    "modifier": "plus",
                    "cost": "5",
                    "base_modifier": "plus",
                    "base_cost": "",
                }
            ],
        },
        {
            "id": 1102,
            "type": "booking",
            "name": TOUR,
            "slug": "boat-tour",
            "status": "publish",
            "description": "Two hours along the coast, for up to ten people.",
            "short_description": "Two hours at sea",
            "category_ids": [1002],
            "virtual": True,
            "availability": [{"type": "time", "bookable": "yes", "priority": 10, "from": "10:00", "to": "18:00"}],
            "duration_unit": "hour",
            "duration": 2,
            "qty": 10,
            "cost": "15",
            "has_persons": True,
            "has_person_types": True,
            "has_person_qty_multiplier": True,
            "min_persons": 1,
            "max_persons": 10,
            "person_types": [
                {"id": 1103, "name": "Adult", "cost": "25", "block_cost": "0", "min": "1", "max": ""},
                {"id": 1104, "name": "Child", "cost": "12.50", "block_cost": "0", "min": "", "max": ""},
            ],
        },
    ],
}


def document(now: datetime) -> dict[str, Any]:
    """The demo document; nothing in it depends on the day."""
    return DOCUMENT


def weekday_start(now: datetime, hour: int) -> datetime:
    """A wall clock at ``hour`` on next week's Wednesday, so that nothing is in the past or on a weekend."""
    day = now.date() + timedelta(days=9 - now.weekday())
    return datetime(day.year, day.month, day.day, hour)


def read_command(fields: Mapping[str, str], *, url: str) -> str:
    """A complete shell command that lists bookings."""
    return f"curl -sS -u {shlex.quote(_login(fields))} {shlex.quote(f'{url}/wp-json/wc-bookings/v1/bookings')}"


def _login(fields: Mapping[str, str]) -> str:
    return f"{fields['consumer_key']}:{fields['consumer_secret']}"


def _booking_command(url: str, fields: Mapping[str, str], booking: Mapping[str, Any]) -> str:
    body = json.dumps({**booking, "status": "confirmed"}, separators=(",", ":"))
    return (
        f"curl -sS -u {shlex.quote(_login(fields))} -H 'Content-Type: application/json'"
        f" -d {shlex.quote(body)} {shlex.quote(f'{url}/wp-json/wc-bookings/v1/bookings')}"
    )


def curl_of(fields: Mapping[str, str], *, url: str, services: Mapping[str, int], now: datetime) -> str:
    """A complete shell command that books: the demo's meeting room, or the first free slot of the first service."""
    if ROOM in services:
        start = weekday_start(now, 14)
        booking = {"product_id": services[ROOM], "start": wall_stamp(start), "end": wall_stamp(start) + 3600}
        return _booking_command(url, fields, booking)
    sample = first_sample_slot(services.values(), now=now)
    if sample is None:
        return read_command(fields, url=url)
    booking = {"product_id": sample.service.id, "start": wall_stamp(sample.start), "end": wall_stamp(sample.end)}
    if sample.service.plan.resources.choice == "customer" and sample.resource_id:
        booking["resource_id"] = sample.resource_id
    if sample.persons > 1:
        booking["persons"] = sample.persons
    return _booking_command(url, fields, booking)
