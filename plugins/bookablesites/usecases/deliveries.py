"""Webhook deliveries: made from the outbox, sent, retried, replayed and pruned.

``events.take_due`` hands out the events of the outbox. In one transaction an event becomes a delivery with a name of
its own and leaves the outbox; from then on the delivery row says what is still to be sent. A process that dies while it
sends leaves a lease to run out, and the next one sends the same body under the same name. Without a queue beside the
datastore there is none that can disagree with it.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import msgspec
from peewee import fn

from frontdesk import Host, WebhookCall, bookings, events
from frontdesk.database import lock_subjects, writing
from frontdesk.errors import NotFound
from frontdesk.records import Event
from frontdesk.repository import customers, extras, locations, resources, services, to_epoch, to_instant
from plugins.bookablesites.models import BookablesitesAttempt as Attempt
from plugins.bookablesites.models import BookablesitesDelivery as Delivery
from plugins.bookablesites.models import BookablesitesWebhook as Webhook
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.events import EventRecords, event_name, to_payload
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases import http_delivery
from plugins.bookablesites.usecases.bookings import approve_waiting
from plugins.bookablesites.usecases.service_catalog import service_views

#: The consumer of events that this worker is.
CONSUMER = f"{NAME}.webhooks"
#: Waits after the first, second, ... failed attempt; after the last one a delivery is given up.
RETRIES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
WAITING, DELIVERED, GIVEN_UP = STATUSES = ("waiting", "delivered", "given_up")
#: Events stay readable for pollers for so long, whatever ``keep_days`` says.
EVENTS_KEPT = timedelta(days=30)
_MAX_THREADS = 8
#: Events and deliveries of one round. After one that had fewer the worker pauses: each round is a commit, for which the
#: workers read again what they had kept.
_ROUND_EVENTS, _ROUND_DELIVERIES = 100, 50
_IDLE_SECONDS = 0.5


class DeliveryWorker:
    """Makes and sends deliveries; runs in the background process only."""

    def __init__(self, host: Host) -> None:
        self._clock: Callable[[], datetime] = host.clock
        self._settings: Settings = host.settings(NAME)
        options = host.webhooks
        self._allow_private = bool(options and options.allow_private)
        self._timeout = float(options.timeout if options else 10)
        self._keep = timedelta(days=options.keep_days if options else 30)
        self._around = host.send_webhook
        self._pruned: datetime | None = None

    def work(self) -> float:
        """One round; returns the seconds until the next one."""
        now = self._clock()
        if self._pruned is None or now - self._pruned >= timedelta(hours=1):
            self._pruned = now
            prune(now=now, keep=self._keep)
            events.prune(now - max(self._keep, EVENTS_KEPT))
        taken = take_events(now=now)
        sent = self.send_due()
        return 0.0 if taken >= _ROUND_EVENTS or sent >= _ROUND_DELIVERIES else _IDLE_SECONDS

    def __call__(self) -> float:
        """``work``, as a worker that also says when it is due."""
        return self.work()

    def next_due(self) -> datetime | None:
        """When the next delivery is to be sent; None without one."""
        first = Delivery.select(fn.MIN(Delivery.not_before)).where(Delivery.status == WAITING).scalar()
        return None if first is None else to_instant(first)

    def send_due(self, limit: int = _ROUND_DELIVERIES) -> int:
        """Send every delivery that is due, several at a time; returns how many."""
        now = self._clock()
        leased = lease(now=now, lasting=timedelta(seconds=self._timeout * 2 + 30), limit=limit)
        if not leased:
            return 0
        webhook_ids = {delivery.webhook_id for delivery in leased}
        webhooks = {webhook.id: webhook for webhook in Webhook.select().where(Webhook.id.in_(webhook_ids))}
        pairs = [(delivery, webhooks[delivery.webhook_id]) for delivery in leased if delivery.webhook_id in webhooks]
        with ThreadPoolExecutor(max_workers=min(_MAX_THREADS, len(leased))) as pool:
            results = pool.map(lambda pair: self._send(*pair), pairs)
            for (delivery, _), result in zip(pairs, results, strict=True):
                record_result(delivery, result, now=self._clock())
        return len(leased)

    def _send(self, delivery: Delivery, webhook: Webhook) -> http_delivery.Result:
        headers = {
            "Content-Type": "application/json",
            "Authorization": webhook.token,
            "X-Bookablesites-Event": delivery.event,
            "X-Bookablesites-Delivery": delivery.name,
        }
        body = delivery.body.encode()
        results: list[http_delivery.Result] = []

        def send() -> int:
            results.append(
                http_delivery.send(
                    webhook.url,
                    body,
                    headers,
                    timeout=self._timeout,
                    allow_http=self._settings.allow_http_webhooks,
                    allow_private=self._allow_private,
                )
            )
            return results[-1].status

        call = WebhookCall(dialect=NAME, name=delivery.name, url=webhook.url, headers=headers, body=body)
        status = self._around(call, send)
        if results and results[-1].status == status:
            return results[-1]
        return http_delivery.Result(status, "" if 200 <= status < 300 else f"the receiver answered {status}", 0)


# -- from the outbox to deliveries --------------------------------------------------------------------------------


def take_events(*, now: datetime, limit: int = _ROUND_EVENTS) -> int:
    """Turn events of the outbox into deliveries; returns how many events there were."""
    due = events.take_due(CONSUMER, now=now, limit=limit)
    if not due:
        return 0
    try:
        _make_deliveries(due, now=now)
    except BaseException:
        # The worker comes again sooner than the lease would end.
        events.release([dispatch_id for dispatch_id, _, _ in due])
        raise
    return len(due)


def _make_deliveries(due: Iterable[tuple[int, int, Event]], *, now: datetime) -> None:
    webhooks = {webhook.event: webhook for webhook in Webhook.select().where(Webhook.active)}
    unheard = []
    for dispatch_id, _, event in due:
        name = event_name(event)
        webhook = webhooks.get(name or "")
        _approve_joined(event, now=now)
        if name is None or webhook is None or event.id <= webhook.after_event:
            unheard.append(dispatch_id)
            continue
        with writing():
            # Two hosts may see the same event; the second one finds the delivery made.
            lock_subjects([("webhook delivery", event.id)])
            delivery_name = f"dlv_{event.id}_{webhook.id}"
            if not Delivery.select(Delivery.id).where(Delivery.name == delivery_name).exists():
                body = msgspec.json.encode(to_payload(event, name, event_records(event))).decode()
                create_delivery(webhook, delivery_name, body, now=now)
            events.acknowledge(dispatch_id)
    # A commit for each of them would cost as much as a booking does.
    events.acknowledge(*unheard)


def _approve_joined(event: Event, *, now: datetime) -> None:
    """A booking through another dialect may complete the minimum that pending bookings of this one wait for."""
    if event.subject_kind != "booking" or event.origin == NAME:
        return
    booking = event.data.get("booking") or {}
    session_id = booking.get("session_id")
    # A new booking with a session of its own joins nobody.
    joins = event.kind == "booking.rescheduled" or (event.kind == "booking.created" and session_id != booking.get("id"))
    if session_id and joins:
        approve_waiting(session_id, now=now)


def event_records(event: Event) -> EventRecords:
    """The records an event refers to, as they are now."""
    if event.subject_kind == "customer":
        return EventRecords(customer=customers.get_many([event.subject_id]).get(event.subject_id))
    ids = event.data["booking"]
    booking = bookings.get_many([ids["id"]]).get(ids["id"])
    service = services.get_many([ids["service_id"]]).get(ids["service_id"])
    view = service_views([service])[0] if service is not None else None
    return EventRecords(
        booking=booking,
        customer=customers.get_many([ids["customer_id"]]).get(ids["customer_id"]),
        resource=resources.get_many([ids["resource_id"]]).get(ids["resource_id"]),
        service=service,
        category=view.category if view is not None else None,
        location=locations.get_many([ids["location_id"]]).get(ids["location_id"]),
        duration=view.fields["duration"] if view is not None else 0,
        extras=extras.get_many(extra_id for extra_id, _ in booking.extras_chosen) if booking is not None else {},
    )


def create_delivery(webhook: Webhook, name: str, body: str, *, now: datetime, once: bool = False) -> Delivery:
    delivery: Delivery = Delivery.create(
        name=name,
        webhook_id=webhook.id,
        event=webhook.event,
        body=body,
        not_before=to_epoch(now),
        created_at=to_epoch(now),
        once=once,
    )
    return delivery


# -- sending ------------------------------------------------------------------------------------------------------


def lease(*, now: datetime, lasting: timedelta, limit: int) -> Sequence[Delivery]:
    """Take due deliveries for one sender until the lease ends; a paused webhook gets its tests only."""
    timestamp = to_epoch(now)
    due = (
        Delivery.select(Delivery.id)
        .join(Webhook, on=(Webhook.id == Delivery.webhook_id))
        .where(
            (Delivery.status == WAITING)
            & (Delivery.not_before <= timestamp)
            & (Delivery.leased_until <= timestamp)
            & (Webhook.active | Delivery.once)
        )
        .order_by(Delivery.not_before, Delivery.id)
        .limit(limit)
    )
    if not list(due.tuples()):
        return []
    with writing():
        lock_subjects([("webhook lease", 0)])
        ids = [delivery.id for delivery in due]
        Delivery.update(leased_until=timestamp + int(lasting.total_seconds())).where(Delivery.id.in_(ids)).execute()
        return list(Delivery.select().where(Delivery.id.in_(ids)).order_by(Delivery.id))


def record_result(delivery: Delivery, result: http_delivery.Result, *, now: datetime) -> None:
    """Store the result of an attempt, and when the next one is due."""
    attempts = delivery.attempts + 1
    values: dict[str, int | str] = {"attempts": attempts, "leased_until": 0}
    if result.delivered:
        values["status"] = DELIVERED
    elif delivery.once or attempts > len(RETRIES):
        values["status"] = GIVEN_UP
    else:
        values["not_before"] = to_epoch(now + RETRIES[attempts - 1])
    with writing():
        if not Delivery.update(**values).where(Delivery.id == delivery.id).execute():
            # The webhook was deleted while the request was under way.
            return
        Attempt.create(
            delivery_id=delivery.id,
            webhook_id=delivery.webhook_id,
            at=to_epoch(now),
            code=result.status,
            error=result.error,
            milliseconds=result.milliseconds,
        )


# -- for the operator ---------------------------------------------------------------------------------------------


def list_deliveries(
    statuses: Iterable[str] = (), *, webhook_id: int = 0, before: int = 0, limit: int = 100
) -> list[Delivery]:
    """Deliveries, newest first: with one of these statuses, of one webhook, with ids below ``before``, if given."""
    query = Delivery.select().order_by(Delivery.id.desc()).limit(limit)
    statuses = list(statuses)
    if statuses:
        query = query.where(Delivery.status.in_(statuses))
    if webhook_id:
        query = query.where(Delivery.webhook_id == webhook_id)
    if before:
        query = query.where(Delivery.id < before)
    return list(query)


def replay(name: str, *, now: datetime) -> Delivery:
    """Have a delivery sent again, under the same name and with all its attempts; raises NotFound."""
    delivery = Delivery.get_or_none(Delivery.name == name)
    if delivery is None:
        raise NotFound(kind="delivery", id=name)
    replay_delivery(delivery.id, now=now)
    replayed: Delivery = Delivery.get_by_id(delivery.id)
    return replayed


def replay_delivery(id: int, *, now: datetime) -> None:
    """As ``replay``, by the number of the delivery."""
    due = {"status": WAITING, "attempts": 0, "not_before": to_epoch(now), "leased_until": 0}
    with writing():
        if not Delivery.update(**due).where(Delivery.id == id).execute():
            raise NotFound(kind="delivery", id=id)


def prune(*, now: datetime, keep: timedelta) -> int:
    """Delete deliveries that ended longer than ``keep`` ago, with their attempts; returns how many."""
    old = Delivery.select(Delivery.id).where(
        (Delivery.status != WAITING) & (Delivery.created_at < to_epoch(now - keep))
    )
    with writing():
        Attempt.delete().where(Attempt.delivery_id.in_(old)).execute()
        return int(Delivery.delete().where(Delivery.id.in_(old)).execute())


def backlog() -> dict[str, float]:
    """How many deliveries wait, and how many were given up."""
    statuses = (WAITING, GIVEN_UP)
    query = Delivery.select(Delivery.status, fn.COUNT(Delivery.id)).where(Delivery.status.in_(statuses))
    rows: Iterable[Any] = query.group_by(Delivery.status).tuples()
    counts: dict[str, int] = dict(rows)
    return {status: float(counts.get(status, 0)) for status in statuses}


def oldest(*, now: datetime) -> dict[str, float]:
    """The seconds the oldest delivery has been waiting."""
    since = Delivery.select(fn.MIN(Delivery.created_at)).where(Delivery.status == WAITING).scalar()
    return {WAITING: 0.0 if since is None else max(0.0, float(to_epoch(now) - since))}
