"""``/products/categories`` (README.md, "Categories")."""

from frontdesk.errors import NotFound
from frontdesk.openapi import operation
from frontdesk.records import Category
from frontdesk.wordpress import batch
from frontdesk.wordpress.rest import Item, RestRequest, RestResponse, WPError
from plugins.wc_bookings import schemas
from plugins.wc_bookings.auth import Permission, is_manager, refused
from plugins.wc_bookings.errors import Refused
from plugins.wc_bookings.handlers.base import created, payload
from plugins.wc_bookings.translate.product_records import to_category
from plugins.wc_bookings.usecases import categories
from plugins.wc_bookings.usecases.categories import CategoryView
from plugins.wc_bookings.usecases.context import Context

BASE = "products/categories"


class Categories:
    """Handlers of ``/wc-bookings/v1/products/categories``."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def permission(self, action: str) -> Permission:
        """The permission for an action; the platform looks for the category before it asks who is calling."""
        is_public = action in ("list", "view") and bool(self._context.options.public_catalog)

        def check(request: RestRequest) -> WPError | None:
            category_id = request.int_param("id") if action in ("view", "edit", "delete") else 0
            if category_id and category_id not in self._all(request):
                raise NotFound(kind="category", id=category_id)
            return None if is_public or is_manager(request) else refused(request, action)

        return check

    def _all(self, request: RestRequest) -> dict[int, Category]:
        """Every category by id, read once for each request."""
        if "categories" not in request.cache:
            request.cache["categories"] = categories.all_categories()
        stored: dict[int, Category] = request.cache["categories"]
        return stored

    def list(self, request: RestRequest) -> RestResponse:
        _, limit, offset = request.paging()
        has_offset = bool(request.int_param("offset"))
        if not has_offset:
            offset = (request.paging().page - 1) * limit
        matches = categories.find(self._context, payload(request), self._all(request), limit=limit, offset=offset)
        # Paging links of categories follow the offset, as those of posts do not; an offset of 0 is none.
        page = -(-offset // limit) + 1 if has_offset else None
        return RestResponse([_item(request, view) for view in matches.views], total=matches.total, page=page)

    def read(self, request: RestRequest) -> RestResponse:
        """One category; one without anything to book is an empty list."""
        view = categories.get(request.int_param("id"), self._all(request))
        return RestResponse([] if view is None else _item(request, view))

    def create(self, request: RestRequest) -> RestResponse:
        view = categories.create(self._context, payload(request))
        return created(request, _item(request, view), f"{BASE}/{view.category.id}")

    def update(self, request: RestRequest) -> RestResponse:
        return RestResponse(_item(request, categories.update(self._context, request.int_param("id"), payload(request))))

    @operation(statuses=[501])
    def delete(self, request: RestRequest) -> RestResponse:
        view = categories.delete(self._context, request.int_param("id"), force=bool(request.get("force")))
        # Permissions are checked again for the reply: there is nothing left to read, edit or delete.
        request.cache.pop("categories", None)
        request.verdicts.clear()
        return RestResponse(_item(request, view))

    def batch(self, request: RestRequest) -> RestResponse:
        if not self._context.strict:
            return batch.run(request, create=self.create, update=self.update, delete=self.delete)
        return batch.run(request, create=self.create, update=self._update_in_batch, delete=self._delete_in_batch)

    def _update_in_batch(self, request: RestRequest) -> RestResponse:
        """The real server replies with an empty record for a category that does not exist."""
        if categories.exists(request.int_param("id")):
            return self.update(request)
        empty = dict.fromkeys(("name", "slug", "description", "image"))
        values = {"id": 0, "parent": 0, "display": "default", "menu_order": 0, "count": 0, **empty}
        record = {name: values[name] for name in schemas.CATEGORY["properties"]}
        self_link = [{"href": request.url(BASE) + "/"}]
        return RestResponse(record, links={"self": self_link, "collection": [{"href": request.url(BASE)}]})

    def _delete_in_batch(self, request: RestRequest) -> RestResponse:
        if categories.exists(request.int_param("id")):
            return self.delete(request)
        raise Refused("category_in_batch")


def _item(request: RestRequest, view: CategoryView) -> Item:
    category = view.category
    up = f"{BASE}/{category.parent_id}" if category.parent_id else None
    return Item(to_category(category, view.product_count), request.links(f"{BASE}/{category.id}", BASE, up))
