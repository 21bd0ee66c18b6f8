"""Categories as the API shows them."""

from typing import Any

from core.domain.records import Category
from plugins.wc_bookings.translate.values import stored_extras


def to_category(category: Category, count: int) -> dict[str, Any]:
    """A category as the API shows it; ``count`` is how many products it has."""
    extras = stored_extras(category)
    return {
        "id": category.id,
        "name": category.name,
        "slug": category.slug,
        "parent": category.parent_id,
        "description": category.description,
        "display": extras.get("display", "default"),
        "image": extras.get("image"),
        "menu_order": category.position,
        "count": count,
    }
