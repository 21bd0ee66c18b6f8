"""The shape of the tree, who may import whom, and that core knows no vendor. ``ARCHITECTURE.md`` says why."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PLUGINS = sorted(path.parent.name for path in (ROOT / "plugins").glob("*/__init__.py"))

#: Names of vendors, their products and their private words. Platform words live in ``core/wordpress`` only.
VENDOR_WORDS = re.compile(
    r"bkap|tyche|booking[ _-]?press|bookable ?sites|trafft|wc[_-]bookings|woocommerce bookings|lockout|bpa_|zoom_meeting",
    re.IGNORECASE,
)
PLATFORM_WORDS = re.compile(
    r"wordpress|woocommerce|wp-json|wc-api"
    # Statuses of posts, orders and booking extensions; core's own are in ``core/domain/statuses.py``.
    r"|publish|trash|\bon[-_]hold|\b(auto|checkout)[-_]draft|\bwc-|\b(was-)?in[-_]cart|pending[-_]confirmation"
    r"|[\"'](private|future|processing)[\"']",
    re.IGNORECASE,
)
#: What files outside of the platform layer may still say: the name that older documents have for a status.
EARLIER_WORDS = {"core/ledger_fields.py": '"trashed": statuses.DELETED'}

LIBRARIES = {"peewee", "playhouse", "falcon", "pluggy", "msgspec", "click", "structlog", "gunicorn"}

#: Part of core -> modules it must not import (prefixes).
CORE_RULES = {
    "core/domain": {*LIBRARIES, "core.models", "core.services", "core.http", "core.db", "core.app", "plugins"},
    "core/errors.py": {*LIBRARIES, "core.", "plugins"},
    "core/models": {"core.services", "core.http", "falcon", "pluggy", "plugins"},
    "core/services": {"falcon", "pluggy", "core.http", "core.app", "core.plugins", "core.wordpress", "plugins"},
    "core/http": {"plugins", "core.wordpress"},
    "core": {"plugins", "frontdesk"},
}

#: What stands at the top of every plugin, and what may stand there besides.
SHAPE = {
    "__init__.py",
    "README.md",
    "auth.py",
    "demo.py",
    "errors.py",
    "exporter.py",
    "handlers",
    "import_schemas.py",
    "importer.py",
    "openapi.py",
    "routes.py",
    "schemas.py",
    "settings.py",
    "translate",
    "usecases",
}
OPTIONAL = {"commands.py", "migrations", "models.py", "settings_screen.py"}
#: Modules that have the same role, and so the same name, in every plugin.
SHARED_MODULES = {
    "handlers/base.py",
    "usecases/context.py",
    "usecases/imports.py",
    "usecases/service_editor.py",
    "translate/imports.py",
    "translate/prices.py",
    "translate/schedule.py",
    "translate/values.py",
}

#: What reads and writes the datastore.
SERVICES = {
    f"frontdesk.{name}"
    for name in (
        "availability",
        "balances",
        "bookings",
        "catalog",
        "credentials",
        "database",
        "events",
        "orders",
        "rate_limits",
        "repository",
        "sessions",
        "site",
    )
}
_PURE = {"falcon", "peewee", "frontdesk.http", *SERVICES}
#: Part of a plugin -> what it must not import, of libraries, of the host and of the plugin itself (a leading dot).
PLUGIN_RULES = {
    "handlers": {"peewee", *SERVICES},
    "usecases": {"falcon", "peewee", ".handlers", ".routes"},
    "translate": _PURE | {".handlers", ".usecases", ".routes"},
    "schemas": _PURE | {".handlers", ".usecases"},
    "import_schemas": _PURE | {".handlers", ".usecases"},
    "errors": {"peewee", "frontdesk.database", ".handlers", ".usecases"},
    # Plugins stand on the public package alone, which so is proven to suffice.
    "": {"core"},
}
#: Calls that declare a route.
ROUTES = {"Route", "RestRoute", "LegacyRoute", "Namespace"}


def sources(path: Path) -> list[Path]:
    return [path] if path.suffix == ".py" else sorted(path.rglob("*.py"))


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def forbidden_imports(paths: Iterable[Path], forbidden: set[str]) -> list[str]:
    return [
        f"{path.name} imports {name}"
        for path in paths
        for name in sorted(imports(path))
        if any(name == bad.rstrip(".") or name.startswith(bad if bad.endswith(".") else f"{bad}.") for bad in forbidden)
    ]


def called_names(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            yield node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def has_table(path: Path) -> bool:
    """Whether a module has a dict from classes to something at its top level."""
    tables = [
        node.value
        for node in tree_of(path).body
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Dict)
    ]
    return any(sum(isinstance(key, (ast.Name, ast.Attribute)) for key in table.keys) >= 5 for table in tables)


def breaches(plugin: Path) -> list[str]:
    """What one plugin's folder has against the rules of this file."""
    names = {path.name for path in plugin.iterdir() if path.name != "__pycache__"}
    wrong = [f"{name} is missing" for name in sorted(SHAPE - names)]
    wrong += [f"{name} has no place at the top" for name in sorted(names - SHAPE - OPTIONAL)]
    wrong += [f"{name} is missing" for name in sorted(SHARED_MODULES) if not (plugin / name).exists()]
    package = f"plugins.{plugin.name}"
    others = {f"plugins.{path.name}" for path in plugin.parent.iterdir() if path.is_dir() and path != plugin}
    for path in sources(plugin):
        part = path.relative_to(plugin).parts[0].removesuffix(".py")
        rules = {
            f"{package}{rule}" if rule.startswith(".") else rule
            for rule in PLUGIN_RULES[""] | PLUGIN_RULES.get(part, set())
        }
        if part == "usecases" and (plugin / "models.py").exists():
            # It queries the tables that only this plugin has.
            rules.discard("peewee")
        wrong += [f"{part}: {breach}" for breach in forbidden_imports([path], rules | others)]
        if part == "handlers" and any(isinstance(node, ast.Try) for node in ast.walk(tree_of(path))):
            wrong.append(f"handlers: {path.name} has a try")
        if part not in ("usecases", "migrations", "models") and "frontdesk.database.writing" in imports(path):
            wrong.append(f"{part}: {path.name} opens a transaction")
        if part != "routes" and ROUTES & set(called_names(path)):
            wrong.append(f"{part}: {path.name} declares a route")
    if (plugin / "errors.py").exists() and not has_table(plugin / "errors.py"):
        wrong.append("errors.py holds no table")
    return wrong


