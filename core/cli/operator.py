"""``operator add|list|remove|role|password``: who may use the console."""

from pathlib import Path

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.config import StartupError
from core.errors import Duplicate, Invalid, NotFound
from core.services import operators as store
from core.services.operators import ROLES, LastOwner
from core.services.passwords import MAX_LENGTH, MIN_LENGTH

_role = click.option(
    "--role", type=click.Choice(ROLES), default="operator", show_default=True, help="What they may do."
)
_password_file = click.option(
    "--password-file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    help="File with the password in its first line, - for standard input; asked for by default.",
)


@click.group()
def operator() -> None:
    """Manage the people who may use the console."""


@operator.command()
@click.argument("name")
@_role
@_password_file
@json_option
@click.pass_obj
def add(session: Session, name: str, role: str, password_file: Path | None, as_json: bool) -> None:
    """Let somebody sign in to the console."""
    session.start(must_exist=False)
    try:
        added = store.add(name, _read_password(password_file), role, now=session.clock())
    except (Invalid, Duplicate) as error:
        raise _problem(error, name) from None
    print_result({"name": added.name, "role": added.role}, as_json, f"{added.name} can sign in as {added.role}")


@operator.command("list")
@json_option
@click.pass_obj
def list_(session: Session, as_json: bool) -> None:
    """List the operators."""
    session.start()
    entries = [
        {"name": entry.name, "role": entry.role, "created": entry.created_at, "last_sign_in": entry.signed_in_at}
        for entry in store.list_operators()
    ]
    header = ("NAME", "ROLE", "CREATED", "LAST SIGN-IN")
    print_result(entries, as_json, lambda: format_table([tuple(entry.values()) for entry in entries], header))


@operator.command()
@click.argument("name")
@json_option
@click.pass_obj
def remove(session: Session, name: str, as_json: bool) -> None:
    """Remove an operator and end their sessions."""
    session.start()
    try:
        store.remove(name, now=session.clock())
    except (NotFound, LastOwner) as error:
        raise _problem(error, name) from None
    print_result({"name": name, "removed": True}, as_json, f"{name} is removed")


@operator.command()
@click.argument("name")
@click.argument("role", type=click.Choice(ROLES))
@json_option
@click.pass_obj
def role(session: Session, name: str, role: str, as_json: bool) -> None:
    """Give an operator another role."""
    session.start()
    try:
        store.set_role(name, role, now=session.clock())
    except (NotFound, LastOwner) as error:
        raise _problem(error, name) from None
    print_result({"name": name, "role": role}, as_json, f"{name} is {role}")


@operator.command()
@click.argument("name")
@_password_file
@json_option
@click.pass_obj
def password(session: Session, name: str, password_file: Path | None, as_json: bool) -> None:
    """Set a password; ends the operator's sessions and lets a locked one try again."""
    session.start()
    try:
        store.get(name)
        store.set_password(name, _read_password(password_file), now=session.clock())
    except (NotFound, Invalid) as error:
        raise _problem(error, name) from None
    print_result({"name": name, "changed": True}, as_json, f"{name} has another password")


def _read_password(file: Path | None) -> str:
    if file is None:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
    try:
        with click.open_file(str(file), encoding="utf-8") as stream:
            return str(stream.readline(MAX_LENGTH + 2)).rstrip("\r\n")
    except (OSError, UnicodeDecodeError):
        raise StartupError(f"the password file {str(file)!r} cannot be read.") from None


def _problem(error: Exception, name: str) -> StartupError:
    if isinstance(error, NotFound):
        return StartupError(f"there is no operator {name!r}; see: frontdesk operator list")
    if isinstance(error, Duplicate):
        return StartupError(f"there is an operator {name!r} already.")
    if isinstance(error, LastOwner):
        return StartupError(f"{name!r} is the only owner; make another one first.")
    if isinstance(error, Invalid) and error.field == "password":
        return StartupError(f"a password has {MIN_LENGTH} to {MAX_LENGTH} characters.")
    return StartupError(f"{name!r} is no name: lower-case letters, digits, dots, dashes and underscores, at most 64.")
