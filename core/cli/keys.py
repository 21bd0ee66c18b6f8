"""``keys create|list|revoke|rotate``."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import click

from core.cli.context import Session, format_table, json_option, pick_entry, print_result
from core.config import StartupError
from core.errors import NotFound
from core.issued_keys import IssuedKey, KeyRefused, create_key, rotate_key
from core.services import credentials as store

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class _Duration(click.ParamType[timedelta]):
    """A length of time such as ``24h``."""

    name = "duration"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        match = re.fullmatch(r"(\d{1,6})([smhd])", str(value).strip())
        if match is None:
            self.fail(f"{value!r} is no length of time; write a number and s, m, h or d, such as 24h.", param, ctx)
        return timedelta(**{_UNITS[match[2]]: int(match[1])})


_EXPIRES = click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When it ends, UTC.")
_URL = click.option("--url", help="Base URL for the printed command; [site] url by default.")


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the keys of the dialects."""


@keys.command()
@click.argument("dialect")
@click.option("--label", default="", help="What the key is for.")
@click.option("--permissions", help="What it may do, in the dialect's own words.")
@click.option("--user", help="On whose behalf it acts, where the dialect knows users.")
@click.option("--replace", is_flag=True, help="Revoke the key before, where the dialect has one for the whole site.")
@_EXPIRES
@_URL
@json_option
@click.pass_obj
def create(
    session: Session,
    dialect: str,
    label: str,
    permissions: str | None,
    user: str | None,
    replace: bool,
    expires: datetime | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Make a key. Its secret is shown this once."""
    issuer = pick_entry("kind of key", dialect, session.start(must_exist=False).credentials)
    try:
        key = create_key(
            issuer,
            label=label,
            permissions=permissions,
            user=user,
            expires_at=_as_utc(expires),
            now=session.clock(),
            replace=replace,
        )
    except KeyRefused as error:
        raise StartupError(_with_hint(error)) from None
    _print_key(session, key, url, as_json)


def _with_hint(error: KeyRefused) -> str:
    """The sentence, with what to type next where a command helps."""
    if error.reason == "single" and error.existing is not None:
        number = error.existing.id
        return (
            f"{str(error)[:-1]}, and key {number} is in force; --replace revokes it at once,"
            f" keys rotate {number} --overlap 24h lets both work for a day."
        )
    return {
        "revoked": f"{str(error)[:-1]} with: frontdesk keys create {error.dialect}",
        "ended": f"{str(error)[:-1]} with --expires.",
    }.get(error.reason, str(error))


def _as_utc(expires: datetime | None) -> datetime | None:
    return None if expires is None else expires.replace(tzinfo=UTC)


def _print_key(session: Session, key: IssuedKey, url: str | None, as_json: bool) -> None:
    command = key.command(url=url or session.config.site.url, now=session.clock())
    output = {**key.fields, "curl": command, "id": key.record.id}
    print_result(output, as_json, "\n".join(f"{name}: {value}" for name, value in output.items()))


@keys.command("list")
@click.argument("dialect", required=False)
@json_option
@click.pass_obj
def list_(session: Session, dialect: str | None, as_json: bool) -> None:
    """List keys without their secrets; those of dialects that are off as well."""
    kinds = session.start().credentials
    by_realm = {kind.realm: (name, kind) for name, kind in kinds.items()}
    stored = store.list_credentials()
    if dialect and dialect not in {key.realm for key in stored}:
        stored = store.list_credentials(pick_entry("kind of key", dialect, kinds).realm)
    elif dialect:
        stored = store.list_credentials(kinds[dialect].realm if dialect in kinds else dialect)
    entries: list[dict[str, Any]] = []
    order = [*by_realm, *sorted({key.realm for key in stored} - by_realm.keys())]
    for key in sorted(stored, key=lambda key: (order.index(key.realm), -key.id)):
        name, kind = by_realm.get(key.realm, (key.realm, None))
        entries.append(
            {
                "id": key.id,
                "dialect": name,
                "enabled": kind is not None,
                "label": key.label,
                "permissions": key.permissions,
                "user": key.user,
                "ends_with": key.tail,
                "created": key.created_at,
                "last_used": key.last_used_at,
                "expires": kind.expiry(key) if kind is not None and kind.expiry else key.expires_at,
                "revoked": key.revoked_at,
            }
        )
    header = ("ID", "DIALECT", "LABEL", "MAY", "USER", "ENDS WITH", "LAST USED", "EXPIRES", "REVOKED")
    names = ("id", "dialect", "label", "permissions", "user", "ends_with", "last_used", "expires", "revoked")

    def text() -> str:
        rows = [{**key, "dialect": key["dialect"] + ("" if key["enabled"] else " (off)")} for key in entries]
        return format_table([tuple(key[name] for name in names) for key in rows], header)

    print_result(entries, as_json, text)


def _get_key(key_id: int) -> store.Credential:
    try:
        return store.get(key_id)
    except NotFound:
        raise StartupError(f"there is no key {key_id}; see: frontdesk keys list") from None


@keys.command()
@click.argument("key_id", type=int, metavar="NUMBER")
@json_option
@click.pass_obj
def revoke(session: Session, key_id: int, as_json: bool) -> None:
    """Refuse a key from the next request on."""
    session.start()
    key = store.revoke(_get_key(key_id).id, now=session.clock())
    print_result({"id": key.id, "revoked": key.revoked_at}, as_json, f"key {key.id} is revoked")


@keys.command()
@click.argument("key_id", type=int, metavar="NUMBER")
@click.option("--overlap", type=_Duration(), help="How long the old key works on, such as 24h; not at all by default.")
@_EXPIRES
@_URL
@json_option
@click.pass_obj
def rotate(
    session: Session,
    key_id: int,
    overlap: timedelta | None,
    expires: datetime | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Make another key with the same rights, and end the old one: at once, or after an overlap."""
    issuers = session.start().credentials
    try:
        key = rotate_key(issuers, _get_key(key_id), overlap=overlap, expires_at=_as_utc(expires), now=session.clock())
    except KeyRefused as error:
        raise StartupError(_with_hint(error)) from None
    _print_key(session, key, url, as_json)
