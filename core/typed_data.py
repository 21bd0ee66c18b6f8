"""Data as values of a type: structs, dataclasses, unions, whatever msgspec converts to, in any thread.

msgspec reads the annotations of a type when it first meets it, and keeps on the class what it has read. It puts that
there before it is complete, so a second thread that meets the same type meanwhile uses the half of it, and the process
dies (seen with 0.22: two first requests of one kind at the same time). Here one thread at a time learns a new type.
"""

import threading
from contextlib import suppress
from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")

#: The types that are learned. They are a program's own, so there is no bound but its size.
_learned: set[Any] = set()
_lock = threading.Lock()


@overload
def from_plain(value: Any, kind: type[T], *, strict: bool = True) -> T: ...
@overload
def from_plain(value: Any, kind: Any, *, strict: bool = True) -> Any: ...
def from_plain(value: Any, kind: Any, *, strict: bool = True) -> Any:
    """Plain data (of JSON, TOML, a form) as a ``kind``.

    Args:
        kind: Anything that msgspec converts to.
        strict: False reads numbers and switches written as text.

    Raises:
        msgspec.ValidationError: It does not fit.
    """
    learn(kind)
    return msgspec.convert(value, kind, strict=strict)


@overload
def from_json(text: str | bytes, kind: type[T], *, strict: bool = True) -> T: ...
@overload
def from_json(text: str | bytes, kind: Any, *, strict: bool = True) -> Any: ...
def from_json(text: str | bytes, kind: Any, *, strict: bool = True) -> Any:
    """JSON text as a ``kind``.

    Raises:
        msgspec.DecodeError: It is no JSON.
        msgspec.ValidationError: It does not fit.
    """
    learn(kind)
    return msgspec.json.decode(text, type=kind, strict=strict)


def json_decoder(kind: type[T], *, strict: bool = True) -> msgspec.json.Decoder[T]:
    """What decodes JSON to a ``kind`` again and again; for a constant of a module."""
    learn(kind)
    return msgspec.json.Decoder(kind, strict=strict)


def learn(kind: Any) -> None:
    """Have a type ready for all threads.

    Raises:
        TypeError: msgspec does not convert to it.
        NameError: A name in its annotations is not defined.
    """
    try:
        if kind in _learned:
            return
    except TypeError:
        # It holds what cannot be hashed, such as a list of examples, and so is learned each time.
        pass
    with _lock:
        # For MessagePack, because JSON takes fewer types of keys.
        msgspec.msgpack.Decoder(kind)
        with suppress(TypeError):
            _learned.add(kind)
