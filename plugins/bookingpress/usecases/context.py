"""What the use cases of one site share."""

from collections.abc import Callable
from datetime import date, datetime, time, tzinfo

from frontdesk import Site
from frontdesk import site as site_service
from frontdesk.money import symbol
from frontdesk.times import zone
from frontdesk.typed_data import from_plain
from plugins.bookingpress.schemas import SiteSettings
from plugins.bookingpress.translate.prices import usual_settings
from plugins.bookingpress.translate.values import NAME


class Context:
    """Clock, zone and currency symbol of a site, and its stored settings."""

    def __init__(self, *, clock: Callable[[], datetime], site: Site) -> None:
        self.clock = clock
        self.zone: tzinfo = zone(site.timezone)
        self.symbol = symbol(site.currency, site.locale)

    @property
    def now(self) -> datetime:
        """The current instant, aware UTC."""
        return self.clock()

    @property
    def today(self) -> date:
        """The date on the site's clock."""
        return self.now.astimezone(self.zone).date()

    @property
    def midnight(self) -> int:
        """The instant (epoch seconds) at which today began on the site's clock."""
        return int(datetime.combine(self.today, time(), self.zone).timestamp())

    @property
    def settings(self) -> SiteSettings:
        return site_settings()


def site_settings() -> SiteSettings:
    """The stored settings that change behaviour; those of money and language follow the site where unset."""
    site = site_service.current()
    stored = site_service.extras(NAME).get("settings") or {}
    return from_plain(
        {**usual_settings(site.currency, site.locale), **stored, "locale": site.locale}, SiteSettings, strict=False
    )
