"""The migrations create exactly the tables, columns, NULL constraints and indexes of the models."""

import pytest

from core.db import database, is_postgres
from core.models import TABLES
from core.models.host import HOST_TABLES
from plugins.bookablesites import models as webhooks

MODELS = [*TABLES, *HOST_TABLES, *webhooks.TABLES]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_table_is_what_its_model_says(store, model):
    meta = model._meta
    columns = {column.name: column.null for column in database.get_columns(meta.table_name)}
    wanted = {field.column_name: field.null for field in meta.sorted_fields}
    if not is_postgres():
        # SQLite says of a key made by itself that it may be null.
        columns = {name: wanted.get(name, null) if name == "id" else null for name, null in columns.items()}

    assert columns == wanted
    indexes = {(tuple(index.columns), index.unique) for index in database.get_indexes(meta.table_name)}
    for field in meta.sorted_fields:
        if (field.index or field.unique) and not field.primary_key:
            assert ((field.column_name,), field.unique) in indexes
    for index in meta.indexes:
        if isinstance(index, tuple):
            names, unique = index
            assert (tuple(names), unique) in indexes
