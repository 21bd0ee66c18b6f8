"""Converts between database values and record values: instants, wall clocks, plans, rules, whole rows.

``make_row_mapper`` generates code because lists map thousands of rows. For a booking of 38 columns (Python 3.11, CPU
time per row, JSON columns empty but the quote):

    generated, fills the slots itself         4.6 us
    generated, calls the constructor          8.4 us
    loop over (field, converter) pairs       11.2 us
"""

from collections.abc import Callable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any, TypeVar

import msgspec
from peewee import BooleanField, Field

from core.db import BaseModel, fetch_all
from core.domain.schedule import CalendarRule, SchedulePlan
from core.fields import JSONField, MoneyField, decode_money
from core.typed_data import from_json

R = TypeVar("R")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WALL_EPOCH = datetime(1970, 1, 1)
_CHUNK = 10_000


def read_in_chunks(sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of a table in chunks of 10,000 by id, so that no caller holds a whole table in memory.

    Args:
        sql: Selects the id first and ends with ``id > ?``.
    """
    last = 0
    while chunk := fetch_all(f"{sql} ORDER BY id LIMIT ?", (*parameters, last, _CHUNK)):
        last = chunk[-1][0]
        yield chunk


def to_instant(seconds: int) -> datetime:
    """Epoch seconds as an aware UTC instant."""
    return datetime.fromtimestamp(seconds, UTC)


def to_epoch(moment: datetime) -> int:
    """An aware instant as epoch seconds; a naive wall clock is read as UTC."""
    epoch = _WALL_EPOCH if moment.tzinfo is None else _EPOCH
    return int((moment - epoch).total_seconds())


def to_wall_clock(stamp: int) -> datetime:
    """Stored wall-clock seconds as a naive datetime."""
    return _WALL_EPOCH + timedelta(seconds=stamp)


# Every read returns the same plan text: it is decoded once, and a changed text is another key.
@lru_cache(maxsize=8192)
def decode_plan(text: str) -> SchedulePlan:
    """A stored schedule plan (JSON)."""
    return from_json(text, SchedulePlan)


@lru_cache(maxsize=16384)
def decode_rules(text: str) -> tuple[CalendarRule, ...]:
    """Stored calendar rules (JSON)."""
    return from_json(text, tuple[CalendarRule, ...])


def _tuple_json(text: str) -> tuple[Any, ...]:
    return tuple(tuple(item) if isinstance(item, list) else item for item in msgspec.json.decode(text))


#: Names that the generated expressions use.
_NAMES: dict[str, Any] = {
    "at": datetime.fromtimestamp,
    "UTC": UTC,
    "zero": _WALL_EPOCH,
    "delta": timedelta,
    "decode": msgspec.json.decode,
    "decode_plan": decode_plan,
    "decode_rules": decode_rules,
    "tuple_json": _tuple_json,
    # A business uses few different amounts.
    "money": lru_cache(maxsize=4096)(decode_money),
}


def _expression(name: str, column: Field, annotation: str) -> str:
    """The expression that converts a raw column (``{0}``) to the value of a field."""
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
        expression = "money({0})"
    elif name.endswith("_at") or name in {"start", "end", "at"}:
        expression = "at({0}, UTC)"
    elif name in {"wall_start", "wall_end"}:
        expression = "zero + delta(0, {0})"
    else:
        return "{0}"
    return f"None if {{0}} is None else {expression}" if column.null else expression


def make_row_mapper(record: type[R], model: type[BaseModel]) -> Callable[[tuple[Any, ...]], R]:
    """Generate a function from a row (the record's fields in order) to a record.

    It fills the slots itself, because the ``__init__`` of a frozen dataclass takes as long as the conversion does.

    Args:
        record: A frozen dataclass with slots.
        model: The peewee model that has a field of the same name for each of its fields.
    """
    names: dict[str, Any] = {**_NAMES, "record": record, "new": object.__new__}
    lines = ["def to_record(row):", "    instance = new(record)"]
    for position, field in enumerate(fields(record)):  # type: ignore[arg-type]  # R is any dataclass
        column = model._meta.fields[field.name]
        expression = _expression(field.name, column, str(record.__annotations__.get(field.name, "")))
        names[f"set_{field.name}"] = getattr(record, field.name).__set__
        lines.append(f"    set_{field.name}(instance, {expression.format(f'row[{position}]')})")
    exec("\n".join([*lines, "    return instance"]), names)
    mapper: Callable[[tuple[Any, ...]], R] = names["to_record"]
    return mapper
