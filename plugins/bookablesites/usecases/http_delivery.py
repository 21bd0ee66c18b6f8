"""One webhook request over HTTP, and the addresses it may go to.

The host name is looked up once, and the connection goes to the address that was checked: a second look-up could give
another one. Redirects are not followed, and no request lasts longer than its timeout.
"""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from frontdesk.http import is_public

AGENT = "frontdesk-webhooks/1"
_MAX_REPLY_BYTES = 65_536
#: Look-ups at once; one whose name server never answers occupies its place until the system gives up.
_lookups = threading.BoundedSemaphore(16)
#: As ``socket.getaddrinfo`` returns it: family, kind, protocol, name, address.
_AddressInfo = tuple[int, int, int, str, tuple[str | int | bytes, ...]]


class AddressRefused(Exception):
    """Webhooks may not go to this address; the message says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """A checked URL; ``host`` is not looked up yet."""

    secure: bool
    host: str
    port: int
    path: str


@dataclass(frozen=True, slots=True)
class Result:
    """The result of an attempt; ``status`` is 0 without a response."""

    status: int
    error: str
    milliseconds: int

    @property
    def delivered(self) -> bool:
        return 200 <= self.status < 300


def parse_url(url: str, *, allow_http: bool, allow_private: bool) -> Target:
    """Check a URL; raises ``AddressRefused``. The addresses of a host name are checked when it is looked up."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused("the URL cannot be read") from error
    if parts.scheme not in ("https", *(("http",) if allow_http else ())):
        raise AddressRefused("only https is allowed")
    if not parts.hostname or parts.username is not None or not url.isprintable() or " " in url:
        raise AddressRefused("the URL cannot be used")
    try:
        host = parts.hostname.encode("idna").decode()
    except UnicodeError as error:
        raise AddressRefused("the host name cannot be used") from error
    if not allow_private:
        _check_literal(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not path.isascii():
        raise AddressRefused("the URL must be percent-encoded")
    return Target(parts.scheme == "https", host, port or (443 if parts.scheme == "https" else 80), path)


def _check_literal(host: str) -> None:
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        raise AddressRefused("the address is not public")
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return
    if not is_public(str(address)):
        raise AddressRefused("the address is not public")


def _address_of(target: Target, *, timeout: float, allow_private: bool) -> tuple[int, str]:
    """Family and address to connect to. A single address that is not public refuses the whole name.

    Raises:
        AddressRefused: An address is not public.
        TimeoutError: The look-up did not end in time.
    """
    entries = _look_up(target.host, target.port, timeout)
    if not allow_private and any(not is_public(str(entry[4][0])) for entry in entries):
        raise AddressRefused("the address is not public")
    return entries[0][0], str(entries[0][4][0])


def _look_up(host: str, port: int, timeout: float) -> Sequence[_AddressInfo]:
    """``getaddrinfo`` on a thread, because it has no timeout.

    Raises:
        TimeoutError: No answer in time, or too many look-ups are still running.
    """
    if not _lookups.acquire(timeout=timeout):
        raise TimeoutError
    future: Future[Sequence[_AddressInfo]] = Future()

    def resolve() -> None:
        try:
            future.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except BaseException as error:
            future.set_exception(error)
        finally:
            _lookups.release()

    threading.Thread(target=resolve, name="look-up", daemon=True).start()
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
    """POST a body; never raises. ``timeout`` is in seconds, from the look-up to the end of the reply."""
    began = time.monotonic()
    status, error = 0, ""
    try:
        status = _post(url, body, headers, timeout, allow_http, allow_private)
        if not 200 <= status < 300:
            error = f"the receiver answered {status}"
    except AddressRefused as refusal:
        error = str(refusal)
    except TimeoutError:
        error = f"no answer within {timeout:g} s"
    except (OSError, http.client.HTTPException, ValueError) as failure:
        timed_out = time.monotonic() - began >= timeout
        error = f"no answer within {timeout:g} s" if timed_out else _problem(failure)
    return Result(status, error[:255], int((time.monotonic() - began) * 1000))


def _problem(failure: Exception) -> str:
    """What went wrong, for people."""
    if isinstance(failure, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(failure, socket.gaierror):
        return "the host name has no address"
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f"the certificate is not valid: {failure.verify_message}"
    if isinstance(failure, ssl.SSLError):
        return "the receiver does not speak TLS as it should"
    if isinstance(failure, http.client.HTTPException):
        return "the answer is no HTTP"
    if isinstance(failure, OSError) and failure.strerror:
        return f"the connection failed: {failure.strerror.lower()}"
    return "the connection failed"


def _post(url: str, body: bytes, headers: dict[str, str], timeout: float, allow_http: bool, allow_private: bool) -> int:
    deadline = time.monotonic() + timeout
    target = parse_url(url, allow_http=allow_http, allow_private=allow_private)
    family, address = _address_of(target, timeout=timeout, allow_private=allow_private)
    timeout = max(deadline - time.monotonic(), 0.01)
    raw_socket = socket.socket(family, socket.SOCK_STREAM)
    raw_socket.settimeout(timeout)
    # The timeout of a socket starts again with every byte; this one does not.
    timer = threading.Timer(timeout, _shut_down, [raw_socket])
    timer.daemon = True
    timer.start()
    try:
        raw_socket.connect((address, target.port))
        connected = _tls().wrap_socket(raw_socket, server_hostname=target.host) if target.secure else raw_socket
        try:
            connection = http.client.HTTPConnection(target.host, target.port)
            connection.sock = connected
            connection.request("POST", target.path, body, {**headers, "Connection": "close", "User-Agent": AGENT})
            response = connection.getresponse()
            response.read(_MAX_REPLY_BYTES)
            return response.status
        finally:
            connected.close()
    finally:
        timer.cancel()
        raw_socket.close()


def _shut_down(raw_socket: socket.socket) -> None:
    with suppress(OSError):
        raw_socket.shutdown(socket.SHUT_RDWR)
