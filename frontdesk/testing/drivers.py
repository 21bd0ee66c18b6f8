"""What an author declares about a dialect, so that the tests of this package can talk to it: a ``Driver``."""

import copy
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeVar

#: Sends method, path with query, headers and body; returns status, headers with lower-case names, and body.
Send = Callable[[str, str, dict[str, str], bytes], tuple[int, dict[str, str], bytes]]

D = TypeVar("D", bound="Driver")


def through_webtest(app: Any) -> Send:
    """Requests straight into a WSGI app, which is a ``webtest.TestApp``."""

    def send(method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        reply = app.request(path, method=method, headers=headers, body=body, expect_errors=True)
        return reply.status_int, {name.lower(): value for name, value in reply.headers.items()}, reply.body

    return send


class OverHttp:
    """Requests over one kept connection; it is opened anew when the server closed it. One thread uses it at a time."""

    def __init__(self, host: str, port: int) -> None:
        self._connection = http.client.HTTPConnection(host, port, timeout=60)

    def __call__(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, dict[str, str], bytes]:
        for last_try in (False, True):
            try:
                self._connection.request(method, path, body or None, headers)
                reply = self._connection.getresponse()
                return reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A kept connection may end between two requests; one that fails twice is the server's doing.
                self.close()
                if last_try:
                    raise
        raise AssertionError

    def close(self) -> None:
        """Close the connection; another request opens a new one."""
        self._connection.close()


@dataclass
class Outcome:
    """What a try to book or to move brought.

    Attributes:
        status: The HTTP status.
        body: The decoded JSON, or the bytes where it is none.
        id: The booking's id in the ledger; None where the try was refused.
    """

    status: int
    body: Any
    id: int | None

    @property
    def booked(self) -> bool:
        return self.id is not None


class Driver:
    """A client of one dialect, as an integrator would write it; the conformance suite and the fixtures book with it.

    A subclass says how the dialect books and what its refusals look like. Whatever else it declares is tested too;
    whatever it leaves out is skipped, and the skip says which method is missing. Times are naive: the wall clock of the
    service's zone. Ids are those of core.

    Attributes:
        name: The dialect's name.
        plugin: What ``[plugins] enabled`` takes: a name or a dotted path. Empty: the dialect's name.
        settings: The plugin's table of the configuration during tests. Rate limits belong here: a frozen clock never
            gives them room again.
        public: Names of methods of this class that the dialect serves without sign-in.
        has_versions: Whether a booking that is read has an ``ETag``, and moving it honours ``If-Match``.
        headers: Sent with every request; ``__init__`` puts the credentials here.
        fields: What ``frontdesk keys create`` prints for the key of this client.
    """

    name: ClassVar[str] = ""
    plugin: ClassVar[str] = ""
    settings: ClassVar[Mapping[str, Any]] = {}
    public: ClassVar[frozenset[str]] = frozenset()
    has_versions: ClassVar[bool] = False

    def __init__(self, send: Send, fields: Mapping[str, str]) -> None:
        self._send = send
        self.fields = dict(fields)
        self.headers: dict[str, str] = {}

    def through(self: D, send: Send, *, headers: Mapping[str, str] | None = None) -> D:
        """The same signed-in client over another transport, or with other headers."""
        twin = copy.copy(self)
        twin._send = send
        twin.headers = dict(self.headers if headers is None else headers)
        return twin

    def send(
        self, method: str, path: str, data: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], Any]:
        """Send a request; ``data`` is a body as bytes, or anything that is sent as JSON.

        Returns:
            Status, headers with lower-case names, and the decoded body (bytes where it is no JSON, None without one).
        """
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

    # -- must be declared ---------------------------------------------------------------------------------------------

    def book(self, service_id: int, start: datetime, minutes: int = 60, *, key: str = "", **more: Any) -> Outcome:
        """Try to book one place from ``start`` for ``minutes``.

        Args:
            key: The ``Idempotency-Key`` of the request; empty: none (see ``idempotent``).
            more: Further fields of the body in the dialect's own words.
        """
        raise NotImplementedError

    def is_refusal(self, outcome: Outcome) -> bool:
        """Whether this is how the dialect says that there is no room."""
        raise NotImplementedError

    # -- may be declared ----------------------------------------------------------------------------------------------

    def is_error(self, status: int, body: Any) -> bool:
        """Whether this is the dialect's own error reply to a wrong request; by default 4xx with an object."""
        return 400 <= status < 500 and isinstance(body, dict) and bool(body)

    def places(self, service_id: int, day: datetime) -> dict[str, int]:
        """The places left at each start (``HH:MM``) of a day; starts that are full may be left out."""
        raise NotImplementedError

    def read(self, id: int) -> tuple[int, Any]:
        """Status and body of one booking."""
        raise NotImplementedError

    def listed(self) -> set[int]:
        """The ids of the bookings that the dialect lists."""
        raise NotImplementedError

    def move(self, id: int, start: datetime, minutes: int = 60, *, headers: Mapping[str, str] | None = None) -> Outcome:
        """Try to have a booking begin at another time. ``headers`` are further ones, such as ``If-Match``."""
        raise NotImplementedError

    def cancel(self, id: int) -> None:
        """Cancel a booking.

        Raises:
            AssertionError: The dialect refuses.
        """
        raise NotImplementedError

    def quote(self, service_id: int, start: datetime, minutes: int = 60) -> Decimal:
        """The total that the dialect names before booking."""
        raise NotImplementedError

    def texts(self, text: str) -> dict[str, Any]:
        """Fields of the booking's body that take this free text; reading the booking shows it."""
        raise NotImplementedError

    def price(self, id: int) -> tuple[Decimal, list[Decimal]]:
        """The total of a booking, and the amounts that the dialect shows as its parts."""
        raise NotImplementedError

    # -- for those who call a driver ----------------------------------------------------------------------------------

    @classmethod
    def declares(cls, method: str) -> bool:
        """Whether a subclass has this method."""
        return getattr(cls, method) is not getattr(Driver, method)

    def left(self, service_id: int, start: datetime) -> int:
        """The places left at one start; 0 where it is not offered."""
        return self.places(service_id, start).get(f"{start:%H:%M}", 0)


def idempotent(key: str) -> dict[str, str]:
    """The header of an idempotency key; none for an empty one."""
    return {"Idempotency-Key": key} if key else {}
