"""frontdesk core: one booking ledger that any number of HTTP dialects share. It knows no vendor.

What a plugin needs is importable from here.
"""

from core.hookspecs import API_VERSION, hookimpl
from core.http.dialect import CredentialIssuer, Dialect, ErrorReply, Host, Importer, Principal, Route
from core.services.consumers import Consumer

__all__ = [
    "API_VERSION",
    "Consumer",
    "CredentialIssuer",
    "Dialect",
    "ErrorReply",
    "Host",
    "Importer",
    "Principal",
    "Route",
    "hookimpl",
]
