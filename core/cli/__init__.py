"""The ``frontdesk`` command."""

from importlib import import_module
from pathlib import Path
from typing import Any

import click

from core.cli.context import Session
from core.config import StartupError
from core.errors import DatastoreUnavailable, DomainError

#: Every built-in command and the module below this package that has it. Only what runs is imported: it starts sooner.
COMMANDS = {
    "audit": "audit",
    "backup": "data",
    "background": "server",
    "check": "admin",
    "consumers": "consumers",
    "demo": "server",
    "diff": "recording",
    "doctor": "admin",
    "explain": "explain",
    "export": "data",
    "history": "history",
    "import": "data",
    "init": "setup",
    "keys": "keys",
    "migrate": "admin",
    "new-plugin": "new_plugin",
    "openapi": "admin",
    "operator": "operator",
    "plugin": "plugin",
    "plugins": "plugin",
    "privacy": "privacy",
    "proxy": "recording",
    "pull": "recording",
    "record": "recording",
    "report": "report",
    "restore": "data",
    "routes": "admin",
    "sandbox": "sandbox",
    "serve": "server",
    "settings": "settings",
}


class Sentence(click.ClickException):
    """One sentence on standard error."""

    def show(self, file: Any = None) -> None:
        click.echo(f"frontdesk: {self.format_message()}", err=True)


class Root(click.Group):
    """The built-in commands, and one group for every enabled plugin that registers some."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *self._plugin_commands(ctx, quiet=True)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name in COMMANDS:
            return _built_in(name)
        commands = self._plugin_commands(ctx).get(name)
        if not commands:
            return None
        return click.Group(name, commands=list(commands), help=f"Commands of the plugin {name}.")

    def _plugin_commands(self, ctx: click.Context, *, quiet: bool = False) -> dict[str, Any]:
        try:
            session = (
                ctx.obj
                if isinstance(ctx.obj, Session)
                else Session(ctx.params.get("config"), ctx.params.get("plugins_dir"))
            )
            return dict(session.plugins().commands)
        except StartupError:
            # Help must work while the configuration is broken, and an unknown command is reported as such.
            return {}

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            sentence = _sentence_about(error)
            if sentence is None:
                raise
            raise Sentence(sentence) from error


def _sentence_about(error: Exception) -> str | None:
    """What to print in place of a traceback; None for an error that is a mistake of the program."""
    # Imported here because most commands end well, and these bring the database with them.
    from core.engines import DATABASE_ERRORS, problem_sentence, storage_problem
    from core.error_sentences import error_sentence

    if isinstance(error, DatastoreUnavailable):
        return f"{problem_sentence(error)}."
    if isinstance(error, DomainError):
        return error_sentence(error)
    if isinstance(error, StartupError):
        return str(error)
    in_trouble = storage_problem(error) if isinstance(error, DATABASE_ERRORS) else None
    return None if in_trouble is None else f"{problem_sentence(in_trouble)}."


def _built_in(name: str) -> click.Command:
    module = import_module(f"core.cli.{COMMANDS[name]}")
    return next(value for value in vars(module).values() if isinstance(value, click.Command) and value.name == name)


@click.group(cls=Root)
@click.option("--config", type=click.Path(path_type=Path), default=None, help="config.toml to use [./config.toml].")
@click.option(
    "--plugins-dir",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="Folder with plugins of your own; [plugins] path by default.",
)
@click.version_option(package_name="frontdesk", prog_name="frontdesk")
@click.pass_context
def cli(ctx: click.Context, config: Path | None, plugins_dir: Path | None) -> None:
    """One booking server that speaks several vendors' APIs over one ledger."""
    ctx.obj = Session(config, plugins_dir)


def main() -> None:
    """Entry point of the ``frontdesk`` command."""
    cli(prog_name="frontdesk")
