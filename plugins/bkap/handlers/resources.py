"""``/bkap/resources``, ``/bkap/resources/<id>`` and ``/count``."""

from core.http.openapi import operation
from core.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers import responses
from plugins.bkap.schemas import ResourceRecord
from plugins.bkap.usecases import resources
from plugins.bkap.usecases.context import Context


class Resources:
    def __init__(self, context: Context) -> None:
        self._context = context

    @operation(
        query={"product_id": int, "customer_id": int, "quantity": int, **responses.LIMIT, **responses.FIELDS},
        reply=responses.records_shape("resources", ResourceRecord),
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        page = resources.list_resources(self._context, request.filters)
        return responses.records(request, "resources", page, empty="No Resources")

    @operation(query=responses.FIELDS, reply=responses.record_shape("resource", ResourceRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        return responses.record(request, "resource", resources.read_resource(self._context, request.params["id"]))

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": resources.count_resources()})

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        resources.delete_resource(self._context, request.params["id"])
        return responses.deleted("Resource")
