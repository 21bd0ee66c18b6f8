"""Bodies and query strings: read once, and checked so that they cannot harm the code behind.

A body that cannot be read raises ``MalformedBody``; one that can be read but does not fit raises ``Invalid``.
"""

import io
import re
from collections.abc import Iterator
from typing import Any, TypeVar, overload
from urllib.parse import parse_qsl

import falcon
import msgspec
from falcon.media.multipart import MultipartFormHandler

from core.errors import BodyTooLarge, DomainError, Invalid, MalformedBody
from core.typed_data import from_plain

T = TypeVar("T")

#: More nesting than any document needs; also keeps recursive code safe.
MAX_DEPTH = 64
MAX_FIELDS = 5_000
#: The largest integer that both databases store.
MAX_INT = 2**63 - 1

_DEEP = re.compile(rb"[\[{]")
_LONG_NUMBER = re.compile(rb"\d{19}")
_NUL = re.compile(rb"\\u0000|\x00")
_MULTIPART = MultipartFormHandler()
_MULTIPART.parse_options.max_body_part_count = MAX_FIELDS
_UNREAD = object()


def raw_body(req: falcon.Request) -> bytes:
    """The body's bytes; read on first use and cached, whatever the method or content type.

    Raises:
        BodyTooLarge: More bytes than ``[server] max_body``, announced or not.
    """
    context = req.context
    raw: bytes | None = getattr(context, "raw_body", None)
    if raw is None:
        raw = context.raw_body = _read(req, getattr(context, "max_body", 1_048_576))
    return raw


def _read(req: falcon.Request, limit: int) -> bytes:
    length = req.env.get("CONTENT_LENGTH") or ""
    if length:
        if not length.isascii() or not length.isdigit():
            raise MalformedBody(reason="content-length", kind="http")
        if len(length) > 15 or int(length) > limit:
            raise BodyTooLarge(limit=limit)
        if length == "0":
            return b""
        body: bytes = req.env["wsgi.input"].read(int(length))
        return body
    if not req.env.get("wsgi.input_terminated") and not req.env.get("HTTP_TRANSFER_ENCODING"):
        return b""
    # Chunked: the server ends the stream, but does not know the limit.
    raw: bytes = req.env["wsgi.input"].read(limit + 1)
    if len(raw) > limit:
        raise BodyTooLarge(limit=limit)
    return raw


def media_type(req: falcon.Request) -> str:
    """The content type without parameters, in lower case; empty when the header is absent."""
    return (req.env.get("CONTENT_TYPE") or "").partition(";")[0].strip().lower()


def read_body(req: falcon.Request, *, default: Any = None) -> Any:
    """The body as plain data, by content type: JSON, form (with PHP brackets) or multipart (the same, without files).

    ``default`` is returned for an empty body. A body without a content type is read as JSON.
    """
    context = req.context
    body = getattr(context, "body", _UNREAD)
    if body is _UNREAD:
        body = context.body = _parse(req)
    return default if body is msgspec.UNSET else body


def _parse(req: falcon.Request) -> Any:
    raw = raw_body(req)
    if not raw.strip():
        return msgspec.UNSET
    kind = media_type(req)
    if kind == "application/x-www-form-urlencoded":
        return parse_form(raw)
    if kind == "multipart/form-data":
        return parse_multipart(raw, req.content_type or "")
    return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """Parse JSON text.

    Raises:
        MalformedBody: Broken, not UTF-8, nested too deep, with NUL characters or integers over 64 bits.
    """
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedBody(reason=str(error) or "depth", kind="json") from None
    if len(_DEEP.findall(raw)) > MAX_DEPTH or _LONG_NUMBER.search(raw) or _NUL.search(raw) or b"\\ud" in raw.lower():
        check_json_value(value)
    return value


