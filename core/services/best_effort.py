"""Small writes beside a request that no answer depends on: skipped while the store is in trouble."""

import logging
from collections.abc import Callable
from time import monotonic

from core.db import in_transaction
from core.engines import storage_problem
from core.errors import DatastoreBusy

#: After one of them failed, for how many seconds none is tried.
BACKOFF_SECONDS = 5.0

log = logging.getLogger("frontdesk.bookkeeping")
_backoff_until = 0.0


def attempt(write: Callable[[], object]) -> bool:
    """Run ``write``; False where the store did not let it.

    Inside an open transaction, which a failed statement may have ended, the trouble is the caller's.
    """
    global _backoff_until
    if in_transaction():
        write()
        return True
    if monotonic() < _backoff_until:
        return False
    try:
        write()
    except Exception as error:
        if not is_storage_problem(error):
            raise
        _backoff_until = monotonic() + BACKOFF_SECONDS
        log.warning("bookkeeping is skipped", extra={"error": str(error)})
        return False
    return True


def is_storage_problem(error: BaseException) -> bool:
    """Does this error mean that the store cannot be used now?"""
    return isinstance(error, DatastoreBusy) or storage_problem(error) is not None
