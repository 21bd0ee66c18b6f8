"""Many kept connections: how fast, how evenly spread over the workers, and what answers cost that nobody reads."""

import socket
import time
from contextlib import ExitStack
from statistics import median

from bench.data import FIRST, Business
from bench.processes import Load, Running
from bench.requests import raw
from frontdesk.testing.built_in import BuiltIn

CONNECTIONS = (8, 64)
#: Every time the connections are new, so that they may fall differently on the workers.
_TRIES = 5
_REQUESTS = 1920
_UNREAD = 48
_SETTLE_SECONDS = 3.0


def measure(business: Business, clients: dict[str, BuiltIn], server: Running, load: Load) -> list[str]:
    """Lines to print."""
    client = clients.get("wc_bookings")
    if client is None:
        return []
    reads = [raw("GET", f"{client.base}/bookings/{id}", client.headers) for id in business.bookings["wc_bookings"]]
    load.keep("kept", reads)
    lines = [""]
    for count in CONNECTIONS:
        rates, shares = [], []
        for _ in range(_TRIES):
            load.forget(server.port)
            before = server.cpu_by_worker()
            answer = load.run("kept", server.port, _REQUESTS, count)
            # What a thread had used is not reported any more when it has ended.
            spent = [max(0.0, after - earlier) for after, earlier in zip(server.cpu_by_worker(), before, strict=True)]
            rates.append(_REQUESTS / answer["seconds"])
            shares.append(max(spent) / sum(spent))
        lines.append(
            f"{count} kept connections read {median(rates):.0f} times a second ({min(rates):.0f} to {max(rates):.0f});"
            f" the busier worker does {median(shares):.0%} of it ({min(shares):.0%} to {max(shares):.0%}; at most 60 %)"
        )
    load.forget(server.port)
    return [*lines, _unread(business, client, server)]


def _unread(business: Business, client: BuiltIn, server: Running) -> str:
    """Memory while many connections ask for large answers and read nothing."""
    ids = ",".join(map(str, business.days))
    large = raw(
        "GET", f"{client.base}/products/slots?product_ids={ids}&min_date={FIRST}&max_date=2027-04-01", client.headers
    )
    before = max(server.memory())
    highest = before
    with ExitStack() as stack:
        for _ in range(_UNREAD):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.sendall(large)
        until = time.monotonic() + _SETTLE_SECONDS
        while time.monotonic() < until:
            highest = max(highest, *server.memory())
            time.sleep(0.05)
    return (
        f"{_UNREAD} answers of 10 MB that nobody reads: a worker grows from {before:.0f} to {highest:.0f} MiB at most"
    )
