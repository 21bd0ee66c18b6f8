"""Every hook that a plugin can implement; each docstring is its contract.

``register_*`` is called at start-up, and again when a setting changes, and returns data. ``filter_*`` takes a value and
returns one. ``check_*`` may refuse. ``*_changed`` is called after the commit. Implementations are plain functions and
may take fewer arguments than are listed here. They run in the order of ``frontdesk plugins``: by
``@hookimpl(priority=...)``, lower first and 10 by default; among equals in the order of the list in ``config.toml``,
moved as ``RUNS_BEFORE`` and ``RUNS_AFTER`` ask.

What an implementation returns is checked. One that fails, or returns something else than its hook says, is logged with
plugin and hook, and the request is answered as the vendor answers an internal error. Errors of ``core.errors`` pass:
they are refusals. The time of every call to ``filter_*``, ``check_*`` and ``*_changed`` is in ``/metrics``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import pluggy

if TYPE_CHECKING:
    import click

    from core.console_pages import ConsolePage
    from core.domain.money import Quote
    from core.domain.personal_data import PersonalData
    from core.domain.records import Booking, Event, Service
    from core.domain.requests import BookingRequest, ChangeKind
    from core.domain.schedule import ServiceCalendar, Slot
    from core.http.dialect import CredentialIssuer, Dialect, Host, Importer
    from core.services.bookings.ledger_view import LedgerView
    from core.services.consumers import Consumer
    from core.services.service_editing import ServiceEditor
    from core.services.webhooks import Webhooks
    from core.settings_screen import SettingsScreen

PROJECT = "frontdesk"

#: Where an implementation runs that names no priority.
DEFAULT_PRIORITY = 10
#: The attribute of an implementation that holds its priority.
PRIORITY_ATTRIBUTE = f"{PROJECT}_priority"

hookspec = pluggy.HookspecMarker(PROJECT)
_hookimpl = pluggy.HookimplMarker(PROJECT)

F = TypeVar("F", bound=Callable[..., Any])


@overload
def hookimpl(function: F, /) -> F: ...


@overload
def hookimpl(*, priority: int = DEFAULT_PRIORITY, **options: Any) -> Callable[[F], F]: ...


def hookimpl(function: F | None = None, /, *, priority: int = DEFAULT_PRIORITY, **options: Any) -> F | Callable[[F], F]:
    """Mark a function as the implementation of the hook of its name.

    Args:
        priority: Implementations with a lower number run first. One that is to have the last word needs a high number.
        options: Pluggy's own. ``tryfirst`` and ``trylast`` come before and after every priority; wrappers are refused.
    """

    def mark(implementation: F) -> F:
        setattr(implementation, PRIORITY_ATTRIBUTE, priority)
        _hookimpl(**options)(implementation)
        return implementation

    return mark if function is None else mark(function)


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
    plugin has no settings. What the file leaves open can be changed in the datastore while the server runs: then all
    hooks with a ``host`` are asked again, in the same process.
    """


