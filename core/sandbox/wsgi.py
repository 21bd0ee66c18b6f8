"""The WSGI application of a sandbox: writes the journal, lets faults happen, passes the rest to the server's own."""

import io
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from core import request_budget
from core.errors import ServiceUnavailable
from core.http.middleware import DialectRegistry
from core.sandbox import refusals
from core.sandbox.faults import CONNECTION_KINDS, Scheduled
from core.sandbox.host import PREFIX, Sandbox
from core.sandbox.journal import MAX_BODY, Entry
from core.sandbox.masking import key_of, mask, mask_header, mask_value

#: Pieces of a slow body.
_PIECES = 10
_NAP_SECONDS = 0.1
_MAX_TOKENS = 10_000

StartResponse = Callable[..., Any]


class Answer:
    """What the server answers, before a byte of it is sent."""

    def __init__(self) -> None:
        self.status = ""
        self.headers: list[tuple[str, str]] = []
        self.body = b""

    def start(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        """The ``start_response`` of WSGI."""
        self.status, self.headers = status, headers
        return lambda data: None

    @property
    def code(self) -> int:
        return int(self.status.partition(" ")[0] or 0)


class SandboxApp:
    """Serves a sandbox and, below ``/_sandbox``, its control API."""

    def __init__(self, sandbox: Sandbox, control: Callable[..., Iterable[bytes]]) -> None:
        self._sandbox = sandbox
        self._control = control
        self._registry = DialectRegistry([dialect for _, dialect in sandbox.manager.dialects])
        #: Key and body of the requests under way, as they were sent.
        self._under_way: dict[int, tuple[str, bytes]] = {}
        #: Client id by the token that was issued to it.
        self._tokens: dict[str, str] = {}

    def __call__(self, env: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        path = env.get("PATH_INFO", "")
        if path == PREFIX or path.startswith(f"{PREFIX}/"):
            return self._control(env, start_response)
        started = time.perf_counter()
        body = _read_body(env)
        headers = _headers(env)
        query = _query(env.get("QUERY_STRING", ""))
        key = key_of(headers, query)
        key = self._tokens.get(key, key)
        dialect = self._registry.dialect_of(path)
        name = dialect.name if dialect is not None else ""
        method = env["REQUEST_METHOD"]
        entry = self._sandbox.journal.open(
            lambda number: Entry(
                id=number,
                at=self._sandbox.clock().isoformat().replace("+00:00", "Z"),
                dialect=name,
                method=method,
                path=path,
                query=mask_value(query),
                headers={header: mask_header(header, text) for header, text in headers.items()},
                body=mask_value(_decoded(body, headers.get("content-type", ""))),
                key=mask(key) if key else "",
                size=len(body),
            )
        )
        met = self._sandbox.faults.take_for_request(dialect=name, method=method, path=path, key=key)
        self._under_way[entry.id] = key, body
        try:
            return self._answer(env, start_response, entry, met, started)
        finally:
            del self._under_way[entry.id]
            if entry.status is None:
                entry.status = 0

    def _answer(
        self,
        env: dict[str, Any],
        start_response: StartResponse,
        entry: Entry,
        met: list[Scheduled],
        started: float,
    ) -> Iterable[bytes]:
        faults = [one.fault for one in met]
        before = {one.id: one.used for one in met if one.fault.kind == "full"}
        for fault in faults:
            if fault.kind == "delay":
                _sleep(fault.seconds)
        spoiled = next((fault for fault in faults if fault.kind in ("cut", "page")), None)
        answer = Answer()
        if spoiled is None:
            self._run(env, answer, [one for one in met if one.fault.kind not in CONNECTION_KINDS])
        elif spoiled.kind == "page":
            _make_page(answer, spoiled.status)
        lost = next((fault.kind for fault in faults if fault.kind in ("cut", "lost_answer", "half_answer")), "")
        entry.faults = [
            {"id": one.id, "kind": one.fault.kind} for one in met if one.id not in before or one.used > before[one.id]
        ]
        self._record(entry, answer, lost, started)
        if lost in ("cut", "lost_answer"):
            raise _cut(env)
        start_response(answer.status, answer.headers)
        if lost:
            return _half(env, answer.body)
        slow = next((fault for fault in faults if fault.kind == "slow_body"), None)
        return [answer.body] if slow is None else _slowly(answer.body, slow.seconds)

    def _run(self, env: dict[str, Any], answer: Answer, pending: list[Scheduled]) -> None:
        refusals.set_pending(pending)
        try:
            with self._sandbox.turns.shared():
                parts = self._sandbox.app(env, answer.start)
                try:
                    answer.body = b"".join(parts)
                finally:
                    if hasattr(parts, "close"):
                        parts.close()
        except ServiceUnavailable:
            # A reset has not ended in time.
            _make_page(answer, 503)
        finally:
            refusals.set_pending(())
        if env["REQUEST_METHOD"] not in ("GET", "HEAD", "OPTIONS"):
            self._sandbox.time.wake()

    def _record(self, entry: Entry, answer: Answer, lost: str, started: float) -> None:
        headers = {name.lower(): value for name, value in answer.headers}
        decoded = _decoded(answer.body, headers.get("content-type", ""))
        self._learn_token(decoded, entry)
        entry.answer_headers = {name: mask_header(name, value) for name, value in headers.items()}
        entry.answer = mask_value(decoded)
        entry.milliseconds = round((time.perf_counter() - started) * 1000, 2)
        entry.status = 0 if lost else answer.code
        self._sandbox.journal.close(entry, min(len(answer.body), MAX_BODY))

    def _learn_token(self, answer: Any, entry: Entry) -> None:
        """Remember whose token an answer brings, so that a fault for a client id meets its later requests too."""
        token = answer.get("access_token") if isinstance(answer, dict) else None
        if not isinstance(token, str):
            return
        key, body = self._under_way[entry.id]
        fields = _decoded(body, entry.headers.get("content-type", ""))
        fields = fields if isinstance(fields, dict) else {}
        client = fields.get("client_id") or fields.get("clientId") or key
        if isinstance(client, str) and client:
            while len(self._tokens) >= _MAX_TOKENS:
                del self._tokens[next(iter(self._tokens))]
            self._tokens[token] = client


def _read_body(env: dict[str, Any]) -> bytes:
    """The body, which the application can read again."""
    stream = env["wsgi.input"]
    try:
        length = int(env.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    body: bytes = stream.read(length) if length > 0 else b""
    env["wsgi.input"] = io.BytesIO(body)
    return body


def _headers(env: dict[str, Any]) -> dict[str, str]:
    """The headers of a request by name in lower case."""
    headers = {
        name[5:].replace("_", "-").lower(): str(value) for name, value in env.items() if name.startswith("HTTP_")
    }
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if env.get(name):
            headers[name.replace("_", "-").lower()] = str(env[name])
    return headers


def _query(text: str) -> dict[str, Any]:
    """Parameters by name; one that is there several times has a list."""
    query: dict[str, Any] = {}
    with suppress(ValueError):
        for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=1000):
            earlier = query.get(name)
            query[name] = value if earlier is None else [*(earlier if isinstance(earlier, list) else [earlier]), value]
    return query


def _decoded(body: bytes, media_type: str) -> Any:
    """A body as plain data: JSON, form fields, or text; a long one is cut."""
    if not body:
        return None
    if "form-urlencoded" in media_type and len(body) <= MAX_BODY:
        return _query(body.decode("utf-8", "replace"))
    if len(body) <= MAX_BODY * 4:
        with suppress(ValueError, RecursionError):
            return json.loads(body, parse_constant=str)
    return body[:MAX_BODY].decode("utf-8", "replace")


def _make_page(answer: Answer, status: int) -> None:
    """The page of a proxy whose server does not answer."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Error"
    line = f"{status} {phrase}"
    head = f"<html>\r\n<head><title>{line}</title></head>\r\n<body>\r\n<center><h1>{line}</h1></center>\r\n"
    answer.body = f"{head}<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n".encode()
    length = str(len(answer.body))
    answer.start(line, [("Server", "nginx"), ("Content-Type", "text/html"), ("Content-Length", length)])


def _sleep(seconds: float) -> None:
    """Wait, unless the client leaves; the wait is no work of the request."""
    budget = request_budget.current()
    ends = time.monotonic() + seconds
    if budget is not None:
        budget.deadline += seconds
    while (left := ends - time.monotonic()) > 0 and not (budget is not None and budget.is_gone):
        time.sleep(min(_NAP_SECONDS, left))


def _cut(env: dict[str, Any]) -> ConnectionResetError:
    """End the connection; returns what the caller has to raise."""
    buffered = env.get("gunicorn.socket")
    if buffered is not None:
        with suppress(OSError):
            buffered.real_socket.shutdown(socket.SHUT_RDWR)
    return ConnectionResetError("a fault of the sandbox has cut the connection")


def _half(env: dict[str, Any], body: bytes) -> Iterator[bytes]:
    yield body[: max(1, len(body) // 2)]
    raise _cut(env)


def _slowly(body: bytes, seconds: float) -> Iterator[bytes]:
    size = max(1, -(-len(body) // _PIECES))
    pieces = [body[start : start + size] for start in range(0, len(body), size)] or [b""]
    for piece in pieces:
        _sleep(seconds / len(pieces))
        yield piece
