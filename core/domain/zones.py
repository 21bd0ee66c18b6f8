"""Time zones by name: IANA names and fixed offsets."""

import re
from datetime import timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?([0-5]\d))?\Z", re.ASCII)


@lru_cache(maxsize=1024)
def zone(name: str) -> tzinfo:
    """The zone called ``name``: an IANA name, ``UTC``, ``Z`` or a fixed offset such as ``+05:30``.

    Raises:
        ValueError: There is no such zone.
    """
    if name in ("Z", "z"):
        name = "UTC"
    match = _OFFSET.match(name)
    if match:
        sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        if offset > timedelta(hours=14):
            raise ValueError(f"no time zone is {name} away from UTC")
        text = f"{sign}{int(hours):02d}:{minutes or '00'}"
        return timezone(offset if sign == "+" else -offset, text)
    try:
        return ZoneInfo(name)
    # A directory name, an absolute path, NUL or overlong text raise other errors than an unknown key.
    except (KeyError, ValueError, OSError):
        raise ValueError(f"no time zone is called {name!r}") from None
