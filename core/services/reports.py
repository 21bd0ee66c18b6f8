"""Reports over the bookings of some dates: how many, and what they earned. One query each, whatever the number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Generic, Literal, TypeVar

from core.db import fetch_all
from core.domain import statuses
from core.domain.csv_text import to_csv
from core.domain.currency import rounded
from core.domain.zones import add_months
from core.domain.zones import zone as zone_of
from core.errors import AnswerTooLarge, Invalid
from core.services import repository, site
from core.services.repository import to_epoch

Group = Literal["service", "resource", "origin", "month"]
#: What lies in the dates: the start of a booking, or its creation.
Basis = Literal["start", "created"]
GROUPS: tuple[Group, ...] = ("service", "resource", "origin", "month")
BASES: tuple[Basis, ...] = ("start", "created")

#: Limits of one report: days, and groups in it.
MAX_DAYS = 366
MAX_ROWS = 1_000

#: Bookings that somebody made, whatever became of them; holds and drafts are none.
MADE = (
    statuses.UNPAID,
    statuses.PENDING,
    statuses.CONFIRMED,
    statuses.PAID,
    statuses.COMPLETED,
    statuses.DONE,
    statuses.CANCELLED,
    statuses.REJECTED,
    statuses.NO_SHOW,
)
OPEN = (statuses.UNPAID, statuses.PENDING, statuses.CONFIRMED, statuses.PAID)
ATTENDED = (statuses.COMPLETED, statuses.DONE)
CALLED_OFF = (statuses.CANCELLED, statuses.REJECTED)
SOLD = (*OPEN, *ATTENDED, statuses.NO_SHOW)

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingsRow:
    """Bookings of one group. ``made`` is the sum of ``open``, ``attended``, ``cancelled`` and ``no_show``.

    ``persons`` counts those of bookings that were not cancelled. ``key`` is an id, a dialect or a month (``2026-03``);
    0 and "" stand for none.
    """

    key: int | str
    label: str
    made: int
    open: int
    attended: int
    cancelled: int
    no_show: int
    persons: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueRow:
    """Money of one group in one currency, exact, in major units.

    ``sold`` is the price of bookings that were not cancelled, ``cancelled`` that of those that were; ``received`` is
    what payments of the sold ones have brought, refunded ones left out, where the dialect records payments.
    """

    key: int | str
    label: str
    currency: str
    bookings: int
    sold: Decimal
    cancelled: Decimal
    received: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Report(Generic[R]):
    """Rows of one report, the largest first and months in order. ``is_cut``: there are more than ``MAX_ROWS``."""

    name: str
    group_by: str
    first: date
    last: date
    zone: str
    #: The fields of its rows, in order.
    columns: tuple[str, ...]
    rows: tuple[R, ...]
    is_cut: bool = False


def bookings_report(
    first: date, last: date, *, group_by: Group = "service", basis: Basis = "start"
) -> Report[BookingsRow]:
    """How many bookings were made, cancelled and attended on the dates ``first``..``last`` (both included).

    Dates and months are those of the site's zone.

    Raises:
        AnswerTooLarge: There are more than ``MAX_DAYS``.
        Invalid: The dates are in the wrong order, or there is no such group or basis.
    """
    query = _Query(first, last, group_by, basis)
    counts = ", ".join(_count_sql(words) for words in (MADE, OPEN, ATTENDED, CALLED_OFF, (statuses.NO_SHOW,)))
    rows = query.rows(
        f"{counts}, SUM(CASE WHEN b.status IN ({quoted(SOLD)}) THEN b.persons * b.quantity ELSE 0 END)",
    )
    labels = query.labels([row[0] for row in rows])
    report_rows = [
        BookingsRow(
            key=query.key(row[0]),
            label=labels[row[0]],
            made=int(row[1]),
            open=int(row[2]),
            attended=int(row[3]),
            cancelled=int(row[4]),
            no_show=int(row[5]),
            persons=int(row[6]),
        )
        for row in rows
    ]
    return query.report("bookings", BookingsRow, report_rows)


def revenue_report(
    first: date, last: date, *, group_by: Group = "service", basis: Basis = "start"
) -> Report[RevenueRow]:
    """What the bookings of these dates earned, a row for each group and currency; arguments as ``bookings_report``."""
    query = _Query(first, last, group_by, basis)
    sold, cancelled = _money_sql("b.total", SOLD), _money_sql("b.total", CALLED_OFF)
    rows = query.rows(f"b.currency, {_count_sql(SOLD)}, {sold}, {cancelled}", by=("b.currency",))
    received = {
        (row[0], row[1]): _money(row[2], row[3])
        for row in query.rows(
            f"b.currency, {_money_sql('p.paid', SOLD)}",
            by=("b.currency",),
            join=" JOIN payment p ON p.booking_id = b.id AND p.status <> 'refunded'",
        )
    }
    labels = query.labels([row[0] for row in rows])
    report_rows = [
        RevenueRow(
            key=query.key(row[0]),
            label=labels[row[0]],
            currency=row[1] or site.current().currency,
            bookings=int(row[2]),
            sold=_rounded(_money(row[3], row[4]), row[1]),
            cancelled=_rounded(_money(row[5], row[6]), row[1]),
            received=_rounded(received.get((row[0], row[1]), Decimal(0)), row[1]),
        )
        for row in rows
    ]
    return query.report("revenue", RevenueRow, report_rows)


def _rounded(amount: Decimal, currency: str) -> Decimal:
    """An amount with the decimals of its currency; finer ones, as imports may bring, stay."""
    whole = rounded(amount, currency or site.current().currency)
    return whole if whole == amount else amount


def report_csv(report: Report[Any]) -> str:
    """A report as CSV with a header row, safe to open in a spreadsheet."""
    return to_csv(report.columns, ([getattr(row, column) for column in report.columns] for row in report.rows))


# Dates and groups -----------------------------------------------------------------------------------------------------


def check_dates(first: date, last: date) -> None:
    """Raise Invalid where the dates are in the wrong order, AnswerTooLarge where there are too many."""
    if last < first:
        raise Invalid(field="last", reason="order", value=last.isoformat())
    if (last - first).days >= MAX_DAYS:
        raise AnswerTooLarge(unit="days", limit=MAX_DAYS)
    if first.year < 1900 or last.year >= 9998:
        raise Invalid(field="first", reason="range", value=first.isoformat())


def months_between(first: date, last: date) -> list[tuple[str, date, date]]:
    """The months of some dates, cut to them: name (``2026-03``), first and last date."""
    months = []
    begin = first
    while begin <= last:
        following = date.fromordinal(add_months(begin.replace(day=1).toordinal(), 1))
        months.append((f"{begin:%Y-%m}", begin, min(last, following - timedelta(days=1))))
        begin = following
    return months


def group_labels(group_by: str, keys: Sequence[Any]) -> Mapping[Any, str]:
    """The name of each group: of services and resources their name, else the key itself."""
    if group_by not in ("service", "resource"):
        return {key: str(key) or "(none)" for key in keys}
    table: Any = repository.services if group_by == "service" else repository.resources
    names = {record.id: record.name for record in table.get_many(key for key in keys if key).values()}
    return {key: names.get(key, f"{group_by} {key}" if key else "(none)") for key in keys}


class _Query:
    """The bookings of some dates, grouped."""

    _COLUMNS: Mapping[str, str] = {"service": "b.service_id", "resource": "b.resource_id", "origin": "b.origin"}

    def __init__(self, first: date, last: date, group_by: str, basis: str) -> None:
        check_dates(first, last)
        if group_by not in GROUPS:
            raise Invalid(field="group_by", reason="choice", value=group_by)
        if basis not in BASES:
            raise Invalid(field="basis", reason="choice", value=basis)
        self.first, self.last, self.group_by = first, last, group_by
        self.months = months_between(first, last)
        self._instant_column = "b.start" if basis == "start" else "b.created_at"
        self._is_cut = False

    def rows(self, selected: str, *, by: Sequence[str] = (), join: str = "") -> list[tuple[Any, ...]]:
        """``(key, *selected)`` for each group, those with the most bookings first."""
        column = self._COLUMNS.get(self.group_by) or self._month_sql()
        rows = fetch_all(
            f"SELECT {column}, {selected} FROM booking b{join}"
            f" WHERE {self._instant_column} >= ? AND {self._instant_column} < ? AND b.status IN ({quoted(MADE)})"
            f" GROUP BY {', '.join(('1', *by))} ORDER BY COUNT(*) DESC, 1 LIMIT {MAX_ROWS + 1}",
            [_midnight(self.first), _midnight(self.last + timedelta(days=1))],
        )
        self._is_cut = self._is_cut or len(rows) > MAX_ROWS
        return rows[:MAX_ROWS]

    def _month_sql(self) -> str:
        """The number of the month in ``months``, from 0; whole numbers alone, so it needs no parameters."""
        cases = "".join(
            f" WHEN {self._instant_column} < {_midnight(last + timedelta(days=1))} THEN {number}"
            for number, (_, _, last) in enumerate(self.months)
        )
        return f"CASE{cases} ELSE {len(self.months) - 1} END"

    def key(self, stored: Any) -> int | str:
        """The key of a group as reports show it."""
        key: int | str = self.months[stored][0] if self.group_by == "month" else stored
        return key

    def labels(self, stored: Sequence[Any]) -> Mapping[Any, str]:
        if self.group_by == "month":
            return {number: self.months[number][0] for number in stored}
        return group_labels(self.group_by, stored)

    def report(self, name: str, row_type: Any, rows: Sequence[R]) -> Report[R]:
        ordered = sorted(rows, key=lambda row: str(row.key)) if self.group_by == "month" else rows  # type: ignore[attr-defined]  # every row has a key
        return Report(
            name=name,
            group_by=self.group_by,
            first=self.first,
            last=self.last,
            zone=site.current().timezone,
            columns=tuple(column.name for column in fields(row_type)),
            rows=tuple(ordered),
            is_cut=self._is_cut,
        )


def _midnight(day: date) -> int:
    """The epoch second at which a date begins at the site."""
    return to_epoch(datetime.combine(day, time(0), zone_of(site.current().timezone)))


# SQL ------------------------------------------------------------------------------------------------------------------


def quoted(words: Sequence[str]) -> str:
    """Words of core's own as a list in SQL."""
    return ", ".join(f"'{word}'" for word in words)


def _count_sql(words: Sequence[str]) -> str:
    return f"SUM(CASE WHEN b.status IN ({quoted(words)}) THEN 1 ELSE 0 END)"


def _money_sql(column: str, words: Sequence[str]) -> str:
    """Two sums, of whole units and of millionths: one of stored amounts could be larger than the database holds."""
    chosen = f"(CASE WHEN b.status IN ({quoted(words)}) THEN {column} ELSE 0 END)"
    return f"SUM({chosen} / 1000000), SUM({chosen} - {chosen} / 1000000 * 1000000)"


def _money(units: Any, millionths: Any) -> Decimal:
    return Decimal(int(units or 0)) + Decimal(int(millionths or 0)).scaleb(-6)
