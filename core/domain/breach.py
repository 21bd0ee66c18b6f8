"""What the doctor finds: one broken invariant, and the stream of findings a rule yields."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """One broken invariant: its ``rule``, the ``subject`` it is about, and what was found."""

    rule: str
    subject: str
    detail: str


#: ``(rows looked at, breach or None)``, again and again.
Finding = Iterator[tuple[int, Breach | None]]
