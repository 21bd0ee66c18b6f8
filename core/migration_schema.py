"""What a plugin's migration changes tables with, alike on SQLite and PostgreSQL.

A migration is a file ``NNNN_name.py`` with a function ``migrate(schema)``::

    from peewee import BigAutoField, TextField

    def migrate(schema):
        schema.create_table("harbour_note", {"id": BigAutoField(), "text": TextField()})

It keeps its own columns and never imports a model, so that it does the same when the models have moved on.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from string import Template
from typing import Any

from peewee import SQL, AutoField, BigAutoField, BigIntegerField, Field, PostgresqlDatabase
from playhouse.migrate import make_index_name

from core.db import BaseModel

#: What the placeholders of a migration's SQL stand for, by database.
SQL_WORDS = {
    "sqlite": {
        "serial": "INTEGER",
        "bigserial": "INTEGER",
        "smallint": "INTEGER",
        "bigint": "INTEGER",
        "bool": "INTEGER",
        "bytes": "BLOB",
        "true": "1",
        "false": "0",
    },
    "postgres": {
        "serial": "SERIAL",
        "bigserial": "BIGSERIAL",
        "smallint": "SMALLINT",
        "bigint": "BIGINT",
        "bool": "BOOLEAN",
        "bytes": "BYTEA",
        "true": "TRUE",
        "false": "FALSE",
    },
}


def expand_words(db: Any, text: str) -> str:
    """SQL text for this database: ``$bigint``, ``$bool``, ``$false`` and the other keys of ``SQL_WORDS`` replaced."""
    return Template(text).substitute(SQL_WORDS["postgres" if isinstance(db, PostgresqlDatabase) else "sqlite"])


class MigrationError(ValueError):
    """A migration asks for what no database here can do."""


class Schema:
    """The tables of one plugin; the names of all tables begin with the name of the plugin.

    Columns are peewee fields. What a failed migration has changed is undone, on both databases.
    """

    def __init__(self, owner: str, db: Any) -> None:
        self._owner = owner
        self._db = db

    def create_table(
        self,
        table: str,
        columns: Mapping[str, Field],
        *,
        unique: Sequence[Sequence[str]] = (),
        indexes: Sequence[Sequence[str]] = (),
    ) -> None:
        """Create a table; without a primary key it gets ``id``, whose numbers are never given out twice.

        Args:
            unique: Groups of columns whose values occur together once.
            indexes: Groups of columns to find rows by.
        """
        fields = dict(columns)
        if not any(field.primary_key for field in fields.values()):
            fields = {"id": BigAutoField(), **fields}
        model = self._model(table, fields)
        model.create_table(safe=False)
        for group, is_unique in [*((group, True) for group in unique), *((group, False) for group in indexes)]:
            self.add_index(table, group, unique=is_unique)
        if isinstance(fields.get("id"), AutoField | BigAutoField):
            from core.migrate import never_reuse_ids

            never_reuse_ids(self._db, {table: 0})

    def reference(self, table: str, *, null: bool = False, on_delete: str = "CASCADE") -> Field:
        """A column with the ``id`` of a row of another table of this plugin.

        Args:
            on_delete: What happens to the row when that one is deleted, as in SQL.
        """
        self._check_owned(table)
        constraint = SQL(f'REFERENCES "{table}" ("id") ON DELETE {on_delete}')
        column: Any = BigIntegerField  # The stubs of peewee want to know ``null`` beforehand.
        field: Field = column(null=null, index=True, constraints=[constraint])
        return field

    def drop_table(self, table: str) -> None:
        """Drop a table with its rows."""
        self._check_owned(table)
        self._run(f'DROP TABLE "{table}"')

    def rename_table(self, table: str, name: str) -> None:
        """Give a table another name."""
        self._check_owned(table)
        self._check_owned(name)
        self._run(f'ALTER TABLE "{table}" RENAME TO "{name}"')

    def add_column(self, table: str, name: str, field: Field) -> None:
        """Add a column; rows get the field's default, which it needs unless it may be null."""
        default = field.default() if callable(field.default) else field.default
        if default is None and not field.null:
            raise MigrationError(f"the new column {table}.{name} needs a default, or null=True")
        model = self._model(table, {"id": BigAutoField(), name: field})
        bound = model._meta.fields[name]
        if default is not None:
            constraints = [*(bound.constraints or ()), SQL(f"DEFAULT {self._literal(bound, default)}")]
            bound.constraints = constraints
        context = self._db.get_sql_context()
        column, _ = context.sql(bound.ddl(context)).query()
        self._run(f'ALTER TABLE "{table}" ADD COLUMN {column}')
        if bound.index or bound.unique:
            self.add_index(table, [bound.column_name], unique=bool(bound.unique))

    def drop_column(self, table: str, name: str) -> None:
        """Drop a column that no index has any more."""
        self._check_owned(table)
        self._run(f'ALTER TABLE "{table}" DROP COLUMN "{name}"')

    def rename_column(self, table: str, name: str, new_name: str) -> None:
        """Give a column another name."""
        self._check_owned(table)
        self._run(f'ALTER TABLE "{table}" RENAME COLUMN "{name}" TO "{new_name}"')

    def add_index(self, table: str, columns: Sequence[str], *, unique: bool = False) -> None:
        """Index a table by columns, as peewee would name the index."""
        self._check_owned(table)
        listed = ", ".join(f'"{name}"' for name in columns)
        kind = "UNIQUE INDEX" if unique else "INDEX"
        self._run(f'CREATE {kind} "{make_index_name(table, columns)}" ON "{table}" ({listed})')

    def drop_index(self, table: str, columns: Sequence[str]) -> None:
        """Drop the index of these columns."""
        self._check_owned(table)
        self._run(f'DROP INDEX "{make_index_name(table, columns)}"')

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run SQL that both databases know, with ``?`` for values and ``$true`` and the like for words that differ.

        Returns:
            The number of rows that it changed.
        """
        return int(self._run(sql, parameters).rowcount)

    def fetch_all(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query, written as for ``execute``."""
        rows: list[tuple[Any, ...]] = self._run(sql, parameters).fetchall()
        return rows

    def _run(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        text = expand_words(self._db, sql) if "$" in sql else sql
        if isinstance(self._db, PostgresqlDatabase):
            text = text.replace("%", "%%").replace("?", "%s")
        return self._db.execute_sql(text, tuple(parameters))

    def _model(self, table: str, fields: Mapping[str, Field]) -> type[BaseModel]:
        """A model for one statement."""
        self._check_owned(table)
        meta = type("Meta", (), {"table_name": table})
        return type("MigratedTable", (BaseModel,), {**fields, "Meta": meta})

    def _check_owned(self, table: str) -> None:
        if table != self._owner and not table.startswith(f"{self._owner}_"):
            raise MigrationError(f"the table {table} is none of {self._owner}, whose tables begin with {self._owner}_")

    def _literal(self, field: Field, value: Any) -> str:
        """A value as SQL text; values are not parameters in a DEFAULT."""
        if isinstance(value, bytes):
            return f"'\\x{value.hex()}'" if isinstance(self._db, PostgresqlDatabase) else f"x'{value.hex()}'"
        stored = field.db_value(value)
        if isinstance(stored, bool):
            return expand_words(self._db, "$true" if stored else "$false")
        if isinstance(stored, int | float | Decimal):
            return str(stored)
        text = str(stored).replace("'", "''")
        return f"'{text}'"
