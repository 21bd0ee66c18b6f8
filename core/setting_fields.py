"""What the struct of a plugin's settings says about each of them: type, default, help, and whether it is secret."""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, get_args

import msgspec
from msgspec import Meta, Struct

#: Marks a setting that is shown to nobody: ``key: Annotated[str, Secret] = ""``.
Secret = Meta(extra={"secret": True})

#: What is shown in place of a secret that is set.
MASK = "********"
#: Names that are secrets without being marked as such.
_SECRET_NAME = re.compile(
    r"(^|_)(password|passwd|passphrase|secret|token|(api|secret|private|signing|token|access)_key)s?$"
)
_FIELD = re.compile(r"(\w+)\s*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """One setting.

    Attributes:
        key: Its dotted path, such as ``limits.per_minute``.
        kind: Its type, as annotated.
        type: The same in words: "yes or no", "whole number, 0 or more", "one of a, b".
        schema: The same as JSON schema, for forms.
        default: Plain data.
        help: What the struct says about it; empty where it says nothing.
    """

    key: str
    kind: Any
    type: str
    schema: dict[str, Any]
    default: Any
    help: str
    is_secret: bool

    @property
    def path(self) -> tuple[str, ...]:
        """The parts of its key."""
        return tuple(self.key.split("."))

    def masked(self, value: Any) -> Any:
        """A value as it may be shown: a secret that is set only as ``MASK``."""
        return MASK if self.is_secret and value else value


def to_plain(value: Any) -> Any:
    """A value as JSON would bring it back."""
    return msgspec.json.decode(msgspec.json.encode(value))


def is_section(kind: Any) -> bool:
    """Whether a field of this type is a struct with settings of its own."""
    return isinstance(kind, type) and issubclass(kind, Struct)


@lru_cache(maxsize=64)
def setting_fields(struct: type[Struct]) -> Mapping[str, SettingField]:
    """Every setting of a plugin's struct by its dotted key, in order."""
    return MappingProxyType({field.key: field for field in _fields(struct, struct(), "")})


def section_help(struct: type[Struct], prefix: str = "") -> dict[str, str]:
    """What the docstrings of the struct (key "") and of its nested structs say, by dotted path."""
    texts = {prefix: _summary(struct)}
    for field in msgspec.structs.fields(struct):
        if is_section(field.type):
            texts |= section_help(field.type, f"{prefix}.{field.encode_name}".lstrip("."))
    return texts


def _fields(struct: type[Struct], defaults: Struct, prefix: str) -> Iterator[SettingField]:
    helps = field_help(struct)
    for field in msgspec.structs.fields(struct):
        key, default = f"{prefix}{field.encode_name}", getattr(defaults, field.name)
        if is_section(field.type):
            yield from _fields(field.type, default, f"{key}.")
            continue
        schema = _schema(field.type)
        yield SettingField(
            key=key,
            kind=field.type,
            type=_describe_type(schema),
            schema=schema,
            default=to_plain(default),
            help=schema.get("description") or helps.get(field.name, ""),
            is_secret=_is_marked(field.type) or _SECRET_NAME.search(field.name) is not None,
        )


def _schema(kind: Any) -> dict[str, Any]:
    try:
        return msgspec.json.schema(kind)
    except (TypeError, RuntimeError):
        # A type with a hook of its own.
        return {}


def _describe_type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return f"one of {', '.join(str(choice) for choice in schema['enum'])}"
    if "anyOf" in schema:
        others = [_describe_type(part) for part in schema["anyOf"] if part.get("type") != "null"]
        return " or ".join([*others, *(["nothing"] if len(others) < len(schema["anyOf"]) else [])])
    kind = schema.get("type", "")
    if kind == "array":
        return f"list of {_describe_type(schema['items'])}" if isinstance(schema.get("items"), dict) else "list"
    words = {"boolean": "yes or no", "integer": "whole number", "number": "number", "string": "text", "object": "table"}
    text = schema.get("format") if kind == "string" and "format" in schema else words.get(kind, "value")
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        return f"{text}, {low} to {high}"
    return f"{text}, {low} or more" if low is not None else f"{text}, at most {high}" if high is not None else str(text)


def _is_marked(kind: Any) -> bool:
    if isinstance(kind, Meta):
        return bool((kind.extra or {}).get("secret"))
    return any(map(_is_marked, (*get_args(kind), *getattr(kind, "__metadata__", ()))))


def _summary(struct: type[Struct]) -> str:
    """The first paragraph of a struct's own docstring."""
    return " ".join(inspect.cleandoc(_docstring(struct)).split("\n\n")[0].split())


def _docstring(struct: type[Struct]) -> str:
    return struct.__dict__.get("__doc__") or ""


@lru_cache(maxsize=256)
def field_help(struct: type[Struct]) -> dict[str, str]:
    """What a struct says about its fields: in ``#:`` comments above them, or under "Attributes:" in its docstring."""
    helps: dict[str, str] = {}
    for cls in reversed(struct.__mro__):
        if not issubclass(cls, Struct) or cls is Struct:
            continue
        helps |= _attributes(_docstring(cls))
        try:
            lines = inspect.getsource(cls).splitlines()
        except (OSError, TypeError, SyntaxError):
            # There is none, as for a class that was made by code.
            continue
        helps |= {name: text for name, text in _comments(lines) if name in struct.__struct_fields__}
    return helps


def _comments(lines: list[str]) -> Iterator[tuple[str, str]]:
    pending: list[str] = []
    for line in map(str.strip, lines):
        if line.startswith("#:"):
            pending.append(line.removeprefix("#:").strip())
            continue
        match = _FIELD.match(line)
        if match and pending:
            yield match[1], " ".join(pending)
        pending = []


def _attributes(docstring: str) -> dict[str, str]:
    """The entries of a section "Attributes:", which are indented below it."""
    _, found, text = inspect.cleandoc(docstring).partition("Attributes:\n")
    helps: dict[str, str] = {}
    name = ""
    for line in text.splitlines() if found else ():
        if line.strip() and not line.startswith(" "):
            break
        match = _FIELD.match(line.strip())
        if match and len(line) - len(line.lstrip()) <= 4:
            name = match[1]
            helps[name] = line.partition(":")[2].strip()
        elif name and line.strip():
            helps[name] += f" {line.strip()}"
    return helps
