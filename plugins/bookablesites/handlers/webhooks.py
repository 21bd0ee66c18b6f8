"""``/webhooks`` and ``/triggers``"""

from typing import Literal

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import WebhookBody
from plugins.bookablesites.translate.events import EVENTS
from plugins.bookablesites.usecases import webhooks


class Webhooks(http.Handler):
    """``/webhooks``"""

    FEATURE = "webhooks"

    @operation(query=http.PAGING, reply=http.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, webhooks.list_webhooks(http.read_query(req), self.context))

    @operation(body=WebhookBody, required=WebhookBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = webhooks.create_webhook(http.decode(req, WebhookBody), self.context)
        http.send_created(req, resp, created, f"webhooks/{created['id']}")


class OneWebhook(http.Handler):
    """``/webhooks/{id}``"""

    FEATURE = "webhooks"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, webhooks.get_webhook(http.path_id(id, "webhook"), self.context))

    @operation(body=WebhookBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhook_id, payload = http.path_id(id, "webhook"), http.decode(req, WebhookBody)
        http.send(resp, webhooks.change_webhook(webhook_id, payload, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhooks.delete_webhook(http.path_id(id, "webhook"))
        http.send_nothing(resp)


class SampleEvent(http.Handler):
    """``/webhooks/{id}/test``: a receiver may be slow to answer, so the reply does not wait for it."""

    FEATURE = "webhooks"

    @operation(status=202, reply={"delivery": str, "event": str, "status": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, webhooks.send_sample_event(http.path_id(id, "webhook"), self.context), 202)


class Deliveries(http.Handler):
    """``/webhooks/{id}/deliveries``"""

    FEATURE = "webhooks"

    @operation(reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, webhooks.list_attempts(http.path_id(id, "webhook"), self.context))


class Triggers(http.Handler):
    """``/triggers``"""

    FEATURE = "webhooks"

    @operation(reply={"data": [{"event": Literal[EVENTS], "sample": dict}]})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, webhooks.list_triggers())


class OneTrigger(http.Handler):
    """``/triggers/{event}``"""

    FEATURE = "webhooks"

    @operation(path={"event": Literal[EVENTS]}, query={"limit": int, "after": str}, reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, event: str) -> None:
        http.send(resp, webhooks.list_trigger_events(event, http.read_query(req), self.context))
