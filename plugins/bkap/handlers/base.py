"""What all handlers share: their replies, with the shapes for the OpenAPI document."""

from collections.abc import Sequence
from typing import Any

import msgspec

from frontdesk.wordpress.legacy import LegacyRequest, LegacyResponse, select_fields
from plugins.bkap.usecases.queries import RecordList

#: Query parameters of lists and records.
LIMIT = {"limit": int}
FIELDS = {"fields": [str]}


def records_shape(name: str, record: type) -> dict[str, Any]:
    return {name: [record], "count": int, "message": str}


def records(request: LegacyRequest, name: str, page: RecordList, *, empty: str) -> LegacyResponse:
    """The records under ``name``, how many these are, and the message ``empty`` where there are none."""
    items: Sequence[object] = page.records
    if request.fields:
        items = [select_fields(msgspec.to_builtins(item, str_keys=True), request.fields) for item in items]
    data: dict[str, Any] = {name: items, "count": len(items)}
    if not items:
        data["message"] = empty
    return LegacyResponse(data, total=page.total, limit=page.limit, page=page.page)


def record_shape(name: str, record: type) -> dict[str, Any]:
    return {f"{name}s": [record], "count": int, name: record}


def record(request: LegacyRequest, name: str, record: msgspec.Struct) -> LegacyResponse:
    """One record, as a list of one and by itself."""
    data = msgspec.to_builtins(record, str_keys=True)
    if request.fields:
        data = select_fields(data, request.fields)
    return LegacyResponse({f"{name}s": [data], "count": 1, name: data})


def deleted(title: str) -> LegacyResponse:
    return LegacyResponse({"message": f"{title} has been deleted"})
