"""``history``: what the server did in the last hour, day or month."""

from datetime import UTC, datetime

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.services.request_history import RequestHistory, request_history


@click.command()
@click.option("--period", type=click.Choice(["hour", "day", "month"]), default="hour", show_default=True)
@json_option
@click.pass_obj
def history(session: Session, period: str, as_json: bool) -> None:
    """Show requests, bookings, refusals and the slowest routes of the last hour, day or month; of all hosts."""
    session.start()
    result = request_history(now=datetime.now(UTC), period=period)  # type: ignore[arg-type]  # one of the choices
    print_result(result, as_json, lambda: _text(result))


def _text(result: RequestHistory) -> str:
    lines = []
    for title, series in (
        ("requests", result.requests),
        ("failures", result.failures),
        ("bookings", result.bookings),
        ("refusals", result.refusals),
        ("limits", result.limits),
    ):
        lines += [f"{title} {name}: {sum(values):.0f}" for name, values in sorted(series.items())]
    if not lines:
        return "nothing has been counted"
    rows = [(one.dialect, one.template, one.requests, one.mean_ms) for one in result.slowest[:20]]
    return "\n".join([*lines, "", format_table(rows, ("DIALECT", "ROUTE", "REQUESTS", "MEAN MS"))])
