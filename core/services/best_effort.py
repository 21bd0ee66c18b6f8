"""Small writes that no reply depends on; they are skipped while the datastore has a problem."""

import logging
from collections.abc import Callable
from time import monotonic

from core.db import in_transaction
from core.engines import storage_problem
from core.errors import DatastoreBusy

#: After a failed write none is tried for this many seconds.
BACKOFF_SECONDS = 5.0

log = logging.getLogger("frontdesk.bookkeeping")
_backoff_until = 0.0


def attempt(write: Callable[[], object]) -> bool:
    """Run ``write``; False where the datastore prevented it.

    Inside an open transaction errors reach the caller, because a failed statement may have ended the transaction.
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
    """Whether an error means that the datastore cannot be used now."""
    return isinstance(error, DatastoreBusy) or storage_problem(error) is not None
