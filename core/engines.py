"""The two databases: opening, detecting dead connections, and telling database trouble from bugs.

Peewee's classes leave three gaps. They notice a connection that the server has closed only when a statement fails; a
rollback that is no longer possible raises in place of the original error; and trouble in the database arrives as one of
many driver errors.
"""

import errno
import select
import sqlite3
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from peewee import (  # type: ignore[attr-defined]  # peewee defines its wrapper when it is imported
    InterfaceError,
    OperationalError,
    PeeweeException,
    PostgresqlDatabase,
    SqliteDatabase,
    __exception_wrapper__,
)

from core import commit_timeout
from core.errors import DatastoreUnavailable

#: Errors of a statement, or of reading its rows: peewee wraps only the former.
DATABASE_ERRORS = (PeeweeException, sqlite3.Error)

#: Connection options for libpq, unless the URL sets them: an unreachable host is given up after seconds instead of the
#: operating system's minutes or hours.
_CONNECTION_OPTIONS = {
    "application_name": "frontdesk",
    "connect_timeout": "5",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}

#: SQLite's result codes for trouble with the file, the disk or other users; all others are bugs.
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "busy",
    sqlite3.SQLITE_LOCKED: "busy",
    sqlite3.SQLITE_PROTOCOL: "busy",
    sqlite3.SQLITE_INTERRUPT: "busy",
    sqlite3.SQLITE_NOMEM: "resources",
    sqlite3.SQLITE_READONLY: "read_only",
    sqlite3.SQLITE_PERM: "read_only",
    sqlite3.SQLITE_IOERR: "disk",
    sqlite3.SQLITE_FULL: "full",
    sqlite3.SQLITE_CANTOPEN: "unreachable",
    sqlite3.SQLITE_CORRUPT: "damaged",
    sqlite3.SQLITE_NOTADB: "damaged",
}

#: The same for PostgreSQL: classes of SQLSTATE by two characters, single ones by five.
_POSTGRES_REASONS = {
    "08": "unreachable",
    "53": "resources",
    "57": "unreachable",
    "58": "disk",
    "XX001": "damaged",
    "XX002": "damaged",
    "25006": "read_only",
    "40001": "busy",
    "40P01": "busy",
    "55P03": "busy",
    "57014": "busy",
    "53100": "full",
}

_ERRNO_REASONS = {
    errno.ENOSPC: "full",
    errno.EDQUOT: "full",
    errno.EFBIG: "full",
    errno.EROFS: "read_only",
    errno.EACCES: "read_only",
    errno.EPERM: "read_only",
    errno.EIO: "disk",
}

#: SQLSTATEs of a lock or statement timeout, and the SQLite codes (busy, locked, interrupted).
_TIMEOUT_STATES = frozenset(("55P03", "57014"))
_SQLITE_TIMEOUT_CODES = frozenset((5, 6, 9))

_SENTENCES = {
    "busy": "the datastore is busy",
    "resources": "the database has no room for more work",
    "read_only": "the datastore cannot be written to",
    "disk": "the disk of the datastore fails",
    "full": "the disk of the datastore is full",
    "unreachable": "the datastore cannot be reached",
    "damaged": "the datastore is damaged",
    "unconfirmed": "no replica has confirmed a commit",
}


def storage_problem(error: BaseException | None) -> DatastoreUnavailable | None:
    """The ``DatastoreUnavailable`` that this error means, or None when it is not the datastore's fault.

    A statement that cannot succeed (no such table, a broken constraint) is a bug of the program.
    """
    if isinstance(error, DatastoreUnavailable):
        return error
    inner = _innermost(error)
    reason = _reason(inner)
    if reason is None:
        return None
    wait = 1 if reason == "busy" else 5
    return DatastoreUnavailable(retry_after=wait, reason=reason, detail=" ".join(str(inner).split())[:300])


def _innermost(error: BaseException | None) -> BaseException | None:
    """The driver's own error; peewee wraps it, and once more where a statement had to connect first."""
    for _ in range(5):
        origin = getattr(error, "orig", None) or (error.args[0] if error is not None and error.args else None)
        if not isinstance(origin, BaseException):
            break
        error = origin
    return error


def file_problem(error: OSError) -> DatastoreUnavailable:
    """The same for a file beside the datastore that cannot be opened or locked."""
    return DatastoreUnavailable(reason=_ERRNO_REASONS.get(error.errno or 0, "disk"), detail=str(error))


def is_lock_timeout(error: BaseException) -> bool:
    """Whether the database gave up waiting for another transaction."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    code = getattr(cause, "sqlite_errorcode", None)
    return getattr(cause, "sqlstate", None) in _TIMEOUT_STATES or (
        code is not None and code & 0xFF in _SQLITE_TIMEOUT_CODES
    )


def problem_sentence(error: DatastoreUnavailable) -> str:
    """The problem in words, for operators."""
    sentence = _SENTENCES.get(error.reason, "the datastore cannot be used")
    return f"{sentence} ({error.detail})" if error.detail else sentence


def describe_error(error: Exception) -> str:
    """One line about an error, for operators: the datastore's problem, or the message of the error."""
    in_trouble = storage_problem(error)
    return " ".join(str(error).split()) if in_trouble is None else problem_sentence(in_trouble)


def _reason(error: BaseException | None) -> str | None:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None:
            # An error of the module itself: undecodable text comes from a damaged page.
            return "damaged" if "decode to UTF-8" in str(error) else None
        return _SQLITE_REASONS.get(code & 0xFF)
    if type(error).__module__.partition(".")[0] != "psycopg":
        return None
    state = getattr(error, "sqlstate", None)
    if state is None:
        # Without a SQLSTATE it did not come from the server: the connection failed or broke.
        return "unreachable" if type(error).__name__ in ("OperationalError", "ConnectionTimeout") else None
    return _POSTGRES_REASONS.get(state) or _POSTGRES_REASONS.get(state[:2])


