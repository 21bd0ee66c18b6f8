"""Claims that were made under settings of their services that have changed since are brought to those of today."""

from datetime import UTC, datetime

from core.db import migrating, rows
from core.services.bookings.upkeep import hold_again


def up(migrator, db):
    with migrating():
        for (number,) in rows("SELECT id FROM service ORDER BY id"):
            hold_again("b.service_id", number, now=datetime.now(UTC))
