"""``settings``: what plugins' settings say, and changing them while the server runs."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from core.cli.context import Session, format_table, json_option, print_result
from core.datastore import open_datastore
from core.plugin_settings import DEFAULT, PluginSettings, describe_settings
from core.plugins import Manager
from core.services import stored_settings
from core.setting_fields import setting_fields
from core.setting_texts import decode_text
from core.settings_changes import RESET, SettingChange, SettingRefused, change_settings, struct_of


@click.group()
def settings() -> None:
    """Show and change the settings of plugins; a running server follows at once."""


@settings.command("list")
@click.argument("plugin", required=False)
@json_option
@click.pass_obj
def list_settings(session: Session, plugin: str | None, as_json: bool) -> None:
    """List what every setting of PLUGIN, or of all plugins, says, and where that comes from."""
    manager = _open(session)
    if plugin is not None:
        struct_of(manager, plugin)
    stored = stored_settings.read()
    described = [
        describe_settings(session.config, loaded.name, loaded.struct, stored)
        for loaded in manager.plugins
        if plugin in (None, loaded.name)
    ]
    print_result(described, as_json, lambda: _table(described))


def _table(described: list[PluginSettings]) -> str:
    rows = [
        (of_plugin.plugin, setting.key, _text(setting.value), "" if setting.source == DEFAULT else setting.source)
        for of_plugin in described
        for setting in of_plugin.settings
    ]
    return format_table(rows, ("PLUGIN", "SETTING", "VALUE", "SET IN"))


@settings.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("plugin")
@click.argument("key")
@click.argument("value", required=False)
@click.option(
    "--file", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True), help="Read VALUE."
)
@json_option
@click.pass_obj
def set_setting(session: Session, plugin: str, key: str, value: str | None, file: Path | None, as_json: bool) -> None:
    """Change one setting: VALUE is written as in an environment variable, lists with commas or as JSON.

    A secret comes from --file, or from - for standard input: other users of the machine can see a command line.
    """
    if (value is None) == (file is None):
        raise click.UsageError("give VALUE, or --file.")
    manager = _open(session)
    field = setting_fields(struct_of(manager, plugin)).get(key)
    if value is None:
        with click.open_file(str(file), encoding="utf-8") as source:
            value = source.read().rstrip("\r\n")
    decoded: Any = value
    if field is not None:
        try:
            decoded = msgspec.to_builtins(decode_text(value, field.kind))
        except msgspec.ValidationError as error:
            message = str(error).partition(" - at ")[0].replace("`", "")
            raise SettingRefused(f"{plugin}.{key}: {message[:1].lower()}{message[1:]}.", key) from None
    _change(session, manager, plugin, {key: decoded}, as_json)


@settings.command("unset")
@click.argument("plugin")
@click.argument("key")
@json_option
@click.pass_obj
def unset_setting(session: Session, plugin: str, key: str, as_json: bool) -> None:
    """Take one setting out of the datastore, so that the default holds again."""
    _change(session, _open(session), plugin, {key: RESET}, as_json)


def _open(session: Session) -> Manager:
    """The plugins as the configuration alone has them, over the open datastore: it works with any settings in there."""
    manager = session.plugins()
    open_datastore(session.config, manager.migration_owners, must_exist=True)
    session.name_actor()
    return manager


def _change(session: Session, manager: Manager, plugin: str, changes: dict[str, Any], as_json: bool) -> None:
    changed = change_settings(session.config, manager, plugin, changes, now=session.clock())
    print_result(changed, as_json, "\n".join(_sentence(plugin, change) for change in changed) or "nothing to do")


def _sentence(plugin: str, change: SettingChange) -> str:
    return f"{plugin}.{change.key}: {_text(change.old)} -> {_text(change.new)}"


def _text(value: Any) -> str:
    """A value as people read it."""
    return str(value) if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)
