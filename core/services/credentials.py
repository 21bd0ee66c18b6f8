"""Credentials of API clients: created, looked up, listed, changed and revoked. Dialects define their format."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from peewee import IntegrityError

from core.db import fetch_all, writing
from core.errors import Duplicate, Invalid, NotFound
from core.kept_reads import fetch_setup
from core.models.host import Credential as Row
from core.sequences import bump_sequence
from core.services import best_effort, ephemeral, events
from core.services.repository import to_epoch, to_instant

#: ``last_used_at`` is written at most once in this many seconds, so that not every read writes.
TOUCH_INTERVAL = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """One API key. ``permissions`` are words of the dialect; ``secret`` is plain or hashed, as stored."""

    id: int
    realm: str
    lookup: str
    secret: str = field(repr=False)
    permissions: str = ""
    user: str = ""
    roles: tuple[str, ...] = ()
    label: str = ""
    tail: str = ""
    extras: dict[str, Any] = field(default_factory=dict)
    created_at: datetime
    last_used_at: datetime | None = None
    expires_at: datetime | None = None
    revoked_at: datetime | None = None

    def usable(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


_COLUMNS = (
    "id, realm, lookup, secret, permissions, user, roles, label, tail, extras,"
    " created_at, last_used_at, expires_at, revoked_at"
).replace(" user,", ' "user",')
_lens: Callable[[Credential], Credential] | None = None
_GET_SQL = f"SELECT {_COLUMNS} FROM credential WHERE id = ?"
_FIND_SQL = f"SELECT {_COLUMNS} FROM credential WHERE realm = ? AND lookup = ?"


def create(
    *,
    realm: str,
    lookup: str,
    secret: str = "",
    now: datetime,
    permissions: str = "",
    user: str = "",
    roles: tuple[str, ...] = (),
    label: str = "",
    tail: str = "",
    extras: dict[str, Any] | None = None,
    expires_at: datetime | None = None,
    id: int | None = None,
) -> Credential:
    """Store a key.

    Args:
        realm: The family of keys it belongs to.
        lookup: The value to find it by: a public id, or a hash of the key itself.
        secret: The value that proves it; a hash where the protocol allows that.
        id: The id it must have (imports); by default the next one.

    Raises:
        Duplicate: ``lookup`` exists in this realm.
        Invalid: ``expires_at`` is not in the future.
    """
    if expires_at is not None and expires_at <= now:
        raise Invalid(field="expires_at", reason="past", value=expires_at.isoformat())
    values: dict[str, Any] = {} if id is None else {"id": id}
    try:
        with writing():
            credential_id = Row.insert(
                **values,
                realm=realm,
                lookup=lookup,
                secret=secret,
                permissions=permissions,
                user=user,
                roles=list(roles),
                label=label,
                tail=tail,
                extras=extras or {},
                created_at=to_epoch(now),
                expires_at=None if expires_at is None else to_epoch(expires_at),
            ).execute()
            if id is not None:
                bump_sequence(Row, id)
            credential = get(id or credential_id)
            _record_change("created", credential, now)
    except IntegrityError:
        raise Duplicate(kind="credential", field="lookup", value=lookup) from None
    return credential


def _record_change(verb: str, credential: Credential, now: datetime) -> None:
    """Record that a key was made or revoked; for the audit log, without anything of the key itself."""
    data = {"realm": credential.realm, "label": credential.label, "permissions": credential.permissions}
    events.record_event(f"key.{verb}", "key", credential.id, now=now, data=data)


def find(realm: str, lookup: str) -> Credential | None:
    """The key with this look-up value, also a revoked or expired one; None if there is none."""
    rows = fetch_setup(_FIND_SQL, (realm, lookup))
    return _record(rows[0]) if rows else None


def get(credential_id: int) -> Credential:
    """The key with this id; raises NotFound."""
    rows = fetch_setup(_GET_SQL, (credential_id,))
    if not rows:
        raise NotFound(kind="credential", id=credential_id)
    return _record(rows[0])


def list_credentials(realm: str | None = None) -> list[Credential]:
    """All keys, newest first."""
    where, parameters = ("", ()) if realm is None else (" WHERE realm = ?", (realm,))
    return [_record(row) for row in fetch_all(f"SELECT {_COLUMNS} FROM credential{where} ORDER BY id DESC", parameters)]


def update(credential_id: int, **values: Any) -> Credential:
    """Replace fields of a key; raises NotFound."""
    unknown = set(values) - {
        "lookup",
        "secret",
        "tail",
        "permissions",
        "label",
        "extras",
        "roles",
        "user",
        "expires_at",
    }
    if unknown:
        raise TypeError(f"a credential has no changeable {sorted(unknown)}")
    if isinstance(values.get("expires_at"), datetime):
        values["expires_at"] = to_epoch(values["expires_at"])
    if "roles" in values:
        values["roles"] = list(values["roles"])
    with writing():
        if not Row.update(**values).where(Row.id == credential_id).execute():
            raise NotFound(kind="credential", id=credential_id)
    return get(credential_id)


def revoke(credential_id: int, *, now: datetime) -> Credential:
    """Revoke a key with effect from the next request; revoking twice changes nothing."""
    with writing():
        revoked = (Row.id == credential_id) & Row.revoked_at.is_null()
        if Row.update(revoked_at=to_epoch(now)).where(revoked).execute():
            _record_change("revoked", get(credential_id), now)
    return get(credential_id)


def list_usable(realm: str, *, now: datetime) -> list[Credential]:
    """The usable keys of a realm, newest first."""
    return [key for key in list_credentials(realm) if key.usable(now)]


def expire_at(credential_id: int, *, at: datetime) -> Credential:
    """Let a key expire at ``at``, unless it expires earlier."""
    key = get(credential_id)
    return key if key.expires_at is not None and key.expires_at <= at else update(credential_id, expires_at=at)


def revoke_realm(realm: str, *, now: datetime) -> int:
    """Revoke every key of a realm; returns the number of keys revoked."""
    with writing():
        keys = [key for key in list_credentials(realm) if key.revoked_at is None]
        for key in keys:
            revoke(key.id, now=now)
    return len(keys)


def touch(credential: Credential, *, now: datetime) -> None:
    """Store the time of use, to the minute; skipped where the datastore cannot be written to."""
    now_epoch = to_epoch(now)
    last_used_at = credential.last_used_at
    if last_used_at is not None and 0 <= now_epoch - to_epoch(last_used_at) < TOUCH_INTERVAL:
        return

    def write() -> None:
        with writing():
            Row.update(last_used_at=now_epoch).where(Row.id == credential.id).execute()

    best_effort.attempt(write)


def use_nonce(credential_id: int | str, nonce: str, *, at: int, window: int) -> bool:
    """Record a nonce; False when this key has used it within ``window`` seconds."""
    return ephemeral.use_nonce(str(credential_id), nonce, at=at, window=window)


def set_lens(lens: Callable[[Credential], Credential] | None) -> None:
    """Show every key that is read through ``lens`` from now on; the sandbox lets a key look expired for one request."""
    global _lens
    _lens = lens


def _record(row: tuple[Any, ...]) -> Credential:
    credential = _stored(row)
    return credential if _lens is None else _lens(credential)


# Nearly every request reads the same row as the one before.
@lru_cache(maxsize=256)
def _stored(row: tuple[Any, ...]) -> Credential:
    return Credential(
        id=row[0],
        realm=row[1],
        lookup=row[2],
        secret=row[3],
        permissions=row[4],
        user=row[5],
        roles=tuple(Row.roles.python_value(row[6]) or ()),
        label=row[7],
        tail=row[8],
        extras=Row.extras.python_value(row[9]) or {},
        created_at=to_instant(row[10]),
        last_used_at=None if row[11] is None else to_instant(row[11]),
        expires_at=None if row[12] is None else to_instant(row[12]),
        revoked_at=None if row[13] is None else to_instant(row[13]),
    )
