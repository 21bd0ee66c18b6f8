"""The ``frontdesk`` command."""

from pathlib import Path
from typing import Any

import click

from core.cli import (
    admin,
    audit,
    consumers,
    data,
    explain,
    history,
    keys,
    new_plugin,
    operator,
    plugin,
    privacy,
    report,
    server,
    settings,
    setup,
)
from core.cli.context import Session
from core.config import StartupError
from core.engines import DATABASE_ERRORS, storage_problem
from core.engines import problem_sentence as outage
from core.error_sentences import error_sentence
from core.errors import DatastoreUnavailable, DomainError


class Sentence(click.ClickException):
    """One sentence on standard error."""

    def show(self, file: Any = None) -> None:
        click.echo(f"frontdesk: {self.format_message()}", err=True)


class Root(click.Group):
    """The built-in commands, and one group for every enabled plugin that registers some."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *self._plugin_commands(ctx, quiet=True)]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        command = super().get_command(ctx, name)
        if command is not None:
            return command
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
        except DatastoreUnavailable as error:
            raise Sentence(f"{outage(error)}.") from error
        except (StartupError, DomainError) as error:
            text = error_sentence(error) if isinstance(error, DomainError) else str(error)
            raise Sentence(text) from error
        except DATABASE_ERRORS as error:
            in_trouble = storage_problem(error)
            if in_trouble is None:
                raise
            raise Sentence(f"{outage(in_trouble)}.") from error


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


for _command in (
    setup.init,
    server.serve,
    server.background,
    server.demo,
    admin.check,
    admin.migrate,
    admin.doctor,
    plugin.plugins,
    plugin.plugin,
    consumers.consumers,
    settings.settings,
    admin.routes,
    admin.openapi,
    explain.explain,
    history.history,
    report.report,
    privacy.privacy,
    new_plugin.new_plugin,
    keys.keys,
    operator.operator,
    audit.audit,
    data.import_,
    data.export,
    data.backup,
    data.restore,
):
    cli.add_command(_command)


def main() -> None:
    """Entry point of the ``frontdesk`` command."""
    cli(prog_name="frontdesk")
