"""Leases on dispatches, a row for test writes and, on PostgreSQL, rows to lock instead of advisory locks."""

from core.db import is_postgres
from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
    if is_postgres():
        db.execute_sql('CREATE TABLE IF NOT EXISTS "subject_lock" ("key" BIGINT NOT NULL PRIMARY KEY)')
