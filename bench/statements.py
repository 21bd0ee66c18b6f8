"""How many SQL statements each row's request makes, counted in process: ``python -m bench.statements CONFIG``.

Prints a list of ``[title, dialect, statements]`` as JSON. Beginnings and ends of transactions are not counted.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

from bench.requests import Row, rows
from bench.setup import read_business
from core import app as host
from core import db, logs
from core.config import load_config
from core.recording.replay import call_app
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest

_ENDS = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


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
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = dict(line.split(": ", 1) for line in lines)
    call_app(app, method, target, headers, body, scheme="http", site="http://127.0.0.1")


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
