"""Tells of every customer and of everything on offer that is made or changed, in the transaction that does it.

Kinds of event: ``customer.created``, ``service.updated``, ... with the record's id. Deletions are told by the verbs of
``core.services.catalog``, which know the time.
"""

from collections.abc import Callable
from typing import Any

from core.services import events, records
from core.services.records import Table

_WATCHED: tuple[Table[Any], ...] = (
    records.categories,
    records.coupons,
    records.customers,
    records.extras,
    records.gift_cards,
    records.locations,
    records.packages,
    records.person_types,
    records.resources,
    records.services,
    records.variants,
)

_told: set[str] = set()


def _teller(table: Table[Any]) -> Callable[[str, Any], None]:
    def tell(verb: str, record: Any) -> None:
        if verb != "deleted":
            events.record(
                f"{table.kind}.{verb}",
                table.kind,
                record.id,
                now=record.modified_at,
                origin=record.origin,
                data={table.kind: {"id": record.id}},
            )

    return tell


def watch() -> None:
    """Begin to tell; called by whoever wires the host, however often."""
    for table in _WATCHED:
        if table.kind not in _told:
            _told.add(table.kind)
            table.on_change(_teller(table))
