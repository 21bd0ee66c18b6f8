"""Consumer keys in core's table of credentials."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.services import credentials as credentials
from core.wordpress import consumer_keys


@dataclass(frozen=True, slots=True)
class _StoredKey:
    """A stored credential with the attributes of a consumer key."""

    record: Any
    id: int
    secret: str
    permissions: str
    user_id: int | None
    roles: tuple[str, ...]


class DatastoreKeyStore:
    """A ``KeyStore`` over ``core.services.credentials``: one realm, keys looked up by their hash."""

    def __init__(self, realm: str, clock: Callable[[], datetime]) -> None:
        self.realm = realm
        self._clock = clock

    def find(self, consumer_key: str) -> _StoredKey | None:
        credential = credentials.find(self.realm, consumer_keys.key_hash(consumer_key))
        if credential is None or not credential.usable(self._clock()):
            return None
        user = int(credential.user) if credential.user.isascii() and credential.user.isdigit() else None
        return _StoredKey(
            credential, credential.id, credential.secret, credential.permissions, user, tuple(credential.roles)
        )

    def touch(self, key: _StoredKey, at: datetime) -> None:
        credentials.touch(key.record, now=at)

    def use_nonce(self, key: _StoredKey, nonce: str, at: datetime, window: int) -> bool:
        # Hashed, so that nonces have one length in the datastore.
        return credentials.use_nonce(key.id, consumer_keys.key_hash(nonce), at=int(at.timestamp()), window=window)

    def create(self, pair: consumer_keys.KeyPair, *, now: datetime, **values: Any) -> Any:
        """Store a key pair; ``values`` as for ``core.services.credentials.create``."""
        return credentials.create(
            realm=self.realm,
            lookup=consumer_keys.key_hash(pair.consumer_key),
            secret=pair.consumer_secret,
            tail=consumer_keys.key_tail(pair.consumer_key),
            now=now,
            **values,
        )
