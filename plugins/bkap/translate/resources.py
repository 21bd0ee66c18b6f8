"""Resources: their availability rows as calendar rules and back, and the resource record (README, "Resources")."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Literal

from frontdesk.errors import Invalid
from frontdesk.records import Resource, ServiceResource
from frontdesk.schedule import CalendarRule
from frontdesk.typed_data import from_plain
from plugins.bkap.schemas import NAME, ResourceRecord, ResourceRow
from plugins.bkap.translate.values import format_minutes, iso_weekday, json_amount, parse_settings_date, read_time

_DAY_MINUTES = 1440


# -- rows to rules ----------------------------------------------------------------------------------------------------


def to_calendar_rules(rows: Iterable[ResourceRow]) -> tuple[CalendarRule, ...]:
    """A resource's availability rows as rules: the lowest priority number wins, of two equals the first row.

    Rows for a part of the day apply only to products that are sold by the time of day.
    """
    rules = []
    for row in reversed(list(rows)):
        selector = _selector(row)
        if selector is not None:
            effect: Literal["open", "close"] = "open" if row.bookable == "1" else "close"
            rules.append(CalendarRule(effect=effect, strength=-max(-(2**31), min(row.priority, 2**31)), **selector))
    return tuple(rules)


def _selector(row: ResourceRow) -> dict[str, Any] | None:
    """The fields of a calendar rule that select the row's times; None where the row matches nothing."""
    low, high = row.from_.strip(), row.to.strip()
    if not low or not high:
        return None
    try:
        if row.type == "custom":
            return _date_selector(low, high)
        if row.type in ("months", "weeks", "days"):
            return _cyclic_selector(row.type, int(low), int(high))
        if row.type.startswith("time"):
            return _time_selector(row, read_time(low, "from"), read_time(high, "to") or _DAY_MINUTES)
    except (ValueError, Invalid):
        return None
    return None


def _date_selector(low: Any, high: Any) -> dict[str, Any] | None:
    start, end = parse_settings_date(low), parse_settings_date(high)
    return {"from_date": start, "to_date": end} if start and end and start <= end else None


def _cyclic_selector(row_type: str, first: int, last: int) -> dict[str, Any] | None:
    """Months, weeks or weekdays from ``first`` to ``last``, over the end of the cycle where ``last`` is smaller."""
    cycle = {"months": 12, "weeks": 53, "days": 7}[row_type]
    if not (0 <= first <= cycle and 0 <= last <= cycle):
        return None
    if row_type == "days":
        name, first, last = "weekdays", iso_weekday(first), iso_weekday(last)
    else:
        name, first, last = row_type, max(1, first), max(1, last)
    if first <= last:
        return {name: tuple(range(first, last + 1))}
    return {name: (*range(1, last + 1), *range(first, cycle + 1))}


def _time_selector(row: ResourceRow, from_minute: int, to_minute: int) -> dict[str, Any] | None:
    window: dict[str, Any] = {"from_minute": from_minute, "to_minute": to_minute, "for_day_units": False}
    if row.type == "time:range":
        dates = _date_selector(row.from_date, row.to_date)
        return None if dates is None else {**window, **dates}
    if row.type != "time":
        window["weekdays"] = (iso_weekday(int(row.type.removeprefix("time:")) % 7),)
    return window


def is_readable(row: ResourceRow) -> bool:
    """Can the row be read? An unreadable row matches nothing, and so closes nothing."""
    return _selector(row) is not None


def closes_only(rows: Iterable[ResourceRow], is_closed: bool) -> bool:
    """Do the rows only take times away? A row that opens has no effect unless a weaker row closes.

    Args:
        is_closed: Nothing is open without the rows.
    """
    ordered = sorted(rows, key=lambda row: row.priority)
    opening = [position for position, row in enumerate(ordered) if row.bookable == "1"]
    closing = [position for position, row in enumerate(ordered) if row.bookable == "0"]
    if is_closed:
        return not opening
    return not opening or not closing or min(opening) > max(closing)


def closing_rules(rows: Iterable[ResourceRow], *, strength: int, timed: bool) -> Iterable[CalendarRule]:
    """The closing rows of a product; only whole days close what is sold by the day (``timed`` off)."""
    for row in rows:
        selector = _selector(row)
        if row.bookable == "0" and selector is not None and (timed or not row.type.startswith("time")):
            yield CalendarRule(effect="close", strength=strength, **selector)


def normalize_row(row: Any) -> Any:
    """A row with texts where the plugin has texts; anything but a mapping is returned as it is."""
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
    """The fields of core's resource; quantity 0 is unlimited."""
    return {"rules": to_calendar_rules(rows), "capacity": quantity or None, "sharing": "units"}


# -- rules to rows ----------------------------------------------------------------------------------------------------


def from_calendar_rules(rules: Iterable[CalendarRule]) -> list[ResourceRow]:
    """The nearest rows for the rules of another dialect's resource."""
    rows = []
    for position, rule in enumerate(sorted(rules, key=lambda rule: -rule.strength)):
        row_type, low, high = _type_and_bounds(rule)
        if row_type:
            bookable = "1" if rule.effect == "open" else "0"
            rows.append(ResourceRow(bookable=bookable, type=row_type, priority=10 + position, from_=low, to=high))
    return rows


def _type_and_bounds(rule: CalendarRule) -> tuple[str, str, str]:
    """A row's type, from and to; empty where no row says what the rule says."""
    timed = rule.from_minute or rule.to_minute != _DAY_MINUTES
    if timed and not (rule.from_date or rule.dates or rule.months or rule.weeks):
        row_type = f"time:{rule.weekdays[0] % 7}" if rule.weekdays else "time"
        return row_type, format_minutes(rule.from_minute), format_minutes(rule.to_minute)
    if rule.dates:
        return "custom", rule.dates[0].isoformat(), rule.dates[-1].isoformat()
    if rule.from_date and rule.to_date:
        return "custom", rule.from_date.isoformat(), rule.to_date.isoformat()
    for row_type, values in (("months", rule.months), ("weeks", rule.weeks), ("days", rule.weekdays)):
        if values:
            return row_type, str(values[0]), str(values[-1])
    return "", "", ""


# -- records ----------------------------------------------------------------------------------------------------------


def availability_rows(resource: Resource) -> list[ResourceRow]:
    """The rows a resource's calendar was set up with, or the nearest ones where another dialect changed it since."""
    stored_rows = resource.extras.get(NAME, {}).get("rows")
    if stored_rows is not None:
        rows = from_plain(stored_rows, list[ResourceRow])
        if to_calendar_rules(rows) == resource.rules:
            return rows
    return from_calendar_rules(resource.rules)


def to_resource(resource: Resource, link: ServiceResource | None = None, *, currency: str = "") -> ResourceRecord:
    """The resource record. Costs belong to a product's assignment (``link``); without one they are 0."""
    base_cost = link.base_cost if link is not None else None
    block_cost = link.block_cost if link is not None else None
    return ResourceRecord(
        resource_id=resource.id,
        resource_title=resource.name,
        base_cost=json_amount(base_cost or Decimal(0), currency),
        block_cost=json_amount(block_cost or Decimal(0), currency),
        resource_quantity=str(resource.capacity or 0),
        resource_availability=availability_rows(resource),
    )
