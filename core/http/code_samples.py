"""Code samples for the operations of an OpenAPI document: a curl command and a Python program for each.

A sample is a complete request: with the credentials that the operation needs, as words to replace (``YOUR_TOKEN``), and
with values that its schemas accept for everything that is required.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from core.http.schema_examples import SchemaExamples

METHODS = ("get", "post", "put", "patch", "delete", "options", "head", "trace")
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data"
#: What stands for the caller's own credentials.
USER, PASSWORD, TOKEN, KEY = "YOUR_KEY", "YOUR_SECRET", "YOUR_TOKEN", "YOUR_API_KEY"
#: How many fields a body shows that requires fewer.
_SHOWN_FIELDS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """One request, complete but for the credentials.

    Attributes:
        url: Without a query.
        body: Plain data; None without one. Forms have texts as values.
        uses_basic: Signs in with name and password.
        replies: Whether a reply has a body.
    """

    method: str
    url: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    media: str = ""
    uses_basic: bool = False
    replies: bool = True


@dataclass(frozen=True, slots=True)
class OperationSample:
    """An operation of a document with its samples."""

    id: str
    method: str
    path: str
    summary: str
    curl: str
    python: str


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Path, method (lower case) and operation object of everything that a document describes."""
    for path, item in document.get("paths", {}).items():
        for method, operation in item.items():
            if method in METHODS:
                yield path, method, operation


def operation_samples(document: Mapping[str, Any]) -> list[OperationSample]:
    """Every operation of a document with its samples, in the document's order."""
    maker = _Maker(document)
    samples = []
    for path, method, operation in operations(document):
        request = maker.request(path, method, operation)
        samples.append(
            OperationSample(
                id=str(operation.get("operationId") or f"{method} {path}"),
                method=method.upper(),
                path=path,
                summary=str(operation.get("summary") or ""),
                curl=as_curl(request),
                python=as_python(request),
            )
        )
    return samples


