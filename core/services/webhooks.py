"""Webhooks that plugins deliver, as operators see and steer them.

A plugin keeps its webhooks and deliveries in tables of its own and describes them with the types below. No secret is
among them; of an address, people see what ``masked_url`` leaves.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit, urlunsplit

from core.db import writing
from core.services import events

#: Where a delivery may stand.
WAITING, DELIVERED, GIVEN_UP = STATUSES = ("waiting", "delivered", "given_up")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Somebody who wants to be told about an event.

    Attributes:
        event: The vendor's name of the event.
        is_enabled: Whether events are delivered to it now.
    """

    id: int
    name: str
    url: str
    event: str
    is_enabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook.

    Attributes:
        name: What the receiver knows it by.
        status: One of ``STATUSES``.
        attempts: How often it was tried since it was made, or replayed.
        created_at: Aware UTC.
        next_attempt_at: Aware UTC; None when none is to come, or when its webhook has to be enabled first.
    """

    id: int
    webhook_id: int
    name: str
    event: str
    status: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to deliver.

    Attributes:
        at: Aware UTC.
        status: The HTTP status of the reply, 0 without one.
        error: Why it failed; empty when it did not.
        milliseconds: How long it took.
    """

    at: datetime
    status: int
    error: str
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """The webhooks of one plugin; the functions get their arguments by name, and raise ``NotFound`` for an unknown id.

    Attributes:
        webhooks: ``webhooks()`` returns all of them; the console shows the first thousand.
        deliveries: ``deliveries(webhook_id=int, status=str, before=int, limit=int)`` returns so many at most, newest
            (highest id) first: of one webhook unless ``webhook_id`` is 0, with one status unless it is empty, and with
            lower ids than ``before`` unless that is 0.
        attempts: ``attempts(delivery_id=int, limit=int)`` returns the tries of a delivery, newest first.
        replay: ``replay(delivery_id=int, now=datetime)`` makes a delivery due at once, also one that ended; its
            attempts so far stay on record.
        set_enabled: ``set_enabled(webhook_id=int, enabled=bool, now=datetime)`` stops deliveries to a webhook, or lets
            them begin again.
    """

    webhooks: Callable[[], Sequence[Webhook]]
    deliveries: Callable[..., Sequence[Delivery]]
    attempts: Callable[..., Sequence[Attempt]]
    replay: Callable[..., object]
    set_enabled: Callable[..., object]


def replay(plugin: str, source: Webhooks, delivery_ids: Sequence[int], *, now: datetime) -> None:
    """Make deliveries due at once, and record who did so.

    Args:
        plugin: Whose they are.
        source: The plugin's webhooks.

    Raises:
        NotFound: There is no such delivery; then none is replayed.
    """
    with writing():
        for delivery_id in delivery_ids:
            source.replay(delivery_id=delivery_id, now=now)
            events.record_event("delivery.replayed", "delivery", delivery_id, now=now, data={"plugin": plugin})


def set_enabled(plugin: str, source: Webhooks, webhook_id: int, enabled: bool, *, now: datetime) -> None:
    """Stop deliveries to a webhook or let them begin again, and record who did so.

    Raises:
        NotFound: There is no such webhook.
    """
    with writing():
        source.set_enabled(webhook_id=webhook_id, enabled=enabled, now=now)
        kind = "webhook.enabled" if enabled else "webhook.disabled"
        events.record_event(kind, "webhook", webhook_id, now=now, data={"plugin": plugin})


def masked_url(url: str) -> str:
    """An address without what may be secret in it: user, password, query and fragment."""
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "…"
    netloc = f"…@{host}" if "@" in parts.netloc else host
    masked = parts._replace(netloc=netloc, query="…" if parts.query else "", fragment="…" if parts.fragment else "")
    return urlunsplit(masked)
