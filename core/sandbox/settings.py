"""The configuration of a sandbox: made here, without a file and without anything that names another datastore."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from core.config import ENV_PREFIX, Config, StartupError, built_in_plugins, parse_config
from core.plugin_discovery import find_plugin, known_plugins, load_source

SOURCE = "sandbox"
#: Variables of the environment that a sandbox heeds; others are those of a server that runs beside it.
_HEEDED = tuple(f"{ENV_PREFIX}{table}__" for table in ("PLUGINS", "SITE", "WEBHOOKS", "LIMITS"))
_THREADS = 32
_SECONDS_FOR_RECEIVERS = 5


def sandbox_config(
    store: Path,
    *,
    url: str,
    dialects: Sequence[str] = (),
    strict: bool = False,
    plugins_folder: Path | None = None,
    site: Mapping[str, Any] | None = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Config:
    """The configuration of a sandbox over the SQLite file ``store``.

    Args:
        dialects: Names of plugins, in order; all built-in ones without any.
        settings: Further settings of plugins, by their names.
        strict: Answer as the vendors do, limits included (``STRICT_SETTINGS`` of a plugin's module).

    Raises:
        StartupError: A plugin is unknown, or a setting cannot be used.
    """
    environ = os.environ if environ is None else environ
    heeded = {name: value for name, value in environ.items() if name.startswith(_HEEDED)}
    names = list(dict.fromkeys(dialects)) or list(built_in_plugins())
    document: dict[str, Any] = {
        "server": {"threads": _THREADS, "access_log": False, "log_level": "warning", "admin_bind": "public"},
        "database": {"url": f"sqlite:///{store}", "durability": "normal"},
        "site": {"name": "frontdesk sandbox", **(site or {}), "url": url},
        "webhooks": {"allow_private": True, "timeout": _SECONDS_FOR_RECEIVERS},
        "plugins": {"enabled": names},
        "console": {"enabled": False},
    }
    if plugins_folder is not None:
        document["plugins"]["path"] = str(plugins_folder)
    config = parse_config(document, source=SOURCE, environ=heeded)
    tables = _own_settings(config, "STRICT_SETTINGS" if strict else "SANDBOX_SETTINGS")
    for name, table in (settings or {}).items():
        tables[name] = {**tables.get(name, {}), **table}
    # Their environment is decoded later, over these tables.
    return msgspec.structs.replace(config, plugins=msgspec.structs.replace(config.plugins, tables=tables))


def _own_settings(config: Config, attribute: str) -> dict[str, dict[str, Any]]:
    """What the modules of the plugins set for a sandbox."""
    known = known_plugins(config.plugins.path)
    tables = {}
    for entry in config.plugins.enabled:
        source = find_plugin(entry, known, config)
        table = getattr(load_source(source), attribute, {})
        if not isinstance(table, dict):
            raise StartupError(f"plugin {source.name!r}: {attribute} must be a dict of settings.")
        if table:
            tables[source.name] = dict(table)
    return tables
