"""Turns conditions and orders of a repository into SQL.

Conditions are ``(field, operator, value)`` with the operators ``= != < <= > >= in not_in contains not_contains``:

- A tuple of fields means that any of them matches; with ``not_contains``, that none of them contains the text.
- ``contains`` and ``not_contains`` ignore case and accents.
- ``("", "any", [condition, ...])`` means that any of those conditions holds.
- Times are aware datetimes for instants and naive ones for wall clocks.

Names and titles sort without regard to case and accents, by a column that holds them folded.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from peewee import CharField

from core.db import BaseModel, is_postgres
from core.domain.text import fold
from core.errors import Invalid
from core.services.row_mapping import to_epoch

#: A field or a tuple of fields, an operator, a value of any column's type.
Condition = tuple[Any, str, Any]
#: Fields, each with "asc" or "desc".
Order = Sequence[tuple[str, str]]

#: The largest number the database can hold.
MAX_INTEGER = 2**63 - 1

_COMPARISONS = {"=": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
#: Fields with a folded copy in the column ``<name>_key``, for sorting and searching.
_SORTED_NAMES = ("name", "first_name", "last_name", "title")
_SORT_KEY_LENGTH = 255
#: Search fields that join several columns with a space.
_JOINED_COLUMNS = {"full_name": ("first_name_key", "last_name_key")}
# ``fold`` in PostgreSQL's SQL; LOWER comes last, for the letters that normalizing produces.
_POSTGRES_FOLD = r"LOWER(regexp_replace(normalize({}, NFKD), '[\u0300-\u036f]', '', 'g'))"


def _lookup_key(value: object) -> str:
    return str(value).strip().casefold()


class ColumnSql:
    """SQL about the columns of one table, under the alias ``t1``.

    Args:
        model: The peewee model of the table.
        folded_columns: Columns for look-ups without regard to case, with the field each is made from.
    """

    def __init__(self, model: type[BaseModel], folded_columns: Mapping[str, str]) -> None:
        self._fields = model._meta.fields
        self._folded_columns = folded_columns
        self._sort_keys = {name: f"{name}_key" for name in _SORTED_NAMES if f"{name}_key" in self._fields}

    def folded_values(self, values: Mapping[str, Any]) -> dict[str, str]:
        """The values of the look-up and sort columns that belong to these fields."""
        folded = {
            column: _lookup_key(values[source]) for column, source in self._folded_columns.items() if source in values
        }
        for source, column in self._sort_keys.items():
            if source in values:
                folded[column] = fold(str(values[source]))[:_SORT_KEY_LENGTH]
        return folded

    def where_sql(self, where: Sequence[Condition], unindexed: Collection[str] = ()) -> tuple[str, list[Any]]:
        """`` WHERE ...`` on ``t1`` and its parameters; an empty text where there are no conditions."""
        clauses: list[str] = []
        parameters: list[Any] = []
        for names, operator, value in where:
            if operator == "any":
                nested = [self.where_sql([nested_condition], unindexed) for nested_condition in value]
                alternatives = [clause.removeprefix(" WHERE ") for clause, _ in nested]
                for _, values in nested:
                    parameters += values
            else:
                alternatives = []
                for name in names if isinstance(names, tuple) else (names,):
                    clause, values = self._compare(name, operator, value, unindexed)
                    alternatives.append(clause)
                    parameters += values
            joiner = " AND " if operator == "not_contains" else " OR "
            clauses.append(f"({joiner.join(alternatives)})" if len(alternatives) > 1 else alternatives[0])
        return (f" WHERE {' AND '.join(clauses)}" if clauses else ""), parameters

    def order_sql(self, order: Order) -> str:
        """The terms of an ORDER BY on ``t1``. Ties are broken by id, in the direction of the first field."""
        terms = [
            f"{self._column(self._sort_keys.get(name, name))} {'ASC' if direction == 'asc' else 'DESC'}"
            for name, direction in order
        ]
        if all(name != "id" for name, _ in order):
            terms.append(f't1."id" {"DESC" if order and order[0][1] == "desc" else "ASC"}')
        return ", ".join(terms)

    def _column(self, name: str) -> str:
        column = self._fields.get(name)
        if column is None:
            raise Invalid(field=name, reason="unknown")
        return f't1."{column.column_name}"'

    def _compare(self, name: str, operator: str, value: Any, unindexed: Collection[str] = ()) -> tuple[str, list[Any]]:
        folded_column = next((key for key, source in self._folded_columns.items() if source == name), None)
        if folded_column and operator in {"=", "in"}:
            name = folded_column
            value = _lookup_key(value) if operator == "=" else [_lookup_key(item) for item in value]
        if operator in {"contains", "not_contains"}:
            return self._search(name, operator, value)
        column = self._column(name)
        if name in unindexed and not is_postgres():
            # A unary plus keeps SQLite from using an index.
            column = f"+{column}"
        field = self._fields[name]

        def raw(item: Any) -> Any:
            item = to_epoch(item) if isinstance(item, datetime) else field.db_value(item)
            # No stored number lies beyond these bounds, and the database cannot take one that does.
            return (
                max(-MAX_INTEGER, min(item, MAX_INTEGER))
                if isinstance(item, int) and not isinstance(item, bool)
                else item
            )

        if operator in _COMPARISONS:
            return f"{column} {_COMPARISONS[operator]} ?", [raw(value)]
        if operator in {"in", "not_in"}:
            values = [raw(item) for item in value]
            if not values:
                return ("1 = 0" if operator == "in" else "1 = 1"), []
            if len(values) == 1:
                # With a single value the index also provides the order.
                return f"{column} {'=' if operator == 'in' else '<>'} ?", values
            placeholders = ", ".join("?" * len(values))
            return f"{column} {'IN' if operator == 'in' else 'NOT IN'} ({placeholders})", values
        raise Invalid(field=name, reason="operator", value=operator)

    def _search(self, name: str, operator: str, value: Any) -> tuple[str, list[Any]]:
        """SQL for a text search in a column, without regard to case and accents."""
        pattern = fold(str(value)).replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        if name in _JOINED_COLUMNS:
            column_sql = " || ' ' || ".join(self._column(part) for part in _JOINED_COLUMNS[name])
        elif name in self._sort_keys:
            column_sql = self._column(self._sort_keys[name])
        elif isinstance(self._fields.get(name), CharField) and pattern.isascii():
            # Addresses, numbers and codes hold ASCII letters only, and SQLite's own LOWER is fast.
            column_sql = f"LOWER({self._column(name)})"
        else:
            column_sql = (_POSTGRES_FOLD if is_postgres() else "fold({})").format(self._column(name))
        like = "LIKE" if operator == "contains" else "NOT LIKE"
        return f"({column_sql}) {like} ? ESCAPE '\\'", [f"%{pattern}%"]
