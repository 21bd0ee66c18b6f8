"""Tables of a plugin's own: the model base, transactions, locks and helpers for migrations."""

from core.db import BaseModel, after_commit, execute, fetch_all, writing
from core.migrate import never_reuse_ids, run_sql
from core.migration_schema import Schema
from core.sequences import reserve_row_ids
from core.services.best_effort import attempt
from core.subject_locks import lock_subjects

__all__ = [
    "BaseModel",
    "Schema",
    "after_commit",
    "attempt",
    "execute",
    "fetch_all",
    "lock_subjects",
    "never_reuse_ids",
    "reserve_row_ids",
    "run_sql",
    "writing",
]
