"""The demo business in this dialect: a guest room by the night, and shell commands that book and list."""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from frontdesk import repository
from frontdesk.availability import first_sample_slot
from plugins.bkap.schemas import MULTI_DATE_TYPES
from plugins.bkap.translate.product_settings import settings_of

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
            "booking_recurring": {f"booking_weekday_{weekday}": "on" for weekday in range(7)},
            "_bkap_special_price": [
                {"booking_special_weekday": "booking_weekday_5", "booking_special_price": "110"},
                {"booking_special_weekday": "booking_weekday_6", "booking_special_price": "110"},
            ],
            "_bkap_price_ranges": [{"min_number": 7, "max_number": 14, "per_day_price": "80"}],
        }
    ]
}


def document(now: datetime) -> dict[str, Any]:
    """The demo document; the date two weeks from now has a special price."""
    room = DOCUMENT["products"][0]
    special = {"booking_special_date": (now.date() + timedelta(days=14)).isoformat(), "booking_special_price": "140"}
    return {"products": [{**room, "_bkap_special_price": [*room["_bkap_special_price"], special]}]}


def room_command(url: str, key_pair: Mapping[str, str], service_id: int, *, now: datetime) -> str:
    """One complete shell command that books two nights from next week's Tuesday."""
    today = now.date()
    arrival = today + timedelta(days=8 - today.weekday())
    departure = arrival + timedelta(days=2)
    body = {"product_id": service_id, "start_date": str(arrival), "end_date": str(departure), "price": 180}
    return _post_command(url, key_pair, body)


def booking_command(url: str, key_pair: Mapping[str, str], services: Mapping[str, int], *, now: datetime) -> str:
    """One complete shell command that books the demo's room, or else the first free slot of another service."""
    if SERVICE in services:
        return room_command(url, key_pair, services[SERVICE], now=now)
    services_by_id = repository.services.get_many(services.values())
    booking_types = {service_id: settings_of(service).booking_type for service_id, service in services_by_id.items()}
    service_ids = [id for id in services.values() if booking_types.get(id) not in MULTI_DATE_TYPES]
    sample = first_sample_slot(service_ids, now=now)
    if sample is None:
        return list_command(key_pair, url=url)
    booking_type, start, end = booking_types[sample.service.id], sample.start, sample.end
    body: dict[str, Any] = {"product_id": sample.service.id, "price": f"{sample.service.price:f}"}
    body["start_date"] = f"{start:%Y-%m-%d}"
    body["end_date"] = f"{start if booking_type == 'only_day' else end:%Y-%m-%d}"
    if booking_type not in ("only_day", "multiple_days"):
        body["start_time"], body["end_time"] = f"{start:%H:%M}", f"{end:%H:%M}"
    if booking_type == "duration_time":
        body["duration"] = round((end - start).total_seconds() / 60)
    if sample.resource_id:
        body["resource_id"] = sample.resource_id
    return _post_command(url, key_pair, body)


def list_command(key_pair: Mapping[str, str], *, url: str) -> str:
    """One complete shell command that lists bookings."""
    return f"curl -sS -u {shlex.quote(_login(key_pair))} {shlex.quote(f'{url}/wc-api/v3/bkap/bookings')}"


def _login(key_pair: Mapping[str, str]) -> str:
    return f"{key_pair['consumer_key']}:{key_pair['consumer_secret']}"


def _post_command(url: str, key_pair: Mapping[str, str], body: Mapping[str, Any]) -> str:
    payload = json.dumps({"quantity": 1, **body}, separators=(",", ":"))
    return (
        f"curl -sS -u {shlex.quote(_login(key_pair))} -H 'Content-Type: application/json'"
        f" -d {shlex.quote(payload)} {shlex.quote(f'{url}/wc-api/v3/bkap/bookings')}"
    )
