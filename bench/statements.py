"""How many SQL statements each row's request makes, counted in process: ``python -m bench.statements CONFIG``.

Prints a list of ``[title, dialect, statements]`` as JSON. Beginnings and ends of transactions are not counted.
"""

import io
import json
import logging
import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

from bench.requests import Row, rows
from bench.setup import read_business
from core import app as host
from core import db, logs
from core.config import load_config
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest

_ENDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


def environ_of(request: bytes) -> dict[str, Any]:
    """The WSGI environment of the bytes of a request."""
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    path, _, query = target.partition("?")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
    }
    for line in lines:
        name, _, value = line.partition(": ")
        name = name.upper().replace("-", "_")
        environ[name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"] = value
    return environ


def count(app: Any, row: Row) -> int:
    """The statements of one request of a row, when everything that is kept is there already."""
    seen: list[str] = []
    # The last ones; the measured run does not get so far where a request can be sent only once.
    for request in row.requests[-2:] if len(row.requests) > 1 else row.requests * 2:
        if row.before:
            row.before.reverse()
            _send(app, row.before[0])
        seen.clear()
        db.database.obj.query_hooks.append(lambda event: seen.append(event.sql))
        try:
            _send(app, request)
        finally:
            db.database.obj.query_hooks.pop()
    return sum(not text.lstrip().upper().startswith(_ENDS) for text in seen)


def _send(app: Any, request: bytes) -> None:
    parts = app(environ_of(request), lambda status, headers, exc_info=None: None)
    b"".join(parts)
    if hasattr(parts, "close"):
        parts.close()


def main() -> None:
    from webtest import TestApp

    config = load_config(sys.argv[1])
    logs.configure("error")
    logging.disable(logging.WARNING)
    manager = host.start(config)
    app = host.create_app(config, manager=manager)
    business, keys = read_business(Path(sys.argv[1]).parent)
    send = through_webtest(TestApp(app))
    clients = {name: DRIVERS[name](send, fields) for name, fields in keys.items()}
    print(json.dumps([[row.title, row.dialect, count(app, row)] for row in rows(business, clients)]))


if __name__ == "__main__":
    main()
