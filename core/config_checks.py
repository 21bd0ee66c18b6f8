"""Checks for configuration values that have the right type but cannot be used."""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from core.domain.zones import zone
from core.errors import Invalid
from core.suggestions import suggestion

SQLITE = "sqlite:///"
#: Value of ``[server] admin_bind`` that serves the operators' pages publicly.
PUBLIC = "public"
#: What people may look for in ``[sandbox]`` and find in the command of that name only.
CONTROL_KEYS = frozenset(("control", "dialects", "faults", "journal", "seed", "snapshots", "store", "strict"))
_CONSOLE_PATH = re.compile(r"(/[A-Za-z0-9_-]+)+")


def find_problems(tables: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield table, key and problem of each setting that cannot be used."""
    yield from _site_problems(tables["site"])
    yield from _server_problems(tables["server"])
    yield from _console_problems(tables["console"])
    url = tables["database"].url
    if not url.startswith((SQLITE, "postgresql://", "postgres://")):
        yield "database", "url", f"must begin with sqlite:/// or postgresql://, not {url!r}."
    if url.startswith(SQLITE) and url.removeprefix(SQLITE) in ("", ":memory:"):
        yield "database", "url", "must name a file; in memory every process has a store of its own."
    store = tables["limits"].store
    if store != "database" and "://" not in store:
        yield "limits", "store", "must be 'database' or an address such as redis://host:6379."
    now = tables["sandbox"].now
    if now is not None and now.tzinfo is None:
        yield "sandbox", "now", "needs a zone, as in 2026-03-02T10:00:00Z."


def _site_problems(site: Any) -> Iterator[tuple[str, str, str]]:
    try:
        zone(site.timezone)
    except Invalid:
        hint = _nearest_zone(site.timezone)
        yield "site", "timezone", f"no time zone is called {site.timezone!r}{hint}"
    yield from _money_problems(site)
    if site.url and (reason := _url_problem(site.url)):
        yield "site", "url", f"{reason}, not {site.url!r}."


def _server_problems(server: Any) -> Iterator[tuple[str, str, str]]:
    if reason := bind_problem(server.bind):
        yield "server", "bind", f"{reason}, not {server.bind!r}."
    if server.admin_bind not in ("", PUBLIC) and (reason := bind_problem(server.admin_bind)):
        yield "server", "admin_bind", f"{reason} or {PUBLIC!r}, not {server.admin_bind!r}."
    if server.memory_budget < 4 * server.max_body:
        yield "server", "memory_budget", "must hold at least four bodies of server.max_body bytes."
    for proxy in server.trusted_proxies:
        try:
            proxy == "unix" or ip_network(proxy, strict=False)
        except ValueError:
            yield "server", "trusted_proxies", f"{proxy!r} is no IP address or network."


def _console_problems(console: Any) -> Iterator[tuple[str, str, str]]:
    is_taken = f"{console.path}/".startswith(("/docs/", "/healthz/", "/readyz/", "/metrics/"))
    if not _CONSOLE_PATH.fullmatch(console.path) or is_taken:
        yield "console", "path", f"must be a path of its own such as /desk, not {console.path!r}."
    if console.bind and (reason := bind_problem(console.bind)):
        yield "console", "bind", f"{reason}, not {console.bind!r}."


def _money_problems(site: Any) -> Iterator[tuple[str, str, str]]:
    """Currencies and locales that do not exist."""
    from babel.core import get_global
    from babel.localedata import locale_identifiers
    from babel.numbers import list_currencies

    if site.currency not in list_currencies():
        tender = get_global("territory_currencies").values()
        used = sorted({code for entries in tender for code, _, end, is_tender in entries if is_tender and not end})
        hint = suggestion(site.currency, {code.lower(): code for code in used})
        yield "site", "currency", f"no currency is called {site.currency!r}{hint}"
    locales = locale_identifiers()
    if site.locale.replace("-", "_") not in locales:
        hint = suggestion(site.locale.replace("-", "_"), {name.lower(): name for name in sorted(locales)})
        yield "site", "locale", f"no locale is called {site.locale!r}{hint}"


def _nearest_zone(name: str) -> str:
    from zoneinfo import available_timezones

    offset = re.fullmatch(r"(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d\d))?", name, re.IGNORECASE)
    if offset and int(offset[2]) <= 14:
        return f"; did you mean '{offset[1]}{int(offset[2]):02}:{offset[3] or '00'}'?"
    return suggestion(name, {zone_name.lower(): zone_name for zone_name in available_timezones()})


def _url_problem(url: str) -> str:
    """What is wrong with the URL of a site; empty when nothing is."""
    if not url.startswith(("http://", "https://")):
        return "must begin with http:// or https://"
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "must be a URL such as https://book.example.com"
    if not host or any(letter.isspace() for letter in url):
        return "must name a host, as in https://book.example.com"
    if parts.query or parts.fragment or "?" in url or "#" in url or parts.username:
        return "must be a plain address without user, query or fragment"
    return ""


def bind_problem(bind: str) -> str:
    """What is wrong with an address to listen on; empty when nothing is."""
    if bind.startswith("unix:"):
        return "" if bind.removeprefix("unix:") else "must name a path"
    host, _, port = bind.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        return "must be HOST:PORT or unix:PATH"
    if ":" in host and not (host.startswith("[") and host.endswith("]")):
        return "must have an IPv6 address in brackets, as in [::1]:8000"
    return ""


def host_and_port(bind: str) -> tuple[str, int]:
    """The parts of a valid ``HOST:PORT``; an IPv6 address loses its brackets."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def local_url(bind: str) -> str:
    """The URL at which a client on this machine reaches ``bind``."""
    if bind.startswith("unix:"):
        return "http://localhost"
    host, _, port = bind.rpartition(":")
    return f"http://{'127.0.0.1' if host in ('0.0.0.0', '[::]', '') else host}:{port}"


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite URL; None for another database."""
    return Path(url.removeprefix(SQLITE)) if url.startswith(SQLITE) else None
