"""Replays case files against a sandbox in this process, and says what differs."""

import base64
import io
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from core.config import StartupError
from core.recording.cases import ANY_KEY, CaseFile
from core.recording.comparison import Answer, Difference, Pairs, compare, known_numbers
from core.sandbox.clock import read_instant
from core.sandbox.host import Sandbox
from core.sandbox.masking import MASKED, is_secret
from core.sandbox.settings import sandbox_config


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one case. ``reason`` is why it is known to differ, where it is."""

    file: str
    position: int
    name: str
    differences: list[Difference]
    reason: str = ""

    @property
    def is_as_expected(self) -> bool:
        """Whether it is the same, or differs as it is known to."""
        return bool(self.differences) == bool(self.reason)


@dataclass(slots=True)
class _Keys:
    """How requests sign in: by named keys of the recorded state, or by the sandbox's own."""

    own: Mapping[str, str]
    named: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def sign_in(self, auth: Any) -> dict[str, str]:
        """The headers of a sign-in.

        Raises:
            StartupError: The case names a key that nobody knows.
        """
        if auth is None:
            return {}
        if isinstance(auth, str):
            key = self.named.get(auth)
            if key is None and auth == ANY_KEY:
                return dict(self.headers)
            if key is None:
                raise StartupError(f"a case signs in with the key {auth!r}, which neither plan nor state has.")
            auth = (key["consumer_key"], key["consumer_secret"])
        return {"Authorization": "Basic " + base64.b64encode(":".join(auth).encode()).decode()}

    def unmasked(self, value: Any) -> Any:
        """A body with the sandbox's own key in place of what was masked."""
        if isinstance(value, dict):
            return {
                name: self.own.get(name, inner)
                if isinstance(inner, str) and inner.startswith(MASKED)
                else self.unmasked(inner)
                for name, inner in value.items()
            }
        return [self.unmasked(inner) for inner in value] if isinstance(value, list) else value


def replay(file: CaseFile) -> list[Verdict]:
    """Replay a file.

    Raises:
        StartupError: The plan or the state cannot be used.
    """
    state = file.state()
    with tempfile.TemporaryDirectory(prefix="frontdesk-diff-") as folder:
        sandbox = _open(file, Path(folder) / "store.db", state)
        try:
            dialect = file.plan.dialect
            keys = _keys(sandbox, dialect, {**(state or {}).get("api_keys", {}), **file.plan.keys})
            known = known_numbers(state) - set(file.plan.compare.new_ids)
            verdicts = []
            for run in file.runs():
                sandbox.reset()
                pairs = Pairs(known)
                verdicts += [_replay_case(file, position, sandbox, keys, pairs) for position in run]
            return verdicts
        finally:
            sandbox.close()


def _open(file: CaseFile, store: Path, state: Any) -> Sandbox:
    plan = file.plan
    if not plan.dialect:
        raise StartupError(f"{file.path}: it is not known whose it is; name it with --dialect.")
    site = dict(plan.site)
    config = sandbox_config(
        store,
        url=site.pop("url", "http://sandbox.test"),
        dialects=[plan.dialect],
        strict=plan.strict,
        site=site,
        settings={plan.dialect: plan.settings},
        environ={},
    )
    seed = {} if state is None else {plan.dialect: state}
    return Sandbox(config, now=read_instant(plan.now) if plan.now else None, seed=seed)


def _keys(sandbox: Sandbox, dialect: str, named: Mapping[str, Any]) -> _Keys:
    own = {
        name: value for name, value in sandbox.summary["dialects"].get(dialect, {}).items() if isinstance(value, str)
    }
    issuer = sandbox.manager.credentials.get(dialect)

    def send(method: str, path: str, body: Any) -> Any:
        raw = json.dumps(body).encode()
        return call_app(sandbox.app, method, path, {"Content-Type": "application/json"}, raw).body

    headers = {} if issuer is None else issuer.sign_in(own, send)
    return _Keys(own, named, headers)


def _replay_case(file: CaseFile, position: int, sandbox: Sandbox, keys: _Keys, pairs: Pairs) -> Verdict:
    case = file.cases[position]
    request = case["request"]
    headers = {name: value for name, value in (request.get("headers") or {}).items() if not is_secret(name)}
    headers |= keys.sign_in(request.get("auth"))
    raw = request["body_raw"].encode() if "body_raw" in request else None
    if request.get("body") is not None:
        raw = json.dumps(keys.unmasked(request["body"])).encode()
    if raw is not None and not any(name.lower() == "content-type" for name in headers):
        headers["Content-Type"] = "application/json"
    scheme = request.get("scheme", "https")
    answer = call_app(sandbox.app, request["method"], request["url"], headers, raw or b"", scheme, sandbox.url)
    differences = compare(recorded_answer(case), answer, file.plan.compare, pairs)
    reason = file.plan.different.get(f"{file.name}:{position}", "")
    return Verdict(file.name, position, str(case.get("name", "")), differences, reason)


def recorded_answer(case: Mapping[str, Any]) -> Answer:
    """The answer of a case."""
    response = case["response"]
    headers = {name.lower(): value for name, value in (response.get("headers") or {}).items()}
    return Answer(
        response["status"], headers, response["body"] if "body" in response else response.get("body_text", "")
    )


def call_app(
    app: Any,
    method: str,
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    scheme: str = "https",
    site: str = "http://sandbox.test",
) -> Answer:
    """Call a WSGI application as a server would.

    Args:
        url: Path and query.
        site: The address that the client believes to speak to.
    """
    path, _, query = url.partition("?")
    env: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "RAW_URI": url,
        "QUERY_STRING": query,
        "SERVER_NAME": "sandbox.test",
        "SERVER_PORT": "443" if scheme == "https" else "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": urlsplit(site).netloc,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "CONTENT_LENGTH": str(len(body)) if body else "",
    }
    for name, value in headers.items():
        key = name.upper().replace("-", "_")
        env[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    started: list[Any] = []
    parts = app(env, lambda status, headers, exc_info=None: started.extend((status, headers)))
    try:
        raw = b"".join(parts)
    finally:
        if hasattr(parts, "close"):
            parts.close()
    status, got = started[-2:]
    received = {name.lower(): value for name, value in got}
    return Answer(int(status.split(" ")[0]), received, decode_body(raw, received.get("content-type", "")))


def decode_body(raw: bytes, media_type: str) -> Any:
    """A body as a case has it: JSON as plain data, everything else as text."""
    if media_type.startswith("application/json") and raw:
        try:
            return json.loads(raw)
        except ValueError:
            pass
    return raw.decode("utf-8", "replace")
