"""``privacy``: find a person, export what is kept about them, erase them."""

import json
from pathlib import Path
from typing import Any

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.config import StartupError
from core.private_files import write_private
from core.services import privacy as privacy_service


@click.group()
def privacy() -> None:
    """Find a person across all dialects, export what is kept about them, erase them."""


@privacy.command()
@click.argument("text")
@json_option
@click.pass_obj
def find(session: Session, text: str, as_json: bool) -> None:
    """List who has this e-mail address, telephone number, name, or part of one."""
    session.start()
    found = privacy_service.find_people(text)
    rows = [
        (one.kind, one.id, one.name, one.email, one.phone, one.bookings, " ".join(one.dialects) or one.origin)
        for one in found
    ]
    print_result(found, as_json, format_table(rows, ("KIND", "ID", "NAME", "E-MAIL", "PHONE", "BOOKINGS", "DIALECTS")))


def _who(command: Any) -> Any:
    for option in (
        click.option("--email", default="", help="Every customer with this address."),
        click.option("--booking", "bookings", type=int, multiple=True, help="A booking that a guest made."),
        click.option("--customer", "customers", type=int, multiple=True, help="A customer; also all with its address."),
    ):
        command = option(command)
    return command


def _checked(customers: tuple[int, ...], bookings: tuple[int, ...], email: str) -> dict[str, Any]:
    if not (customers or bookings or email.strip()):
        raise click.UsageError("name a --customer, a --booking or an --email; privacy find lists them.")
    return {"customer_ids": customers, "booking_ids": bookings, "email": email}


@privacy.command()
@_who
@click.option("--to", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.pass_obj
def export(
    session: Session, customers: tuple[int, ...], bookings: tuple[int, ...], email: str, file: Path | None
) -> None:
    """Write everything that is kept about a person, as JSON."""
    who = _checked(customers, bookings, email)
    session.start()
    document = privacy_service.export_person(**who, now=session.clock())
    text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        write_private(file, text.encode())
    except OSError as error:
        raise StartupError(f"{file}: cannot be written ({error.strerror}).") from None
    click.echo(f"{file}: written")


@privacy.command()
@_who
@click.option(
    "--keep-upcoming", is_flag=True, help="Also with bookings that are still to come; their places stay sold."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
@click.pass_obj
def erase(
    session: Session,
    customers: tuple[int, ...],
    bookings: tuple[int, ...],
    email: str,
    keep_upcoming: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Take a person out of everything that is kept: for good, while bookings, places and money stay."""
    who = _checked(customers, bookings, email)
    session.start()
    if not yes:
        click.confirm("Erase this person for good?", abort=True, err=True)
    erasure = privacy_service.erase_person(**who, now=session.clock(), keep_upcoming=keep_upcoming)
    print_result(erasure, as_json, lambda: _text(erasure))


def _text(erasure: privacy_service.Erasure) -> str:
    lines = [f"{kind.replace('_', ' ')}: {count} changed" for kind, count in erasure.changed.items()]
    if erasure.kept_bookings:
        lines.append(f"bookings that are still to come and stay: {', '.join(map(str, erasure.kept_bookings))}")
    if erasure.revoked_keys:
        lines.append(f"keys revoked: {', '.join(map(str, erasure.revoked_keys))}")
    if erasure.unknown_dialects:
        lines.append(f"no plugin describes the data of: {', '.join(erasure.unknown_dialects)}")
    lines += [f"there may be more of {kind}: erase again" for kind in erasure.cut]
    return "\n".join(lines) or "nothing left to erase"
