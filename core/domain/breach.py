"""What the doctor finds: one broken invariant, and the stream of findings a rule yields."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken invariant: its ``rule``, its ``subject`` and the ``detail``."""

    rule: str
    subject: str
    detail: str


#: Yields ``(rows checked, breach or None)``.
Finding = Iterator[tuple[int, Breach | None]]
