"""Consumer keys in core's table of credentials."""

from core.wordpress.key_store import DatastoreKeyStore

__all__ = [
    "DatastoreKeyStore",
]
