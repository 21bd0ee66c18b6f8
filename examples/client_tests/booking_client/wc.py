"""WooCommerce Bookings, with the official ``woocommerce`` library."""

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import requests
from woocommerce import API

from booking_client.errors import Full, KeyRefused, VendorError, with_retries


class WcBookingsClient:
    """One shop.

    Args:
        sleep: Waits between two attempts, in seconds.
    """

    def __init__(
        self, url: str, key: str, secret: str, *, timeout: float = 5, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._api = API(
            url=url, consumer_key=key, consumer_secret=secret, wp_api=True, version="wc-bookings/v1", timeout=timeout
        )
        self._sleep = sleep

    def free_times(self, product_id: int, day: date) -> list[datetime]:
        """The free starts of a day on the shop's clock."""
        params = {"product_ids": product_id, "min_date": str(day), "max_date": str(day + timedelta(days=1))}
        reply = with_retries(lambda: self._api.get("products/slots", params=params), sleep=self._sleep)
        records = self._checked(reply).json()["records"]
        starts = [datetime.fromisoformat(record["date"][:19]) for record in records if record["available"] > 0]
        return [start for start in starts if start.date() == day]

    def book(self, product_id: int, start: datetime, hours: int = 1) -> int:
        """Book and return the booking's id; a booking is tried once, because a lost answer may have done its work."""
        first = int(start.replace(tzinfo=UTC).timestamp())
        body = {"product_id": product_id, "start": first, "end": first + hours * 3600, "status": "confirmed"}
        reply = with_retries(lambda: self._api.post("bookings", body), attempts=1)
        return int(self._checked(reply).json()["id"])

    def cancel(self, booking_id: int) -> None:
        """Cancel a booking."""
        self._checked(with_retries(lambda: self._api.delete(f"bookings/{booking_id}"), sleep=self._sleep))

    def all_bookings(self) -> list[int]:
        """The ids of all bookings, page by page."""
        ids: list[int] = []
        for page in range(1, 1000):
            params = {"page": page, "per_page": 10}
            reply = with_retries(lambda params=params: self._api.get("bookings", params=params), sleep=self._sleep)
            rows = self._checked(reply).json()
            ids += [row["id"] for row in rows]
            if len(rows) < 10:
                break
        return ids

    @staticmethod
    def _checked(reply: requests.Response) -> requests.Response:
        if reply.status_code == 409:
            raise Full(reply.json()["message"])
        if reply.status_code in (401, 403):
            raise KeyRefused(reply.json()["message"])
        if reply.status_code >= 400:
            raise VendorError(reply.text)
        return reply
