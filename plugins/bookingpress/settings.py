"""The plugin's table of ``config.toml``: the vendor's API settings screen (README, "Settings")."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import fields

Limit = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Network = IPv4Network | IPv6Network


class Editable(Struct, frozen=True, kw_only=True):
    """Switches of a group with all four actions."""

    create: bool = True
    read: bool = True
    update: bool = True
    delete: bool = True


class Fixed(Struct, frozen=True, kw_only=True):
    """Switches of a group without an update."""

    create: bool = True
    read: bool = True
    delete: bool = True


class Listed(Struct, frozen=True, kw_only=True):
    """Switches of a group that can only be listed."""

    list: bool = True


class Permissions(Struct, frozen=True, kw_only=True):
    """The 35 switches, by the vendor's groups."""

    appointments: Fixed = Fixed()
    customers: Editable = Editable()
    staffmember: Editable = Editable()
    categories: Editable = Editable()
    services: Editable = Editable()
    payments: Listed = Listed()
    locations: Editable = Editable()
    coupon: Fixed = Fixed()
    package: Editable = Editable()
    gift_cards: Editable = Editable()

    def allows(self, group: str, action: str) -> bool:
        """Whether an action of a group is switched on."""
        return bool(getattr(getattr(self, group), action))


#: The actions of each group that have a switch.
GROUPS: dict[str, tuple[str, ...]] = {group.name: group.type.__struct_fields__ for group in fields(Permissions)}


class Settings(Struct, frozen=True, kw_only=True):
    """``[plugins.bookingpress]``. The IP lists are texts with commas, as on the vendor's screen."""

    key_expiry: Literal["1 year", "2 years", "3 years", "unlimited"] = "unlimited"
    #: 0 switches a limit off.
    rate_limit_minute: Limit = 60
    rate_limit_hour: Limit = 3600
    blacklisted_ips: str = ""
    whitelisted_ips: str = ""
    permissions: Permissions = Permissions()
    #: Refused business rules answer 400, 404 and 409 instead of the vendor's 200.
    strict_http_status: bool = False

    def __post_init__(self) -> None:
        # A ValueError here stops the start and names the setting's table.
        for name in ("blacklisted_ips", "whitelisted_ips"):
            try:
                read_networks(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

    @property
    def key_years(self) -> int | None:
        """Years a key lives; None for ever."""
        return None if self.key_expiry == "unlimited" else int(self.key_expiry[0])


def read_networks(text: str) -> tuple[Network, ...]:
    """Addresses and CIDR blocks of a list with commas or line breaks; host bits are masked.

    Raises:
        ValueError: An item is neither; the message names it.
    """
    networks: dict[Network, None] = {}
    for item in text.replace("\n", ",").replace("\r", ",").split(","):
        item = item.strip()
        if item:
            try:
                if "%" in item:
                    raise ValueError
                networks[_unmapped(ip_network(item, strict=False))] = None
            except ValueError:
                raise ValueError(f"{item!r} is neither an IP address nor a network") from None
    return tuple(networks)


def _unmapped(network: Network) -> Network:
    """IPv4 inside IPv6 (``::ffff:1.2.3.4``) as plain IPv4."""
    mapped = getattr(network.network_address, "ipv4_mapped", None)
    if mapped is None or network.prefixlen < 96:
        return network
    return ip_network((mapped, network.prefixlen - 96), strict=False)
