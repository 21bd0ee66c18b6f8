"""BKAP dialect: the Booking & Appointment plugin's REST API on ``/wc-api/v3/bkap``. Sources and gaps: README.md."""

from functools import partial
from pathlib import Path

from core import CredentialIssuer, Dialect, Host, Importer, hookimpl
from core.wordpress.legacy_server import LegacyServer
from plugins.bkap import auth, errors, follow, importer, openapi
from plugins.bkap.index import store_facts
from plugins.bkap.resources.routes import all_routes
from plugins.bkap.settings import BkapSettings

API_VERSION = 1


@hookimpl
def register_settings() -> type:
    return BkapSettings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    settings: BkapSettings = host.settings("bkap")
    store_url = host.site.url.rstrip("/")
    server = LegacyServer(
        all_routes(settings, store_url=store_url),
        dialect=auth.DIALECT,
        site=host.site,
        clock=host.clock,
        key_store=auth.key_store(host.clock),
        errors=errors.translate,
        basic_over_http=settings.basic_over_http,
        jsonp=settings.jsonp,
        signing_times=host.signing_times,
        store=store_facts(host.site, settings),
    )
    return server.dialect(openapi=partial(openapi.document, server))


@hookimpl
def register_migrations() -> Path:
    return Path(__file__).parent / "migrations"


@hookimpl
def register_importer(host: Host) -> Importer:
    return importer.importer()


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return auth.credential_issuer(host.clock)


@hookimpl
def order_changed(event, host: Host) -> None:
    follow.order_changed(event, now=host.clock())
