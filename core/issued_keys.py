"""Making, rotating and revoking keys of the dialects, for the command line and the console alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.db import writing
from core.demo import bookable_services
from core.errors import Invalid
from core.http.dialect import CredentialIssuer
from core.services import credentials
from core.services.credentials import Credential


class KeyRefused(Exception):
    """A key that cannot be made or rotated; the message is one sentence for the operator.

    ``reason`` is "permission", "user", "past", "single", "disabled", "revoked" or "ended"; ``existing`` the key that
    is in the way of a "single" one.
    """

    def __init__(self, reason: str, sentence: str, *, dialect: str = "", existing: Credential | None = None) -> None:
        self.reason, self.dialect, self.existing = reason, dialect, existing
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. ``fields`` is everything the caller needs, secrets included; it is shown this once."""

    issuer: CredentialIssuer
    record: Credential
    fields: Mapping[str, str]

    def command(self, *, url: str, now: datetime) -> str:
        """A complete shell command that uses the key at ``url``."""
        return self.issuer.command(
            self.fields,
            url=url.rstrip("/"),
            services=bookable_services(now=now),
            permissions=self.record.permissions,
        )


def create_key(
    issuer: CredentialIssuer,
    *,
    label: str,
    permissions: str | None,
    user: str | None,
    expires_at: datetime | None,
    now: datetime,
    replace: bool = False,
) -> IssuedKey:
    """Make a key.

    Args:
        replace: Revoke the present one where the dialect has a single key for the whole site.

    Raises:
        KeyRefused: Nothing is made or revoked then.
    """
    if permissions is not None and permissions not in issuer.permissions:
        words = ", ".join(issuer.permissions) or "none: keys of this dialect have no permissions"
        raise KeyRefused(
            "permission", f"{permissions!r} is not a permission of {issuer.dialect} keys; there are {words}."
        )
    if user is not None and not issuer.acts_for_users:
        raise KeyRefused(
            "user", f"keys of {issuer.dialect} act for nobody in particular: a user would restrict nothing."
        )
    with writing():
        if issuer.is_single:
            existing = credentials.list_usable(issuer.realm, now=now)
            if existing and not replace:
                raise KeyRefused("single", f"{issuer.dialect} has one key for the whole site.", existing=existing[0])
            credentials.revoke_realm(issuer.realm, now=now)
        return _issue(issuer, label, permissions, user, expires_at, now)


def rotate_key(
    issuers: Mapping[str, CredentialIssuer],
    old: Credential,
    *,
    overlap: timedelta | None,
    expires_at: datetime | None,
    now: datetime,
) -> IssuedKey:
    """Make another key with the same rights, and end the old one: at once, or after an overlap.

    Raises:
        KeyRefused: The old key cannot be followed by a new one; nothing is changed then.
    """
    with writing():
        old = credentials.get(old.id)
        issuer = next((issuer for issuer in issuers.values() if issuer.realm == old.realm), None)
        if issuer is None:
            raise KeyRefused("disabled", f"key {old.id} belongs to a dialect that is not enabled.")
        if old.revoked_at is not None:
            raise KeyRefused("revoked", f"key {old.id} is revoked; make a new one.", dialect=issuer.dialect)
        ends = expires_at or old.expires_at
        if ends is not None and ends <= now and expires_at is None:
            raise KeyRefused("ended", f"key {old.id} ended on {ends:%Y-%m-%d}; say when the new one does.")
        if overlap:
            credentials.expire_at(old.id, at=now + overlap)
        else:
            credentials.revoke(old.id, now=now)
        return _issue(issuer, old.label, old.permissions or None, old.user or None, ends, now)


def _issue(
    issuer: CredentialIssuer,
    label: str,
    permissions: str | None,
    user: str | None,
    expires_at: datetime | None,
    now: datetime,
) -> IssuedKey:
    try:
        record, fields = issuer.create(label=label, permissions=permissions, user=user, expires_at=expires_at, now=now)
    except Invalid as error:
        if error.field == "expires_at":
            raise KeyRefused("past", f"a key cannot end in the past: {error.value} has gone by.") from None
        if error.field == "user":
            raise KeyRefused("user", f"{error.value!r} is not the number of a customer.") from None
        raise
    return IssuedKey(issuer, record, fields)
