"""Categories as the vendor lists them."""

from core.domain.records import Category
from plugins.bookingpress import schemas
from plugins.bookingpress.errors import Refused
from plugins.bookingpress.translate.params import Params


def read_category_name(params: Params) -> str:
    name = params.text("service_category_name", longest=255)
    if not name:
        raise Refused(reason="no_category_name")
    return name


def to_category(category: Category, index: int, services: int) -> schemas.Category:
    return schemas.Category(
        id=index,
        category_id=category.id,
        category_name=category.name,
        total_services=services,
        category_position=category.position,
    )
