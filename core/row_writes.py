"""Writing single rows by SQL text that is built once per set of columns.

Building a statement costs peewee ten times what running it does.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from peewee import BigIntegerField, BooleanField, CharField, IntegerField, SmallIntegerField, TextField

from core.db import database, is_postgres

_statements: dict[tuple[Any, ...], tuple[str, Any]] = {}
#: By table: the defaults that are the same for every row, and those to call for.
_defaults: dict[Any, tuple[dict[str, Any], list[tuple[str, Callable[[], Any]]]]] = {}
#: What peewee hands on unchanged, after some calls.
_PLAIN: dict[type, type] = {
    IntegerField: int,
    BigIntegerField: int,
    SmallIntegerField: int,
    CharField: str,
    TextField: str,
    BooleanField: bool,
}
#: Databases limit the number of values in a statement.
_ROWS_AT_ONCE = 100


class Computed(NamedTuple):
    """A value that the database computes as it inserts a row: SQL with ``?`` and its parameters.

    ``new.id`` in the SQL is the id that the row gets.
    """

    sql: str
    parameters: tuple[Any, ...] = ()


def insert_row(model: Any, values: Mapping[str, Any]) -> int:
    """Insert one row and return its primary key (0 where that is not a single integer)."""
    return _insert(model, values)[0]


def insert_record(model: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Insert one row of a table with an integer key; returns it as it is stored, by field."""
    new_id, stored = _insert(model, values)
    return {**stored, model._meta.primary_key.name: new_id}


def _insert(model: Any, values: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    meta = model._meta
    row = _with_defaults(meta, values)
    postgres = is_postgres()
    key = (model, postgres, *row)
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in row]
        text = f"{_insert_into(meta, fields)} VALUES ({_marks(len(fields))})"
        if postgres and not meta.composite_key:
            text += f' RETURNING "{meta.primary_key.column_name}"'
        statement = _statements[key] = (text, _converters(fields))
    text, converters = statement
    stored = _stored(converters, row)
    cursor = database.obj.execute_sql(text, stored)
    new_id = 0
    if not meta.composite_key:
        new_id = int(cursor.fetchone()[0] if postgres else cursor.lastrowid)
    return new_id, dict(zip(row, stored, strict=True))


def insert_rows(model: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that give the same columns, in one statement for every hundred."""
    meta = model._meta
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        batch = [_with_defaults(meta, row) for row in rows[start : start + _ROWS_AT_ONCE]]
        key = (model, is_postgres(), len(batch), *batch[0])
        statement = _statements.get(key)
        if statement is None:
            fields = [meta.fields[name] for name in batch[0]]
            text = f"{_insert_into(meta, fields)} VALUES {', '.join([f'({_marks(len(fields))})'] * len(batch))}"
            statement = _statements[key] = (text, _converters(fields))
        text, converters = statement
        database.obj.execute_sql(text, [value for row in batch for value in _stored(converters, row)])


def insert_computed(
    model: Any, values: Mapping[str, Any], *, new_id: Computed, computed: Mapping[str, Computed]
) -> dict[str, Any]:
    """Insert one row whose id, and more, the database computes; returns the row as it is stored, by field.

    Args:
        new_id: The id.
        computed: Other values, by field.
    """
    meta = model._meta
    row = _with_defaults(meta, values)
    for name in computed:
        row.pop(name, None)
    key = (model, is_postgres(), new_id.sql, *row, *((name, value.sql) for name, value in computed.items()))
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in row]
        computed_fields = [meta.fields[name] for name in computed]
        expressions = [value.sql for value in computed.values()]
        returned = ", ".join(f'"{field.column_name}"' for field in (meta.primary_key, *computed_fields))
        text = (
            f"{_insert_into(meta, [meta.primary_key, *computed_fields, *fields])}"
            f" SELECT {', '.join(['new.id', *expressions, *['?'] * len(fields)])}"
            f" FROM (SELECT {new_id.sql} AS id) AS new RETURNING {returned}"
        )
        if is_postgres():
            text = text.replace("?", "%s")
        statement = _statements[key] = (text, _converters(fields))
    text, converters = statement
    stored = _stored(converters, row)
    parameters = [parameter for value in computed.values() for parameter in value.parameters]
    cursor = database.obj.execute_sql(text, [*parameters, *stored, *new_id.parameters])
    (returned_values,) = cursor.fetchall()
    return dict(zip(row, stored, strict=True)) | dict(
        zip((meta.primary_key.name, *computed), returned_values, strict=True)
    )


def update_row(model: Any, id: int, values: dict[str, Any]) -> None:
    """Update some columns of one row and increment its version."""
    meta = model._meta
    postgres = is_postgres()
    key = (model, postgres, "update", *values)
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in values]
        mark = "%s" if postgres else "?"
        columns = [f'"{field.column_name}" = {mark}' for field in fields]
        columns.append('"version" = "version" + 1')
        text = f'UPDATE "{meta.table_name}" SET {", ".join(columns)} WHERE "id" = {mark}'
        statement = _statements[key] = (text, _converters(fields))
    text, converters = statement
    database.obj.execute_sql(text, [*_stored(converters, values), id])


def _with_defaults(meta: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, and the defaults of the other columns."""
    defaults = _defaults.get(meta)
    if defaults is None:
        fields = [field for field in meta.sorted_fields if field.default is not None]
        defaults = _defaults[meta] = (
            {field.name: None if callable(field.default) else field.default for field in fields},
            [(field.name, field.default) for field in fields if callable(field.default)],
        )
    constant, computed = defaults
    row = {**constant, **values}
    for name, default in computed:
        if name not in values:
            row[name] = default()
    return row


def _converters(fields: Sequence[Any]) -> list[tuple[type | None, Callable[[Any], Any]]]:
    """For each field the type of values that are stored as they are, and the conversion of all others."""
    return [(_PLAIN.get(type(field)), field.db_value) for field in fields]


def _stored(converters: Sequence[tuple[type | None, Callable[[Any], Any]]], row: Mapping[str, Any]) -> list[Any]:
    return [
        value if type(value) is plain else convert(value)
        for (plain, convert), value in zip(converters, row.values(), strict=True)
    ]


def _insert_into(meta: Any, fields: Sequence[Any]) -> str:
    columns = ", ".join(f'"{field.column_name}"' for field in fields)
    return f'INSERT INTO "{meta.table_name}" ({columns})'


def _marks(count: int) -> str:
    return ", ".join(["%s" if is_postgres() else "?"] * count)
