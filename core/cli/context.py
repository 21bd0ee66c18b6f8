"""What all commands share: the configuration, the plugins, and output for people and for programs."""

import dataclasses
import getpass
import json
import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from core.config import Config, load_config, make_clock

if TYPE_CHECKING:
    from core.plugins import Manager
    from core.services.stored_settings import StoredSettings


class Session:
    """One run of the command line."""

    def __init__(self, path: Path | None, plugins_dir: Path | None = None) -> None:
        self._path = path
        self._config: Config | None = None
        self._manager: Manager | None = None
        self._live: Manager | None = None
        #: Changes of the command line to every configuration that is read.
        self._changes: list[Callable[[Config], Config]] = []
        #: The folder that ``--plugins-dir`` names.
        self.plugins_folder = None if plugins_dir is None else plugins_dir.resolve()
        if plugins_dir is not None:
            folder = plugins_dir.resolve()
            self._changes.append(lambda config: use_plugins_folder(config, folder))

    @property
    def config(self) -> Config:
        """The configuration; read on first use, because ``--help`` needs none."""
        if self._config is None:
            self._config = self.reload_config()
        return self._config

    def reload_config(self) -> Config:
        """The current content of the configuration file, with the changes of the command line."""
        config = load_config(self._path)
        for change in self._changes:
            config = change(config)
        return config

    def _change(self, change: Callable[[Config], Config]) -> None:
        self._config = change(self.config)
        self._changes.append(change)

    def set_site_url(self, url: str, *, force: bool = False) -> None:
        """Make links lead to ``url``; for commands that announce where they serve.

        Args:
            force: Also where the configuration sets another URL.
        """

        def change(config: Config) -> Config:
            if config.site_url_is_set and not force:
                return config
            return msgspec.structs.replace(config, site=dataclasses.replace(config.site, url=url))

        self._change(change)

    def use_quiet_logging(self) -> None:
        """Log warnings and errors only."""

        def change(config: Config) -> Config:
            server = msgspec.structs.replace(config.server, log_level="warning", access_log=False)
            return msgspec.structs.replace(config, server=server)

        self._change(change)

    @property
    def clock(self) -> Callable[[], datetime]:
        return make_clock(self.config)

    def plugins(self) -> "Manager":
        """The plugins with the settings of the configuration alone, without opening the datastore."""
        if self._manager is None:
            from core.services.stored_settings import StoredSettings

            self._manager = self._load(StoredSettings())
        return self._manager

    def live_plugins(self) -> "Manager":
        """The plugins with the settings of the datastore too, if there is one.

        Raises:
            StartupError: The datastore cannot be opened, or a plugin cannot start with a setting in it.
        """
        from core.datastore import read_settings

        stored = read_settings(self.config)
        if not stored.version:
            return self.plugins()
        if self._live is None or self._live.settings_version != stored.version:
            self._live = self._load(stored)
        return self._live

    def _load(self, stored: "StoredSettings") -> "Manager":
        from core.datastore import open_limiter
        from core.plugins import load_plugins

        return load_plugins(self.config, clock=self.clock, limiter=open_limiter(self.config), stored=stored)

    @property
    def is_configured(self) -> bool:
        """Whether a configuration file was named."""
        return self._path is not None

    def use_config_file(self, path: Path) -> None:
        """Use another configuration file."""
        self._path, self._config, self._manager, self._live = path, None, None, None

    def start(self, *, migrate: bool = False, create: bool = False, must_exist: bool = True) -> "Manager":
        """The plugins, with the datastore open and the services connected.

        Args:
            migrate, create: As for ``open_datastore``.
            must_exist: Refuse a datastore that does not exist; commands that only read must not create one.
        """
        from core.app import connect
        from core.datastore import open_datastore

        manager = self.live_plugins()
        open_datastore(self.config, manager.migration_owners, apply=migrate, create=create, must_exist=must_exist)
        connect(self.config, manager)
        self.name_actor()
        return manager

    def name_actor(self) -> None:
        """Make the user of the command line the actor of all changes."""
        from core.services import actors

        actors.set_current(f"command:{_user_name()}")


def _user_name() -> str:
    """Who runs this command, as the system knows them."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def use_plugins_folder(config: Config, folder: Path) -> Config:
    """The same configuration with another folder of plugins."""
    return msgspec.structs.replace(config, plugins=msgspec.structs.replace(config.plugins, path=folder))


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command ``--json``, passed on as ``as_json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print for programs.")(command)


def print_result(value: Any, as_json: bool, text: str | Callable[[], str]) -> None:
    """Print ``value`` as one line of JSON, or ``text``."""
    if as_json:
        click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False))
        return
    text = text() if callable(text) else text
    if text:
        click.echo(text)


def format_table(rows: list[tuple[Any, ...]], header: tuple[str, ...]) -> str:
    """Rows in columns."""
    cells = [header, *[tuple("" if cell is None else str(cell) for cell in row) for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )


def pick_entry(kind: str, name: str, entries: Any) -> Any:
    """The entry called ``name``; raises ``StartupError`` with the existing names."""
    from core.config import StartupError
    from core.suggestions import nearest_name

    if name in entries:
        return entries[name]
    suggestion = nearest_name(name, entries)
    hint = f"did you mean {suggestion!r}?" if suggestion else f"there are {', '.join(sorted(entries)) or 'none'}."
    raise StartupError(f"the enabled plugins bring no {kind} called {name!r}; {hint}")
