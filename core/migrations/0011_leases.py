"""Leases on what waits for consumers, one row to try a write on, and rows to lock where there are no other locks."""

from core.db import is_postgres
from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
    if is_postgres():
        db.execute_sql('CREATE TABLE IF NOT EXISTS "subject_lock" ("key" BIGINT NOT NULL PRIMARY KEY)')
