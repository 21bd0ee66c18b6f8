"""Credentials, stored replies and, on PostgreSQL, the shared counters."""

from core.db import is_postgres
from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
    if is_postgres():
        db.execute_sql(
            "CREATE UNLOGGED TABLE limit_count (name text PRIMARY KEY, hits bigint NOT NULL,"
            " ends double precision NOT NULL)"
        )
        db.execute_sql(
            "CREATE UNLOGGED TABLE limit_hit (name text NOT NULL, at double precision NOT NULL, hits bigint NOT NULL)"
        )
        db.execute_sql("CREATE UNIQUE INDEX limit_hit_name ON limit_hit (name, at)")
        db.execute_sql(
            "CREATE UNLOGGED TABLE used_nonce (owner text NOT NULL, nonce text NOT NULL, ends bigint NOT NULL,"
            " PRIMARY KEY (owner, nonce))"
        )
