"""The business that all dialects share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Site:
    """``timezone`` is an IANA name or a fixed offset such as ``+05:30``; ``url`` has no trailing slash."""

    name: str = "frontdesk"
    url: str = "http://127.0.0.1:8000"
    timezone: str = "UTC"
    currency: str = "USD"
    locale: str = "en_US"
