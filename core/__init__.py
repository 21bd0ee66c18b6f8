"""frontdesk core: one booking ledger that any number of HTTP dialects share. It knows no vendor.

What a plugin needs is importable from here.
"""

from core.hookspecs import hookimpl
from core.http.dialect import CredentialIssuer, Dialect, ErrorReply, Host, Importer, Principal, RequestSteps, Route
from core.plugin_versions import SURFACE_VERSION

__all__ = [
    "SURFACE_VERSION",
    "CredentialIssuer",
    "Dialect",
    "ErrorReply",
    "Host",
    "Importer",
    "Principal",
    "RequestSteps",
    "Route",
    "hookimpl",
]
