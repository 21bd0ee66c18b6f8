"""``/webhooks`` and ``/triggers`` (fact sheet, section 9)."""

from datetime import timedelta
from typing import Any, Literal

import falcon

from core import Host
from core.errors import NotFound
from core.http.openapi import operation
from core.services import events
from core.services.repository import to_instant
from plugins.bookablesites import webhooks
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    Tenant,
    filters,
    paging,
    path_id,
    read,
    send,
    send_created,
    send_list,
    send_nothing,
    sliced,
)
from plugins.bookablesites.schemas import WebhookBody, plain
from plugins.bookablesites.translate.events import (
    EVENTS,
    core_kinds,
    name_of,
    sample,
    to_event_number,
    to_payload,
)
from plugins.bookablesites.translate.reading import to_whole
from plugins.bookablesites.translate.times import from_instant

KEPT = timedelta(days=30)


class _Webhooks(Resource):
    FEATURE = "webhooks"

    def __init__(self, tenant: Tenant, host: Host) -> None:
        super().__init__(tenant)
        self.post = webhooks.Post(host)

    def shown(self, hook: Any, *, with_token: bool = False) -> dict[str, Any]:
        shown = {
            "id": hook.id,
            "name": hook.name,
            "event": hook.event,
            "url": hook.url,
            "status": "active" if hook.active else "paused",
            "created_at": from_instant(to_instant(hook.created_at), self.tenant.zone),
        }
        return {**shown, "token": hook.token} if with_token else shown


class Webhooks(_Webhooks):
    """``/webhooks``"""

    @operation(query=PAGING, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        wanted = paging(filters(req))
        found = webhooks.all_webhooks()
        send_list(resp, [self.shown(hook) for hook in sliced(found, wanted)], len(found), wanted)

    @operation(body=WebhookBody, required=WebhookBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = plain(read(req, WebhookBody).whole())
        self.post.check_url(given["url"])
        made = webhooks.create(given, now=self.tenant.now())
        send_created(req, resp, self.shown(made, with_token=True), f"webhooks/{made.id}")


class OneWebhook(_Webhooks):
    """``/webhooks/{id}``"""

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, self.shown(webhooks.get(path_id(id, "webhook"))))

    @operation(body=WebhookBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        given = plain(read(req, WebhookBody))
        if given.get("url"):
            self.post.check_url(given["url"])
        hook = webhooks.change(path_id(id, "webhook"), given)
        send(resp, self.shown(hook, with_token=bool(given.get("rotate_token"))))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        webhooks.delete(path_id(id, "webhook"))
        send_nothing(resp)


class TestWebhook(_Webhooks):
    """``/webhooks/{id}/test``: has an invented event sent; how it went stands in ``/webhooks/{id}/deliveries``.

    A receiver may take its time to answer, and no caller shall hold a thread of the server for as long.
    """

    __test__ = False

    @operation(status=202, reply={"delivery": str, "event": str, "status": str})
    def on_post(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        hook = webhooks.get(path_id(id, "webhook"))
        delivery = webhooks.sample_delivery(hook, now=self.tenant.now())
        send(resp, {"delivery": delivery.name, "event": hook.event, "status": delivery.status}, 202)


class Deliveries(_Webhooks):
    """``/webhooks/{id}/deliveries``"""

    @operation(reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        hook = webhooks.get(path_id(id, "webhook"))
        zone = self.tenant.zone
        found = webhooks.attempts(hook.id)
        send(resp, {"data": [{**one, "at": from_instant(one["at"], zone)} for one in found]})


class Triggers(Resource):
    """``/triggers``"""

    FEATURE = "webhooks"

    @operation(reply={"data": [{"event": Literal[EVENTS], "sample": dict}]})
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, {"data": [{"event": name, "sample": sample(name)} for name in EVENTS]})


class OneTrigger(Resource):
    """``/triggers/{event}``: what happened, newest first, for those who poll."""

    FEATURE = "webhooks"

    @operation(path={"event": Literal[EVENTS]}, query={"limit": int, "after": str}, reply={"data": [dict]})
    def on_get(self, req: falcon.Request, resp: falcon.Response, event: str) -> None:
        if event not in EVENTS:
            raise NotFound(kind="trigger", id=event)
        given = filters(req)
        limit = to_whole(given.get("limit", 20), "limit", low=1, high=100)
        after = to_event_number(given["after"]) if "after" in given else 0
        since = self.tenant.now() - KEPT
        found = [
            one
            for one in events.recent(core_kinds(event), after_id=after, limit=limit * 3)
            if one.at >= since and name_of(one) == event
        ]
        send(resp, {"data": [to_payload(one, event, webhooks.about(one)) for one in found[:limit]]})
