"""``/locations``"""

import falcon

from core.http.openapi import operation
from plugins.bookablesites.handlers import http
from plugins.bookablesites.schemas import LocationBody
from plugins.bookablesites.usecases import locations


class Locations(http.Handler):
    """``/locations``"""

    FEATURE = "locations"

    @operation(query={**http.PAGING, **http.sorting(locations.SORTABLE), "search": str}, reply=http.LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        http.send(resp, locations.list_locations(http.read_query(req)))

    @operation(body=LocationBody, required=LocationBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = locations.create_location(http.decode(req, LocationBody).complete_fields(), self.context)
        http.send_created(req, resp, created, f"locations/{created['id']}")


class OneLocation(http.Handler):
    """``/locations/{id}``"""

    FEATURE = "locations"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        http.send(resp, locations.get_location(http.path_id(id, "location")))

    @operation(body=LocationBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id, fields = http.path_id(id, "location"), http.decode(req, LocationBody).sent_fields()
        http.send(resp, locations.update_location(location_id, fields, self.context))

    @operation(body=LocationBody, required=LocationBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id, fields = http.path_id(id, "location"), http.decode(req, LocationBody).complete_fields()
        http.send(resp, locations.update_location(location_id, fields, self.context))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        locations.delete_location(http.path_id(id, "location"), self.context)
        http.send_nothing(resp)
