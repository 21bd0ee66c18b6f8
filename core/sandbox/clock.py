"""The clock of a sandbox: it runs, stands, or is moved; and texts for how far."""

import re
from datetime import UTC, datetime, timedelta

from core.errors import Invalid

#: How signed timestamps are judged: against the real time, the sandbox's, or either.
SIGNING = ("either", "real", "clock")
#: The first and last instants that a sandbox can be at: what the dialects can write as dates.
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2090, 1, 1, tzinfo=UTC)
_UNITS = {"w": 604_800, "d": 86_400, "h": 3600, "m": 60, "min": 60, "s": 1, "ms": 0.001}
_PART = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|min|w|d|h|m|s)\s*")


class SandboxClock:
    """Called, it returns the current instant, aware UTC.

    Args:
        now: Where it stands; None lets it run with the real time.
    """

    def __init__(self, now: datetime | None = None) -> None:
        self._frozen = None if now is None else now.astimezone(UTC)
        self._offset = timedelta(0)
        self.signing = SIGNING[0]

    def __call__(self) -> datetime:
        frozen = self._frozen
        return datetime.now(UTC) + self._offset if frozen is None else frozen

    @property
    def is_running(self) -> bool:
        return self._frozen is None

    def freeze(self, now: datetime | None = None) -> None:
        """Stand at ``now``, by default where it is."""
        self._frozen = check_instant(self() if now is None else now)

    def move_to(self, now: datetime) -> None:
        """Go to ``now``; a running clock runs on from there."""
        now = check_instant(now)
        if self._frozen is None:
            self._offset = now - datetime.now(UTC)
        else:
            self._frozen = now

    def run(self) -> None:
        """Run on from where it is."""
        now = self()
        self._frozen, self._offset = None, now - datetime.now(UTC)

    def state(self) -> tuple[datetime | None, timedelta, str]:
        """What ``restore`` takes: a running clock is as far from the real time as it was."""
        return self._frozen, self._offset, self.signing

    def restore(self, state: tuple[datetime | None, timedelta, str]) -> None:
        """Go back to an earlier ``state``."""
        self._frozen, self._offset, self.signing = state

    def signing_times(self) -> tuple[datetime, ...]:
        """The instants near which a signed timestamp must lie."""
        return {"real": (datetime.now(UTC),), "clock": (self(),)}.get(self.signing, (self(), datetime.now(UTC)))


def check_instant(now: datetime) -> datetime:
    """The instant in UTC.

    Raises:
        Invalid: It has no zone, or lies where no calendar of a vendor reaches.
    """
    if now.tzinfo is None:
        raise Invalid(field="now", reason="needs a zone, as in 2026-03-02T10:00:00Z")
    if not EARLIEST <= now <= LATEST:
        raise Invalid(field="now", reason=f"must lie between {EARLIEST:%Y} and {LATEST:%Y}")
    return now.astimezone(UTC)


def read_instant(text: object) -> datetime:
    """An instant from its usual notation; raises Invalid."""
    try:
        return check_instant(datetime.fromisoformat(str(text)))
    except ValueError:
        raise Invalid(field="now", reason="must be an instant such as 2026-03-02T10:00:00Z") from None


def read_distance(value: object) -> timedelta:
    """A length of time: seconds as a number, or a text such as ``90s``, ``2h`` or ``1d 12h``.

    Raises:
        Invalid: It is neither, negative, or longer than a hundred years.
    """
    seconds = -1.0
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value)
    elif isinstance(value, str):
        parts = _PART.findall(value.strip().lower())
        if parts and _PART.sub("", value.strip().lower()) == "":
            seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
    if not 0 <= seconds <= 3_155_760_000:
        raise Invalid(field="advance", reason="must be seconds, or a length such as 90s, 2h or 1d 12h")
    return timedelta(seconds=seconds)
