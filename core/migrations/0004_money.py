"""What a booking was bought with, orders that follow their bookings, and order lines whose total was stated."""

from core.migrate import run_sql


def up(migrator, db):
    run_sql(db, __file__)
