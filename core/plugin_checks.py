"""Checks what a plugin says of itself: its versions, its hooks, and its place among others. Then orders them all."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from core import hookspecs
from core.config import Config
from core.hook_calls import PluginConflict, PluginError, hook_names
from core.plugin_discovery import PluginSource
from core.plugin_versions import check_requires
from core.suggestions import nearest_name

_MARK = f"{hookspecs.PROJECT}_impl"
_ORDER_NAMES = ("RUNS_BEFORE", "RUNS_AFTER")


@dataclass(frozen=True, slots=True)
class FoundPlugin:
    """An imported plugin: the module or object with its hooks, and where it came from."""

    source: PluginSource
    hooks: Any

    @property
    def name(self) -> str:
        return self.source.name

    def runs(self, setting: str) -> tuple[str, ...]:
        """The plugins that it names in ``RUNS_BEFORE`` or ``RUNS_AFTER``."""
        return tuple(getattr(self.hooks, setting, ()))


def check_plugin(plugin: FoundPlugin) -> None:
    """Refuse a plugin for other versions, and hooks that nobody would call.

    Raises:
        PluginError: One sentence that names the plugin and what is wrong.
    """
    check_requires(plugin.name, plugin.hooks)
    _check_order(plugin)
    for member, value in _members(plugin.hooks):
        _check_member(plugin, member, value)


def _members(hooks: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(hooks, ModuleType):
        yield from list(vars(hooks).items())
        return
    for name in dir(type(hooks)) + list(getattr(hooks, "__dict__", ())):
        if not name.startswith("_"):
            yield name, getattr(hooks, name)


def _check_order(plugin: FoundPlugin) -> None:
    for setting in _ORDER_NAMES:
        names = getattr(plugin.hooks, setting, ())
        if isinstance(names, str) or not isinstance(names, Iterable):
            example = names if isinstance(names, str) else "other"
            raise PluginError(f"plugin {plugin.name!r}: {setting} must be a tuple of names, as in ({example!r},).")
        if not all(isinstance(name, str) for name in names):
            raise PluginError(f"plugin {plugin.name!r}: {setting} must hold names of plugins.")
    for member, _ in _members(plugin.hooks):
        if member not in _ORDER_NAMES and member.upper().startswith("RUN"):
            meant = nearest_name(member, [name.lower() for name in _ORDER_NAMES])
            if meant is not None and abs(len(meant) - len(member)) < 3:
                raise PluginError(
                    f"plugin {plugin.name!r} has {member}, which nobody reads; did you mean {meant.upper()!r}?"
                )


def _check_member(plugin: FoundPlugin, member: str, value: Any) -> None:
    if inspect.isclass(value) and isinstance(plugin.hooks, ModuleType) and _is_own(plugin, value):
        for name, method in vars(value).items():
            if _mark_of(method) is not None:
                raise PluginError(
                    f"plugin {plugin.name!r} has the hook {name!r} in the class {value.__name__}, where nobody"
                    " calls it; make it a function of the module."
                )
        return
    if not inspect.isroutine(value):
        return
    mark = _mark_of(value)
    if mark is None:
        if member in hook_names() and (_is_own(plugin, value) or not isinstance(plugin.hooks, ModuleType)):
            raise PluginError(f"plugin {plugin.name!r} has a {member!r} without @hookimpl, so nobody calls it.")
        return
    hook = mark.get("specname") or member
    if hook not in hook_names():
        suggestion = nearest_name(hook, hook_names())
        hint = f"; did you mean {suggestion!r}?" if suggestion else "."
        raise PluginError(f"plugin {plugin.name!r} implements an unknown hook {hook!r}{hint}")
    problem = ""
    if mark.get("wrapper") or mark.get("hookwrapper"):
        problem = "is a wrapper, which this host does not call; take the value and return it, with a priority"
    elif inspect.iscoroutinefunction(value) or inspect.isasyncgenfunction(value):
        problem = "is async; hooks are plain functions"
    elif inspect.isgeneratorfunction(value):
        problem = "is a generator; hooks return their answer"
    elif type(getattr(value, hookspecs.PRIORITY_ATTRIBUTE, 0)) is not int:
        problem = "has a priority that is not a whole number"
    if problem:
        raise PluginError(f"plugin {plugin.name!r}: its {hook} {problem}.")
    known = list(inspect.signature(getattr(hookspecs, hook)).parameters)
    for argument in inspect.signature(value).parameters.values():
        if argument.default is argument.empty and argument.name not in known:
            suggestion = nearest_name(argument.name, known)
            hint = f"; did you mean {suggestion!r}?" if suggestion else f"; it gets {', '.join(known) or 'nothing'}."
            raise PluginError(f"plugin {plugin.name!r}: {hook} takes {argument.name!r}, which this hook has not{hint}")


def _mark_of(value: Any) -> Mapping[str, Any] | None:
    mark = getattr(value, _MARK, None)
    return mark if isinstance(mark, Mapping) else None


def _is_own(plugin: FoundPlugin, value: Any) -> bool:
    """Whether a class or function was defined in this plugin, not imported from elsewhere."""
    module = plugin.hooks.__name__
    return f"{value.__module__}.".startswith(f"{module}.")


def order_plugins(plugins: Iterable[FoundPlugin], known: Iterable[str]) -> tuple[list[FoundPlugin], list[str]]:
    """Order plugins as they came, changed only as ``RUNS_BEFORE`` and ``RUNS_AFTER`` require.

    Args:
        known: Names of plugins that could be enabled as well.

    Returns:
        The plugins, and a sentence about each name that no plugin has.

    Raises:
        PluginConflict: They contradict each other.
    """
    waiting = list(plugins)
    after: dict[str, set[str]] = {plugin.name: set() for plugin in waiting}
    names = {*known, *after}
    warnings = []
    for plugin in waiting:
        for setting in _ORDER_NAMES:
            for other in plugin.runs(setting):
                if other not in names:
                    suggestion = nearest_name(other, names - {plugin.name})
                    hint = f"; did you mean {suggestion!r}?" if suggestion else ""
                    warnings.append(f"plugin {plugin.name!r}: {setting} names {other!r}, and there is none{hint}")
        after[plugin.name].update(other for other in plugin.runs("RUNS_AFTER") if other in after)
        for other in plugin.runs("RUNS_BEFORE"):
            if other in after:
                after[other].add(plugin.name)
    ordered: list[FoundPlugin] = []
    placed: set[str] = set()
    while waiting:
        ready = next((plugin for plugin in waiting if after[plugin.name] <= placed), None)
        if ready is None:
            stuck = ", ".join(repr(plugin.name) for plugin in sorted(waiting, key=lambda plugin: plugin.name))
            raise PluginConflict(f"plugins {stuck} each want to run before the other.")
        ordered.append(ready)
        placed.add(ready.name)
        waiting.remove(ready)
    return ordered, warnings


def check_tables(config: Config, names: Iterable[str]) -> None:
    """Refuse settings of a plugin that does not exist; settings of a disabled plugin are fine.

    Args:
        names: The known and the enabled plugins.
    """
    names = set(names)
    tables = [(name, f"{config.source}: plugins.{name}") for name in config.plugins.tables]
    tables += [(name, variable) for name, _, _, variable in config.plugins.environment]
    for name, location in tables:
        if name not in names:
            suggestion = nearest_name(name, names)
            raise PluginError(
                f"{location}: there is no plugin {name!r}" + (f"; did you mean {suggestion!r}?" if suggestion else ".")
            )
