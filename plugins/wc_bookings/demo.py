"""The part of the demo business that this dialect brings, and a shell command that books it."""

import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

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
    """The demo document; it holds nothing that depends on the day."""
    return DOCUMENT


def weekday_start(now: datetime, hour: int) -> datetime:
    """A wall clock at ``hour`` on next week's Wednesday, so that nothing is in the past or on a weekend."""
    day = now.date() + timedelta(days=9 - now.weekday())
    return datetime(day.year, day.month, day.day, hour)


def curl(url: str, credential: Mapping[str, str], service_id: int, *, now: datetime) -> str:
    """One complete shell command that books an hour of the service next week."""
    start = weekday_start(now, 14)
    stamp = int((start - datetime(1970, 1, 1)).total_seconds())
    body = f'{{"product_id":{service_id},"start":{stamp},"end":{stamp + 3600},"status":"confirmed"}}'
    login = f"{credential['consumer_key']}:{credential['consumer_secret']}"
    return (
        f"curl -sS -u {shlex.quote(login)} -H 'Content-Type: application/json'"
        f" -d {shlex.quote(body)} {shlex.quote(f'{url}/wp-json/wc-bookings/v1/bookings')}"
    )


def curl_of(fields: Mapping[str, str], *, url: str, services: Mapping[str, int], now: datetime) -> str:
    """``curl`` for whichever service the demo offers; the meeting room where it is there."""
    service_id = services.get(ROOM) or next(iter(services.values()), 0)
    return curl(url, fields, service_id, now=now)
