"""``import``, ``export``, ``backup`` and ``restore``."""

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

from core.cli.context import Session, json_option, pick, show
from core.config import StartupError
from core.errors import DomainError
from core.giving_way import StillUsed, giving_way
from core.services import events, references
from core.services.bookkeeping import is_trouble

_file = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@click.argument("dialect")
@click.argument("file", type=_file)
@json_option
@click.pass_obj
def import_(session: Session, dialect: str, file: Path, as_json: bool) -> None:
    """Take in a dialect's documented JSON: all of it or, when something is wrong with it, nothing."""
    importer = pick("importer", dialect, session.plugins().importers)
    try:
        document = msgspec.json.decode(file.read_bytes())
    except OSError as error:
        raise StartupError(f"{file}: cannot be read ({error.strerror}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise StartupError(f"{file}: is not valid JSON: {error}.") from None
    session.start(create=True)
    try:
        with giving_way(), events.silent(), references.taking_in(document) as rest:
            counts = dict(importer.load(rest, site=session.config.site, now=session.clock()))
    except BlockingIOError:
        raise StartupError("another import is running.") from None
    except StillUsed as error:
        reason = error.__context__
        raise StartupError(
            f"{file}: refused ({reason}), and what had come in by then stays: others have built on it already."
        ) from error
    except Exception as error:
        if is_trouble(error):
            raise
        if isinstance(error, DomainError):
            raise StartupError(f"{file}: refused, nothing was imported: {error}.") from error
        # Importers read what people wrote by hand; whatever trips them is a fault of the document.
        detail = " ".join(str(error).split())
        raise StartupError(f"{file}: refused, nothing was imported: {type(error).__name__}: {detail}.") from error
    show(counts, as_json, "\n".join(f"{kind}: {count}" for kind, count in counts.items()) or "nothing to import")


@click.command()
@click.argument("dialect")
@click.argument("file", type=_file, required=False)
@click.pass_obj
def export(session: Session, dialect: str, file: Path | None) -> None:
    """Write what ``import`` takes, to FILE or standard output."""
    importer = pick("importer", dialect, session.plugins().importers)
    session.start()
    document = references.with_deleted(importer.dump(site=session.config.site, now=session.clock()))
    text = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    if file is None:
        sys.stdout.buffer.write(text)
    else:
        file.write_bytes(text)


@click.command()
@click.argument("file", type=_file)
@json_option
@click.pass_obj
def backup(session: Session, file: Path, as_json: bool) -> None:
    """Write the whole datastore to FILE, from one consistent moment, while the server runs."""
    from core import backup as archive

    manager = session.start()
    summary = archive.write(file, manager.owners, archive.tables(manager.models))
    show(summary, as_json, lambda: _summary(summary, f"{file}: written"))


@click.command()
@click.argument("file", type=_file)
@click.option("--verify", is_flag=True, help="Change nothing: restore into a scratch store and examine that.")
@json_option
@click.pass_obj
def restore(session: Session, file: Path, verify: bool, as_json: bool) -> None:
    """Fill an empty datastore from a backup; works across SQLite and PostgreSQL."""
    from core import backup as archive

    manager = session.plugins()
    tables = archive.tables(manager.models)
    if verify:
        summary: Any = archive.verify(file, manager.owners, tables, now=session.clock())
        show(summary, as_json, lambda: _summary(summary, f"{file}: good"))
        return
    session.start(migrate=True)
    summary = archive.read(file, manager.owners, tables)
    show(summary, as_json, lambda: _summary(summary, f"{file}: restored"))


def _summary(summary: dict[str, Any], headline: str) -> str:
    rows = {name: count for name, count in summary["rows"].items() if count}
    return "\n".join([headline, *(f"{name}: {count}" for name, count in rows.items())])
