"""Settings of plugins in the datastore, and the number that rises with every change of them."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
