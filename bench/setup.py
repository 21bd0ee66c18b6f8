"""Creates the measured store: configuration, services, keys, first bookings, and the generated ones.

Run as ``python -m bench.setup FOLDER ROWS``; writes ``business.json`` beside the store.
"""

import json
import sys
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from bench import byhand, console, data
from bench.data import Business
from bench.processes import ROOT
from frontdesk.testing.built_in import DRIVERS, BuiltIn
from frontdesk.testing.drivers import OverHttp, through_webtest

#: Rate limits would end the measurement; counting calls stays part of it.
_SETTINGS = {
    "bookingpress": "rate_limit_minute = 1_000_000_000\nrate_limit_hour = 1_000_000_000\n",
    "bookablesites": "calls_per_minute = 1_000_000\nwrites_per_minute = 1_000_000\ntoken_seconds = 86_400\n",
}


def dialects_here() -> list[str]:
    """The dialects whose plugins are installed."""
    return [name for name in DRIVERS if (ROOT / "plugins" / name / "__init__.py").exists()]


def write_config(folder: Path, dialects: list[str], durability: str, url: str) -> Path:
    """The configuration of the measured server: defaults, except for the clock and the rate limits.

    Args:
        url: Of the store.
    """
    path = folder / "config.toml"
    lines = [
        "[server]",
        "workers = 2",
        "[database]",
        f'url = "{url}"',
        f'durability = "{durability}"',
        "[site]",
        'timezone = "UTC"',
        "[sandbox]",
        f'now = "{data.NOW.isoformat()}"',
        "[plugins]",
        f"enabled = {json.dumps(dialects)}",
    ]
    lines += [f"[plugins.{name}]\n{_SETTINGS[name]}" for name in dialects if name in _SETTINGS]
    path.write_text("\n".join(lines) + "\n")
    return path


def make_store(folder: Path, count: int) -> None:
    """Create everything that must exist before the server starts."""
    from webtest import TestApp

    from core import app as host
    from core import db
    from core.config import load_config

    config = load_config(folder / "config.toml")
    manager = host.start(config, migrate=True)
    app = TestApp(host.create_app(config, manager=manager))
    business = data.make_services()
    keys: dict[str, dict[str, Any]] = {}
    templates: dict[str, int] = {}
    for index, (name, kind) in enumerate(manager.credentials.items()):
        _, fields = kind.create(label="bench", permissions=None, user=None, expires_at=None, now=data.NOW)
        keys[name] = dict(fields)
        client = DRIVERS[name](through_webtest(app), keys[name])
        booked = client.book(business.busy[index], datetime(2026, 3, 3, data.OPENS) + timedelta(days=20))
        if not booked.booked or booked.id is None:
            raise SystemExit(f"bench: {name} does not book: {booked.status} {booked.body}")
        templates[name] = booked.id
    console.add_operator(data.NOW)
    data.fill(business, templates or {"core": data.template(business.busy[0])}, count, tell=_say)
    (folder / "business.json").write_text(
        json.dumps({"business": asdict(business), "keys": keys}, default=lambda value: value.isoformat())
    )
    db.close_database()


def read_business(folder: Path) -> tuple[Business, dict[str, dict[str, Any]]]:
    """The business, and the fields of a key per dialect."""
    stored = json.loads((folder / "business.json").read_text())
    business = Business(**stored["business"])
    business.full = datetime.fromisoformat(stored["business"]["full"])
    return business, stored["keys"]


def reopen(folder: Path, port: int) -> tuple[Business, dict[str, BuiltIn]]:
    """The business, and a client per dialect for the server on ``port``."""
    business, keys = read_business(folder)
    return business, {name: DRIVERS[name](OverHttp("127.0.0.1", port), fields) for name, fields in keys.items()}


def _say(text: str) -> None:
    print(f"bench: {text}", file=sys.stderr)


if __name__ == "__main__":
    make_store(Path(sys.argv[1]), int(sys.argv[2]))
    byhand.fill(Path(sys.argv[1]), int(sys.argv[2]))
