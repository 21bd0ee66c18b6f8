"""WooCommerce consumer keys: where they are kept, and how the operator makes one."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from core.http.dialect import CredentialIssuer
from core.wordpress import consumer_keys
from core.wordpress.key_store import DatastoreKeyStore
from plugins.bkap import demo

#: Keys of this dialect are its own; they look like any of the platform.
REALM = "bkap"
DIALECT = "bkap"


def key_store(clock: Callable[[], datetime]) -> DatastoreKeyStore:
    return DatastoreKeyStore(REALM, clock)


def credential_issuer(clock: Callable[[], datetime]) -> CredentialIssuer:
    """How ``frontdesk keys`` makes a key pair."""
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
            pair,
            now=now,
            label=label,
            permissions=permissions or "read_write",
            user=user or "",
            expires_at=expires_at,
        )
        return record, {"consumer_key": pair.consumer_key, "consumer_secret": pair.consumer_secret}

    def curl(fields: Mapping[str, str], *, url: str, services: Mapping[str, int]) -> str:
        return demo.command(url, fields, services, now=clock())

    return CredentialIssuer(
        dialect=DIALECT,
        realm=REALM,
        create=create,
        booking_command=curl,
        permissions=("read", "write", "read_write"),
        reading_command=demo.read_command,
        read_only=("read",),
    )
