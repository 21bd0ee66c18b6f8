"""Writes ``reference.md``: the public surface, module by module, from its docstrings. ``make reference`` runs it."""

import dataclasses
import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_origin

import frontdesk
from core import hookspecs
from core.hook_calls import hook_names

TARGET = Path(__file__).parent / "reference.md"
#: Modules with a document of their own.
ELSEWHERE = {"frontdesk.testing"}
_WIDTH = 120
_PRIVATE = re.compile(r"\bcore(?:\.\w+)+")


def modules() -> Iterator[Any]:
    """``frontdesk`` and its modules, by name."""
    yield frontdesk
    for info in sorted(pkgutil.walk_packages(frontdesk.__path__, "frontdesk."), key=lambda info: info.name):
        if not any(info.name == name or info.name.startswith(f"{name}.") for name in ELSEWHERE):
            yield importlib.import_module(info.name)


def reference() -> str:
    """The whole document."""
    parts = [
        "# Reference",
        "Made from the docstrings of `frontdesk` by `make reference`. What stands here follows semantic versions;"
        " everything else is private. See also [hooks](../hooks.md) and [testing](testing.md).",
    ]
    for module in modules():
        parts.append(f"## {module.__name__}")
        parts.append(markup(inspect.getdoc(module)))
        parts += [entry(module, name) for name in getattr(module, "__all__", ())]
    parts += ["## Hooks", "What a plugin implements with `@hookimpl`; [hooks](../hooks.md) tells when each is asked."]
    parts += [entry(hookspecs, name) for name in vars(hookspecs) if name in hook_names()]
    return "\n\n".join(part for part in parts if part) + "\n"


def entry(module: Any, name: str) -> str:
    """One name: its signature and its docstring."""
    value = getattr(module, name)
    if get_origin(value) is not None:
        return f"### {name}\n\n{code(f'{name} = {plain(value)}')}"
    if inspect.isclass(value):
        return class_entry(name, value)
    if callable(value) and hasattr(value, "__name__"):
        return f"### {name}\n\n{code(f'{name}{signature(value)}')}\n\n{markup(inspect.getdoc(value))}".rstrip()
    if inspect.ismodule(value):
        return ""
    return f"### {name}\n\n`{plain(type(value).__name__)}`: {constant(value)}"


def class_entry(name: str, value: type) -> str:
    docstring = inspect.getdoc(value) if value.__doc__ and not value.__doc__.startswith(f"{name}(") else ""
    parts = [f"### {name}", markup(docstring)]
    fields = list(fields_of(value))
    if fields:
        parts.append(code("\n".join(fields)))
    for attribute, member in vars(value).items():
        if attribute.startswith("_") or not inspect.isfunction(member):
            continue
        parts.append(code(f".{attribute}{signature(member)}"))
        parts.append(markup(inspect.getdoc(member)))
    return "\n\n".join(part for part in parts if part)


def fields_of(value: type) -> Iterator[str]:
    """The fields of a dataclass, struct, named tuple or error, as ``name: type = default``, each below its comment."""
    comments = comments_of(value)
    if dataclasses.is_dataclass(value):
        fields = [
            (field.name, field.type, default_of(field.default, dataclasses.MISSING))
            for field in dataclasses.fields(value)
        ]
    else:
        fields = [(name, annotation, "") for name, annotation in inspect.get_annotations(value).items()]
    for name, annotation, default in fields:
        if not name.startswith("_"):
            yield from comments.get(name, ())
            yield f"{name}: {plain(annotation)}{default}"


def comments_of(value: type) -> dict[str, list[str]]:
    """The ``#:`` comments above the fields of a class and its bases, by field."""
    comments: dict[str, list[str]] = {}
    for base in reversed(value.__mro__):
        if not base.__module__.startswith(("core", "frontdesk")):
            continue
        waiting: list[str] = []
        for line in inspect.getsource(base).splitlines():
            line = line.strip()
            if line.startswith("#:"):
                waiting.append(f"#{line[2:]}".replace("``", "`"))
                continue
            field = re.match(r"(\w+): ", line)
            if field and waiting:
                comments[field[1]] = waiting
            waiting = []
    return comments


def default_of(default: Any, missing: Any) -> str:
    if default is missing:
        return ""
    text = repr(default)
    return f" = {text}" if len(text) <= 40 and "<" not in text and " at 0x" not in text else " = ..."


def signature(function: Any) -> str:
    try:
        text = str(inspect.signature(function))
    except (TypeError, ValueError):
        return "(...)"
    # Annotations that are evaluated late are texts.
    return plain(re.sub(r"(: |-> )'([^']*)'", r"\1\2", text))


def plain(annotation: Any) -> str:
    """A type without the private modules that it is defined in."""
    text = (
        annotation.__name__ if isinstance(annotation, type) and not hasattr(annotation, "__args__") else str(annotation)
    )
    text = re.sub(r"<(?:function|object|factory|class)[^>]*>|frozenset\({[^}]*}\)", "...", text)
    text = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", text)
    return text.replace("collections.abc.", "").replace("datetime.", "")


@cache
def public_names() -> dict[str, str]:
    """Where the private modules of core, and the names in them, are public."""
    names: dict[str, str] = {}
    for module in modules():
        for name in getattr(module, "__all__", ()):
            origin = getattr(getattr(module, name), "__module__", None)
            if isinstance(origin, str):
                names[f"{origin}.{name}"] = f"{module.__name__}.{name}"
                names.setdefault(origin, module.__name__)
    return names


def code(text: str) -> str:
    return f"```python\n{wrapped(text)}\n```"


def wrapped(text: str) -> str:
    """A long signature with one parameter in each line."""
    if len(text) <= _WIDTH or "\n" in text or "(" not in text:
        return text
    head, _, rest = text.partition("(")
    inside, bracket, tail = rest.rpartition(")")
    parameters, depth, current = [], 0, ""
    for letter in inside:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parameters.append(current.strip())
            current = ""
        else:
            current += letter
    parameters.append(current.strip())
    lines = "".join(f"    {parameter},\n" for parameter in parameters if parameter)
    return f"{head}(\n{lines}{bracket}{tail}"


def constant(value: Any) -> str:
    text = f"`{sorted(value) if isinstance(value, frozenset) else value!r}`"
    return text if len(text) <= 200 and " at 0x" not in text else (markup(inspect.getdoc(value)) or "a constant")


def markup(docstring: str | None) -> str:
    """A docstring as Markdown: sections as lists, double backquotes as single ones."""
    if not docstring:
        return ""
    text = _PRIVATE.sub(lambda match: public_names().get(match[0], match[0]), docstring.replace("``", "`"))
    return re.sub(r"^(Args|Returns|Raises|Attributes|Yields):$", r"**\1**\n", text, flags=re.MULTILINE)


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text() != reference())
    TARGET.write_text(reference())
