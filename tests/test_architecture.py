"""Who may import whom, and that core knows no vendor."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))

#: Names of vendors, their products and their private words. Platform words live in ``core/wordpress`` only.
VENDOR_WORDS = re.compile(
    r"bkap|tyche|booking[ _-]?press|bookable ?sites|trafft|wc[_-]bookings|woocommerce bookings|lockout|bpa_|zoom_meeting",
    re.IGNORECASE,
)
PLATFORM_WORDS = re.compile(r"wordpress|woocommerce|wp-json|wc-api", re.IGNORECASE)

STANDARD = {"peewee", "playhouse", "falcon", "pluggy", "msgspec", "click", "structlog", "gunicorn"}

#: folder -> modules it must not import (prefixes).
FORBIDDEN = {
    "core/domain": {*STANDARD, "core.models", "core.services", "core.http", "core.db", "core.app", "plugins"},
    "core/errors.py": {*STANDARD, "core.", "plugins"},
    "core/models": {"core.services", "core.http", "falcon", "pluggy", "plugins"},
    "core/services": {"falcon", "pluggy", "core.http", "core.app", "core.plugins", "core.wordpress", "plugins"},
    "core/http": {"plugins", "core.wordpress"},
    "core": {"plugins"},
}

#: Part of a plugin -> what of core and of the plugin it must not import.
PLUGIN_FORBIDDEN = {
    "translate": {"falcon", "peewee", "core.services", "core.models", "core.http", "core.db"},
    "schemas": {"falcon", "peewee", "core.services", "core.models", "core.http", "core.db"},
    "": {"core.models"},
}

SHAPE = {
    "README.md",
    "schemas.py",
    "translate",
    "errors.py",
    "auth.py",
    "importer.py",
    "settings.py",
    "openapi.py",
}


def sources(folder: str) -> list[Path]:
    path = ROOT / folder
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def breaches(paths: list[Path], forbidden: set[str]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in paths
        for name in sorted(imports(path))
        if any(name == bad.rstrip(".") or name.startswith(bad if bad.endswith(".") else f"{bad}.") for bad in forbidden)
    ]


@pytest.mark.parametrize("folder", FORBIDDEN)
def test_core_imports_only_what_it_may(folder):
    assert breaches(sources(folder), FORBIDDEN[folder]) == []


def test_only_plugins_use_the_platform_layer():
    paths = [path for path in sources("core") if "wordpress" not in path.parts]
    assert breaches(paths, {"core.wordpress"}) == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_imports_only_what_it_may(plugin):
    others = {f"plugins.{other}" for other in PLUGINS if other != plugin}
    for path in sources(f"plugins/{plugin}"):
        part = path.relative_to(ROOT / "plugins" / plugin).parts[0].removesuffix(".py")
        rules = PLUGIN_FORBIDDEN[""] | PLUGIN_FORBIDDEN.get(part, set()) | others
        assert breaches([path], rules) == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_all_plugins_have_one_shape(plugin):
    there = {path.name.replace("handlers", "resources") for path in (ROOT / "plugins" / plugin).iterdir()}
    assert there >= SHAPE


def words(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_core_knows_no_vendor():
    assert words(VENDOR_WORDS, sources("core")) == []


def test_platform_words_stay_in_the_platform_layer():
    paths = [path for path in sources("core") if "wordpress" not in path.parts]
    assert words(PLATFORM_WORDS, paths) == []


def test_no_source_is_left_half_done():
    unfinished = re.compile(r"\bTODO\b|\bFIXME\b|\bXXX\b|# stub")
    assert words(unfinished, sources("core") + sources("plugins")) == []
