"""``keys create|list|revoke|rotate``."""

from datetime import UTC, datetime
from typing import Any

import click

from core.cli.context import Session, json_option, pick, show, table
from core.config import StartupError
from core.db import writing
from core.demo import offered
from core.services import keys as store


@click.group()
def keys() -> None:
    """Make, list, rotate and revoke the keys of the dialects."""


@keys.command()
@click.argument("dialect")
@click.option("--label", default="", help="What the key is for.")
@click.option("--permissions", help="What it may do, in the dialect's own words.")
@click.option("--user", help="On whose behalf it acts, where the dialect knows users.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]), help="When it ends, UTC.")
@click.option("--url", help="Base URL for the printed command; [site] url by default.")
@json_option
@click.pass_obj
def create(
    session: Session,
    dialect: str,
    label: str,
    permissions: str | None,
    user: str | None,
    expires: datetime | None,
    url: str | None,
    as_json: bool,
) -> None:
    """Make a key. Its secret is shown this once."""
    kind = pick("kind of key", dialect, session.start(existing=False).credentials)
    if permissions is not None and permissions not in kind.permissions:
        words = ", ".join(kind.permissions) or "none: keys of this dialect have no permissions"
        raise StartupError(f"{permissions!r} is not a permission of {dialect} keys; there are {words}.")
    record, fields = kind.create(
        label=label,
        permissions=permissions,
        user=user,
        expires_at=None if expires is None else expires.replace(tzinfo=UTC),
        now=session.clock(),
    )
    _told(session, kind, record, fields, url, as_json)


def _told(session: Session, kind: Any, record: Any, fields: Any, url: str | None, as_json: bool) -> None:
    facts = {
        **fields,
        "curl": kind.curl(fields, url=(url or session.config.site.url).rstrip("/"), services=offered()),
        "id": record.id,
    }
    show(facts, as_json, "\n".join(f"{name}: {value}" for name, value in facts.items()))


@keys.command("list")
@click.argument("dialect", required=False)
@json_option
@click.pass_obj
def list_(session: Session, dialect: str | None, as_json: bool) -> None:
    """List keys without their secrets."""
    kinds = session.start().credentials
    wanted = {dialect: pick("kind of key", dialect, kinds)} if dialect else kinds
    found = [
        {
            "id": key.id,
            "dialect": name,
            "label": key.label,
            "permissions": key.permissions,
            "user": key.user,
            "ends_with": key.tail,
            "created": key.created_at,
            "last_used": key.last_used_at,
            "expires": key.expires_at,
            "revoked": key.revoked_at,
        }
        for name, kind in wanted.items()
        for key in store.list_keys(kind.realm)
    ]
    header = ("ID", "DIALECT", "LABEL", "MAY", "ENDS WITH", "LAST USED", "EXPIRES", "REVOKED")
    names = ("id", "dialect", "label", "permissions", "ends_with", "last_used", "expires", "revoked")
    show(found, as_json, lambda: table([tuple(key[name] for name in names) for key in found], header))


@keys.command()
@click.argument("number", type=int)
@json_option
@click.pass_obj
def revoke(session: Session, number: int, as_json: bool) -> None:
    """Refuse a key from the next request on."""
    session.start()
    key = store.revoke(number, now=session.clock())
    show({"id": key.id, "revoked": key.revoked_at}, as_json, f"key {key.id} is revoked")


@keys.command()
@click.argument("number", type=int)
@click.option("--url", help="Base URL for the printed command; [site] url by default.")
@json_option
@click.pass_obj
def rotate(session: Session, number: int, url: str | None, as_json: bool) -> None:
    """Revoke a key and make another one with the same rights."""
    kinds = session.start().credentials
    with writing():
        old = store.revoke(number, now=session.clock())
        kind = next((kind for kind in kinds.values() if kind.realm == old.realm), None)
        if kind is None:
            raise StartupError(f"key {number} belongs to a dialect that is not enabled.")
        record, fields = kind.create(
            label=old.label,
            permissions=old.permissions or None,
            user=old.user or None,
            expires_at=old.expires_at,
            now=session.clock(),
        )
    _told(session, kind, record, fields, url, as_json)
