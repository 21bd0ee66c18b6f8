"""Requests to throw at a dialect: those of its own OpenAPI document, and what becomes of them in rough hands."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

import requests

#: Values that have broken something somewhere.
POISON: tuple[Any, ...] = (
    None, True, False, 0, -1, 1.5, -0.0, 2**31, 2**63, -(2**63) - 1, 10**40, 1e308, "", " ", "0", "null", "NaN", "-1",
    "1e999", "١٢٣", "\x00", "a\x00b", "\ud800", "\u202e", "\U0001f600", "é" * 300, "x" * 70_000, "%00", "%", "../../etc/passwd",
    "' OR 1=1 --", "<script>", "{{7*7}}", "${jndi:x}", "2026-02-30", "0000-00-00", "0001-01-01", "9999-12-31", "2026-03-02",
    "2026-03-29T02:30:00", "24:00", "25:61", "09:00", "2026-03-02 09:00:00", "@0", "1970-01-01T00:00:00Z", [], {}, [[]],
    [None], {"": ""}, {"a": {"b": {"c": []}}}, [1, "x", None, {}], ["2026-03-02", "2026-03-01"], "1,2,x", "1,,2", "[]", "{}",
)  # fmt: skip
HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", "application/xml"),
    ("Content-Type", "application/x-www-form-urlencoded"),
    ("Content-Type", "multipart/form-data; boundary=x"),
    ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", ""),
    ("Accept", "text/html"),
    ("Accept-Encoding", "br;q=x, *"),
    ("Accept-Language", "zz-ZZ;q=9"),
    ("If-Match", '"999999999999999999999999"'),
    ("If-Match", "garbage"),
    ("If-None-Match", "*"),
    ("Idempotency-Key", "k" * 300),
    ("Idempotency-Key", "same"),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-HTTP-Method-Override", "BREW"),
    ("Origin", "null"),
    ("X-Forwarded-For", "::1, x"),
    ("X-Request-Id", "x" * 500),
    ("Authorization", "Bearer "),
    ("Authorization", "Basic !!!"),
    ("Range", "bytes=0-"),
)
BODIES = (
    b"",
    b"{",
    b"null",
    b"[]",
    b"[{}]",
    b'"x"',
    b"\xff\xfe",
    b'{"a":' * 3000,
    b'{"a":1}{"b":2}',
    b"a[b]=1&a[]=2&a=3",
)


@dataclass(frozen=True)
class Request:
    """What goes over the wire; ``path`` and ``query`` are percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __str__(self) -> str:
        query = f"?{self.query[:300]}" if self.query else ""
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OUR_HEADERS}
        return f"{self.method} {self.path}{query} {headers} {self.body[:400]!r}"


#: Headers that carry the key or say nothing.
OUR_HEADERS = frozenset(
    ("authorization", "x-bookingpress-api-key", "user-agent", "accept-encoding", "connection", "x-schemathesis-testcaseid")
)  # fmt: skip
#: Query parameters by which two of the dialects also sign in; a wrong one would end everything at the door.
SIGN_IN = ("consumer_key", "consumer_secret", "oauth_")


class Ids:
    """Numbers that are really there, by table."""

    #: What a path or a parameter calls the things of a table.
    WORDS = {
        "booking": ("booking", "appointment"),
        "service": ("product", "service"),
        "resource": ("resource", "employee", "staff"),
        "customer": ("customer",),
        "booking_order": ("order",),
    }

    def __init__(self, by_table: dict[str, list[int]]) -> None:
        self._by_table = by_table
        self._all = sorted({number for numbers in by_table.values() for number in numbers}) or [1]

    def one_of(self, word: str, rng: random.Random) -> int:
        """A number that mostly is one of what ``word`` speaks of."""
        word = word.lower()
        for table, numbers in self._by_table.items():
            if numbers and rng.random() < 0.9 and any(each in word for each in self.WORDS.get(table, (table,))):
                return rng.choice(numbers)
        return rng.choice(self._all)


def from_case(case: Any, credentials: dict[str, str]) -> Request | None:
    """What Schemathesis has made up, signed in; None where no client could send it."""
    try:
        sent = case.as_transport_kwargs(base_url="http://testserver")
        prepared = requests.Request(
            sent["method"],
            sent["url"],
            params=sent.get("params"),
            headers=sent.get("headers"),
            data=sent.get("data"),
            json=sent.get("json"),
            files=sent.get("files"),
        ).prepare()
        parts = urlsplit(prepared.url or "")
    except (ValueError, UnicodeError, TypeError, requests.RequestException):
        return None
    headers = {
        name: value if isinstance(value, str) else value.decode("latin-1")
        for name, value in prepared.headers.items()
        if name.lower() not in OUR_HEADERS
    }
    body = prepared.body or b""
    if not isinstance(body, str | bytes):
        return None
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    query = "&".join(pair for pair in parts.query.split("&") if not pair.lower().startswith(SIGN_IN))
    return Request(sent["method"].upper(), parts.path, query, {**headers, **credentials}, body)


