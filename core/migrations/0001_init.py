"""All tables of core as they were at the first release."""

from core.models import TABLES


def up(migrator, db):
    db.create_tables(TABLES, safe=False)
