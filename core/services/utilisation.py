"""How much of what calendars offer was sold: units times hours, by service, resource, dialect or month."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from core import request_budget
from core.db import fetch_all, is_postgres
from core.domain.day_layout import DayLayout
from core.domain.durations import is_day_based
from core.domain.offered_time import OfferedTime, merged, offered_times, unit_minutes
from core.domain.schedule import ServiceCalendar
from core.domain.zones import DAY, EPOCH_WALL
from core.errors import Invalid
from core.services import calendars, site
from core.services.reports import GROUPS, SOLD, Group, Report, check_dates, group_labels, months_between, quoted

#: The most services of one report; of more the ones with the highest ids.
MAX_SERVICES = 200
#: The most days times services (a service counts once more for each of its resources) that are laid out.
MAX_LAYOUT_DAYS = 60_000
#: No wall clock is further from UTC, in seconds.
_MAX_UTC_OFFSET = 16 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class UtilisationRow:
    """Hours sold and offered of one group, each times units: places of a service, one for a person who serves.

    A day of a service that is booked by the day counts 24 hours. Of a dialect, ``offered_hours`` are those of all
    services. Without a limit of units, ``offered_hours`` and ``percent`` are None; ``percent`` may exceed 100 where
    calendars or capacities were changed after the sale.
    """

    key: int | str
    label: str
    bookings: int
    sold_hours: Decimal
    offered_hours: Decimal | None
    percent: Decimal | None


class _Sale(NamedTuple):
    """Bookings of one service with one resource, through one dialect, in one month."""

    service_id: int
    resource_id: int
    origin: str
    month: int
    bookings: int
    minutes: float


class _Source(NamedTuple):
    """What one service offers, with each of its resources or with none (0)."""

    calendar: ServiceCalendar
    by_resource: dict[int, list[OfferedTime]]


def utilisation_report(first: date, last: date, *, group_by: Group = "service") -> Report[UtilisationRow]:
    """Units sold over units offered on the dates ``first``..``last`` (both included), on each service's own clock.

    What is offered comes from the calendars as they are now.

    Raises:
        AnswerTooLarge: There are more than ``reports.MAX_DAYS``.
        Invalid: The dates are in the wrong order, or there is no such group.
    """
    check_dates(first, last)
    if group_by not in GROUPS:
        raise Invalid(field="group_by", reason="choice", value=group_by)
    months = months_between(first, last) if group_by == "month" else [("", first, last)]
    service_ids, is_cut = _service_ids()
    sources, all_laid_out = _sources(service_ids, first, last)
    is_cut = is_cut or not all_laid_out
    sales = _sales(first, last, months, sources, sessions_once=group_by == "resource")
    groups = _GROUPINGS[group_by](sources, sales, months)
    rows = _rows(groups, group_by, months)
    return Report(
        name="utilisation",
        group_by=group_by,
        first=first,
        last=last,
        zone=site.current().timezone,
        columns=tuple(column.name for column in fields(UtilisationRow)),
        rows=tuple(rows),
        is_cut=is_cut,
    )


def _service_ids() -> tuple[list[int], bool]:
    rows = fetch_all(
        "SELECT id FROM service WHERE status IN ('active', 'hidden', 'internal') ORDER BY id DESC LIMIT ?",
        (MAX_SERVICES + 1,),
    )
    return [row[0] for row in rows[:MAX_SERVICES]], len(rows) > MAX_SERVICES


# Offered --------------------------------------------------------------------------------------------------------------


def _sources(service_ids: Sequence[int], first: date, last: date) -> tuple[list[_Source], bool]:
    """What each service offers, and whether all of them are in it."""
    low, high = first.toordinal(), last.toordinal()
    sources: list[_Source] = []
    days_left = MAX_LAYOUT_DAYS
    for loaded in calendars.load_calendars(service_ids).values():
        request_budget.checkpoint()
        calendar = loaded.calendar
        by_resource: dict[int, list[OfferedTime]] = {}
        days_left -= (high - low + 1) * (1 + len(calendar.resources))
        if days_left < 0:
            return sources, False
        layout = DayLayout(calendar, low - 1, high + 1)
        needs_resource = calendar.resources and calendar.plan.resources.choice not in ("none", "optional")
        if not needs_resource:
            by_resource[0] = offered_times(layout, None, low, high)
        for resource in calendar.resources:
            by_resource[resource.id] = offered_times(layout, resource, low, high)
        sources.append(_Source(calendar, by_resource))
    return sources, True


def _offered_by_service(source: _Source, low: int, high: int) -> int | None:
    """Unit minutes of a service: its own, or those of its resources together, at most its own limit."""
    if 0 in source.by_resource:
        return unit_minutes(source.by_resource[0], low, high)
    parts = [unit_minutes(offered, low, high) for offered in source.by_resource.values()]
    together = None if any(part is None for part in parts) else sum(part or 0 for part in parts)
    limit = source.calendar.plan.capacity.limit
    if limit is None:
        return together
    spans = [OfferedTime(time.low, time.high, limit) for offered in source.by_resource.values() for time in offered]
    own = unit_minutes(merged(spans), low, high) or 0
    return own if together is None else min(own, together)


# Sold -----------------------------------------------------------------------------------------------------------------


def _sales(
    first: date, last: date, months: Sequence[Any], sources: Sequence[_Source], *, sessions_once: bool
) -> list[_Sale]:
    """The time that was sold, cut to the dates and to each month.

    Args:
        sessions_once: Bookings of one session take the time of its resource once, as a person serves them.
    """
    by_id = {source.calendar.service_id: source.calendar for source in sources}
    shared = {
        resource.id: resource.sharing == "session" for calendar in by_id.values() for resource in calendar.resources
    }
    sales = []
    for row in fetch_all(*_sales_sql(first, last, months, sessions_once=sessions_once)):
        service_id, resource_id, origin, month, count = row[0], row[1], row[2], row[3], int(row[4])
        calendar = by_id.get(service_id)
        if calendar is None:
            continue
        seconds, seconds_of_persons, days, days_of_persons, once, days_once = (float(value or 0) for value in row[5:])
        if is_day_based(calendar.plan):
            seconds, seconds_of_persons, once = days * 86_400, days_of_persons * 86_400, days_once * 86_400
        if calendar.plan.capacity.units_per == "person":
            seconds = seconds_of_persons
        if sessions_once and shared.get(resource_id):
            seconds = once
        sales.append(_Sale(service_id, resource_id, origin, month, count, seconds / 60))
    return sales


def _sales_sql(first: date, last: date, months: Sequence[Any], *, sessions_once: bool) -> tuple[str, list[Any]]:
    least, most = ("LEAST", "GREATEST") if is_postgres() else ("MIN", "MAX")
    bounds = " UNION ALL ".join(
        f"SELECT {number} AS month, {_wall_seconds(begin)} AS low, {_wall_seconds(end + timedelta(days=1))} AS high"
        for number, (_, begin, end) in enumerate(months)
    )
    # Another booking of its group holds the places of the service for one with shared places.
    factor = "1.0" if sessions_once else "(CASE WHEN b.shared_places THEN 0.0 ELSE 1.0 END)"
    seconds = f"{factor} * ({least}(b.wall_end, m.high) - {most}(b.wall_start, m.low))"
    whole_days = f"{least}(b.wall_end / 86400, m.high / 86400) - {most}(b.wall_start / 86400, m.low / 86400)"
    days = f"{factor} * {most}(0, {whole_days})"
    statuses = f"({quoted(SOLD)})"
    # Of a session that counts once, its oldest booking stands for all.
    oldest = f"(SELECT MIN(s.id) FROM booking s WHERE s.session_id = b.session_id AND s.status IN {statuses})"
    once = f"CASE WHEN b.id = {oldest} THEN 1.0 ELSE 0.0 END" if sessions_once else "0.0"
    sql = (
        "SELECT b.service_id, b.resource_id, b.origin, m.month,"
        # A booking over the end of a month is counted in the first one.
        " SUM(CASE WHEN b.wall_start >= m.low OR m.month = 0 THEN 1 ELSE 0 END),"
        f" SUM({seconds} * b.quantity), SUM({seconds} * b.quantity * b.persons),"
        f" SUM({days} * b.quantity), SUM({days} * b.quantity * b.persons),"
        f" SUM({once} * {seconds}), SUM({once} * {days})"
        f" FROM booking b JOIN ({bounds}) m ON b.wall_start < m.high AND b.wall_end > m.low"
        f' WHERE b.start < ? AND b."end" > ? AND b.status IN {statuses}'
        " GROUP BY b.service_id, b.resource_id, b.origin, m.month"
    )
    low, high = _wall_seconds(first), _wall_seconds(last + timedelta(days=1))
    return sql, [high + _MAX_UTC_OFFSET, low - _MAX_UTC_OFFSET]


def _wall_seconds(day: date) -> int:
    """The stored wall clock of a midnight."""
    return (day.toordinal() * DAY - EPOCH_WALL) * 60


# Groups ---------------------------------------------------------------------------------------------------------------


class _Figures(NamedTuple):
    bookings: int
    sold: float
    offered: int | None


_Groups = Mapping[Any, _Figures]


def _wall_minutes(months: Sequence[Any]) -> tuple[int, int]:
    return months[0][1].toordinal() * DAY, (months[-1][2].toordinal() + 1) * DAY


def _total_offered(sources: Iterable[_Source], low: int, high: int) -> int | None:
    parts = [_offered_by_service(source, low, high) for source in sources]
    # What has no limit cannot be used up, so it has no part in how much of the rest was.
    return sum(part for part in parts if part is not None) if any(part is not None for part in parts) else None


def _summed(sales: Iterable[_Sale], key: Callable[[_Sale], Any]) -> dict[Any, tuple[int, float]]:
    totals: dict[Any, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for sale in sales:
        bookings, minutes = totals[key(sale)]
        totals[key(sale)] = (bookings + sale.bookings, minutes + sale.minutes)
    return totals


def _by_service(sources: Sequence[_Source], sales: Sequence[_Sale], months: Sequence[Any]) -> _Groups:
    sold = _summed(sales, lambda sale: sale.service_id)
    bounds = _wall_minutes(months)
    return {
        source.calendar.service_id: _Figures(
            *sold.get(source.calendar.service_id, (0, 0.0)), _offered_by_service(source, *bounds)
        )
        for source in sources
    }


def _by_resource(sources: Sequence[_Source], sales: Sequence[_Sale], months: Sequence[Any]) -> _Groups:
    sold = _summed(sales, lambda sale: sale.resource_id)
    offered: dict[int, list[OfferedTime]] = defaultdict(list)
    for source in sources:
        for resource_id, times in source.by_resource.items():
            if resource_id:
                offered[resource_id] += times
    bounds = _wall_minutes(months)
    return {
        resource_id: _Figures(*sold.get(resource_id, (0, 0.0)), unit_minutes(merged(times), *bounds))
        for resource_id, times in offered.items()
    }


def _limited(sources: Sequence[_Source], months: Sequence[Any]) -> set[int]:
    bounds = _wall_minutes(months)
    return {source.calendar.service_id for source in sources if _offered_by_service(source, *bounds) is not None}


def _by_origin(sources: Sequence[_Source], sales: Sequence[_Sale], months: Sequence[Any]) -> _Groups:
    limited = _limited(sources, months)
    offered = _total_offered(sources, *_wall_minutes(months))
    sold = _summed((sale for sale in sales if sale.service_id in limited), lambda sale: sale.origin)
    return {origin: _Figures(*figures, offered) for origin, figures in sold.items()}


def _by_month(sources: Sequence[_Source], sales: Sequence[_Sale], months: Sequence[Any]) -> _Groups:
    limited = _limited(sources, months)
    sold = _summed((sale for sale in sales if sale.service_id in limited), lambda sale: sale.month)
    return {
        number: _Figures(*sold.get(number, (0, 0.0)), _total_offered(sources, *_wall_minutes([month])))
        for number, month in enumerate(months)
    }


_GROUPINGS: Mapping[str, Callable[..., _Groups]] = {
    "service": _by_service,
    "resource": _by_resource,
    "origin": _by_origin,
    "month": _by_month,
}


def _rows(groups: _Groups, group_by: str, months: Sequence[Any]) -> list[UtilisationRow]:
    labels = {number: month[0] for number, month in enumerate(months)}
    if group_by != "month":
        labels = dict(group_labels(group_by, list(groups)))
    rows = []
    for key, figures in groups.items():
        offered = figures.offered
        rows.append(
            UtilisationRow(
                key=months[key][0] if group_by == "month" else key,
                label=labels[key],
                bookings=figures.bookings,
                sold_hours=_hundredths(figures.sold / 60),
                offered_hours=None if offered is None else _hundredths(offered / 60),
                percent=_hundredths(100 * figures.sold / offered) if offered else None,
            )
        )
    if group_by != "month":
        rows.sort(key=lambda row: (-row.sold_hours, row.label))
    return rows


def _hundredths(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))
