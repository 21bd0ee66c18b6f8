"""``/products/categories`` (fact sheet, section 3.5)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from core.db import writing
from core.domain.records import Category
from core.domain.text import fold
from core.errors import Duplicate
from core.http.openapi import operation
from core.services import catalog, repository, site
from core.wordpress import batch, php, sanitize
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
from plugins.wc_bookings.auth import is_manager, refused
from plugins.wc_bookings.resources import arguments
from plugins.wc_bookings.resources.product_platform import images
from plugins.wc_bookings.resources.shop import Shop
from plugins.wc_bookings.translate import catalog as words

NAME = words.NAME
_BASE = "products/categories"
_ITEM = r"/products/categories/(?P<id>[\d]+)"
DEFAULT_SLUG = "uncategorized"
#: A slug of its own keeps its letters; one made of a name, or given in a batch, has plain ones.
_CLEANERS = {"slug": lambda value: sanitize.slug(value, plain=False)}


@dataclass(frozen=True, slots=True)
class _Products:
    """What is in the categories: ids of published products, those in the catalog, and those that can be booked."""

    published: Mapping[int, frozenset[int]]
    visible: Mapping[int, frozenset[int]]
    bookable: Mapping[int, frozenset[int]]
    children: Mapping[int, tuple[int, ...]]

    def shown_in(self, number: int, depth: int = 0) -> frozenset[int]:
        """Visible products of a category and everything below it."""
        found = self.visible.get(number, frozenset())
        if depth < 20:
            for child in self.children.get(number, ()):
                found |= self.shown_in(child, depth + 1)
        return found


def default_category() -> Category | None:
    """Where products go that name no category."""
    return repository.categories.find(slug=DEFAULT_SLUG)


class Categories:
    """Handlers of ``/wc-bookings/v1/products/categories``."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def routes(self) -> list[RestRoute]:
        create = arguments.writes(schemas.CATEGORY, creating=True, required=("name",), clean=_CLEANERS)
        edit = arguments.writes(schemas.CATEGORY, creating=False, clean=_CLEANERS)
        return [
            RestRoute(
                f"/{_BASE}",
                [
                    Endpoint(READ, self.browse, arguments.categories(), self._may("list"), per_item=False),
                    Endpoint(CREATE, self.create, create, self._may("create"), per_item=False),
                ],
                schema=schemas.CATEGORY,
            ),
            RestRoute(
                _ITEM,
                [
                    Endpoint(READ, self.read, arguments.read(["view", "edit"]), self._may("view")),
                    Endpoint(EDIT, self.update, {**arguments.ID, **edit}, self._may("edit")),
                    Endpoint(DELETE, self.delete, arguments.FORCE, self._may("delete")),
                ],
                schema=schemas.CATEGORY,
            ),
            RestRoute(
                f"/{_BASE}/batch",
                [Endpoint(EDIT, self.batch, edit, self._may("batch"), per_item=False)],
                schema=batch.SCHEMA,
            ),
        ]

    def _may(self, action: str) -> Callable[[RestRequest], Any]:
        """The platform looks for the category before it asks who is calling."""
        public = action in ("list", "view") and bool(self._shop.options.public_catalog)

        def check(request: RestRequest) -> Any:
            number = request.int_param("id") if action in ("view", "edit", "delete") else 0
            if number and number not in self._known(request):
                raise _missing()
            return None if public or is_manager(request) else refused(request, action)

        return check

    def _known(self, request: RestRequest) -> dict[int, Category]:
        known = request.cache.get("categories")
        if known is None:
            known = request.cache["categories"] = {row.id: row for row in repository.categories.list_all()}
        return known

    # -- reading ------------------------------------------------------------------------------------------------

    def _products(self, known: Iterable[Category]) -> _Products:
        rows = list(known)
        inside = catalog.category_services([row.id for row in rows])
        services = repository.services.get_many({number for numbers in inside.values() for number in numbers})
        others: dict[int, list[int]] = {}
        for number, row in site.extras(NAME).get("other_products", {}).items():
            if row.get("status", "publish") == "publish":
                for category in row.get("category_ids") or ():
                    others.setdefault(category, []).append(int(number))
        published, visible, bookable = {}, {}, {}
        for row in rows:
            own = [services[n] for n in inside[row.id] if n in services]
            own = [service for service in own if words.to_status(service) == "publish"]
            more = frozenset(others.get(row.id, ()))
            bookable[row.id] = frozenset(service.id for service in own)
            published[row.id] = bookable[row.id] | more
            shown = (s.id for s in own if words.to_product_data(s)["catalog_visibility"] in ("visible", "catalog"))
            visible[row.id] = frozenset(shown) | more
        children: dict[int, tuple[int, ...]] = {}
        for row in rows:
            children[row.parent_id] = (*children.get(row.parent_id, ()), row.id)
        return _Products(published, visible, bookable, children)

    def browse(self, request: RestRequest) -> RestResponse:
        """Categories with something to book in them."""
        known = self._known(request)
        products = self._products(known.values())
        found = [row for row in known.values() if products.bookable[row.id] and self._fits(request, row, products)]
        total = len(found)
        if self._shop.strict:
            # Version 2.2.5 counts products, not categories.
            total = sum(len(products.bookable[row.id]) for row in found)
        found = _sorted(request, found, products)
        paging = request.paging()
        if not request.int_param("offset"):
            paging = paging._replace(offset=(paging.page - 1) * paging.per_page)
        shown = found[paging.offset : paging.offset + paging.per_page]
        items = [Item(words.to_category(row, len(products.shown_in(row.id))), _links(request, row)) for row in shown]
        # Paging links of categories follow the offset, as those of posts do not; an offset of 0 is none.
        page = -(-paging.offset // paging.per_page) + 1 if request.int_param("offset") else None
        return RestResponse(items, total=total, page=page)

    def _fits(self, request: RestRequest, row: Category, products: _Products) -> bool:
        include, exclude = request.get("include"), request.get("exclude")
        product = request.get("product")
        search = fold(php.to_text(request.get("search") or ""))
        slug = sanitize.slug(request.get("slug")) if request.get("slug") else ""
        parent = request.get("parent")
        return (
            # A list of nothing but 0 is none.
            (not include or include == [0] or row.id in include)
            and (bool(include) or not exclude or row.id not in exclude)
            and (parent is None or row.parent_id == parent)
            and (not slug or row.slug == slug)
            and (not search or search in fold(row.name) or search in row.slug)
            # The real server loses everything when asked for a product's categories.
            and (not product or (not self._shop.strict and product in products.bookable[row.id]))
        )

    def read(self, request: RestRequest) -> RestResponse:
        """One category; one without anything to book is an empty list."""
        row = self._known(request).get(request.int_param("id"))
        if row is None:
            return RestResponse([])
        products = self._products(self._known(request).values())
        if not products.bookable[row.id]:
            return RestResponse([])
        return self._one(request, row, len(products.published[row.id]))

    def _one(self, request: RestRequest, row: Category, count: int, status: int = 200) -> RestResponse:
        return RestResponse(words.to_category(row, count), status, links=_links(request, row))

    # -- writing ------------------------------------------------------------------------------------------------

    def create(self, request: RestRequest) -> RestResponse:
        if not is_manager(request):
            raise refused(request, "create")
        with writing():
            values = {"parent_id": 0, **self._values(request, None)}
            known = self._all()
            given = sanitize.slug(request.get("slug"))[:200]
            slug = given or sanitize.slug(values["name"])[:200]
            _refuse_twin(known, values["name"], slug, values["parent_id"], chosen=bool(given))
            values["slug"] = _unique(slug, values["parent_id"], known, 0)
            row = repository.categories.create(now=request.now, origin=NAME, **values)
        response = self._one(request, row, 0, 201)
        response.headers["Location"] = request.url(f"{_BASE}/{row.id}")
        return response

    def update(self, request: RestRequest) -> RestResponse:
        row = repository.categories.get_many([request.int_param("id")]).get(request.int_param("id"))
        if row is None:
            raise _missing()
        if not is_manager(request):
            raise refused(request, "edit")
        with writing():
            values = self._values(request, row)
            if request.get("slug") is not None:
                values["slug"] = self._new_slug(request, row, values)
            row = repository.categories.update(row.id, now=request.now, **values)
        products = self._products(self._all())
        return self._one(request, row, len(products.published[row.id]))

    def _all(self) -> list[Category]:
        return repository.categories.list_all()

    def _values(self, request: RestRequest, row: Category | None) -> dict[str, Any]:
        own = dict(words.own(row)) if row else {}
        values: dict[str, Any] = {}
        if request.get("name") is not None or row is None:
            name = sanitize.text_field(sanitize.unslash(request.get("name")))
            values["name"] = (sanitize.encode_ampersands(name) if self._shop.strict else name)[:200]
            if not values["name"]:
                raise WPError("empty_term_name", "A name is required for this term.", 400)
        if request.get("description") is not None:
            values["description"] = sanitize.inline(request.get("description"), entities=self._shop.strict)
        if request.get("menu_order") is not None:
            values["position"] = max(-(2**31), min(2**31 - 1, request.int_param("menu_order")))
        parent = request.get("parent")
        if parent is not None:
            # Nobody has cleaned the items of a batch.
            values["parent_id"] = self._parent(php.intval(parent), row)
        for name in ("display", "image"):
            if request.get(name) is not None:
                value = request.get(name)
                own[name] = sanitize.text_field(value) if name == "display" else next(iter(images([value])), None)
        values["extras"] = {**(row.extras if row else {}), NAME: own}
        return values

    def _parent(self, parent: int, row: Category | None) -> int:
        """A parent that exists; none where a category would come to lie below itself."""
        known = {one.id: one for one in self._all()}
        if parent and parent not in known:
            raise WPError("missing_parent", "Parent term does not exist.", 400)
        above, steps = parent, 0
        while row is not None and above and steps < 50:
            if above == row.id:
                return 0
            above, steps = known[above].parent_id if above in known else 0, steps + 1
        return parent

    def _new_slug(self, request: RestRequest, row: Category, values: Mapping[str, Any]) -> str:
        """The slug asked for. One that is taken is only changed where nobody insisted on it."""
        given = sanitize.slug(request.get("slug"))[:200]
        slug = given or sanitize.slug(values.get("name", row.name))[:200]
        known = self._all()
        parent = values.get("parent_id", row.parent_id)
        taken = any(other.slug == slug and other.id != row.id for other in known)
        if taken and given and parent == row.parent_id:
            # The real server forgets the status of this one and answers 500.
            text = f"The slug &#8220;{slug}&#8221; is already in use by another term."
            raise WPError("duplicate_term_slug", text, 400)
        return _unique(slug, parent, known, row.id)

    @operation(statuses=[501])
    def delete(self, request: RestRequest) -> RestResponse:
        row = repository.categories.get_many([request.int_param("id")]).get(request.int_param("id"))
        if row is None:
            raise _missing()
        if not is_manager(request):
            raise refused(request, "delete")
        if not request.get("force"):
            text = "Resource does not support trashing."
            raise WPError("woocommerce_rest_trash_not_supported", text, 501)
        if row.slug == DEFAULT_SLUG:
            text = "Default product category cannot be deleted."
            raise WPError("woocommerce_rest_cannot_delete", text, 400)
        products = self._products(self._all())
        response = self._one(request, row, len(products.published[row.id]))
        catalog.delete_category(row.id, now=request.now)
        # What was allowed is asked again: there is nothing left that could be read, edited or deleted.
        request.cache.pop("categories", None)
        request.verdicts.clear()
        return response

    def batch(self, request: RestRequest) -> RestResponse:
        if not self._shop.strict:
            return batch.run(request, create=self.create, update=self.update, delete=self.delete)
        return batch.run(request, create=self.create, update=self._update_in_batch, delete=self._delete_in_batch)

    def _update_in_batch(self, request: RestRequest) -> RestResponse:
        """The real server has a record of nothing for a category that does not exist."""
        if request.int_param("id") in repository.categories.get_many([request.int_param("id")]):
            return self.update(request)
        nothing = dict.fromkeys(("name", "slug", "description", "image"))
        data = {"id": 0, "parent": 0, "display": "default", "menu_order": 0, "count": 0, **nothing}
        shown = {name: data[name] for name in schemas.CATEGORY["properties"]}
        own = [{"href": request.url(_BASE) + "/"}]
        return RestResponse(shown, links={"self": own, "collection": [{"href": request.url(_BASE)}]})

    def _delete_in_batch(self, request: RestRequest) -> RestResponse:
        if request.int_param("id") in repository.categories.get_many([request.int_param("id")]):
            return self.delete(request)
        raise WPError("woocommerce_rest_cannot_delete", "The resource cannot be deleted.", 500)


def _missing() -> WPError:
    return WPError("woocommerce_rest_term_invalid", "Resource does not exist.", 404)


def _links(request: RestRequest, row: Category) -> Any:
    up = f"{_BASE}/{row.parent_id}" if row.parent_id else None
    return request.links(f"{_BASE}/{row.id}", _BASE, up)


def _refuse_twin(known: Iterable[Category], name: str, slug: str, parent: int, *, chosen: bool) -> None:
    """Two of one name side by side are refused, unless the second was given (``chosen``) a slug that is free."""
    rows = list(known)
    siblings = [row for row in rows if row.parent_id == parent]
    twin = next((row for row in siblings if fold(row.name) == fold(name)), None)
    if twin is None:
        return
    if (not chosen or twin.slug == slug) and any(row.name == name for row in siblings):
        raise Duplicate(kind="category", field="name", value=name, id=twin.id)
    same = next((row for row in siblings if row.slug == slug), None)
    if same is not None:
        raise Duplicate(kind="category", field="slug", value=slug, id=same.id)


def _unique(slug: str, parent: int, known: Iterable[Category], own: int) -> str:
    """A slug nobody else has: with the slugs of the categories above it, then with a number."""
    by_id = {row.id: row for row in known}
    taken = {row.slug for row in by_id.values() if row.id != own}
    slug = slug or "category"
    if slug not in taken:
        return slug
    for _ in range(50):
        if parent not in by_id:
            break
        slug = f"{slug}-{by_id[parent].slug}"
        if slug not in taken:
            break
        parent = by_id[parent].parent_id
    made, number = slug[:200], 2
    while made in taken:
        made, number = f"{slug[:190]}-{number}", number + 1
    return made


def _sorted(request: RestRequest, found: list[Category], products: _Products) -> list[Category]:
    by, backwards = request.get("orderby"), request.get("order") == "desc"
    if by == "include" and request.get("include"):
        place = {number: index for index, number in enumerate(request.get("include"))}
        return sorted(found, key=lambda row: place.get(row.id, len(place)), reverse=backwards)
    keys: dict[str, Callable[[Category], Any]] = {
        "id": lambda row: row.id,
        "name": lambda row: fold(row.name),
        "slug": lambda row: row.slug,
        "term_group": lambda row: 0,
        "description": lambda row: fold(row.description),
        "count": lambda row: len(products.published[row.id]),
    }
    return sorted(sorted(found, key=keys["name"]), key=keys.get(by, keys["name"]), reverse=backwards)
