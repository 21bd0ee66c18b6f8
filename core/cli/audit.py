"""``audit list|prune``: who changed what, and how long that is kept."""

from datetime import UTC, datetime

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.config import StartupError
from core.services import audit as log
from core.services import events


@click.group()
def audit() -> None:
    """Read the audit log, and delete its oldest part."""


@audit.command("list")
@click.option("--actor", default="", help="Only changes of, such as operator:anna or key:DIALECT:NUMBER.")
@click.option("--kind", default="", help="Only this kind of change, such as booking.cancelled.")
@click.option("--subject", default="", help="Only changes of this kind of record, such as booking.")
@click.option("--number", type=int, default=0, help="Only changes of the record with this number.")
@click.option("--limit", type=click.IntRange(1, 50_000), default=50, show_default=True, help="The most lines.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@json_option
@click.pass_obj
def list_(
    session: Session, actor: str, kind: str, subject: str, number: int, limit: int, as_csv: bool, as_json: bool
) -> None:
    """List changes, newest first."""
    session.start()
    chosen = log.Filter(actor=actor, kind=kind, subject_kind=subject, subject_id=number)
    entries = log.entries(chosen, limit=limit)
    if as_csv:
        click.echo(log.as_csv(entries), nl=False)
        return
    header = ("WHEN", "WHO", "WHAT", "OF", "THROUGH", "WHY")
    rows = [
        (
            f"{entry.at:%Y-%m-%d %H:%M:%S}",
            entry.actor,
            entry.kind,
            f"{entry.subject_kind} {entry.subject_id}",
            entry.origin,
            entry.reason,
        )
        for entry in entries
    ]
    print_result(entries, as_json, lambda: format_table(rows, header))


@audit.command()
@click.option("--before", type=click.DateTime(["%Y-%m-%d"]), required=True, help="Delete what is older than this day.")
@json_option
@click.pass_obj
def prune(session: Session, before: datetime, as_json: bool) -> None:
    """Delete old changes that no consumer waits for; for a job of the system, such as cron."""
    session.start()
    limit = before.replace(tzinfo=UTC)
    if limit > session.clock():
        raise StartupError(f"{before:%Y-%m-%d} is ahead; give a day that has gone by.")
    count = events.prune(limit)
    print_result({"deleted": count}, as_json, f"deleted {count} changes from before {before:%Y-%m-%d}")
