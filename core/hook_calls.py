"""Calls the hooks of plugins in order, with the arguments each takes, and adds the plugin's name to errors."""

from collections.abc import Callable, Mapping
from typing import Any

import pluggy

from core import hookspecs
from core.config import StartupError
from core.engines import storage_problem
from core.errors import DomainError, Vetoed
from core.http.dialect import Host
from core.logs import get_logger

log = get_logger("frontdesk.plugins")


class PluginError(StartupError):
    """A plugin cannot be used."""


class PluginConflict(PluginError):
    """Two plugins claim the same thing."""


def hook_names() -> set[str]:
    return {name for name in vars(hookspecs) if hasattr(vars(hookspecs)[name], f"{hookspecs.PROJECT}_spec")}


def implementations(manager: pluggy.PluginManager, hook: str) -> list[Any]:
    """Implementations in the order in which pluggy runs them."""
    return list(reversed(getattr(manager.hook, hook).get_hookimpls()))


def call_hook(call: Any, arguments: Mapping[str, Any]) -> Any:
    return call.function(
        *[arguments[name] for name in call.argnames], **{name: arguments[name] for name in call.kwargnames}
    )


def _run_behaviour_hook(call: Any, arguments: Mapping[str, Any]) -> Any:
    """Run one implementation of a behaviour hook; errors are logged with the plugin's name."""
    try:
        return call_hook(call, arguments)
    except DomainError:
        raise
    except Exception as error:
        if storage_problem(error) is None:
            log.exception("plugin failed", plugin=call.plugin_name)
        raise


def make_filter(call: Any, host: Host, names: tuple[str, ...]) -> Callable[..., Any]:
    def run(*values: Any) -> Any:
        return _run_behaviour_hook(call, {**dict(zip(names, values, strict=True)), "host": host})

    return run


def make_veto(call: Any, host: Host) -> Callable[..., None]:
    def run(request: Any, service: Any) -> None:
        reason = _run_behaviour_hook(call, {"request": request, "service": service, "host": host})
        if reason:
            raise Vetoed(plugin=call.plugin_name, reason=str(reason))

    return run
