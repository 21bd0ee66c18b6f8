"""What the use cases share: clock, settings, limits and site."""

from frontdesk import Host, site
from plugins.bookablesites.settings import Settings
from plugins.bookablesites.translate.values import NAME


class Context:
    """The tenant as the use cases see it."""

    def __init__(self, host: Host) -> None:
        self.now = host.clock
        self.settings: Settings = host.settings(NAME)
        self.limits = host.limiter
        self.webhook_options = host.webhooks

    @property
    def zone(self) -> str:
        """The name of the tenant's time zone."""
        return site.current().timezone

    @property
    def currency(self) -> str:
        return site.current().currency
