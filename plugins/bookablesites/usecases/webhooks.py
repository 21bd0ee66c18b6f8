"""Webhooks: list, read, create, change, delete and test; their deliveries, and events for pollers."""

import secrets
from collections.abc import Mapping
from typing import Any

import msgspec

from frontdesk import events
from frontdesk import texts as html_sanitizer
from frontdesk.database import lock_subjects, writing
from frontdesk.errors import Duplicate, Invalid, NotFound
from frontdesk.repository import to_epoch, to_instant
from plugins.bookablesites.models import BookablesitesAttempt as Attempt
from plugins.bookablesites.models import BookablesitesDelivery as Delivery
from plugins.bookablesites.models import BookablesitesWebhook as Webhook
from plugins.bookablesites.schemas import WebhookBody
from plugins.bookablesites.translate.events import (
    EVENTS,
    KINDS,
    core_kinds,
    event_name,
    sample,
    to_event_number,
    to_payload,
)
from plugins.bookablesites.translate.params import to_integer, to_paging
from plugins.bookablesites.translate.values import from_instant
from plugins.bookablesites.usecases import http_delivery
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.deliveries import EVENTS_KEPT, create_delivery, event_records

_MAX_ATTEMPTS_SHOWN = 100


def list_webhooks(query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    paging = to_paging(query)
    webhooks = list(Webhook.select().order_by(Webhook.id.desc()))
    return paging.to_list([_render(webhook, context) for webhook in paging.slice(webhooks)], len(webhooks))


def _render(webhook: Webhook, context: Context) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "name": webhook.name,
        "event": webhook.event,
        "url": webhook.url,
        "status": "active" if webhook.active else "paused",
        "created_at": from_instant(to_instant(webhook.created_at), context.zone),
    }


def get_webhook(id: int, context: Context) -> dict[str, Any]:
    return _render(_webhook(id), context)


def _webhook(id: int) -> Webhook:
    """The webhook with this id; raises NotFound."""
    webhook: Webhook | None = Webhook.get_or_none(Webhook.id == id)
    if webhook is None:
        raise NotFound(kind="webhook", id=id)
    return webhook


def create_webhook(payload: WebhookBody, context: Context) -> dict[str, Any]:
    """Store a webhook and return it with its token; it gets events from now on.

    Raises:
        Invalid: The URL or the event cannot be used.
        Duplicate: The event has a webhook already.
    """
    fields = payload.complete_fields()
    _check_url(fields["url"], context)
    _check_event(fields["event"])
    with writing():
        _refuse_second(fields["event"], 0)
        webhook = Webhook.create(
            name=html_sanitizer.sanitize(fields["name"]),
            event=fields["event"],
            url=fields["url"],
            token=fields.get("token") or secrets.token_urlsafe(32),
            active=fields["status"] == "active",
            after_event=_last_event_id(),
            created_at=to_epoch(context.now()),
        )
    return {**_render(webhook, context), "token": webhook.token}


def change_webhook(id: int, payload: WebhookBody, context: Context) -> dict[str, Any]:
    """Change the fields that were sent; the reply has the token where ``rotate_token`` made a new one."""
    fields = payload.sent_fields()
    if fields.get("url"):
        _check_url(fields["url"], context)
    values = {name: html_sanitizer.sanitize(fields[name]) for name in ("name", "event", "url") if fields.get(name)}
    if fields.get("token"):
        values["token"] = fields["token"]
    if fields.get("rotate_token"):
        values["token"] = secrets.token_urlsafe(32)
    if "status" in fields:
        values["active"] = fields["status"] == "active"
    with writing():
        current = _webhook(id)
        if values.get("active") and not current.active:
            values["after_event"] = _last_event_id()
        if "event" in values:
            _check_event(values["event"])
            _refuse_second(values["event"], id)
        if values:
            Webhook.update(**values).where(Webhook.id == id).execute()
    webhook = _webhook(id)
    reply = _render(webhook, context)
    return {**reply, "token": webhook.token} if fields.get("rotate_token") else reply


