"""Categories of services."""

from typing import Any

from core.domain.records import Category
from core.services import catalog
from core.services.repository import categories
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.categories import read_category_name, to_category
from plugins.bookingpress.translate.params import Params
from plugins.bookingpress.translate.values import NAME
from plugins.bookingpress.usecases.crud import CrudUseCases, Ids
from plugins.bookingpress.usecases.queries import next_position


class Categories(CrudUseCases):
    table = categories
    id_name = "category_id"
    unknown_to_delete = "category_gone"

    def _shown(self, records: list[Category], *, single: bool) -> list[Any]:
        services = catalog.category_services(category.id for category in records)
        return [to_category(category, index, len(services[category.id])) for index, category in enumerate(records, 1)]

    def _create(self, params: Params) -> Ids:
        category = categories.create(
            now=self.context.now,
            name=read_category_name(params),
            position=next_position(categories),
            origin=NAME,
        )
        return {"category_id": category.id}

    def _update(self, previous: Category, params: Params, *, partial: bool) -> Ids:
        if not partial or "service_category_name" in params:
            categories.update(previous.id, now=self.context.now, name=read_category_name(params))
        return {"category_id": previous.id}

    def _delete(self, record: Category) -> None:
        if catalog.category_services([record.id])[record.id]:
            raise Refused(reason="category_in_use")
        catalog.delete_category(record.id, now=self.context.now)
