"""What this dialect stores with core's records, under its own name."""

from collections.abc import Mapping
from typing import Any, Protocol

NAME = "bookablesites"


class Record(Protocol):
    """Any of core's records that dialects store fields with."""

    @property
    def extras(self) -> Mapping[str, Any]: ...


def own_fields(record: Record) -> dict[str, Any]:
    """The fields this dialect stores with a record; treat them as read-only."""
    return record.extras.get(NAME) or {}


def with_own_fields(record: Record | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record's extras with this dialect's part replaced; those of other dialects stay."""
    return {**(record.extras if record is not None else {}), NAME: dict(fields)}
