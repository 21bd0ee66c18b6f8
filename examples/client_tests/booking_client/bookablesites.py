"""The Bookablesites API, with access tokens that the client renews."""

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import uuid4

import requests

from booking_client.errors import Full, KeyRefused, VendorError, with_retries


class BookablesitesClient:
    """One tenant."""

    def __init__(
        self,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        timeout: float = 5,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self._login = {"client_id": client_id, "client_secret": client_secret, "grant_type": "client_credentials"}
        self._session = requests.Session()
        self._timeout = timeout
        self._sleep = sleep
        self._token = ""

    def _sign_in(self) -> None:
        reply = with_retries(
            lambda: self._session.post(f"{self._url}/auth/token", json=self._login, timeout=self._timeout),
            sleep=self._sleep,
        )
        if reply.status_code != 200:
            raise KeyRefused(reply.json()["message"])
        self._token = reply.json()["access_token"]

    def _call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> Any:
        for is_second in (False, True):
            if not self._token:
                self._sign_in()
            reply = with_retries(
                lambda: self._session.request(
                    method,
                    f"{self._url}/api/v1{path}",
                    headers={"Authorization": f"Bearer {self._token}", **(headers or {})},
                    timeout=self._timeout,
                    **options,
                ),
                sleep=self._sleep,
            )
            if reply.status_code != 401 or is_second:
                break
            # The token has expired; the next one is fresh.
            self._token = ""
        if reply.status_code == 401:
            raise KeyRefused(reply.json()["message"])
        if reply.status_code == 409:
            raise Full(reply.json()["message"])
        if reply.status_code >= 400:
            raise VendorError(reply.text)
        return reply.json() if reply.content else None

    def free_times(self, service_id: int, day: date) -> list[str]:
        """The free starts of a day as ``HH:MM``."""
        params = {"service": service_id, "calendar_start_date": str(day), "calendar_end_date": str(day)}
        days = self._call("GET", "/available-times", params=params)["data"]
        return [slot["start"] for slot in days.get(str(day), [])]

    def book(self, service_id: int, start: datetime, email: str) -> int:
        """Book and return the booking's id. A key makes trying again safe: the vendor books once."""
        body = {
            "service": service_id,
            "date": f"{start:%Y-%m-%d}",
            "time": f"{start:%H:%M}",
            "customer": {"first_name": "Ada", "last_name": "Demo", "email": email},
        }
        headers = {"Idempotency-Key": uuid4().hex}
        return int(self._call("POST", "/bookings", json=body, headers=headers)["id"])

    def bookings(self) -> list[int]:
        """The ids of the bookings on the first page."""
        return [row["id"] for row in self._call("GET", "/bookings")["data"]]

    def listen(self, event: str, url: str) -> None:
        """Have the vendor tell ``url`` about an event."""
        self._call("POST", "/webhooks", json={"name": event, "event": event, "url": url})