def check_json_value(value: Any, *, kind: str = "json") -> None:
    """Refuse what databases cannot hold (NUL, lone surrogates, integers over 64 bits) and excessive nesting."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below += item.keys()
                below += item.values()
            elif isinstance(item, list):
                below += item
            elif isinstance(item, str):
                _check_text(item, kind)
            elif isinstance(item, int) and not -MAX_INT <= item <= MAX_INT:
                raise MalformedBody(reason="number too large", kind=kind)
        if not below:
            return
        level = below
    raise MalformedBody(reason="nested too deep", kind=kind)


def _check_text(text: str, kind: str) -> None:
    if "\x00" in text:
        raise MalformedBody(reason="NUL character", kind=kind)
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise MalformedBody(reason="not UTF-8", kind=kind) from None


def parse_form(raw: bytes) -> dict[str, Any]:
    """A form body with PHP's bracket names as nested data; every leaf is text."""
    try:
        text = raw.decode()
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except (UnicodeDecodeError, ValueError) as error:
        raise MalformedBody(reason=str(error), kind="form") from None
    for name, value in pairs:
        _check_text(name, "form")
        _check_text(value, "form")
    return nest_pairs(pairs)


def parse_multipart(raw: bytes, content_type: str) -> dict[str, Any]:
    """A multipart body as nested data; every leaf is text, uploaded files are left out."""
    pairs = []
    try:
        for part in _MULTIPART.deserialize(io.BytesIO(raw), content_type, len(raw)):
            data = part.get_data()
            if part.filename is None and part.name:
                pairs.append((part.name, data.decode()))
    except (falcon.HTTPError, UnicodeDecodeError, ValueError, LookupError) as error:
        raise MalformedBody(reason=type(error).__name__, kind="multipart") from None
    for name, value in pairs:
        _check_text(name, "multipart")
        _check_text(value, "multipart")
    return nest_pairs(pairs)


@overload
def decode_body(req: falcon.Request, type: type[T], *, strict: bool | None = None) -> T: ...
@overload
def decode_body(req: falcon.Request, type: Any = Any, *, strict: bool | None = None) -> Any: ...
def decode_body(req: falcon.Request, type: Any = Any, *, strict: bool | None = None) -> Any:
    """The body as a struct.

    Args:
        type: A msgspec struct or any type msgspec can convert to.
        strict: False reads numbers and switches sent as text. By default JSON is strict and forms are not.

    Raises:
        MalformedBody: It cannot be read, or is not an object where a struct is wanted.
        Invalid: A field is missing, unknown or of the wrong type; ``field`` is its dotted path.
    """
    value = read_body(req, default={})
    if strict is None:
        strict = media_type(req) not in ("application/x-www-form-urlencoded", "multipart/form-data")
    return convert(value, type, strict=strict)


def convert(value: Any, type: Any, *, strict: bool = True) -> Any:
    """``msgspec.convert`` that raises ``Invalid``, or ``MalformedBody`` when the value is not an object."""
    try:
        return from_plain(value, type, strict=strict)
    except msgspec.ValidationError as error:
        raise to_domain_error(error) from None


_MISSING = re.compile(r"Object missing required field `([^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `([^`]*)`")
_RANGE = re.compile(r"Expected `?\w+`?.* (?:[<>]=? |of length|multiple)")


def to_domain_error(error: msgspec.ValidationError) -> DomainError:
    """Turn msgspec's message into a typed error."""
    message, _, location = str(error).partition(" - at `")
    path = location.rstrip("`").removeprefix("$").lstrip(".")
    path = re.sub(r"\[(\d+)\]", r".\1", path).replace("[...]", "")
    for pattern, reason in ((_MISSING, "missing"), (_UNKNOWN, "unknown")):
        match = pattern.search(message)
        if match:
            return Invalid(field=f"{path}.{match[1]}".strip("."), reason=reason)
    if not path and message.startswith("Expected `object`"):
        return MalformedBody(reason="not an object", kind="json")
    if message.startswith("Invalid enum"):
        reason = "choice"
    elif " matching regex" in message:
        reason = "format"
    else:
        reason = "range" if _RANGE.search(message) else "type"
    return Invalid(field=path.strip("."), reason=reason, limit=message)


