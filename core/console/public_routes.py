"""What everybody may open beside the dialects: the first page, and the pages about their APIs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import falcon

from core.config import Config
from core.console.api_pages import ASSETS, PATH, api_routes
from core.console.public_pages import PublicTemplates, set_page
from core.http.dialect import Dialect
from core.http.welcome import WelcomePage, welcome_facts


def public_routes(
    config: Config,
    dialects: Sequence[Dialect],
    *,
    readiness: Callable[[], Mapping[str, Any]],
    check_settings: Callable[[], None],
) -> dict[str, Any]:
    """The resources by template.

    Args:
        dialects: Those of the plugins.
        readiness: The answer of ``/readyz``; ``ready`` of it is told.
        check_settings: As for ``Middleware``: documents depend on the settings of plugins.
    """
    base = urlsplit(config.site.url).path.rstrip("/")
    is_here = config.console.enabled and not config.console.bind
    console = f"{base}{config.console.path}" if is_here else ""
    docs_index = f"{base}{PATH}" if config.console.enabled and config.console.docs else ""
    facts = welcome_facts(config, dialects, docs_index=docs_index, console=console)
    links = {title: path for title, path in (("APIs", docs_index), ("Console", console)) if path}
    assets = f"{base}{ASSETS}" if docs_index else f"{console}/static"
    templates = PublicTemplates(config.site, base=base, assets=assets, links=links)

    def show(resp: falcon.Response) -> None:
        set_page(resp, templates.render("welcome.html", facts=facts, ready=readiness()["ready"]))

    routes: dict[str, Any] = {"/": WelcomePage(facts, show=show if docs_index or console else None)}
    if docs_index:
        routes |= api_routes(dialects, templates, base=base, check_settings=check_settings)
    return routes


class ConsoleEntrance:
    """``/`` at an address of the console's own: leads to the console."""

    def __init__(self, config: Config) -> None:
        self._location = f"{urlsplit(config.site.url).path.rstrip('/')}{config.console.path}"

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.status = 303
        resp.set_header("Location", self._location)
