"""Checks of ``frontdesk check`` beyond the configuration: problems that would only appear when the server runs."""

import os
import pwd
import socket
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from core import granian_engine
from core.background import addresses_beside
from core.config import Config, StartupError
from core.config_checks import host_and_port, sqlite_file
from core.console.dialect import make_console
from core.datastore import check_limits_store, check_sqlite_file
from core.dialect_checks import check_dialects
from core.plugins import Manager

_LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))


def run_checks(config: Config, manager: Manager) -> list[str]:
    """Refuse what cannot work; returns a sentence for each setting that may be a mistake.

    Raises:
        StartupError: The datastore's file cannot be used, or the store of the rate limits does not answer.
    """
    check_sqlite_file(config)
    check_limits_store(config)
    _check_bind(config, "server.bind", config.server.bind)
    for setting, address in addresses_beside(config).items():
        _check_bind(config, setting, address)
    _check_console(config, manager)
    if config.server.engine == "granian":
        granian_engine.check_installed()
    warnings = [_warn_no_dialect(manager), _warn_url_port(config), _warn_store_owner(config)]
    return [warning for warning in warnings if warning]


def _check_console(config: Config, manager: Manager) -> None:
    """Refuse a console whose prefix or pages a plugin has."""
    if config.console.enabled:
        console = make_console(config, manager, clock=manager.host.clock, readiness=dict)
        check_dialects([*([] if config.console.bind else [("core", console)]), *manager.dialects])


def _warn_no_dialect(manager: Manager) -> str:
    return "" if manager.dialects else "no plugin with an API is enabled, so nothing can be booked"


def _warn_url_port(config: Config) -> str:
    """Warn when links lead to a port where nothing listens."""
    if not config.site_url_is_set or config.server.bind.startswith("unix:") or config.server.trusted_proxies:
        return ""
    url = urlsplit(config.site.url)
    port = url.port or (443 if url.scheme == "https" else 80)
    if url.hostname in _LOOPBACK and port != host_and_port(config.server.bind)[1]:
        return f"[site] url is {config.site.url}, but the server listens on {config.server.bind}"
    return ""


def _check_bind(config: Config, key: str, bind: str) -> None:
    """Refuse a host name without an address, and a folder where no socket can be created."""
    setting = f"{config.source}: {key}"
    if bind.startswith("unix:"):
        folder = Path(bind.removeprefix("unix:")).parent
        if not folder.is_dir():
            raise StartupError(f"{setting}: the folder {folder} does not exist.")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StartupError(f"{setting}: the folder {folder} does not let this user make a socket.")
        return
    host, _ = host_and_port(bind)
    try:
        socket.getaddrinfo(host, None)
    except OSError as error:
        raise StartupError(f"{setting}: {host!r} is no address of this machine ({error}).") from None


def _warn_store_owner(config: Config) -> str:
    """Warn about a datastore of another user: it works until the server runs as that user."""
    file = sqlite_file(config.database.url)
    if file is None or not file.exists() or file.stat().st_uid == os.geteuid():
        return ""
    owner: object = file.stat().st_uid
    with suppress(KeyError):
        owner = pwd.getpwuid(file.stat().st_uid).pw_name
    return f"the datastore {file} belongs to {owner}; run the server as that user"
