"""``/locations`` (fact sheet, 8.4)."""

from datetime import datetime
from typing import Any

import falcon

from core.db import writing
from core.http.openapi import operation
from core.services import catalog
from core.services.repository import locations
from plugins.bookablesites.errors import Said
from plugins.bookablesites.resources.common import (
    LIST,
    PAGING,
    Resource,
    filters,
    ordering,
    paging,
    path_id,
    read,
    send,
    send_created,
    send_list,
    send_nothing,
    sorting,
)
from plugins.bookablesites.schemas import LocationBody
from plugins.bookablesites.translate.catalog import (
    NAME,
    is_default,
    is_virtual,
    own,
    to_location,
    to_location_values,
    with_own,
)

_ORDERS = ("id", "name")


class Locations(Resource):
    """``/locations``"""

    FEATURE = "locations"

    @operation(query={**PAGING, **sorting(_ORDERS), "search": str}, reply=LIST)
    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = filters(req)
        wanted = paging(given)
        where = [("status", "!=", "trashed")]
        if "search" in given:
            where.append((("name", "address"), "contains", given["search"]))
        order = ordering(given, _ORDERS, "id")
        found = locations.page(where, order=[order], limit=wanted.limit, offset=wanted.offset)
        send_list(resp, [to_location(record) for record in found.items], found.total or 0, wanted)

    @operation(body=LocationBody, required=LocationBody.REQUIRED, status=201)
    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        given = read(req, LocationBody).whole()
        now = self.tenant.now()
        with writing():
            # The company's own address is the default: the first location there is.
            given["is_default"] = given["is_default"] or not locations.exists([("id", ">", 0)])
            made = locations.create(now=now, origin=NAME, **to_location_values(given, None))
            keep_one_default(made.id, given, now=now)
        send_created(req, resp, to_location(made), f"locations/{made.id}")


def keep_one_default(id: int, given: dict[str, Any], *, now: datetime) -> None:
    """A new default takes the place of the old one."""
    if given.get("is_default"):
        for other in locations.list_all():
            if other.id != id and is_default(other):
                locations.update(other.id, now=now, extras=with_own(other, {**own(other), "is_default": False}))


class OneLocation(Resource):
    """``/locations/{id}``"""

    FEATURE = "locations"

    def on_get(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        send(resp, to_location(locations.get(path_id(id, "location"))))

    @operation(body=LocationBody)
    def on_patch(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "location"), read(req, LocationBody).given())

    @operation(body=LocationBody, required=LocationBody.REQUIRED)
    def on_put(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        self._update(resp, path_id(id, "location"), read(req, LocationBody).whole())

    def _update(self, resp: falcon.Response, id: int, given: dict[str, Any]) -> None:
        with writing():
            before = locations.get(id)
            refuse_virtual(before)
            after = locations.update(id, now=self.tenant.now(), **to_location_values(given, before))
            keep_one_default(id, given, now=self.tenant.now())
        send(resp, to_location(after))

    @operation(status=204)
    def on_delete(self, req: falcon.Request, resp: falcon.Response, id: str) -> None:
        number = path_id(id, "location")
        refuse_virtual(locations.get(number))
        catalog.delete_location(number, now=self.tenant.now(), unless_booked=True)
        send_nothing(resp)


def refuse_virtual(record: Any) -> None:
    if is_virtual(record):
        raise Said(
            status=409,
            code="in_use",
            message="A virtual location belongs to its integration and cannot be changed.",
        )
