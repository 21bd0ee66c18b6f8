"""Leases on what waits for consumers, one row to try a write on, and rows to lock where there are no other locks."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
