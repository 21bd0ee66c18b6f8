"""Bookablesites dialect: emulates the Bookablesites API (v1 and v2 paths). Sources and gaps: README.md."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

import click

from frontdesk import Consumer, CredentialIssuer, Dialect, Host, Importer, PersonalData, ServiceEditor, hookimpl
from frontdesk.webhooks import Webhooks
from plugins.bookablesites import commands, demo, importer, models, openapi
from plugins.bookablesites.auth import AccessTokens, Gate, credential_issuer
from plugins.bookablesites.errors import render_error
from plugins.bookablesites.routes import PREFIXES, routes
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.events import KINDS
from plugins.bookablesites.translate.values import NAME
from plugins.bookablesites.usecases import deliveries, webhook_log
from plugins.bookablesites.usecases.context import Context
from plugins.bookablesites.usecases.personal_data import personal_data
from plugins.bookablesites.usecases.service_editor import service_editor

REQUIRES = ">=1.0,<2"
#: What ``frontdesk sandbox`` sets: a test may call as often as it likes, and its receiver needs no certificate.
SANDBOX_SETTINGS = {
    "allow_http_webhooks": True,
    "calls_per_minute": 1_000_000,
    "writes_per_minute": 1_000_000,
    "tokens_per_minute": 1_000_000,
}
#: With ``--strict`` the vendor's limits hold.
STRICT_SETTINGS = {"allow_http_webhooks": True}


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def register_dialect(host: Host) -> Dialect:
    access_tokens = AccessTokens(host.settings(NAME), host.clock)
    served = routes(Context(host), access_tokens)
    return Dialect(
        name=NAME,
        prefixes=PREFIXES,
        routes=served,
        render_error=render_error,
        steps=Gate(host, access_tokens),
        openapi=partial(openapi.document, host, served),
    )


@hookimpl
def register_credentials(host: Host) -> CredentialIssuer:
    return credential_issuer(host, demo.curl, demo.read_command)


@hookimpl
def register_gauges(host: Host) -> dict[str, Callable[[], Mapping[str, float]]]:
    return {
        "webhook_backlog": deliveries.backlog,
        "webhook_oldest_seconds": lambda: deliveries.oldest(now=host.clock()),
    }


@hookimpl
def register_importer(host: Host) -> Importer:
    return importer.importer(host)


@hookimpl
def register_personal_data() -> PersonalData:
    return personal_data()


@hookimpl
def register_service_editor(host: Host) -> ServiceEditor:
    return service_editor(Context(host))


@hookimpl
def register_models() -> Sequence[type]:
    return models.TABLES


@hookimpl
def register_migrations() -> Path:
    return Path(__file__).parent / "migrations"


@hookimpl
def register_commands() -> Sequence[click.Command]:
    return [commands.deliveries, commands.replay]


@hookimpl
def register_consumers(host: Host) -> Mapping[str, Consumer]:
    return {"webhooks": Consumer(KINDS)} if _delivers(host) else {}


@hookimpl
def register_workers(host: Host) -> Mapping[str, Callable[[], float]]:
    return {"webhooks": deliveries.DeliveryWorker(host)} if _delivers(host) else {}


@hookimpl
def register_webhooks(host: Host) -> Webhooks:
    return webhook_log.webhook_log()


def _delivers(host: Host) -> bool:
    return host.settings(NAME).features.webhooks and (host.webhooks is None or host.webhooks.enabled)
