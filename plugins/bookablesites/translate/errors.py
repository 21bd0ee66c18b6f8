"""Errors that only this dialect raises; ``plugins.bookablesites.errors`` words them."""

from collections.abc import Sequence
from typing import Self

from core.errors import DomainError, Forbidden, InUse, Invalid


class FieldErrors(Invalid):
    """Several fields are wrong: ``errors`` maps each to a reason."""

    fields = {**Invalid.fields, "errors": {}}
    errors: dict[str, str]

    @classmethod
    def missing(cls, names: Sequence[str], prefix: str = "") -> Self:
        """Required fields that were not sent."""
        errors = {f"{prefix}{name}": "missing" for name in names}
        return cls(field=f"{prefix}{names[0]}", reason="missing", errors=errors)


class FeatureDisabled(Forbidden):
    """The operator has switched off this ``feature``."""

    fields = {**Forbidden.fields, "feature": ""}
    feature: str


class VirtualLocation(InUse):
    """A virtual location can be neither changed nor deleted."""


class OAuthError(DomainError):
    """The token route refuses; the body has the field names of OAuth beside the dialect's own."""


class MissingClientCredentials(OAuthError):
    """Client id or secret is missing, or not a text."""


class UnreadableBasicCredentials(OAuthError):
    """The ``Authorization: Basic`` header cannot be decoded."""


class UnsupportedGrantType(OAuthError):
    """``grant_type`` is not ``client_credentials``."""


class InvalidClient(OAuthError):
    """Unknown client id, wrong secret, or a revoked or expired credential."""
