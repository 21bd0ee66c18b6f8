"""What all handlers share: requests into structs and queries under this dialect's names, and objects into replies."""

from collections.abc import Iterable
from typing import Any, Literal, TypeVar

import falcon

from frontdesk.errors import Invalid, MalformedBody, NotFound
from frontdesk.http import convert, encode_json, media_type, query_params, read_body
from plugins.bookablesites.errors import JSON
from plugins.bookablesites.schemas import Body
from plugins.bookablesites.translate.params import canonical
from plugins.bookablesites.usecases.context import Context

B = TypeVar("B", bound=Body)
#: Query names that are filters of their own, and no aliases.
_FILTERS = frozenset(("phone_number",))
_FORM = "application/x-www-form-urlencoded"

#: The query and the reply of lists, for the OpenAPI document.
PAGING = {"page": int, "limit": int}
LIST = {"data": [dict], "pagination": {"total": int, **PAGING, "pages": int}}


def sorting(sortable: Iterable[str]) -> dict[str, Any]:
    """The sorting parameters of a list, for the OpenAPI document."""
    return {"sort_by": Literal[tuple(sortable)], "sort_order": Literal["asc", "desc"]}


class Handler:
    """The base of all handlers; ``FEATURE`` names the setting of ``features`` that must be on."""

    FEATURE = ""

    def __init__(self, context: Context) -> None:
        self.context = context


def decode(req: falcon.Request, type: type[B], *, forms: bool = False) -> B:
    """The body as a struct; no body is an empty object.

    Args:
        forms: Accept a form as well as JSON.

    Raises:
        MalformedBody: Not a JSON object.
        Invalid: A field has the wrong type.
    """
    fields = _body_fields(req, forms=forms)
    for alias, name in type.ALIASES.items():
        if name not in fields and alias in fields:
            fields = {**fields, name: fields[alias]}
    ids = fields.get(type.ID_LIST)
    if isinstance(ids, list):
        references = [{"id": entry} if isinstance(entry, int | str) else entry for entry in ids]
        fields = {**fields, type.ID_LIST: references}
    struct: B = convert(fields, type, strict=False)
    return struct


def _body_fields(req: falcon.Request, *, forms: bool) -> dict[str, Any]:
    kind = media_type(req)
    if kind not in ("", "application/json", *((_FORM,) if forms else ())) and not kind.endswith("+json"):
        if (req.env.get("CONTENT_LENGTH") or "0") != "0" or req.env.get("HTTP_TRANSFER_ENCODING"):
            raise falcon.HTTPUnsupportedMediaType
        return {}
    fields = read_body(req, default={})
    if not isinstance(fields, dict):
        raise MalformedBody(reason="not an object", kind="json")
    canonical_fields: dict[str, Any] = canonical(fields)
    return canonical_fields


def read_query(req: falcon.Request) -> dict[str, Any]:
    """The query under this dialect's names; empty values count as not sent.

    Raises:
        Invalid: A parameter is a list or a map.
    """
    parameters = {name: value for name, value in query_params(req).items() if value != ""}
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise Invalid(field=name, reason="type", value=str(value))
    canonical_query: dict[str, Any] = canonical(parameters, keep=_FILTERS)
    return canonical_query


def path_id(text: str, kind: str) -> int:
    """An id in a path.

    Args:
        kind: Core's kind of the record, for the error.

    Raises:
        NotFound: Not a positive integer.
    """
    if text.isascii() and text.isdigit() and 0 < len(text) < 19 and int(text):
        return int(text)
    raise NotFound(kind=kind, id=text)


def send(resp: falcon.Response, body: Any, status: int = 200) -> None:
    resp.status = status
    resp.content_type = JSON
    resp.data = encode_json(body)


def send_created(req: falcon.Request, resp: falcon.Response, body: dict[str, Any], path: str) -> None:
    """201 with the object, and its address in ``Location``; ``path`` is relative to the version's root."""
    send(resp, body, 201)
    root = "/".join(req.path.split("/")[:3])
    resp.set_header("Location", f"{root}/{path}")


def send_nothing(resp: falcon.Response) -> None:
    resp.status = 204
