"""The database of a run: an SQLite file that is copied, or a database on a PostgreSQL server that is copied there."""

import shutil
import sqlite3
from pathlib import Path

from bench.processes import cpu_of

KINDS = ("sqlite", "postgres")
_MADE = "frontdesk_bench"


class SqliteStores:
    """Every store is a file in its folder."""

    label = f"SQLite {sqlite3.sqlite_version}"

    def url(self, folder: Path) -> str:
        return f"sqlite:///{folder}/bench.db"

    def copy(self, made: Path, folder: Path) -> str:
        """Copy a folder and its store; returns the URL of the copy."""
        shutil.copytree(made, folder)
        return self.url(folder)

    def cpu(self) -> float:
        """Seconds of processor time outside of the workers: none."""
        return 0.0


class PostgresStores:
    """Databases on one server, which comes with the package that the tests use; commits are durable here."""

    def __init__(self) -> None:
        import psycopg

        from frontdesk.testing.stores import postgres_server

        server = postgres_server()
        if isinstance(server, str):
            raise SystemExit(f"bench: {server}")
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for setting in ("fsync", "full_page_writes"):
                connection.execute(f"ALTER SYSTEM SET {setting} = on")
            connection.execute("SELECT pg_reload_conf()")
            version = connection.info.parameter_status("server_version")
        self.label = f"PostgreSQL {version}"
        self._master = int(Path(f"{server.pgdata}", "postmaster.pid").read_text().split()[0])

    def url(self, folder: Path) -> str:
        from frontdesk.testing.stores import postgres_url

        return postgres_url(_MADE)

    def copy(self, made: Path, folder: Path) -> str:
        """Copy a folder and its store; returns the URL of the copy."""
        from frontdesk.testing.stores import postgres_url

        shutil.copytree(made, folder)
        return postgres_url(f"{_MADE}_run", template=_MADE)

    def cpu(self) -> float:
        """Seconds of processor time of the server's processes."""
        children = Path(f"/proc/{self._master}/task/{self._master}/children").read_text().split()
        return cpu_of(self._master) + sum(cpu_of(int(pid)) for pid in children)


Stores = SqliteStores | PostgresStores


def open_stores(kind: str) -> Stores:
    """The stores of a kind."""
    if kind not in KINDS:
        raise SystemExit(f"bench: BENCH_DATABASE is one of {', '.join(KINDS)}, not {kind!r}")
    return SqliteStores() if kind == "sqlite" else PostgresStores()
