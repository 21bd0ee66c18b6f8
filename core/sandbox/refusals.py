"""Brings a refusal about where it arises: in the rate limiter, at a key, at the booking, or before the handler.

So a dialect says it in its own words with everything around, as it does for a real one. The fault of a request belongs
to the request's thread.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any, overload

import falcon

from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, ChangeKind
from core.http.dialect import Dialect, RequestSteps
from core.sandbox.faults import Scheduled, error_of
from core.services.credentials import Credential
from core.services.filters import Check
from core.services.rate_limits import Limiter, LimitResult, Window, WindowUsage


class _Pending(threading.local):
    faults: Sequence[Scheduled] = ()


_pending = _Pending()


def set_pending(faults: Sequence[Scheduled]) -> None:
    """Set the faults of this thread's request that have not happened yet."""
    _pending.faults = faults


def _take(kind: str) -> Scheduled | None:
    for scheduled in _pending.faults:
        if scheduled.fault.kind == kind:
            _pending.faults = [other for other in _pending.faults if other is not scheduled]
            return scheduled
    return None


def expire(credential: Credential) -> Credential:
    """The key as this request sees it: with the fault ``expired_key``, it has expired."""
    if _take("expired_key") is None:
        return credential
    return replace(credential, expires_at=credential.created_at - timedelta(seconds=1))


def check_full(
    request: BookingRequest, service: Service, change: ChangeKind, booking: Booking | None, ledger: Any
) -> None:
    """Refuse a booking for lack of room when the request has the fault ``full``."""
    scheduled = _take("full") if change not in ("offer", "quote") else None
    # Only now it is known that this request books.
    if scheduled is not None and scheduled.takes():
        raise error_of(scheduled.fault)


class ChecksWithFaults(Sequence[Check]):
    """The checks of the plugins; for a request with the fault ``full``, ``check_full`` comes first."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self._checks = tuple(checks)

    def _now(self) -> tuple[Check, ...]:
        is_full = any(scheduled.fault.kind == "full" for scheduled in _pending.faults)
        return (check_full, *self._checks) if is_full else self._checks

    def __len__(self) -> int:
        return len(self._now())

    @overload
    def __getitem__(self, index: int) -> Check: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Check]: ...
    def __getitem__(self, index: int | slice) -> Check | Sequence[Check]:
        return self._now()[index]


class FaultyLimiter(Limiter):
    """A limiter whose windows are used up for a request with the fault ``rate_limited``."""

    def take(self, key: str, windows: Sequence[Window], *, now: datetime, cost: int = 1) -> LimitResult:
        """As ``Limiter.take``."""
        windows = [window for window in windows if window.amount > 0]
        scheduled = _take("rate_limited") if windows else None
        if scheduled is None:
            return super().take(key, windows, now=now, cost=cost)
        wait = scheduled.fault.retry_after
        reset = ceil(now.timestamp()) + wait
        return LimitResult(False, tuple(WindowUsage(window, 0, reset, exhausted=True) for window in windows), wait)


class FaultySteps(RequestSteps):
    """A dialect's steps, and after them the error of a fault that nobody has brought about by then."""

    def __init__(self, steps: RequestSteps) -> None:
        self._steps = steps

    def before_routing(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Core's step before routing."""
        self._steps.before_routing(req, resp)

    def before_handler(
        self, req: falcon.Request, resp: falcon.Response, resource: object, params: dict[str, Any]
    ) -> None:
        """Core's step between routing and responder."""
        self._steps.before_handler(req, resp, resource, params)
        scheduled = next((one for one in _pending.faults if one.fault.kind != "full"), None)
        if scheduled is not None:
            _pending.faults = ()
            raise error_of(scheduled.fault)

    def after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        """Core's step after the response."""
        self._steps.after_response(req, resp, succeeded)


def with_faults(dialect: Dialect) -> Dialect:
    """The dialect with steps that know faults."""
    return replace(dialect, steps=FaultySteps(dialect.steps))
