"""``/locations``"""

import falcon

from core.http.openapi import told
from plugins.bookablesites.handlers.http import (
    LIST,
    PAGING,
    Handler,
    decode,
    path_id,
    read_query,
    send,
    send_created,
    send_nothing,
    sorting,
)
from plugins.bookablesites.schemas import LocationBody
from plugins.bookablesites.usecases import locations


class Locations(Handler):
    """``/locations``"""

    FEATURE = "locations"

    @told(query={**PAGING, **sorting(locations.SORTABLE), "search": str}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        send(resp, locations.list_locations(read_query(req)))

    @told(body=LocationBody, required=LocationBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        created = locations.create_location(decode(req, LocationBody).complete_fields(), self.context)
        send_created(req, resp, created, f"locations/{created['id']}")


class OneLocation(Handler):
    """``/locations/{id}``"""

    FEATURE = "locations"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, locations.get_location(path_id(id, "location")))

    @told(body=LocationBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id = path_id(id, "location")
        send(resp, locations.update_location(location_id, decode(req, LocationBody).sent_fields(), self.context))

    @told(body=LocationBody, required=LocationBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        location_id = path_id(id, "location")
        send(resp, locations.update_location(location_id, decode(req, LocationBody).complete_fields(), self.context))

    @told(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        locations.delete_location(path_id(id, "location"), self.context)
        send_nothing(resp)
