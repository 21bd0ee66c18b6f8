"""A resource's availability rows as calendar rules, and back (sheet 4.11)."""

from collections.abc import Iterable, Mapping
from typing import Any

from core.domain.schedule import CalendarRule
from core.errors import Invalid
from plugins.bkap.schemas import (
    ResourceRow,
)
from plugins.bkap.translate.values import iso_weekday, minutes_24, plugin_day, read_clock

_DAY = 1440


def resource_rules(rows: Iterable[ResourceRow]) -> tuple[CalendarRule, ...]:
    """A resource's availability rows: the lowest priority number wins, of two equals the first.

    Rows for a part of the day speak only to what is sold by the time of day.
    """
    rules = []
    for row in reversed(list(rows)):
        selector = _selector(row)
        if selector is not None:
            effect = "open" if row.bookable == "1" else "close"
            rules.append(CalendarRule(effect=effect, strength=-max(-(2**31), min(row.priority, 2**31)), **selector))
    return tuple(rules)


def _selector(row: ResourceRow) -> dict[str, Any] | None:
    """What a row speaks of; None where it matches nothing."""
    kind, low, high = row.type, row.from_.strip(), row.to.strip()
    if not low or not high:
        return None
    try:
        if kind == "custom":
            start, end = plugin_day(low), plugin_day(high)
            return {"from_date": start, "to_date": end} if start and end and start <= end else None
        if kind in ("months", "weeks", "days"):
            most = {"months": 12, "weeks": 53, "days": 7}[kind]
            first, last = int(low), int(high)
            if not (0 <= first <= most and 0 <= last <= most):
                return None
            name = "weekdays" if kind == "days" else kind
            first, last = (first or 7, last or 7) if kind == "days" else (max(1, first), max(1, last))
            if first <= last:
                return {name: tuple(range(first, last + 1))}
            return {name: (*range(1, last + 1), *range(first, most + 1))}
        if kind.startswith("time"):
            window: dict[str, Any] = {
                "from_minute": read_clock(low, "from"),
                "to_minute": read_clock(high, "to") or _DAY,
                "for_day_units": False,
            }
            if kind == "time:range":
                start, end = plugin_day(row.from_date), plugin_day(row.to_date)
                return {**window, "from_date": start, "to_date": end} if start and end and start <= end else None
            if kind != "time":
                window["weekdays"] = (iso_weekday(int(kind.removeprefix("time:")) % 7),)
            return window
    except (ValueError, Invalid):
        return None
    return None


def resource_row_fits(row: ResourceRow) -> bool:
    """Can the row be read? One that cannot would match nothing, and so close nothing."""
    return _selector(row) is not None


def closes_only(rows: Iterable[ResourceRow], closed: bool) -> bool:
    """Do the rows take times away, and give none back? A row that opens is moot unless something below it closes."""
    ordered = sorted(rows, key=lambda row: row.priority)
    opening = [place for place, row in enumerate(ordered) if row.bookable == "1"]
    closing = [place for place, row in enumerate(ordered) if row.bookable == "0"]
    if closed:
        return not opening
    return not opening or not closing or min(opening) > max(closing)


def closing_rules(rows: Iterable[ResourceRow], *, strength: int, timed: bool) -> Iterable[CalendarRule]:
    """The rows of a product that close something; what is sold by the day is closed by whole days alone."""
    for row in rows:
        selector = _selector(row)
        if row.bookable == "0" and selector is not None and (timed or not row.type.startswith("time")):
            yield CalendarRule(effect="close", strength=strength, **selector)


def plain_row(row: Any) -> Any:
    """A row with texts where the plugin has texts, whatever it was written with."""
    if not isinstance(row, Mapping):
        return row
    texts = {
        name: str(value) if name != "priority" and isinstance(value, int) and not isinstance(value, bool) else value
        for name, value in row.items()
    }
    if texts.get("bookable") in ("yes", "no"):
        texts["bookable"] = "1" if texts["bookable"] == "yes" else "0"
    return texts


def to_resource_calendar(rows: Iterable[ResourceRow], quantity: int) -> dict[str, Any]:
    """The neutral fields of a resource; quantity 0 is unlimited."""
    return {"rules": resource_rules(rows), "capacity": quantity or None, "sharing": "units"}


def derived_rows(calendar: Iterable[CalendarRule]) -> list[ResourceRow]:
    """The rows that say about the same as a resource's rules, for resources made elsewhere."""
    rows = []
    for place, rule in enumerate(sorted(calendar, key=lambda rule: -rule.strength)):
        kind, low, high = _as_row(rule)
        if kind:
            bookable = "1" if rule.effect == "open" else "0"
            rows.append(ResourceRow(bookable=bookable, type=kind, priority=10 + place, from_=low, to=high))
    return rows


def _as_row(rule: CalendarRule) -> tuple[str, str, str]:
    timed = rule.from_minute or rule.to_minute != _DAY
    if timed and not (rule.from_date or rule.dates or rule.months or rule.weeks):
        clocks = minutes_24(rule.from_minute), minutes_24(rule.to_minute)
        if not rule.weekdays:
            return "time", *clocks
        return f"time:{rule.weekdays[0] % 7}", *clocks
    if rule.dates:
        return "custom", rule.dates[0].isoformat(), rule.dates[-1].isoformat()
    if rule.from_date and rule.to_date:
        return "custom", rule.from_date.isoformat(), rule.to_date.isoformat()
    for name, numbers in (("months", rule.months), ("weeks", rule.weeks), ("days", rule.weekdays)):
        if numbers:
            return name, str(numbers[0]), str(numbers[-1])
    return "", "", ""
