"""Drivers of the four built-in dialects: what the project's tests book through, and a second dialect for others."""

import base64
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from urllib.parse import urlencode

from frontdesk.testing.drivers import Driver, Outcome, Send, idempotent


def mail_of(text: str) -> str:
    """An address that no other text has: known customers keep the name that they have."""
    return f"guest-{zlib.crc32(text.encode())}@example.org"


class BuiltIn(Driver):
    """What the project's own tests know besides.

    Attributes:
        base: Path that all of the dialect's endpoints lie below.
        party: What the size of a party is called in a body.
        resource: What the chosen resource is called in a body.
    """

    base: ClassVar[str]
    party: ClassVar[str]
    resource: ClassVar[str]


class Bkap(BuiltIn):
    name = "bkap"
    has_versions = True
    party, resource = "quantity", "resource_id"
    base = "/wc-api/v3/bkap"

    def __init__(self, send: Send, fields: Mapping[str, str]) -> None:
        super().__init__(send, fields)
        pair = f"{fields['consumer_key']}:{fields['consumer_secret']}"
        self.headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        end = start + timedelta(minutes=minutes)
        data = {
            "product_id": service_id,
            "start_date": f"{start:%Y-%m-%d}",
            "end_date": f"{end:%Y-%m-%d}",
            "start_time": f"{start:%H:%M}",
            "end_time": f"{end:%H:%M}",
            "duration": minutes,
            "price": 10,
            "quantity": 1,
            **more,
        }
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=idempotent(key))
        return Outcome(status, body, body["booking_id"] if status == 200 else None)

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        query = urlencode({"product_id": service_id, "start_date": f"{day:%Y-%m-%d}"})
        status, _, body = self.send("GET", f"{self.base}/bookings/availability?{query}")
        assert status == 200, body
        return {
            slot["start_time"]: 10**9 if slot["availability"] == "Unlimited" else slot["availability"]
            for slot in body[0][0].get("slots", [])
        }

    def cancel(self, id: int) -> None:
        status, _, body = self.send("PUT", f"{self.base}/bookings/{id}", {"status": "cancelled"})
        assert status == 200, body

    def move(self, id: int, start: datetime, minutes: int = 60, *, headers: Mapping[str, str] | None = None) -> Outcome:
        end = start + timedelta(minutes=minutes)
        data = {
            "start_date": f"{start:%Y-%m-%d}",
            "end_date": f"{end:%Y-%m-%d}",
            "start_time": f"{start:%H:%M}",
            "end_time": f"{end:%H:%M}",
        }
        status, _, body = self.send("PUT", f"{self.base}/bookings/{id}", data, headers=headers)
        return Outcome(status, body, id if status == 200 else None)

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/bookings/{id}")
        return status, body

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/bookings")
        assert status == 200, body
        return {one["booking_id"] for one in body["bookings"]}

    def is_refusal(self, outcome: Outcome) -> bool:
        code = outcome.body["errors"][0]["code"]
        return outcome.status == 400 and code == "bkap_api_booking_full_booking_error"


def stamp(clock: datetime) -> int:
    """A wall clock as that platform counts it: as if it were UTC."""
    return int(clock.replace(tzinfo=UTC).timestamp())


class WcBookings(BuiltIn):
    name = "wc_bookings"
    public = frozenset({"places"})
    party, resource = "persons", "resource_id"
    base = "/wp-json/wc-bookings/v1"

    def __init__(self, send: Send, fields: Mapping[str, str]) -> None:
        super().__init__(send, fields)
        pair = f"{fields['consumer_key']}:{fields['consumer_secret']}"
        self.headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        data = {
            "product_id": service_id,
            "start": stamp(start),
            "end": stamp(start + timedelta(minutes=minutes)),
            "status": "paid",
            **more,
        }
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=idempotent(key))
        return Outcome(status, body, body["id"] if status == 201 else None)

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        query = urlencode(
            {
                "product_ids": service_id,
                "min_date": f"{day:%Y-%m-%d}",
                "max_date": f"{day + timedelta(days=1):%Y-%m-%d}",
            }
        )
        status, _, body = self.send("GET", f"{self.base}/products/slots?{query}")
        assert status == 200, body
        places: dict[str, int] = {}
        for record in body["records"]:
            clock = record["date"][11:16]
            places[clock] = places.get(clock, 0) + max(0, record["available"])
        return places

    def cancel(self, id: int) -> None:
        status, _, body = self.send("DELETE", f"{self.base}/bookings/{id}")
        assert status == 200, body

    def move(self, id: int, start: datetime, minutes: int = 60, *, headers: Mapping[str, str] | None = None) -> Outcome:
        data = {"start": stamp(start), "end": stamp(start + timedelta(minutes=minutes))}
        status, _, body = self.send("PUT", f"{self.base}/bookings/{id}", data, headers=headers)
        return Outcome(status, body, id if status == 200 else None)

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/bookings/{id}")
        return status, body

    def texts(self, text: str) -> dict[str, Any]:
        return {"local_timezone": text}

    def quote(self, service_id: int, start: datetime, minutes: int = 60) -> Decimal:
        end = start + timedelta(minutes=minutes)
        query = urlencode({"product_id": service_id, "start": f"@{stamp(start)}", "end": f"@{stamp(end)}"})
        status, _, body = self.send("GET", f"/wp-json/wc-bookings/v2/quotes?{query}")
        assert status == 200, body
        return Decimal(str(body["cost"]))

    def price(self, id: int) -> tuple[Decimal, list[Decimal]]:
        cost = Decimal(self.read(id)[1]["cost"])
        return cost, [cost]

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/bookings?per_page=100")
        assert status == 200, body
        return {one["id"] for one in body}

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 409 and outcome.body["message"] == "Requested time is not available."


