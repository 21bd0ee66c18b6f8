"""``/bkap/resources``, ``/bkap/resources/<id>`` and ``/count``."""

from core.http.openapi import told
from core.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers.responses import (
    FIELDS,
    LIMIT,
    deleted_response,
    list_response,
    list_shape,
    record_response,
    record_shape,
)
from plugins.bkap.schemas import ResourceRecord
from plugins.bkap.usecases import resources
from plugins.bkap.usecases.context import Context


class Resources:
    def __init__(self, context: Context) -> None:
        self._context = context

    @told(
        query={"product_id": int, "customer_id": int, "quantity": int, **LIMIT, **FIELDS},
        reply=list_shape("resources", ResourceRecord),
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        page = resources.list_resources(self._context, request.filters)
        return list_response(request, "resources", page, empty="No Resources")

    @told(query=FIELDS, reply=record_shape("resource", ResourceRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        return record_response(request, "resource", resources.read_resource(self._context, request.params["id"]))

    @told(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": resources.count_resources()})

    @told(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        resources.delete_resource(self._context, request.params["id"])
        return deleted_response("Resource")
