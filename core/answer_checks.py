"""What is common to the checks of plugins' answers: the sentences, and whether a function can be called."""

import inspect
from typing import Any

from core.hook_calls import PluginError


class PluginAnswer:
    """One answer of one plugin, for the sentences about it."""

    def __init__(self, plugin: str, hook: str) -> None:
        self.plugin = plugin
        self.hook = hook

    def expected(self, what: str, value: Any) -> PluginError:
        """The error for an answer that is not ``what``."""
        hint = " (is a return missing?)" if value is None else ""
        wrong = f"{describe_value(value)}{hint}"
        return PluginError(f"plugin {self.plugin!r}: {self.hook} must return {what}, not {wrong}.")

    def problem(self, sentence: str) -> PluginError:
        """The error for a part of an answer."""
        return PluginError(f"plugin {self.plugin!r}: {self.hook}: {sentence}.")

    def check_function(self, label: str, function: Any, /, *arguments: Any, **named: Any) -> None:
        """Refuse what cannot be called with these arguments, and coroutine functions."""
        if not callable(function):
            raise self.problem(f"{label} must be a function, not {describe_value(function)}")
        if inspect.iscoroutinefunction(function):
            raise self.problem(f"{label} must be a plain function, without async")
        try:
            signature = inspect.signature(function)
        except (ValueError, TypeError):
            return
        try:
            signature.bind(*arguments, **named)
        except TypeError as error:
            called = ", ".join([*map(str, arguments), *(f"{name}=" for name in named)]) or "no arguments"
            raise self.problem(f"{label} is called with {called}, and does not take that ({error})") from None


def describe_value(value: Any) -> str:
    """What a plugin returned, for people."""
    if value is None:
        return "None"
    if inspect.iscoroutine(value):
        value.close()
        return "a coroutine"
    if isinstance(value, type):
        return f"the class {value.__name__}"
    if isinstance(value, str):
        return f"the text {value[:40]!r}"
    if isinstance(value, bool | int | float):
        return f"the value {value}"
    name = type(value).__name__
    return f"{'an' if name[:1].lower() in 'aeiou' else 'a'} {name}"


def is_list_of(value: Any, kind: type, *, sets: bool = False) -> bool:
    """Whether a value is a list or tuple of this kind only; ``sets`` allows sets too."""
    kinds = (list, tuple, set, frozenset) if sets else (list, tuple)
    return isinstance(value, kinds) and all(isinstance(item, kind) for item in value)


def first_wrong(value: Any, kind: type) -> Any:
    """What is wrong with a list: itself, or the first item of another kind."""
    is_list = isinstance(value, list | tuple | set | frozenset)
    return next((item for item in value if not isinstance(item, kind)), value) if is_list else value


def both_plugins(first: str, second: str) -> str:
    """The beginning of a sentence about what two plugins, or core and a plugin, have in common."""
    return f"this program and plugin {second!r} both" if first == "core" else f"plugins {first!r} and {second!r} both"
