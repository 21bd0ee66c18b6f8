"""Webhooks, deliveries and attempts."""

from plugins.bookablesites.models import TABLES


def up(migrator, db):
    db.create_tables(TABLES, safe=False)
