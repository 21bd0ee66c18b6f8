"""One small client per dialect, as an integrator would write it, over any transport."""

import base64
import http.client
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

Send = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]


def through_webtest(app: Any) -> Send:
    """Requests straight into a WSGI app."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        reply = app.request(path, method=method, headers=headers, body=body, expect_errors=True)
        return reply.status_int, {k.lower(): v for k, v in reply.headers.items()}, reply.body

    return send


def over_http(host: str, port: int) -> Send:
    """Requests over one kept connection; it is opened anew when the server closed it."""
    connection = http.client.HTTPConnection(host, port, timeout=60)

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        for last_try in (False, True):
            try:
                connection.request(method, path, body or None, headers)
                reply = connection.getresponse()
                return reply.status, {k.lower(): v for k, v in reply.getheaders()}, reply.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A kept connection may end between two requests; one that fails twice is the server's doing.
                connection.close()
                if last_try:
                    raise
        raise AssertionError

    return send


@dataclass
class Outcome:
    """What a try to book brought: the booking's id, or the refusal."""

    status: int
    body: Any
    id: int | None

    @property
    def booked(self) -> bool:
        return self.id is not None


class Client:
    """``fields`` are what ``frontdesk keys create`` prints for this dialect."""

    name = ""
    #: Path that all of the dialect's endpoints lie below.
    base: str
    #: What the size of a party is called in a body, and the resource.
    party = ""
    resource = ""

    def __init__(self, send: Send, fields: dict[str, str]) -> None:
        self._send = send
        self.fields = fields
        self.headers: dict[str, str] = {}

    def send(
        self, method: str, path: str, data: Any = None, *, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        sent = {**self.headers, **(headers or {})}
        body = b""
        if data is not None:
            sent["Content-Type"] = "application/json"
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
        status, got, raw = self._send(method, path, sent, body)
        try:
            return status, got, json.loads(raw) if raw else None
        except ValueError:
            return status, got, raw

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        """Try to book; ``more`` are fields of the body in the dialect's own words."""
        raise NotImplementedError

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        """The places left at each start (``HH:MM``) of a day."""
        raise NotImplementedError

    def left(self, service_id: int, start: datetime) -> int:
        return self.places(service_id, start).get(f"{start:%H:%M}", 0)

    def cancel(self, id: int) -> None:
        raise NotImplementedError

    def move(self, id: int, start: datetime, minutes: int = 60) -> int:
        """Try to have a booking begin at another time; the status of the answer."""
        raise NotImplementedError

    def read(self, id: int) -> tuple[int, Any]:
        raise NotImplementedError

    def listed(self) -> set[int]:
        raise NotImplementedError

    def is_refusal(self, outcome: Outcome) -> bool:
        """Is this how the vendor says that there is no room?"""
        raise NotImplementedError


def _idempotent(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key} if key else {}


class Legacy(Client):
    name = "bkap"
    party, resource = "quantity", "resource_id"
    base = "/wc-api/v3/bkap"

    def __init__(self, send: Send, fields: dict[str, str]) -> None:
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
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=_idempotent(key))
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

    def move(self, id: int, start: datetime, minutes: int = 60) -> int:
        end = start + timedelta(minutes=minutes)
        data = {
            "start_date": f"{start:%Y-%m-%d}",
            "end_date": f"{end:%Y-%m-%d}",
            "start_time": f"{start:%H:%M}",
            "end_time": f"{end:%H:%M}",
        }
        return self.send("PUT", f"{self.base}/bookings/{id}", data)[0]

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


class Rest(Client):
    name = "wc_bookings"
    party, resource = "persons", "resource_id"
    base = "/wp-json/wc-bookings/v1"

    def __init__(self, send: Send, fields: dict[str, str]) -> None:
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
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=_idempotent(key))
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

    def move(self, id: int, start: datetime, minutes: int = 60) -> int:
        data = {"start": stamp(start), "end": stamp(start + timedelta(minutes=minutes))}
        return self.send("PUT", f"{self.base}/bookings/{id}", data)[0]

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/bookings/{id}")
        return status, body

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/bookings?per_page=100")
        assert status == 200, body
        return {one["id"] for one in body}

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 409 and outcome.body["message"] == "Requested time is not available."


class Notices(Client):
    name = "bookingpress"
    party, resource = "bookingpress_selected_bring_members", "selected_staff_member_id"
    base = "/wp-json/bookingpress/v1"

    def __init__(self, send: Send, fields: dict[str, str]) -> None:
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
        status, _, body = self.send("POST", f"{self.base}/appointments", data, headers=_idempotent(key))
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

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/appointments?per_page=100")
        assert status == 200, body
        return {one["appointment_id"] for one in body["items"]}

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 200 and "already booked with this time slot" in outcome.body["msg"]


class Bearer(Client):
    name = "bookablesites"
    party, resource = "persons", "employee"
    base = "/api/v1"

    def __init__(self, send: Send, fields: dict[str, str]) -> None:
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
        status, _, body = self.send("POST", f"{self.base}/bookings", data, headers=_idempotent(key))
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

    def move(self, id: int, start: datetime, minutes: int = 60) -> int:
        data = {"date": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"}
        appointment = self.read(id)[1]["appointment_id"]
        return self.send("PATCH", f"{self.base}/appointments/{appointment}", data)[0]

    def read(self, id: int) -> tuple[int, Any]:
        status, _, body = self.send("GET", f"{self.base}/bookings/{id}")
        return status, body

    def listed(self) -> set[int]:
        status, _, body = self.send("GET", f"{self.base}/bookings?limit=100")
        assert status == 200, body
        return {one["id"] for one in body["data"]}

    def is_refusal(self, outcome: Outcome) -> bool:
        return outcome.status == 409 and outcome.body["code"] == "slot_unavailable"


CLIENTS: dict[str, type[Client]] = {client.name: client for client in (Legacy, Rest, Notices, Bearer)}


def make_clients(manager: Any, app: Any, *, now: datetime) -> dict[str, Client]:
    """A client with a key of its own for every dialect of an app."""
    clients = {}
    for name, kind in CLIENTS.items():
        _, fields = manager.credentials[name].create(
            label="test", permissions=None, user=None, expires_at=None, now=now
        )
        clients[name] = kind(through_webtest(app), dict(fields))
    return clients