@pytest.mark.parametrize("part", CORE_RULES)
def test_core_imports_only_what_it_may(part):
    assert forbidden_imports(sources(ROOT / part), CORE_RULES[part]) == []


def test_only_plugins_use_the_platform_layer():
    paths = [path for path in sources(ROOT / "core") if "wordpress" not in path.parts]
    assert forbidden_imports(paths, {"core.wordpress"}) == []


@pytest.mark.parametrize("plugin", PLUGINS)
def test_a_plugin_has_the_one_shape(plugin):
    assert breaches(ROOT / "plugins" / plugin) == []


@pytest.fixture
def tidy_plugin(tmp_path):
    """A plugin that keeps all rules."""
    plugin = tmp_path / "plugins" / "harbour"
    for name in SHAPE:
        path = plugin / name
        if path.suffix:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
        else:
            path.mkdir(parents=True)
            (path / "__init__.py").write_text("")
            (path / "bookings.py").write_text("")
    for name in SHARED_MODULES:
        (plugin / name).write_text("")
    (plugin / "errors.py").write_text("from frontdesk import errors\nREPLIES = {A: 1, B: 2, errors.C: 3, D: 4, E: 5}\n")
    (tmp_path / "plugins" / "quay").mkdir()
    assert breaches(plugin) == []
    return plugin


