"""``consumers``: what waits for the consumers of events."""

from typing import Any

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.config import StartupError
from core.engines import DATABASE_ERRORS
from core.errors import DatastoreUnavailable
from core.plugins import Manager
from core.services import events
from core.services.consumers import consumer_states


def describe_consumers(session: Session, manager: Manager) -> list[dict[str, Any]]:
    """Every consumer with what waits for it, also those that no running plugin has any more.

    Without a datastore, what waits is unknown (None).
    """
    try:
        session.start()
        waiting = events.waiting_by_consumer()
    except (StartupError, DatastoreUnavailable, *DATABASE_ERRORS):
        waiting = {}
    entries = []
    for state in consumer_states(manager.consumers, waiting):
        oldest = None if state.waiting is None else state.waiting.oldest
        entries.append(
            {
                "name": state.name,
                "registered": state.is_registered,
                "kinds": state.kinds,
                "waiting": None if state.waiting is None else state.waiting.waiting,
                "failing": None if state.waiting is None else state.waiting.failing,
                "oldest": None if oldest is None else oldest.isoformat(),
            }
        )
    return entries


@click.command()
@click.option("--forget", metavar="NAME", help="Delete what waits for this consumer, such as one of a plugin removed.")
@json_option
@click.pass_obj
def consumers(session: Session, forget: str | None, as_json: bool) -> None:
    """List the consumers of events and what waits for them."""
    manager = session.start()
    if forget is not None:
        if forget not in events.waiting_by_consumer():
            raise click.ClickException(f"there is no consumer {forget!r}.")
        forgotten = events.forget_consumer(forget)
        print_result({"forgotten": forgotten}, as_json, f"{forgotten} events no longer wait for {forget}")
        return
    entries = describe_consumers(session, manager)
    rows = [
        (
            entry["name"] if entry["registered"] else f"{entry['name']} (no plugin)",
            entry["waiting"],
            entry["failing"],
            entry["oldest"] or "",
        )
        for entry in entries
    ]
    print_result(entries, as_json, format_table(rows, ("CONSUMER", "WAITING", "FAILING", "OLDEST")))
