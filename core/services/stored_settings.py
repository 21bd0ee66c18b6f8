"""Settings of plugins in the datastore: over the defaults, under ``config.toml`` and the environment.

Only their values are known here; ``core.plugin_settings`` knows what they mean. Every change increases one number, the
version, in its own transaction: whoever uses settings compares it with the version that it has read.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from core.db import execute, fetch_all, writing
from core.kept_reads import fetch_setup
from core.services import actors
from core.services.events import record_event
from core.services.repository import to_epoch, to_instant
from core.subject_locks import lock_subjects

#: Bytes that one value may have as JSON.
MAX_VALUE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class StoredSetting:
    """One value, with who changed it last; ``changed_at`` is aware UTC."""

    value: Any
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class StoredSettings:
    """All of them, by plugin and dotted key, as of one version; 0 before the first change."""

    version: int = 0
    by_plugin: Mapping[str, Mapping[str, StoredSetting]] = field(default_factory=dict)

    def values_of(self, plugin: str) -> dict[str, Any]:
        """The values of one plugin by dotted key."""
        return {key: stored.value for key, stored in self.by_plugin.get(plugin, {}).items()}


def current_version() -> int:
    """The version of the settings in the datastore; for every request, so a single read of one row."""
    rows = fetch_setup("SELECT version FROM setting_version WHERE id = 1")
    return int(rows[0][0]) if rows else 0


def read() -> StoredSettings:
    """Everything that is stored. Values that change meanwhile may be in it already; the next version then says so."""
    version = current_version()
    by_plugin: dict[str, dict[str, StoredSetting]] = {}
    for plugin, key, value, changed_at, changed_by in fetch_all(
        "SELECT plugin, key, value, changed_at, changed_by FROM setting"
    ):
        stored = StoredSetting(msgspec.json.decode(value), to_instant(changed_at), changed_by)
        by_plugin.setdefault(plugin, {})[key] = stored
    return StoredSettings(version, by_plugin)


def save(
    plugin: str,
    values: Mapping[str, Any],
    removed: Collection[str],
    *,
    expected_version: int,
    now: datetime,
    changes: Mapping[str, Mapping[str, Any]],
) -> bool:
    """Store and remove values of one plugin for the current actor, and record the event.

    Args:
        values: Plain data by dotted key.
        removed: The keys that fall back to what they are without the datastore.
        changes: ``{key: {"old": value, "new": value}}`` for the event, secrets masked.

    Returns:
        False where the version is another one; then nothing has changed.
    """
    with writing():
        lock_subjects([("settings", 0)])
        if current_version() != expected_version:
            return False
        for key, value in values.items():
            execute(
                "INSERT INTO setting (plugin, key, value, changed_at, changed_by) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (plugin, key) DO UPDATE SET value = excluded.value,"
                " changed_at = excluded.changed_at, changed_by = excluded.changed_by",
                (plugin, key, msgspec.json.encode(value).decode(), to_epoch(now), actors.current().name),
            )
        for key in removed:
            execute("DELETE FROM setting WHERE plugin = ? AND key = ?", (plugin, key))
        increase_version()
        record_event("setting.changed", "plugin", 0, now=now, data={"plugin": plugin, "settings": dict(changes)})
    return True


def remove_plugin(plugin: str) -> int:
    """Remove every value of a plugin; returns their number."""
    with writing():
        lock_subjects([("settings", 0)])
        removed = execute("DELETE FROM setting WHERE plugin = ?", (plugin,))
        if removed:
            increase_version()
    return removed


def increase_version() -> None:
    """Make every process load its plugins again; in the transaction of a change."""
    execute(
        "INSERT INTO setting_version (id, version) VALUES (1, 1)"
        " ON CONFLICT (id) DO UPDATE SET version = setting_version.version + 1"
    )
