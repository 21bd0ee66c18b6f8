"""The dialect's part of the demo business: a guest room by the night, and one command that books it."""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from core.services import repository
from core.services.sample_slots import first_sample_slot
from plugins.bkap.schemas import MULTI_DATE_TYPES
from plugins.bkap.translate.derived import settings_of

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
    chosen = {"product_id": service_id, "start_date": str(arrival), "end_date": str(leave), "price": 180}
    return _booking_command(url, credential, chosen)


def command(url: str, fields: Mapping[str, str], services: Mapping[str, int], *, now: datetime) -> str:
    """One complete shell command that books: the demo's room, or the first free place of the first service."""
    if SERVICE in services:
        return curl(url, fields, services[SERVICE], now=now)
    known = repository.services.get_many(services.values())
    kinds = {one: settings_of(service).booking_type for one, service in known.items()}
    wanted = [one for one in services.values() if kinds.get(one) not in MULTI_DATE_TYPES]
    sample = first_sample_slot(wanted, now=now)
    if sample is None:
        return read_command(fields, url=url)
    kind, start, end = kinds[sample.service.id], sample.start, sample.end
    chosen: dict[str, Any] = {"product_id": sample.service.id, "price": f"{sample.service.price:f}"}
    chosen["start_date"] = f"{start:%Y-%m-%d}"
    chosen["end_date"] = f"{start if kind == 'only_day' else end:%Y-%m-%d}"
    if kind not in ("only_day", "multiple_days"):
        chosen["start_time"], chosen["end_time"] = f"{start:%H:%M}", f"{end:%H:%M}"
    if kind == "duration_time":
        chosen["duration"] = round((end - start).total_seconds() / 60)
    if sample.resource_id:
        chosen["resource_id"] = sample.resource_id
    return _booking_command(url, fields, chosen)


def read_command(fields: Mapping[str, str], *, url: str) -> str:
    """One complete shell command that lists bookings."""
    return f"curl -sS -u {shlex.quote(_login(fields))} {shlex.quote(f'{url}/wc-api/v3/bkap/bookings')}"


def _login(fields: Mapping[str, str]) -> str:
    return f"{fields['consumer_key']}:{fields['consumer_secret']}"


def _booking_command(url: str, fields: Mapping[str, str], chosen: Mapping[str, Any]) -> str:
    body = json.dumps({"quantity": 1, **chosen}, separators=(",", ":"))
    return (
        f"curl -sS -u {shlex.quote(_login(fields))} -H 'Content-Type: application/json'"
        f" -d {shlex.quote(body)} {shlex.quote(f'{url}/wc-api/v3/bkap/bookings')}"
    )
