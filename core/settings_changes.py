"""Changes plugins' settings in the datastore while the server runs; every process sees them at its next request."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any

import msgspec
from msgspec import Struct

from core.config import Config, ConfigError, StartupError, decode_table
from core.plugin_settings import layered_table, locked_by, value_in
from core.plugins import Manager, load_plugins
from core.services import actors, stored_settings
from core.services.stored_settings import MAX_VALUE_BYTES, StoredSetting, StoredSettings
from core.setting_fields import MASK, SettingField, setting_fields
from core.suggestions import suggestion

#: Attempts while others change settings at the same time.
_ATTEMPTS = 10


class Reset(Enum):
    """The value that takes a setting out of the datastore, so that the default holds again."""

    RESET = "reset"


RESET = Reset.RESET


class SettingRefused(StartupError):
    """A setting cannot be changed that way; ``key`` is its dotted key, empty where several are meant."""

    def __init__(self, sentence: str, key: str = "") -> None:
        super().__init__(sentence)
        self.key = key


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting that changed, with its values before and after; secrets masked."""

    key: str
    old: Any
    new: Any


def struct_of(manager: Manager, plugin: str) -> type[Struct]:
    """The struct of an enabled plugin's settings.

    Raises:
        SettingRefused: The plugin is not enabled, or has no settings.
    """
    structs = {loaded.name: loaded.struct for loaded in manager.plugins}
    if plugin not in structs:
        raise SettingRefused(f"there is no enabled plugin {plugin!r}{suggestion(plugin, structs)}")
    if not structs[plugin].__struct_fields__:
        raise SettingRefused(f"the plugin {plugin!r} has no settings.")
    return structs[plugin]


def change_settings(
    config: Config,
    manager: Manager,
    plugin: str,
    changes: Mapping[str, Any],
    *,
    now: datetime,
    by: str = "",
) -> list[SettingChange]:
    """Change settings of one plugin, all of them or none.

    Before anything is stored, the whole table is decoded and every plugin is loaded with it, as at a start.

    Args:
        config: As the server was started with.
        manager: The enabled plugins, as of any version of their settings.
        changes: Plain data by dotted key, or ``RESET``.
        by: Who changes them (``core.services.actors``); by default the current actor.

    Returns:
        What is different from before; nothing is stored and told where nothing is.

    Raises:
        SettingRefused: A key is unknown or locked, a value does not fit, or a plugin cannot start with it.
        DatastoreUnavailable: It could not be stored.
    """
    by = by or actors.current().name
    struct = struct_of(manager, plugin)
    fields = setting_fields(struct)
    plain = {key: _as_stored(plugin, key, value) for key, value in changes.items()}
    for _ in range(_ATTEMPTS):
        stored = stored_settings.read()
        for key in changes:
            _check_key(config, plugin, key, fields, stored)
        candidate = _with_changes(stored, plugin, plain, by=by, now=now)
        removed = stored.by_plugin.get(plugin, {}).keys() - candidate.by_plugin[plugin].keys()
        values = {
            key: value
            for key, value in candidate.values_of(plugin).items()
            if key not in stored.by_plugin.get(plugin, {}) or stored.values_of(plugin)[key] != value
        }
        if not removed and not values:
            return []
        # Taking something out must work while what is stored cannot be used as a whole.
        if values or _problem(config, manager, plugin, struct, stored) is None:
            problem = _problem(config, manager, plugin, struct, candidate)
            if problem is not None:
                raise problem
        different = _differences(config, plugin, struct, stored, candidate, {*values, *removed})
        with actors.acting(by, actors.current().reason):
            is_saved = stored_settings.save(
                plugin,
                values,
                sorted(removed),
                expected_version=stored.version,
                now=now,
                changes={change.key: {"old": change.old, "new": change.new} for change in different},
            )
        if is_saved:
            return different
    raise SettingRefused("other settings change all the time; try again.")


def _check_key(
    config: Config, plugin: str, key: str, fields: Mapping[str, SettingField], stored: StoredSettings
) -> None:
    lock = locked_by(config, plugin, key) if key in fields else ""
    if lock:
        raise SettingRefused(f"{plugin}.{key} is set in {lock} and can only be changed there.", key)
    if key in fields or key in stored.by_plugin.get(plugin, {}):
        return
    inside = [name for name in fields if name.startswith(f"{key}.")]
    if inside:
        raise SettingRefused(f"{plugin}.{key} has parts; name one of them, such as {inside[0]}.", key)
    raise SettingRefused(f"the plugin {plugin!r} has no setting {key!r}{suggestion(key, fields)}", key)


def _as_stored(plugin: str, key: str, value: Any) -> Any:
    """A value as it comes back from the datastore."""
    if value is RESET:
        return value
    try:
        text = msgspec.json.encode(value)
    except (TypeError, ValueError, OverflowError):
        raise SettingRefused(f"{plugin}.{key}: is no plain data.", key) from None
    if len(text) > MAX_VALUE_BYTES:
        raise SettingRefused(f"{plugin}.{key}: is longer than {MAX_VALUE_BYTES} bytes.", key)
    return msgspec.json.decode(text)


def _with_changes(
    stored: StoredSettings, plugin: str, changes: Mapping[str, Any], *, by: str, now: datetime
) -> StoredSettings:
    entries = dict(stored.by_plugin.get(plugin, {}))
    for key, value in changes.items():
        if value is RESET:
            entries.pop(key, None)
        else:
            entries[key] = StoredSetting(value, now, by)
    return replace(stored, by_plugin={**stored.by_plugin, plugin: entries})


def _problem(
    config: Config, manager: Manager, plugin: str, struct: type[Struct], stored: StoredSettings
) -> SettingRefused | None:
    """What is wrong with the settings as they would be."""
    try:
        table = layered_table(config, plugin, struct, stored.values_of(plugin))
        decode_table(table, struct, plugin)
    except ConfigError as error:
        # The place may be an entry of a list: colours[0].
        key = str(error).partition(":")[0].removeprefix(f"{plugin}.").partition("[")[0]
        return SettingRefused(str(error), key if key in setting_fields(struct) else "")
    try:
        load_plugins(config, clock=manager.host.clock, limiter=manager.host.limiter, stored=stored)
    except StartupError as error:
        return SettingRefused(str(error))
    except SystemExit:
        return SettingRefused("a plugin would end the program with this.")
    return None


def _differences(
    config: Config,
    plugin: str,
    struct: type[Struct],
    before: StoredSettings,
    after: StoredSettings,
    keys: set[str],
) -> list[SettingChange]:
    old, new = (layered_table(config, plugin, struct, stored.values_of(plugin)) for stored in (before, after))
    fields = setting_fields(struct)
    changes = [
        SettingChange(key, field.masked(value_in(old, field)), field.masked(value_in(new, field)))
        for key, field in fields.items()
        if key in keys
    ]
    # Of what the plugin does not have, nobody knows whether it is secret.
    return changes + [SettingChange(key, MASK, None) for key in sorted(keys - fields.keys())]
