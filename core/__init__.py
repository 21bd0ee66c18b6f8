"""frontdesk core: one booking ledger that any number of HTTP dialects share. It knows no vendor.

What a plugin needs is importable from here.
"""

from core.hookspecs import API_VERSION, hookimpl
from core.http.dialect import Credentials, Dialect, ErrorReply, Host, Importer, Principal, Route

__all__ = [
    "API_VERSION",
    "Credentials",
    "Dialect",
    "ErrorReply",
    "Host",
    "Importer",
    "Principal",
    "Route",
    "hookimpl",
]