class BookingPress(BuiltIn):
    name = "bookingpress"
    settings: ClassVar[Mapping[str, Any]] = {"rate_limit_minute": 0, "rate_limit_hour": 0}
    party, resource = "bookingpress_selected_bring_members", "selected_staff_member_id"
    base = "/wp-json/bookingpress/v1"

    def __init__(self, send: Send, fields: Mapping[str, str]) -> None:
        super().__init__(send, fields)
        self.headers = {"X-Bookingpress-Api-Key": fields["api_key"]}

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        data = {
            "selected_service": service_id,
            "selected_date": f"{start:%Y-%m-%d}",
            "selected_start_time": f"{start:%H:%M}",
            "selected_end_time": f"{start + timedelta(minutes=minutes):%H:%M}",
            "customer_firstname": "Mira",
            "customer_lastname": "Holt",
            "customer_email": "mira@example.org",
            "selected_payment_method": "on-site",
            **more,
        }
        status, _, body = self.send("POST", f"{self.base}/appointments", data, headers=idempotent(key))
        booked = status == 200 and body["variant"] == "success"
        return Outcome(status, body, body["appointment_id"] if booked else None)

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        query = urlencode({"service_id": service_id, "selected_date": f"{day:%Y-%m-%d}"})
        status, _, body = self.send("GET", f"{self.base}/appointments/timeslots?{query}")
        assert status == 200, body
        groups = ("morning_time", "afternoon_time", "evening_time", "night_time")
        return {slot["start_time"]: slot["max_capacity"] for group in groups for slot in body[group]}

    def cancel(self, id: int) -> None:
        status, _, body = self.send("DELETE", f"{self.base}/appointments/{id}")
        assert status == 200, body
        assert body["variant"] == "success", body

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/appointments/{id}")
        return status, body

    def texts(self, text: str) -> dict[str, Any]:
        return {"customer_firstname": text, "customer_email": mail_of(text)}

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/appointments?per_page=100")
        assert status == 200, body
        return {one["appointment_id"] for one in body["items"]}

    def is_error(self, status: int, body: Any) -> bool:
        # The form of the site answers 200 to what it refuses.
        return super().is_error(status, body) or (status == 200 and body["variant"] == "error")

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 200 and "already booked with this time slot" in outcome.body["msg"]


class Bookablesites(BuiltIn):
    name = "bookablesites"
    settings: ClassVar[Mapping[str, Any]] = {
        "calls_per_minute": 10**6,
        "writes_per_minute": 10**6,
        "tokens_per_minute": 10**6,
    }
    party, resource = "persons", "employee"
    base = "/api/v1"

    def __init__(self, send: Send, fields: Mapping[str, str]) -> None:
        super().__init__(send, fields)
        pair = {"client_id": fields["client_id"], "client_secret": fields["client_secret"]}
        status, _, body = self.send("POST", "/auth/token", {**pair, "grant_type": "client_credentials"})
        assert status == 200, body
        self.headers = {"Authorization": f"Bearer {body['access_token']}"}

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        data = {
            "service": service_id,
            "date": f"{start:%Y-%m-%d}",
            "time": f"{start:%H:%M}",
            "customer": {"first_name": "Mira", "last_name": "Holt", "email": "mira@example.org"},
            **more,
        }
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=idempotent(key))
        return Outcome(status, body, body["id"] if status == 201 else None)

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        date = f"{day:%Y-%m-%d}"
        query = urlencode({"service": service_id, "calendar_start_date": date, "calendar_end_date": date})
        status, _, body = self.send("GET", f"{self.base}/available-times?{query}")
        assert status == 200, body
        return {slot["start"]: slot["seats_left"] for slot in body["data"].get(date, [])}

    def cancel(self, id: int) -> None:
        status, _, body = self.send("DELETE", f"{self.base}/bookings/{id}")
        assert status == 200, body

    def move(self, id: int, start: datetime, minutes: int = 60, *, headers: Mapping[str, str] | None = None) -> Outcome:
        data = {"date": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"}
        appointment = self.read(id)[1]["appointment_id"]
        status, _, body = self.send("PATCH", f"{self.base}/appointments/{appointment}", data, headers=headers)
        return Outcome(status, body, id if status == 200 else None)

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/bookings/{id}")
        return status, body

    def texts(self, text: str) -> dict[str, Any]:
        return {"customer": {"first_name": text, "last_name": "Holt", "email": mail_of(text)}}

    def quote(self, service_id: int, start: datetime, minutes: int = 60) -> Decimal:
        data = {"service": service_id, "date": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"}
        status, _, body = self.send("POST", "/api/v2/bookings/quote", data)
        assert status == 200, body
        return Decimal(str(body["price"]["total"]))

    def price(self, id: int) -> tuple[Decimal, list[Decimal]]:
        amounts = {name: Decimal(str(value)) for name, value in self.read(id)[1]["price"].items() if name != "currency"}
        return amounts["total"], [amounts["subtotal"], -amounts["discount"], amounts["tax"]]

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/bookings?limit=100")
        assert status == 200, body
        return {one["id"] for one in body["data"]}

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 409 and outcome.body["code"] == "slot_unavailable"


DRIVERS: dict[str, type[BuiltIn]] = {driver.name: driver for driver in (Bkap, WcBookings, BookingPress, Bookablesites)}
