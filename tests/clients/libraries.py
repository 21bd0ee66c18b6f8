"""The vendors' official client libraries behind one small face, each with its own code from call to socket."""

import fcntl
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from woocommerce import API

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True)
class Login:
    """Where to and as whom; ``way`` is "oauth" (what they do over plain HTTP by themselves), "basic" or "query"."""

    url: str
    path: str
    key: str
    secret: str
    way: str = "oauth"


class Library(Protocol):
    def __call__(self, method: str, endpoint: str, params: dict[str, Any] | None = None, body: Any = None) -> Reply: ...


@contextmanager
def python(login: Login) -> Iterator[Library]:
    """``woocommerce`` from PyPI."""
    modern = login.path.startswith("wc-")
    api = API(
        url=login.url,
        consumer_key=login.key,
        consumer_secret=login.secret,
        wp_api=modern,
        version=login.path if modern else "v3",
        timeout=20,
        query_string_auth=login.way == "query",
    )
    # It sends a login or a query pair only where it believes to speak HTTPS; else it signs.
    api.is_ssl = login.way != "oauth"

    def call(method: str, endpoint: str, params: dict[str, Any] | None = None, body: Any = None) -> Reply:
        words = [endpoint] if body is None else [endpoint, body]
        reply = getattr(api, method)(*words, params=dict(params or {}))
        return Reply(reply.status_code, {k.lower(): v for k, v in reply.headers.items()}, reply.json())

    yield call


@lru_cache(maxsize=1)
def missing() -> str:
    """Why the libraries for Node cannot run here; empty when they can. Installs them where that is possible."""
    if not (shutil.which("node") and shutil.which("npm")):
        return "node or npm is not installed here, so the clients from npm were not tried"
    with (Path(tempfile.gettempdir()) / "frontdesk-npm.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # npm writes this file last.
        if (HERE / "node_modules" / ".package-lock.json").exists():
            return ""
        words = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries", "1"]
        try:
            done = subprocess.run(words, cwd=HERE, capture_output=True, text=True, timeout=120)
        except subprocess.TimeoutExpired:
            return "`npm ci` did not end within two minutes, so the clients from npm were not tried"
    if done.returncode == 0:
        return ""
    reason = next((line for line in done.stderr.splitlines() if line.startswith("npm error")), "")
    return f"`npm ci` does not work here ({reason}), so the clients from npm were not tried"


@contextmanager
def _node(library: str, login: Login) -> Iterator[Library]:
    settings = {
        "url": login.url,
        "key": login.key,
        "secret": login.secret,
        "path": login.path,
        "basic": login.way == "basic",
        "query": login.way == "query",
    }
    process = subprocess.Popen(
        ["node", "--no-deprecation", str(HERE / "drive.js"), library, json.dumps(settings)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def call(method: str, endpoint: str, params: dict[str, Any] | None = None, body: Any = None) -> Reply:
        asked = {"method": method, "endpoint": endpoint, "params": params or {}, "body": body}
        process.stdin.write(json.dumps(asked) + "\n")
        process.stdin.flush()
        line = process.stdout.readline()
        assert line, "the client's program ended; its error is on standard error"
        return Reply(**json.loads(line))

    with process:
        try:
            yield call
        finally:
            process.stdin.close()
            process.wait(20)


def node_rest(login: Login):
    """``@woocommerce/woocommerce-rest-api`` from npm."""
    return _node("rest", login)


def node_legacy(login: Login):
    """``woocommerce-api`` from npm, which speaks both generations."""
    return _node("legacy", login)
