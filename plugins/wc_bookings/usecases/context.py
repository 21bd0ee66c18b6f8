"""What all use cases and handlers share: settings, clock, zone, formats."""

from datetime import UTC, datetime, tzinfo
from decimal import Decimal

from frontdesk import Host
from frontdesk.money import exponent
from frontdesk.times import zone as zone_of
from frontdesk.wordpress import sanitize
from frontdesk.wordpress.money import money_format, price_html
from frontdesk.wordpress.phpjson import EMPTY_OBJECT
from plugins.wc_bookings.settings import Settings
from plugins.wc_bookings.translate.product_records import ProductFormat


class Context:
    """Made once at start-up.

    Attributes:
        clock: The current instant, aware UTC.
        zone: The shop's time zone.
        decimals: How many decimals the shop's currency has.
        strict: Whether replies are those of version 2.2.5 in everything.
    """

    def __init__(self, host: Host) -> None:
        self.options: Settings = host.settings("wc_bookings").resolved()
        self.site = host.site
        self.clock = host.clock
        self.zone: tzinfo = zone_of(host.site.timezone)
        self.decimals = exponent(host.site.currency)
        self.strict = self.options.mode == "strict"
        record = self.options.product_record or "reference"
        self._money_format = money_format(host.site, bdi=record == "2.2.5")
        self.product_format = ProductFormat(
            url=host.site.url.rstrip("/"),
            zone=self.zone,
            money=self.money,
            slug=sanitize.slug,
            record=record,
            person_details=bool(self.options.person_type_details),
            empty=EMPTY_OBJECT,
        )

    def money(self, amount: Decimal) -> str:
        """An amount in the shop's currency, as HTML."""
        return price_html(amount, self._money_format)

    def wall_now(self) -> datetime:
        """The shop's wall clock, naive."""
        return self.clock().astimezone(self.zone).replace(tzinfo=None)

    def instant(self, wall: datetime) -> datetime:
        """The instant at which the shop's clock shows ``wall``."""
        return wall.replace(tzinfo=self.zone).astimezone(UTC)