@hookspec
def register_settings_screen() -> SettingsScreen:
    """How the console's page about the plugin's settings words and groups them.

    Without this hook the page shows the struct of ``register_settings``: a group for each nested struct, names made of
    the keys, and the help that stands in its comments and docstrings.
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
def register_personal_data(host: Host) -> PersonalData:
    """What this plugin keeps about persons beside core's own columns: in ``extras``, and in tables of its own.

    Core exports and erases persons on request, and cannot know what in a dialect's data is personal. A plugin that
    keeps nothing says so with a ``PersonalData`` without fields. Of a dialect without an answer, the extras of an
    erased customer are dropped as a whole.
    """


@hookspec
def register_service_editor(host: Host) -> ServiceEditor:
    """How operators see this dialect's record of a service, and change the services that it compiles.

    A dialect that compiles services from settings of its own needs this: without it, what an operator changes is lost
    when the dialect compiles the service again. One that keeps no settings returns None from ``offer`` and only shows.
    """


@hookspec
def register_consumers(host: Host) -> Mapping[str, Consumer]:
    """Who handles committed events, by name; the full name is ``plugin.name``.

    Every event of a consumer's kinds waits in the datastore until it is handled, so a crash loses nothing.
    ``frontdesk serve`` calls ``Consumer.handle`` for each in the background process, on one host at a time, and again
    later if it raises.
    """


@hookspec
def register_workers(host: Host) -> Mapping[str, Callable[[], float]]:
    """Background work, by name.

    Each callable does what is due and returns the seconds until its next run. ``frontdesk serve`` runs them in a
    separate process, one thread each, and keeps that process running. It may end at any moment, and other hosts may run
    the same work at the same time, so its state must be in the datastore.

    A callable with a method ``next_due()``, which returns an aware instant or None, says when it has something to do
    next; a sandbox whose clock is moved then lets that happen at its instant.
    """


@hookspec
def register_webhooks(host: Host) -> Webhooks:
    """The webhooks that this plugin delivers: the console lists them with their deliveries, and operators replay a
    delivery, or disable a webhook.
    """


@hookspec
def register_console_pages(host: Host) -> Sequence[ConsolePage]:
    """Pages that this plugin adds to the console, each at ``/PLUGIN/SLUG`` below its prefix.

    A page that fails is logged with its plugin, and says whose it is.
    """


@hookspec
def filter_calendar_rules(calendar: ServiceCalendar, host: Host) -> ServiceCalendar:
    """Change a service's calendar (plan, rules, resources) before availability is computed; returns a new calendar.

    Selling, quoting and listing all go by the result; selling asks again inside the lock. The service, its location and
    the extra minutes stay.
    """


@hookspec
def filter_slots(slots: list[Slot], calendar: ServiceCalendar, host: Host) -> list[Slot]:
    """Leave out slots of one service, or lower what remains of them, before they are returned.

    No slot may be added and none may have more than before: selling does not ask this hook.
    """


@hookspec
def filter_quote(quote: Quote, request: BookingRequest, host: Host) -> Quote:
    """Change a computed price, before package, coupon, gift card, tax and deposit; returns the new quote.

    So a surcharge is discounted and taxed as the service itself. The lines must add up to ``total``, which has the
    decimals of its currency and is not negative; ``due_now`` and ``facts`` are the host's. A price that the caller
    states is not asked about.

    Args:
        request: With the interval and the resource that the booking gets.
    """


@hookspec
def check_booking(
    request: BookingRequest,
    service: Service,
    change: ChangeKind,
    booking: Booking | None,
    ledger: LedgerView,
    host: Host,
) -> str | None:
    """Refuse a booking: return the reason as one sentence, which the caller reads. None lets it pass.

    Asked whenever places are taken or a time is chosen, and for quotes and every start that is listed. It may run
    inside the transaction of the request: it must be quick and wait for nothing but the datastore.

    Args:
        request: The booking as it would be. ``wall_end`` is always set. Listings name no customer and no origin.
        service: The service, as it is stored.
        change: What is asked; see ``ChangeKind``.
        booking: The booking as it was, for a change of one; else None.
        ledger: The bookings of a customer or a service on a day, as they are now; the next moment may add one.
    """


@hookspec
def check_booking_under_lock(
    request: BookingRequest,
    service: Service,
    change: ChangeKind,
    booking: Booking | None,
    ledger: LedgerView,
    host: Host,
) -> str | None:
    """As ``check_booking``, inside the transaction that stores the booking, after it got its places.

    For rules that count bookings: what ``ledger`` returns stays true until the commit, because whoever asks for the
    same waits. Not asked for quotes and listings. Keep it short: others wait meanwhile.

    Args:
        request: With the interval and the resource that the booking got.
        ledger: The bookings of a customer or a service on a day; they stay so until the commit.
    """


@hookspec
def booking_changed(event: Event, host: Host) -> None:
    """React to a committed change of a booking. What it raises is logged and dropped.

    Actions run after the commit and before the reply, in the process that made the change, so the caller waits for
    them; work that takes long belongs to a consumer.
    """


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
