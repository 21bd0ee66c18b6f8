"""The BookingPress REST API."""

import time
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import requests

from booking_client.errors import Full, KeyRefused, VendorError, with_retries

_TAKEN = "already booked"


class BookingPressClient:
    """One site. Refused business rules come with status 200: ``variant`` tells."""

    def __init__(
        self, base_url: str, api_key: str, *, timeout: float = 5, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._base = base_url
        self._session = requests.Session()
        self._session.headers["X-Bookingpress-Api-Key"] = api_key
        self._timeout = timeout
        self._sleep = sleep

    def _call(self, method: str, path: str, *, attempts: int = 3, **options: Any) -> Any:
        reply = with_retries(
            lambda: self._session.request(method, self._base + path, timeout=self._timeout, **options),
            attempts=attempts,
            sleep=self._sleep,
        )
        body = reply.json()
        if reply.status_code in (401, 403):
            raise KeyRefused(body["message"])
        if reply.status_code >= 400:
            raise VendorError(body.get("message", reply.text))
        if body.get("variant", "success") != "success":
            raise (Full if _TAKEN in body["msg"] else VendorError)(body["msg"])
        return body

    def free_times(self, service_id: int, day: date) -> list[str]:
        """The free starts of a day as ``HH:MM``."""
        body = self._call("GET", "/appointments/timeslots", params={"service_id": service_id, "selected_date": day})
        groups = ("morning_time", "afternoon_time", "evening_time", "night_time")
        return [slot["start_time"] for group in groups for slot in body[group]]

    def book(self, service_id: int, start: datetime, email: str, seats: int = 1) -> int:
        """Book seats and return the appointment's id; tried once."""
        body = {
            "selected_service": service_id,
            "selected_date": f"{start:%Y-%m-%d}",
            "selected_start_time": f"{start:%H:%M}",
            "bookingpress_selected_bring_members": seats,
            "customer_firstname": "Mira",
            "customer_lastname": "Holt",
            "customer_email": email,
            "selected_payment_method": "on-site",
        }
        return int(self._call("POST", "/appointments", attempts=1, json=body)["appointment_id"])

    def cancel(self, appointment_id: int) -> None:
        """Cancel an appointment."""
        self._call("DELETE", f"/appointments/{appointment_id}")
