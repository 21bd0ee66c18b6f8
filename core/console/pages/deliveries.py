"""Webhooks of all plugins with their deliveries, and what waits for the consumers of events and for the workers."""

from collections.abc import Callable, Sequence
from typing import Any

import falcon

from core.answer_checks import is_list_of
from core.console.pages.base import Page, list_field, number_field, query_fields, read_form, text_field
from core.errors import Invalid, NotFound, PluginFailed
from core.hook_calls import call_registered, plugin_failure
from core.services import actors, events, webhooks
from core.services.consumers import consumer_states
from core.services.webhooks import STATUSES, Attempt, Delivery, Webhook, Webhooks

HOOK = "register_webhooks"
PAGE_SIZE = 50
MAX_WEBHOOKS = 1000
MAX_ATTEMPTS = 200


class DeliveriesPage(Page):
    """``/deliveries``: each plugin's webhooks and its newest deliveries; forms replay, enable and disable."""

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        query = query_fields(req)
        chosen = query.get("plugin", "")
        manager = self.console.manager
        status = query.get("status", "") if query.get("status") in STATUSES else ""
        self.show(
            req,
            resp,
            "deliveries.html",
            sections=[
                self._section(plugin, source, query, status)
                for plugin, source in manager.webhooks.items()
                if chosen in ("", plugin)
            ],
            plugins=list(manager.webhooks),
            statuses=STATUSES,
            query={"plugin": chosen, "webhook": query.get("webhook", ""), "status": status},
            before=number_field(query, "before"),
            consumers=consumer_states(manager.consumers, events.waiting_by_consumer()),
            workers=sorted(manager.workers),
        )

    def _section(self, plugin: str, source: Webhooks, query: dict[str, str], status: str) -> dict[str, Any]:
        """What one plugin has; a failure is that of its part of the page."""
        try:
            hooks = _ask(plugin, Webhook, source.webhooks)[:MAX_WEBHOOKS]
            deliveries = _ask(
                plugin,
                Delivery,
                source.deliveries,
                webhook_id=number_field(query, "webhook"),
                status=status,
                before=number_field(query, "before"),
                limit=PAGE_SIZE + 1,
            )
        except PluginFailed:
            return {"plugin": plugin, "failed": True}
        shown = deliveries[:PAGE_SIZE]
        return {
            "plugin": plugin,
            "failed": False,
            "webhooks": [(hook, webhooks.masked_url(hook.url)) for hook in hooks],
            "names": {hook.id: hook.name for hook in hooks},
            "deliveries": shown,
            "given_up": [delivery.id for delivery in shown if delivery.status == webhooks.GIVEN_UP],
            "older": shown[-1].id if len(deliveries) > PAGE_SIZE else None,
        }

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        form = read_form(req)
        plugin, source = _source_of(self.console.manager.webhooks, text_field(form, "plugin"))
        reason = text_field(form, "reason")
        with actors.acting(actors.current().name, reason):
            message = self._act(plugin, source, form)
        back = {name: text_field(form, f"back_{name}") for name in ("plugin", "webhook", "status", "before")}
        self.see_other(resp, self.console.url("deliveries", **back), message)

    def _act(self, plugin: str, source: Webhooks, form: dict[str, Any]) -> str:
        action, now = text_field(form, "action"), self.console.clock()
        if action == "replay":
            ids = [id for text in list_field(form, "ids")[:PAGE_SIZE] if (id := number_field({"id": text}, "id")) > 0]
            call_registered(plugin, HOOK, webhooks.replay, plugin, source, ids, now=now)
            return f"{len(ids)} deliveries are due now." if len(ids) != 1 else "The delivery is due now."
        if action in ("enable", "disable"):
            webhook_id = number_field(form, "id")
            call_registered(plugin, HOOK, webhooks.set_enabled, plugin, source, webhook_id, action == "enable", now=now)
            return "The webhook is enabled." if action == "enable" else "The webhook is disabled."
        raise Invalid(field="action", reason="unknown", value=action)


class DeliveryPage(Page):
    """``/deliveries/{plugin}/{id}``: the attempts of one delivery."""

    def on_get(self, req: falcon.Request, resp: falcon.Response, plugin: str, id: int) -> None:
        plugin, source = _source_of(self.console.manager.webhooks, plugin)
        newest = _ask(plugin, Delivery, source.deliveries, webhook_id=0, status="", before=id + 1, limit=1)
        if not newest or newest[0].id != id:
            raise NotFound(kind="delivery", id=id)
        hooks = {hook.id: hook for hook in _ask(plugin, Webhook, source.webhooks)}
        webhook = hooks.get(newest[0].webhook_id)
        self.show(
            req,
            resp,
            "delivery.html",
            plugin=plugin,
            delivery=newest[0],
            webhook=webhook,
            address=webhooks.masked_url(webhook.url) if webhook else "",
            attempts=_ask(plugin, Attempt, source.attempts, delivery_id=id, limit=MAX_ATTEMPTS)[:MAX_ATTEMPTS],
        )


def _source_of(sources: Any, plugin: str) -> tuple[str, Webhooks]:
    if plugin not in sources:
        raise NotFound(kind="plugin", id=plugin)
    return plugin, sources[plugin]


def _ask(plugin: str, kind: type[Any], function: Callable[..., Any], **arguments: Any) -> Sequence[Any]:
    """The list that a plugin's function returns, checked."""
    answer = call_registered(plugin, HOOK, function, **arguments)
    if not is_list_of(answer, kind):
        raise plugin_failure(plugin, HOOK, f"it returned {type(answer).__name__}, not a list of {kind.__name__}")
    return list(answer)
