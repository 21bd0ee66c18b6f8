"""The attacked store: one business, a key for a good client in every dialect, and a file to import."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from core import app as host
from core import db
from core.config import load_config
from core.domain.schedule import CalendarRule, CapacityRules, SchedulePlan, SlotGrid
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.servers import write_config
from tests.contract.conftest import make_service

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
IMPORTED = 3_000

#: The dialects' own rate limits must not stop the siege.
_UNLIMITED = {
    "bookingpress": {"rate_limit_minute": 0, "rate_limit_hour": 0},
    "bookablesites": {"calls_per_minute": 10**6, "writes_per_minute": 10**6, "tokens_per_minute": 10**6},
}


def prepare(folder: Path, url: str) -> dict[str, Any]:
    """Write the configuration and the store; returns keys by dialect and the ids of the services."""
    path = write_config(
        folder,
        database={"url": url},
        server={"access_log": False},
        sandbox={"now": NOW.isoformat()},
        plugins={"enabled": list(DRIVERS), **_UNLIMITED},
    )
    manager = host.start(load_config(path), migrate=True)
    keys = {}
    for name in DRIVERS:
        _, fields = manager.credentials[name].create(
            label="siege", permissions=None, user=None, expires_at=None, now=NOW
        )
        keys[name] = dict(fields)
    always = (CalendarRule(effect="open"),)
    quarters = make_service(
        name="Quarters",
        rules=always,
        plan=SchedulePlan(unit="minute", length=15, grid=SlotGrid(step_minutes=15), capacity=CapacityRules(limit=3)),
    )
    days = make_service(name="Days", rules=always, plan=SchedulePlan(unit="day", capacity=CapacityRules(limit=3)))
    rooms = [make_service(capacity=1, name=f"Room {number}").id for number in range(40)]
    db.close_database()
    return {"config": path, "keys": keys, "quarters": quarters.id, "days": days.id, "rooms": rooms}


def places(rooms: list[int]) -> list[tuple[int, datetime]]:
    """Free hours, each bookable once."""
    monday = datetime(2026, 3, 9, 9)
    return [
        (room, monday + timedelta(days=day, hours=hour))
        for day in range(40)
        if (monday + timedelta(days=day)).isoweekday() < 6
        for hour in range(8)
        for room in rooms
    ]


def import_file(folder: Path) -> Path:
    """Customers for ``frontdesk import``."""
    path = folder / "import.json"
    people = [{"id": 500_000 + index, "first_name": "A", "last_name": str(index)} for index in range(IMPORTED)]
    for person in people:
        person["email"] = f"import-{person['id']}@example.com"
    path.write_text(json.dumps({"customers": people}))
    return path
