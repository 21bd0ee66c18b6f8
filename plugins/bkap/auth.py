"""WooCommerce consumer keys: their store, and how ``frontdesk keys`` creates them (README, "Transport")."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from frontdesk import CredentialIssuer
from frontdesk.wordpress import consumer_keys
from frontdesk.wordpress.key_store import DatastoreKeyStore
from plugins.bkap import demo
from plugins.bkap.schemas import NAME

#: Keys work in this dialect only.
REALM = NAME
DIALECT = NAME


def key_store(clock: Callable[[], datetime]) -> DatastoreKeyStore:
    return DatastoreKeyStore(REALM, clock)


def credential_issuer(clock: Callable[[], datetime]) -> CredentialIssuer:
    """How ``frontdesk keys`` creates key pairs, and the commands it prints."""
    store = key_store(clock)

    def create(
        *,
        label: str = "",
        permissions: str | None = None,
        user: str | None = None,
        expires_at: datetime | None = None,
        now: datetime,
    ) -> tuple[Any, Mapping[str, str]]:
        pair = consumer_keys.generate_pair()
        record = store.create(
            pair, now=now, label=label, permissions=permissions or "read_write", user=user or "", expires_at=expires_at
        )
        return record, {"consumer_key": pair.consumer_key, "consumer_secret": pair.consumer_secret}

    def curl(fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
        return demo.booking_command(url, fields, services, now=clock())

    return CredentialIssuer(
        dialect=DIALECT,
        realm=REALM,
        create=create,
        booking_command=curl,
        permissions=("read", "write", "read_write"),
        reading_command=demo.list_command,
        read_only=("read",),
    )
