"""Reads import documents: every key must be known, every value must fit, and every error names its path.

A plugin declares the sections of its document, each with a struct that names every key of an entry. Keys are checked at
every depth; an unknown key is an error with the nearest name.
"""

import functools
import operator
import re
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import msgspec

from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.suggestions import nearest_name
from core.undo_log import yield_to_writers

T = TypeVar("T")
#: More nesting than any document needs, and the largest integer that both databases store.
MAX_DEPTH = 64
MAX_INT = 2**63 - 1

#: A scalar, for keys that their reader checks, or that are accepted and not used.
Scalar = str | int | float | bool | None


class Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of a section, or a record inside one. Every key it may have is a field."""


@dataclass(frozen=True, slots=True)
class Section:
    """One list of a document.

    ``load(entry, path)`` stores one entry; it gets plain data whose keys and types fit ``shape``.
    """

    name: str
    shape: Any
    load: Callable[[dict[str, Any], str], None]


def load_sections(
    document: Any,
    sections: Sequence[Section],
    *,
    other_fields: Mapping[str, Any] | None = None,
    describe: Callable[[DomainError], str] = error_sentence,
) -> dict[str, int]:
    """Load the lists of a document in the order of ``sections``; returns the number of entries of each.

    The caller has a transaction open, so that an error changes nothing.

    Args:
        other_fields: Further keys of the document with their types, which the caller reads itself.
        describe: Words a ``DomainError`` that is not about a single value.

    Raises:
        Invalid: ``field`` is the path of the wrong value.
    """
    check_keys(document, [*(section.name for section in sections), *(other_fields or ())])
    for name, kind in (other_fields or {}).items():
        if name in document:
            check_value(document[name], kind, name)
    counts = {}
    for section in sections:
        entries = document.get(section.name)
        entries = [] if entries is None else entries
        if not isinstance(entries, list):
            raise Invalid(field=section.name, reason="type", limit="a list is expected")
        for position, entry in enumerate(entries):
            yield_to_writers()
            path = f"{section.name}.{position}"
            with prefix_errors(path, describe):
                check_value(entry, section.shape, path)
                section.load(dict(entry), path)
        counts[section.name] = len(entries)
    return counts


def check_keys(value: Any, names: Collection[str], path: str = "") -> None:
    """Refuse a value that is not an object, and keys that are not among ``names``."""
    if not isinstance(value, Mapping):
        raise Invalid(field=path, reason="type", limit="an object is expected")
    for key in value:
        if key not in names:
            raise unknown_key_error(key, names, path)


def unknown_key_error(key: Any, names: Collection[str], path: str = "") -> Invalid:
    """The error for an unknown key, with the nearest name."""
    suggestion = nearest_name(str(key), names)
    hint = f"; did you mean {suggestion!r}?" if suggestion else ""
    return Invalid(field=join_path(path, key), reason=f"is no known key{hint}")


def check_storable(document: Any) -> None:
    """Refuse what databases cannot hold (NUL, lone surrogates, integers over 64 bits) and excessive nesting.

    Raises:
        Invalid: ``field`` is the path of the value.
    """
    waiting: list[tuple[str, int, Any]] = [("", 0, document)]
    while waiting:
        path, depth, value = waiting.pop()
        if depth > MAX_DEPTH:
            raise Invalid(field=path, reason="is nested too deep")
        if isinstance(value, dict):
            for key in value:
                check_storable(key)
            waiting += [(join_path(path, key), depth + 1, item) for key, item in value.items()]
        elif isinstance(value, list):
            waiting += [(join_path(path, position), depth + 1, item) for position, item in enumerate(value)]
        elif isinstance(value, str):
            if "\x00" in value:
                raise Invalid(field=path, reason="holds a NUL character")
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise Invalid(field=path, reason="is not UTF-8")
        elif isinstance(value, int) and not -MAX_INT <= value <= MAX_INT:
            raise Invalid(field=path, reason="range", value=value)


def join_path(path: str, key: Any) -> str:
    return f"{path}.{key}" if path else str(key)


@contextmanager
def prefix_errors(path: str, describe: Callable[[DomainError], str] = error_sentence) -> Iterator[None]:
    """Put ``path`` in front of the field of any ``Invalid`` inside, and turn other errors into ``Invalid``."""
    try:
        yield
    except Invalid as error:
        if error.field == path or error.field.startswith(f"{path}."):
            raise
        error_path = f"{path}.{error.field}" if error.field else path
        raise Invalid(field=error_path, reason=error.reason, value=error.value, limit=error.limit) from error
    except DomainError as error:
        raise Invalid(field=path, reason=f"cannot be taken in: {describe(error)}") from error
    except OverflowError as error:
        raise Invalid(field=path, reason="has a number that is too large to be stored") from error


def read_value(value: Any, kind: type[T], path: str, *, forbid_unknown: bool = False) -> T:
    """``value`` as a ``kind``; numbers and booleans may be texts.

    Args:
        forbid_unknown: Refuse unknown keys of every struct, even of those that accept them elsewhere.

    Raises:
        Invalid: ``field`` is the exact path of what does not fit.
    """
    check_value(value, kind, path, forbid_unknown=forbid_unknown)
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise to_invalid(error, path) from None


def check_value(value: Any, kind: Any, path: str, *, forbid_unknown: bool = False) -> None:
    """Refuse what does not fit ``kind``: a struct, a list, a map, a union of them, or any other msgspec type.

    Args:
        forbid_unknown: As for ``read_value``.
    """
    options = _alternatives(kind)
    kind = options[0] if len(options) == 1 else _alternative_for(value, options)
    inner = typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind
    origin = typing.get_origin(inner)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        _check_struct(value, inner, path, forbid_unknown)
        return
    if origin is list and isinstance(value, list):
        for position, item in enumerate(value):
            check_value(item, typing.get_args(inner)[0], join_path(path, position), forbid_unknown=forbid_unknown)
    elif origin is dict and isinstance(value, Mapping):
        for key, item in value.items():
            check_value(item, typing.get_args(inner)[1], join_path(path, key), forbid_unknown=forbid_unknown)
        return
    try:
        msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise to_invalid(error, path) from None


def to_invalid(error: msgspec.ValidationError, path: str) -> Invalid:
    """msgspec's error about the value at ``path``, as ``Invalid``."""
    message = str(error).partition(" - at `")[0]
    reason = "choice" if message.startswith("Invalid enum") else "range" if _BOUND.search(message) else "type"
    return Invalid(field=path, reason=reason, limit=message)


