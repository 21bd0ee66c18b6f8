"""Deliveries that are attempted only once."""

from typing import Any

from frontdesk.database import run_sql


def up(migrator: Any, db: Any) -> None:
    run_sql(db, __file__)
