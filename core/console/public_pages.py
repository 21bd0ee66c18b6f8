"""The pages for everybody, without sign-in: the first one, and those about the API of each dialect.

They have the console's look, but neither its session nor its prefix, so they also work where the console is elsewhere.
"""

from collections.abc import Mapping
from typing import Any

import falcon

from core.console.rendering import template_environment
from core.console.static_files import asset_version
from core.console.steps import POLICY, SECURITY_HEADERS
from core.domain.site import Site

HTML = "text/html; charset=UTF-8"


class PublicTemplates:
    """Renders pages that look the same for everybody.

    Args:
        base: The path of the site's URL, "" without one.
        assets: The path below which ``StaticFiles`` are served, with ``base``.
        links: The other public pages, by title.
    """

    def __init__(self, site: Site, *, base: str, assets: str, links: Mapping[str, str]) -> None:
        self._environment = template_environment()
        self._environment.globals |= {
            "site": site,
            "base": base,
            "static": lambda name: f"{assets}/{name}?v={asset_version(name)}",
            "links": links,
        }

    def render(self, template: str, **values: Any) -> bytes:
        """A page."""
        return self._environment.get_template(template).render(values).encode()


def set_page(resp: falcon.Response, page: bytes, *, policy: str = POLICY) -> None:
    """Reply with a page and the headers that keep other sites out."""
    resp.content_type = HTML
    resp.data = page
    for name, value in {**SECURITY_HEADERS, "Content-Security-Policy": policy}.items():
        resp.set_header(name, value)
