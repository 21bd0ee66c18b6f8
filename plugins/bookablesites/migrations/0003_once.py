"""Deliveries that are tried once, whatever comes."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
