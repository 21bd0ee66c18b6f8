"""Calls the hooks of plugins in order, with the arguments each takes, and adds the plugin's name to errors."""

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from time import perf_counter
from typing import Any

import pluggy

from core import hookspecs, metrics
from core.config import StartupError
from core.domain.records import Event
from core.engines import problem_sentence, storage_problem
from core.errors import DomainError, PluginFailed, Vetoed
from core.http.dialect import Host
from core.logs import get_logger

#: The longest sentence of a plugin that is told.
_MAX_REASON = 500

log = get_logger("frontdesk.plugins")


class PluginError(StartupError):
    """A plugin cannot be used."""


class PluginConflict(PluginError):
    """Two plugins claim the same thing."""


def hook_names() -> set[str]:
    return {name for name in vars(hookspecs) if hasattr(vars(hookspecs)[name], f"{hookspecs.PROJECT}_spec")}


def implementations(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    """Implementations in the order in which they run: by priority, then as the plugins are ordered."""
    calls = list(reversed(getattr(manager.hook, hook).get_hookimpls()))
    return sorted(calls, key=_rank)


def _rank(call: Any) -> tuple[int, int]:
    return int(call.trylast) - int(call.tryfirst), priority_of(call)


def priority_of(call: Any) -> int:
    """The number that an implementation gives to ``@hookimpl(priority=...)``."""
    priority: int = getattr(call.function, hookspecs.PRIORITY_ATTRIBUTE, hookspecs.DEFAULT_PRIORITY)
    return priority


def call_hook(call: Any, arguments: Mapping[str, Any]) -> Any:
    return call.function(
        *[arguments[name] for name in call.argnames], **{name: arguments[name] for name in call.kwargnames}
    )


def call_action(call: Any, hook: str, event: Event, host: Host) -> None:
    """Tell an implementation of ``*_changed`` about an event; what it raises is logged and dropped."""
    # A PluginFailed is in the log already.
    with suppress(PluginFailed):
        _run_behaviour_hook(call, hook, {"event": event, "host": host}, refuses=False)


def call_registered(plugin: str, hook: str, function: Callable[..., Any], /, *arguments: Any, **named: Any) -> Any:
    """Call a function that a plugin registered with ``hook``; its errors of ``core.errors`` pass.

    Raises:
        PluginFailed: It raised something else, or is asynchronous after all; logged with plugin and hook.
    """
    try:
        answer = function(*arguments, **named)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if isinstance(error, DomainError | PluginFailed) or storage_problem(error) is not None:
            raise
        raise plugin_failure(plugin, hook, f"{type(error).__name__}: {error}", error) from error
    if inspect.iscoroutine(answer):
        answer.close()
        raise plugin_failure(plugin, hook, "it returned a coroutine; hooks are plain functions")
    return answer


def _run_behaviour_hook(call: Any, hook: str, arguments: Mapping[str, Any], *, refuses: bool = True) -> Any:
    """Run one implementation of a behaviour hook and measure it.

    Args:
        refuses: Its errors of ``core.errors`` are refusals and pass; otherwise they are failures too.

    Raises:
        PluginFailed: It raised something else, or is asynchronous after all; logged with plugin and hook.
    """
    started = perf_counter()
    try:
        answer = call_hook(call, arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        if refuses and (isinstance(error, DomainError | PluginFailed) or storage_problem(error) is not None):
            raise
        raise plugin_failure(call.plugin_name, hook, f"{type(error).__name__}: {error}", error) from error
    finally:
        metrics.observe_hook(call.plugin_name, hook, perf_counter() - started)
    if inspect.iscoroutine(answer):
        answer.close()
        raise plugin_failure(call.plugin_name, hook, "it returned a coroutine; hooks are plain functions")
    return answer


def plugin_failure(plugin: str, hook: str, reason: str, error: BaseException | None = None) -> PluginFailed:
    """The error for a plugin that failed in a hook; it is in the log afterwards."""
    reason = " ".join(reason.split())[:_MAX_REASON]
    in_trouble = None if error is None else storage_problem(error)
    if in_trouble is None:
        log.error("plugin failed", plugin=plugin, hook=hook, reason=reason, exc_info=error)
    else:
        log.warning("plugin failed", plugin=plugin, hook=hook, error=problem_sentence(in_trouble))
    return PluginFailed(plugin, hook, reason)


def make_filter(
    call: Any, hook: str, host: Host, names: tuple[str, ...], problem_of: Callable[[Any, Any], str | None]
) -> Callable[..., Any]:
    """An implementation of ``filter_*`` as a plain callable; the first of ``names`` is the value.

    Args:
        problem_of: What is wrong with an answer beside the value, as the rest of a sentence; None where nothing is.
    """

    def run(*values: Any) -> Any:
        answer = _run_behaviour_hook(call, hook, {**dict(zip(names, values, strict=True)), "host": host})
        if answer is not values[0]:
            problem = problem_of(values[0], answer)
            if problem:
                raise plugin_failure(call.plugin_name, hook, problem)
        return answer

    return run


def make_veto(call: Any, hook: str, host: Host, names: tuple[str, ...]) -> Callable[..., None]:
    """An implementation of ``check_*`` as a callable that raises ``Vetoed``."""

    def run(*values: Any) -> None:
        reason = _run_behaviour_hook(call, hook, {**dict(zip(names, values, strict=True)), "host": host})
        if reason is not None and not isinstance(reason, str):
            raise plugin_failure(call.plugin_name, hook, f"it returned {type(reason).__name__}, not a sentence or None")
        if reason:
            raise Vetoed(plugin=call.plugin_name, reason=" ".join(reason.split())[:_MAX_REASON])

    return run
