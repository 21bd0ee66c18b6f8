"""A sandbox as an object, over its control API."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import quote, urlencode

#: ``send(method, path, body)`` returns the status and the decoded JSON; ``path`` begins behind the sandbox's address.
Transport: TypeAlias = Callable[[str, str, bytes | None], tuple[int, Any]]
Json: TypeAlias = Any


class SandboxError(Exception):
    """The control API refused; the message is its sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


@dataclass(frozen=True)
class ClientSettings:
    """What a client of one dialect is configured with.

    Attributes:
        url: The sandbox's address, without a slash at the end.
        prefixes: The paths that the dialect serves.
        fields: Everything under the vendor's own names: ``consumer_key``, ``api_key``, ``client_id``, ...
    """

    dialect: str
    url: str
    prefixes: tuple[str, ...]
    fields: Mapping[str, str]
    _send: Transport = field(repr=False)

    @property
    def base_url(self) -> str:
        """Address and first prefix."""
        return self.url + self.prefixes[0]

    @property
    def key(self) -> str:
        """The consumer key, API key or client id."""
        return next(self.fields[name] for name in ("consumer_key", "api_key", "client_id") if name in self.fields)

    @property
    def secret(self) -> str:
        """The consumer secret or client secret; empty where a key has one part."""
        names = ("consumer_secret", "client_secret")
        return next((self.fields[name] for name in names if name in self.fields), "")

    @cached_property
    def token(self) -> str:
        """An access token, where the dialect has them; asked for once.

        Raises:
            SandboxError: The dialect has none.
        """
        if "client_id" not in self.fields:
            raise SandboxError(404, f"{self.dialect} has no access tokens")
        login = {"client_id": self.key, "client_secret": self.secret, "grant_type": "client_credentials"}
        status, answer = self._send("POST", "/auth/token", json.dumps(login).encode())
        if status != 200:
            raise SandboxError(status, f"no token for {self.dialect}: {answer}")
        return str(answer["access_token"])


