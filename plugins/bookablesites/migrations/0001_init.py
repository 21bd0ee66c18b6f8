"""Webhooks, deliveries and attempts."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
