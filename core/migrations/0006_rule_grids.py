"""Stored plans say what the engine reads now: grids by dates, months judged whole, pauses of neighbours apart.

Only plans that judge spans by the strongest rule are meant; all that other plans say means the same as before.
"""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
