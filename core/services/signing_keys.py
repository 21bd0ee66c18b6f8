"""The secrets of this installation that sign cookies and form tokens; shared by all workers and hosts."""

import secrets
from datetime import datetime

from core.db import fetch_all, writing
from core.models.operators import SigningKey
from core.row_writes import insert_row
from core.services.repository import to_epoch
from core.subject_locks import lock_subjects


def signing_keys(*, now: datetime) -> list[str]:
    """All secrets, the newest last, as itsdangerous takes them; the first call makes one."""
    keys = _stored_keys()
    if not keys:
        with writing():
            lock_subjects([("signing_key", 0)])
            keys = _stored_keys()
            if not keys:
                keys = [_add_key(now)]
    return keys


def _stored_keys() -> list[str]:
    return [secret for (secret,) in fetch_all("SELECT secret FROM signing_key ORDER BY id")]


def _add_key(now: datetime) -> str:
    secret = secrets.token_urlsafe(32)
    insert_row(SigningKey, {"secret": secret, "created_at": to_epoch(now)})
    return secret
