"""WooCommerce consumer keys: making, finding and checking them, and the three ways to sign in on the REST server."""

from core.wordpress.consumer_keys import ConsumerKeys, generate_pair, key_hash, key_tail

__all__ = [
    "ConsumerKeys",
    "generate_pair",
    "key_hash",
    "key_tail",
]
