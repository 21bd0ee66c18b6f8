"""The faults of a sandbox: which requests they meet, how often they did, and what happens then."""

import random
import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Annotated, Any

from msgspec import Meta, Struct

from core import errors
from core.errors import DomainError, Invalid, NotFound
from core.suggestions import suggestion

MAX_FAULTS = 1000
#: What happens to the connection, whatever the API would have answered.
CONNECTION_KINDS = ("delay", "page", "cut", "lost_answer", "half_answer", "slow_body")
#: What happens to a webhook.
WEBHOOK_KINDS = ("duplicated_webhook", "lost_webhook", "failed_webhook")
#: Refusals that are brought about where they arise, so that the dialect says them with everything around.
REFUSAL_KINDS = ("full", "rate_limited", "expired_key", "server_error", "unavailable")


def _typed_errors() -> dict[str, type[DomainError]]:
    """Core's errors by name: ``TooLate`` is ``too_late``."""
    kinds = (value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, DomainError))
    return {re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower(): kind for kind in kinds}


ERRORS = _typed_errors()
Seconds = Annotated[float, Meta(ge=0, le=60)]
Count = Annotated[int, Meta(ge=0, le=1_000_000)]


class Fault(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goes wrong, for whom, and how often.

    Attributes:
        kind: One of the kinds above, or the name of one of core's errors.
        dialect, method, path, key: Which requests; empty ones are any. ``path`` may have ``*``; ``key`` is what the
            ready line calls consumer key, API key or client id.
        nth: Only the call of this number that it meets, from 1; 0 is every one.
        times: How often at most; 0 is until it is cleared.
        probability, seed: How many of the calls, by a random order that the seed decides.
        seconds: Of a delay, or of a slow body as a whole.
        status: Of a page, or the answer of a receiver to a failed webhook.
        retry_after: Seconds that a rate limit or an outage asks the client to wait.
        fields: Attributes of one of core's errors.
    """

    kind: str
    dialect: str = ""
    method: str = ""
    path: str = ""
    key: str = ""
    nth: Count = 0
    times: Count = 0
    probability: Annotated[float, Meta(ge=0, le=1)] = 1.0
    seed: int = 0
    seconds: Seconds = 1.0
    status: Annotated[int, Meta(ge=400, le=599)] = 502
    retry_after: Annotated[int, Meta(ge=1, le=86_400)] = 30
    fields: dict[str, Any] = {}


def check_fault(fault: Fault, dialects: Iterable[str]) -> None:
    """Refuse a fault that could never happen.

    Raises:
        Invalid: With the nearest name.
    """
    kinds = (*CONNECTION_KINDS, *REFUSAL_KINDS, *WEBHOOK_KINDS, *ERRORS)
    if fault.kind not in kinds:
        raise Invalid(field="kind", reason=f"no fault is called {fault.kind!r}{suggestion(fault.kind, kinds)}")
    dialects = tuple(dialects)
    if fault.dialect and fault.dialect not in dialects:
        hint = suggestion(fault.dialect, dialects)
        raise Invalid(field="dialect", reason=f"no dialect is called {fault.dialect!r}{hint}")
    if fault.fields:
        kind = ERRORS.get(fault.kind, errors.NotAvailable if fault.kind == "full" else None)
        unknown = sorted(set(fault.fields) - set(kind.fields if kind else ()))
        if unknown:
            raise Invalid(field=f"fields.{unknown[0]}", reason=f"{fault.kind} has no such field")


@dataclass(slots=True)
class Scheduled:
    """A fault that is set, with its number, the calls it met and those it spoiled."""

    id: int
    fault: Fault
    met: int = 0
    used: int = 0
    chance: random.Random = field(default_factory=random.Random)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def takes(self) -> bool:
        """Count a call that it meets, and whether it goes wrong."""
        with self.lock:
            self.met += 1
            if self.fault.times and self.used >= self.fault.times:
                return False
            is_due = not self.fault.nth or self.met == self.fault.nth
            # Asked for every call, so that the seed alone decides which.
            is_hit = self.fault.probability >= 1 or self.chance.random() < self.fault.probability
            if is_due and is_hit:
                self.used += 1
            return is_due and is_hit


class Faults:
    """All faults that are set."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Scheduled] = []
        self._next_id = 1

    def add(self, fault: Fault) -> Scheduled:
        """Set a fault.

        Raises:
            Invalid: There are too many.
        """
        with self._lock:
            if len(self._faults) >= MAX_FAULTS:
                raise Invalid(field="kind", reason=f"{MAX_FAULTS} faults are set already")
            scheduled = Scheduled(self._next_id, fault, chance=random.Random(fault.seed))
            self._next_id += 1
            self._faults.append(scheduled)
        return scheduled

    def listed(self) -> list[Scheduled]:
        """The faults in the order in which they were set."""
        return list(self._faults)

    def clear(self, fault_id: int | None = None) -> int:
        """Clear one fault, or all; returns how many.

        Raises:
            NotFound: There is no fault of this number.
        """
        with self._lock:
            kept = [] if fault_id is None else [one for one in self._faults if one.id != fault_id]
            cleared = len(self._faults) - len(kept)
            if fault_id is not None and not cleared:
                raise NotFound(kind="fault", id=fault_id)
            self._faults = kept
        return cleared

    def take_for_request(self, *, dialect: str, method: str, path: str, key: str) -> list[Scheduled]:
        """The faults that this request meets, in the order in which they were set.

        One of the kind ``full`` is among them for every request that may book; whether it meets this one shows later.
        """
        meeting = [
            one
            for one in self.listed()
            if one.fault.kind not in WEBHOOK_KINDS
            and one.fault.dialect in ("", dialect)
            and one.fault.method.upper() in ("", method)
            and (not one.fault.path or fnmatchcase(path, one.fault.path))
            and one.fault.key in ("", key)
        ]
        return [one for one in meeting if one.fault.kind == "full" or one.takes()]

    def take_for_webhook(self, *, dialect: str, url: str) -> Scheduled | None:
        """The fault that this webhook meets; ``path`` of the fault is compared with the whole URL."""
        for one in self.listed():
            fault = one.fault
            if fault.kind not in WEBHOOK_KINDS or fault.dialect not in ("", dialect):
                continue
            if (not fault.path or fnmatchcase(url, fault.path)) and one.takes():
                return one
        return None


def error_of(fault: Fault) -> Exception:
    """The error that a dialect words."""
    if fault.kind == "server_error":
        return errors.PluginFailed("sandbox", "fault", "a fault of the sandbox")
    if fault.kind == "full":
        return errors.NotAvailable(**{"reason": "full", **fault.fields})
    if fault.kind == "rate_limited":
        values: Mapping[str, Any] = {"retry_after": fault.retry_after, "window": "minute", "limit": 60}
        return errors.RateLimited(**{**values, **fault.fields})
    if fault.kind == "expired_key":
        return errors.Unauthenticated(reason="expired")
    if fault.kind == "unavailable":
        return errors.ServiceUnavailable(retry_after=fault.retry_after)
    values = {"retry_after": fault.retry_after} if "retry_after" in ERRORS[fault.kind].fields else {}
    return ERRORS[fault.kind](**{**values, **fault.fields})
