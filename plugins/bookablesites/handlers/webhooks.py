"""``/webhooks`` and ``/triggers``"""

from typing import Literal

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import (
    LIST,
    PAGING,
    Handler,
    decode,
    path_id,
    read_query,
    send,
    send_created,
    send_nothing,
)
from plugins.bookablesites.schemas import WebhookBody
from plugins.bookablesites.translate.events import EVENTS
from plugins.bookablesites.usecases import webhooks


class Webhooks(Handler):
    """``/webhooks``"""

    FEATURE = "webhooks"

    @told(query=PAGING, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, webhooks.list_webhooks(read_query(req), self.context))

    @told(body=WebhookBody, required=WebhookBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = webhooks.create_webhook(decode(req, WebhookBody), self.context)
        send_created(req, resp, created, f"webhooks/{created['id']}")


class OneWebhook(Handler):
    """``/webhooks/{id}``"""

    FEATURE = "webhooks"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, webhooks.get_webhook(path_id(id, "webhook"), self.context))

    @told(body=WebhookBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhook_id = path_id(id, "webhook")
        send(resp, webhooks.change_webhook(webhook_id, decode(req, WebhookBody), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhooks.delete_webhook(path_id(id, "webhook"))
        send_nothing(resp)


class SampleEvent(Handler):
    """``/webhooks/{id}/test``: a receiver may be slow to answer, so the reply does not wait for it."""

    FEATURE = "webhooks"

    @told(status=202, reply={"delivery": str, "event": str, "status": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, webhooks.send_sample_event(path_id(id, "webhook"), self.context), 202)


class Deliveries(Handler):
    """``/webhooks/{id}/deliveries``"""

    FEATURE = "webhooks"

    @told(reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, webhooks.list_attempts(path_id(id, "webhook"), self.context))


class Triggers(Handler):
    """``/triggers``"""

    FEATURE = "webhooks"

    @told(reply={"data": [{"event": Literal[EVENTS], "sample": dict}]})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, webhooks.list_triggers())


class OneTrigger(Handler):
    """``/triggers/{event}``"""

    FEATURE = "webhooks"

    @told(path={"event": Literal[EVENTS]}, query={"limit": int, "after": str}, reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, event: str) -> None:
        send(resp, webhooks.list_trigger_events(event, read_query(req), self.context))
