"""``/webhooks`` and ``/triggers``"""

from typing import Literal

import falcon

from frontdesk.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import WebhookBody
from plugins.bookablesites.translate.events import EVENTS
from plugins.bookablesites.usecases import webhooks


class Webhooks(base.Handler):
    """``/webhooks``"""

    FEATURE = "webhooks"

    @operation(query=base.PAGING, reply=base.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, webhooks.list_webhooks(base.read_query(req), self.context))

    @operation(body=WebhookBody, required=WebhookBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = webhooks.create_webhook(base.decode(req, WebhookBody), self.context)
        base.send_created(req, resp, created, f"webhooks/{created['id']}")


class OneWebhook(base.Handler):
    """``/webhooks/{id}``"""

    FEATURE = "webhooks"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, webhooks.get_webhook(base.path_id(id, "webhook"), self.context))

    @operation(body=WebhookBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhook_id, payload = base.path_id(id, "webhook"), base.decode(req, WebhookBody)
        base.send(resp, webhooks.change_webhook(webhook_id, payload, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhooks.delete_webhook(base.path_id(id, "webhook"))
        base.send_nothing(resp)


class SampleEvent(base.Handler):
    """``/webhooks/{id}/test``: a receiver may be slow to answer, so the reply does not wait for it."""

    FEATURE = "webhooks"

    @operation(status=202, reply={"delivery": str, "event": str, "status": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, webhooks.send_sample_event(base.path_id(id, "webhook"), self.context), 202)


class Deliveries(base.Handler):
    """``/webhooks/{id}/deliveries``"""

    FEATURE = "webhooks"

    @operation(reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, webhooks.list_attempts(base.path_id(id, "webhook"), self.context))


class Triggers(base.Handler):
    """``/triggers``"""

    FEATURE = "webhooks"

    @operation(reply={"data": [{"event": Literal[EVENTS], "sample": dict}]})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, webhooks.list_triggers())


class OneTrigger(base.Handler):
    """``/triggers/{event}``"""

    FEATURE = "webhooks"

    @operation(path={"event": Literal[EVENTS]}, query={"limit": int, "after": str}, reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, event: str) -> None:
        base.send(resp, webhooks.list_trigger_events(event, base.read_query(req), self.context))
