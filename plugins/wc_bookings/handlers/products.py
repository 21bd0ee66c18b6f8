"""``/wc-bookings/v1/products`` (README.md, "Products")."""

from typing import Any

from frontdesk.caches import LastResults
from frontdesk.openapi import operation
from frontdesk.wordpress import batch, phpjson
from frontdesk.wordpress.batch import Handler
from frontdesk.wordpress.collections import searched_slug
from frontdesk.wordpress.rest import Item, RestRequest, RestResponse, WPError
from plugins.wc_bookings.auth import Permission, everybody, is_manager, managers, refused
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.handlers.base import created, links, payload
from plugins.wc_bookings.translate.product_records import to_product
from plugins.wc_bookings.translate.products import is_on_sale, to_product_data
from plugins.wc_bookings.usecases import products
from plugins.wc_bookings.usecases.context import Context
from plugins.wc_bookings.usecases.products import ProductView, ServiceCache


class Products:
    """Handlers of ``/wc-bookings/v1/products``."""

    def __init__(self, context: Context) -> None:
        self._context = context
        #: By product, namespace and context; bounded by bytes.
        self._encoded: LastResults[tuple[int, str, str], bytes] = LastResults(4_000_000, len)

    def permission(self, action: str) -> Permission:
        """The permission for an action. Everybody may list; a product that does not exist is not guarded."""
        if action == "list":
            return everybody
        if action == "create":
            return managers(action)
        return self._may_view if action == "view" else managers(action, exists=self._exists)

    def _may_view(self, request: RestRequest) -> WPError | None:
        """Managers see every product, others only published ones."""
        if is_manager(request):
            return None
        service = products.lookup(request.int_param("id"), _cache(request))
        return None if service is None or products.is_published(service) else refused(request, "view")

    def _exists(self, request: RestRequest) -> bool:
        return products.lookup(request.int_param("id"), _cache(request)) is not None

    def list(self, request: RestRequest) -> RestResponse:
        """A stranger does not see what is not published, but it counts."""
        _, limit, offset = request.paging()
        views, total = products.find(
            self._context,
            {**payload(request), "slug": searched_slug(request)},
            _cache(request),
            limit=limit,
            offset=offset,
            related=_shows_related(request),
            all_statuses=is_manager(request),
        )
        context = "edit" if request.get("context") == "edit" else "view"
        if is_manager(request) and request.get("_fields") is None and "_envelope" not in request.query:
            encoded = b",".join([self._encoded_item(request, view, context) for view in views])
            return RestResponse(phpjson.EncodedJson(b"[" + encoded + b"]"), total=total)
        return RestResponse([self._item(request, view, context) for view in views], total=total)

    def _encoded_item(self, request: RestRequest, view: ProductView, context: str) -> bytes:
        """A manager's item, encoded; its links depend on no permission."""
        on_sale = is_on_sale(to_product_data(view.service), self._context.zone, request.now)
        key = (view.service.id, request.namespace.name, context)

        def encode() -> bytes:
            record, record_links = self._item(request, view, context)
            return phpjson.dumps({**record, "_links": record_links})

        return self._encoded.get(key, (view, on_sale), encode)

    def suggested(self, request: RestRequest) -> RestResponse:
        views = products.suggested(payload(request), related=_shows_related(request))
        return RestResponse([self._item(request, view, "view") for view in views])

    def read(self, request: RestRequest) -> RestResponse:
        view = products.get(request.int_param("id"), _cache(request), related=_shows_related(request))
        return self._reply(request, view, request.get("context") or "view")

    def create(self, request: RestRequest) -> RestResponse:
        view = products.create(self._context, _payload(request), related=_shows_related(request))
        if view is None:
            return not_bookable()
        return created(request, self._item(request, view), f"products/{view.service.id}")

    def update(self, request: RestRequest) -> RestResponse:
        view = products.update(
            self._context,
            request.int_param("id"),
            _payload(request),
            _cache(request),
            related=_shows_related(request),
        )
        return self._reply(request, view)

    @operation(statuses=[410])
    def delete(self, request: RestRequest) -> RestResponse:
        """Move to the trash, or delete for good; the reply is the product as it was."""
        view = products.delete(
            self._context,
            request.int_param("id"),
            _cache(request),
            force=bool(request.get("force")),
            related=_shows_related(request),
        )
        return self._reply(request, view)

    def duplicate(self, request: RestRequest) -> RestResponse:
        view = products.copy(
            self._context,
            request.int_param("id"),
            _payload(request),
            _cache(request),
            related=_shows_related(request),
        )
        return self._reply(request, view)

    def batch(self, request: RestRequest) -> RestResponse:
        return batch.run(
            request,
            create=self._in_batch(self.create),
            update=self._in_batch(self.update),
            delete=self._in_batch(self.delete),
        )

    def _in_batch(self, handler: Handler) -> Handler:
        """On the real server one product of another type ends the whole batch; here only its own item fails."""

        def run(request: RestRequest) -> RestResponse:
            response = handler(request)
            if response.is_final and not self._context.strict:
                raise Refused("not_bookable")
            return response

        return run

    def _reply(self, request: RestRequest, view: ProductView | None, context: str = "edit") -> RestResponse:
        return not_bookable() if view is None else RestResponse(self._item(request, view, context))

    def _item(self, request: RestRequest, view: ProductView, context: str = "edit") -> Item:
        record = to_product(view.service, view.related, self._context.product_format, now=request.now, context=context)
        if self._context.strict and not is_manager(request):
            # Private data is for those who may read private bookings.
            del record["meta_data"]
        up = f"products/{record['parent_id']}" if record["parent_id"] else None
        return Item(record, links(request, f"products/{record['id']}", "products", up))


def not_bookable() -> RestResponse:
    """The platform's bare reply, without its envelope, about a product of another type."""
    return RestResponse("Not a bookable product", 400, is_final=True)


def _payload(request: RestRequest) -> dict[str, Any]:
    return payload(request, nullable=("low_stock_amount",))


def _cache(request: RestRequest) -> ServiceCache:
    """The services that this request has read already."""
    cache: ServiceCache = request.cache.setdefault("services", {})
    return cache


def _shows_related(request: RestRequest) -> bool:
    """Does the reply have related products? Without ``_fields`` it does."""
    fields = request.get("_fields")
    return fields is None or "related_ids" in str(fields)
