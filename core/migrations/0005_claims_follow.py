"""Recomputes claims that were made under older settings of their services."""

from datetime import UTC, datetime

from core.db import fetch_all, migration_transaction
from core.services.bookings.claim_sync import reclaim


def up(migrator, db):
    with migration_transaction():
        for (service_id,) in fetch_all("SELECT id FROM service ORDER BY id"):
            reclaim("b.service_id", service_id, now=datetime.now(UTC))
