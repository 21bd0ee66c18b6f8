"""What this dialect keeps with a record of core: ``extras["wc_bookings"]``."""

from collections.abc import Mapping
from typing import Any, Protocol

NAME = "wc_bookings"


class HasExtras(Protocol):
    """Any record of core."""

    @property
    def extras(self) -> dict[str, Any]: ...


def dialect_extras(record: HasExtras) -> Mapping[str, Any]:
    """The record's extras of this dialect; empty where there are none."""
    extras = record.extras.get(NAME)
    return extras if isinstance(extras, Mapping) else {}
