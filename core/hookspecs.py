"""Every hook that a plugin can implement; each docstring is its contract.

``register_*`` is called once at start-up and returns data. ``filter_*`` takes a value and returns one. ``check_*`` may
refuse. ``*_changed`` is called after the commit. Implementations may take fewer arguments than are listed here. They
run in the order of ``frontdesk plugins``: the list in ``config.toml``, then ``RUNS_BEFORE`` and ``RUNS_AFTER``, then
their names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import click

    from core.domain.records import Event
    from core.domain.requests import BookingRequest
    from core.http.dialect import CredentialIssuer, Dialect, Host, Importer

PROJECT = "frontdesk"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_dialect(host: Host) -> Dialect | Sequence[Dialect]:
    """Describe the HTTP API that this plugin serves.

    Args:
        host: The clock, the site, and ``settings(name)`` for the plugin's own table of ``config.toml``.

    Returns:
        Prefixes, routes and error renderer. Start-up stops when two plugins claim one prefix.
    """


@hookspec
def register_settings() -> type:
    """The msgspec struct of the plugin's table in ``config.toml``.

    Every field needs a default. Unknown keys and wrong types in the table stop the start. Without this hook the
    plugin has no settings.
    """


@hookspec
def register_models() -> Sequence[type]:
    """Peewee models (on ``core.db.BaseModel``) of this plugin; table names begin with the plugin's name."""


@hookspec
def register_migrations() -> Path | str:
    """The directory of numbered migrations that create this plugin's tables."""


@hookspec
def register_commands() -> Sequence[click.Command]:
    """Commands for ``frontdesk PLUGIN COMMAND``; they get ``core.cli.context.Session`` as click's context object."""


@hookspec
def register_health(host: Host) -> dict[str, Callable[[], Any]]:
    """Named checks for ``/readyz`` and ``frontdesk check``; one that raises is unhealthy."""


@hookspec
def register_gauges(host: Host) -> dict[str, Callable[[], Mapping[str, float]]]:
    """Values for ``/metrics``, read for each page: ``{metric: function}``.

    Each function returns values by name; they become ``frontdesk_<metric>{name="..."}``.
    """


@hookspec
def register_importer(host: Host) -> Importer:
    """How ``frontdesk import`` and ``export`` read and write this dialect's documented JSON."""


@hookspec
def register_credentials(host: Host) -> CredentialIssuer:
    """How ``frontdesk keys`` creates this dialect's keys, and a shell command that books with them."""


@hookspec
def register_consumers(host: Host) -> Mapping[str, Sequence[str] | None]:
    """Names of event consumers, with the kinds of events that each consumes (None: all).

    Every event from then on waits in ``core.services.events.take_due(name)``, usually for a worker.
    """


@hookspec
def register_workers(host: Host) -> Mapping[str, Callable[[], float]]:
    """Background work, by name.

    Each callable does what is due and returns the seconds until its next run. ``frontdesk serve`` runs them in a
    separate process, one thread each, and keeps that process running. It may end at any moment, and other hosts may run
    the same work at the same time, so its state must be in the datastore.
    """


@hookspec
def filter_calendar_rules(calendar: Any, host: Host) -> Any:
    """Change a service's calendar (plan, rules, claims) before availability is computed; returns a new calendar."""


@hookspec
def filter_slots(slots: Any, calendar: Any, host: Host) -> Any:
    """Change the slots computed for one service before they are returned; returns the new slots."""


@hookspec
def filter_quote(quote: Any, request: Any, host: Host) -> Any:
    """Change a computed price before it is returned or stored; returns the new quote."""


@hookspec
def check_booking(request: BookingRequest, service: Any, host: Host) -> str | None:
    """Refuse a booking: return the reason as one sentence. None lets it pass. Runs before any lock is taken."""


@hookspec
def booking_changed(event: Event, host: Host) -> None:
    """React to a committed change of a booking. What it raises is logged and dropped."""


@hookspec
def customer_changed(event: Event, host: Host) -> None:
    """React to a committed change of a customer. What it raises is logged and dropped."""


@hookspec
def order_changed(event: Event, host: Host) -> None:
    """React to a committed change of an order or payment. What it raises is logged and dropped."""


@hookspec
def catalog_changed(event: Event, host: Host) -> None:
    """React to a committed change of a service, resource or anything else on offer. What it raises is logged."""


@hookspec
def site_changed(event: Event, host: Host) -> None:
    """React to any other committed change, such as the site's own rules. What it raises is logged and dropped."""
