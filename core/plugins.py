"""Finds, checks and orders plugins. ``load_plugins`` returns everything; nothing here is global."""

import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy
from msgspec import Struct

from core import hookspecs
from core.config import Config, StartupError, built_in_plugins, decode_table, set_from_text
from core.engines import problem_sentence, storage_problem
from core.hook_calls import PluginError, call_hook, collect, hook_names, implementations, make_filter, make_veto
from core.http.dialect import CredentialIssuer, Dialect, Host, Importer
from core.logs import get_logger
from core.migrate import CORE_OWNER, Owner
from core.services.filters import Filters
from core.suggestions import nearest_name

ENTRY_POINT_GROUP = "frontdesk.plugins"
#: Paths that the host serves itself.
RESERVED_PREFIXES = ("/healthz", "/readyz", "/metrics")

log = get_logger("frontdesk.plugins")


class PluginConflict(PluginError):
    """Two plugins claim the same thing."""


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """One running plugin."""

    name: str
    module: ModuleType
    module_path: str
    settings: Any = None


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
    #: Values for ``/metrics``, by metric.
    gauges: Mapping[str, Callable[[], Mapping[str, float]]] = field(default_factory=dict)
    #: Consumers of events: name -> kinds, None for all.
    consumers: Mapping[str, Sequence[str] | None] = field(default_factory=dict)
    #: Background work, as ``plugin.name``.
    workers: Mapping[str, Callable[[], float]] = field(default_factory=dict)

    def hook_order(self) -> dict[str, list[str]]:
        """For every implemented hook, the plugins in the order in which they run."""
        return {
            hook: [call.plugin_name for call in calls]
            for hook in sorted(hook_names())
            if (calls := implementations(self.pluggy, hook))
        }

    def filters(self) -> Filters:
        """The behaviour hooks as plain callables for the services."""
        return Filters(
            calendar_rules=[
                make_filter(call, self.host, ("calendar",))
                for call in implementations(self.pluggy, "filter_calendar_rules")
            ],
            slots=[
                make_filter(call, self.host, ("slots", "calendar"))
                for call in implementations(self.pluggy, "filter_slots")
            ],
            quote=[
                make_filter(call, self.host, ("quote", "request"))
                for call in implementations(self.pluggy, "filter_quote")
            ],
            check_booking=[make_veto(call, self.host) for call in implementations(self.pluggy, "check_booking")],
        )

    def dispatch_event(self, event: Any) -> None:
        """Run the action hook of a committed event; a failing plugin affects nothing else."""
        hook = _ACTIONS.get(event.subject_kind, "site_changed")
        for call in implementations(self.pluggy, hook):
            try:
                call_hook(call, {"event": event, "host": self.host})
            except Exception as error:
                details = {"plugin": call.plugin_name, "hook": hook, "kind": event.kind}
                in_trouble = storage_problem(error)
                if in_trouble is None:
                    log.exception("plugin failed", **details)
                else:
                    log.warning("plugin failed", **details, error=problem_sentence(in_trouble))


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


def known_plugins() -> dict[str, str]:
    """Names that can be enabled without a dotted path, with their modules."""
    available = built_in_plugins()
    for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        available.setdefault(point.name, point.value)
    return available


def installed_owner(name: str) -> Owner | None:
    """The migrations of an installed plugin, whether it is enabled or not.

    Raises:
        PluginError: It is installed and cannot be imported.
    """
    path = known_plugins().get(name)
    if path is None:
        return None
    try:
        module = importlib.import_module(path)
    except Exception as error:
        raise PluginError(f"plugin {name!r} cannot be imported: {type(error).__name__}: {error}.") from error
    register = getattr(module, "register_migrations", None)
    return Owner(name, Path(register())) if register else None


