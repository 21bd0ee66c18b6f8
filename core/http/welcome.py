"""``/``: describes the server, for people in a browser and for programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import urlsplit

import falcon

from core.config import Config
from core.http.dialect import Dialect
from core.http.responses import send_json

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 44rem; margin: 3rem auto; padding: 0 1rem }}
table {{ border-collapse: collapse; width: 100% }}
th, td {{ text-align: left; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top }}
code {{ font: .95em ui-monospace, monospace }}
</style>
</head>
<body>
<h1>{name}</h1>
<p>This is a <b>frontdesk</b> server: it takes bookings through several vendors' HTTP APIs over one calendar.
It is here for programs; there is nothing to click.</p>
<table>
<thead><tr><th scope="col">API</th><th scope="col">Answers at</th></tr></thead>
<tbody>
{rows}
</tbody>
</table>
<p>State: <a href="{base}/healthz">alive</a>, <a href="{base}/readyz">ready</a>.</p>
</body>
</html>
"""
#: Loads and runs nothing, and cannot be framed.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True, kw_only=True)
class WelcomeFacts:
    """What the first page says. All paths include that of the site's URL.

    Attributes:
        name: The site's name.
        base: The path of the site's URL, "" without one.
        dialects: The prefixes of every dialect.
        docs: The page about the API of each dialect that has one.
        docs_index: The page that lists them, "" without one.
        console: The console, "" where it is not at this address.
    """

    name: str
    base: str
    dialects: Mapping[str, Sequence[str]]
    docs: Mapping[str, str] = field(default_factory=dict)
    docs_index: str = ""
    console: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same for programs."""
        links = {"alive": f"{self.base}/healthz", "ready": f"{self.base}/readyz"}
        links |= {"docs": self.docs_index} if self.docs_index else {}
        links |= {"console": self.console} if self.console else {}
        described = {"openapi": {name: f"{path}/openapi.json" for name, path in self.docs.items()}} if self.docs else {}
        return {
            "server": "frontdesk",
            "name": self.name,
            "dialects": {name: list(paths) for name, paths in self.dialects.items()},
            "links": links,
            **described,
        }


def welcome_facts(
    config: Config, dialects: Sequence[Dialect], *, docs_index: str = "", console: str = ""
) -> WelcomeFacts:
    """The facts of a host; the other arguments as in ``WelcomeFacts``."""
    base = urlsplit(config.site.url).path.rstrip("/")
    return WelcomeFacts(
        name=config.site.name,
        base=base,
        dialects={dialect.name: [base + prefix for prefix in dialect.prefixes] for dialect in dialects},
        docs={dialect.name: f"{docs_index}/{dialect.name}" for dialect in dialects if dialect.openapi and docs_index},
        docs_index=docs_index,
        console=console,
    )


class WelcomePage:
    """The page, or the same as JSON for clients that do not accept HTML.

    Args:
        show: Replies with a page of another look; None for a small one without anything around it.
    """

    def __init__(self, facts: WelcomeFacts, *, show: Callable[[falcon.Response], None] | None = None) -> None:
        self._json = facts.as_json()
        rows = "\n".join(_row(name, paths) for name, paths in facts.dialects.items())
        self._page = _PAGE.format(name=escape(facts.name), base=escape(facts.base), rows=rows).encode()
        self._show = show or self._show_small

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_header("Vary", "Accept")
        if "text/html" in (req.env.get("HTTP_ACCEPT") or ""):
            self._show(resp)
        else:
            send_json(resp, self._json)

    def _show_small(self, resp: falcon.Response) -> None:
        resp.content_type = "text/html; charset=UTF-8"
        resp.data = self._page
        resp.set_header("Content-Security-Policy", _POLICY)
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.set_header("Referrer-Policy", "no-referrer")


def _row(dialect: str, paths: Sequence[str]) -> str:
    links = "<br>".join(f"<code>{escape(path)}</code>" for path in paths)
    return f"<tr><td>{escape(dialect)}</td><td>{links}</td></tr>"
