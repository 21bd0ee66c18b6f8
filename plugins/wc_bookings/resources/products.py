"""``/products``: what can be booked (fact sheet, section 3.4)."""

from collections.abc import Mapping
from typing import Any

from core.db import writing
from core.domain.records import Service
from core.http.openapi import operation
from core.services import catalog, repository, site
from core.wordpress import batch
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
from plugins.wc_bookings.auth import everybody, is_manager, links, managers, refused
from plugins.wc_bookings.resources import arguments, product_query, product_writes
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words

NAME = words.NAME
_ITEM = r"/products/(?P<id>[\d]+)"
_BARE = "Not a bookable product"
#: Types that a write may name.
_OURS = (None, "", "simple", "booking", words.NIGHTS)


def invalid_id(status: int) -> WPError:
    return WPError("woocommerce_rest_product_invalid_id", "Invalid ID.", status)


class NotBookable(Exception):
    """The id of a product of another type: the platform answers with a bare sentence."""


class Products:
    """Handlers of ``/wc-bookings/v1/products``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        extended = bool(shop.options.resource_writes)
        self._create_args = arguments.product_writes(creating=True, extended=extended)
        self._edit_args = arguments.product_writes(creating=False, extended=extended)
        self._schema = schemas.PRODUCT_EXTENDED if extended else schemas.PRODUCT

    def routes(self) -> list[RestRoute]:
        item_args = {**arguments.ID, **self._edit_args}
        return [
            RestRoute(
                "/products",
                [
                    Endpoint(READ, self.browse, arguments.products(), everybody, per_item=False),
                    Endpoint(CREATE, self.create, self._create_args, managers("create"), per_item=False),
                ],
                schema=self._schema,
            ),
            RestRoute(
                _ITEM,
                [
                    Endpoint(READ, self.read, arguments.read(["view", "edit"]), self._may_view),
                    Endpoint(EDIT, self.update, item_args, managers("edit", exists=self._exists)),
                    Endpoint(DELETE, self.delete, arguments.FORCE, managers("delete", exists=self._exists)),
                ],
                schema=self._schema,
            ),
            RestRoute(
                "/products/batch",
                [Endpoint(EDIT, self.batch, self._edit_args, managers("batch"), per_item=False)],
                schema=batch.SCHEMA,
            ),
            RestRoute(
                "/products/suggested-products",
                [Endpoint(READ, self.suggested, arguments.suggested_products(), managers("list"), per_item=False)],
                schema=self._schema,
            ),
            RestRoute(
                _ITEM + "/duplicate",
                [Endpoint(CREATE, self.duplicate, item_args, managers("create"))],
                schema=self._schema,
            ),
        ]

    # -- permissions --------------------------------------------------------------------------------------------

    def _service(self, request: RestRequest, number: int) -> Service | None:
        """A service by number; what a list has read already is not read again for its links."""
        known = request.cache.setdefault("services", {})
        if number not in known:
            known[number] = repository.services.get_many([number]).get(number)
        return known[number]

    def _exists(self, request: RestRequest) -> bool:
        return self._service(request, request.int_param("id")) is not None

    def _may_view(self, request: RestRequest) -> Any:
        if is_manager(request):
            return None
        service = self._service(request, request.int_param("id"))
        if service is None or words.to_status(service) == "publish":
            return None
        return refused(request, "view")

    # -- reading ------------------------------------------------------------------------------------------------

    def _shown(self, services: list[Service], request: RestRequest, context: str) -> list[dict[str, Any]]:
        around = self._shop.around(services, related=_wants(request, "related_ids"))
        made = [
            words.to_product(service, around[service.id], self._shop.shown, now=request.now, context=context)
            for service in services
        ]
        if self._shop.strict and not is_manager(request):
            # Private data is for those who may read private bookings.
            for product in made:
                del product["meta_data"]
        return made

    def browse(self, request: RestRequest) -> RestResponse:
        """Products as filtered; a stranger does not see what is not public, but it counts."""
        found, total = product_query.find(request, self._shop)
        if not is_manager(request):
            found = [service for service in found if words.to_status(service) == "publish"]
        request.cache.setdefault("services", {}).update({service.id: service for service in found})
        context = "edit" if request.get("context") == "edit" else "view"
        shown = self._shown(found, request, context)
        return RestResponse([Item(one, _links(request, one)) for one in shown], total=total)

    def get(self, request: RestRequest, missing: int = 404) -> Service:
        """The service a request means.

        Raises:
            NotBookable: The id is another kind of product's.
        """
        number = request.int_param("id")
        service = self._service(request, number)
        if service is None:
            if str(number) in site.extras(NAME).get("other_products", {}):
                raise NotBookable
            raise invalid_id(missing)
        return service

    def read(self, request: RestRequest) -> RestResponse:
        try:
            service = self.get(request)
        except NotBookable:
            return bare()
        return self._one(service, request, request.get("context") or "view")

    def _one(self, service: Service, request: RestRequest, context: str, status: int = 200) -> RestResponse:
        shown = self._shown([service], request, context)[0]
        return RestResponse(shown, status, links=_links(request, shown))

    def suggested(self, request: RestRequest) -> RestResponse:
        """The newest published products, of some categories where these are named."""
        where: list[tuple[Any, str, Any]] = [("status", "in", ["active", "hidden", "publish"])]
        wanted = request.get("categories")
        if wanted:
            inside = catalog.category_services(wanted)
            where.append(("id", "in", sorted({n for numbers in inside.values() for n in numbers})))
        if request.get("exclude"):
            where.append(("id", "not_in", request.get("exclude")))
        limit = min(100, max(1, request.int_param("limit", 5)))
        found = repository.services.page(where, limit=limit, count=False).items
        return RestResponse([Item(one, _links(request, one)) for one in self._shown(found, request, "view")])

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, request: RestRequest) -> RestResponse:
        if not is_manager(request):
            raise refused(request, "create")
        if request.get("id"):
            raise WPError("woocommerce_rest_product_exists", "Cannot create existing product.", 400)
        if request.get("type") not in _OURS:
            return bare()
        with writing():
            service = product_writes.save(request, self._shop, None)
        response = self._one(service, request, "edit", 201)
        response.headers["Location"] = request.url(f"products/{service.id}")
        return response

    def update(self, request: RestRequest) -> RestResponse:
        try:
            before = self.get(request, 400)
        except NotBookable:
            return bare()
        if not is_manager(request):
            raise refused(request, "edit")
        if request.get("type") not in _OURS:
            return bare()
        with writing():
            if request.get("status") == "trash" and before.status != "trashed":
                catalog.refuse_if_booked(service_id=before.id)
            service = product_writes.save(request, self._shop, before)
        request.cache["services"][service.id] = service
        return self._one(service, request, "edit")

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Into the trash, or for good; the answer is the product as it was."""
        try:
            service = self.get(request)
        except NotBookable:
            return bare()
        if not is_manager(request):
            raise refused(request, "delete")
        response = self._one(service, request, "edit")
        if not request.get("force") and service.status == "trashed":
            text = "The product has already been deleted."
            raise WPError("woocommerce_rest_already_trashed", text, 410)
        with writing():
            catalog.refuse_if_booked(service_id=service.id)
            if request.get("force"):
                catalog.delete_service(service.id, now=request.now)
            else:
                extras = {**service.extras, NAME: {**words.own(service), "status": "trash"}}
                repository.services.update(service.id, now=request.now, status="trashed", bookable=False, extras=extras)
        return response

    def duplicate(self, request: RestRequest) -> RestResponse:
        """A copy as a draft, with whatever the request changes."""
        try:
            original = self.get(request)
        except NotBookable:
            return bare()
        with writing():
            service = product_writes.copy(original, request, self._shop)
        return self._one(service, request, "edit")

    def batch(self, request: RestRequest) -> RestResponse:
        return batch.run(
            request,
            create=self._in_batch(self.create),
            update=self._in_batch(self.update),
            delete=self._in_batch(self.delete),
        )

    def _in_batch(self, handler: Any) -> Any:
        """On the real server one product of another type ends the whole batch; here it spoils its own item only."""

        def run(request: RestRequest) -> RestResponse:
            response = handler(request)
            if response.is_final and not self._shop.strict:
                raise WPError("woocommerce_rest_product_invalid_id", f"{_BARE}.", 400)
            return response

        return run


def bare() -> RestResponse:
    """What the platform says, without its envelope, of a product of another type."""
    return RestResponse(_BARE, 400, is_final=True)


def _links(request: RestRequest, shown: Mapping[str, Any]) -> Any:
    up = f"products/{shown['parent_id']}" if shown["parent_id"] else None
    return links(request, f"products/{shown['id']}", "products", up)


def _wants(request: RestRequest, name: str) -> bool:
    """Is a field asked for? Without ``_fields`` all are."""
    fields = request.get("_fields")
    return fields is None or name in str(fields)
