"""``report``: bookings, revenue and utilisation over some dates."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click

from core.cli.context import Session, format_table, json_option, print_result
from core.services import reports, utilisation

_date = click.DateTime(formats=["%Y-%m-%d"])
_REPORTS: dict[str, Callable[..., reports.Report[Any]]] = {
    "bookings": reports.bookings_report,
    "revenue": reports.revenue_report,
    "utilisation": utilisation.utilisation_report,
}


@click.command()
@click.argument("name", type=click.Choice(list(_REPORTS)))
@click.option("--from", "first", type=_date, required=True, help="First date, in the site's zone.")
@click.option("--to", "last", type=_date, required=True, help="Last date, included.")
@click.option("--by", "group_by", type=click.Choice(reports.GROUPS), default="service", show_default=True)
@click.option(
    "--basis",
    type=click.Choice(reports.BASES),
    default="start",
    show_default=True,
    help="Bookings that start on these dates, or were created on them; utilisation takes the time itself.",
)
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV that is safe in a spreadsheet.")
@json_option
@click.pass_obj
def report(
    session: Session,
    name: str,
    first: datetime,
    last: datetime,
    group_by: str,
    basis: str,
    as_csv: bool,
    as_json: bool,
) -> None:
    """Report bookings, revenue or utilisation by service, resource, origin (dialect) or month."""
    session.start()
    options: dict[str, Any] = {} if name == "utilisation" else {"basis": basis}
    result = _REPORTS[name](_as_date(first), _as_date(last), group_by=group_by, **options)
    if as_csv:
        click.echo(reports.report_csv(result), nl=False)
        return
    print_result(result, as_json, lambda: _text(result))


def _as_date(value: datetime) -> date:
    return value.date()


def _text(result: reports.Report[Any]) -> str:
    columns = [column for column in result.columns if column != "key"]
    rows = [tuple(getattr(row, column) for column in columns) for row in result.rows]
    table = format_table(rows, tuple(column.upper().replace("_", " ") for column in columns))
    return f"{table}\n(there is more; these are the largest)" if result.is_cut else table
