"""The REST server: dispatches a request with WordPress's order of checks."""

from core.wordpress.server import RestServer, site_servers

__all__ = [
    "RestServer",
    "site_servers",
]
