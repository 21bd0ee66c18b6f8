"""Finds plugins: those of this program, of installed distributions, of a folder, and modules named by their path."""

import importlib
import importlib.metadata
import importlib.util
import pkgutil
import re
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from core.config import BUILT_IN_FOLDER, Config, StartupError, built_in_plugins
from core.hook_calls import PluginConflict, PluginError
from core.suggestions import nearest_name

ENTRY_POINT_GROUP = "frontdesk.plugins"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
#: Names that mean something else in ``config.toml`` or in the datastore.
_RESERVED_NAMES = frozenset(("core", "enabled", "path", "plugins", "frontdesk"))

#: Folders of the files that import a plugin and call its hooks.
_NOT_THE_PLUGIN = frozenset((Path(__file__).parent, Path(importlib.__file__).parent))


@dataclass(frozen=True, slots=True)
class PluginSource:
    """Where a plugin comes from.

    Attributes:
        path: ``package.module``, or ``package.module:attribute`` for an object with hooks.
        origin: What brings it, for messages.
        folder: The folder that holds it; None for one that Python finds on its path.
    """

    name: str
    path: str
    origin: str
    folder: Path | None = None


def known_plugins(folder: Path | None = None) -> dict[str, list[PluginSource]]:
    """The plugins that can be enabled by name: built in, in ``folder``, and installed; a name may have several.

    The folder is on the path of Python from then on.
    """
    known: dict[str, list[PluginSource]] = {}
    for name, path in built_in_plugins().items():
        known[name] = [PluginSource(name, path, "this program", BUILT_IN_FOLDER)]
    if folder is not None:
        if str(folder) not in sys.path:
            # At the end, so that nothing in it hides a module that others need.
            sys.path.append(str(folder))
        importlib.invalidate_caches()
        for name in _names_in(folder):
            known.setdefault(name, []).append(PluginSource(name, name, f"the folder {folder}", folder))
    for point in importlib.metadata.entry_points(group=ENTRY_POINT_GROUP):
        path = point.value.partition("[")[0].strip()
        source = PluginSource(point.name, path, _distribution_of(point))
        if source not in known.setdefault(point.name, []):
            known[point.name].append(source)
    return known


def _names_in(folder: Path) -> list[str]:
    return sorted(
        path.stem
        for path in folder.iterdir()
        if path.name[:1] not in "._" and ((path / "__init__.py").is_file() if path.is_dir() else path.suffix == ".py")
    )


def _distribution_of(point: Any) -> str:
    distribution = getattr(point, "dist", None)
    return f"the distribution {distribution.name!r}" if distribution is not None else "an installed distribution"


def find_plugin(entry: str, known: Mapping[str, Sequence[PluginSource]], config: Config) -> PluginSource:
    """The plugin that an entry of ``plugins.enabled`` names.

    Raises:
        PluginError: There is none; the sentence names the nearest one.
        PluginConflict: There are several.
    """
    where = f"{config.source}: plugins.enabled"
    sources = known.get(entry, ())
    if len(sources) > 1:
        origins = " and ".join(source.origin for source in sources)
        raise PluginConflict(f"{where}: {origins} both bring a plugin {entry!r}; remove or rename one of them.")
    source = sources[0] if sources else PluginSource(re.split("[.:]", entry)[-1], entry, "the path of Python")
    if not sources and not _exists(source):
        suggestion = nearest_name(entry, known)
        hint = f"; did you mean {suggestion!r}?" if suggestion else f"; known are {', '.join(sorted(known)) or 'none'}."
        raise PluginError(f"{where}: there is no plugin {entry!r}{hint}")
    _check_name(source.name, where)
    return source


def _check_name(name: str, where: str) -> None:
    if name in _RESERVED_NAMES:
        raise PluginError(f"{where}: a plugin cannot be called {name!r}; that name means something else here.")
    if not _NAME.fullmatch(name):
        raise PluginError(
            f"{where}: a plugin cannot be called {name!r}; a name has up to 40 lower-case letters, digits and"
            " underscores, because its tables and settings begin with it."
        )


def _exists(source: PluginSource) -> bool:
    """Whether Python finds the module.

    Raises:
        PluginError: A package above it cannot be imported.
    """
    module = source.path.partition(":")[0]
    if not all(part.isidentifier() for part in module.split(".")):
        return False
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError as error:
        if error.name and f"{module}.".startswith(f"{error.name}."):
            return False
        raise _import_error(source, error) from error
    except ValueError:
        # A module that was made by hand has no specification.
        return module in sys.modules
    except Exception as error:
        raise _import_error(source, error) from error


def load_source(source: PluginSource) -> Any:
    """Import a plugin; returns the module, or the object in it, that has the hooks.

    Raises:
        PluginError: It cannot be imported, or another module of its name hides it.
    """
    module_name, _, attribute = source.path.partition(":")
    if source.folder == BUILT_IN_FOLDER:
        _open_built_in_package()
    try:
        plugin: Any = importlib.import_module(module_name)
    except StartupError:
        raise
    except (Exception, SystemExit) as error:
        raise _import_error(source, error) from error
    if source.folder is not None:
        _check_location(source, plugin)
    for part in attribute.split(".") if attribute else ():
        if not hasattr(plugin, part):
            raise PluginError(f"plugin {source.name!r}: the module {module_name} has no {attribute!r}.")
        plugin = getattr(plugin, part)
    if isinstance(plugin, type):
        raise PluginError(f"plugin {source.name!r}: {source.path} is a class; name an object of it.")
    return plugin


def _open_built_in_package() -> None:
    """Make the package of the built-in plugins importable where another package of its name is on the path too."""
    name, folder = BUILT_IN_FOLDER.name, str(BUILT_IN_FOLDER)
    package = sys.modules.get(name)
    if package is None:
        spec = importlib.util.spec_from_file_location(
            name, BUILT_IN_FOLDER / "__init__.py", submodule_search_locations=pkgutil.extend_path([folder], name)
        )
        if spec is None or spec.loader is None:
            raise PluginError(f"the folder {folder} of the built-in plugins cannot be read.")
        package = sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(package)
    elif not hasattr(package, "__path__"):
        raise PluginError(
            f"a module called {name!r} ({package.__file__}) hides the built-in plugins of this program; rename it."
        )
    elif folder not in package.__path__:
        package.__path__ = [folder, *package.__path__]


def _check_location(source: PluginSource, module: ModuleType) -> None:
    file = Path(getattr(module, "__file__", None) or "/").resolve()
    if source.folder is not None and source.folder.resolve() not in file.parents:
        raise PluginError(
            f"plugin {source.name!r} of {source.origin} is hidden by another module {source.path!r} ({file});"
            " rename one of them."
        )


def _import_error(source: PluginSource, error: BaseException) -> PluginError:
    return PluginError(f"plugin {source.name!r} cannot be imported: {describe_failure(error)}.")


def describe_failure(error: BaseException) -> str:
    """What the code of a plugin raised, and in which line of which file, in one line."""
    text = " ".join(f"{type(error).__name__}: {error}".split()).rstrip(":. ")
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<") and Path(frame.filename).parent not in _NOT_THE_PLUGIN
    ]
    if isinstance(error, SyntaxError) or not frames:
        return text
    return f"{text} ({Path(frames[-1].filename).name}, line {frames[-1].lineno})"
