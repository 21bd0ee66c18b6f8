"""``init``: an initial configuration."""

from importlib.resources import files
from pathlib import Path

import click

from core.config import StartupError


def write_config(folder: Path) -> Path:
    """Write the commented ``config.toml`` into a folder and return its path.

    Raises:
        StartupError: The file exists already, or cannot be written.
    """
    path = folder / "config.toml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(files("core").joinpath("config.toml").read_text("utf-8"))
    except FileExistsError:
        raise StartupError(f"{path}: there is a file already; it was left as it is.") from None
    except OSError as error:
        raise StartupError(f"{path}: cannot be written ({error.strerror}).") from None
    return path


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=".")
def init(folder: Path) -> None:
    """Write a commented config.toml into FOLDER [.]."""
    path = write_config(folder)
    named = "" if folder == Path(".") else f" --config {path}"
    click.echo(f"{path}: written. Look through it, then run: frontdesk{named} check, frontdesk{named} serve")
