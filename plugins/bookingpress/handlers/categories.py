"""``/categories``: decode, call, reply."""

from plugins.bookingpress import schemas
from plugins.bookingpress.handlers.base import CrudHandler
from plugins.bookingpress.usecases.categories import Categories


class CategoriesHandler(CrudHandler):
    usecases_type = Categories
    switches = "categories"
    collection = "categories"
    update_names = ("service_category_update_id", "update_id")
    sortable = {
        "id": "id",
        "category_id": "id",
        "category_name": "name",
        "category_position": "position",
    }
    created = "Category has been created successfully."
    updated = "Category has been updated successfully."
    deleted = "Category has been deleted successfully"
    body = {"service_category_name": str}
    record = schemas.Category
