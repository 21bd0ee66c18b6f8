"""``/categories`` (fact sheet, section 6.4)."""

from typing import Any, ClassVar

from core.http.openapi import operation
from core.services import catalog
from core.services.repository import categories
from plugins.bookingpress.errors import NOTICE, WENT_WRONG, Refused, notice
from plugins.bookingpress.resources.base import Listing, Params, Things, simple_page, words
from plugins.bookingpress.schemas import Category
from plugins.bookingpress.translate.catalog import SHOWN, to_category

IN_USE = "I am sorry! This category can not be deleted because it has one or more services associated with it"
_BODY = {"service_category_name": str}


class Categories(Things):
    group = "categories"
    shown_names = SHOWN["categories"]
    update_names = ("service_category_update_id", "update_id")
    sorts: ClassVar = {
        "id": "id",
        "category_id": "id",
        "category_name": "name",
        "category_position": "position",
    }

    @operation(reply=[Category])
    def page(self, listing: Listing) -> tuple[list[Any], int]:
        found, total = simple_page(categories, listing, words(listing.search, ("name",)))
        inside = catalog.category_services(category.id for category in found)
        return [
            to_category(category, index, len(inside[category.id])) for index, category in enumerate(found, 1)
        ], total

    @operation(reply=Category)
    def one(self, id: int) -> tuple[Any, int]:
        category = categories.get(id)
        return to_category(category, 1, len(catalog.category_services([id])[id])), category.version

    @operation(body=_BODY, reply=NOTICE)
    def create(self, given: Params) -> Any:
        name = self._name(given)
        last = categories.page(order=(("position", "desc"),), limit=1, count=False).items
        made = categories.create(
            now=self.shop.now,
            name=name,
            position=last[0].position + 1 if last else 0,
            origin="bookingpress",
        )
        return notice("Category has been created successfully.", category_id=made.id)

    @operation(body=_BODY, reply=NOTICE)
    def update(self, id: int, given: Params, *, gentle: bool) -> Any:
        if not categories.get_many([id]):
            raise Refused(msg=WENT_WRONG, status=404)
        if not gentle or "service_category_name" in given:
            categories.update(id, now=self.shop.now, name=self._name(given))
        return notice("Category has been updated successfully.", category_id=id)

    def delete(self, id: int, expected_version: int | None) -> Any:
        if not categories.get_many([id]):
            raise Refused(msg="Either category already deleted or category id not found.", status=404)
        if catalog.category_services([id])[id]:
            raise Refused(msg=IN_USE, variant="warning")
        catalog.delete_category(id, now=self.shop.now)
        return notice("Category has been deleted successfully", category_id=id)

    def _name(self, given: Params) -> str:
        name = given.text("service_category_name", longest=255)
        if not name:
            raise Refused(msg="Please add valid data for add category.")
        return name
