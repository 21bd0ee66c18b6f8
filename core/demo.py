"""The demo: every plugin's own demo document, loaded once, and a fresh key for each dialect."""

import secrets
from datetime import datetime
from typing import Any

from core.config import StartupError
from core.db import writing
from core.errors import Duplicate
from core.plugins import Manager
from core.services import credentials, events, operators, repository, sample_slots, site

#: Key under which a store records that a demo filled it.
_MARK = "demo"
_MAX_SERVICES = 50


def prepare_demo(manager: Manager, *, url: str, now: datetime) -> dict[str, Any]:
    """Fill an empty store and create keys; a store that an earlier demo filled only gets the keys.

    Returns:
        ``{"url", "services": {name: id}, "dialects": {dialect: {its key's fields, "curl"}}}``

    Raises:
        StartupError: The store holds other data.
    """
    if not site.extras(_MARK):
        if is_store_in_use():
            raise StartupError(
                "the datastore is in use, and a demo would change it; leave --config away for one of its own."
            )
        load_demo_documents(manager, now=now)
    services = service_ids_by_name()
    return {"url": url, "services": services, "dialects": create_keys(manager, url=url, now=now)}


def load_demo_documents(manager: Manager, *, now: datetime) -> None:
    """Load the demo document of every plugin that has one."""
    with writing(), events.events_muted():
        site.save(now=now, dialect=_MARK, extras={"since": now.isoformat()})
        for importer in manager.importers.values():
            if importer.demo is not None:
                importer.load(importer.demo(now), site=manager.host.site, now=now)


def is_store_in_use() -> bool:
    """Whether the store holds any data."""
    kinds = (
        repository.services,
        repository.resources,
        repository.customers,
        repository.categories,
        repository.locations,
    )
    return any(kind.exists(()) for kind in kinds) or bool(credentials.list_credentials())


def service_ids_by_name() -> dict[str, int]:
    """All services by name."""
    return {service.name: service.id for service in repository.services.list_all()}


def bookable_services(*, now: datetime) -> dict[str, int]:
    """The services that can be booked in the next weeks, by name; checks the first ``_MAX_SERVICES`` only."""
    services = repository.services.page(order=(("id", "asc"),), limit=_MAX_SERVICES, count=False).items
    return {service.name: service.id for service in services if sample_slots.sample_slot(service, now=now)}


def open_console(url: str, *, now: datetime) -> dict[str, str]:
    """Give the demo's operator, who owns the console, a new password: ``{"url", "name", "password"}``."""
    password = secrets.token_urlsafe(12)
    try:
        operators.add(_MARK, password, operators.OWNER, now=now)
    except Duplicate:
        operators.set_password(_MARK, password, now=now)
    return {"url": url, "name": _MARK, "password": password}


def create_keys(manager: Manager, *, url: str, now: datetime) -> dict[str, dict[str, Any]]:
    """Create a key per dialect, with a complete shell command that books."""
    keys = {}
    services = bookable_services(now=now)
    for dialect, kind in manager.credentials.items():
        if kind.is_single:
            credentials.revoke_realm(kind.realm, now=now)
        _, fields = kind.create(label="demo", permissions=None, user=None, expires_at=None, now=now)
        keys[dialect] = {**fields, "curl": kind.command(fields, url=url, services=services)}
    return keys
