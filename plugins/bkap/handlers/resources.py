"""``/bkap/resources``, ``/bkap/resources/<id>`` and ``/count``."""

from frontdesk.openapi import operation
from frontdesk.wordpress.legacy import LegacyRequest, LegacyResponse
from plugins.bkap.handlers import base
from plugins.bkap.schemas import ResourceRecord
from plugins.bkap.usecases import resources
from plugins.bkap.usecases.context import Context


class Resources:
    def __init__(self, context: Context) -> None:
        self._context = context

    @operation(
        query={"product_id": int, "customer_id": int, "quantity": int, **base.LIMIT, **base.FIELDS},
        reply=base.records_shape("resources", ResourceRecord),
    )
    def list(self, request: LegacyRequest) -> LegacyResponse:
        page = resources.list_resources(self._context, request.filters)
        return base.records(request, "resources", page, empty="No Resources")

    @operation(query=base.FIELDS, reply=base.record_shape("resource", ResourceRecord))
    def read(self, request: LegacyRequest) -> LegacyResponse:
        return base.record(request, "resource", resources.read_resource(self._context, request.params["id"]))

    @operation(reply={"count": int})
    def count(self, request: LegacyRequest) -> LegacyResponse:
        return LegacyResponse({"count": resources.count_resources()})

    @operation(reply={"message": str})
    def delete(self, request: LegacyRequest) -> LegacyResponse:
        resources.delete_resource(self._context, request.params["id"])
        return base.deleted("Resource")
