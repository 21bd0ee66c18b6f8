"""Names and titles in folded form, so that both databases sort and find them alike."""

from peewee import PostgresqlDatabase

from core.domain.text import fold

COLUMNS = {
    "category": ["name"],
    "location": ["name"],
    "customer": ["first_name", "last_name"],
    "service": ["name"],
    "resource": ["name", "first_name", "last_name"],
    "coupon": ["title"],
    "package": ["name"],
    "gift_card": ["title"],
}
INDEXED = [("customer", "first_name"), ("customer", "last_name")]
_LENGTH = 255
_ROWS = 5_000


def up(migrator, db):
    postgres = isinstance(db, PostgresqlDatabase)
    # Folded texts are compared byte by byte on both databases.
    collation = ' COLLATE "C"' if postgres else ""
    for table, names in COLUMNS.items():
        for name in names:
            column = f"\"{name}_key\" VARCHAR({_LENGTH}){collation} NOT NULL DEFAULT ''"
            db.execute_sql(f'ALTER TABLE "{table}" ADD COLUMN {column}')
        _fill(db, table, names, "%s" if postgres else "?")
    for table, name in INDEXED:
        db.execute_sql(f'CREATE INDEX "{table}_{name}_key" ON "{table}" ("{name}_key")')


def _fill(db, table, names, mark):
    columns = ", ".join(f'"{name}"' for name in names)
    changes = ", ".join(f'"{name}_key" = {mark}' for name in names)
    last = 0
    while True:
        rows = db.execute_sql(
            f'SELECT "id", {columns} FROM "{table}" WHERE "id" > {mark} ORDER BY "id" LIMIT {_ROWS}', (last,)
        ).fetchall()
        if not rows:
            return
        keys = [(*(fold(text)[:_LENGTH] for text in texts), id) for id, *texts in rows]
        db.cursor().executemany(f'UPDATE "{table}" SET {changes} WHERE "id" = {mark}', keys)
        last = rows[-1][0]
