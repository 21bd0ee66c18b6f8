"""The dialect's part of the demo business: a guest room by the night, and one command that books it."""

import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

SERVICE = "Guest room"

#: The room without its special date, which depends on the day the demo is set up.
DOCUMENT: dict[str, Any] = {
    "products": [
        {
            "id": 1201,
            "title": SERVICE,
            "slug": "guest-room",
            "price": "90",
            "virtual": True,
            "description": "A double room with a view, by the night.",
            "categories": ["Rooms"],
            "_bkap_enable_booking": "on",
            "_bkap_booking_type": "multiple_days",
            "_bkap_enable_inline": "on",
            "_bkap_requires_confirmation": "on",
            "_bkap_can_be_cancelled": {"status": "on", "duration": "2", "period": "day"},
            "_bkap_date_lockout": 3,
            "_bkap_multiple_day_min": 1,
            "_bkap_multiple_day_max": 14,
            "booking_recurring": {f"booking_weekday_{number}": "on" for number in range(7)},
            "_bkap_special_price": [
                {"booking_special_weekday": "booking_weekday_5", "booking_special_price": "110"},
                {"booking_special_weekday": "booking_weekday_6", "booking_special_price": "110"},
            ],
            "_bkap_price_ranges": [{"min_number": 7, "max_number": 14, "per_day_price": "80"}],
        }
    ]
}


def document(now: datetime) -> dict[str, Any]:
    """The demo document; a date two weeks from now has a price of its own."""
    room = DOCUMENT["products"][0]
    special = {
        "booking_special_date": (now.date() + timedelta(days=14)).isoformat(),
        "booking_special_price": "140",
    }
    return {"products": [{**room, "_bkap_special_price": [*room["_bkap_special_price"], special]}]}


def curl(url: str, credential: Mapping[str, str], service_id: int, *, now: datetime) -> str:
    """One complete shell command that books two nights from next week's Tuesday."""
    today = now.date()
    arrival = today + timedelta(days=8 - today.weekday())
    leave = arrival + timedelta(days=2)
    body = f'{{"product_id":{service_id},"quantity":1,"start_date":"{arrival}","end_date":"{leave}","price":180}}'
    login = f"{credential['consumer_key']}:{credential['consumer_secret']}"
    return (
        f"curl -sS -u {shlex.quote(login)} -H 'Content-Type: application/json'"
        f" -d {shlex.quote(body)} {shlex.quote(f'{url}/wc-api/v3/bkap/bookings')}"
    )