_BOUND = re.compile(r"(?:[<>]=? -?\d|of length|matching regex|multiple of)")


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(option for option in typing.get_args(kind) if option is not msgspec.UnsetType)
    return (kind,)


def _alternative_for(value: Any, options: Sequence[Any]) -> Any:
    """The alternative of a union that fits the shape of the value; scalar alternatives become one union again."""
    plain = []
    for option in options:
        inner = typing.get_args(option)[0] if typing.get_origin(option) is Annotated else option
        origin = typing.get_origin(inner)
        struct = isinstance(inner, type) and issubclass(inner, msgspec.Struct)
        if struct or origin is dict:
            if isinstance(value, Mapping):
                return option
        elif origin is list:
            if isinstance(value, list):
                return option
        else:
            plain.append(option)
    return functools.reduce(operator.or_, plain) if plain else options[0]


def _check_struct(value: Any, kind: type[msgspec.Struct], path: str, forbid_unknown: bool) -> None:
    if not isinstance(value, Mapping):
        raise Invalid(field=path, reason="type", limit="an object is expected")
    fields = _fields(kind)
    if forbid_unknown or kind.__struct_config__.forbid_unknown_fields:
        check_keys(value, fields, path)
    for name, (hint, required) in fields.items():
        if name in value:
            check_value(value[name], hint, join_path(path, name), forbid_unknown=forbid_unknown)
        elif required:
            raise Invalid(field=join_path(path, name), reason="missing")


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    return {field.encode_name: (field.type, field.required) for field in msgspec.structs.fields(kind)}
