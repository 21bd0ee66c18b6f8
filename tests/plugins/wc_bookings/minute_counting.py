"""The starts of an hour or minute product counted a second time, minute by minute, from the rule's words alone.

Slow and plain on purpose: sets of minutes, no intervals, nothing shared with the engine. The words:

- Per day there are two kinds of grid. A, of a product that is open by default: from ``first_block_time`` (or midnight)
  to 24:00, never cut. B: walk the rules from weak to strong, "yes" adds its minutes, "no" takes its minutes away (its
  first and last minute stay); every contiguous run that is left is one grid from its first minute, in steps of
  duration plus buffer. A buffer on both sides counts twice.
- ``first_block_time`` cuts only grid A of a product that is open by default, and everything of one that is closed.
- A window that ends before it begins goes on past midnight and stays its first day's. "00:00" as an end is 24:00.
- A block fits a run when it ends by the run's last minute; an hour may end one minute later.
- A start of a product that is open by default must also be open by the rules of its own day: the
  strongest one that matters wins; a "yes" for part of the day matters when the block and its buffer lie inside of it,
  a "no" as soon as they touch; a window past midnight matters when they end after its start.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

DAY = 1440
Row = Mapping[str, Any]


def starts(product: Row, day: date, site: Sequence[Row] = ()) -> list[int]:
    """Minutes of ``day`` at which a block of the product can begin, before bookings are counted."""
    minutes = set()
    # What a day opens past midnight is listed on the next one.
    for offset in (-1, 0):
        owner = day + timedelta(days=offset)
        for minute in _of_one_day(product, _weak_to_strong(product, site), owner):
            at = minute + offset * DAY
            if 0 <= at < DAY and _stays(product, _weak_to_strong(product, site), day, at):
                minutes.add(at)
    return sorted(minutes)


def _weak_to_strong(product: Row, site: Sequence[Row]) -> list[Row]:
    """A smaller priority number is stronger; then the shop's rules; then the higher row."""
    rows = []
    for level, level_rows in enumerate((product["availability"], site)):
        for position, row in enumerate(level_rows):
            rows.append((-row.get("priority", 10), level, -position, row))
    return [row for *_, row in sorted(rows, key=lambda item: item[:3])]


def _of_one_day(product: Row, rules: Sequence[Row], day: date) -> set[int]:
    block, step = _lengths(product)
    first = _minute(product.get("first_block_time") or "00:00")
    is_open = product["default_date_availability"] == "available"
    starts = set()
    if is_open:
        starts |= {minute for minute in range(first, DAY + 1) if (minute - first) % step == 0}
    minutes: set[int] = set()
    for rule in rules:
        if not _is_about(rule, day):
            continue
        low, high = _window(rule, day)
        if rule["bookable"] == "yes":
            minutes |= set(range(low, high + 1))
        else:
            minutes -= set(range(low + 1, high))
    if not is_open:
        minutes = {minute for minute in minutes if minute >= first}
    for begin in minutes:
        if begin - 1 in minutes:
            continue
        end = begin
        while end + 1 in minutes:
            end += 1
        latest = end + 1 if product["duration_unit"] == "hour" else end
        if begin < end:
            starts |= {minute for minute in range(begin, end, step) if minute + block <= latest}
    return starts


def _stays(product: Row, rules: Sequence[Row], day: date, start: int) -> bool:
    if product["default_date_availability"] != "available":
        return True
    _, step = _lengths(product)
    end = start + step
    answer = True
    for rule in rules:
        if not _is_about(rule, day):
            continue
        opens = rule["bookable"] == "yes"
        low, high = _window(rule, day)
        if not _is_timed(rule):
            answer = opens
        elif high > DAY:
            if end > low:
                answer = opens
        elif start < high and end > low:
            inside = start >= low and (end <= high or bool(product.get("check_start_block_only")))
            if not opens or inside:
                answer = opens
    return answer


def _lengths(product: Row) -> tuple[int, int]:
    """Length of a block and step of the grid, in minutes."""
    of_unit = 60 if product["duration_unit"] == "hour" else 1
    block, buffer = product["duration"] * of_unit, product.get("buffer_period", 0) * of_unit
    return block, block + buffer * (2 if product.get("apply_adjacent_buffer") else 1)


def _is_timed(rule: Row) -> bool:
    return rule["type"].startswith("time") or rule["type"] == "custom:daterange"


def _is_about(rule: Row, day: date) -> bool:
    kind = rule["type"]
    if kind in ("days", "weeks", "months"):
        index = {"days": day.isoweekday(), "weeks": day.isocalendar()[1], "months": day.month}[kind]
        low, high = int(rule["from"]), int(rule["to"])
        return low <= index <= high if low <= high else index >= low or index <= high
    if kind == "custom":
        return rule["from"] <= day.isoformat() <= rule["to"]
    if kind in ("time:range", "custom:daterange"):
        return rule["from_date"] <= day.isoformat() <= rule["to_date"]
    return kind == "time" or kind == f"time:{day.isoweekday()}"


def _window(rule: Row, day: date) -> tuple[int, int]:
    """First and last minute that a rule has on a day."""
    if not _is_timed(rule):
        return 0, DAY
    low, high = _minute(rule["from"]), _minute(rule["to"]) or DAY
    if rule["type"] == "custom:daterange":
        # One span: it begins on its first day and ends on its last.
        low = low if day.isoformat() == rule["from_date"] else 0
        high = high if day.isoformat() == rule["to_date"] else DAY
    return low, high if high >= low else high + DAY


def _minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
