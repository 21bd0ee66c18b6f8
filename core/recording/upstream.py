"""The vendor's real site: one request at a time, bounded in time and size, and read-only unless told otherwise."""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.config import StartupError
from core.http.dialect import CredentialIssuer
from core.recording.cases import read_json
from core.recording.comparison import Answer
from core.recording.replay import decode_body

SECONDS = 30.0
MAX_BYTES = 64 * 1024 * 1024
READS = frozenset(("GET", "HEAD", "OPTIONS"))
#: Headers of one connection, and those that belong to the address.
_HOP_HEADERS = frozenset(
    ("connection", "keep-alive", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade", "host")
)


class UpstreamFailed(Exception):
    """No usable answer came; the message says why."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def answer(self) -> Answer:
        """The same as it is compared."""
        headers = {name.lower(): value for name, value in self.headers}
        return Answer(self.status, headers, decode_body(self.body, headers.get("content-type", "")))


class Upstream:
    """One site.

    Args:
        url: Its address; a path in it comes before every path.
        key: What signs in there, by the vendor's names; without it the client's own sign-in is passed on.
        issuer: How the dialect signs in.
    """

    def __init__(
        self, url: str, *, key: Mapping[str, str] | None = None, issuer: CredentialIssuer | None = None
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
            raise StartupError(f"--upstream must be an address such as https://shop.example, not {url!r}.")
        self.url = url.rstrip("/")
        self._is_secure = parts.scheme == "https"
        self._host, self._port = parts.hostname, parts.port or (443 if self._is_secure else 80)
        self._netloc, self._path = parts.netloc, parts.path.rstrip("/")
        self._key = key
        self._issuer = issuer

    @property
    def has_key(self) -> bool:
        """Whether it has a key of its own."""
        return self._key is not None

    @cached_property
    def sign_in(self) -> dict[str, str]:
        """The headers of its own key."""
        if self._key is None or self._issuer is None:
            return {}

        def send(method: str, path: str, body: Any) -> Any:
            raw = json.dumps(body).encode()
            return self.send(method, path, {"Content-Type": "application/json"}, raw).answer.body

        try:
            return self._issuer.sign_in(self._key, send)
        except (KeyError, TypeError) as error:
            raise UpstreamFailed(f"the key does not fit the dialect, or is refused ({error})") from None

    def send(self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> RawAnswer:
        """Make a request.

        Args:
            url: Path and query.

        Raises:
            UpstreamFailed: No usable answer came.
        """
        sent = {name: value for name, value in headers.items() if name.lower() not in _HOP_HEADERS}
        # Compressed answers could not be read, and so not be masked.
        sent = {
            name: value for name, value in sent.items() if name.lower() not in ("accept-encoding", "content-length")
        }
        connection = self._connect()
        try:
            connection.request(method, self._path + url, body or None, {**sent, "Host": self._netloc})
            reply = connection.getresponse()
            raw = reply.read(MAX_BYTES + 1)
        except (OSError, http.client.HTTPException) as error:
            raise UpstreamFailed(f"{self.url} does not answer ({type(error).__name__})") from None
        finally:
            connection.close()
        if len(raw) > MAX_BYTES:
            raise UpstreamFailed(f"{self.url} answers with more than {MAX_BYTES} bytes")
        kept = [(name, value) for name, value in reply.getheaders() if name.lower() not in _HOP_HEADERS]
        return RawAnswer(reply.status, [pair for pair in kept if pair[0].lower() != "content-length"], raw)

    def _connect(self) -> http.client.HTTPConnection:
        if self._is_secure:
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(self._host, self._port, timeout=SECONDS, context=context)
        return http.client.HTTPConnection(self._host, self._port, timeout=SECONDS)

    def read(self, url: str) -> Answer:
        """Read something with its own key.

        Raises:
            UpstreamFailed: It does not answer, or not with 200.
        """
        answer = self.send("GET", url, {"Accept": "application/json", **self.sign_in}).answer
        if answer.status != 200:
            reason = answer.body.get("message", "") if isinstance(answer.body, dict) else ""
            raise UpstreamFailed(f"{self.url}{url.partition('?')[0]} answers {answer.status} {reason}".rstrip())
        return answer


def read_key(path: Path | None) -> dict[str, str] | None:
    """The fields of a key from a file, such as ``frontdesk keys create --json`` prints.

    Raises:
        StartupError: It cannot be read.
    """
    if path is None:
        return None
    fields = read_json(path)
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise StartupError(f"{path}: a key is an object with texts, such as consumer_key and consumer_secret.")
    return fields


def is_write(method: str, url: str) -> bool:
    """Whether a request changes something; asking for a token does not."""
    path = url.partition("?")[0].rstrip("/")
    return method not in READS and not (method == "POST" and path.endswith("/token"))
