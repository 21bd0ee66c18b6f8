"""The neutral schedule of a service: what all dialects compile their own settings into.

Two parts: a ``SchedulePlan`` (how a service is booked) and ``CalendarRule`` rows (when its calendars are open, and how
many places they have). Plain data; ``core.domain.availability`` holds the rules that read it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Unit = Literal["minute", "hour", "day", "night", "month"]
OffsetUnit = Literal["minute", "hour", "day", "week", "month"]


@dataclass(frozen=True, slots=True)
class Offset:
    """A distance from now; months and weeks are calendar distances on the wall clock."""

    value: int = 0
    unit: OffsetUnit = "minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarRule:
    """Opens, closes or re-sizes part of a calendar, on the wall clock of the calendar's zone.

    A date is meant when every selector that is given matches it: ``from_date``..``to_date`` (both included, None is
    unbounded), ``dates``, ``weekdays`` (ISO, 1 = Monday), ``weeks`` (ISO), ``months``, ``rrule``. ``repeat_years``
    repeats the date range or dates in that many following years (-1: every year). The time window is
    ``from_minute``..``to_minute`` of the day (0..1440); an end at or before the start runs past midnight. With
    ``one_span`` the rule covers one stretch from ``from_date`` at ``from_minute`` to ``to_date`` at ``to_minute``.

    ``effect`` "open" with a ``capacity`` also sets how many places that time has (``UNLIMITED`` allowed); without one
    the plan's own capacity counts. Rules are painted from the weakest ``strength`` to the strongest; of two equals
    the later one in the list wins. ``services`` and ``locations`` narrow a rule of a resource to some (empty: all).
    """

    effect: Literal["open", "close"]
    capacity: int | None = None
    strength: int = 0
    from_date: date | None = None
    to_date: date | None = None
    dates: tuple[date, ...] = ()
    weekdays: tuple[int, ...] = ()
    weeks: tuple[int, ...] = ()
    months: tuple[int, ...] = ()
    rrule: str = ""
    repeat_years: int = 0
    from_minute: int = 0
    to_minute: int = 1440
    one_span: bool = False
    services: tuple[int, ...] = ()
    locations: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedStart:
    """One start that is offered by name: minutes of the day, places, on some weekdays or on some dates.

    Where any listed start names a date, the starts of that date replace its weekday's.
    """

    from_minute: int
    to_minute: int
    capacity: int | None = None
    weekdays: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBound:
    """Limits for one person type of the party; ``maximum`` 0 means none."""

    person_type_id: int
    minimum: int = 0
    maximum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """How one service is booked. Lengths are in ``unit``; minutes where a name says so."""

    unit: Unit = "hour"
    length: int = 1
    #: Blocks one booking may have; (1, 1) is a fixed duration, ``max_blocks`` 0 means no limit.
    min_blocks: int = 1
    max_blocks: int = 1
    #: Where starts come from: a grid, a list, or any minute inside open time.
    starts: Literal["grid", "listed", "any"] = "grid"
    listed: tuple[ListedStart, ...] = ()
    #: Minutes between two starts of the grid; None: the block's own length plus its pauses.
    step_minutes: int | None = None
    grid_origin: Literal["opening", "midnight", "first_start"] = "opening"
    first_start_minute: int | None = None
    #: After a closed hole the grid begins anew at its end, or keeps its phase.
    after_hole: Literal["restart", "keep"] = "restart"
    #: Pauses around a booking in minutes, and how those of two neighbours combine.
    before_minutes: int = 0
    after_minutes: int = 0
    gap: Literal["sum", "max"] = "max"
    #: Earliest start from now, and whether exactly that far away is enough.
    notice: Offset = Offset()
    notice_inclusive: bool = True
    horizon: Offset | None = None
    open_by_default: bool = False
    #: Weekdays (ISO) a booking may start on; empty: any. Asked when booking, not when listing.
    start_weekdays: tuple[int, ...] = ()
    #: The whole span must be open and free, or only its first block.
    check: Literal["whole", "first_block"] = "whole"
    #: A span is judged by painting it minute by minute, or by the strongest rule that touches it.
    coverage: Literal["painted", "ranked"] = "painted"
    #: Places on the service itself; None: no limit of its own (its resources may have one).
    capacity: int | None = 1
    sharing: Literal["units", "session"] = "units"
    units_per: Literal["booking", "person"] = "booking"
    sum_closes: bool = False
    min_persons: int = 1
    max_persons: int = 0
    persons: tuple[PersonBound, ...] = ()
    resource_choice: Literal["none", "customer", "automatic", "either"] = "none"
    resource_order: Literal["listed", "least_busy_day", "most_busy_day"] = "listed"
    #: One calendar painted from service and resource rules together, or both must be open.
    resource_calendar: Literal["merge", "intersect"] = "merge"
    #: Check-in and check-out minute of the day for nights; 0 means midnight.
    day_start_minute: int = 0
    day_end_minute: int = 0
    past_allowed: bool = False
    #: Whether the rules that hold for the whole site are painted too.
    follows_site: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCalendar:
    """A resource as the engine sees it.

    ``capacity`` None means the resource sets no limit of its own. ``sharing`` "session" serves one session (service
    and span) at a time, as a person does; "units" serves ``capacity`` units of anything at once, as a room does.
    """

    id: int
    rules: tuple[CalendarRule, ...] = ()
    capacity: int | None = 1
    sharing: Literal["units", "session"] = "units"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCalendar:
    """Everything about one service that decides its availability, except who has already booked."""

    service_id: int
    plan: SchedulePlan
    #: Site, location and service rules in one list.
    rules: tuple[CalendarRule, ...] = ()
    resources: tuple[ResourceCalendar, ...] = ()
    zone: str = "UTC"
    #: Minutes added to the length (chosen extras).
    extra_minutes: int = 0
    location_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A start that can be asked for.

    ``start`` and ``end`` are epoch seconds UTC, ``wall_start`` and ``wall_end`` minutes since 0001-01-01 00:00 less
    one day on the wall clock (``date.toordinal() * 1440 + minute``). ``left`` may be 0 (sold out) or below (overbooked).
    """

    start: int
    end: int
    wall_start: int
    wall_end: int
    resource_id: int
    capacity: int
    left: int

    @property
    def taken(self) -> int:
        return self.capacity - self.left


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a start is or is not offered: ``code`` and the rule, claim or limit that decided."""

    code: str
    detail: str = ""
    rule: CalendarRule | None = None
