"""From what the database holds to what records hold, and back: instants, wall clocks, plans, whole rows."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec
from peewee import BooleanField

from core.db import fetch_all
from core.domain.schedule import CalendarRule, SchedulePlan
from core.fields import JSONField, MoneyField, decode_money

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)
_CHUNK = 10_000


def read_in_chunks(sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[list[tuple[Any, ...]]]:
    """The rows of a table by its id, some thousand at a time, so that no walk holds a whole table.

    ``sql`` selects the id first and ends with ``id > ?``.
    """
    last = 0
    while chunk := fetch_all(f"{sql} ORDER BY id LIMIT ?", (*parameters, last, _CHUNK)):
        last = chunk[-1][0]
        yield chunk


def to_instant(seconds: int) -> datetime:
    """Epoch seconds as an aware UTC instant."""
    return datetime.fromtimestamp(seconds, UTC)


def to_epoch(moment: datetime) -> int:
    """An aware instant as epoch seconds; a wall clock as if it were UTC."""
    epoch = _WALL_EPOCH if moment.tzinfo is None else _EPOCH
    return int((moment - epoch).total_seconds())


def to_wall_clock(stamp: int) -> datetime:
    """Stored wall-clock seconds as a naive datetime."""
    return _WALL_EPOCH + timedelta(seconds=stamp)


# The same plan text comes back with every read; decoding it once is enough, and a changed text is another key.
@lru_cache(maxsize=8192)
def decode_plan(text: str) -> SchedulePlan:
    return msgspec.json.decode(text, type=SchedulePlan)


@lru_cache(maxsize=16384)
def decode_rules(text: str) -> tuple[CalendarRule, ...]:
    return msgspec.json.decode(text, type=tuple[CalendarRule, ...])


def _tuple_json(text: str) -> tuple[Any, ...]:
    return tuple(tuple(item) if isinstance(item, list) else item for item in msgspec.json.decode(text))


#: Names that the expressions below use.
_NAMES: dict[str, Any] = {
    "at": datetime.fromtimestamp,
    "UTC": UTC,
    "zero": _WALL_EPOCH,
    "delta": timedelta,
    "decode": msgspec.json.decode,
    "decode_plan": decode_plan,
    "decode_rules": decode_rules,
    "tuple_json": _tuple_json,
    # A business has few different amounts.
    "money": lru_cache(maxsize=4096)(decode_money),
}


def _expression(name: str, column: Any, annotation: str) -> str:
    """How one raw column (``{0}``) becomes a value of the record."""
    if name == "plan":
        return "decode_plan({0})"
    if name == "rules":
        return "decode_rules({0})"
    if isinstance(column, JSONField):
        if annotation.startswith("tuple"):
            return '() if {0} == "[]" else tuple_json({0})'
        return '{{}} if {0} == "{{}}" else decode({0})'
    if isinstance(column, BooleanField):
        return "{0} != 0"
    if isinstance(column, MoneyField):
        made = "money({0})"
    elif name.endswith("_at") or name in {"start", "end", "at"}:
        made = "at({0}, UTC)"
    elif name in {"wall_start", "wall_end"}:
        made = "zero + delta(0, {0})"
    else:
        return "{0}"
    return f"None if {{0}} is None else {made}" if column.null else made


def make_row_mapper(record: type, model: Any) -> Callable[[tuple[Any, ...]], Any]:
    """A function from raw database values to a record, written out once: lists make thousands of them.

    It fills the slots itself; the ``__init__`` of a frozen dataclass takes twice as long.
    """
    names = {**_NAMES, "record": record, "new": object.__new__}
    lines = ["def read(row):", "    made = new(record)"]
    for position, field in enumerate(fields(record)):
        column = model._meta.fields[field.name]
        text = _expression(field.name, column, str(record.__annotations__.get(field.name, "")))
        names[f"set_{field.name}"] = getattr(record, field.name).__set__
        lines.append(f"    set_{field.name}(made, {text.format(f'row[{position}]')})")
    exec("\n".join([*lines, "    return made"]), names)
    return names["read"]
