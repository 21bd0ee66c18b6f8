"""The settings of a plugin in layers: the struct's defaults, the datastore, ``config.toml``, the environment.

A later layer wins. What ``config.toml`` or the environment says is locked: ``core.settings_changes`` changes only what
they leave open.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from core.config import Config, ConfigError, decode_table, set_from_text
from core.services.stored_settings import StoredSettings
from core.setting_fields import SettingField, is_section, section_help, setting_fields, to_plain

DEFAULT, DATASTORE = "default", "datastore"


class NoSettings(Struct, frozen=True):
    """The settings of a plugin that registers none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingState:
    """One setting as it is now.

    Attributes:
        default: What the plugin says; plain data, masked where it is secret.
        value: What holds; plain data, masked where it is secret.
        source: Where that comes from: "default", "datastore", the configuration file, or the name of a variable.
        is_locked: Whether the configuration sets it, so that it cannot be changed here.
        changed_at: When it was last changed in the datastore, aware UTC; None where nothing is stored.
        changed_by: By whom.
    """

    key: str
    type: str
    schema: dict[str, Any]
    default: Any
    value: Any
    source: str
    is_locked: bool
    is_secret: bool
    help: str
    changed_at: datetime | None = None
    changed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginSettings:
    """The settings of one plugin.

    Attributes:
        help: What its struct says about all of them.
        sections: What nested structs say, by dotted path.
    """

    plugin: str
    help: str
    sections: Mapping[str, str]
    settings: Sequence[SettingState]


def load_settings(config: Config, plugin: str, struct: type[Struct], stored: StoredSettings) -> Any:
    """An instance of the struct from all layers.

    Raises:
        ConfigError: A value cannot be used; the sentence names its place.
    """
    place = f"{config.source}: plugins.{plugin}"
    table = layered_table(config, plugin, struct, stored.values_of(plugin))
    try:
        return decode_table(table, struct, place)
    except ConfigError as error:
        # The mistake may be in the configuration alone.
        decode_table(layered_table(config, plugin, struct, {}), struct, place)
        sentence = str(error).removeprefix(f"{config.source}: plugins.").rstrip(".")
        raise ConfigError(
            f"a setting in the datastore cannot be used: {sentence}; change it with: frontdesk settings set {plugin},"
            f" or take it out with: frontdesk settings unset {plugin}"
        ) from None


def layered_table(config: Config, plugin: str, struct: type[Struct], values: Mapping[str, Any]) -> dict[str, Any]:
    """The table of a plugin from the datastore's values by dotted key, the file and the environment.

    Raises:
        ConfigError: A variable of the environment names no setting, or its text does not fit.
    """
    table: dict[str, Any] = {}
    known = setting_fields(struct)
    for key, value in values.items():
        # What another version of the plugin had is left alone.
        if key in known:
            *path, name = known[key].path
            inner = table
            for part in path:
                inner = inner.setdefault(part, {})
            inner[name] = value
    table = _merge(table, config.plugins.tables.get(plugin, {}), struct)
    for owner, variable_path, text, variable in config.plugins.environment:
        if owner == plugin:
            set_from_text(table, struct, variable_path, text, variable)
    return table


def _merge(table: dict[str, Any], written: Mapping[str, Any], struct: type[Struct]) -> dict[str, Any]:
    kinds = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    merged = dict(table)
    for key, value in written.items():
        inside = isinstance(value, dict) and is_section(kinds.get(key))
        merged[key] = _merge(merged.get(key, {}), value, kinds[key]) if inside else value
    return merged


def locked_by(config: Config, plugin: str, key: str) -> str:
    """What sets a key in the configuration: the name of a variable or of the file; empty where nothing does."""
    path = tuple(key.split("."))
    for owner, variable_path, _, variable in config.plugins.environment:
        if owner == plugin and path[: len(variable_path)] == tuple(variable_path):
            return variable
    table: Any = config.plugins.tables.get(plugin, {})
    for part in path:
        if not isinstance(table, dict) or part not in table:
            return ""
        table = table[part]
    return config.source


def unknown_settings(plugin: str, struct: type[Struct], stored: StoredSettings) -> list[str]:
    """The stored keys that the plugin does not have."""
    return sorted(stored.values_of(plugin).keys() - setting_fields(struct).keys())


def describe_settings(config: Config, plugin: str, struct: type[Struct], stored: StoredSettings) -> PluginSettings:
    """Every setting of a plugin: what it is, what it says now and where that comes from."""
    table = layered_table(config, plugin, struct, stored.values_of(plugin))
    sections = section_help(struct)
    return PluginSettings(
        plugin=plugin,
        help=sections.pop(""),
        sections=sections,
        settings=[_describe(config, plugin, field, table, stored) for field in setting_fields(struct).values()],
    )


def _describe(
    config: Config, plugin: str, field: SettingField, table: Mapping[str, Any], stored: StoredSettings
) -> SettingState:
    entry = stored.by_plugin.get(plugin, {}).get(field.key)
    lock = locked_by(config, plugin, field.key)
    return SettingState(
        key=field.key,
        type=field.type,
        schema=field.schema,
        default=field.masked(field.default),
        value=field.masked(value_in(table, field)),
        source=lock or (DEFAULT if entry is None else DATASTORE),
        is_locked=bool(lock),
        is_secret=field.is_secret,
        help=field.help,
        changed_at=None if entry is None else entry.changed_at,
        changed_by="" if entry is None else entry.changed_by,
    )


def value_in(table: Mapping[str, Any], field: SettingField) -> Any:
    """The value of a setting in a layered table, as plain data."""
    inner: Any = table
    for part in field.path:
        if not isinstance(inner, Mapping) or part not in inner:
            return field.default
        inner = inner[part]
    return to_plain(inner)
