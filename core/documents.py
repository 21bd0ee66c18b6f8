"""Converts the data of import documents into structs. Keys that a struct does not have are errors, also when nested.

Every error is ``Invalid``; ``field`` is the dotted path of the value. An unknown key is reported with the nearest one.
"""

import functools
import operator
import re
import types
import typing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, TypeVar, overload

import msgspec

from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid
from core.suggestions import nearest_name
from core.typed_data import from_plain

T = TypeVar("T")
#: Deeper nesting than any document needs, and the largest number of an integer column in both databases.
MAX_DEPTH = 64
MAX_INT = 2**63 - 1

#: A value without parts, for keys whose value is judged later, or accepted and not used.
Scalar = str | int | float | bool | None


class Entry(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """An entry of a document's section, or a record inside one. Every key it may have is a field."""


@overload
def convert(value: Any, kind: type[T], path: str = "") -> T: ...


@overload
def convert(value: Any, kind: Any, path: str = "") -> Any: ...


def convert(value: Any, kind: Any, path: str = "") -> Any:
    """Return ``value`` as a ``kind``; numbers and switches may be text.

    Args:
        kind: Anything that msgspec converts to: a struct, a list, a map, a union, a scalar.
        path: The place of ``value`` in its document.

    Raises:
        Invalid: ``field`` is the exact path of the value that does not fit.
    """
    check_value(value, kind, path)
    try:
        return from_plain(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error, path) from None


def checked(value: Any, kind: Any, path: str = "") -> Any:
    """Return ``value`` itself if ``convert`` accepts it: for data that is stored as it was sent, in the same order."""
    check_value(value, kind, path)
    return value


def check_value(value: Any, kind: Any, path: str = "") -> None:
    """Raise what ``convert`` raises."""
    options = _alternatives(kind)
    kind = options[0] if len(options) == 1 else _matching_option(value, options)
    inner = typing.get_args(kind)[0] if typing.get_origin(kind) is Annotated else kind
    origin = typing.get_origin(inner)
    if isinstance(inner, type) and issubclass(inner, msgspec.Struct):
        _check_struct(value, inner, path)
        return
    if origin is list and isinstance(value, list):
        for position, item in enumerate(value):
            check_value(item, typing.get_args(inner)[0], join_path(path, position))
    elif origin is dict and isinstance(value, Mapping):
        for key, item in value.items():
            check_value(item, typing.get_args(inner)[1], join_path(path, key))
        return
    try:
        from_plain(value, kind, strict=False)
    except msgspec.ValidationError as error:
        raise _invalid(error, path) from None


def check_keys(value: Any, names: Collection[str], path: str = "") -> None:
    """Refuse a value that is not an object, and keys that are not among ``names``."""
    if not isinstance(value, Mapping):
        raise Invalid(field=path, reason="type", limit="an object is expected")
    for key in value:
        if key not in names:
            suggestion = nearest_name(str(key), names)
            hint = f"; did you mean {suggestion!r}?" if suggestion else ""
            raise Invalid(field=join_path(path, key), reason=f"is no known key{hint}")


def check_storable(document: Any) -> None:
    """Refuse what databases cannot hold: NUL, lone surrogates, numbers over 64 bits; and nesting over ``MAX_DEPTH``.

    Raises:
        Invalid: ``field`` is the path of the value.
    """
    pending: list[tuple[str, int, Any]] = [("", 0, document)]
    while pending:
        path, depth, value = pending.pop()
        if depth > MAX_DEPTH:
            raise Invalid(field=path, reason="is nested too deep")
        if isinstance(value, dict):
            for key in value:
                check_storable(key)
            pending += [(join_path(path, key), depth + 1, item) for key, item in value.items()]
        elif isinstance(value, list):
            pending += [(join_path(path, position), depth + 1, item) for position, item in enumerate(value)]
        elif isinstance(value, str):
            if "\x00" in value:
                raise Invalid(field=path, reason="holds a NUL character")
            if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
                raise Invalid(field=path, reason="is not UTF-8")
        elif isinstance(value, int) and not -MAX_INT <= value <= MAX_INT:
            raise Invalid(field=path, reason="range", value=value)


def join_path(path: str, key: Any) -> str:
    """Return the path of ``key`` below ``path``."""
    return f"{path}.{key}" if path else str(key)


@contextmanager
def path_prefix(path: str, wording: Callable[[DomainError], str] = error_sentence) -> Iterator[None]:
    """Prefix the path of every ``Invalid`` raised inside, unless it starts with ``path`` already.

    Other domain errors become ``Invalid`` at ``path``; ``wording`` says them as a sentence.
    """
    try:
        yield
    except Invalid as error:
        if error.field == path or error.field.startswith(f"{path}."):
            raise
        field = f"{path}.{error.field}" if error.field else path
        raise Invalid(field=field, reason=error.reason, value=error.value, limit=error.limit) from error
    except DomainError as error:
        raise Invalid(field=path, reason=f"cannot be taken in: {wording(error)}") from error
    except OverflowError as error:
        raise Invalid(field=path, reason="has a number that is too large to be stored") from error


def _invalid(error: msgspec.ValidationError, path: str) -> Invalid:
    message = str(error).partition(" - at `")[0]
    reason = "choice" if message.startswith("Invalid enum") else "range" if _BOUND.search(message) else "type"
    return Invalid(field=path, reason=reason, limit=message)


_BOUND = re.compile(r"(?:[<>]=? -?\d|of length|matching regex|multiple of)")


def _alternatives(kind: Any) -> tuple[Any, ...]:
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        return tuple(option for option in typing.get_args(kind) if option is not msgspec.UnsetType)
    return (kind,)


def _matching_option(value: Any, options: Sequence[Any]) -> Any:
    """Return the alternative that ``value`` is meant to be, by its shape; scalars together stay one union."""
    scalars = []
    for option in options:
        inner = typing.get_args(option)[0] if typing.get_origin(option) is Annotated else option
        origin = typing.get_origin(inner)
        if origin is dict or (isinstance(inner, type) and issubclass(inner, msgspec.Struct)):
            if isinstance(value, Mapping):
                return option
        elif origin is list:
            if isinstance(value, list):
                return option
        else:
            scalars.append(option)
    if value is not None and scalars == [type(None)]:
        return options[0]
    return functools.reduce(operator.or_, scalars) if scalars else options[0]


def _check_struct(value: Any, kind: type[msgspec.Struct], path: str) -> None:
    fields = _fields(kind)
    check_keys(value, fields, path)
    for name, (field_type, required) in fields.items():
        if name in value:
            check_value(value[name], field_type, join_path(path, name))
        elif required:
            raise Invalid(field=join_path(path, name), reason="missing")


@functools.cache
def _fields(kind: type[msgspec.Struct]) -> dict[str, tuple[Any, bool]]:
    return {field.encode_name: (field.type, field.required) for field in msgspec.structs.fields(kind)}
