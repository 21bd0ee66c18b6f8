"""``config.toml`` as frozen structs; a wrong key or type stops the start with one sentence that names it.

Every setting can come from the environment: ``FRONTDESK__SITE__TIMEZONE=Europe/Berlin`` replaces ``[site] timezone``,
``FRONTDESK__DATABASE__URL_FILE=/run/secrets/db`` reads the value from a file. Without a file, the environment alone is
the configuration. Paths are relative to the folder of the file.
"""

import os
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct

from core.config_checks import CONTROL_KEYS, SQLITE, find_problems, local_url, sqlite_file
from core.domain.site import Site
from core.setting_texts import decode_text
from core.suggestions import suggestion
from core.typed_data import from_plain

ENV_PREFIX = "FRONTDESK__"
#: Name in messages of a configuration without a file.
ENVIRONMENT = "environment"
#: The package of the plugins that ship with the server.
BUILT_IN_FOLDER = Path(__file__).resolve().parent.parent / "plugins"

PositiveInt = Annotated[int, Meta(ge=1)]


class StartupError(Exception):
    """The server cannot start; the message is one sentence for the operator."""


class ConfigError(StartupError):
    """A setting is unknown, of the wrong type or cannot be used."""


class _Table(Struct, frozen=True, kw_only=True):
    """One table of ``config.toml``."""


class Server(_Table, frozen=True, kw_only=True):
    bind: str = "127.0.0.1:8000"
    engine: Literal["gunicorn", "granian"] = "gunicorn"
    workers: Annotated[int, Meta(ge=1, le=256)] = 2
    threads: Annotated[int, Meta(ge=1, le=256)] = 4
    trusted_proxies: tuple[str, ...] = ()
    max_body: PositiveInt = 1_048_576
    #: Bytes that the connections of one worker may hold together.
    memory_budget: PositiveInt = 268_435_456
    #: Address of ``/metrics`` and of the details of ``/readyz``; empty for none.
    admin_bind: str = ""
    access_log: bool = True
    #: Whether the access log contains the caller's address.
    log_clients: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Database(_Table, frozen=True, kw_only=True):
    url: str = "sqlite:///frontdesk.db"
    durability: Literal["full", "normal"] = "full"
    prepared_statements: Literal["auto", "on", "off"] = "auto"
    locks: Literal["advisory", "rows"] = "advisory"


class SiteTable(_Table, frozen=True, kw_only=True):
    name: str = "frontdesk"
    #: The URL at which clients reach this server; empty for the address it listens on.
    url: str = ""
    timezone: str = "UTC"
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}\Z")] = "USD"
    locale: str = "en_US"


class Limits(_Table, frozen=True, kw_only=True):
    store: str = "database"
    idempotency_hours: PositiveInt = 24


class Webhooks(_Table, frozen=True, kw_only=True):
    enabled: bool = True
    allow_private: bool = False
    timeout: PositiveInt = 10
    keep_days: PositiveInt = 30


class Console(_Table, frozen=True, kw_only=True):
    """The pages for operators and the API pages."""

    enabled: bool = True
    path: str = "/desk"
    #: An address of the console's own; empty for the one of everything else.
    bind: str = ""
    #: Hours after which an operator must sign in again.
    session_hours: Annotated[int, Meta(ge=1, le=168)] = 12
    #: Whether ``/docs`` shows the API of every dialect, to everybody.
    docs: bool = True


class Sandbox(_Table, frozen=True, kw_only=True):
    now: datetime | None = None


class Plugins(Struct, frozen=True, kw_only=True):
    """``enabled`` in order, and each plugin's own table as written; ``core.plugins`` decodes these."""

    enabled: tuple[str, ...] = ()
    #: A folder with plugins of the site's own; None without one.
    path: Path | None = None
    tables: dict[str, dict[str, Any]] = {}
    #: ``(plugin, key path, text, name of the variable)`` from the environment, typed once the plugin's struct is known.
    environment: tuple[tuple[str, tuple[str, ...], str, str], ...] = ()


