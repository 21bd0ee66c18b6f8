"""WooCommerce Bookings dialect: ``wc-bookings/v1`` and ``v2``. Sources and gaps: README.md."""

from functools import partial

from frontdesk import CredentialIssuer, Dialect, Host, Importer, PersonalData, ServiceEditor, hookimpl
from frontdesk.records import Event
from frontdesk.wordpress.server import RestServer, site_servers
from plugins.wc_bookings import auth, demo, exporter, importer, openapi, routes
from plugins.wc_bookings.settings import Settings
from plugins.wc_bookings.usecases import bookings
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.pulls import pull
from plugins.wc_bookings.usecases.service_editor import service_editor

REQUIRES = ">=1.0,<2"
#: What ``frontdesk sandbox --strict`` sets, to answer exactly as the vendor.
STRICT_SETTINGS = {"mode": "strict"}


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    context = Context(host)
    keys = auth.consumer_keys(host, context.options)
    hints = context.options.product_record == "2.2.5"
    server = RestServer(site=host.site, clock=host.clock, target_hints=hints, peers=site_servers(host))
    server.add(routes.first_version(context, keys))
    if context.options.v2:
        server.add(routes.second_version(context, keys))
    return server.dialect("wc_bookings", openapi=partial(openapi.document, server))


@hookimpl
def register_importer(host: Host) -> Importer:
    return Importer(dialect="wc_bookings", load=importer.load, dump=exporter.dump, demo=demo.document, pull=pull)


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return auth.credential_issuer(host)


@hookimpl
def register_personal_data() -> PersonalData:
    fields = {"booking": ("meta_data", "local_timezone", "google_calendar_event_id")}
    return PersonalData(dialect="wc_bookings", fields=fields)


@hookimpl
def register_service_editor(host: Host) -> ServiceEditor:
    return service_editor(Context(host))


@hookimpl
def order_changed(event: Event, host: Host) -> None:
    bookings.order_changed(event, now=host.clock())
