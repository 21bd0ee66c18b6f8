"""``new-plugin``: copies the template of a plugin under another name."""

import keyword
import re
import shutil
from pathlib import Path

import click

from core.cli.context import json_option, print_result
from core.config import StartupError

TEMPLATE = Path(__file__).parent / "plugin_template"
#: Ends every file of the template: they are texts until they are written.
_SUFFIX = ".template"
_DOTTED = {"gitignore.template": ".gitignore.template", "github": ".github"}
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*\Z")
_MAX_NAME = 40
#: Names that another package would shadow, or be shadowed by.
_TAKEN = frozenset({"core", "frontdesk", "plugins", "tests", "test"})


@click.command("new-plugin")
@click.argument("name")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), default=Path(), help="Parent folder [.].")
@json_option
def new_plugin(name: str, into: Path, as_json: bool) -> None:
    """Write a plugin that books, with tests: a distribution of its own in a new folder NAME."""
    if not _NAME.match(name) or len(name) > _MAX_NAME or keyword.iskeyword(name):
        raise StartupError(
            f"{name!r} cannot be the name of a plugin: use at most {_MAX_NAME} lower-case letters, digits and single"
            " underscores, such as 'my_api'."
        )
    if name in _TAKEN:
        raise StartupError(f"{name!r} is the name of another package; choose another one.")
    folder = into / name
    if folder.exists():
        raise StartupError(f"{folder} exists already.")
    try:
        files = write_plugin(name, folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StartupError(f"{folder}: cannot be written ({error.strerror}).") from error
    lines = [f"wrote {len(files)} files to {folder}", "", f"  cd {folder}", "  pip install -e '.[dev]'", "  pytest"]
    print_result({"folder": str(folder), "files": files}, as_json, "\n".join(lines))


def write_plugin(name: str, folder: Path) -> list[str]:
    """Copy the template to ``folder`` under ``name``; returns the paths of its files, relative to the folder."""
    written = []
    for source in sorted(TEMPLATE.rglob(f"*{_SUFFIX}")):
        parts = [_DOTTED.get(part, part) for part in source.relative_to(TEMPLATE).parts]
        target = folder / _renamed("/".join(parts).removesuffix(_SUFFIX), name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(_renamed(source.read_text(encoding="utf-8"), name), encoding="utf-8")
        written.append(str(target.relative_to(folder)))
    return written


def _renamed(text: str, name: str) -> str:
    words = name.split("_")
    for sample, own in (
        ("sample_api", name),
        ("sample-api", "-".join(words)),
        ("Sample API", " ".join(word.capitalize() for word in words)),
        ("SampleApi", "".join(word.capitalize() for word in words)),
    ):
        text = text.replace(sample, own)
    return text
