"""Consumer keys in core's table of credentials."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.services import credentials
from core.wordpress import consumer_keys


class DatastoreKeyStore:
    """A ``KeyStore`` over ``core.services.credentials``: one realm, keys looked up by their hash."""

    def __init__(self, realm: str, clock: Callable[[], datetime]) -> None:
        self.realm = realm
        self._clock = clock

    def find(self, consumer_key: str) -> consumer_keys.ConsumerKey | None:
        credential = credentials.find(self.realm, consumer_keys.key_hash(consumer_key))
        if credential is None or not credential.usable(self._clock()):
            return None
        user = int(credential.user) if credential.user.isascii() and credential.user.isdigit() else None
        return consumer_keys.ConsumerKey(
            credential, credential.id, credential.secret, credential.permissions, user, tuple(credential.roles)
        )

    def touch(self, key: consumer_keys.ConsumerKey, at: datetime) -> None:
        credentials.touch(key.record, now=at)

    def use_nonce(self, key: consumer_keys.ConsumerKey, nonce: str, at: datetime, window: int) -> bool:
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
