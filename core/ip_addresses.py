"""Which IP addresses are public, in whatever form an IPv4 address is embedded."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address

#: Networks whose last 32 bits are an IPv4 address that a gateway reaches (RFC 6052, 8215, 4291).
_HOLDS_IPV4 = [
    IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96")
]
#: Site-local: deprecated, but still routed inside some networks (RFC 3879).
_SITE_LOCAL = IPv6Network("fec0::/10")


def embedded_addresses(address: Address) -> list[Address]:
    """The address itself and the IPv4 addresses it leads to: mapped, NAT64, compatible, translated, 6to4 and Teredo
    forms.
    """
    addresses: list[Address] = [address]
    if isinstance(address, IPv6Address):
        if any(address in network for network in _HOLDS_IPV4):
            addresses.append(IPv4Address(int(address) & 0xFFFF_FFFF))
        if address.sixtofour is not None:
            addresses.append(address.sixtofour)
        if address.teredo is not None:
            addresses += address.teredo
    return addresses


def is_public(text: str) -> bool:
    """Whether an address (without its IPv6 zone) leads to the public internet and nowhere else.

    Raises:
        ValueError: It is not an address.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address in _SITE_LOCAL:
        return False
    inner = embedded_addresses(address)
    # An embedded IPv4 address decides; most of these forms are not public addresses themselves.
    checked = inner[1:] or inner
    return all(candidate.is_global and not candidate.is_multicast for candidate in checked)
