"""Who really calls, where proxies stand between: their headers count only when the peer is a trusted one."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """An address as people and proxies write it (with port, brackets or zone id); None when it is none."""
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
    """The networks of ``[server] trusted_proxies``; ``unix`` stands for a peer on a Unix socket."""

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
        """Put what trusted proxies say into the WSGI environment, so that everything behind sees one truth."""
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
        """From the right, the first address that is no trusted proxy; the leftmost when all are; None if unreadable."""
        address = None
        for item in reversed(forwarded.split(",")):
            address = parse_address(item)
            if address is None:
                return None
            if not self._is_trusted(str(address)):
                break
        return str(address)
