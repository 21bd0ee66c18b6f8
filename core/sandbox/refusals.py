"""Brings a refusal about where it arises: in the rate limiter, at a key, at the booking, or before the handler.

So a dialect says it in its own words with everything around, as it does for a real one. The fault of a request belongs
to the request's thread.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from math import ceil
from typing import Any

import falcon

from core.domain.records import Booking, Service
from core.domain.requests import BookingRequest, ChangeKind
from core.http.dialect import Dialect, RequestSteps
from core.sandbox.faults import Fault, error_of
from core.services.credentials import Credential
from core.services.rate_limits import Limiter, LimitResult, Window, WindowUsage


class _Pending(threading.local):
    fault: Fault | None = None


_pending = _Pending()


def set_pending(fault: Fault | None) -> None:
    """Set the fault of this thread's request; None for none."""
    _pending.fault = fault


def _take(kind: str) -> Fault | None:
    fault = _pending.fault
    if fault is None or fault.kind != kind:
        return None
    _pending.fault = None
    return fault


def expire(credential: Credential) -> Credential:
    """The key as this request sees it: with the fault ``expired_key``, it has expired."""
    if _take("expired_key") is None:
        return credential
    return replace(credential, expires_at=credential.created_at + timedelta(seconds=1))


def check_full(
    request: BookingRequest, service: Service, change: ChangeKind, booking: Booking | None, ledger: Any
) -> None:
    """Refuse a booking for lack of room when the request has the fault ``full``."""
    if change == "offer":
        return
    fault = _take("full")
    if fault is not None:
        raise error_of(fault)


class FaultyLimiter(Limiter):
    """A limiter whose windows are used up for a request with the fault ``rate_limited``."""

    def take(self, key: str, windows: Sequence[Window], *, now: datetime, cost: int = 1) -> LimitResult:
        """As ``Limiter.take``."""
        windows = [window for window in windows if window.amount > 0]
        fault = _take("rate_limited") if windows else None
        if fault is None:
            return super().take(key, windows, now=now, cost=cost)
        reset = ceil(now.timestamp()) + fault.retry_after
        usages = tuple(WindowUsage(window, 0, reset, exhausted=True) for window in windows)
        return LimitResult(False, usages, fault.retry_after)


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
        fault = _pending.fault
        if fault is not None and (fault.kind != "full" or req.method in ("GET", "HEAD")):
            _pending.fault = None
            raise error_of(fault)

    def after_response(self, req: falcon.Request, resp: falcon.Response, succeeded: bool) -> None:
        """Core's step after the response."""
        self._steps.after_response(req, resp, succeeded)


def with_faults(dialect: Dialect) -> Dialect:
    """The dialect with steps that know faults."""
    return replace(dialect, steps=FaultySteps(dialect.steps))