BREACHES = {
    "handler with a query": ("handlers/bookings.py", "from frontdesk import bookings\n"),
    "handler with a transaction": ("handlers/bookings.py", "from frontdesk.database import writing\n"),
    "handler with a try": ("handlers/bookings.py", "try:\n    pass\nexcept ValueError:\n    pass\n"),
    "use case that knows HTTP": ("usecases/bookings.py", "import falcon\n"),
    "use case that calls a handler": ("usecases/bookings.py", "from plugins.harbour.handlers import bookings\n"),
    "translation with a service": ("translate/bookings.py", "from frontdesk.bookings import get\n"),
    "translation with a use case": ("translate/bookings.py", "from plugins.harbour.usecases import bookings\n"),
    "transaction outside of the use cases": ("auth.py", "from frontdesk.database import writing\n"),
    "rows": ("usecases/bookings.py", "from core.models import Booking\n"),
    "something private": ("usecases/bookings.py", "from core import lru\n"),
    "another plugin": ("auth.py", "from plugins.quay import auth\n"),
    "route elsewhere": ("handlers/bookings.py", "ROUTES = [Route('/x', x)]\n"),
    "stray module": ("helpers.py", ""),
    "errors without a table": ("errors.py", "def render_error(req, error): ...\n"),
}


@pytest.mark.parametrize("name", sorted(SHARED_MODULES))
def test_a_shared_role_under_another_name_is_found(tidy_plugin, name):
    path = tidy_plugin / name
    path.rename(path.with_name("helpers.py"))
    assert breaches(tidy_plugin)


@pytest.mark.parametrize(("name", "content"), BREACHES.values(), ids=BREACHES)
def test_a_breach_of_the_shape_is_found(tidy_plugin, name, content):
    (tidy_plugin / name).write_text(content)
    assert breaches(tidy_plugin)


def words(pattern: re.Pattern[str], paths: Iterable[Path], root: Path = ROOT) -> list[str]:
    return [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in paths
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if pattern.search(line)
    ]


def test_core_knows_no_vendor():
    assert words(VENDOR_WORDS, sources(ROOT / "core")) == []


def platform_words(folder: Path) -> list[str]:
    # Migrations name what earlier versions stored.
    paths = [path for path in sources(folder) if not {"wordpress", "migrations"} & set(path.relative_to(folder).parts)]
    return [
        line
        for line in words(PLATFORM_WORDS, paths, folder.parent)
        if EARLIER_WORDS.get(line.partition(":")[0], "\n") not in line
    ]


def test_platform_words_stay_in_the_platform_layer():
    assert platform_words(ROOT / "core") == []


@pytest.mark.parametrize(
    "line",
    [
        'status = "trash"',
        "TRASHED = 1",
        'status: str = "publish"',
        "# a published service",
        'order.status == "on-hold"',
        "'private'",
        '"processing"',
        "AUTO_DRAFT = 1",
    ],
)
def test_a_status_of_the_platform_in_core_is_found(tmp_path, line):
    for folder in ("services", "wordpress", "migrations"):
        (tmp_path / "core" / folder).mkdir(parents=True)
        (tmp_path / "core" / folder / "orders.py").write_text(f"x = 1\n{line}\n")
    assert platform_words(tmp_path / "core") == [f"core/services/orders.py:2: {line}"]


def direct_conversions(path: Path) -> list[str]:
    """Where types are given to msgspec itself: ``core.typed_data`` says why not."""
    found = []
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            typed = name.endswith("decode") and any(keyword.arg == "type" for keyword in node.keywords)
            if typed or re.fullmatch(r"msgspec\.(convert|\w+\.Decoder)", name):
                found.append(f"{path.name}:{node.lineno}: {name}")
    return found


def test_types_are_given_to_msgspec_in_one_place():
    # Migrations have the process for themselves.
    paths = [
        path
        for folder in ("core", "plugins", "examples", "frontdesk")
        for path in sources(ROOT / folder)
        if "migrations" not in path.parts and path != ROOT / "core" / "typed_data.py"
    ]
    assert [line for path in paths for line in direct_conversions(path)] == []


@pytest.mark.parametrize(
    "line",
    [
        "x = msgspec.convert(1, int)",
        "x = msgspec.json.decode(b'1', type=int)",
        "x = decode(b'1', type=int)",
        "x = msgspec.json.Decoder(int)",
        "x = msgspec.msgpack.Decoder(int)",
    ],
)
def test_a_direct_conversion_is_found(tmp_path, line):
    (tmp_path / "x.py").write_text(line)
    assert len(direct_conversions(tmp_path / "x.py")) == 1


def test_no_source_is_left_half_done():
    unfinished = re.compile(r"\bTODO\b|\bFIXME\b|\bXXX\b|# stub")
    assert words(unfinished, [*sources(ROOT / "core"), *sources(ROOT / "plugins")]) == []
