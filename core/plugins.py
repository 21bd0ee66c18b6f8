"""Loads the enabled plugins. ``load_plugins`` returns everything that they registered; nothing here is global.

``core.plugin_discovery`` finds them, ``core.plugin_checks`` checks and orders them, ``core.plugin_answers`` checks what
they register.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pluggy
from msgspec import Struct

from core import hook_results, hookspecs
from core.config import Config
from core.console_pages import ConsolePage
from core.consumer_checks import name_consumers
from core.dialect_checks import check_dialects
from core.domain.personal_data import PersonalData
from core.domain.records import Event
from core.hook_calls import (
    PluginConflict,
    PluginError,
    call_action,
    hook_names,
    implementations,
    make_filter,
    make_veto,
    priority_of,
)
from core.http.dialect import CredentialIssuer, Dialect, Host, Importer
from core.logs import get_logger
from core.migrate import CORE_OWNER, Owner
from core.plugin_answers import RESERVED_GAUGES, ask_plugins, check_answer, check_models, merge_unique
from core.plugin_checks import FoundPlugin, check_plugin, check_tables, order_plugins
from core.plugin_discovery import find_plugin, known_plugins, load_source
from core.plugin_settings import NoSettings, load_settings, unknown_settings
from core.services.consumers import Consumer, workers_of
from core.services.filters import Filters
from core.services.service_editing import ServiceEditor
from core.services.stored_settings import StoredSettings
from core.services.webhooks import Webhooks
from core.settings_screen import SettingsScreen, check_screen

log = get_logger("frontdesk.plugins")


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One running plugin."""

    name: str
    #: The module, or the object, that has the hooks.
    module: Any
    module_path: str
    settings: Any = None
    #: The class of ``settings``.
    struct: type[Struct] = NoSettings


@dataclass(frozen=True, slots=True)
class Manager:
    """The running plugins, in order, and what they registered."""

    pluggy: pluggy.PluginManager
    plugins: tuple[LoadedPlugin, ...]
    host: Host
    dialects: tuple[tuple[str, Dialect], ...]
    importers: Mapping[str, Importer]
    credentials: Mapping[str, CredentialIssuer]
    migration_owners: tuple[Owner, ...]
    health: Mapping[str, Callable[[], Any]]
    commands: Mapping[str, Sequence[Any]]
    models: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    #: The same as ``credentials``, by plugin.
    issuers: Mapping[str, CredentialIssuer] = field(default_factory=dict)
    #: How plugins word their settings, by plugin.
    settings_screens: Mapping[str, SettingsScreen] = field(default_factory=dict)
    #: Values for ``/metrics``, by metric.
    gauges: Mapping[str, Callable[[], Mapping[str, float]]] = field(default_factory=dict)
    #: How services are seen and changed, by dialect.
    service_editors: Mapping[str, ServiceEditor] = field(default_factory=dict)
    #: Consumers of events, as ``plugin.name``.
    consumers: Mapping[str, Consumer] = field(default_factory=dict)
    #: What plugins say about personal data, by dialect.
    personal_data: Mapping[str, PersonalData] = field(default_factory=dict)
    #: Background work, as ``plugin.name``.
    workers: Mapping[str, Callable[[], float]] = field(default_factory=dict)
    #: The webhooks that plugins deliver, by plugin.
    webhooks: Mapping[str, Webhooks] = field(default_factory=dict)
    #: Pages of the console that plugins add, by plugin.
    console_pages: Mapping[str, Sequence[ConsolePage]] = field(default_factory=dict)
    #: A sentence for each thing that may be a mistake.
    warnings: Sequence[str] = ()
    #: The version of the settings in the datastore that they were loaded with.
    settings_version: int = 0

    @property
    def may_have_workers(self) -> bool:
        """Whether the plugins have background work, or would have some with other settings."""
        return any(implementations(self.pluggy, hook) for hook in ("register_workers", "register_consumers"))

    def hook_order(self) -> dict[str, list[str]]:
        """For every implemented hook, the plugins in the order in which they run, with priorities that decide it."""
        return {
            hook: [_place(call) for call in calls]
            for hook in sorted(hook_names())
            if (calls := implementations(self.pluggy, hook))
        }

    def filters(self) -> Filters:
        """The behaviour hooks as plain callables for the services."""

        def filters_of(hook: str, names: tuple[str, ...]) -> list[Any]:
            problem_of = hook_results.PROBLEMS[hook]
            return [
                make_filter(call, hook, self.host, names, problem_of) for call in implementations(self.pluggy, hook)
            ]

        def vetoes_of(hook: str) -> list[Any]:
            names = ("request", "service", "change", "booking", "ledger")
            return [make_veto(call, hook, self.host, names) for call in implementations(self.pluggy, hook)]

        return Filters(
            calendar_rules=filters_of("filter_calendar_rules", ("calendar",)),
            slots=filters_of("filter_slots", ("slots", "calendar")),
            quote=filters_of("filter_quote", ("quote", "request")),
            check_booking=vetoes_of("check_booking"),
            check_booking_under_lock=vetoes_of("check_booking_under_lock"),
        )

    def dispatch_event(self, event: Event) -> None:
        """Run the action hook of a committed event; a failing plugin affects nothing else.

        Operators, keys, settings and webhooks are the host's own affair.
        """
        if event.subject_kind in ("operator", "key", "plugin", "webhook", "delivery"):
            return
        hook = _ACTIONS.get(event.subject_kind, "site_changed")
        for call in implementations(self.pluggy, hook):
            call_action(call, hook, event, self.host)