def with_code_samples(document: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document whose operations have their samples as ``x-codeSamples``; those that have some keep them."""
    samples = {(sample.path, sample.method.lower()): sample for sample in operation_samples(document)}
    paths: dict[str, Any] = {path: dict(item) for path, item in document.get("paths", {}).items()}
    for path, method, operation in operations(document):
        sample = samples[path, method]
        entries = [
            {"lang": "Shell", "label": "curl", "source": sample.curl},
            {"lang": "Python", "label": "Python", "source": sample.python},
        ]
        paths[path][method] = {"x-codeSamples": entries, **operation}
    return {**document, "paths": paths}


class _Maker:
    """Makes the sample requests of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._examples = SchemaExamples(document)
        servers = document.get("servers") or [{"url": ""}]
        self._server = str(servers[0].get("url", "")).rstrip("/")

    def request(self, path: str, method: str, operation: Mapping[str, Any]) -> SampleRequest:
        resolve = self._examples.resolve
        parameters = [
            resolve(parameter)
            for parameter in (*self._document["paths"][path].get("parameters", ()), *operation.get("parameters", ()))
        ]
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        cookies: dict[str, str] = {}
        for parameter in parameters:
            if parameter.get("in") == "path":
                value = self._examples.parameter(parameter)
                path = path.replace(f"{{{parameter['name']}}}", quote(value, safe=""))
            elif parameter.get("required"):
                place = {"query": query, "header": headers, "cookie": cookies}.get(parameter.get("in", ""), {})
                place[parameter["name"]] = self._examples.parameter(parameter)
        uses_basic = self._sign_in(operation, query, headers, cookies)
        body, media = self._body(resolve(operation.get("requestBody") or {}))
        responses = operation.get("responses", {})
        return SampleRequest(
            method=method.upper(),
            url=f"{self._server}{path}",
            query=query,
            headers=headers,
            cookies=cookies,
            body=body,
            media=media,
            uses_basic=uses_basic,
            replies="204" not in responses and method != "head",
        )

    def _sign_in(
        self, operation: Mapping[str, Any], query: dict[str, str], headers: dict[str, str], cookies: dict[str, str]
    ) -> bool:
        """Add the credentials of the first way that is one; returns whether they are name and password."""
        ways = operation.get("security", self._document.get("security") or [])
        schemes = self._document.get("components", {}).get("securitySchemes", {})
        uses_basic = False
        for name in next((way for way in ways if way), {}):
            scheme = self._examples.resolve(schemes.get(name, {}))
            kind = scheme.get("type")
            if kind == "http" and scheme.get("scheme", "").lower() == "basic":
                uses_basic = True
            elif kind == "apiKey":
                place = {"query": query, "header": headers, "cookie": cookies}[scheme["in"]]
                place[scheme["name"]] = KEY
            elif kind in ("http", "oauth2", "openIdConnect"):
                headers["Authorization"] = f"Bearer {TOKEN}"
        return uses_basic

    def _body(self, request_body: Mapping[str, Any]) -> tuple[Any, str]:
        content = request_body.get("content") or {}
        media = next((known for known in (JSON, FORM, MULTIPART) if known in content), "")
        if not media:
            return None, ""
        body = self._examples.body(content[media], shown=_SHOWN_FIELDS)
        if media != JSON:
            values = body if isinstance(body, Mapping) else {}
            return {name: _as_field(value) for name, value in values.items()}, media
        return body, media


def _as_field(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# -- curl -------------------------------------------------------------------------------------------------------


def as_curl(request: SampleRequest) -> str:
    """The request as a command for a POSIX shell."""
    address = request.url + (f"?{urlencode(request.query)}" if request.query else "")
    method = {"GET": "", "HEAD": "--head "}.get(request.method, f"-X {request.method} ")
    parts = [f"curl {method}{shlex.quote(address)}"]
    if request.uses_basic:
        parts.append(f"-u {shlex.quote(f'{USER}:{PASSWORD}')}")
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in request.headers.items()]
    if request.cookies:
        parts.append(f"-b {shlex.quote('; '.join(f'{name}={value}' for name, value in request.cookies.items()))}")
    if request.media == JSON:
        parts.append("-H 'Content-Type: application/json'")
        parts.append(f"-d {shlex.quote(json.dumps(request.body, ensure_ascii=False))}")
    elif request.media:
        option = "--form-string" if request.media == MULTIPART else "--data-urlencode"
        parts += [f"{option} {shlex.quote(f'{name}={value}')}" for name, value in request.body.items()]
        if not request.body and request.media == FORM:
            parts.append("-d ''")
    return " \\\n  ".join(parts)


# -- Python -----------------------------------------------------------------------------------------------------


def as_python(request: SampleRequest) -> str:
    """The request as a Python program that uses the package ``requests``."""
    headers = dict(request.headers)
    arguments: list[tuple[str, Any]] = [("params", dict(request.query)), ("cookies", dict(request.cookies))]
    if request.media == MULTIPART:
        # Fields without a file name; ``data`` alone would be sent as another kind of form.
        arguments.append(("files", {name: (None, value) for name, value in request.body.items()}))
    elif request.media:
        arguments.append(("json" if request.media == JSON else "data", request.body))
    lines = [json.dumps(request.url, ensure_ascii=False)]
    if request.uses_basic:
        lines.append(f"auth=({json.dumps(USER)}, {json.dumps(PASSWORD)})")
    if headers:
        lines.append(f"headers={_literal(headers)}")
    lines += [f"{name}={_literal(value)}" for name, value in arguments if value or name == "json"]
    lines.append("timeout=30")
    inner = "".join(f"    {line},\n" for line in lines)
    name = request.method.lower()
    call = f"requests.{name}(\n{inner})" if name != "trace" else f'requests.request(\n    "TRACE",\n{inner})'
    end = "print(reply.json())" if request.replies else "print(reply.status_code)"
    return f"import requests\n\nreply = {call}\nreply.raise_for_status()\n{end}\n"


def _literal(value: Any, indent: int = 4) -> str:
    """Plain data as Python source."""
    blank = " " * (indent + 4)
    if isinstance(value, Mapping):
        if not value:
            return "{}"
        lines = "".join(f"{blank}{_literal(key)}: {_literal(item, indent + 4)},\n" for key, item in value.items())
        return f"{{\n{lines}{' ' * indent}}}"
    if isinstance(value, tuple):
        return f"({', '.join(_literal(item, indent) for item in value)})"
    if isinstance(value, list):
        if not any(isinstance(item, list | Mapping) for item in value):
            return f"[{', '.join(map(_literal, value))}]"
        return f"[\n{''.join(f'{blank}{_literal(item, indent + 4)},' + chr(10) for item in value)}{' ' * indent}]"
    # A text of JSON is one of Python, too.
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
