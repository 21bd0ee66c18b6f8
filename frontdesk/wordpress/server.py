"""The REST server: one request from the socket to the bytes, in WordPress's order of checks."""

from core.wordpress.server import RestServer, site_servers

__all__ = [
    "RestServer",
    "site_servers",
]
