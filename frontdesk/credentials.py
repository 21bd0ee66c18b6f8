"""API keys: made, found by their look-up text, and kept with only a hash of the secret."""

from core.services.credentials import Credential, create, find, get, list_usable, touch, update, use_nonce

__all__ = [
    "Credential",
    "create",
    "find",
    "get",
    "list_usable",
    "touch",
    "update",
    "use_nonce",
]