class Sandbox:
    """A running sandbox.

    Args:
        ready: The line that ``frontdesk sandbox --json`` prints when it is ready.
        send: How to reach it.

    Attributes:
        url: Its address, without a slash at the end.
        services: The services of the seed: id by name.
        clock, journal, webhooks: See there.
    """

    def __init__(self, ready: Mapping[str, Any], send: Transport) -> None:
        self.ready = ready
        self.url: str = ready["url"]
        self.services: Mapping[str, int] = ready["services"]
        self._send = send
        self.clock = Clock(self)
        self.journal = Journal(self)
        self.webhooks = Webhooks(self)

    def close(self) -> None:
        """Close this thread's connection to it; the next call opens another one."""
        close = getattr(self._send, "close", None)
        if close is not None:
            close()

    def control(self, method: str, path: str, body: Json = None) -> Json:
        """Call the control API; ``path`` begins behind ``/_sandbox``.

        Raises:
            SandboxError: It refuses.
        """
        raw = None if body is None else json.dumps(body).encode()
        status, answer = self._send(method, f"/_sandbox{path}", raw)
        if status >= 400:
            sentence = answer.get("error", "") if isinstance(answer, dict) else str(answer)
            raise SandboxError(status, sentence or f"status {status}")
        return answer

    def settings(self, dialect: str) -> ClientSettings:
        """What a client of this dialect is configured with."""
        fields = dict(self.ready["dialects"][dialect])
        prefixes, _ = tuple(fields.pop("prefixes")), fields.pop("curl", None)
        return ClientSettings(dialect, self.url, prefixes, fields, self._send)

    def new_key(
        self, dialect: str, *, expires_in: timedelta | float | str | None = None, permissions: str | None = None
    ) -> ClientSettings:
        """Make another key; where the vendor has one for the whole site, it replaces the first.

        Args:
            expires_in: How long it lives on the sandbox's clock.
        """
        body = {"dialect": dialect, "permissions": permissions, "expires_in": _distance(expires_in)}
        fields = self.control("POST", "/keys", body)
        return ClientSettings(dialect, self.url, self.settings(dialect).prefixes, fields, self._send)

    def reset(self) -> None:
        """Begin anew: seed, clock of the start, no faults, empty journal, no webhooks."""
        self.control("POST", "/reset")

    def keep(self, name: str) -> None:
        """Keep the current state and time under a name."""
        self.control("PUT", f"/snapshots/{quote(name, safe='')}")

    def return_to(self, name: str) -> None:
        """Return to what was kept."""
        self.control("POST", f"/snapshots/{quote(name, safe='')}")

    def load(self, dialect: str, document: Json) -> dict[str, int]:
        """Store an import document, all of it or nothing; returns the number of entries by section."""
        counts: dict[str, int] = self.control("POST", "/load", {"dialect": dialect, "document": document})
        return counts

    def dump(self, dialect: str = "") -> dict[str, Json]:
        """Import documents of the current state by dialect."""
        documents: dict[str, Json] = self.control("GET", f"/dump?{urlencode({'dialect': dialect})}")
        return documents

    def fail(
        self,
        kind: str,
        *,
        dialect: str = "",
        method: str = "",
        path: str = "",
        key: str = "",
        nth: int = 0,
        times: int = 0,
        **more: Json,
    ) -> "Fault":
        """Let calls go wrong until the fault is cleared or the sandbox reset.

        Args:
            kind: ``full``, ``rate_limited``, ``expired_key``, ``delay``, ... (docs/sandbox/faults.md).
            dialect, method, path, key: Which calls; ``path`` may have ``*``.
            nth: Only the call of this number that it meets, from 1.
            times: How often at most.
            more: ``seconds``, ``status``, ``retry_after``, ``probability``, ``seed``, ``fields``.
        """
        which = {"dialect": dialect, "method": method, "path": path, "key": key}
        spec: dict[str, Json] = {name: value for name, value in which.items() if value}
        spec |= {name: number for name, number in (("nth", nth), ("times", times)) if number}
        answer = self.control("POST", "/faults", {"kind": kind, **spec, **more})
        return Fault(self, answer["id"])

    def faults(self) -> list[dict[str, Json]]:
        """The faults that are set, with how many calls they met and spoiled."""
        faults: list[dict[str, Json]] = self.control("GET", "/faults")["faults"]
        return faults

    def clear_faults(self) -> None:
        """Clear all faults."""
        self.control("DELETE", "/faults")


class Fault:
    """A fault that is set; used in ``with``, it is cleared at the end."""

    def __init__(self, sandbox: Sandbox, id: int) -> None:
        self._sandbox = sandbox
        self.id = id

    def _count(self, name: str) -> int:
        return next((int(fault[name]) for fault in self._sandbox.faults() if fault["id"] == self.id), 0)

    @property
    def met(self) -> int:
        """How many calls it met."""
        return self._count("met")

    @property
    def used(self) -> int:
        """How many of them went wrong."""
        return self._count("used")

    def clear(self) -> None:
        """Let calls go right again."""
        self._sandbox.control("DELETE", f"/faults/{self.id}")

    def __enter__(self) -> "Fault":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()


class Clock:
    """The clock of the sandbox. What waits for a time happens as it comes, before a call returns."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def _put(self, **body: Json) -> datetime:
        return _instant(self._sandbox.control("PUT", "/clock", body)["now"])

    @property
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return _instant(self._sandbox.control("GET", "/clock")["now"])

    def set(self, now: datetime | str) -> datetime:
        """Stand at an instant."""
        return self._put(now=now if isinstance(now, str) else now.isoformat())

    def advance(self, distance: timedelta | float | str = 0, **parts: float) -> datetime:
        """Go forward: ``advance("2h")``, ``advance(hours=2)``, ``advance(90)`` seconds; returns the new instant."""
        return self._put(advance=_distance(timedelta(**parts) if parts else distance))

    def freeze(self) -> datetime:
        """Stand where it is."""
        return self._put(freeze=True)

    def run(self) -> datetime:
        """Run on from where it is."""
        return self._put(run=True)

    def sign_with(self, signing: str) -> None:
        """Judge signed timestamps by the ``"real"`` time, the sandbox's ``"clock"`` or ``"either"``."""
        self._put(signing=signing)