def _place(call: Any) -> str:
    """A plugin in the order of a hook, with what is unusual about its place."""
    if call.tryfirst or call.trylast:
        return f"{call.plugin_name} ({'tryfirst' if call.tryfirst else 'trylast'})"
    priority = priority_of(call)
    return str(call.plugin_name) if priority == hookspecs.DEFAULT_PRIORITY else f"{call.plugin_name} ({priority})"


_ACTIONS = {
    "booking": "booking_changed",
    "customer": "customer_changed",
    "order": "order_changed",
    "payment": "order_changed",
    **dict.fromkeys(
        (
            "service",
            "variant",
            "resource",
            "location",
            "category",
            "extra",
            "person_type",
            "coupon",
            "package",
            "gift_card",
        ),
        "catalog_changed",
    ),
}


def installed_owner(name: str, folder: Path | None = None) -> Owner | None:
    """The migrations of an installed plugin, whether it is enabled or not.

    Args:
        folder: The site's own plugins.

    Raises:
        PluginError: It is installed and cannot be imported.
    """
    sources = known_plugins(folder).get(name)
    if not sources:
        return None
    register = getattr(load_source(sources[0]), "register_migrations", None)
    owner: Owner | None = register and check_answer(name, "register_migrations", register())
    return owner


def load_plugins(
    config: Config,
    *,
    clock: Callable[[], datetime],
    limiter: Any = None,
    stored: StoredSettings = StoredSettings(),
    **host_fields: Any,
) -> Manager:
    """Import, check and order the enabled plugins and collect what they register.

    Args:
        stored: The settings in the datastore; by default the configuration alone counts.
        host_fields: Further fields of ``Host``.

    Raises:
        StartupError: One sentence that names the plugin, the problem and the nearest name, if any.
    """
    known = known_plugins(config.plugins.path)
    found: dict[str, FoundPlugin] = {}
    for entry in config.plugins.enabled:
        source = find_plugin(entry, known, config)
        if source.name in found:
            raise PluginConflict(f"{config.source}: plugins.enabled names {source.name!r} twice.")
        found[source.name] = FoundPlugin(source, load_source(source))
        check_plugin(found[source.name])
    check_tables(config, {*known, *found})
    plugins, warnings = order_plugins(found.values(), known)
    manager = _register(plugins)
    structs = dict.fromkeys((plugin.name for plugin in plugins), NoSettings)
    structs |= dict(ask_plugins(manager, "register_settings"))
    settings = {name: load_settings(config, name, struct, stored) for name, struct in structs.items()}
    warnings += [
        f"the datastore has a setting {name}.{key}, which the plugin does not have; take it out with: frontdesk"
        f" settings unset {name} {key}"
        for name, struct in structs.items()
        for key in unknown_settings(name, struct, stored)
    ]
    host = Host(
        clock=clock,
        site=config.site,
        _settings=settings,
        limiter=limiter,
        plugins=tuple(settings),
        webhooks=config.webhooks,
        is_clock_frozen=config.sandbox.now is not None,
        **host_fields,
    )
    dialects = [
        (name, dialect) for name, answer in ask_plugins(manager, "register_dialect", host=host) for dialect in answer
    ]
    check_dialects(dialects)
    models = dict(ask_plugins(manager, "register_models"))
    owners = dict(ask_plugins(manager, "register_migrations"))
    check_models(models, owners)
    consumers = name_consumers(ask_plugins(manager, "register_consumers", host=host), host.plugins)
    issuers = dict(ask_plugins(manager, "register_credentials", host=host))
    screens = dict(ask_plugins(manager, "register_settings_screen"))
    for name, screen in screens.items():
        check_screen(name, screen, structs[name], issuers.get(name))
    return Manager(
        pluggy=manager,
        plugins=tuple(
            LoadedPlugin(
                name=plugin.name,
                module=plugin.hooks,
                module_path=plugin.source.path,
                settings=settings[plugin.name],
                struct=structs[plugin.name],
            )
            for plugin in plugins
        ),
        host=host,
        dialects=tuple(dialects),
        importers=_by_dialect(manager, "register_importer", host, "an importer"),
        credentials=_merged_by_dialect(issuers.items(), "keys"),
        service_editors=_by_dialect(manager, "register_service_editor", host, "an editor of services"),
        migration_owners=(CORE_OWNER, *owners.values()),
        health=_merged_by_plugin(manager, "register_health", host),
        gauges=merge_unique(ask_plugins(manager, "register_gauges", host=host), "a gauge", taken=RESERVED_GAUGES),
        commands=dict(ask_plugins(manager, "register_commands")),
        models=models,
        issuers=issuers,
        settings_screens=screens,
        consumers=consumers,
        personal_data=_by_dialect(manager, "register_personal_data", host, "personal data"),
        workers=_merged_by_plugin(manager, "register_workers", host) | workers_of(consumers, clock),
        webhooks=dict(ask_plugins(manager, "register_webhooks", host=host)),
        console_pages=dict(ask_plugins(manager, "register_console_pages", host=host)),
        warnings=tuple(warnings),
        settings_version=stored.version,
    )


def _register(plugins: Sequence[FoundPlugin]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    # Pluggy calls the plugin that was registered last first.
    for plugin in reversed(plugins):
        try:
            manager.register(plugin.hooks, name=plugin.name)
        except (pluggy.PluginValidationError, ValueError) as error:
            raise PluginError(f"plugin {plugin.name!r}: {' '.join(str(error).split())}.") from None
    return manager


def _by_dialect(manager: pluggy.PluginManager, hook: str, host: Host, what: str) -> dict[str, Any]:
    """The answers of all plugins, by the dialect that each names."""
    return _merged_by_dialect(ask_plugins(manager, hook, host=host), what)


def _merged_by_dialect(answers: Iterable[tuple[str, Any]], what: str) -> dict[str, Any]:
    by_dialect = [(plugin, {answer.dialect: answer}) for plugin, answer in answers]
    return merge_unique(by_dialect, f"{what} for the dialect")


def _merged_by_plugin(manager: pluggy.PluginManager, hook: str, host: Host) -> dict[str, Any]:
    """The dicts that all plugins return for a hook, merged, with keys ``plugin.name``."""
    return {
        f"{plugin}.{name}": value
        for plugin, answer in ask_plugins(manager, hook, host=host)
        for name, value in answer.items()
    }