def set_active(id: int, active: bool) -> None:
    """Pause a webhook or resume it; what happens while it is paused is not sent. Raises NotFound."""
    with writing():
        current = _webhook(id)
        if active and not current.active:
            Webhook.update(active=True, after_event=_last_event_id()).where(Webhook.id == id).execute()
        elif not active:
            Webhook.update(active=False).where(Webhook.id == id).execute()


def delete_webhook(id: int) -> None:
    """Delete a webhook with its deliveries."""
    with writing():
        _webhook(id)
        for model in (Attempt, Delivery):
            model.delete().where(model.webhook_id == id).execute()
        Webhook.delete().where(Webhook.id == id).execute()


def _check_url(url: str, context: Context) -> None:
    """Raise Invalid for an address that deliveries may not go to."""
    options = context.webhook_options
    try:
        http_delivery.parse_url(
            url,
            allow_http=context.settings.allow_http_webhooks,
            allow_private=bool(options and options.allow_private),
        )
    except http_delivery.AddressRefused as error:
        raise Invalid(field="url", reason="url", value=str(error)) from error


def _check_event(name: str) -> None:
    if name not in EVENTS:
        raise Invalid(field="event", reason="choice", value=name)


def _refuse_second(event: str, id: int) -> None:
    """The vendor allows one webhook for each event; raises Duplicate."""
    lock_subjects([("webhook", 0)])
    other = Webhook.get_or_none((Webhook.event == event) & (Webhook.id != id))
    if other is not None:
        raise Duplicate(kind="webhook", field="event", value=event, id=other.id)


def _last_event_id() -> int:
    newest = events.recent(KINDS, limit=1)
    return newest[0].id if newest else 0


def send_sample_event(id: int, context: Context) -> dict[str, Any]:
    """Have the background worker send a sample event, once; the reply does not wait for the receiver."""
    webhook = _webhook(id)
    suffix = secrets.token_hex(8)
    body = msgspec.json.encode(sample(webhook.event, f"evt_test_{suffix}")).decode()
    with writing():
        delivery = create_delivery(webhook, f"dlv_test_{suffix}", body, now=context.now(), once=True)
    return {"delivery": delivery.name, "event": webhook.event, "status": delivery.status}


def list_attempts(id: int, context: Context) -> dict[str, Any]:
    """The last attempts to deliver to a webhook, newest first."""
    webhook, zone = _webhook(id), context.zone
    attempts = list(
        Attempt.select().where(Attempt.webhook_id == webhook.id).order_by(Attempt.id.desc()).limit(_MAX_ATTEMPTS_SHOWN)
    )
    delivery_ids = {attempt.delivery_id for attempt in attempts}
    deliveries = {delivery.id: delivery for delivery in Delivery.select().where(Delivery.id.in_(delivery_ids))}
    return {
        "data": [
            {
                "id": attempt.id,
                "delivery": deliveries[attempt.delivery_id].name,
                "event": deliveries[attempt.delivery_id].event,
                "status": deliveries[attempt.delivery_id].status,
                "at": from_instant(to_instant(attempt.at), zone),
                "response_status": attempt.code or None,
                "error": attempt.error or None,
                "duration_ms": attempt.milliseconds,
            }
            for attempt in attempts
            if attempt.delivery_id in deliveries
        ]
    }


# -- triggers, for clients that poll --------------------------------------------------------------------------------


def list_triggers() -> dict[str, Any]:
    """Every event with a sample of its body."""
    return {"data": [{"event": name, "sample": sample(name)} for name in EVENTS]}


def list_trigger_events(name: str, query: Mapping[str, Any], context: Context) -> dict[str, Any]:
    """The events of one name within ``EVENTS_KEPT``, newest first."""
    if name not in EVENTS:
        raise NotFound(kind="trigger", id=name)
    limit = to_integer(query.get("limit", 20), "limit", low=1, high=100)
    after_id = to_event_number(query["after"]) if "after" in query else 0
    oldest = context.now() - EVENTS_KEPT
    recent = [
        event
        for event in events.recent(core_kinds(name), after_id=after_id, limit=limit * 3)
        if event.at >= oldest and event_name(event) == name
    ]
    return {"data": [to_payload(event, name, event_records(event)) for event in recent[:limit]]}
