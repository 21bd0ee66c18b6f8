"""Samples of what was counted, for the history of requests."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
