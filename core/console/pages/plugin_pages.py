"""The pages that plugins add: each shows what its plugin returns inside the console's frame."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import falcon
from markupsafe import Markup

from core.console.context import Console
from core.console.pages.base import Page, query_fields, read_form, text_field
from core.console.rendering import NavigationEntry, Templates
from core.console_pages import ConsolePage, PageContent, PageRedirect, PageRequest
from core.hook_calls import PluginConflict, call_registered, plugin_failure
from core.services import actors

HOOK = "register_console_pages"
_STATUSES = range(200, 600)


class PluginPage(Page):
    """``/PLUGIN/SLUG``: one page of a plugin."""

    def __init__(self, console: Console, templates: Templates, plugin: str, page: ConsolePage) -> None:
        super().__init__(console, templates)
        self.reads, self.writes = page.role, page.submit_role
        self._plugin, self._page = plugin, page

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        self._answer(req, resp, self._page.show, {})

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        if self._page.submit is None:
            raise falcon.HTTPMethodNotAllowed(["GET", "HEAD"])
        form = {name: value for name, value in read_form(req).items() if name != "form_token"}
        with actors.acting(actors.current().name, text_field(form, "reason")):
            self._answer(req, resp, self._page.submit, form)

    def _answer(
        self, req: falcon.Request, resp: falcon.Response, function: Callable[..., Any], form: Mapping[str, Any]
    ) -> None:
        request = PageRequest(
            query=query_fields(req),
            form=form,
            operator=req.context.operator.name,
            role=req.context.operator.role,
            now=self.console.clock(),
            form_token=self.templates.form_token(req),
            url=self.console.url,
        )
        answer = call_registered(self._plugin, HOOK, function, request)
        if isinstance(answer, PageRedirect) and function is self._page.submit:
            self._redirect(resp, answer)
            return
        if isinstance(answer, PageContent):
            resp.status = answer.status if answer.status in _STATUSES else 200
            own = {"request": request, "operator": req.context.operator, "csrf": request.form_token}
            answer = call_registered(self._plugin, HOOK, self._render, answer, own)
        if not isinstance(answer, Markup):
            expected = "PageContent or Markup" + (" or PageRedirect" if function is self._page.submit else "")
            raise plugin_failure(self._plugin, HOOK, f"the page returned {type(answer).__name__}, not {expected}")
        self.show(req, resp, "plugin_page.html", title=self._page.title, plugin=self._plugin, content=answer)

    def _render(self, content: PageContent, own: Mapping[str, Any]) -> Markup:
        return self.templates.render_text(content.template, {**content.values, **own})

    def _redirect(self, resp: falcon.Response, answer: PageRedirect) -> None:
        """Go to another page of the console; elsewhere would be a way out for whoever can make a plugin do so."""
        home, parts = self.console.url(), urlsplit(answer.location)
        is_own = not parts.scheme and not parts.netloc and "\\" not in answer.location
        if not is_own or not f"{parts.path}/".startswith(f"{home}/"):
            raise plugin_failure(self._plugin, HOOK, "the page leads to an address outside of the console")
        self.see_other(resp, answer.location, answer.message)


def plugin_pages(console: Console, templates: Templates, taken: Sequence[str]) -> dict[str, PluginPage]:
    """The pages of all plugins by path.

    Args:
        taken: The paths of the console's own pages.

    Raises:
        PluginConflict: A plugin has the name of one of them.
    """
    names = {path.partition("/")[0] for path in taken}
    pages = {}
    for plugin, registered in console.manager.console_pages.items():
        if registered and plugin in names:
            path = console.url(plugin)
            raise PluginConflict(f"this program and plugin {plugin!r} both have pages at {path}; rename the plugin.")
        for page in registered:
            pages[f"{plugin}/{page.slug}"] = PluginPage(console, templates, plugin, page)
    return pages


def navigation_entries(registered: Mapping[str, Sequence[ConsolePage]]) -> list[NavigationEntry]:
    """The links to the pages of all plugins."""
    return [
        NavigationEntry(page.title, f"{plugin}/{page.slug}", page.role)
        for plugin, pages in registered.items()
        for page in pages
        if page.in_navigation
    ]
