"""One webhook request over the wire, and which addresses it may go to.

The name is looked up once and the connection goes to the address that was judged, so that a name cannot change its
mind in between. Redirects are not followed; whatever a receiver does, a request ends after its time is over.
"""

import http.client
import socket
import ssl
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from core.ip_addresses import is_public

AGENT = "frontdesk-webhooks/1"
_MOST = 65_536
#: Look-ups that may run at once; one whose name server never answers keeps its place until the system gives up.
_lookups = threading.BoundedSemaphore(16)


class Refused(Exception):
    """The address may not be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart and judged."""

    secure: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Result:
    """How a try went; ``code`` 0 where no answer came."""

    code: int
    error: str
    milliseconds: int

    @property
    def delivered(self) -> bool:
        return 200 <= self.code < 300


def target(url: str, *, allow_http: bool, allow_private: bool) -> Target:
    """Read a URL; raises ``Refused`` for one that is not ours to call. Names are judged when they are looked up."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused("the URL cannot be read") from error
    if parts.scheme not in ("https", *(("http",) if allow_http else ())):
        raise Refused("only https is allowed")
    if not parts.hostname or parts.username is not None or not url.isprintable() or " " in url:
        raise Refused("the URL cannot be used")
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError as error:
        raise Refused("the host name cannot be used") from error
    if not allow_private:
        _judge_literal(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise Refused("the URL must be percent-encoded")
    return Target(parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80), path)


def _judge_literal(host: str) -> None:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise Refused("the address is not public")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return
    if not is_public(str(address)):
        raise Refused("the address is not public")


def _address(where: Target, *, timeout: float, allow_private: bool) -> tuple[int, str]:
    """Family and address to connect to. One address that is not public is enough to refuse all.

    Raises:
        Refused: It may not be used.
        TimeoutError: Nobody knew the name in time.
    """
    found = _look_up(where.host, where.port, timeout)
    if not allow_private and any(not is_public(str(entry[4][0])) for entry in found):
        raise Refused("the address is not public")
    return found[0][0], str(found[0][4][0])


def _look_up(host: str, port: int, timeout: float) -> list[Any]:
    """``getaddrinfo`` has no time limit, so it runs on a thread that may be left behind.

    Raises:
        TimeoutError: No answer in time, or too many look-ups that never ended are still running.
    """
    if not _lookups.acquire(timeout=timeout):
        raise TimeoutError
    future: Future[list[Any]] = Future()

    def ask() -> None:
        try:
            future.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:
            future.set_exception(error)
        finally:
            _lookups.release()

    threading.Thread(target=ask, name="look-up", daemon=True).start()
    return future.result(timeout)


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def send(
    url: str,
    body: bytes,
    headers: dict[str, str],
    *,
    timeout: float,
    allow_http: bool = False,
    allow_private: bool = False,
) -> Result:
    """POST a body; never raises."""
    began = time.monotonic()
    code, error = 0, ""
    try:
        code = _post(url, body, headers, timeout, allow_http, allow_private)
        if not 200 <= code < 300:
            error = f"the receiver answered {code}"
    except Refused as refused:
        error = str(refused)
    except TimeoutError:
        error = f"no answer within {timeout:g} s"
    except (OSError, http.client.HTTPException, ValueError) as failure:
        late = time.monotonic() - began >= timeout
        error = f"no answer within {timeout:g} s" if late else f"{type(failure).__name__}: {failure}"
    return Result(code, error[:255], int((time.monotonic() - began) * 1000))


def _post(url: str, body: bytes, headers: dict[str, str], timeout: float, allow_http: bool, allow_private: bool) -> int:
    ends = time.monotonic() + timeout
    where = target(url, allow_http=allow_http, allow_private=allow_private)
    family, address = _address(where, timeout=timeout, allow_private=allow_private)
    timeout = max(ends - time.monotonic(), 0.01)
    raw = socket.socket(family, socket.SOCK_STREAM)
    raw.settimeout(timeout)
    # Timeouts of sockets begin anew with every byte; this one does not.
    bell = threading.Timer(timeout, _hang_up, [raw])
    bell.daemon = True
    bell.start()
    try:
        raw.connect((address, where.port))
        wire = _tls().wrap_socket(raw, server_hostname=where.host) if where.secure else raw
        try:
            connection = http.client.HTTPConnection(where.host, where.port)
            connection.sock = wire
            connection.request("POST", where.path, body, {**headers, "Connection": "close", "User-Agent": AGENT})
            answer = connection.getresponse()
            answer.read(_MOST)
            return answer.status
        finally:
            wire.close()
    finally:
        bell.cancel()
        raw.close()


def _hang_up(raw: socket.socket) -> None:
    with suppress(OSError):
        raw.shutdown(socket.SHUT_RDWR)