class Config(Struct, frozen=True, kw_only=True):
    """The complete configuration; ``source`` is the file it came from, for messages."""

    source: str = "config.toml"
    server: Server = Server()
    database: Database = Database()
    site: Site = Site()
    plugins: Plugins = Plugins()
    limits: Limits = Limits()
    webhooks: Webhooks = Webhooks()
    console: Console = Console()
    sandbox: Sandbox = Sandbox()
    #: False when ``[site] url`` is not set, so that links lead to the address the server listens on.
    site_url_is_set: bool = False


_TABLES: dict[str, type[Struct]] = {
    "server": Server,
    "database": Database,
    "site": SiteTable,
    "limits": Limits,
    "webhooks": Webhooks,
    "console": Console,
    "sandbox": Sandbox,
}


def load_config(path: str | Path | None = None, *, environ: Mapping[str, str] | None = None) -> Config:
    """Read ``path`` (``./config.toml`` when None) and the environment.

    Raises:
        ConfigError: The file is missing or broken, or a key, type or value in it is wrong.
    """
    environ = os.environ if environ is None else environ
    source = Path(path or "config.toml")
    if path is None and not source.exists():
        # Checked first, so that a misspelt variable is reported as such.
        if not _environment_settings(environ):
            raise ConfigError(
                "there is no config.toml here; make one with frontdesk init, name one with --config, or set"
                f" {ENV_PREFIX}... variables."
            )
        built_in = {"plugins": {"enabled": list(built_in_plugins())}}
        return parse_config(built_in, source=ENVIRONMENT, environ=environ, folder=Path.cwd())
    try:
        document = tomllib.loads(source.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{source}: there is no such file; name one with --config.") from None
    except OSError as error:
        raise ConfigError(f"{source}: cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise ConfigError(f"{source}: is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{source}: is not valid TOML: {error}.") from None
    return parse_config(document, source=str(source), environ=environ, folder=source.absolute().parent)


def parse_config(
    document: Mapping[str, Any],
    *,
    source: str = "config.toml",
    environ: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Config:
    """Check a document that is already plain data.

    Args:
        environ: Overrides single settings.
        folder: Relative paths are relative to it; None leaves them relative to the working directory.
    """
    _check_tables(document, source)
    tables = {name: dict(document.get(name, {})) for name in _TABLES}
    plugins, overrides = _plugins(dict(document.get("plugins", {})), source), []
    sources = _SettingSources(source)
    for variable, path, text in _environment_settings(environ or {}):
        if path[0] == "plugins":
            if path == ("plugins", "enabled"):
                plugins["enabled"] = tuple(decode_text(text, tuple[str, ...]))
            elif path == ("plugins", "path"):
                plugins["path"] = Path(text)
                sources.variables[path] = variable
            elif len(path) < 3:
                raise ConfigError(f"{variable}: names no setting of a plugin; write {ENV_PREFIX}PLUGINS__NAME__KEY.")
            else:
                overrides.append((path[1], path[2:], text, variable))
            continue
        struct = _TABLES.get(path[0])
        if struct is None:
            raise ConfigError(f"{variable}: unknown table [{path[0]}]{suggestion(path[0], [*_TABLES, 'plugins'])}")
        set_from_text(tables[path[0]], struct, path[1:], text, variable)
        sources.variables[path] = variable
    for key in CONTROL_KEYS & tables["sandbox"].keys():
        raise ConfigError(f"{sources('sandbox', key)}: is for the command frontdesk sandbox; a server has no control.")
    decoded = {name: decode_table(tables[name], struct, f"{source}: {name}") for name, struct in _TABLES.items()}
    for name, key, problem in find_problems(decoded):
        raise ConfigError(f"{sources(name, key)}: {problem}")
    if folder is not None:
        _make_absolute(decoded, folder)
    site = decoded.pop("site")
    return Config(
        source=source,
        site=Site(
            name=site.name,
            url=site.url.rstrip("/") or local_url(decoded["server"].bind),
            timezone=site.timezone,
            currency=site.currency,
            locale=site.locale.replace("-", "_"),
        ),
        site_url_is_set=bool(site.url),
        plugins=Plugins(
            enabled=plugins["enabled"],
            path=plugins_folder(plugins["path"], folder, sources("plugins", "path")),
            tables=plugins["tables"],
            environment=tuple(overrides),
        ),
        **decoded,
    )


def _check_tables(document: Mapping[str, Any], source: str) -> None:
    """Refuse unknown tables, and settings outside a table."""
    for key, value in document.items():
        if not isinstance(value, dict) and key not in (*_TABLES, "plugins"):
            raise ConfigError(f"{source}: {_misplaced_setting(key)}")
        if key not in _TABLES and key != "plugins":
            raise ConfigError(f"{source}: unknown table [{key}]{suggestion(key, [*_TABLES, 'plugins'])}")
        if not isinstance(value, dict):
            raise ConfigError(f"{source}: {key} must be a table, not {_describe_value(value)}.")


class _SettingSources:
    """Where each setting came from, for messages."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.variables: dict[tuple[str, ...], str] = {}

    def __call__(self, table: str, key: str) -> str:
        return self.variables.get((table, key)) or f"{self._source}: {table}.{key}"


def _misplaced_setting(key: str) -> str:
    """The sentence about a setting that stands before the first table."""
    homes = [name for name, struct in _TABLES.items() if key in struct.__struct_fields__]
    home = f"below [{homes[0]}]" if len(homes) == 1 else "below its table"
    return f"{key} stands outside of every table; write it {home}."


def _make_absolute(decoded: dict[str, Any], folder: Path) -> None:
    database, server = decoded["database"], decoded["server"]
    file = sqlite_file(database.url)
    if file is not None:
        decoded["database"] = msgspec.structs.replace(database, url=f"{SQLITE}{folder / file}")
    if server.bind.startswith("unix:"):
        bind = f"unix:{folder / server.bind.removeprefix('unix:')}"
        decoded["server"] = msgspec.structs.replace(server, bind=bind)


def decode_table(table: Mapping[str, Any], struct: type[Any], location: str) -> Any:
    """Check one table against its struct.

    Args:
        location: File and dotted name of the table; messages begin with it.

    Raises:
        ConfigError: With the dotted key, and the nearest name when the key is unknown.
    """
    fields = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
    for key, value in table.items():
        if key not in fields:
            raise ConfigError(f"{location}.{key}: unknown setting{suggestion(key, fields)}")
        nested = fields[key]
        if isinstance(value, dict) and isinstance(nested, type) and issubclass(nested, Struct):
            decode_table(value, nested, f"{location}.{key}")
    try:
        return from_plain(table, struct)
    except msgspec.ValidationError as error:
        message, _, path = str(error).partition(" - at `$")
        path = path.rstrip("`")
        if not path:
            # The message names a missing field; a struct that checks itself puts the name first.
            name, _, rest = message.partition(": ")
            if name in fields:
                path, message = f".{name}", rest
            else:
                path = f".{message.partition('`')[2].partition('`')[0]}"
        message = message.removeprefix("Object ") if message.startswith("Object missing") else message
        raise ConfigError(f"{location}{path}: {message[:1].lower()}{message[1:].replace('`', '')}.") from None


def set_from_text(table: dict[str, Any], struct: type[Any], path: tuple[str, ...], text: str, variable: str) -> None:
    """Set a key of ``table`` from the text of an environment variable, converted to the setting's type."""
    key, *rest = path or ("",)
    hints = get_type_hints(struct, include_extras=True)
    if not key:
        raise ConfigError(f"{variable}: names no setting; there are {', '.join(hints)}.")
    if key not in hints:
        raise ConfigError(f"{variable}: unknown setting {key!r}{suggestion(key, hints)}")
    kind = hints[key]
    if rest:
        if isinstance(kind, type) and issubclass(kind, Struct):
            inner = table[key] = dict(table.get(key, {}))
            return set_from_text(inner, kind, tuple(rest), text, variable)
        raise ConfigError(f"{variable}: the setting {key!r} has no parts.")
    try:
        # As plain data, like everything else in the table.
        table[key] = msgspec.to_builtins(decode_text(text, kind), builtin_types=(datetime,))
    except msgspec.ValidationError as error:
        message = str(error).partition(" - at ")[0].replace("`", "")
        raise ConfigError(f"{variable}: {message[:1].lower()}{message[1:]}.") from None


def built_in_plugins() -> dict[str, str]:
    """The plugins that ship with the server, with their modules."""
    names = sorted(file.parent.name for file in BUILT_IN_FOLDER.glob("[a-z]*/__init__.py"))
    return {name: f"{BUILT_IN_FOLDER.name}.{name}" for name in names}


def plugins_folder(path: Path | None, folder: Path | None, setting: str) -> Path | None:
    """The folder of the site's own plugins; a relative path starts at ``folder``.

    Raises:
        ConfigError: There is no such folder; ``setting`` is what named it.
    """
    if path is None:
        return None
    path = ((folder or Path.cwd()) / path).resolve()
    if not path.is_dir():
        raise ConfigError(f"{setting}: there is no folder {path}.")
    return path


def make_clock(config: Config) -> Callable[[], datetime]:
    """The clock of the host: real, or frozen by ``[sandbox] now``."""
    frozen = config.sandbox.now
    if frozen is None:
        return lambda: datetime.now(UTC)
    instant = frozen.astimezone(UTC)
    return lambda: instant


def _environment_settings(environ: Mapping[str, str]) -> list[tuple[str, tuple[str, ...], str]]:
    settings = []
    for variable in sorted(environ):
        if not variable.startswith(ENV_PREFIX):
            _refuse_single_underscore(variable)
            continue
        if f"{variable}_FILE" in environ:
            raise ConfigError(f"{variable} and {variable}_FILE are both set; keep one of them.")
        path = tuple(part.lower() for part in variable.removeprefix(ENV_PREFIX).split("__"))
        text = environ[variable]
        if path[-1].endswith("_file"):
            path = (*path[:-1], path[-1].removesuffix("_file"))
            try:
                text = Path(text).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError, ValueError):
                raise ConfigError(f"{variable}: the file {text!r} cannot be read.") from None
        settings.append((variable, path, text))
    return settings


def _refuse_single_underscore(variable: str) -> None:
    """Refuse ``FRONTDESK_SITE_TIMEZONE``, which looks like a setting but is none."""
    words = variable.lower().split("_")
    if len(words) > 2 and words[0] == "frontdesk" and words[1] in (*_TABLES, "plugins"):
        suggestion = f"{ENV_PREFIX}{words[1]}__{'_'.join(words[2:])}".upper()
        raise ConfigError(f"{variable}: parts are separated by two underscores; did you mean {suggestion}?")


def _plugins(table: dict[str, Any], source: str) -> dict[str, Any]:
    enabled = table.pop("enabled", [])
    if not isinstance(enabled, list) or not all(isinstance(name, str) for name in enabled):
        raise ConfigError(f"{source}: plugins.enabled must be a list of names, not {_describe_value(enabled)}.")
    path = table.pop("path", None)
    if path is not None and (not isinstance(path, str) or not path):
        raise ConfigError(f"{source}: plugins.path must be the path of a folder, not {_describe_value(path)}.")
    for name, settings in table.items():
        if not isinstance(settings, dict):
            raise ConfigError(f"{source}: plugins.{name} must be a table{suggestion(name, ['enabled', 'path'])}")
    return {"enabled": tuple(enabled), "path": None if path is None else Path(path), "tables": table}


def _describe_value(value: Any) -> str:
    return f"{value!r}" if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
