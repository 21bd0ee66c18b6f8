"""BKAP dialect: the Booking & Appointment plugin's REST API on ``/wc-api/v3/bkap``. Sources and gaps: README.md."""

from functools import partial
from pathlib import Path

from frontdesk import CredentialIssuer, Dialect, Host, Importer, PersonalData, ServiceEditor, hookimpl
from frontdesk.records import Event
from frontdesk.wordpress.legacy_server import LegacyServer
from plugins.bkap import auth, errors, importer, openapi
from plugins.bkap.routes import all_routes
from plugins.bkap.settings import BkapSettings, index_settings
from plugins.bkap.usecases import bookings
from plugins.bkap.usecases.context import Context
from plugins.bkap.usecases.service_editor import service_editor

REQUIRES = ">=1.0,<2"
#: What ``frontdesk sandbox --strict`` sets, to answer exactly as the vendor.
STRICT_SETTINGS = {"strict_past": True, "basic_over_http": False}


@hookimpl
def register_settings() -> type:
    return BkapSettings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    settings: BkapSettings = host.settings("bkap")
    server = LegacyServer(
        all_routes(_context(host)),
        dialect=auth.DIALECT,
        site=host.site,
        clock=host.clock,
        key_store=auth.key_store(host.clock),
        errors=errors.to_legacy_error,
        basic_over_http=settings.basic_over_http,
        jsonp=settings.jsonp,
        signing_times=host.signing_times,
        store=index_settings(host.site, settings),
    )
    return server.dialect(openapi=partial(openapi.document, server))


def _context(host: Host) -> Context:
    return Context(host.settings("bkap"), host.site.url.rstrip("/"), host.clock)


@hookimpl
def register_service_editor(host: Host) -> ServiceEditor:
    return service_editor(_context(host))


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
def register_personal_data() -> PersonalData:
    # Whom a booking is billed to is in core's columns; the rest is times and settings.
    return PersonalData(dialect=auth.DIALECT)


@hookimpl
def order_changed(event: Event, host: Host) -> None:
    bookings.order_changed(event, now=host.clock())
