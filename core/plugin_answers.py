"""Asks plugins what they register, and checks every answer: one sentence names plugin, hook and what was expected."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import msgspec
import pluggy

from core.answer_checks import PluginAnswer, both_plugins, describe_value, first_wrong, is_list_of
from core.config import StartupError
from core.db import BaseModel
from core.dialect_checks import check_dialect_answer
from core.domain.personal_data import KINDS, PersonalData
from core.hook_calls import PluginConflict, PluginError, call_hook, implementations
from core.http.dialect import CredentialIssuer, Importer
from core.migrate import Owner
from core.page_checks import check_pages
from core.plugin_discovery import describe_failure
from core.services.service_editing import ServiceEditor
from core.services.webhooks import Webhooks
from core.settings_screen import check_screen_answer
from core.typed_data import from_plain

#: Gauges of the host itself.
RESERVED_GAUGES = frozenset(("event_backlog",))
_WORD = re.compile(r"[a-z][a-z0-9_]*")


def ask_plugins(manager: pluggy.PluginManager, hook: str, **arguments: Any) -> list[tuple[str, Any]]:
    """Call a ``register_*`` hook of every plugin once; returns plugin and answer, checked.

    Raises:
        PluginError: It failed, or its answer is not what the hook expects.
    """
    answers = []
    for call in implementations(manager, hook):
        try:
            answer = call_hook(call, arguments)
        except StartupError:
            raise
        except Exception as error:
            raise PluginError(f"plugin {call.plugin_name!r} failed in {hook}: {describe_failure(error)}.") from error
        answers.append((call.plugin_name, check_answer(call.plugin_name, hook, answer)))
    return answers


def check_answer(plugin: str, hook: str, answer: Any) -> Any:
    """The answer of a ``register_*`` hook in its one form, such as a list where a single thing is allowed too.

    Raises:
        PluginError: It is not what the hook expects.
    """
    return _CHECKS[hook](PluginAnswer(plugin, hook), answer)


# -- settings ---------------------------------------------------------------------------------------------------


def _check_settings(answer: PluginAnswer, value: Any) -> type[msgspec.Struct]:
    if isinstance(value, msgspec.Struct):
        name = type(value).__name__
        raise answer.expected(f"the class {name} itself", value)
    if not isinstance(value, type) or not issubclass(value, msgspec.Struct):
        raise answer.expected("a class on msgspec.Struct", value)
    _check_fields(answer, value)
    return value


def _check_fields(answer: PluginAnswer, struct: type[msgspec.Struct]) -> None:
    try:
        fields = msgspec.structs.fields(struct)
    except (NameError, TypeError) as error:
        raise answer.problem(f"the types of {struct.__name__} cannot be read ({error})") from None
    for field in fields:
        where = f"the setting {field.name!r} of {struct.__name__}"
        if field.required:
            raise answer.problem(f"{where} has no default")
        default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
        if isinstance(field.type, type) and issubclass(field.type, msgspec.Struct):
            _check_fields(answer, field.type)
        try:
            from_plain(msgspec.to_builtins(default), field.type)
        except msgspec.ValidationError as error:
            reason = " ".join(str(error).replace("`", "").split())
            raise answer.problem(f"{where} has a default that does not fit its type: {reason.lower()}") from None
        except (TypeError, ValueError) as error:
            raise answer.problem(f"{where} has a type that config.toml cannot hold ({error})") from None


# -- tables -----------------------------------------------------------------------------------------------------


def _check_models(answer: PluginAnswer, value: Any) -> tuple[type[BaseModel], ...]:
    if not isinstance(value, list | tuple):
        raise answer.expected("a list of models", value)
    for model in value:
        if not isinstance(model, type) or not issubclass(model, BaseModel):
            raise answer.expected("a list of classes on BaseModel", model)
        table = model._meta.table_name
        if table != answer.plugin and not table.startswith(f"{answer.plugin}_"):
            raise PluginError(
                f"plugin {answer.plugin!r} has a table {table!r}; its name must begin with '{answer.plugin}_'."
            )
    return tuple(value)


def check_models(models: Mapping[str, Sequence[type[BaseModel]]], owners: Iterable[str]) -> None:
    """Refuse a table of two owners, and models without the migrations that create them.

    Args:
        owners: The plugins with migrations.
    """
    from core.models import TABLES
    from core.models.host import HOST_TABLES

    table_owners = {model._meta.table_name: "core" for model in (*TABLES, *HOST_TABLES)}
    for owner, classes in models.items():
        if classes and owner not in owners:
            raise PluginError(f"plugin {owner!r} registers models but no migrations that make their tables.")
        for model in classes:
            table = model._meta.table_name
            if table in table_owners:
                raise PluginConflict(f"{both_plugins(table_owners[table], owner)} have a table {table!r}.")
            table_owners[table] = owner


def _check_migrations(answer: PluginAnswer, value: Any) -> Owner:
    if not isinstance(value, str | Path) or not value:
        raise answer.expected('a folder, as in Path(__file__).parent / "migrations"', value)
    owner = Owner(answer.plugin, Path(value))
    if not owner.directory.is_absolute():
        raise answer.problem(
            f'the folder {value} is relative to wherever the server starts; write Path(__file__).parent / "{value}"'
        )
    if not owner.directory.is_dir():
        raise answer.problem(f"there is no folder {value}")
    if problem := owner.find_problem():
        raise answer.problem(f"{problem} in {value}")
    return owner


# -- things by name ---------------------------------------------------------------------------------------------


def _named(answer: PluginAnswer, value: Any, what: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, Mapping):
        raise answer.expected(f"a dict of {what} by name", value)
    for name, item in value.items():
        if not isinstance(name, str) or not _WORD.fullmatch(name):
            raise answer.problem(
                f"{describe_value(name)} is no name; each needs a name of small letters, digits and underscores"
            )
        yield name, item


def _check_functions(answer: PluginAnswer, value: Any) -> dict[str, Callable[[], Any]]:
    functions = dict(_named(answer, value, "functions"))
    for name, function in functions.items():
        answer.check_function(repr(name), function)
    return functions


def _check_consumers(answer: PluginAnswer, value: Any) -> dict[str, Any]:
    return dict(_named(answer, value, "consumers"))


def _check_commands(answer: PluginAnswer, value: Any) -> tuple[click.Command, ...]:
    if not is_list_of(value, click.Command):
        raise answer.expected("a list of click commands", first_wrong(value, click.Command))
    names = [command.name for command in value]
    for name in names:
        if names.count(name) > 1:
            raise answer.problem(f"two commands are called {name!r}")
    return tuple(value)


def _check_importer(answer: PluginAnswer, value: Any) -> Importer:
    if not isinstance(value, Importer):
        raise answer.expected("an Importer", value)
    answer.check_function("load", value.load, "document", site="site", now="now")
    answer.check_function("dump", value.dump, site="site", now="now")
    if value.demo is not None:
        answer.check_function("demo", value.demo, "now")
    return value


def _check_credentials(answer: PluginAnswer, value: Any) -> CredentialIssuer:
    if not isinstance(value, CredentialIssuer):
        raise answer.expected("a CredentialIssuer", value)
    names = ("label", "permissions", "user", "expires_at", "now")
    answer.check_function("create", value.create, **dict.fromkeys(names))
    answer.check_function("booking_command", value.booking_command, "fields", url="url", services="services")
    if value.reading_command is not None:
        answer.check_function("reading_command", value.reading_command, "fields", url="url")
    return value


def _check_webhooks(answer: PluginAnswer, value: Any) -> Webhooks:
    if not isinstance(value, Webhooks):
        raise answer.expected("a Webhooks", value)
    answer.check_function("webhooks", value.webhooks)
    answer.check_function("deliveries", value.deliveries, webhook_id=0, status="", before=0, limit=0)
    answer.check_function("attempts", value.attempts, delivery_id=0, limit=0)
    answer.check_function("replay", value.replay, delivery_id=0, now="now")
    answer.check_function("set_enabled", value.set_enabled, webhook_id=0, enabled=True, now="now")
    return value


def _check_personal_data(answer: PluginAnswer, value: Any) -> PersonalData:
    if not isinstance(value, PersonalData):
        raise answer.expected("a PersonalData", value)
    if not isinstance(value.dialect, str) or not value.dialect:
        raise answer.problem(f"the dialect must be the name of one, not {describe_value(value.dialect)}")
    if not isinstance(value.fields, Mapping):
        raise answer.problem(f"fields must be a dict of lists by kind of record, not {describe_value(value.fields)}")
    for kind, paths in value.fields.items():
        if kind not in KINDS:
            raise answer.problem(f"there are no extras of kind {kind!r}; there are those of {', '.join(KINDS)}")
        if not is_list_of(paths, str) or not all(all(path.split(".")) for path in paths):
            raise answer.problem(f"the fields of {kind!r} must be a list of keys or paths such as 'guests.*.name'")
    answer.check_function("export", value.export, "person")
    answer.check_function("erase", value.erase, "person")
    return value


def _check_service_editor(answer: PluginAnswer, value: Any) -> ServiceEditor:
    if not isinstance(value, ServiceEditor):
        raise answer.expected("a ServiceEditor", value)
    answer.check_function("show", value.show, "service_id")
    answer.check_function("offer", value.offer, "service")
    answer.check_function("change", value.change, "service", "change", now="now")
    return value


def merge_unique(
    answers: Iterable[tuple[str, Mapping[str, Any]]], what: str, *, taken: Collection[str] = ()
) -> dict[str, Any]:
    """One mapping of what several plugins named.

    Args:
        what: What they bring, for the sentence about two of one name.
        taken: Names that core has itself.

    Raises:
        PluginConflict: Two of them named the same.
    """
    owners = dict.fromkeys(taken, "core")
    merged: dict[str, Any] = {}
    for plugin, values in answers:
        for name, value in values.items():
            if name in owners:
                raise PluginConflict(f"{both_plugins(owners[name], plugin)} bring {what} {name!r}; rename one.")
            owners[name] = plugin
            merged[name] = value
    return merged


_CHECKS: dict[str, Callable[[PluginAnswer, Any], Any]] = {
    "register_dialect": check_dialect_answer,
    "register_settings": _check_settings,
    "register_settings_screen": check_screen_answer,
    "register_models": _check_models,
    "register_migrations": _check_migrations,
    "register_commands": _check_commands,
    "register_health": _check_functions,
    "register_gauges": _check_functions,
    "register_workers": _check_functions,
    "register_consumers": _check_consumers,
    "register_webhooks": _check_webhooks,
    "register_console_pages": check_pages,
    "register_importer": _check_importer,
    "register_credentials": _check_credentials,
    "register_personal_data": _check_personal_data,
    "register_service_editor": _check_service_editor,
}