def variations(request: Request, template: str, ids: Ids, rng: random.Random) -> Iterator[Request]:
    """Without end: the request with something else in it, mostly with things that are really there."""
    while True:
        changed = request
        if rng.random() < 0.8:
            changed = _with_real_ids(changed, template, ids, rng)
        for _ in range(rng.choice((0, 1, 1, 2))):
            changed = rng.choice(_WAYS)(changed, rng)
        yield changed


def _with_real_ids(request: Request, template: str, ids: Ids, rng: random.Random) -> Request:
    pattern, parts = template.split("/"), request.path.split("/")
    if len(pattern) == len(parts):
        parts = [
            str(ids.one_of(pattern[index - 1], rng)) if name.startswith("{") else part
            for index, (name, part) in enumerate(zip(pattern, parts, strict=True))
        ]
    query = [
        (name, str(ids.one_of(name, rng)) if _is_reference(name) else value) for name, value in _pairs(request.query)
    ]
    body = _json(request)
    if body is not None:
        request = _with_json(request, _replace_references(body, ids, rng))
    return replace(request, path="/".join(parts), query=_query(query))


def _is_reference(name: str) -> bool:
    name = name.rstrip("[]")
    return (
        name.endswith(("_id", "_ids", "service", "employee", "customer", "location", "category", "coupon"))
        or name == "id"
    )


def _replace_references(value: Any, ids: Ids, rng: random.Random) -> Any:
    if isinstance(value, dict):
        return {
            name: ids.one_of(name, rng)
            if _is_reference(name) and not isinstance(inner, dict | list)
            else _replace_references(inner, ids, rng)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_replace_references(inner, ids, rng) for inner in value]
    return value


def _poison_query(request: Request, rng: random.Random) -> Request:
    pairs = _pairs(request.query)
    value = rng.choice(POISON)
    text = value if isinstance(value, str) else json.dumps(value)
    if not pairs or rng.random() < 0.2:
        pairs.append((rng.choice(("page", "per_page", "limit", "search", "fields", "_fields", "order", "x")), text))
    else:
        index = rng.randrange(len(pairs))
        name = pairs[index][0] + rng.choice(("", "", "", "[]", "[a]", "[a][b]", "[0]"))
        pairs[index] = (name, text)
    return replace(request, query=_query(pairs))


def _repeat_query(request: Request, rng: random.Random) -> Request:
    pairs = _pairs(request.query)
    rng.shuffle(pairs)
    return replace(request, query=_query(pairs + pairs))


def _poison_body(request: Request, rng: random.Random) -> Request:
    body = _json(request)
    if not isinstance(body, dict) or not body:
        return replace(request, body=rng.choice(BODIES))
    holder: Any = body
    while True:
        key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
        inner = holder[key]
        if isinstance(inner, dict | list) and inner and rng.random() < 0.6:
            holder = inner
            continue
        holder[key] = rng.choice(POISON)
        return _with_json(request, body)


def _shorten_body(request: Request, rng: random.Random) -> Request:
    body = _json(request)
    if not isinstance(body, dict) or not body:
        return replace(request, body=request.body[: rng.randrange(len(request.body) + 1)])
    del body[rng.choice(list(body))]
    return _with_json(request, body)


def _as_form(request: Request, rng: random.Random) -> Request:
    body = _json(request)
    if not isinstance(body, dict):
        return replace(request, body=rng.choice(BODIES))
    text = urlencode(
        {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}, errors="replace"
    )
    headers = {name: value for name, value in request.headers.items() if name.lower() != "content-type"}
    return replace(
        request, body=text.encode(), headers={**headers, "Content-Type": "application/x-www-form-urlencoded"}
    )


def _other_header(request: Request, rng: random.Random) -> Request:
    name, value = rng.choice(HEADERS)
    others = {each: text for each, text in request.headers.items() if each.lower() != name.lower()}
    return replace(request, headers={**others, name: value})


def _other_method(request: Request, rng: random.Random) -> Request:
    return replace(request, method=rng.choice(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")))


def _other_path(request: Request, rng: random.Random) -> Request:
    parts = request.path.split("/")
    index = rng.randrange(1, len(parts))
    value = rng.choice(POISON)
    parts[index] = quote(value if isinstance(value, str) else json.dumps(value), safe="", errors="replace")[:300]
    return replace(request, path="/".join(parts))


_WAYS = (
    _poison_query, _poison_query, _poison_body, _poison_body, _poison_body,
    _repeat_query, _shorten_body, _as_form, _other_header, _other_method, _other_path,
)  # fmt: skip


def _pairs(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True, errors="replace")


def _query(pairs: list[tuple[str, str]]) -> str:
    return urlencode(pairs, errors="replace")[:7000]


def _json(request: Request) -> Any:
    if "json" not in request.headers.get("Content-Type", ""):
        return None
    try:
        return json.loads(request.body)
    except (ValueError, RecursionError):
        return None


def _with_json(request: Request, value: Any) -> Request:
    return replace(request, body=json.dumps(value).encode("utf-8", "replace"))


def path_info(path: str) -> str:
    """The path as WSGI wants it: bytes, one character each."""
    return unquote_to_bytes(path).decode("latin-1")
