"""Which process holds a lease, and whether it still runs.

Each process locks one byte of a file beside the SQLite store for as long as it lives; the operating system releases it
however the process ends. A lease stores the name of its holder, and is over when another process can lock that name's
byte. Nobody waits for the lease of a killed process. Process ids would not do: containers that share a store each count
from one.

The same file has the locks on single numbers that last for one piece of work.

On PostgreSQL, leases are checked with locks in the database, or expire.
"""

import fcntl
import os
import secrets
import threading
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from core.engines import file_problem

_NAME_DIGITS = 12

_lock = threading.Lock()
#: ``(path, handle, name)`` of this process.
_registration: tuple[str, int, str] | None = None
#: Numbers that threads of this process have locked, by file.
_locked_numbers: set[tuple[str, int]] = set()
#: Their bytes lie behind those of the processes.
_FIRST_NUMBER = 1 << (4 * _NAME_DIGITS - 1)


def process_name(path: str) -> str:
    """This process's name among the users of the store at ``path``: hexadecimal digits of fixed length.

    Raises:
        DatastoreUnavailable: The file beside the store cannot be opened.
    """
    return _register(path)[2]


def is_alive(path: str, holder: str) -> bool:
    """Whether the process of this name still runs."""
    _, handle, own_name = _register(path)
    if holder == own_name:
        return True
    byte = int(holder, 16)
    try:
        fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError:
        return True
    fcntl.lockf(handle, fcntl.LOCK_UN, 1, byte)
    return False


def try_lock(path: str, number: int) -> bool:
    """Lock a number, at most 2^46, unless a thread of any process holds it; the lock ends with the process.

    Raises:
        DatastoreUnavailable: The file beside the store cannot be opened.
    """
    file, handle, _ = _register(path)
    with _lock:
        if (file, number) in _locked_numbers:
            return False
        # A store in memory has no other processes.
        if file != os.devnull:
            try:
                fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _FIRST_NUMBER + number)
            except OSError:
                return False
        _locked_numbers.add((file, number))
    return True


def unlock(path: str, number: int) -> None:
    """Release a number that this process has locked."""
    file, handle, _ = _register(path)
    with _lock:
        _locked_numbers.discard((file, number))
        if file != os.devnull:
            fcntl.lockf(handle, fcntl.LOCK_UN, 1, _FIRST_NUMBER + number)


def _register(path: str) -> tuple[str, int, str]:
    global _registration
    file = _registry_file(path)
    with _lock:
        if _registration is None or _registration[0] != file:
            try:
                handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError as error:
                raise file_problem(error) from error
            while True:
                # One of 2^47 bytes: collisions are rare, and then the second process tries another byte.
                byte = secrets.randbits(4 * _NAME_DIGITS - 1)
                with suppress(OSError):
                    fcntl.lockf(handle, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                    break
            if _registration is not None:
                os.close(_registration[1])
            _registration = (file, handle, f"{byte:0{_NAME_DIGITS}x}")
        return _registration


@lru_cache(maxsize=8)
def _registry_file(path: str) -> str:
    return os.devnull if path == ":memory:" else f"{Path(path).resolve()}.holders"


def _after_fork() -> None:
    """A child holds none of its parent's locks; closing the copied handle releases nothing in the parent."""
    global _lock, _registration
    _lock = threading.Lock()
    _locked_numbers.clear()
    if _registration is not None:
        os.close(_registration[1])
        _registration = None


os.register_at_fork(after_in_child=_after_fork)