def parse_php_query(query: str) -> dict[str, Any]:
    """A query string as PHP reads it: the last of repeated names wins, brackets nest, blanks stay.

    Never fails: bytes that are not UTF-8, and NUL, become U+FFFD; fields beyond ``MAX_FIELDS`` are ignored.
    """
    if not query:
        return {}
    return nest_pairs(parse_query_pairs(query))


def parse_query_pairs(query: str) -> list[tuple[str, str]]:
    """Names and values in the order sent, decoded, with brackets as written."""
    if query.count("&") >= MAX_FIELDS:
        query = "&".join(query.split("&", MAX_FIELDS)[:MAX_FIELDS])
    # WSGI passes bytes as Latin-1.
    if not query.isascii():
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    pairs = parse_qsl(query, keep_blank_values=True, errors="replace")
    if "%00" in query or "\x00" in query:
        pairs = [(name.replace("\x00", "\ufffd"), value.replace("\x00", "\ufffd")) for name, value in pairs]
    return pairs


def query_params(req: falcon.Request) -> dict[str, Any]:
    """``parse_php_query`` of this request, computed once; read-only."""
    context = req.context
    params: dict[str, Any] | None = getattr(context, "query", None)
    if params is None:
        params = context.query = parse_php_query(req.query_string)
    return params


def nest_pairs(pairs: Iterator[tuple[str, str]] | list[tuple[str, str]]) -> dict[str, Any]:
    """Nest ``a[b][]=c`` pairs as PHP does. Maps with the keys 0, 1, 2, ... become lists."""
    result: dict[str, Any] = {}
    next_indexes = _NextIndexes()
    nested = False
    for name, value in pairs:
        head, bracket, _ = name.partition("[")
        # PHP requires a name before the bracket and a closing bracket; otherwise it is a plain name.
        keys = _bracket_keys(name, len(head)) if bracket and head else None
        if not keys:
            result[name] = value
            continue
        nested = True
        parent: dict[str, Any] = result
        key = head
        for part in keys:
            below = parent.get(key)
            if not isinstance(below, dict):
                below = parent[key] = {}
            parent = below
            key = next_indexes.key(parent, part)
        parent[key] = value
    if nested:
        return {name: _maps_to_lists(value) for name, value in result.items()}
    return result


def _bracket_keys(name: str, position: int) -> list[str]:
    """The texts between the brackets of ``name``, from ``position`` on."""
    keys: list[str] = []
    while len(keys) < MAX_DEPTH and (begin := name.find("[", position)) >= 0:
        end = name.find("]", begin)
        if end < 0:
            break
        keys.append(name[begin + 1 : end])
        position = end + 1
    return keys


class _NextIndexes:
    """The index that ``[]`` means in each map: one more than its largest index, as in PHP, found without a search."""

    def __init__(self) -> None:
        # By id, with the map itself, so that the id is not reused.
        self._next: dict[int, tuple[dict[str, Any], int]] = {}

    def key(self, parent: dict[str, Any], part: str) -> str:
        """The key that ``part`` of a name means in ``parent``."""
        entry = self._next.get(id(parent))
        if part:
            if entry is not None and _is_index(part) and int(part) >= entry[1]:
                self._next[id(parent)] = (parent, int(part) + 1)
            return part
        index = entry[1] if entry else 1 + max((int(key) for key in parent if _is_index(key)), default=-1)
        self._next[id(parent)] = (parent, index + 1)
        return str(index)


def _is_index(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) < 10 and (key == "0" or key[0] != "0")


def _maps_to_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    values = [_maps_to_lists(item) for item in value.values()]
    if list(value) == [str(position) for position in range(len(value))]:
        return values
    return dict(zip(value, values, strict=True))
