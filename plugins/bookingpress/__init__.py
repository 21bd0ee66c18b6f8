"""BookingPress dialect: emulates the BookingPress REST API add-on. Sources and gaps: README.md."""

from collections.abc import Mapping
from functools import partial

import falcon

from core import API_VERSION, Credentials, Dialect, Host, Importer, hookimpl
from core.http.body import query
from plugins.bookingpress import auth, demo, importer, openapi
from plugins.bookingpress.errors import make_renderer
from plugins.bookingpress.resources import routes, table
from plugins.bookingpress.resources.base import PREFIX, Steps
from plugins.bookingpress.settings import Settings

__all__ = ["API_VERSION"]

NAME = "bookingpress"


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    settings = host.settings(NAME)
    gate = auth.Gate(host, settings)
    served = routes(host, gate)
    return Dialect(
        name=NAME,
        prefixes=[PREFIX],
        routes=served,
        table=table(served),
        render_error=make_renderer(strict=settings.strict_http_status),
        steps=Steps(gate),
        rewrite=_rest_route,
        openapi=partial(openapi.document, host, served, strict=settings.strict_http_status),
    )


@hookimpl
def register_credentials(host: Host) -> Credentials:
    return Credentials(
        dialect=NAME,
        realm=auth.REALM,
        create=auth.generate,
        curl=partial(_curl, host),
        read=demo.read_command,
        single=True,
        expires=partial(auth.ends, zone_name=host.site.timezone, years=host.settings(NAME).key_years),
    )


@hookimpl
def register_importer(host: Host) -> Importer:
    return Importer(dialect=NAME, load=importer.load, dump=importer.dump, demo=lambda now: demo.DOCUMENT)


def _rest_route(req: falcon.Request) -> str | None:
    """Sites without pretty links reach the same routes as ``/?rest_route=/bookingpress/v1/...``."""
    path = query(req).get("rest_route")
    if isinstance(path, str) and (path == "/bookingpress/v1" or path.startswith("/bookingpress/v1/")):
        return f"/wp-json{path}"
    return None


def _curl(host: Host, fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
    return demo.command(url, fields["api_key"], services, now=host.clock())
