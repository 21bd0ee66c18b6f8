"""Records an event for every created or updated customer and catalog record, in the transaction of the change.

Kinds of event: ``customer.created``, ``service.updated``, ... with the record's id. ``core.services.catalog`` records
deletions itself.
"""

from collections.abc import Callable
from typing import Any

from core.services import events, repository
from core.services.repository import Repository

_REPOSITORIES: tuple[Repository[Any], ...] = (
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

_connected: set[str] = set()


def _event_recorder(records: Repository[Any]) -> Callable[[str, Any], None]:
    def record_event(verb: str, record: Any) -> None:
        if verb != "deleted":
            events.record_event(
                f"{records.kind}.{verb}",
                records.kind,
                record.id,
                now=record.modified_at,
                origin=record.origin,
                data={records.kind: {"id": record.id}},
            )

    return record_event


def emit_change_events() -> None:
    """Register the callbacks; calling it again changes nothing."""
    for records in _REPOSITORIES:
        if records.kind not in _connected:
            _connected.add(records.kind)
            records.on_change(_event_recorder(records))
