"""Bookablesites dialect: emulates the Bookablesites API (v1 and v2 paths). Sources and gaps: README.md."""

from core import Credentials, Dialect, Host, Importer, hookimpl
from plugins.bookablesites import auth, demo, importer
from plugins.bookablesites.errors import render_error
from plugins.bookablesites.routes import PREFIXES, routes
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.catalog import NAME

API_VERSION = 1


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    tokens = auth.Tokens(host.settings(NAME), host.clock)
    return Dialect(
        name=NAME,
        prefixes=PREFIXES,
        routes=routes(host, tokens),
        render_error=render_error,
        steps=auth.Gate(host, tokens),
    )


@hookimpl
def register_credentials(host: Host) -> Credentials:
    return auth.credentials(host, demo.curl)


@hookimpl
def register_importer(host: Host) -> Importer:
    return importer.importer(host)
