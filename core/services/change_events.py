"""Tells of every customer and of everything on offer that is made or changed, in the transaction that does it.

Kinds of event: ``customer.created``, ``service.updated``, ... with the record's id. Deletions are told by the verbs of
``core.services.catalog``, which know the time.
"""

from collections.abc import Callable
from typing import Any

from core.services import events, repository
from core.services.repository import Repository

_WATCHED: tuple[Repository[Any], ...] = (
    repository.categories,
    repository.coupons,
    repository.customers,
    repository.extras,
    repository.gift_cards,
    repository.locations,
    repository.packages,
    repository.person_types,
    repository.resources,
    repository.services,
    repository.variants,
)

_told: set[str] = set()


def _teller(table: Repository[Any]) -> Callable[[str, Any], None]:
    def tell(verb: str, record: Any) -> None:
        if verb != "deleted":
            events.record_event(
                f"{table.kind}.{verb}",
                table.kind,
                record.id,
                now=record.modified_at,
                origin=record.origin,
                data={table.kind: {"id": record.id}},
            )

    return tell


def emit_change_events() -> None:
    """Begin to tell; called by whoever wires the host, however often."""
    for table in _WATCHED:
        if table.kind not in _told:
            _told.add(table.kind)
            table.on_change(_teller(table))
