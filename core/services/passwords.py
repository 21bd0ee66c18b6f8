"""Passwords of operators: argon2id hashes with the parameters that OWASP recommends for servers.

A hash takes 19 MiB of memory and some 20 ms, so a process computes one at a time; whoever waits for longer than
``WAIT_SECONDS`` is told to come back.
"""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from core.errors import Invalid, ServiceUnavailable

#: What NIST SP 800-63B asks of a password chosen by a person, and a bound for the work of hashing.
MIN_LENGTH, MAX_LENGTH = 12, 256
WAIT_SECONDS = 3.0

_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_turn = threading.Lock()
#: Compared with where there is no such operator, so that the answer takes as long.
_NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$7Nk/dPWeGMlBqdhnx1f+Sw$RTQ5nwtTQTDQtaUu1nHMX+T1Jm5nnjzHUH0VJnGGYq0"


def hash_password(password: str) -> str:
    """The hash to store.

    Raises:
        Invalid: The password is too short or too long; ``limit`` is the bound.
        ServiceUnavailable: Too many others wait.
    """
    if len(password) < MIN_LENGTH:
        raise Invalid(field="password", reason="short", limit=MIN_LENGTH)
    if len(password) > MAX_LENGTH:
        raise Invalid(field="password", reason="long", limit=MAX_LENGTH)
    with _Turn():
        return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one of the stored hash; None takes as long and is False.

    Raises:
        ServiceUnavailable: Too many others wait.
    """
    if len(password) > MAX_LENGTH:
        return False
    with _Turn():
        try:
            matches = _hasher.verify(stored or _NOBODYS_HASH, password)
        except (VerificationError, InvalidHashError):
            return False
    return matches and stored is not None


class _Turn:
    """The turn to compute a hash."""

    def __enter__(self) -> None:
        if not _turn.acquire(timeout=WAIT_SECONDS):
            raise ServiceUnavailable(retry_after=5)

    def __exit__(self, *error: object) -> None:
        _turn.release()
