"""``frontdesk bookablesites deliveries|replay``: the operator's view of webhooks."""

import click

from frontdesk.commands import Session, format_table, json_option, print_result
from frontdesk.errors import NotFound, StartupError
from frontdesk.repository import to_instant
from plugins.bookablesites.usecases import deliveries as webhook_deliveries


@click.command()
@click.option("--status", type=click.Choice(webhook_deliveries.STATUSES), multiple=True)
@click.option("--limit", default=100, show_default=True)
@json_option
@click.pass_obj
def deliveries(session: Session, status: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List webhook deliveries, newest first."""
    session.start()
    rows = [
        {
            "delivery": row.name,
            "webhook": row.webhook_id,
            "event": row.event,
            "status": row.status,
            "attempts": row.attempts,
            "created": to_instant(row.created_at),
        }
        for row in webhook_deliveries.list_deliveries(status, limit=limit)
    ]
    names = ("delivery", "webhook", "event", "status", "attempts", "created")
    header = tuple(name.upper() for name in names)
    print_result(rows, as_json, lambda: format_table([tuple(row[name] for name in names) for row in rows], header))


@click.command()
@click.argument("delivery")
@json_option
@click.pass_obj
def replay(session: Session, delivery: str, as_json: bool) -> None:
    """Send a delivery again, under the same name."""
    session.start()
    try:
        replayed = webhook_deliveries.replay(delivery, now=session.clock())
    except NotFound:
        raise StartupError(f"there is no delivery {delivery!r}.") from None
    print_result({"delivery": replayed.name, "status": replayed.status}, as_json, f"{replayed.name} will be sent again")