class Sqlite(SqliteDatabase):
    """An SQLite file."""

    #: Peewee's state of this thread; ``conn`` is its connection.
    _state: Any

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement. Peewee's own way to the connection takes as long as a small statement does."""
        if self.query_hooks or self._state.closed:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]  # peewee has no types
        with __exception_wrapper__:
            return self._state.conn.execute(sql, params or ())

    def rollback(self) -> None:
        """End the transaction, unless SQLite has ended it already, as it does when the disk is full."""
        if not self.is_closed() and self.connection().in_transaction:
            super().rollback()


class Postgres(PostgresqlDatabase):
    """A PostgreSQL server, reached directly or through a pooler."""

    #: Peewee's state of this thread; ``conn`` is its connection.
    _state: Any

    def __init__(self, url: str, *, prepared_statements: str = "auto") -> None:
        """Accept libpq's URL unchanged, several hosts and ``target_session_attrs`` included.

        Args:
            prepared_statements: "on", "off", or "auto": off behind a pooler, which may give each transaction to another
                server connection.
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        # An option of psycopg that libpq does not know.
        if options.pop("prepare_threshold", "") in ("null", "none", "None"):
            prepared_statements = "off"
        self._prepared_statements = prepared_statements
        self._timeouts: dict[str, int] = {}
        #: Server settings in the URL; they take precedence over ``set_timeouts``.
        self._server_options = options.get("options", "")
        # libpq does not decode a plus sign as a blank.
        query = urlencode({**_CONNECTION_OPTIONS, **options}, quote_via=quote)
        conninfo = urlunsplit(("postgresql", parts.netloc, parts.path, query, ""))
        super().__init__(conninfo, prefer_psycopg3=True)

    def _connect(self) -> Any:
        connection = super()._connect()  # type: ignore[misc]  # peewee declares it without a body
        connection.is_pooled = is_through_pooler(connection)
        setting = self._prepared_statements
        if setting == "off" or (setting == "auto" and connection.is_pooled):
            connection.prepare_threshold = None
        if self._timeouts and not connection.is_pooled:
            connection.execute(self._timeout_statements("SET"))
        connection.add_notice_handler(partial(_on_notice, connection))
        return connection

    def set_timeouts(self, **milliseconds: int) -> None:
        """Have the server abort what takes longer, from the next connection on.

        Args:
            milliseconds: By the name of the server's setting; settings in the URL take precedence.
        """
        self._timeouts = {name: value for name, value in milliseconds.items() if name not in self._server_options}

    def _timeout_statements(self, verb: str) -> str:
        return "; ".join(f"{verb} {name} = {value}" for name, value in self._timeouts.items())

    def commit(self) -> None:
        """Commit; without confirmation by a synchronous replica, the commit is not acknowledged.

        Raises:
            DatastoreUnavailable: The wait for the replica was given up.
        """
        connection = self.connection()
        commit_timeout.commit_started(connection)
        try:
            super().commit()
        finally:
            commit_timeout.commit_ended(connection)
        if getattr(connection, "unconfirmed", False):
            connection.unconfirmed = False
            raise DatastoreUnavailable(reason="unconfirmed", detail="committed here, but maybe on no replica")

    def new_connection(self) -> Any:
        """A connection besides this thread's; the caller closes it."""
        with __exception_wrapper__:
            return self._connect()

    def is_alive(self) -> bool:
        """Whether this thread's idle connection still works; asks only the operating system.

        The server owes no answer, so anything it has sent announces the end of the connection.
        """
        connection = self._state.conn
        if connection is None or connection.closed:
            return False
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        return not poll.poll(0)

    def reopen(self) -> None:
        """Replace a dead connection."""
        self.close()
        self.connect()

    def _is_lost(self) -> bool:
        return not self.is_closed() and bool(self._state.conn.closed)

    def begin(self, isolation_level: Any = None) -> None:
        """Begin a transaction, on a new connection if the old one turns out to be dead."""
        try:
            super().begin(isolation_level)
        except (OperationalError, InterfaceError):
            if not self._is_lost():
                raise
            self.reopen()
            super().begin(isolation_level)
        if self._timeouts and self._state.conn.is_pooled:
            # A pooler reuses the connection: the settings must end with the transaction.
            with __exception_wrapper__:
                self.cursor().execute(self._timeout_statements("SET LOCAL"))

    def execute_sql(self, sql: str, params: Any = None) -> Any:
        """Run a statement; a SELECT outside a transaction is repeated if its connection turns out to be dead."""
        try:
            return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]  # peewee has no types
        except (OperationalError, InterfaceError):
            if self.in_transaction() or not self._is_lost() or not sql.startswith("SELECT"):
                raise
        self.reopen()
        return super().execute_sql(sql, params)  # type: ignore[no-untyped-call]  # peewee has no types

    def rollback(self) -> None:
        """End the transaction; one whose connection is gone has ended already."""
        if self.is_closed() or self._state.conn.closed:
            return
        try:
            super().rollback()
        except PeeweeException:
            # Its state is unknown; nothing may continue on it.
            self._state.conn.close()


def _on_notice(connection: Any, diagnostic: Any) -> None:
    # The server commits and warns. The text may be in any language, the function name is not.
    if diagnostic.source_function == "SyncRepWaitForLSN":
        connection.unconfirmed = True


def is_through_pooler(connection: Any) -> bool:
    """Whether a pooler is in between: it reports a process id of its own instead of the server's."""
    (pid,) = connection.execute("SELECT pg_backend_pid()", prepare=False).fetchone()
    return bool(pid != connection.pgconn.backend_pid)