def load_plugins(config: Config, *, clock: Callable[[], datetime], limiter: Any = None) -> Manager:
    """Import, check and order the enabled plugins and collect what they register.

    Raises:
        StartupError: One sentence that names the plugin, the problem and the nearest name, if any.
    """
    available = known_plugins()
    modules = _import_all(config, available)
    _check_tables(config, available, modules)
    modules = _ordered(config, modules)
    manager = _register(modules)
    settings = {name: _settings(config, manager, name, module) for name, (module, _) in modules.items()}
    host = Host(
        clock=clock,
        site=config.site,
        _settings=settings,
        limiter=limiter,
        plugins=tuple(modules),
        webhooks=config.webhooks,
        is_clock_frozen=config.sandbox.now is not None,
    )
    dialects = _dialects(manager, host)
    importers = {answer.dialect: answer for _, answer in collect(manager, "register_importer", host=host)}
    credentials = {answer.dialect: answer for _, answer in collect(manager, "register_credentials", host=host)}
    models = {name: tuple(answer) for name, answer in collect(manager, "register_models")}
    _check_models(models)
    directories = dict(collect(manager, "register_migrations"))
    for name in models:
        if models[name] and name not in directories:
            raise PluginError(f"plugin {name!r} registers models but no migrations that make their tables.")
    return Manager(
        pluggy=manager,
        plugins=tuple(
            LoadedPlugin(name=name, module=module, module_path=module_path, settings=settings[name])
            for name, (module, module_path) in modules.items()
        ),
        host=host,
        dialects=tuple(dialects),
        importers=importers,
        credentials=credentials,
        migration_owners=(CORE_OWNER, *(Owner(name, Path(directory)) for name, directory in directories.items())),
        health=_merged_by_plugin(manager, "register_health", host),
        gauges=_merged(manager, "register_gauges", host),
        commands={name: tuple(answer) for name, answer in collect(manager, "register_commands")},
        models=models,
        consumers=_merged(manager, "register_consumers", host),
        workers=_merged_by_plugin(manager, "register_workers", host),
    )


def _register(modules: dict[str, tuple[ModuleType, str]]) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(hookspecs.PROJECT)
    manager.add_hookspecs(hookspecs)
    # Pluggy calls the plugin that was registered last first.
    for name, (module, _) in reversed(modules.items()):
        try:
            manager.register(module, name=name)
        except pluggy.PluginValidationError as error:
            raise PluginError(f"plugin {name!r}: {' '.join(str(error).split())}.") from None
    _check_hook_names(manager)
    return manager


def _dialects(manager: pluggy.PluginManager, host: Host) -> list[tuple[str, Dialect]]:
    dialects = [
        (name, dialect)
        for name, answer in collect(manager, "register_dialect", host=host)
        for dialect in _as_list(answer, Dialect)
    ]
    _check_dialects(dialects)
    return dialects


def _merged(manager: pluggy.PluginManager, hook: str, host: Host) -> dict[str, Any]:
    """The dicts that all plugins return for a hook, merged."""
    return {name: value for _, answer in collect(manager, hook, host=host) for name, value in answer.items()}


def _merged_by_plugin(manager: pluggy.PluginManager, hook: str, host: Host) -> dict[str, Any]:
    """The same, with keys ``plugin.name``."""
    return {
        f"{plugin}.{name}": value
        for plugin, answer in collect(manager, hook, host=host)
        for name, value in answer.items()
    }


def _import_all(config: Config, available: Mapping[str, str]) -> dict[str, tuple[ModuleType, str]]:
    modules: dict[str, tuple[ModuleType, str]] = {}
    for entry in config.plugins.enabled:
        path, name = available.get(entry, entry), entry.rpartition(".")[2]
        if name in modules:
            raise PluginConflict(f"{config.source}: plugins.enabled names {name!r} twice.")
        if "." not in path or not _exists(path):
            suggestion = nearest_name(entry, available)
            hint = (
                f"; did you mean {suggestion!r}?"
                if suggestion
                else f"; known are {', '.join(sorted(available)) or 'none'}."
            )
            raise PluginError(f"{config.source}: plugins.enabled: there is no plugin {entry!r}{hint}")
        try:
            module = importlib.import_module(path)
        except StartupError:
            raise
        except Exception as error:
            raise PluginError(f"plugin {name!r} cannot be imported: {type(error).__name__}: {error}.") from error
        version = getattr(module, "API_VERSION", None)
        if version is None:
            raise PluginError(f"plugin {name!r} does not say API_VERSION; this host speaks {hookspecs.API_VERSION}.")
        if version != hookspecs.API_VERSION:
            raise PluginError(
                f"plugin {name!r} was written for plugin API {version}; this host speaks {hookspecs.API_VERSION}."
            )
        modules[name] = (module, path)
    return modules


def _exists(path: str) -> bool:
    try:
        return importlib.util.find_spec(path) is not None
    except (ImportError, ValueError):
        return False


