"""A small server beside the public one, for operators and their tools."""

import socket
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from core.config_checks import host_and_port

#: Seconds until an idle client is disconnected.
IDLE_SECONDS = 10


class _Handler(WSGIRequestHandler):
    timeout = IDLE_SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """Scrapes are no news."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _ServerV6(_Server):
    address_family = socket.AF_INET6


def open_admin_server(app: Any, bind: str) -> WSGIServer:
    """A server for ``app`` on ``HOST:PORT``; the caller runs ``serve_forever``."""
    host, port = host_and_port(bind)
    return make_server(host, port, app, _ServerV6 if ":" in host else _Server, _Handler)
