"""What all use cases share."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from frontdesk import Site, site
from frontdesk.times import zone
from plugins.bkap.settings import BkapSettings


@dataclass(frozen=True, slots=True)
class Context:
    """The plugin's settings, the shop and the clock.

    Attributes:
        store_url: The shop's address, without a slash at its end.
        clock: The current instant, aware UTC.
    """

    settings: BkapSettings
    store_url: str
    clock: Callable[[], datetime]

    @property
    def site(self) -> Site:
        return site.current()

    def today(self, time_zone: str = "") -> date:
        """The date in a time zone, by default the shop's."""
        return self.clock().astimezone(zone(time_zone or self.site.timezone)).date()