class Journal:
    """What the client called and got; secrets are masked."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def _ask(self, limit: int, **question: Json) -> dict[str, Json]:
        query = {
            name: json.dumps(value) if name in ("query", "body") else value
            for name, value in question.items()
            if value not in (None, "")
        }
        answer: dict[str, Json] = self._sandbox.control("GET", f"/journal?{urlencode({**query, 'limit': limit})}")
        return answer

    def calls(
        self,
        method: str = "",
        path: str = "",
        *,
        query: Json = None,
        body: Json = None,
        limit: int = 1000,
        **more: Json,
    ) -> list[dict[str, Json]]:
        """The calls that fit, oldest first.

        Args:
            path: May have ``*``.
            query, body: What a call has among others.
            more: ``dialect``, ``status``, ``key``, ``after``.
        """
        entries: list[dict[str, Json]] = self._ask(limit, method=method, path=path, query=query, body=body, **more)[
            "entries"
        ]
        return entries

    def count(self, method: str = "", path: str = "", *, query: Json = None, body: Json = None, **more: Json) -> int:
        """How many calls fit."""
        return int(self._ask(0, method=method, path=path, query=query, body=body, **more)["count"])

    def assert_called(
        self,
        method: str = "",
        path: str = "",
        *,
        times: int | None = None,
        query: Json = None,
        body: Json = None,
        **more: Json,
    ) -> None:
        """Check how often something was called: ``times``, or at least once.

        Raises:
            AssertionError: With all calls that there were.
        """
        count = self.count(method, path, query=query, body=body, **more)
        if count == times or (times is None and count):
            return
        wanted = "at all" if times is None else f"{times} times"
        asked = [f"{method or 'anything'} {path or 'anywhere'}"]
        asked += [f"{name} {value!r}" for name, value in {"query": query, "body": body, **more}.items() if value]
        raise AssertionError(f"{', '.join(asked)}: called {count} times, not {wanted}\n{self}")

    def hints(self) -> list[str]:
        """A sentence for each parameter of a call that the real vendor ignores."""
        return [f"{call['method']} {call['path']}: {hint}" for call in self.calls() for hint in call["hints"]]

    def clear(self) -> None:
        """Forget all calls."""
        self._sandbox.control("DELETE", "/journal")

    def __str__(self) -> str:
        lines = [_line(call) for call in self.calls(limit=50)]
        return "\n".join(lines) or "nothing was called"


def _line(call: Mapping[str, Json]) -> str:
    query = f"?{urlencode(call['query'], doseq=True)}" if call["query"] else ""
    body = "" if call["body"] is None else f" {json.dumps(call['body'])[:300]}"
    faults = "".join(f" [{fault['kind']}]" for fault in call["faults"])
    hints = "".join(f"\n    hint: {hint}" for hint in call["hints"])
    return f"  {call['method']} {call['path']}{query}{body} -> {call['status']}{faults}{hints}"


class Webhooks:
    """The webhooks that the sandbox sent or held; those for other machines are held unless ``deliver`` is called."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def all(self) -> list[dict[str, Json]]:
        """Every attempt, oldest first: ``url``, ``headers``, ``body``, ``outcome``, ``status``, ..."""
        attempts: list[dict[str, Json]] = self._sandbox.control("GET", "/webhooks")["webhooks"]
        return attempts

    def hold(self) -> None:
        """Hold all of them."""
        self._sandbox.control("PUT", "/webhooks", {"mode": "hold"})

    def deliver(self) -> None:
        """Deliver all of them, wherever they lead."""
        self._sandbox.control("PUT", "/webhooks", {"mode": "deliver"})

    def clear(self) -> None:
        """Forget the attempts."""
        self._sandbox.control("DELETE", "/webhooks")


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _distance(value: timedelta | float | str | None) -> float | str | None:
    return value.total_seconds() if isinstance(value, timedelta) else value
