"""``core.wsgi:app``: the application for any WSGI server.

The configuration is the file that ``FRONTDESK_CONFIG`` names, else ``./config.toml``, and the environment. The server
must read bodies before it calls the application, or run behind a proxy that does; ``frontdesk background`` runs beside
it for background work.
"""

import os
from typing import Any

from core import logs
from core.app import create_app
from core.config import load_config
from core.db import close_database

#: The environment variable that names the file.
CONFIG_VARIABLE = "FRONTDESK_CONFIG"


def create() -> Any:
    """Build the application."""
    config = load_config(os.environ.get(CONFIG_VARIABLE))
    logs.configure(config.server.log_level)
    app = create_app(config)
    # A server may build it before it forks, and a connection does not survive a fork.
    close_database()
    return app


def __getattr__(name: str) -> Any:
    # Built on first access: importing this module opens no datastore.
    if name != "app":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    app = globals()["app"] = create()
    return app