def _check_tables(config: Config, available: Mapping[str, str], modules: Iterable[str]) -> None:
    """Refuse settings of a plugin that does not exist; settings of a disabled plugin are fine."""
    names = {*available, *modules, *(entry.rpartition(".")[2] for entry in config.plugins.enabled)}
    tables = [(name, f"{config.source}: plugins.{name}") for name in config.plugins.tables]
    tables += [(name, variable) for name, _, _, variable in config.plugins.environment]
    for name, location in tables:
        if name not in names:
            suggestion = nearest_name(name, names)
            raise PluginError(
                f"{location}: there is no plugin {name!r}" + (f"; did you mean {suggestion!r}?" if suggestion else ".")
            )


def _ordered(config: Config, modules: dict[str, tuple[ModuleType, str]]) -> dict[str, tuple[ModuleType, str]]:
    """The order of ``config.toml``, changed only as RUNS_BEFORE and RUNS_AFTER require."""
    after: dict[str, set[str]] = {name: set() for name in modules}
    for name, (module, _) in modules.items():
        after[name].update(other for other in getattr(module, "RUNS_AFTER", ()) if other in modules)
        for other in getattr(module, "RUNS_BEFORE", ()):
            if other in modules:
                after[other].add(name)
    ordered: dict[str, tuple[ModuleType, str]] = {}
    waiting = list(modules)
    while waiting:
        ready = next((name for name in waiting if after[name] <= ordered.keys()), None)
        if ready is None:
            raise PluginConflict(f"plugins {', '.join(map(repr, sorted(waiting)))} each want to run before the other.")
        ordered[ready] = modules[ready]
        waiting.remove(ready)
    return ordered


def _check_hook_names(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        for name, module in manager.list_name_plugin():
            for hook in dir(module):
                marked = hasattr(getattr(module, hook), f"{hookspecs.PROJECT}_impl")
                if marked and hook not in hook_names():
                    suggestion = nearest_name(hook, hook_names())
                    hint = f"; did you mean {suggestion!r}?" if suggestion else "."
                    raise PluginError(f"plugin {name!r} implements an unknown hook {hook!r}{hint}") from None
        raise PluginError(str(error)) from None


def _settings(config: Config, manager: pluggy.PluginManager, name: str, module: ModuleType) -> Any:
    table = dict(config.plugins.tables.get(name, {}))
    struct = next((answer for owner, answer in collect(manager, "register_settings") if owner == name), None)
    if struct is None:
        struct = type("NoSettings", (Struct,), {}, frozen=True)
    for owner, path, text, variable in config.plugins.environment:
        if owner == name:
            set_from_text(table, struct, path, text, variable)
    return decode_table(table, struct, f"{config.source}: plugins.{name}")


def _check_dialects(dialects: Sequence[tuple[str, Dialect]]) -> None:
    prefixes: dict[str, str] = {}
    names: dict[str, str] = {}
    for owner, dialect in dialects:
        if names.setdefault(dialect.name, owner) != owner:
            raise PluginConflict(
                f"plugins {names[dialect.name]!r} and {owner!r} both serve a dialect {dialect.name!r}."
            )
        for prefix in dialect.prefixes:
            if not prefix.startswith("/") or prefix.endswith("/") or prefix in RESERVED_PREFIXES:
                raise PluginError(f"plugin {owner!r} claims the prefix {prefix!r}, which cannot be claimed.")
            if prefix.lower() in prefixes:
                raise PluginConflict(
                    f"plugins {prefixes[prefix.lower()]!r} and {owner!r} both claim the prefix {prefix!r}; disable one."
                )
            prefixes[prefix.lower()] = owner
        for route in dialect.routes:
            if not any(
                route.template == prefix or route.template.startswith(prefix + "/") for prefix in dialect.prefixes
            ):
                raise PluginError(f"plugin {owner!r} has a route {route.template!r} outside its prefixes.")


def _check_models(models: Mapping[str, Sequence[Any]]) -> None:
    from core.models import TABLES

    table_owners = {model._meta.table_name: "core" for model in TABLES}
    for owner, classes in models.items():
        for model in classes:
            table = model._meta.table_name
            if table in table_owners:
                raise PluginConflict(f"plugins {table_owners[table]!r} and {owner!r} both have a table {table!r}.")
            if not table.startswith(owner):
                raise PluginError(f"plugin {owner!r} has a table {table!r}; its name must begin with {owner!r}.")
            table_owners[table] = owner


def _as_list(answer: Any, kind: type) -> list[Any]:
    return [answer] if isinstance(answer, kind) else list(answer)
