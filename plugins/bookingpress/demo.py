"""A small believable part of the demo business: a yoga class with twelve seats and a coupon."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from frontdesk.availability import first_sample_slot
from frontdesk.repository import coupons

SERVICE = "Yoga class"
COUPON = "WELCOME10"

DOCUMENT: dict[str, Any] = {
    "settings": {"onsite_appointment_status": 1},
    "workhours": [
        {
            "day": day,
            "start_time": "08:00",
            "end_time": "20:00",
            "breaks": [{"start_time": "13:00", "end_time": "14:00"}],
        }
        for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
    ],
    "services": [
        {
            "service_name": SERVICE,
            "service_duration_val": 1,
            "service_duration_unit": "h",
            "service_price": 14,
            "service_description": "<p>An hour of yoga for everybody, mats are there.</p>",
            "max_capacity": 12,
            "extra_services": [{"name": "Mat to keep", "price": 19.5, "max_qty": 4}],
        }
    ],
    "coupons": [
        {
            "coupon_title": "Welcome",
            "coupon_code": "WELCOME10",
            "coupon_discount": 10,
            "coupon_discount_type": "Percentage",
        }
    ],
}


def weekday_next_week(now: datetime) -> date:
    """Wednesday of next week."""
    today = now.date()
    return today + timedelta(days=9 - today.weekday())


def command(url: str, api_key: str, services: Mapping[str, int], *, now: datetime) -> str:
    """One shell command that books: the demo's class, or else the first free place of the first service."""
    if SERVICE in services and coupons.find(code=COUPON) is not None:
        return curl(url, api_key, services[SERVICE], now=now)
    sample = first_sample_slot(services.values(), now=now)
    if sample is None:
        return read_command({"api_key": api_key}, url=url)
    chosen = {
        "selected_service": sample.service.id,
        "selected_date": f"{sample.start:%Y-%m-%d}",
        "selected_start_time": f"{sample.start:%H:%M}",
        "bookingpress_selected_bring_members": sample.persons,
    }
    if sample.service.locations:
        chosen["selected_location"] = sample.service.locations[0]
    return _booking_command(url, api_key, chosen)


def read_command(fields: Mapping[str, str], *, url: str) -> str:
    """One shell command that lists what is offered."""
    return f"curl -sS '{url}/wp-json/bookingpress/v1/services' -H 'X-Bookingpress-Api-Key: {fields['api_key']}'"


def curl(url: str, api_key: str, service_id: int, *, now: datetime) -> str:
    """One shell command that books two seats of the demo's class, with its coupon."""
    chosen = {
        "selected_service": service_id,
        "selected_date": weekday_next_week(now).isoformat(),
        "selected_start_time": "10:00",
        "bookingpress_selected_bring_members": 2,
        "coupon_code": COUPON,
    }
    return _booking_command(url, api_key, chosen)


def _booking_command(url: str, api_key: str, chosen: Mapping[str, Any]) -> str:
    body = {
        **chosen,
        "customer_firstname": "Mira",
        "customer_lastname": "Holt",
        "customer_email": "mira@example.org",
        "selected_payment_method": "on-site",
    }
    return (
        f"curl -sS -X POST '{url}/wp-json/bookingpress/v1/appointments'"
        f" -H 'X-Bookingpress-Api-Key: {api_key}' -H 'Content-Type: application/json'"
        f" -d '{msgspec.json.encode(body).decode()}'"
    )
