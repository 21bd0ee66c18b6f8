"""Look-ups that several use cases share."""

from collections.abc import Iterable
from typing import Any, TypeVar

from core.domain.records import Extra, ServiceResource
from core.services import catalog
from core.services.repository import Condition, Repository, extras
from plugins.bookingpress.translate.params import Params

R = TypeVar("R")

#: A search looks at no more matches than this.
MOST_MATCHES = 5_000
_MOST_WORDS = 8


def search_conditions(search: str, fields: tuple[str, ...]) -> list[Condition]:
    """Conditions for a search: every word is part of one of the fields."""
    return [(fields, "contains", word) for word in search.split()[:_MOST_WORDS]]


def position_for(table: Repository[Any], params: Params, name: str) -> int:
    """The position of a new record: the caller's, else behind all others."""
    return params.integer(name) if name in params else next_position(table)


def next_position(table: Repository[Any]) -> int:
    """The position behind all records of a table."""
    last = table.page(order=(("position", "desc"),), limit=1, count=False).items
    return last[0].position + 1 if last else 0


def extras_by_service(service_ids: Iterable[int]) -> dict[int, list[Extra]]:
    """The extras of services in their order."""
    grouped: dict[int, list[Extra]] = {}
    for extra in extras.list_all([("service_id", "in", list(service_ids))], order=(("position", "asc"), ("id", "asc"))):
        grouped.setdefault(extra.service_id, []).append(extra)
    return grouped


def links_by_service(service_ids: Iterable[int]) -> dict[int, list[ServiceResource]]:
    """The staff members' links of services."""
    grouped: dict[int, list[ServiceResource]] = {}
    for link in catalog.resource_links(service_ids=list(service_ids)):
        grouped.setdefault(link.service_id, []).append(link)
    return grouped


def is_assigned(service_id: int, resource_id: int) -> bool:
    """Whether a staff member gives a service."""
    return bool(catalog.resource_links(service_ids=[service_id], resource_ids=[resource_id]))
