"""What a plugin that is no longer enabled has left in the datastore, and removing it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from core import table_inspection
from core.config import Config, Plugins, StartupError
from core.db import database, execute, fetch_all, writing
from core.migrate import CORE_OWNER
from core.plugins import Manager, load_plugins
from core.services import stored_settings
from core.suggestions import suggestion


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What belongs to one plugin.

    Attributes:
        tables: The number of rows of each table, referring tables before those they refer to.
        migrations: The names of its applied migrations.
        events: The number of events that wait for each of its consumers.
        keys: The number of keys of each of its realms.
        settings: Its settings in the configuration, which only the operator can remove.
        stored_settings: The keys of its settings in the datastore.
    """

    tables: Mapping[str, int]
    migrations: Sequence[str]
    events: Mapping[str, int]
    keys: Mapping[str, int]
    settings: Sequence[str]
    stored_settings: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the datastore holds nothing of it."""
        return not (self.tables or self.migrations or self.events or self.keys or self.stored_settings)


def find_leftovers(name: str, config: Config, manager: Manager, *, clock: Callable[[], datetime]) -> Leftovers:
    """What the open datastore and the configuration hold of a plugin, whether it is installed or not.

    Args:
        manager: The enabled plugins.

    Raises:
        StartupError: The plugin is enabled, or the datastore holds nothing of it, or it is no plugin.
    """
    if name == CORE_OWNER.name:
        raise StartupError(f"{name!r} is this program itself, not a plugin.")
    if name in manager.host.plugins:
        raise StartupError(f"plugin {name!r} is enabled; take it out of plugins.enabled and restart the server first.")
    histories = table_inspection.applied_migrations()
    realms, consumers = _names_alone(name, config, clock)
    realms -= {issuer.realm for issuer in manager.credentials.values()}
    leftovers = Leftovers(
        tables={
            table.name: fetch_all(f'SELECT COUNT(*) FROM "{table.name}"')[0][0]
            for table in reversed(table_inspection.stored_tables())
            if table_inspection.owner_of(table.name, {*histories, *manager.host.plugins, name}) == name
        },
        migrations=histories.get(name, []),
        events={
            consumer: count
            for consumer, count in _counts("dispatch", "consumer")
            if consumer not in manager.consumers and (consumer in consumers or consumer.startswith(f"{name}."))
        },
        keys={realm: count for realm, count in _counts("credential", "realm") if realm in realms},
        settings=[
            *(f"{config.source}: [plugins.{name}] {key}" for key in config.plugins.tables.get(name, ())),
            *(variable for owner, _, _, variable in config.plugins.environment if owner == name),
        ],
        stored_settings=sorted(stored_settings.read().by_plugin.get(name, ())),
    )
    if leftovers.is_empty:
        others = {
            *stored_settings.read().by_plugin,
            *histories,
            *(realm for realm, _ in _counts("credential", "realm")),
        } - {"core", *manager.host.plugins}
        raise StartupError(f"the datastore holds nothing of a plugin {name!r}{suggestion(name, others)}")
    return leftovers


def _names_alone(name: str, config: Config, clock: Callable[[], datetime]) -> tuple[set[str], set[str]]:
    """The realms and consumers of a plugin: its own name, and what it registers where its code can still be loaded."""
    tables = {name: config.plugins.tables[name]} if name in config.plugins.tables else {}
    plugins = Plugins(enabled=(name,), path=config.plugins.path, tables=tables)
    try:
        alone = load_plugins(msgspec.structs.replace(config, plugins=plugins), clock=clock)
    except StartupError:
        return {name}, {name}
    return {name, *(issuer.realm for issuer in alone.credentials.values())}, {name, *alone.consumers}


def _counts(table: str, column: str) -> Iterable[tuple[str, int]]:
    return [
        (str(value), int(count)) for value, count in fetch_all(f"SELECT {column}, COUNT(*) FROM {table} GROUP BY 1")
    ]


def purge(name: str, leftovers: Leftovers) -> None:
    """Remove everything that the datastore holds of a plugin, or nothing; bookings and other rows of core stay."""
    with writing():
        for consumer in leftovers.events:
            execute("DELETE FROM dispatch WHERE consumer = ?", (consumer,))
        for realm in leftovers.keys:
            execute("DELETE FROM credential WHERE realm = ?", (realm,))
        stored_settings.remove_plugin(name)
        for table in leftovers.tables:
            database.execute_sql(f'DROP TABLE "{table}"')
        if leftovers.migrations:
            database.execute_sql(f'DROP TABLE "{name}_migration"')
