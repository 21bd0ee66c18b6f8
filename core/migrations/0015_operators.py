"""Operators, their sessions, the keys that sign for them, and who made a change and why."""

from core.migrate import never_reuse_ids, run_sql


def up(migrator, db):
    run_sql(db, __file__)
    never_reuse_ids(db, {"operator": 0, "operator_session": 0, "signing_key": 0})
