"""The WSGI application of a worker: Falcon's, replaced by a new one when a setting of a plugin changes.

Every request to a dialect compares the version of the settings in the datastore with the one that its application was
built with (``VersionCheck``). Where they differ, one thread loads the plugins again and builds another application;
it answers this request and all later ones. Requests that are running end on the old one.
"""

import gc
import threading
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias, TypeVar

import falcon

from core import kept_reads, request_budget
from core.config import StartupError
from core.engines import DATABASE_ERRORS, storage_problem
from core.errors import DatastoreUnavailable
from core.http.middleware import REPEATED_KEY, SettingsChanged, roll_back
from core.logs import get_logger
from core.plugins import Manager
from core.services import stored_settings

log = get_logger("frontdesk.settings")

App: TypeAlias = "falcon.App[falcon.Request, falcon.Response]"
T = TypeVar("T")


class LiveApplication:
    """A WSGI application with a budget for each request and no transaction left open, however the request ends.

    Args:
        manager: The loaded plugins; their services are connected.
        build: ``build(manager, check)`` is Falcon's application; it calls ``check()`` for a request to a dialect.
        reload: The same plugins with the settings of now.
        connect: Connects them to the services.
    """

    def __init__(
        self,
        manager: Manager,
        *,
        build: Callable[[Manager, Callable[[], None]], App],
        reload: Callable[[Manager], Manager],
        connect: Callable[[Manager], None],
    ) -> None:
        self._build, self._reload, self._connect = build, reload, connect
        self._turn = threading.Lock()
        self.manager = manager
        self._check = VersionCheck(manager.settings_version)
        self._app = build(manager, self._check)

    def __call__(self, env: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        allowance = request_budget.current()
        if allowance is None:
            # The server sets no budget of its own.
            allowance = request_budget.RequestBudget()
            request_budget.set_current(allowance)
        try:
            try:
                return self._app(env, start_response)
            except SettingsChanged:
                env[REPEATED_KEY] = True
                self._renew()
                return self._app(env, start_response)
        finally:
            kept_reads.stop()
            request_budget.finish(allowance)
            # A transaction is open here only when the worker is being stopped.
            roll_back(env, None)

    def _renew(self) -> None:
        """Build the application for the current settings, unless another thread has; keep the old one on failure."""
        if not self._turn.acquire(timeout=request_budget.WORK_SECONDS):
            return
        try:
            version = stored_settings.current_version()
            if version == self._check.version:
                return
            renewed = try_reload(self._load_again)
            if renewed is None:
                self._check.version = version
                return
            manager, check, app = renewed
            self._connect(manager)
            self.manager, self._check, self._app = manager, check, app
        except (*DATABASE_ERRORS, DatastoreUnavailable):
            # The request finds out by itself; the next one tries again.
            return
        finally:
            self._turn.release()
        _collect_old_objects()

    def _load_again(self) -> tuple[Manager, "VersionCheck", App]:
        manager = self._reload(self.manager)
        check = VersionCheck(manager.settings_version)
        return manager, check, self._build(manager, check)


class VersionCheck:
    """Compares the settings in the datastore with those of one application.

    Every application has its own: a request may have reached an old one at the moment in which it was replaced.
    """

    def __init__(self, version: int) -> None:
        #: The version that the application was built with, or a later one that no application can be built with.
        self.version = version

    def __call__(self) -> None:
        """Check.

        Raises:
            SettingsChanged: They are other ones.
        """
        if is_other_version(self.version):
            raise SettingsChanged


def is_other_version(version: int) -> bool:
    """Whether the settings in the datastore have another version; False where the datastore cannot say."""
    try:
        return stored_settings.current_version() != version
    except (*DATABASE_ERRORS, DatastoreUnavailable):
        return False


def try_reload(load: Callable[[], T]) -> T | None:
    """What ``load`` makes of the settings of now; None, and one line in the log, where plugins cannot start with them.

    Raises:
        DatastoreUnavailable: The settings cannot be read; errors of the database pass as well.
    """
    try:
        new = load()
    except (Exception, SystemExit) as error:
        if storage_problem(error) is not None:
            raise
        reason = str(error) if isinstance(error, StartupError) else f"{type(error).__name__}: {error}"
        log.error("the settings cannot be used, the old ones stay", reason=reason)
        return None
    log.info("settings read again")
    return new


def _collect_old_objects() -> None:
    """Free the application before the last one, where the server keeps the objects of its start out of collections."""
    if gc.get_freeze_count():
        gc.unfreeze()
        gc.collect()
        gc.freeze()
