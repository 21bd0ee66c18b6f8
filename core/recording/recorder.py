"""Writes what passes between a client and a real site as a case file, without secrets and without people."""

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode

from core.private_files import write_private
from core.recording.cases import ANY_KEY
from core.recording.personal import hide_people
from core.recording.replay import decode_body
from core.recording.upstream import RawAnswer
from core.sandbox.masking import is_secret, mask_value

MAX_CASES = 20_000
_REQUEST_HEADERS = frozenset(
    ("content-type", "accept", "if-match", "if-none-match", "idempotency-key", "origin", "x-http-method-override")
)
_RESPONSE_HEADERS = (
    "content-type", "link", "location", "allow", "etag", "retry-after", "www-authenticate", "x-wp-", "x-ratelimit-",
    "access-control-", "cache-control", "expires", "vary",
)  # fmt: skip


class Recorder:
    """One case file, written every few seconds and at the end.

    Args:
        plan: What ``core.recording.cases.Plan`` has, for the head of the file.
        is_credential: Whether a parameter of this name signs a caller in.
        keep_people: Leave names and addresses of people as they are.
    """

    def __init__(
        self,
        path: Path,
        *,
        plan: Mapping[str, Any],
        is_credential: Callable[[str], bool] | None = None,
        keep_people: bool = False,
    ) -> None:
        self._path = path
        self._plan = {**plan, "compare": {"hide_people": not keep_people}}
        self._is_credential = is_credential or (lambda name: False)
        self._keep_people = keep_people
        self._lock = threading.Lock()
        self.cases: list[dict[str, Any]] = []
        self._saved = 0.0

    def record(self, method: str, url: str, headers: Mapping[str, str], body: bytes, answer: RawAnswer) -> None:
        """Add a case; ``headers`` by name in lower case."""
        with self._lock:
            if len(self.cases) >= MAX_CASES:
                return
            self.cases.append(
                {
                    "name": f"{method} {url.partition('?')[0]}",
                    "request": self._request(method, url, headers, body),
                    "response": self._response(answer),
                }
            )
            # A long file is written less often; ``save`` writes the rest.
            if monotonic() - self._saved > 1 + len(self.cases) / 1000:
                self._write()

    def save(self) -> None:
        """Write the file."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        document = {"plan": self._plan, "cases": self.cases}
        text = json.dumps(document, indent=1, ensure_ascii=False) + "\n"
        # Halves of characters, which JSON can name, are no UTF-8.
        write_private(self._path, text.encode("utf-8", "backslashreplace"))
        self._saved = monotonic()

    def _request(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
        path, _, query = url.partition("?")
        pairs = parse_qsl(query, keep_blank_values=True)
        kept = [(name, value) for name, value in pairs if not self._is_credential(name)]
        signs_in = len(kept) < len(pairs) or any(is_secret(name) and name != "cookie" for name in headers)
        request: dict[str, Any] = {
            "method": method,
            "url": path + (f"?{query if len(kept) == len(pairs) else urlencode(kept)}" if kept else ""),
            "auth": ANY_KEY if signs_in else None,
            "headers": {name: value for name, value in headers.items() if name in _REQUEST_HEADERS},
        }
        if body:
            decoded = decode_body(body, headers.get("content-type", "application/json"))
            decoded = mask_value(decoded)
            decoded = decoded if self._keep_people else hide_people(decoded)
            request["body_raw" if isinstance(decoded, str) else "body"] = decoded
        return request

    def _response(self, answer: RawAnswer) -> dict[str, Any]:
        headers = {name.lower(): value for name, value in answer.headers}
        body = mask_value(answer.answer.body)
        body = body if self._keep_people else hide_people(body)
        return {
            "status": answer.status,
            "headers": {name: value for name, value in headers.items() if name.startswith(_RESPONSE_HEADERS)},
            "body_text" if isinstance(body, str) else "body": body,
        }
