"""The replies that all nouns share, with their shapes for the OpenAPI document."""

from typing import Any

import msgspec

from core.wordpress.legacy import LegacyRequest, LegacyResponse, select_fields
from plugins.bkap.usecases.queries import RecordList

#: Query parameters of lists and records.
LIMIT = {"limit": int}
FIELDS = {"fields": [str]}


def list_shape(name: str, record: type) -> dict[str, Any]:
    return {name: [record], "count": int, "message": str}


def list_response(request: LegacyRequest, name: str, page: RecordList, *, empty: str) -> LegacyResponse:
    """The records under ``name``, how many these are, and the message ``empty`` where there are none."""
    records = page.records
    if request.fields:
        records = [select_fields(msgspec.to_builtins(record, str_keys=True), request.fields) for record in records]
    data: dict[str, Any] = {name: records, "count": len(records)}
    if not records:
        data["message"] = empty
    return LegacyResponse(data, total=page.total, limit=page.limit, page=page.page)


def record_shape(name: str, record: type) -> dict[str, Any]:
    return {f"{name}s": [record], "count": int, name: record}


def record_response(request: LegacyRequest, name: str, record: msgspec.Struct) -> LegacyResponse:
    """One record, as a list of one and by itself."""
    data = msgspec.to_builtins(record, str_keys=True)
    if request.fields:
        data = select_fields(data, request.fields)
    return LegacyResponse({f"{name}s": [data], "count": 1, name: data})


def deleted_response(title: str) -> LegacyResponse:
    return LegacyResponse({"message": f"{title} has been deleted"})
