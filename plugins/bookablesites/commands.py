"""``frontdesk bookablesites deliveries|replay``: the operator's view of webhooks."""

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.config import StartupError
from core.errors import NotFound
from core.services.repository import to_instant
from plugins.bookablesites import webhooks


@click.command()
@click.option("--status", type=click.Choice([webhooks.WAITING, webhooks.DELIVERED, webhooks.GIVEN_UP]), multiple=True)
@click.option("--limit", default=100, show_default=True)
@json_option
@click.pass_obj
def deliveries(session: Session, status: tuple[str, ...], limit: int, as_json: bool) -> None:
    """List webhook deliveries, newest first."""
    session.start()
    found = [
        {
            "delivery": one.name,
            "webhook": one.webhook_id,
            "event": one.event,
            "status": one.status,
            "attempts": one.attempts,
            "created": to_instant(one.created_at),
        }
        for one in webhooks.list_deliveries(status, limit=limit)
    ]
    names = ("delivery", "webhook", "event", "status", "attempts", "created")
    header = tuple(name.upper() for name in names)
    print_result(found, as_json, lambda: format_table([tuple(one[name] for name in names) for one in found], header))


@click.command()
@click.argument("delivery")
@json_option
@click.pass_obj
def replay(session: Session, delivery: str, as_json: bool) -> None:
    """Send a delivery once more, under the same name."""
    session.start()
    try:
        found = webhooks.replay(delivery, now=session.clock())
    except NotFound:
        raise StartupError(f"there is no delivery {delivery!r}.") from None
    print_result({"delivery": found.name, "status": found.status}, as_json, f"{found.name} will be sent again")
