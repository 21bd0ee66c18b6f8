"""The real client behind proxies: forwarding headers count only when the peer is trusted."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address with an optional port, brackets or zone id; None when it is not an address."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


class TrustedProxies:
    """The networks of ``[server] trusted_proxies``; ``unix`` means a peer on a Unix socket."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._unix = "unix" in trusted
        self._networks = [ip_network(item, strict=False) for item in trusted if item != "unix"]
        self.is_enabled = bool(trusted)
        self._is_trusted = lru_cache(maxsize=4096)(self._look_up)

    def _look_up(self, text: str) -> bool:
        if not text:
            return self._unix
        address = parse_address(text)
        return address is not None and any(address in network for network in self._networks)

    def apply(self, env: dict[str, Any]) -> None:
        """Copy what trusted proxies report into the WSGI environment, for all code behind."""
        peer = env.get("REMOTE_ADDR") or ""
        if not self._is_trusted(peer):
            return
        forwarded = env.get("HTTP_X_FORWARDED_FOR")
        if forwarded:
            env["REMOTE_ADDR"] = self._client(forwarded) or peer
        proto = (env.get("HTTP_X_FORWARDED_PROTO") or "").rpartition(",")[2].strip().lower()
        if proto in ("http", "https"):
            env["wsgi.url_scheme"] = proto
        host = (env.get("HTTP_X_FORWARDED_HOST") or "").rpartition(",")[2].strip()
        if host:
            env["HTTP_HOST"] = host

    def _client(self, forwarded: str) -> str | None:
        """From the right, the first address that is no trusted proxy; the leftmost if all are; None if unreadable."""
        address = None
        for item in reversed(forwarded.split(",")):
            address = parse_address(item)
            if address is None:
                return None
            if not self._is_trusted(str(address)):
                break
        return str(address)
