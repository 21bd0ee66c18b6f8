"""``import``, ``export``, ``backup`` and ``restore``."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
import msgspec

from core.cli.context import Session, json_option, pick_entry, print_result
from core.config import StartupError
from core.documents import check_storable
from core.error_sentences import error_sentence
from core.errors import DatastoreUnavailable, DomainError
from core.migrate import Owner
from core.plugins import installed_owner
from core.private_files import write_private
from core.services import events, export_ownership, references
from core.undo_log import ImportInUse, undoable_write

_file = click.Path(path_type=Path, dir_okay=False)


@click.command("import")
@click.argument("names", nargs=-1, required=True, metavar="DIALECT FILE | --all FILE")
@click.option("--all", "whole_store", is_flag=True, help="FILE is a whole datastore, for one that is empty.")
@json_option
@click.pass_obj
def import_(session: Session, names: tuple[str, ...], whole_store: bool, as_json: bool) -> None:
    """Import a dialect's documented JSON, or a whole datastore: all of it or, when something is wrong, nothing."""
    if whole_store:
        _restore(session, _only_file(names), as_json, "imported")
        return
    if len(names) != 2:
        raise click.UsageError("name a dialect and a file, or --all and a file.")
    dialect, file = names[0], Path(names[1])
    importer = pick_entry("importer", dialect, session.live_plugins().importers)
    document = _read_json(file)
    try:
        check_storable(document)
        session.start(create=True, must_exist=False)
        with undoable_write(), events.events_muted(), references.restore_tombstones(document) as rest:
            counts = dict(importer.load(rest, site=session.config.site, now=session.clock()))
    except BlockingIOError:
        raise StartupError("another import is running.") from None
    except ImportInUse as error:
        raise StartupError(
            f"{file}: refused, and what had come in by then stays: others have built on it already."
            f" The reason: {_reason(error.__context__)}"
        ) from error
    except DatastoreUnavailable:
        raise
    except DomainError as error:
        raise StartupError(f"{file}: refused, nothing was imported: {error_sentence(error)}") from error
    print_result(
        counts, as_json, "\n".join(f"{kind}: {count}" for kind, count in counts.items()) or "nothing to import"
    )


def _reason(error: BaseException | None) -> str:
    return error_sentence(error) if isinstance(error, DomainError) else "it could not be read to its end."


def _read_json(file: Path) -> Any:
    try:
        return msgspec.json.decode(file.read_bytes().removeprefix(b"\xef\xbb\xbf"))
    except OSError as error:
        raise StartupError(f"{file}: cannot be read ({error.strerror}).") from None
    except RecursionError:
        raise StartupError(f"{file}: is nested too deep.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise StartupError(f"{file}: is not valid JSON: {error}.") from None


@click.command()
@click.argument("names", nargs=-1, metavar="DIALECT [FILE] | --all [FILE]")
@click.option("--all", "whole_store", is_flag=True, help="The whole datastore, every plugin's tables included.")
@json_option
@click.pass_obj
def export(session: Session, names: tuple[str, ...], whole_store: bool, as_json: bool) -> None:
    """Write what ``import`` takes, to FILE or standard output; ``FILE.gz`` is compressed with --all."""
    if whole_store:
        if len(names) > 1:
            raise click.UsageError("--all takes a file and no dialect.")
        _export_all(session, Path(names[0]) if names else None, as_json)
        return
    if not 1 <= len(names) <= 2:
        raise click.UsageError("name a dialect, or --all.")
    if as_json and len(names) == 1:
        raise click.UsageError("--json says what was written to a file; name one.")
    importer = pick_entry("importer", names[0], session.live_plugins().importers)
    session.start()
    document = references.with_deleted(importer.dump(site=session.config.site, now=session.clock()))
    text = msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
    counts = export_ownership.count_exported_bookings()
    elsewhere = {owner: count for owner, count in counts.items() if owner != importer.dialect}
    summary = {"bookings": counts.get(importer.dialect, 0), "left_to_others": elsewhere}
    if len(names) == 1:
        sys.stdout.buffer.write(text)
    else:
        _write(Path(names[1]), text)
        summary = {"file": names[1], **summary}
    if elsewhere:
        left_out = ", ".join(f"{count} of {owner or 'no dialect'}" for owner, count in elsewhere.items())
        click.echo(
            f"frontdesk: {sum(elsewhere.values())} bookings are not in it ({left_out}); export --all takes everything.",
            err=True,
        )
    if as_json:
        print_result(summary, as_json, "")


def _write(file: Path, text: bytes) -> None:
    try:
        write_private(file, text)
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror}).") from None


def _export_all(session: Session, file: Path | None, as_json: bool) -> None:
    from core import backup as archive

    session.start()
    if file is None:
        archive.write_document(sys.stdout.buffer)
        return
    summary = archive.write_backup(file, compress=file.suffix == ".gz")
    print_result(summary, as_json, lambda: _summary(summary, f"{file}: written"))


@click.command()
@click.argument("file", type=_file)
@json_option
@click.pass_obj
def backup(session: Session, file: Path, as_json: bool) -> None:
    """Write the whole datastore to FILE, compressed, from one consistent moment, while the server runs."""
    from core import backup as archive

    session.start()
    summary = archive.write_backup(file)
    print_result(summary, as_json, lambda: _summary(summary, f"{file}: written"))


@click.command()
@click.argument("file", type=_file)
@click.option("--verify", is_flag=True, help="Change nothing: restore into a scratch store and examine that.")
@json_option
@click.pass_obj
def restore(session: Session, file: Path, verify: bool, as_json: bool) -> None:
    """Fill an empty datastore from a backup or a whole export; works across SQLite and PostgreSQL."""
    from core import backup as archive

    if verify:
        owners = session.plugins().migration_owners
        summary = archive.verify_backup(file, owners, _owner_lookup(session), now=session.clock())
        print_result(summary, as_json, lambda: _summary(summary, f"{file}: good"))
        return
    _restore(session, file, as_json, "restored")


def _restore(session: Session, file: Path, as_json: bool, verb: str) -> None:
    from core import backup as archive

    summary = archive.restore_backup(file, session.config, session.plugins().migration_owners, _owner_lookup(session))
    print_result(summary, as_json, lambda: _summary(summary, f"{file}: {verb}"))


def _owner_lookup(session: Session) -> Callable[[str], Owner | None]:
    return partial(installed_owner, folder=session.config.plugins.path)


def _only_file(names: tuple[str, ...]) -> Path:
    if len(names) != 1:
        raise click.UsageError("--all takes one file and no dialect.")
    return Path(names[0])


def _summary(summary: dict[str, Any], headline: str) -> str:
    rows = {name: count for name, count in summary["rows"].items() if count}
    return "\n".join(
        [f"{headline}, {summary['bookings']} bookings", *(f"{name}: {count}" for name, count in rows.items())]
    )
