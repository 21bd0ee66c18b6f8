"""Writing single rows by SQL text that is built once per set of columns.

Building a statement costs peewee ten times what running it does.
"""

from typing import Any

from core.db import database, is_postgres

_statements: dict[tuple[Any, ...], tuple[str, list[Any]]] = {}


def insert_row(model: Any, values: dict[str, Any]) -> int:
    """Insert one row and return its primary key (0 where that is not a single integer)."""
    meta = model._meta
    row = {
        **{field.name: _default_value(field) for field in meta.sorted_fields if field.default is not None},
        **values,
    }
    postgres = is_postgres()
    key = (model, postgres, *row)
    statement = _statements.get(key)
    if statement is None:
        fields = [meta.fields[name] for name in row]
        columns = ", ".join(f'"{field.column_name}"' for field in fields)
        marks = ", ".join(["%s" if postgres else "?"] * len(fields))
        text = f'INSERT INTO "{meta.table_name}" ({columns}) VALUES ({marks})'
        if postgres and not meta.composite_key:
            text += f' RETURNING "{meta.primary_key.column_name}"'
        statement = _statements[key] = (text, [field.db_value for field in fields])
    text, convert = statement
    cursor = database.execute_sql(text, [change(value) for change, value in zip(convert, row.values(), strict=True)])
    if meta.composite_key:
        return 0
    return int(cursor.fetchone()[0] if postgres else cursor.lastrowid)


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
        statement = _statements[key] = (text, [field.db_value for field in fields])
    text, convert = statement
    stored = [change(value) for change, value in zip(convert, values.values(), strict=True)]
    database.execute_sql(text, [*stored, id])


def _default_value(field: Any) -> Any:
    return field.default() if callable(field.default) else field.default
