"""WooCommerce Bookings dialect: ``wc-bookings/v1`` and ``v2``. Sources and gaps: README.md."""

from functools import partial

from core import API_VERSION as API_VERSION
from core import CredentialIssuer, Dialect, Host, Importer, hookimpl
from core.wordpress.server import RestServer, site_servers
from plugins.wc_bookings import auth, demo, exporter, follow, importer, openapi
from plugins.wc_bookings.resources import namespaces
from plugins.wc_bookings.settings import Settings


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    settings = host.settings("wc_bookings").resolved()
    keys = auth.consumer_keys(host, settings)
    hints = settings.product_record == "2.2.5"
    server = RestServer(site=host.site, clock=host.clock, target_hints=hints, peers=site_servers(host))
    server.add(namespaces.first_version(host, keys))
    if settings.v2:
        server.add(namespaces.second_version(host, keys))
    return server.dialect("wc_bookings", openapi=partial(openapi.document, server))


@hookimpl
def register_importer(host: Host) -> Importer:
    return Importer(dialect="wc_bookings", load=importer.load, dump=exporter.dump, demo=demo.document)


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return auth.credential_issuer(host)


@hookimpl
def order_changed(event, host: Host) -> None:
    follow.order_changed(event, now=host.clock())
