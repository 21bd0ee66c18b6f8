"""A small HTTP proxy before one or two sites, for one client at a time: it records, or it compares."""

import json
import socket
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from core.config_checks import host_and_port
from core.recording.cases import Comparison
from core.recording.comparison import Pairs, compare
from core.recording.recorder import Recorder
from core.recording.upstream import RawAnswer, Upstream, UpstreamFailed, is_write
from core.sandbox.masking import is_secret

MAX_BODY = 16 * 1024 * 1024
_IDLE_SECONDS = 30

#: ``exchange(method, url, headers, body)`` returns what the client gets.
Exchange = Callable[[str, str, Mapping[str, str], bytes], RawAnswer]


def refusal(status: int, sentence: str) -> RawAnswer:
    """The proxy's own answer."""
    return RawAnswer(status, [("Content-Type", "application/json")], json.dumps({"error": sentence}).encode())


def recording(upstream: Upstream, recorder: Recorder, *, allow_writes: bool) -> Exchange:
    """Pass everything on to a site and record it."""

    def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> RawAnswer:
        if not allow_writes and is_write(method, url):
            return refusal(403, "the site is only read; --allow-writes passes on what changes it")
        answer = upstream.send(method, url, _signed(upstream, headers), body)
        recorder.record(method, url, headers, body, answer)
        return answer

    return exchange


def passing(upstream: Upstream, *, allow_writes: bool) -> Exchange:
    """Pass everything on to a site."""

    def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> RawAnswer:
        if not allow_writes and is_write(method, url):
            return refusal(403, "the site is only read; --allow-writes passes on what changes it")
        return upstream.send(method, url, _signed(upstream, headers), body)

    return exchange


def comparing(
    answering: Upstream, other: Upstream, log: "DifferenceLog", *, allow_writes: bool, compared: Comparison
) -> Exchange:
    """Answer from one site; ask the other the same where that only reads, and note what differs."""
    pairs = Pairs()

    def exchange(method: str, url: str, headers: Mapping[str, str], body: bytes) -> RawAnswer:
        if is_write(method, url):
            if not allow_writes:
                return refusal(403, "the site is only read; --allow-writes passes on what changes it")
            log.count("written")
            return answering.send(method, url, _signed(answering, headers), body)
        answer = answering.send(method, url, _signed(answering, headers), body)
        try:
            second = other.send(method, url, _signed(other, headers), body)
        except UpstreamFailed as error:
            log.add(method, url, [str(error)])
            return answer
        differences = compare(_at_home(answer, answering), _at_home(second, other), compared, pairs)
        log.add(method, url, [str(difference) for difference in differences])
        return answer

    return exchange


def _signed(upstream: Upstream, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers for a site: with its own key in place of the client's, where it has one."""
    if not upstream.has_key or not any(is_secret(name) for name in headers):
        return dict(headers)
    return {**{name: value for name, value in headers.items() if not is_secret(name)}, **upstream.sign_in}


def _at_home(raw: RawAnswer, upstream: Upstream) -> Any:
    """An answer without the site's own address, which differs of course."""
    address = upstream.url.encode()
    body = raw.body.replace(address, b"").replace(address.replace(b"/", b"\\/"), b"")
    headers = [(name, value.replace(upstream.url, "")) for name, value in raw.headers]
    return RawAnswer(raw.status, headers, body).answer


class DifferenceLog:
    """Lines of JSON about what differed, and counts."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self.counts = {"compared": 0, "different": 0, "written": 0}

    def count(self, name: str) -> None:
        """Add one."""
        with self._lock:
            self.counts[name] += 1

    def add(self, method: str, url: str, differences: list[str]) -> None:
        """Note one comparison."""
        self.count("compared")
        if not differences:
            return
        self.count("different")
        line = json.dumps({"method": method, "path": url.partition("?")[0], "differences": differences[:50]})
        if self._path is None:
            print(line, flush=True)
            return
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    exchange: Exchange

    def _serve(self) -> None:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if self.headers.get("Transfer-Encoding"):
            self._answer(refusal(411, "the proxy takes bodies of a known length only"), close=True)
            return
        if not 0 <= length <= MAX_BODY:
            self._answer(refusal(413, f"the proxy takes bodies of {MAX_BODY} bytes at most"), close=True)
            return
        body = self.rfile.read(length) if length else b""
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not self.path.startswith("/"):
            self._answer(refusal(400, "the path must begin with a slash"))
            return
        try:
            # ``self`` is no argument of it.
            answer = type(self).exchange(self.command, self.path, headers, body)
        except UpstreamFailed as error:
            answer = refusal(502, str(error))
        self._answer(answer)

    def _answer(self, answer: RawAnswer, *, close: bool = False) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if close:
            self.close_connection = True
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """What passed is in the case file or the log of differences."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True


class _ServerV6(_Server):
    address_family = socket.AF_INET6


def open_proxy(bind: str, exchange: Exchange) -> ThreadingHTTPServer:
    """A server on ``HOST:PORT``; the caller runs ``serve_forever``."""
    host, port = host_and_port(bind)
    handler = type("Handler", (_Handler,), {"exchange": staticmethod(exchange)})
    return (_ServerV6 if ":" in host else _Server)((host.strip("[]"), port), handler)
