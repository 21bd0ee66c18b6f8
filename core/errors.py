"""All errors that core raises on purpose, as types with attributes.

An error never contains a status code or a sentence for users: each dialect renders it by its own table.

    DomainError
    ├── NotFound                kind, id
    ├── Invalid                 field, reason, value
    ├── MalformedBody           reason
    ├── BodyTooLarge            limit
    ├── NotAvailable            reason, requested, remaining, subject, start, position, limit, detail, unit
    ├── Conflict
    │   ├── Duplicate           kind, field, value
    │   ├── InUse               kind, id, used_by
    │   ├── InvalidTransition   from_status, to_status
    │   ├── TooLate             limit
    │   ├── StaleVersion        expected_version, actual_version
    │   ├── IdempotencyConflict key
    │   └── IdempotencyInFlight key
    ├── BalanceRefused          kind, code, reason, reasons, remaining
    ├── Vetoed                  plugin, reason
    ├── Unauthenticated         reason
    ├── Forbidden               reason, permission
    ├── AnswerTooLarge          unit, limit
    ├── RateLimited             retry_after, window, limit
    └── ServiceUnavailable      retry_after
        ├── DatastoreBusy       retry_after
        └── DatastoreUnavailable retry_after, reason, detail
"""

from datetime import datetime
from typing import Any


class PluginFailed(Exception):
    """A hook of a plugin raised something, or returned what its hook does not allow; logged where it happened."""

    def __init__(self, plugin: str, hook: str, reason: str) -> None:
        self.plugin, self.hook, self.reason = plugin, hook, reason
        super().__init__(f"plugin {plugin!r} failed in {hook}: {reason}")


class DomainError(Exception):
    """Base of all typed errors. Keyword arguments become attributes."""

    #: Attributes of the error, with their defaults.
    fields: dict[str, Any] = {}

    def __init__(self, **values: Any) -> None:
        unknown = set(values) - set(self.fields)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no field {sorted(unknown)}")
        for name, default in self.fields.items():
            setattr(self, name, values.get(name, default))
        super().__init__()
        self._given = values

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={self._given[name]!r}" for name in self.fields if name in self._given)
        return f"{type(self).__name__}({arguments})"

    __repr__ = __str__


class NotFound(DomainError):
    """No ``kind`` ("booking", "service", ...) with this ``id``."""

    fields = {"kind": "", "id": None}
    kind: str
    id: Any


class Invalid(DomainError):
    """One input is wrong. ``reason`` is a short code ("missing", "type", "range", "unknown", ...)."""

    fields = {"field": "", "reason": "invalid", "value": None, "limit": None}
    field: str
    reason: str
    value: Any
    limit: Any


class MalformedBody(DomainError):
    """The body cannot be parsed. ``reason`` is the parser's message, ``kind`` the content type."""

    fields = {"reason": "", "kind": "json"}
    reason: str
    kind: str


class BodyTooLarge(DomainError):
    """The body is longer than ``limit`` bytes."""

    fields = {"limit": 0}
    limit: int


class NotAvailable(DomainError):
    """An interval cannot be booked.

    ``reason`` is "full", "closed", "past", "notice", "horizon", "grid", "duration", "weekday", "persons" or "resource".
    ``requested`` and ``remaining`` are units of capacity; ``subject`` is the ``(kind, id)`` that is full; ``start`` the
    requested instant (aware UTC); ``position`` that of the booking in its group, or None. ``limit`` is the violated
    bound and ``detail`` its direction ("too many", "too short", ...); ``unit`` is the unit of a length, such as
    ``(30, "minute")``.
    """

    fields = {
        "reason": "full",
        "requested": 1,
        "remaining": 0,
        "subject": None,
        "start": None,
        "position": None,
        "limit": None,
        "detail": "",
        "unit": None,
    }
    reason: str
    requested: int
    remaining: int
    subject: tuple[str, int] | None
    start: datetime | None
    position: int | None
    limit: Any
    detail: str
    unit: tuple[int, str] | None


class Conflict(DomainError):
    """The request conflicts with stored data."""


class Duplicate(Conflict):
    """Another ``kind`` already has this ``value`` in ``field``."""

    fields = {"kind": "", "field": "", "value": None, "id": None}
    kind: str
    field: str
    value: Any
    id: Any


class InUse(Conflict):
    """``kind`` ``id`` cannot be deleted while a ``used_by`` refers to it."""

    fields = {"kind": "", "id": None, "used_by": "booking"}
    kind: str
    id: Any
    used_by: str


class InvalidTransition(Conflict):
    """A status change that is not allowed."""

    fields = {"from_status": "", "to_status": ""}
    from_status: str
    to_status: str


class TooLate(Conflict):
    """The notice period for cancelling or moving has passed. ``limit`` in minutes."""

    fields = {"limit": 0}
    limit: int


class StaleVersion(Conflict):
    """The record has changed since the caller read it."""

    fields = {"expected_version": 0, "actual_version": 0}
    expected_version: int
    actual_version: int


class IdempotencyConflict(Conflict):
    """The idempotency key was used for another request."""

    fields = {"key": ""}
    key: str


class IdempotencyInFlight(Conflict):
    """The first request with this idempotency key has not ended."""

    fields = {"key": ""}
    key: str


class BalanceRefused(DomainError):
    """A coupon, package or gift card does not cover the booking.

    ``kind`` is "coupon", "package" or "gift_card"; ``reason`` one of "unknown", "inactive", "expired", "not_started",
    "service", "staff", "customer", "used_up", "customer_limit", "short"; ``reasons`` all that apply, where all were
    checked.
    """

    fields = {"kind": "coupon", "code": "", "reason": "unknown", "reasons": (), "remaining": 0}
    kind: str
    code: str
    reason: str
    reasons: tuple[str, ...]
    remaining: Any


class Vetoed(DomainError):
    """A plugin's ``check_booking`` refused. ``reason`` is the plugin's sentence."""

    fields = {"plugin": "", "reason": ""}
    plugin: str
    reason: str


class Unauthenticated(DomainError):
    """No usable credential. ``reason``: "missing", "unknown", "secret", "expired", "signature", "timestamp", ..."""

    fields = {"reason": "missing", "detail": ""}
    reason: str
    detail: Any


class Forbidden(DomainError):
    """An authenticated caller lacks ``permission``."""

    fields = {"reason": "permission", "permission": ""}
    reason: str
    permission: str


class RateLimited(DomainError):
    """Too many calls. ``retry_after`` in whole seconds, ``window`` the exhausted window's name."""

    fields = {"retry_after": 1, "window": "", "limit": 0}
    retry_after: int
    window: str
    limit: int


class AnswerTooLarge(DomainError):
    """More data than one response may contain: beyond ``limit`` of ``unit`` ("days", "starts" or "records")."""

    fields = {"unit": "records", "limit": 0}
    unit: str
    limit: int


class ServiceUnavailable(DomainError):
    """A valid request that the server cannot handle now; ``retry_after`` in whole seconds.

    Nothing has been written. Every dialect renders it as 503 with ``Retry-After``.
    """

    fields = {"retry_after": 5}
    retry_after: int


class DatastoreBusy(ServiceUnavailable):
    """Other writers held the datastore for longer than a request may wait."""


class DatastoreUnavailable(ServiceUnavailable):
    """The datastore has a problem.

    ``reason`` is "unreachable", "busy", "resources", "read_only", "full", "disk", "damaged" or "unconfirmed";
    ``detail`` is the database's message, for operators only.
    """

    fields = {"retry_after": 5, "reason": "unreachable", "detail": ""}
    reason: str
    detail: str
