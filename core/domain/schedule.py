"""The neutral schedule of a service: what all dialects compile their own settings into.

Two parts: a ``SchedulePlan`` (how a service is booked) and ``CalendarRule`` rows (when its calendars are open, and how
many places they have). Plain data; ``core.domain.availability`` holds the rules that read it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

from core.domain.claims import Subject

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
    ``from_minute``..``to_minute`` of the day (0..1440); an end at or before the start runs past midnight; ``timed``
    says that it is meant as a part of the day even where it is all of it. With
    ``one_span`` the rule covers one stretch from ``from_date`` at ``from_minute`` to ``to_date`` at ``to_minute``.

    ``effect`` "open" with a ``capacity`` also sets how many places that time has (``UNLIMITED`` allowed); without one
    the plan's own capacity counts. Rules are painted from the weakest ``strength`` to the strongest; of two equals
    the later one in the list wins. ``services`` and ``locations`` narrow a rule of a resource to some (empty: all).

    ``rrule`` is an RFC 5545 recurrence that begins at ``from_date``; with ``one_span`` every occurrence is a stretch as
    long as ``from_date`` .. ``to_date``, without it ``to_date`` is the last date. ``start_only`` rules say where a
    booking may begin and do not mind one that passes through. A resource is open where none of its rules says
    otherwise; one that keeps hours has a weakest rule that closes everything. A rule without ``whole_days`` says
    nothing to bookings in units of a day and longer.
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
    part_of_day: bool = False
    continuous: bool = False
    starts_only: bool = False
    for_day_units: bool = True
    services: tuple[int, ...] = ()
    locations: tuple[int, ...] = ()
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSlot:
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
class Pool:
    """Something else that every booking of the service takes places of, such as a hall that services share.

    ``capacity`` None is unlimited. "session" serves one session at a time; ``session_by`` tells sessions apart.
    """

    kind: str
    id: int
    capacity: int | None = 1
    sharing: Literal["units", "session"] = "units"
    session_by: Literal["span", "start", "service"] = "span"

    @property
    def subject(self) -> Subject:
        return self.kind, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """How one service is booked. Lengths are in ``unit``; minutes where a name says so."""

    unit: Unit = "hour"
    length: int = 1
    #: Blocks one booking may have; (1, 1) is a fixed duration, ``max_blocks`` 0 means no limit.
    min_blocks: int = 1
    max_blocks: int = 1
    #: Where starts come from: a grid, a list, or any minute inside open time (then the grid is only what lists show).
    PLAN__grid__starts: Literal["grid", "listed", "any"] = "grid"
    PLAN__grid__fixed_slots: tuple[FixedSlot, ...] = ()
    #: Minutes between two starts of the grid; None: the block's own length plus its pauses.
    PLAN__grid__step_minutes: int | None = None
    PLAN__grid__origin: Literal["opening", "midnight", "first_start"] = "opening"
    #: No start of the grid lies before this minute of the day.
    PLAN__grid__first_start_minute: int | None = None
    #: After a closed hole the grid begins anew at its end, or keeps its phase.
    PLAN__grid__after_break: Literal["restart", "keep"] = "restart"
    #: The rules of every date are added up by themselves, and each stretch that they open has a grid from its first
    #: minute; a service that is open by default has the whole day's grid too, which nothing cuts. Without this there
    #: is one grid, over the painted timeline.
    PLAN__grid__per_opening: bool = False
    #: Stretches of open time that touch are one: always, within one day, or only where the same rule opened them.
    PLAN__opening__merge_adjacent: Literal["touching", "same_day", "same_rule"] = "touching"
    #: Closed time of at most so many minutes between two openings is none (hours written as "to 12:59").
    PLAN__compatibility__merge_gap_minutes: int = 0
    #: A block may stick out of the open time it begins in by so many minutes; where spans are not ranked.
    PLAN__compatibility__overrun_minutes: int = 0
    #: Pauses around a booking in minutes, and how those of two neighbours combine.
    PLAN__buffers__before_minutes: int = 0
    PLAN__buffers__after_minutes: int = 0
    PLAN__buffers__combination: Literal["sum", "max"] = "max"
    #: Pauses hide starts from lists, or are asked only when booking; "booking_apart": and then the neighbours they
    #: reach count where they are, so that one before and one after do not add up.
    PLAN__buffers__checked: Literal["always", "booking", "booking_apart"] = "always"
    #: The pauses between a booking and the next start of its grid must be open time too.
    PLAN__compatibility__buffers_need_open_time: bool = False
    #: Earliest start from now, and whether exactly that far away is enough.
    PLAN__booking_window__notice: Offset = Offset()
    PLAN__booking_window__notice_inclusive: bool = True
    #: Notice ends at its very instant, or at the midnight before it.
    PLAN__booking_window__notice_precision: Literal["instant", "day"] = "instant"
    PLAN__booking_window__horizon: Offset | None = None
    #: What must lie within the horizon: the start, the end with its pause, or the start's day (the last counts whole).
    PLAN__booking_window__horizon_applies_to: Literal["start", "end", "day"] = "day"
    PLAN__booking_window__horizon_inclusive: bool = True
    PLAN__opening__open_by_default: bool = False
    #: Weekdays (ISO) a booking may start on; empty: any. Asked when booking, not when listing.
    PLAN__booking_window__start_weekdays: tuple[int, ...] = ()
    #: What must be open: the whole span, its first block, or its first day. Places are always needed for all of it.
    PLAN__opening__must_be_open: Literal["whole", "first_block", "first_day"] = "whole"
    #: A span is judged by painting it minute by minute, or by the strongest rule that touches it; always or only where
    #: rules of a resource take part.
    PLAN__compatibility__rule_evaluation: Literal["painted", "ranked", "ranked_with_resource"] = "painted"
    #: Units of a day and longer: a rule for part of a day paints its minutes (a day is open when all of it is), or
    #: opens the whole day and never closes one.
    PLAN__opening__partial_day_rules: Literal["paint", "opens_only"] = "paint"
    #: Units of a day and longer: with a resource the first minute of the first day must be open as well, painted.
    PLAN__compatibility__resource_open_at_midnight: bool = False
    #: Places on the service itself; None: no limit of its own (its resources may have one).
    PLAN__capacity__limit: int | None = 1
    PLAN__capacity__sharing: Literal["units", "session"] = "units"
    #: Bookings are one session when service and span are the same, service and start (chosen extras may make one of
    #: them longer), or the service alone.
    PLAN__capacity__session_by: Literal["span", "start", "service"] = "span"
    #: The service's own places are there once, or at each location anew.
    PLAN__capacity__scope: Literal["service", "location"] = "service"
    #: Further subjects a booking takes places of.
    PLAN__capacity__pools: tuple[Pool, ...] = ()
    PLAN__capacity__units_per: Literal["booking", "person"] = "booking"
    #: Lists show the room of the whole span, or of its first day (units of a day and longer).
    PLAN__compatibility__listed_capacity: Literal["span", "first_day"] = "span"
    PLAN__compatibility__overlap_counting: bool = False
    PLAN__persons__minimum: int = 1
    PLAN__persons__maximum: int = 0
    PLAN__persons__by_type: tuple[PersonBound, ...] = ()
    #: "either": the customer's choice, else an automatic one; "optional": a booking can do without.
    PLAN__resources__choice: Literal["none", "customer", "automatic", "either", "optional"] = "none"
    #: "fewest_day": the one with the fewest sessions that day, then the oldest; the busy ones go by booked time.
    PLAN__resources__order: Literal[
        "listed", "least_busy_day", "most_busy_day", "least_busy_week", "most_busy_week", "fewest_day"
    ] = "listed"
    #: One calendar painted from service and resource rules together, or both must be open.
    PLAN__resources__calendar: Literal["merge", "intersect"] = "merge"
    #: Check-in and check-out minute of the day for nights; 0 means midnight.
    check_in_minute: int = 0
    check_out_minute: int = 0
    past_allowed: bool = False
    #: Whether the rules that hold for the whole site are painted too.
    PLAN__opening__includes_site_rules: bool = True


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
    #: False: only for those who ask for it by name; lists and automatic choice leave it out.
    listed: bool = True


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


class Slot(NamedTuple):
    """A start that can be asked for.

    ``start`` and ``end`` are epoch seconds UTC, ``wall_start`` and ``wall_end`` minutes since 0001-01-01 00:00 less
    one day on the wall clock (``date.toordinal() * 1440 + minute``). ``left`` may be 0 (sold out) or below (oversold).
    """

    start: int
    end: int
    wall_start: int
    wall_end: int
    resource_id: int
    capacity: int
    remaining: int

    @property
    def taken(self) -> int:
        return self.capacity - self.remaining


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a start is or is not offered: ``code`` and the rule, claim or limit that decided."""

    code: str
    detail: str = ""
    rule: CalendarRule | None = None
