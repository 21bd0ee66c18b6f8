"""What this dialect stores with core's records, under its own name."""

from collections.abc import Mapping
from typing import Any

NAME = "bookablesites"


def own_fields(record: Any) -> dict[str, Any]:
    """The fields this dialect stores with a record; treat them as read-only."""
    return record.extras.get(NAME) or {}


def with_own_fields(record: Any | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    """A record's extras with this dialect's part replaced; those of other dialects stay."""
    return {**(record.extras if record is not None else {}), NAME: dict(fields)}
