"""The version of the public surface, which plugins a host with it can run, and how names leave it."""

import warnings
from typing import Any

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import Version

from core.hook_calls import PluginError

#: The version of what plugins may use: the names of ``frontdesk``, the hooks and the migration helper. It follows
#: semantic versions and is not the program's own version, which also rises for reasons that no plugin notices.
SURFACE_VERSION = "1.2"

_EXAMPLE = f'REQUIRES = ">={SURFACE_VERSION},<{Version(SURFACE_VERSION).major + 1}"'


def check_requires(name: str, plugin: Any) -> None:
    """Refuse a plugin that does not work with this version of the surface, or does not say so.

    Raises:
        PluginError: One sentence that says what to do.
    """
    requires = getattr(plugin, "REQUIRES", None)
    if requires is None and hasattr(plugin, "API_VERSION"):
        raise PluginError(f"plugin {name!r} says API_VERSION, which is no longer read; write {_EXAMPLE} instead.")
    if requires is None:
        raise PluginError(f"plugin {name!r} does not say which versions it works with; write {_EXAMPLE} into it.")
    if not isinstance(requires, str):
        raise PluginError(f"plugin {name!r}: REQUIRES must be a text; write {_EXAMPLE}.")
    try:
        allowed = SpecifierSet(requires)
    except InvalidSpecifier:
        raise PluginError(f"plugin {name!r}: REQUIRES = {requires!r} names no versions; write {_EXAMPLE}.") from None
    if not requires.strip():
        raise PluginError(f"plugin {name!r}: REQUIRES is empty; write {_EXAMPLE}.")
    if not allowed.contains(SURFACE_VERSION, prereleases=True):
        remedy = (
            "upgrade frontdesk, or install an older version of the plugin"
            if _is_newer(allowed)
            else "install a newer version of the plugin"
        )
        raise PluginError(
            f"plugin {name!r} works with {requires} of the plugin surface, and this program has {SURFACE_VERSION};"
            f" {remedy}."
        )


def _is_newer(allowed: SpecifierSet) -> bool:
    """Whether ``allowed`` begins above the version that this program has."""
    return any(
        part.operator in (">=", ">", "==", "~=", "===")
        and Version(part.version.removesuffix(".*")) >= Version(SURFACE_VERSION)
        and not part.contains(SURFACE_VERSION, prereleases=True)
        for part in allowed
    )


def warn_deprecated(name: str, *, since: str, instead: str) -> None:
    """Warn the caller's caller about a name of the surface that goes with the next minor version.

    Args:
        since: The version of the surface that deprecated it; the one after it may remove it.
    """
    version = Version(since)
    warnings.warn(
        f"{name} is deprecated since {since} and goes with {version.major}.{version.minor + 1}; use {instead}.",
        DeprecationWarning,
        stacklevel=3,
    )
