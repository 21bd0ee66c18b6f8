"""frontdesk core: one booking ledger that any number of HTTP dialects share. It knows no vendor.

What a plugin needs is importable from here.
"""

from core.hookspecs import hookimpl
from core.http.dialect import CredentialIssuer, Dialect, ErrorReply, Host, Importer, Principal, RequestSteps, Route
from core.plugin_versions import SURFACE_VERSION
from core.services.consumers import Consumer

__all__ = [
    "SURFACE_VERSION",
    "Consumer",
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
