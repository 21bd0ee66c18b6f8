"""What all resources share: the tenant, bodies and queries in, objects and lists out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Literal, TypeVar

import falcon
from msgspec import Struct

from core import Host
from core.errors import Invalid, MalformedBody, NotFound
from core.http.body import convert, media_type, query_params, read_body
from core.http.responses import encode_json
from core.services import site
from plugins.bookablesites.errors import JSON
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.catalog import NAME
from plugins.bookablesites.translate.reading import canonical, to_id, to_whole

S = TypeVar("S", bound=Struct)
#: Query names that are filters of their own and not other spellings of something.
_FILTERS = frozenset(("phone_number",))


class Tenant:
    """The business as this dialect sees it: its clock, zone and settings."""

    def __init__(self, host: Host) -> None:
        self.clock: Callable[[], datetime] = host.clock
        self.settings: Settings = host.settings(NAME)
        self.webhooks = host.webhooks

    def now(self) -> datetime:
        return self.clock()

    @property
    def zone(self) -> str:
        return site.current().timezone

    @property
    def currency(self) -> str:
        return site.current().currency


class Resource:
    """Base of all resources; ``FEATURE`` names the feature card that must be on."""

    FEATURE = ""

    def __init__(self, tenant: Tenant) -> None:
        self.tenant = tenant


def read(req: falcon.Request, type: type[S], *, forms: bool = False) -> S:
    """The body as a struct, whatever spelling its names have.

    Raises:
        MalformedBody: Not a JSON object.
        Invalid: A field is of the wrong type.
    """
    return convert(read_plain(req, forms=forms), type, strict=False)


def read_plain(req: falcon.Request, *, forms: bool = False) -> dict[str, Any]:
    """The body as plain data under this dialect's names; no body is an empty object."""
    kind = media_type(req)
    allowed = ("", "application/json", *(("application/x-www-form-urlencoded",) if forms else ()))
    if kind not in allowed and not kind.endswith("+json"):
        if (req.env.get("CONTENT_LENGTH") or "0") != "0" or req.env.get("HTTP_TRANSFER_ENCODING"):
            raise falcon.HTTPUnsupportedMediaType
        return {}
    value = read_body(req, default={})
    if not isinstance(value, dict):
        raise MalformedBody(reason="not an object", kind="json")
    return canonical(value)


def filters(req: falcon.Request) -> dict[str, Any]:
    """The query under this dialect's names; blank values count as not sent."""
    sent = {name: value for name, value in query_params(req).items() if value != ""}
    for name, value in sent.items():
        if not isinstance(value, str):
            raise Invalid(field=name, reason="type", value=str(value))
    return canonical(sent, keep=_FILTERS)


def id_filter(given: dict[str, Any], name: str) -> int | None:
    return to_id(given[name], name) if name in given else None


def path_id(text: str, kind: str) -> int:
    """An id in a path; what cannot be one names nothing.

    Raises:
        NotFound: It is no number.
    """
    if text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text):
        return int(text)
    raise NotFound(kind=kind, id=text)


_LARGEST = 100
#: What ``paging`` reads, and what ``send_list`` answers.
PAGING = {"page": int, "limit": int}
LIST = {"data": [dict], "pagination": {"total": int, **PAGING, "pages": int}}


@dataclass(frozen=True, slots=True)
class Paging:
    """Which part of a list is asked for."""

    page: int
    limit: int

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.limit


def paging(given: dict[str, Any]) -> Paging:
    """``page`` and ``limit``; a limit above the largest page is that page, all else out of range is refused."""
    return Paging(
        page=to_whole(given.get("page", 1), "page", low=1, high=10**12),
        limit=min(_LARGEST, to_whole(given.get("limit", 20), "limit", low=1, high=10**12)),
    )


def sorting(known: Iterable[str]) -> dict[str, Any]:
    """What ``ordering`` reads."""
    return {"sort_by": Literal[tuple(known)], "sort_order": Literal["asc", "desc"]}


def ordering(given: dict[str, Any], known: Iterable[str], default: str) -> tuple[str, str]:
    """``sort_by`` and ``sort_order``; without the first, ``default`` newest first."""
    name, way = given.get("sort_by", default), str(given.get("sort_order", "desc")).lower()
    if name not in {*known, default}:
        raise Invalid(field="sort_by", reason="choice", value=name)
    if way not in ("asc", "desc"):
        raise Invalid(field="sort_order", reason="choice", value=way)
    return name, way


def send(resp: falcon.Response, value: Any, status: int = 200) -> None:
    resp.status = status
    resp.content_type = JSON
    resp.data = encode_json(value)


def send_created(req: falcon.Request, resp: falcon.Response, value: dict[str, Any], path: str) -> None:
    """201 with the whole object and where it is; ``path`` is relative to the version's root."""
    send(resp, value, 201)
    resp.set_header("Location", f"{root(req.path)}/{path}")


def root(path: str) -> str:
    """``/api/v1`` or ``/api/v2``."""
    return "/".join(path.split("/")[:3])


def send_list(resp: falcon.Response, items: Sequence[Any], total: int, wanted: Paging) -> None:
    pages = max(1, ceil(total / wanted.limit))
    numbers = {"total": total, "page": wanted.page, "limit": wanted.limit, "pages": pages}
    send(resp, {"data": items, "pagination": numbers})


def send_nothing(resp: falcon.Response) -> None:
    resp.status = 204


def sliced(items: Sequence[Any], wanted: Paging) -> Sequence[Any]:
    return items[wanted.offset : wanted.offset + wanted.limit]
