"""The part of the demo business in this dialect: a hairdresser with two employees."""

import json
import shlex
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from frontdesk.availability import first_sample_slot

SERVICE = "Haircut"


def _weekday(weekday: int, *periods: tuple[str, str]) -> dict[str, Any]:
    return {"weekday": weekday, "periods": [{"start": start, "end": end} for start, end in periods]}


DOCUMENT: dict[str, Any] = {
    "employees": [
        {
            "key": "ola",
            "first_name": "Ola",
            "last_name": "Reyes",
            "email": "ola@salon.example",
            "phone": "+1 650 854 6574",
            "badge": "most_popular",
            "working_hours": [_weekday(day, ("09:00", "12:30"), ("13:00", "17:00")) for day in range(1, 6)],
        },
        {
            "key": "mira",
            "first_name": "Mira",
            "last_name": "Holt",
            "email": "mira@salon.example",
            "working_hours": [_weekday(day, ("10:00", "18:00")) for day in range(2, 7)],
        },
    ],
    "services": [
        {
            "name": SERVICE,
            "category": "Hair",
            "description": "Wash, cut and blow-dry.",
            "duration": 3600,
            "price": 45,
            "buffer_time_after": 600,
            "employees": [{"key": "ola"}, {"key": "mira", "price": 39}],
            "extras": [{"name": "Beard trim", "price": 15, "duration": 1800, "max_quantity": 1}],
        }
    ],
    "coupons": [
        {
            "code": "FRESHCUT",
            "discount_type": "percentage",
            "discount_value": 10,
            "expiration_date": "2099-12-31",
            "limit_per_user": 1,
        }
    ],
}


def document(now: datetime) -> dict[str, Any]:
    """The import document, which does not depend on the date."""
    return DOCUMENT


def curl(fields: Mapping[str, str], *, url: str, services: Mapping[str, int], now: datetime) -> str:
    """A shell command that gets a token and books: a haircut next Wednesday, or else the first free slot."""
    if SERVICE in services:
        slot = {"service": services[SERVICE], "date": _wednesday(now), "time": "11:00"}
    else:
        sample = first_sample_slot(services.values(), now=now)
        if sample is None:
            return read_command(fields, url=url)
        slot = {
            "service": sample.service.id,
            "date": f"{sample.start:%Y-%m-%d}",
            "time": f"{sample.start:%H:%M}",
            "persons": sample.persons,
        }
    booking = {**slot, "customer": {"first_name": "Ada", "last_name": "Demo", "email": "ada@example.com"}}
    return (
        f"curl -s {shlex.quote(url + '/api/v1/bookings')} -H 'Content-Type: application/json'"
        f" {_authorization(fields, url)} -d {shlex.quote(json.dumps(booking))}"
    )


def read_command(fields: Mapping[str, str], *, url: str) -> str:
    """A shell command that gets a token and lists the services."""
    return f"curl -s {shlex.quote(url + '/api/v1/services')} {_authorization(fields, url)}"


def _authorization(fields: Mapping[str, str], url: str) -> str:
    login = json.dumps({"clientId": fields["client_id"], "clientSecret": fields["client_secret"]})
    token = (
        f"curl -s {shlex.quote(url + '/auth/token')} -H 'Content-Type: application/json' -d {shlex.quote(login)}"
        ' | sed -E \'s/.*"access_token":"([^"]+)".*/\\1/\''
    )
    return f'-H "Authorization: Bearer $({token})"'


def _wednesday(now: datetime) -> str:
    """The date of next week's Wednesday."""
    return (now + timedelta(days=9 - now.weekday())).date().isoformat()
