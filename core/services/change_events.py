"""Records an event for every created or updated customer and catalog record, in the transaction of the change.

Kinds of event: ``customer.created``, ``service.updated``, ... with the record's id, and what an update changed.
``core.services.catalog`` records deletions itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
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
#: Fields that every update changes.
_ALWAYS = ("version", "modified_at")
#: Longer texts are not repeated in events.
_MAX_TEXT = 100

_connected: set[str] = set()


def changes(before: Any, after: Any) -> dict[str, list[Any] | None]:
    """The fields that differ between two records: ``{field: [before, after]}``, nested ones with dots between.

    Amounts and times are texts. None instead of the two values where they are long, lists or mappings, and for every
    field of a record with an email address, which may be a person's.
    """
    found: dict[str, list[Any] | None] = {}
    is_person = hasattr(after, "email")
    for field in fields(after):
        old, new = getattr(before, field.name), getattr(after, field.name)
        if old == new or field.name in _ALWAYS:
            continue
        if is_dataclass(old) and type(old) is type(new):
            found |= {f"{field.name}.{name}": both for name, both in changes(old, new).items()}
        else:
            both = [_shown(old), _shown(new)]
            found[field.name] = None if is_person or _UNSHOWN in both else both
    return found


_UNSHOWN = object()


def _shown(value: Any) -> Any:
    """A value as it stands in an event."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int)) or (isinstance(value, str) and len(value) <= _MAX_TEXT):
        return value
    return _UNSHOWN


def _record_event(records: Repository[Any], verb: str, record: Any, data: Mapping[str, Any]) -> None:
    events.record_event(
        f"{records.kind}.{verb}",
        records.kind,
        record.id,
        now=record.modified_at,
        origin=record.origin,
        data={records.kind: {"id": record.id}, **data},
    )


def _on_change(records: Repository[Any]) -> Callable[[str, Any], None]:
    def record_creation(verb: str, record: Any) -> None:
        if verb == "created":
            _record_event(records, verb, record, {})

    return record_creation


def _on_update(records: Repository[Any]) -> Callable[[Any, Any], None]:
    def record_update(before: Any, after: Any) -> None:
        _record_event(records, "updated", after, {"changes": changes(before, after)})

    return record_update


def emit_change_events() -> None:
    """Register the callbacks; calling it again changes nothing."""
    for records in _REPOSITORIES:
        if records.kind not in _connected:
            _connected.add(records.kind)
            records.on_change(_on_change(records))
            records.on_update(_on_update(records))
