"""All errors that core raises on purpose, as types with attributes.

An error never contains a status code or a sentence for users: each dialect renders it by its own table.

    DomainError
    ├── NotFound                kind, id
    ├── Invalid                 field, reason, value
    ├── MalformedBody           reason
    ├── BodyTooLarge            limit
    ├── NotAvailable            reason, wanted, left, subject, start, item, limit, detail, unit
    ├── Conflict
    │   ├── Duplicate           kind, field, value
    │   ├── InUse               kind, id, by
    │   ├── InvalidTransition   was, wanted
    │   ├── TooLate             limit
    │   ├── StaleVersion        expected, found
    │   ├── IdempotencyConflict key
    │   └── IdempotencyInFlight key
    ├── BalanceRefused          kind, code, reason, reasons, left
    ├── Vetoed                  plugin, reason
    ├── Unauthenticated         reason
    ├── Forbidden               reason, permission
    ├── AnswerTooLarge          what, limit
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
    facts: dict[str, Any] = {}

    def __init__(self, **facts: Any) -> None:
        unknown = set(facts) - set(self.facts)
        if unknown:
            raise TypeError(f"{type(self).__name__} has no fact {sorted(unknown)}")
        for name, default in self.facts.items():
            setattr(self, name, facts.get(name, default))
        details = ", ".join(f"{name}={facts[name]!r}" for name in self.facts if name in facts)
        super().__init__(f"{type(self).__name__}({details})")


class NotFound(DomainError):
    """No ``kind`` ("booking", "service", ...) with this ``id``."""

    facts = {"kind": "", "id": None}
    kind: str
    id: Any


class Invalid(DomainError):
    """One input is wrong. ``reason`` is a short code ("missing", "type", "range", "unknown", ...)."""

    facts = {"field": "", "reason": "invalid", "value": None, "limit": None}
    field: str
    reason: str
    value: Any
    limit: Any


class MalformedBody(DomainError):
    """The body cannot be parsed. ``reason`` is the parser's message, ``kind`` the content type."""

    facts = {"reason": "", "kind": "json"}
    reason: str
    kind: str


class BodyTooLarge(DomainError):
    """The body is longer than ``limit`` bytes."""

    facts = {"limit": 0}
    limit: int


class NotAvailable(DomainError):
    """An interval cannot be booked.

    ``reason`` is "full", "closed", "past", "notice", "horizon", "grid", "duration", "weekday", "persons" or "resource".
    ``wanted`` and ``left`` are units of capacity; ``subject`` is the ``(kind, id)`` that is full; ``start`` the
    requested instant (aware UTC); ``item`` the position in a group, or None. ``limit`` is the violated bound and
    ``detail`` its direction ("too many", "too short", ...); ``unit`` is the unit of a length, such as ``(30,
    "minute")``.
    """

    facts = {
        "reason": "full",
        "wanted": 1,
        "left": 0,
        "subject": None,
        "start": None,
        "item": None,
        "limit": None,
        "detail": "",
        "unit": None,
    }
    reason: str
    wanted: int
    left: int
    subject: tuple[str, int] | None
    start: datetime | None
    item: int | None
    limit: Any
    detail: str
    unit: tuple[int, str] | None


class Conflict(DomainError):
    """The request conflicts with stored data."""


class Duplicate(Conflict):
    """Another ``kind`` already has this ``value`` in ``field``."""

    facts = {"kind": "", "field": "", "value": None, "id": None}
    kind: str
    field: str
    value: Any
    id: Any


class InUse(Conflict):
    """``kind`` ``id`` cannot be deleted while ``by`` refers to it."""

    facts = {"kind": "", "id": None, "by": "booking"}
    kind: str
    id: Any
    by: str


class InvalidTransition(Conflict):
    """A status change that is not allowed."""

    facts = {"was": "", "wanted": ""}
    was: str
    wanted: str


class TooLate(Conflict):
    """The notice period for cancelling or moving has passed. ``limit`` in minutes."""

    facts = {"limit": 0}
    limit: int


class StaleVersion(Conflict):
    """The record has changed since the caller read it."""

    facts = {"expected": 0, "found": 0}
    expected: int
    found: int


class IdempotencyConflict(Conflict):
    """The idempotency key was used for another request."""

    facts = {"key": ""}
    key: str


class IdempotencyInFlight(Conflict):
    """The first request with this idempotency key has not ended."""

    facts = {"key": ""}
    key: str


class BalanceRefused(DomainError):
    """A coupon, package or gift card does not cover the booking.

    ``kind`` is "coupon", "package" or "gift_card"; ``reason`` one of "unknown", "inactive", "expired", "not_started",
    "service", "staff", "customer", "used_up", "customer_limit", "short"; ``reasons`` all that apply, where all were
    checked.
    """

    facts = {"kind": "coupon", "code": "", "reason": "unknown", "reasons": (), "left": 0}
    kind: str
    code: str
    reason: str
    reasons: tuple[str, ...]
    left: Any


class Vetoed(DomainError):
    """A plugin's ``check_booking`` refused. ``reason`` is the plugin's sentence."""

    facts = {"plugin": "", "reason": ""}
    plugin: str
    reason: str


class Unauthenticated(DomainError):
    """No usable credential. ``reason``: "missing", "unknown", "secret", "expired", "signature", "timestamp", ..."""

    facts = {"reason": "missing", "detail": ""}
    reason: str
    detail: Any


class Forbidden(DomainError):
    """An authenticated caller lacks ``permission``."""

    facts = {"reason": "permission", "permission": ""}
    reason: str
    permission: str


class RateLimited(DomainError):
    """Too many calls. ``retry_after`` in whole seconds, ``window`` the exhausted window's name."""

    facts = {"retry_after": 1, "window": "", "limit": 0}
    retry_after: int
    window: str
    limit: int


class AnswerTooLarge(DomainError):
    """More data than one response may contain: ``what`` ("days", "starts" or "records") beyond ``limit``."""

    facts = {"what": "records", "limit": 0}
    what: str
    limit: int


class ServiceUnavailable(DomainError):
    """A valid request that the server cannot handle now; ``retry_after`` in whole seconds.

    Nothing has been written. Every dialect renders it as 503 with ``Retry-After``.
    """

    facts = {"retry_after": 5}
    retry_after: int


class DatastoreBusy(ServiceUnavailable):
    """Other writers held the datastore for longer than a request may wait."""


class DatastoreUnavailable(ServiceUnavailable):
    """The datastore has a problem.

    ``reason`` is "unreachable", "busy", "resources", "read_only", "full", "disk", "damaged" or "unconfirmed";
    ``detail`` is the database's message, for operators only.
    """

    facts = {"retry_after": 5, "reason": "unreachable", "detail": ""}
    reason: str
    detail: str
