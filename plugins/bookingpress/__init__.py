"""BookingPress dialect: emulates the BookingPress REST API add-on. Sources and gaps: README.md."""

from collections.abc import Mapping
from functools import partial

from frontdesk import CredentialIssuer, Dialect, Host, Importer, PersonalData, ServiceEditor, hookimpl
from frontdesk.settings import SettingsScreen
from frontdesk.times import zone
from frontdesk.wordpress.server import RestServer, site_servers
from plugins.bookingpress import auth, demo, exporter, importer, openapi
from plugins.bookingpress.routes import namespace
from plugins.bookingpress.settings import Settings
from plugins.bookingpress.settings_screen import SCREEN
from plugins.bookingpress.usecases.context import Context
from plugins.bookingpress.usecases.service_editor import service_editor

REQUIRES = ">=1.0,<2"
#: What ``frontdesk sandbox`` sets without ``--strict``: a test may call as often as it likes.
SANDBOX_SETTINGS = {"rate_limit_minute": 0, "rate_limit_hour": 0}

NAME = "bookingpress"


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_settings_screen() -> SettingsScreen:
    return SCREEN


@hookimpl
def register_dialect(host: Host) -> Dialect:
    server = RestServer(site=host.site, clock=host.clock, peers=site_servers(host))
    server.add(namespace(host, host.settings(NAME)))
    return server.dialect(NAME, openapi=partial(openapi.document, server))


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return CredentialIssuer(
        dialect=NAME,
        realm=auth.REALM,
        create=auth.generate,
        booking_command=partial(_curl, host),
        reading_command=demo.read_command,
        is_single=True,
        request_headers=lambda fields, send: {auth.HEADER: fields["api_key"]},
        expiry=partial(auth.ends, site_zone=zone(host.site.timezone), years=host.settings(NAME).key_years),
    )


@hookimpl
def register_personal_data() -> PersonalData:
    customer = ("phone_country", "dial_code", "avatar_name", "avatar_url", "full_name", "wpuser_id")
    return PersonalData(dialect=NAME, fields={"customer": customer, "booking": ("form_fields", "dial_code")})


@hookimpl
def register_importer(host: Host) -> Importer:
    return Importer(dialect=NAME, load=importer.load, dump=exporter.dump, demo=lambda now: demo.DOCUMENT)


@hookimpl
def register_service_editor(host: Host) -> ServiceEditor:
    return service_editor(Context(clock=host.clock, site=host.site))


def _curl(host: Host, fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
    return demo.command(url, fields["api_key"], services, now=host.clock())
