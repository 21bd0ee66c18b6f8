"""WooCommerce consumer keys: creation, look-up, verification, and the three ways to authenticate on the REST
server.
"""

from core.wordpress.consumer_keys import ConsumerKeys, generate_pair, key_hash, key_tail

__all__ = [
    "ConsumerKeys",
    "generate_pair",
    "key_hash",
    "key_tail",
]
