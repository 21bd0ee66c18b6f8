"""``/resources``: what a product is booked with (fact sheet, section 3.6)."""

from datetime import UTC, tzinfo
from typing import Any

from core.domain.records import Resource
from core.http.openapi import operation
from core.services import bookings, repository
from core.wordpress import batch, php, sanitize
from core.wordpress.collections import paged_response, parent_ids, post_order, search_conditions, searched_slug
from core.wordpress.rest import (
    CREATE,
    DELETE,
    EDIT,
    READ,
    Endpoint,
    Item,
    RestRequest,
    RestResponse,
    RestRoute,
    WPError,
)
from plugins.wc_bookings import schemas
from plugins.wc_bookings.auth import Permission, everybody, is_manager, managers, refused
from plugins.wc_bookings.resources import arguments, booking_titles, saving
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words

NAME = words.NAME
_CODE = "woocommerce_rest_bookable_resource"
_ITEM = r"/resources/(?P<id>[\d]+)"
_MAX_QTY = 10**6


class Resources:
    """Handlers of ``/wc-bookings/v1/resources``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._writable = bool(shop.options.resource_writes)
        self._schema = schemas.RESOURCE_EXTENDED if self._writable else schemas.RESOURCE
        self._create = arguments.writes(self._schema, creating=True)
        self._edit = arguments.writes(self._schema, creating=False)

    def routes(self) -> list[RestRoute]:
        schema = self._schema
        return [
            RestRoute(
                "/resources",
                [
                    Endpoint(READ, self.browse, arguments.collection(["view"]), self._see("list"), per_item=False),
                    Endpoint(CREATE, self.create, self._create, managers("create"), per_item=False),
                ],
                schema=schema,
            ),
            RestRoute(
                _ITEM,
                [
                    Endpoint(READ, self.read, arguments.read(["view"]), self._see("view")),
                    Endpoint(EDIT, self.update, {**arguments.ID, **self._edit}, self._touch("edit")),
                    Endpoint(DELETE, self.delete, arguments.FORCE, self._touch("delete")),
                ],
                schema=schema,
            ),
            RestRoute(
                "/resources/batch",
                [Endpoint(EDIT, self.batch, self._edit, managers("batch"), per_item=False)],
                schema=batch.SCHEMA,
            ),
        ]

    def _see(self, action: str) -> Permission:
        if self._shop.options.public_catalog:
            return everybody
        if action == "view":
            return managers(action, exists=lambda request: request.int_param("id") > 0)
        return managers(action)

    def _touch(self, action: str) -> Permission:
        """Nobody may touch what does not exist; only the number 0 is not even looked for."""

        def check(request: RestRequest) -> Any:
            number = request.int_param("id")
            if not number or (is_manager(request) and (not self._shop.strict or _title(number) is not None)):
                return None
            return refused(request, action)

        return check

    def _demand(self, request: RestRequest, action: str) -> None:
        """The same for the items of a batch, whose permission nobody has asked for."""
        refusal = self._touch(action)(request)
        if refusal is not None:
            raise refusal

    # -- reading ------------------------------------------------------------------------------------------------

    def browse(self, request: RestRequest) -> RestResponse:
        where: list[tuple[Any, str, Any]] = [("status", "=", "active"), *self._shop.chosen(request)]
        # Undeclared on the real server, but read there. No resource has a parent.
        parents, without = parent_ids(request, "parent"), parent_ids(request, "parent_exclude")
        if (parents and 0 not in parents) or (without and 0 in without):
            where.append(("id", "in", []))
        where += search_conditions(request.get("search"), ("name", "description"))
        slug = searched_slug(request)
        if slug:
            where.append(("id", "in", _linked(slug)))
        order = post_order(request, {"title": "name", "slug": "name"})
        return paged_response(
            request,
            lambda limit, offset: repository.resources.page(where, order=order, limit=limit, offset=offset),
            lambda one: Item(words.to_resource(one), _links(request, one.id)),
        )

    def _get(self, request: RestRequest, missing: int) -> Resource:
        number = request.int_param("id")
        found = repository.resources.get_many([number]).get(number)
        if found is None or found.status == "trashed":
            raise WPError(f"{_CODE}_invalid_id", "Invalid ID.", missing)
        return found

    def read(self, request: RestRequest) -> RestResponse:
        number = request.int_param("id")
        if self._shop.strict and number and number not in repository.resources.get_many([number]):
            # Version 2.2.5 makes a resource of any number, with the title of whatever has it.
            title = _title(number, self._shop.zone) or ""
            data = {
                "id": number,
                "availability": [],
                "base_cost": 0,
                "block_cost": 0,
                "name": title,
                "parent_id": 0,
                "qty": "",
                "sort_order": 0,
            }
            return RestResponse(data, links=_links(request, number))
        resource = self._get(request, 404)
        return RestResponse(words.to_resource(resource), links=_links(request, resource.id))

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, request: RestRequest) -> RestResponse:
        if not is_manager(request):
            raise refused(request, "create")
        self._refuse_writes()
        row = {"name": "", "availability": [], "qty": "", "sort_order": 0, **self._given(request)}
        if not row["name"]:
            raise WPError("rest_missing_callback_param", "Missing parameter(s): name", 400, data={"params": ["name"]})
        resource = saving.save_resource(None, row, now=request.now)
        response = RestResponse(words.to_resource(resource), 201, links=_links(request, resource.id))
        response.headers["Location"] = request.url(f"resources/{resource.id}")
        return response

    def update(self, request: RestRequest) -> RestResponse:
        self._demand(request, "edit")
        if request.int_param("id") > 0:
            self._refuse_writes()
        current = self._get(request, 400)
        row = {**words.to_resource(current), **self._given(request)}
        resource = saving.save_resource(current, row, now=request.now)
        return RestResponse(words.to_resource(resource), links=_links(request, resource.id))

    def _given(self, request: RestRequest) -> dict[str, Any]:
        given = {name: request.get(name) for name in ("name", "availability", "qty", "sort_order")}
        row = {name: value for name, value in given.items() if value is not None}
        if row.get("qty") not in (None, ""):
            row["qty"] = max(0, min(_MAX_QTY, php.intval(row["qty"]))) or ""
        if "sort_order" in row:
            row["sort_order"] = max(0, min(_MAX_QTY, row["sort_order"]))
        if "name" in row:
            row["name"] = sanitize.post(row["name"], entities=False).strip()[:255]
        return row

    def _refuse_writes(self) -> None:
        if not self._writable:
            text = (
                "Method 'WC_REST_CRUD_Controller::prepare_object_for_database' not implemented."
                " Must be overridden in subclass."
            )
            raise WPError("invalid-method", text, 405)

    @operation(statuses=[501])
    def delete(self, request: RestRequest) -> RestResponse:
        self._demand(request, "delete")
        resource = self._get(request, 404)
        if not request.get("force"):
            text = "The bookable_resource does not support trashing."
            raise WPError("woocommerce_rest_trash_not_supported", text, 501)
        shown = words.to_resource(resource)
        saving.delete_resource(resource, now=request.now)
        # What was allowed is asked again: there is nothing left that could be edited or deleted.
        request.verdicts.clear()
        return RestResponse(shown, links=_links(request, resource.id))

    def batch(self, request: RestRequest) -> RestResponse:
        create, update = self.create, self.update
        if self._writable:
            create, update = arguments.checked(create, self._create), arguments.checked(update, self._edit)
        return batch.run(request, create=create, update=update, delete=self.delete)


def _links(request: RestRequest, number: int) -> Any:
    return request.links(f"resources/{number}", "resources")


def _linked(slug: str) -> list[int]:
    """Numbers of the resources with this link: their name's, the second of one name with a number."""
    seen: dict[str, int] = {}
    found = []
    for resource in repository.resources.list_all():
        base = sanitize.slug(resource.name)
        seen[base] = seen.get(base, 0) + 1
        if slug == (base if seen[base] == 1 else f"{base}-{seen[base]}"):
            found.append(resource.id)
    return found


def _title(number: int, zone: tzinfo = UTC) -> str | None:
    """The title of whatever has this number: numbers are shared by everything that is stored."""
    for table in (repository.resources, repository.services, repository.person_types):
        found = table.get_many([number]).get(number)
        if found is not None:
            return str(found.name)
    booking = bookings.get_many([number]).get(number)
    if booking is not None:
        return booking_titles.title(booking, zone)
    return "" if number in repository.orders.get_many([number]) else None
