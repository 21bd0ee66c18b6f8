"""Webhooks: kept, filled from the outbox, delivered, tried again, replayed.

The outbox row is the truth: ``events.due`` hands out what nobody has dealt with, and in one transaction an event
becomes a delivery with a name of its own and leaves the outbox. From there on the delivery row is the truth: a process
that dies while it sends has only let a lease run out, and the next one sends the same body under the same name. So no
queue beside the datastore is needed, and none can disagree with it.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
from peewee import fn

from core import Host, html_sanitizer
from core.db import writing
from core.domain.records import Event
from core.errors import Duplicate, Invalid, NotFound
from core.services import bookings, catalog, events
from core.services.repository import (
    categories,
    customers,
    extras,
    locations,
    resources,
    services,
    to_epoch,
    to_instant,
)
from core.subject_locks import lock_subjects
from plugins.bookablesites import sending
from plugins.bookablesites.models import BookablesitesAttempt as Attempt
from plugins.bookablesites.models import BookablesitesDelivery as Delivery
from plugins.bookablesites.models import BookablesitesWebhook as Webhook
from plugins.bookablesites.resources import offer
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.bookings import Names
from plugins.bookablesites.translate.catalog import NAME, service_facts
from plugins.bookablesites.translate.events import EVENTS, KINDS, About, name_of, sample, to_payload

#: Waits after the first, second, ... failed try; then a delivery is given up.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
WAITING, DELIVERED, GIVEN_UP = "waiting", "delivered", "given_up"
_SENDERS = 8


class Post:
    """Sends what is due: news, tests and what the operator has sent again. Only the background worker does."""

    def __init__(self, host: Host) -> None:
        self._clock: Callable[[], datetime] = host.clock
        self._settings: Settings = host.settings(NAME)
        self._options = host.webhooks
        self._pruned: datetime | None = None

    @property
    def allow_private(self) -> bool:
        return bool(self._options and self._options.allow_private)

    @property
    def timeout(self) -> float:
        return float(self._options.timeout if self._options else 10)

    def check_url(self, url: str) -> None:
        """Refuse an address that deliveries could never go to; raises Invalid."""
        try:
            sending.target(url, allow_http=self._settings.allow_http_webhooks, allow_private=self.allow_private)
        except sending.Refused as error:
            raise Invalid(field="url", reason="url", value=str(error)) from error

    def work(self) -> float:
        """One round of the background worker; returns the seconds until something can be due."""
        now = self._clock()
        if self._pruned is None or now - self._pruned >= timedelta(hours=1):
            self._pruned = now
            keep = timedelta(days=self._options.keep_days if self._options else 30)
            prune(now=now, keep=keep)
            # Pollers are promised 30 days, whatever the log keeps.
            events.prune(now - max(keep, timedelta(days=30)))
        filled = fill(now=now)
        sent = self.send_due()
        return 0.0 if filled or sent else 0.5

    def send_due(self, limit: int = 50) -> int:
        """Try every delivery that is due, several at a time; returns how many."""
        now = self._clock()
        leased = lease(now=now, lasting=timedelta(seconds=self.timeout * 2 + 30), limit=limit)
        if not leased:
            return 0
        known = {hook.id: hook for hook in Webhook.select().where(Webhook.id.in_({d.webhook_id for d in leased}))}
        wanted = [(delivery, known[delivery.webhook_id]) for delivery in leased if delivery.webhook_id in known]
        with ThreadPoolExecutor(max_workers=min(_SENDERS, len(leased))) as pool:
            results = pool.map(lambda pair: self._send(pair[0], pair[1]), wanted)
            for (delivery, _), result in zip(wanted, results, strict=True):
                note_result(delivery, result, now=self._clock())
        return len(leased)

    def _send(self, delivery: Delivery, hook: Webhook) -> sending.Result:
        return sending.send(
            hook.url,
            delivery.body.encode(),
            {
                "Content-Type": "application/json",
                "Authorization": hook.token,
                "X-Bookablesites-Event": delivery.event,
                "X-Bookablesites-Delivery": delivery.name,
            },
            timeout=self.timeout,
            allow_http=self._settings.allow_http_webhooks,
            allow_private=self.allow_private,
        )


# -- webhooks -----------------------------------------------------------------------------------------------------


def create(given: Mapping[str, Any], *, now: datetime) -> Webhook:
    """Store a webhook; raises Duplicate where its event has one."""
    _check_event(given["event"])
    with writing():
        _refuse_second(given["event"], 0)
        return Webhook.create(
            name=html_sanitizer.sanitize(given["name"]),
            event=given["event"],
            url=given["url"],
            token=given.get("token") or new_token(),
            active=given["status"] == "active",
            after_event=_last_event(),
            created_at=to_epoch(now),
        )


def change(id: int, given: Mapping[str, Any]) -> Webhook:
    """Change some fields of a webhook."""
    values = {name: html_sanitizer.sanitize(given[name]) for name in ("name", "event", "url") if given.get(name)}
    if given.get("token"):
        values["token"] = given["token"]
    if given.get("rotate_token"):
        values["token"] = new_token()
    if "status" in given:
        values["active"] = given["status"] == "active"
    with writing():
        before = get(id)
        if values.get("active") and not before.active:
            values["after_event"] = _last_event()
        if "event" in values:
            _check_event(values["event"])
            _refuse_second(values["event"], id)
        if values:
            Webhook.update(**values).where(Webhook.id == id).execute()
    return get(id)


def _last_event() -> int:
    found = events.recent(KINDS, limit=1)
    return found[0].id if found else 0


def new_token() -> str:
    return secrets.token_urlsafe(32)


def _check_event(name: str) -> None:
    if name not in EVENTS:
        raise Invalid(field="event", reason="choice", value=name)


def _refuse_second(event: str, id: int) -> None:
    lock_subjects([("webhook", 0)])
    other = Webhook.get_or_none((Webhook.event == event) & (Webhook.id != id))
    if other is not None:
        raise Duplicate(kind="webhook", field="event", value=event, id=other.id)


def get(id: int) -> Webhook:
    """The webhook with this id; raises NotFound."""
    found = Webhook.get_or_none(Webhook.id == id)
    if found is None:
        raise NotFound(kind="webhook", id=id)
    return found


def all_webhooks() -> list[Webhook]:
    return list(Webhook.select().order_by(Webhook.id.desc()))


def delete(id: int) -> None:
    """Remove a webhook with everything on its way to it."""
    with writing():
        get(id)
        for model in (Attempt, Delivery):
            model.delete().where(model.webhook_id == id).execute()
        Webhook.delete().where(Webhook.id == id).execute()


# -- from the outbox to deliveries --------------------------------------------------------------------------------


def fill(*, now: datetime, limit: int = 100) -> int:
    """Turn events nobody has dealt with into deliveries; returns how many there were."""
    found = events.take_due(NAME, now=now, limit=limit)
    if not found:
        return 0
    hooks = {hook.event: hook for hook in Webhook.select().where(Webhook.active)}
    for dispatch_id, _, event in found:
        name = name_of(event)
        hook = hooks.get(name or "")
        if event.subject_kind == "booking" and event.origin != NAME:
            settle(event, now=now)
        with writing():
            # Two hosts may see the same event: whoever comes second finds the delivery made.
            lock_subjects([("webhook delivery", event.id)])
            if name is not None and hook is not None and event.id > hook.after_event:
                delivery = f"dlv_{event.id}_{hook.id}"
                if not Delivery.select(Delivery.id).where(Delivery.name == delivery).exists():
                    body = msgspec.json.encode(to_payload(event, name, about(event))).decode()
                    new_delivery(hook, delivery, name, body, now=now)
            events.acknowledge(dispatch_id)
    return len(found)


def settle(event: Event, *, now: datetime) -> None:
    """Who joined through another dialect may have reached a minimum that others wait for."""
    from plugins.bookablesites.resources.flow import settle_session

    facts = event.data.get("booking") or {}
    if event.kind in ("booking.created", "booking.rescheduled") and facts.get("session_id"):
        settle_session(facts["session_id"], now=now)


def new_delivery(hook: Webhook, name: str, event: str, body: str, *, now: datetime, once: bool = False) -> Delivery:
    return Delivery.create(
        name=name,
        webhook_id=hook.id,
        event=event,
        body=body,
        not_before=to_epoch(now),
        created_at=to_epoch(now),
        once=once,
    )


def about(event: Event) -> About:
    """Everything an event points to, looked up now."""
    if event.subject_kind == "customer":
        return About(customer=customers.get_many([event.subject_id]).get(event.subject_id))
    facts = event.data["booking"]
    booking = bookings.get_many([facts["id"]]).get(facts["id"])
    service = services.get_many([facts["service_id"]]).get(facts["service_id"])
    category, duration = None, 0
    if service is not None:
        groups = catalog.service_categories([service.id])[service.id]
        category = categories.get_many(groups[:1]).get(groups[0]) if groups else None
        duration = service_facts(offer.offered([service])[0])["duration"]
    chosen = [number for number, _ in booking.extras_chosen] if booking is not None else []
    return About(
        booking=booking,
        customer=customers.get_many([facts["customer_id"]]).get(facts["customer_id"]),
        resource=resources.get_many([facts["resource_id"]]).get(facts["resource_id"]),
        service=service,
        category=category,
        location=locations.get_many([facts["location_id"]]).get(facts["location_id"]),
        duration=duration,
        names=Names(extras=extras.get_many(chosen)),
    )


def sample_delivery(hook: Webhook, *, now: datetime) -> Delivery:
    """A delivery with invented people in it, for "Send Test Webhook"; the background worker sends it, once."""
    number = secrets.token_hex(8)
    body = msgspec.json.encode(sample(hook.event, f"evt_test_{number}")).decode()
    with writing():
        return new_delivery(hook, f"dlv_test_{number}", hook.event, body, now=now, once=True)


# -- deliveries ---------------------------------------------------------------------------------------------------


def lease(*, now: datetime, lasting: timedelta, limit: int) -> Sequence[Delivery]:
    """Deliveries that are due, ours alone until the lease ends; those of paused webhooks wait, but for tests."""
    stamp = to_epoch(now)
    due = (
        Delivery.select(Delivery.id)
        .join(Webhook, on=(Webhook.id == Delivery.webhook_id))
        .where(
            (Delivery.status == WAITING)
            & (Delivery.not_before <= stamp)
            & (Delivery.leased_until <= stamp)
            & (Webhook.active | Delivery.once)
        )
        .order_by(Delivery.not_before, Delivery.id)
        .limit(limit)
    )
    if not [row[0] for row in due.tuples()]:
        return []
    with writing():
        lock_subjects([("webhook lease", 0)])
        ids = [row[0] for row in due.tuples()]
        Delivery.update(leased_until=stamp + int(lasting.total_seconds())).where(Delivery.id.in_(ids)).execute()
        return list(Delivery.select().where(Delivery.id.in_(ids)).order_by(Delivery.id))


def note_result(delivery: Delivery, result: sending.Result, *, now: datetime) -> None:
    """Write down how a try went, and when the next one is."""
    tries = delivery.attempts + 1
    values: dict[str, Any] = {"attempts": tries, "leased_until": 0}
    if result.delivered:
        values["status"] = DELIVERED
    elif delivery.once or tries > len(RETRIES):
        values["status"] = GIVEN_UP
    else:
        values["not_before"] = to_epoch(now + RETRIES[tries - 1])
    with writing():
        if not Delivery.update(**values).where(Delivery.id == delivery.id).execute():
            # The webhook was deleted meanwhile.
            return
        Attempt.create(
            delivery_id=delivery.id,
            webhook_id=delivery.webhook_id,
            at=to_epoch(now),
            code=result.code,
            error=result.error,
            milliseconds=result.milliseconds,
        )


def replay(name: str, *, now: datetime) -> Delivery:
    """Have a delivery sent once more, under the same name and with all its tries."""
    with writing():
        found = Delivery.get_or_none(Delivery.name == name)
        if found is None:
            raise NotFound(kind="delivery", id=name)
        Delivery.update(status=WAITING, attempts=0, not_before=to_epoch(now), leased_until=0).where(
            Delivery.id == found.id
        ).execute()
    return Delivery.get_by_id(found.id)


def attempts(webhook_id: int, *, limit: int = 100) -> list[dict[str, Any]]:
    """The last tries, newest first, with the delivery each belongs to."""
    tried = list(Attempt.select().where(Attempt.webhook_id == webhook_id).order_by(Attempt.id.desc()).limit(limit))
    owners = {d.id: d for d in Delivery.select().where(Delivery.id.in_({one.delivery_id for one in tried}))}
    return [
        {
            "id": one.id,
            "delivery": owners[one.delivery_id].name,
            "event": owners[one.delivery_id].event,
            "status": owners[one.delivery_id].status,
            "at": to_instant(one.at),
            "response_status": one.code or None,
            "error": one.error or None,
            "duration_ms": one.milliseconds,
        }
        for one in tried
        if one.delivery_id in owners
    ]


def list_deliveries(statuses: Iterable[str] = (), *, limit: int = 100) -> list[Delivery]:
    """Deliveries of all webhooks, newest first, for the operator."""
    query = Delivery.select().order_by(Delivery.id.desc()).limit(limit)
    wanted = list(statuses)
    return list(query.where(Delivery.status.in_(wanted)) if wanted else query)


def prune(*, now: datetime, keep: timedelta) -> int:
    """Forget deliveries that ended long ago, with their attempts; returns how many."""
    old = Delivery.select(Delivery.id).where(
        (Delivery.status != WAITING) & (Delivery.created_at < to_epoch(now - keep))
    )
    with writing():
        Attempt.delete().where(Attempt.delivery_id.in_(old)).execute()
        return int(Delivery.delete().where(Delivery.id.in_(old)).execute())


def backlog() -> dict[str, float]:
    """How many deliveries wait, and how many were given up."""
    asked = (WAITING, GIVEN_UP)
    query = Delivery.select(Delivery.status, fn.COUNT(Delivery.id)).where(Delivery.status.in_(asked))
    counts = dict(query.group_by(Delivery.status).tuples())
    return {status: float(counts.get(status, 0)) for status in asked}


def oldest(*, now: datetime) -> dict[str, float]:
    """For how many seconds the oldest delivery has been waiting."""
    since = Delivery.select(fn.MIN(Delivery.created_at)).where(Delivery.status == WAITING).scalar()
    return {WAITING: 0.0 if since is None else max(0.0, float(to_epoch(now) - since))}
