"""The clients that the tests of the sandbox use: the official library, and two small ones for the other vendors."""

from typing import Any

import requests
from woocommerce import API

from frontdesk_sandbox import Sandbox

DAY = "2026-03-11"
#: 11 March 2026, 10:00, as this platform counts wall clocks.
TEN = 1_773_223_200
TIMEOUT = 3


class Wc:
    """The official ``woocommerce`` library; it signs with OAuth 1.0a over plain HTTP."""

    path = "/wp-json/wc-bookings/v1/bookings"

    def __init__(self, sandbox: Sandbox, version: str = "wc-bookings/v1", dialect: str = "wc_bookings") -> None:
        settings = sandbox.settings(dialect)
        self.api = API(
            url=settings.url,
            consumer_key=settings.key,
            consumer_secret=settings.secret,
            wp_api=not version.startswith("v3"),
            version=version,
            timeout=TIMEOUT,
        )

    def book(self, hour: int = 0) -> requests.Response:
        start = TEN + hour * 3600
        return self.api.post("bookings", {"product_id": 1101, "start": start, "end": start + 3600, "status": "paid"})

    def list(self) -> requests.Response:
        return self.api.get("bookings")


class Bkap(Wc):
    """The same library in the style of the older API."""

    path = "/wc-api/v3/bkap/bookings"

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(sandbox, "v3", "bkap")

    def book(self, hour: int = 0) -> requests.Response:
        body = {"product_id": 1201, "start_date": DAY, "end_date": "2026-03-12", "price": 90, "quantity": 1}
        return self.api.post("bkap/bookings", body)

    def list(self) -> requests.Response:
        return self.api.get("bkap/bookings")


class BookingPress:
    """``requests`` with the vendor's header."""

    path = "/wp-json/bookingpress/v1/appointments"

    def __init__(self, sandbox: Sandbox) -> None:
        settings = sandbox.settings("bookingpress")
        self.base, self.headers = settings.base_url, {"X-Bookingpress-Api-Key": settings.key}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        return requests.request(method, self.base + path, headers=self.headers, timeout=TIMEOUT, **options)

    def book(self, hour: int = 0) -> requests.Response:
        body = {
            "selected_service": 1205,
            "selected_date": DAY,
            "selected_start_time": f"{10 + hour}:00",
            "customer_firstname": "Mira",
            "customer_lastname": "Holt",
            "customer_email": "mira@example.org",
            "selected_payment_method": "on-site",
        }
        return self.call("POST", "/appointments", json=body)

    def list(self) -> requests.Response:
        return self.call("GET", "/appointments")


class Bookablesites:
    """``requests`` with a bearer token."""

    path = "/api/v1/bookings"

    def __init__(self, sandbox: Sandbox) -> None:
        self.settings = sandbox.settings("bookablesites")
        self.headers = {"Authorization": f"Bearer {self.settings.token}"}

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.settings.url}/api/v1{path}"
        return requests.request(method, url, headers=self.headers, timeout=TIMEOUT, **options)

    def book(self, hour: int = 0) -> requests.Response:
        customer = {"first_name": "Ada", "last_name": "Demo", "email": "ada@example.com"}
        return self.call(
            "POST",
            "/bookings",
            json={"service": 1204, "date": DAY, "time": f"{11 + hour}:00", "customer": customer},
        )

    def list(self) -> requests.Response:
        return self.call("GET", "/bookings")


CLIENTS: dict[str, Any] = {
    "bkap": Bkap,
    "wc_bookings": Wc,
    "bookingpress": BookingPress,
    "bookablesites": Bookablesites,
}


def code_of(reply: requests.Response) -> str:
    """The code that the vendor gives an error."""
    body = reply.json()
    if "errors" in body and isinstance(body["errors"], list):
        return body["errors"][0]["code"]
    return body.get("code") or body.get("message_code") or body.get("variant", "")
