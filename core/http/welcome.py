"""``/``: describes the server, for people in a browser and for programs."""

from collections.abc import Sequence
from html import escape
from typing import Any

import falcon

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


class WelcomePage:
    """The page, or the same as JSON for clients that do not accept HTML.

    Args:
        name: The site's name.
        base: The path of the site's URL, "" without one.
    """

    def __init__(self, name: str, base: str, dialects: Sequence[Dialect]) -> None:
        self._facts: dict[str, Any] = {
            "server": "frontdesk",
            "name": name,
            "dialects": {dialect.name: [base + prefix for prefix in dialect.prefixes] for dialect in dialects},
            "links": {"alive": f"{base}/healthz", "ready": f"{base}/readyz"},
        }
        rows = "\n".join(_row(name, paths) for name, paths in self._facts["dialects"].items())
        self._page = _PAGE.format(name=escape(name), base=escape(base), rows=rows).encode()

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        resp.set_header("Vary", "Accept")
        if "text/html" not in (req.env.get("HTTP_ACCEPT") or ""):
            send_json(resp, self._facts)
            return
        resp.content_type = "text/html; charset=UTF-8"
        resp.data = self._page
        resp.set_header("Content-Security-Policy", _POLICY)
        resp.set_header("X-Content-Type-Options", "nosniff")
        resp.set_header("Referrer-Policy", "no-referrer")


def _row(dialect: str, paths: Sequence[str]) -> str:
    links = "<br>".join(f"<code>{escape(path)}</code>" for path in paths)
    return f"<tr><td>{escape(dialect)}</td><td>{links}</td></tr>"
