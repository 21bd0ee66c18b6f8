"""The webhooks and their deliveries for operators (``register_webhooks``)."""

from collections.abc import Sequence
from datetime import datetime

from frontdesk.repository import to_instant
from frontdesk.webhooks import Attempt, Delivery, Webhook, Webhooks
from plugins.bookablesites.models import BookablesitesAttempt, BookablesitesDelivery, BookablesitesWebhook
from plugins.bookablesites.usecases import deliveries
from plugins.bookablesites.usecases.webhooks import set_active


def webhook_log() -> Webhooks:
    """What the console shows and does."""
    return Webhooks(
        webhooks=list_webhooks,
        deliveries=list_deliveries,
        attempts=list_attempts,
        replay=lambda delivery_id, now: deliveries.replay_delivery(delivery_id, now=now),
        set_enabled=lambda webhook_id, enabled, now: set_active(webhook_id, enabled),
    )


def list_webhooks() -> list[Webhook]:
    return [
        Webhook(id=row.id, name=row.name, url=row.url, event=row.event, is_enabled=row.active)
        for row in BookablesitesWebhook.select().order_by(BookablesitesWebhook.id)
    ]


def list_deliveries(*, webhook_id: int, status: str, before: int, limit: int) -> list[Delivery]:
    rows = deliveries.list_deliveries([status] if status else (), webhook_id=webhook_id, before=before, limit=limit)
    paused = {
        row.id for row in BookablesitesWebhook.select(BookablesitesWebhook.id).where(~BookablesitesWebhook.active)
    }
    return [
        Delivery(
            id=row.id,
            webhook_id=row.webhook_id,
            name=row.name,
            event=row.event,
            status=row.status,
            attempts=row.attempts,
            created_at=to_instant(row.created_at),
            next_attempt_at=_next_attempt(row, is_paused=row.webhook_id in paused),
        )
        for row in rows
    ]


def _next_attempt(row: BookablesitesDelivery, *, is_paused: bool) -> datetime | None:
    if row.status != deliveries.WAITING or (is_paused and not row.once):
        return None
    return to_instant(row.not_before)


def list_attempts(*, delivery_id: int, limit: int) -> Sequence[Attempt]:
    rows = (
        BookablesitesAttempt.select()
        .where(BookablesitesAttempt.delivery_id == delivery_id)
        .order_by(BookablesitesAttempt.id.desc())
        .limit(limit)
    )
    return [
        Attempt(at=to_instant(row.at), status=row.code, error=row.error, milliseconds=row.milliseconds) for row in rows
    ]
