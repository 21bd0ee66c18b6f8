"""One sandbox: the plugins over an SQLite store, and the verbs of the control API."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core import demo
from core.app import connect, create_app
from core.config import Config
from core.config_checks import sqlite_file
from core.datastore import open_datastore
from core.db import close_database
from core.errors import Invalid
from core.plugins import Manager, load_plugins
from core.sandbox import refusals, seeds
from core.sandbox.clock import SandboxClock
from core.sandbox.faults import Faults
from core.sandbox.journal import Journal
from core.sandbox.snapshots import Snapshots
from core.sandbox.time_passing import TimePassing
from core.sandbox.turns import Turns
from core.sandbox.webhooks import MODES, WebhookBox
from core.services import credentials, filters
from core.suggestions import suggestion

#: Path below which the control API lies.
PREFIX = "/_sandbox"
#: The snapshot that a reset returns to; its name cannot be asked for.
_SEED = "\x00seed"
MAX_KEYS = 1000


class Sandbox:
    """A sandbox whose store is open in this process; ``close`` it.

    Args:
        config: As ``sandbox_config`` makes it.
        now: Where the clock stands; None lets it run.
        seed: As for ``read_seed``, or import documents by dialect.

    Raises:
        StartupError: A plugin, a setting, the store or the seed cannot be used.
    """

    def __init__(self, config: Config, *, now: datetime | None = None, seed: str | Mapping[str, Any] = "demo") -> None:
        self.clock = SandboxClock(now)
        self.turns = Turns()
        self.faults = Faults()
        self.journal = Journal()
        self.snapshots = Snapshots()
        self.webhooks = WebhookBox(self.faults, self.clock)
        self.url = config.site.url
        self._clocks: dict[str, tuple[datetime | None, timedelta, str]] = {}
        try:
            self.manager = self._open(config)
            self.time = TimePassing(self.manager.workers, self.clock)
            self.summary = self._plant(seed)
            self.keep(_SEED)
            self.app = create_app(config, clock=self.clock, manager=self.manager)
        except BaseException:
            credentials.set_lens(None)
            close_database()
            raise

    def _plant(self, seed: str | Mapping[str, Any]) -> dict[str, Any]:
        """Fill an empty store and make keys; returns the ready line."""
        seeds.claim_store(now=self.clock())
        if not demo.is_store_in_use():
            documents = seeds.read_seed(seed, self.manager.importers) if isinstance(seed, str) else seed
            seeds.plant(self.manager, documents, now=self.clock())
        keys = demo.create_keys(self.manager, url=self.url, now=self.clock())
        return self._summary(keys, seed if isinstance(seed, str) else "documents")

    def _open(self, config: Config) -> Manager:
        manager = load_plugins(
            config,
            clock=self.clock,
            limiter=refusals.FaultyLimiter(config.limits.store),
            signing=self.clock.signing_times,
            around_webhook=self.webhooks,
        )
        open_datastore(config, manager.migration_owners, apply=sqlite_file(config.database.url) is not None)
        connect(config, manager)
        current = filters.current()
        filters.install(replace(current, check_booking=refusals.ChecksWithFaults(current.check_booking)))
        credentials.set_lens(refusals.expire)
        dialects = tuple((plugin, refusals.with_faults(dialect)) for plugin, dialect in manager.dialects)
        return replace(manager, dialects=dialects)

    def _summary(self, keys: Mapping[str, Mapping[str, Any]], seed: str) -> dict[str, Any]:
        prefixes = {dialect.name: list(dialect.prefixes) for _, dialect in self.manager.dialects}
        return {
            "url": self.url,
            "control": f"{self.url}{PREFIX}",
            "seed": seed,
            "services": demo.service_ids_by_name(),
            "dialects": {name: {**fields, "prefixes": prefixes.get(name, [])} for name, fields in keys.items()},
        }

    # -- state --------------------------------------------------------------------------------------------------------

    def keep(self, name: str) -> None:
        """Keep store and clock under a name."""
        with self.turns.alone(), self.time.paused():
            self.snapshots.keep(name)
            self._clocks[name] = self.clock.state()

    def return_to(self, name: str) -> None:
        """Make store and clock what they were.

        Raises:
            NotFound: There is no such snapshot.
        """
        with self.turns.alone(), self.time.paused():
            self.snapshots.return_to(name)
            self.clock.restore(self._clocks[name])

    def reset(self) -> None:
        """Begin anew: the seed, the clock of the start, no fault, an empty journal and no webhook."""
        with self.turns.alone(), self.time.paused():
            self.snapshots.return_to(_SEED)
            self.clock.restore(self._clocks[_SEED])
            self.faults.clear()
            self.journal.clear()
            self.webhooks.clear()
            self.webhooks.mode = MODES[0]

    def names(self) -> list[str]:
        """The names of the snapshots."""
        return [name for name in self.snapshots.names() if name != _SEED]

    def load(self, dialect: str, document: Any) -> dict[str, int]:
        """Store an import document, all of it or nothing.

        Raises:
            DomainError: It is refused.
        """
        with self.turns.alone():
            return seeds.load_document(self.manager, dialect, document, now=self.clock())

    def dump(self, dialect: str = "") -> dict[str, Any]:
        """Import documents of the current state, by dialect."""
        with self.turns.shared():
            return seeds.dump_documents(self.manager, dialect, now=self.clock())

    def create_key(self, dialect: str, *, expires_in: timedelta | None, permissions: str | None) -> dict[str, Any]:
        """Make another key of a dialect; returns its fields.

        Raises:
            Invalid: The dialect has no keys, or none with these permissions.
        """
        issuer = self.manager.credentials.get(dialect)
        if issuer is None:
            hint = suggestion(dialect, self.manager.credentials)
            raise Invalid(field="dialect", reason=f"no dialect is called {dialect!r}{hint}")
        if permissions is not None and permissions not in issuer.permissions:
            hint = suggestion(permissions, issuer.permissions)
            raise Invalid(field="permissions", reason=f"there is no {permissions!r}{hint}")
        now = self.clock()
        with self.turns.shared():
            if issuer.is_single:
                credentials.revoke_realm(issuer.realm, now=now)
            elif len(credentials.list_credentials(issuer.realm)) >= MAX_KEYS:
                raise Invalid(field="dialect", reason=f"there are {MAX_KEYS} keys already")
            _, fields = issuer.create(
                label="sandbox",
                permissions=permissions,
                user=None,
                expires_at=None if expires_in is None else now + expires_in,
                now=now,
            )
        return dict(fields)

    def close(self) -> None:
        """End it; the store stays."""
        self.time.stop()
        self.snapshots.close()
        credentials.set_lens(None)
        close_database()
