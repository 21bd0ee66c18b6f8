"""The consumer of events is called ``bookablesites.webhooks``; events that wait for it under its old name follow."""

from peewee import Database


def up(migrator: object, db: Database) -> None:
    db.execute_sql("UPDATE dispatch SET consumer = 'bookablesites.webhooks' WHERE consumer = 'bookablesites'")
