"""Checks the consumers of events that plugins register, and gives them their full names."""

import inspect
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from core.domain.event_kinds import KINDS
from core.hook_calls import PluginError
from core.services.consumers import Consumer
from core.suggestions import nearest_name

#: The width of the column.
_MAX_NAME = 64


def name_consumers(answers: Iterable[tuple[str, Mapping[str, Any]]], plugins: Collection[str]) -> dict[str, Consumer]:
    """All registered consumers by ``plugin.name``.

    Args:
        answers: Plugins and their consumers by name.
        plugins: All running plugins, each of which may record events of its own.

    Raises:
        PluginError: One sentence that names plugin, consumer and problem.
    """
    consumers: dict[str, Consumer] = {}
    for plugin, named in answers:
        for name, consumer in named.items():
            problem = _name_problem(plugin, name) or _problem(consumer, plugins)
            if problem:
                raise PluginError(f"plugin {plugin!r}: its consumer {name!r} {problem}.")
            consumers[f"{plugin}.{name}"] = consumer
    return consumers


def _name_problem(plugin: str, name: str) -> str | None:
    longest = _MAX_NAME - len(plugin) - 1
    return None if len(name) <= longest else f"has a name that is longer than {longest} letters"


def _problem(consumer: Any, plugins: Collection[str]) -> str | None:
    if not isinstance(consumer, Consumer):
        return f"is a {type(consumer).__name__}, not a Consumer"
    if consumer.handle is not None and not callable(consumer.handle):
        return "has a handle that cannot be called"
    if inspect.iscoroutinefunction(consumer.handle):
        return "has an async handle; it must be a plain function"
    if consumer.kinds is None:
        return None
    if isinstance(consumer.kinds, str) or not all(isinstance(kind, str) for kind in consumer.kinds):
        return "has kinds that are not a list of texts"
    for kind in consumer.kinds:
        if kind not in KINDS and kind.partition(".")[0] not in plugins:
            suggestion = nearest_name(kind, KINDS)
            return f"wants events of kind {kind!r}, which nobody records" + (
                f"; did you mean {suggestion!r}?" if suggestion else ""
            ).rstrip(".")
    return None
