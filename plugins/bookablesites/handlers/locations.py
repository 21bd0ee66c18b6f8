"""``/locations``"""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import base
from plugins.bookablesites.schemas import LocationBody
from plugins.bookablesites.usecases import locations


class Locations(base.Handler):
    """``/locations``"""

    FEATURE = "locations"

    @operation(query={**base.PAGING, **base.sorting(locations.SORTABLE), "search": str}, reply=base.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        base.send(resp, locations.list_locations(base.read_query(req)))

    @operation(body=LocationBody, required=LocationBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = locations.create_location(base.decode(req, LocationBody).complete_fields(), self.context)
        base.send_created(req, resp, created, f"locations/{created['id']}")


class OneLocation(base.Handler):
    """``/locations/{id}``"""

    FEATURE = "locations"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        base.send(resp, locations.get_location(base.path_id(id, "location")))

    @operation(body=LocationBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id, fields = base.path_id(id, "location"), base.decode(req, LocationBody).sent_fields()
        base.send(resp, locations.update_location(location_id, fields, self.context))

    @operation(body=LocationBody, required=LocationBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id, fields = base.path_id(id, "location"), base.decode(req, LocationBody).complete_fields()
        base.send(resp, locations.update_location(location_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        locations.delete_location(base.path_id(id, "location"), self.context)
        base.send_nothing(resp)
