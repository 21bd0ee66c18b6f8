"""Callers send ``Authorization: Bearer cal_...``. Only a hash of the key is stored."""

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import falcon

from frontdesk import CredentialIssuer, Host, Principal, RequestSteps, credentials
from frontdesk.availability import first_sample_slot
from frontdesk.errors import Unauthenticated
from frontdesk.site import current
from frontdesk.times import zone

DIALECT = "cal_v2"


class Steps(RequestSteps):
    """Signs the caller in before each handler."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        scheme, _, key = (req.auth or "").partition(" ")
        if scheme.lower() != "bearer" or not key.startswith("cal_"):
            raise Unauthenticated(reason="missing")
        credential = credentials.find(DIALECT, _hash(key))
        if credential is None or not credential.usable(self._clock()):
            raise Unauthenticated(reason="unknown")
        credentials.touch(credential, now=self._clock())
        req.context.principal = Principal(DIALECT, str(credential.id))


def credential_issuer(host: Host) -> CredentialIssuer:
    """For ``frontdesk keys`` and ``frontdesk demo``."""

    def create(*, label: str, expires_at: datetime | None, now: datetime, **_: Any) -> tuple[Any, dict[str, str]]:
        key = f"cal_{secrets.token_hex(16)}"
        record = credentials.create(
            realm=DIALECT, lookup=_hash(key), label=label, tail=key[-4:], expires_at=expires_at, now=now
        )
        return record, {"api_key": key}

    def booking_command(fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
        slot = first_sample_slot(services.values(), now=host.clock())
        if slot is None:
            return reading_command(fields, url=url)
        start = slot.start.replace(tzinfo=zone(slot.service.zone or current().timezone))
        attendee = {"name": "Mira Holt", "email": "mira@example.org"}
        body = json.dumps({"eventTypeId": slot.service.id, "start": start.isoformat(), "attendee": attendee})
        return f"{reading_command(fields, url=url)} -H 'Content-Type: application/json' -d '{body}'"

    def reading_command(fields: Mapping[str, str], *, url: str) -> str:
        return f"curl -s {url}/v2/bookings -H 'Authorization: Bearer {fields['api_key']}'"

    return CredentialIssuer(
        dialect=DIALECT, realm=DIALECT, create=create, booking_command=booking_command, reading_command=reading_command
    )


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
