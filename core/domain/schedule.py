"""The neutral schedule of a service: what every dialect compiles its own settings into.

It has two parts: a ``SchedulePlan`` (how a service is booked) and ``CalendarRule`` rows (when its calendars are
open, and with what capacity). Plain data; ``core.domain.availability`` evaluates it.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, NamedTuple

from core.domain.claims import Claim, Subject

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

    The rule applies to a date when the date matches every selector that is set. Rules apply from the weakest
    ``strength`` to the strongest; of two equal ones the later in the list wins. A resource is open where none of its
    rules says otherwise; one with working hours has a weakest rule that closes everything.
    """

    effect: Literal["open", "close"]
    #: Units available in the time that the rule opens; ``UNLIMITED`` is allowed. None: the limit of the plan or of the
    #: resource.
    capacity: int | None = None
    #: Place in the order of rules; higher wins.
    strength: int = 0
    #: First and last date, both included; None: unbounded.
    from_date: date | None = None
    to_date: date | None = None
    #: Single dates; empty: any.
    dates: tuple[date, ...] = ()
    #: ISO weekdays, 1 is Monday; empty: any.
    weekdays: tuple[int, ...] = ()
    #: ISO weeks of the year; empty: any.
    weeks: tuple[int, ...] = ()
    #: Months of the year, 1 is January; empty: any.
    months: tuple[int, ...] = ()
    #: An RFC 5545 recurrence that begins at ``from_date``; ``to_date`` is its last date, or with ``continuous`` the end
    #: of the first occurrence, whose length all others have. "": none.
    rrule: str = ""
    #: Repeats the date range or ``dates`` in this many following years; -1: every year, 0: not at all.
    repeat_years: int = 0
    #: Minutes of the day, 0 to 1440. An end at or before the start runs past midnight.
    from_minute: int = 0
    to_minute: int = 1440
    #: The rule covers part of a day even where its minutes are all 1440 of it.
    part_of_day: bool = False
    #: The rule covers one interval, from ``from_date`` at ``from_minute`` to ``to_date`` at ``to_minute``, instead of
    #: the same minutes of every date.
    continuous: bool = False
    #: The rule limits where a booking starts and ignores bookings that pass through.
    starts_only: bool = False
    #: The rule applies to plans in units of a day and longer too.
    for_day_units: bool = True
    #: Ids of the services and locations that a resource's rule applies to; empty: all.
    services: tuple[int, ...] = ()
    locations: tuple[int, ...] = ()
    #: Free text of the dialect that wrote the rule.
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedSlot:
    """One named start. Where any fixed slot names a date, that date's slots replace those of its weekday."""

    #: Minutes of the day, 0 to 1440; an end at or before the start lies on the next day.
    from_minute: int
    to_minute: int
    #: Units of this slot; None: ``CapacityRules.limit``.
    capacity: int | None = None
    #: ISO weekdays, 1 is Monday; empty: any.
    weekdays: tuple[int, ...] = ()
    dates: tuple[date, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotGrid:
    """Where bookings may start. Only ``check_in_minute`` decides for units of a day and longer."""

    #: "grid": every ``step_minutes`` of open time. "fixed": at ``fixed_slots``. "any": at any open minute; the
    #: grid only decides what lists show.
    starts: Literal["grid", "fixed", "any"] = "grid"
    fixed_slots: tuple[FixedSlot, ...] = ()
    #: Minutes between two starts; None: the length of a block plus both buffers.
    step_minutes: int | None = None
    #: Where a day's grid begins: with its open time, at midnight, or at ``first_start_minute``.
    origin: Literal["opening", "midnight", "first_start"] = "opening"
    #: Minute of the day before which nothing starts; None: no such minute.
    first_start_minute: int | None = None
    #: After closed time within a day the grid begins anew, or keeps its phase.
    after_break: Literal["restart", "keep"] = "restart"
    #: False: one grid over all open time. True: each date's rules apply by themselves, and each opening of a date has a
    #: grid of its own from its first minute; with ``open_by_default`` the whole day has a grid too, which no rule cuts.
    per_opening: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRules:
    """How calendar rules make open time, and how much of a booking must lie in it."""

    #: Whether time is open that no rule covers.
    open_by_default: bool = False
    #: Whether the site's rules apply too.
    includes_site_rules: bool = True
    #: What must be open: all of a booking, its first block, or its first day. Capacity is needed for all of it.
    must_be_open: Literal["all", "first_block", "first_day"] = "all"
    #: Which adjacent open intervals are one: all, those of one day, or those that the same rule opens.
    merge_adjacent: Literal["always", "same_day", "same_rule"] = "always"
    #: A rule for part of a day, for units of a day and longer: "by_minute" opens or closes its minutes, and a day is
    #: open when all of it is; "opens_only" opens the whole day and never closes one.
    partial_day_rules: Literal["by_minute", "opens_only"] = "by_minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buffers:
    """Time kept free around a booking."""

    #: Minutes, 0 for none.
    before_minutes: int = 0
    after_minutes: int = 0
    #: Between two bookings both their buffers are kept free, or the longer one.
    combination: Literal["sum", "max"] = "max"
    #: When buffers count: in lists and in bookings, or in bookings only. With "on_booking_each_side" a neighbour within
    #: a buffer counts at its own time, so that one before and one after the booking do not add up.
    checked: Literal["always", "on_booking", "on_booking_each_side"] = "always"


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingWindowRules:
    """How soon and how far ahead a booking may start."""

    #: Distance from now to the earliest start; a value of 0: none.
    notice: Offset = Offset()
    #: Whether a start exactly at that distance is allowed.
    notice_inclusive: bool = True
    #: Notice ends at its exact instant, or at the midnight before it.
    notice_precision: Literal["instant", "day"] = "instant"
    #: Distance from now to the end of the window; None: no end.
    horizon: Offset | None = None
    #: What must lie within the horizon: the start, the end with its buffer, or the day of the start, of which the last
    #: one counts whole.
    horizon_applies_to: Literal["start", "end", "day"] = "day"
    #: Whether a start, end or day exactly at the horizon is allowed.
    horizon_inclusive: bool = True
    #: ISO weekdays a booking may start on, checked when booking but not in lists; empty: any.
    start_weekdays: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """A further subject that every booking of the service claims units of, such as a hall that services share."""

    kind: str
    id: int
    #: Units; None: unlimited.
    capacity: int | None = 1
    #: See ``CapacityRules``.
    sharing: Literal["units", "session"] = "units"
    session_by: Literal["span", "start", "service"] = "span"

    @property
    def subject(self) -> Subject:
        return self.kind, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class CapacityRules:
    """How many bookings fit at one time."""

    #: Units of the service; None: no limit of its own (its resources may have one).
    limit: int | None = 1
    #: "units": anything up to the limit at once. "session": one session at a time, which shares the limit.
    sharing: Literal["units", "session"] = "units"
    #: Bookings are one session when they have the same service and span, the same service and start (extras may make
    #: one of them longer), or the same service.
    session_by: Literal["span", "start", "service"] = "span"
    #: The limit holds for the service as a whole, or at each location anew.
    scope: Literal["service", "location"] = "service"
    #: What takes one unit.
    units_per: Literal["booking", "person"] = "booking"
    pools: tuple[Pool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRules:
    """Who chooses the resource, and how its calendar combines with the service's."""

    #: "either": the customer's choice, else an automatic one. "optional": a booking may have none.
    choice: Literal["none", "customer", "automatic", "either", "optional"] = "none"
    #: The order of an automatic choice: as listed, by booked time of the day or week, or "fewest_sessions_day": fewest
    #: sessions of the day first, then the oldest resource.
    order: Literal[
        "listed", "least_busy_day", "most_busy_day", "least_busy_week", "most_busy_week", "fewest_sessions_day"
    ] = "listed"
    #: The rules of service and resource make one calendar, or each makes its own and both must be open.
    calendar: Literal["merge", "intersect"] = "merge"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonBound:
    """Limits for one person type of the party; ``maximum`` 0 means none."""

    person_type_id: int
    minimum: int = 0
    maximum: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRules:
    """Limits of the party, in persons."""

    minimum: int = 1
    #: 0: no limit.
    maximum: int = 0
    #: Limits of single person types.
    by_type: tuple[PersonBound, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Compatibility:
    """Quirks of single vendors. The defaults switch them off."""

    #: Closed time of at most this many minutes between two openings counts as open (hours written as "to 12:59").
    merge_gap_minutes: int = 0
    #: A block may end this many minutes after the open time it starts in; not with "strongest_rule".
    overrun_minutes: int = 0
    #: "timeline": rules apply minute by minute, and a span is open when every minute of it is. "strongest_rule": the
    #: strongest rule that touches a span decides for all of it; always, or only with a resource.
    rule_evaluation: Literal["timeline", "strongest_rule", "strongest_rule_with_resource"] = "timeline"
    #: The time of both buffers must be open too, after the end of the booking.
    buffers_need_open_time: bool = False
    #: Units of a day and longer, with a resource: the first minute of the first day must be open on the timeline too.
    resource_open_at_midnight: bool = False
    #: "peak": the most units held at one instant count. "sum": a span is full as soon as the units of all bookings that
    #: overlap it add up to the limit, even where they never coincide.
    overlap_counting: Literal["peak", "sum"] = "peak"
    #: Lists show what remains over the whole booking, or over its first day (units of a day and longer).
    listed_capacity: Literal["booking", "first_day"] = "booking"


@dataclass(frozen=True, slots=True, kw_only=True)
class SchedulePlan:
    """How one service is booked: how long, from which starts, how soon, how many at once and with whom."""

    unit: Unit = "hour"
    #: Units in one block.
    length: int = 1
    #: Blocks of one booking; (1, 1) is a fixed duration, ``max_blocks`` 0 means no limit.
    min_blocks: int = 1
    max_blocks: int = 1
    #: Minute of the day at which units of a day and longer begin and end; 0: midnight.
    check_in_minute: int = 0
    check_out_minute: int = 0
    grid: SlotGrid = SlotGrid()
    opening: OpeningRules = OpeningRules()
    buffers: Buffers = Buffers()
    booking_window: BookingWindowRules = BookingWindowRules()
    capacity: CapacityRules = CapacityRules()
    resources: ResourceRules = ResourceRules()
    persons: PersonRules = PersonRules()
    compatibility: Compatibility = Compatibility()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceCalendar:
    """A resource as the engine sees it."""

    id: int
    rules: tuple[CalendarRule, ...] = ()
    #: Units; None: the resource sets no limit.
    capacity: int | None = 1
    #: "session": one session (service and span) at a time, as a person serves. "units": ``capacity`` units of anything
    #: at once, as a room serves.
    sharing: Literal["units", "session"] = "units"
    #: False: only for bookings that name the resource; lists and automatic choice leave it out.
    listed: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCalendar:
    """Everything about one service that decides its availability, except the claims of others."""

    service_id: int
    plan: SchedulePlan
    #: Site, location and service rules in one list.
    rules: tuple[CalendarRule, ...] = ()
    resources: tuple[ResourceCalendar, ...] = ()
    #: IANA name or fixed offset.
    zone: str = "UTC"
    #: Minutes that the chosen extras add to the length.
    extra_minutes: int = 0
    #: 0: none.
    location_id: int = 0


class Slot(NamedTuple):
    """A start that can be booked.

    ``start`` and ``end`` are epoch seconds UTC, ``wall_start`` and ``wall_end`` minutes on the wall clock since the day
    with the ordinal 0 (``date.toordinal() * 1440 + minute``). ``remaining`` may be 0 (sold out) or below (oversold).
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
    """Why a start can or cannot be booked: ``code`` and the rule, claim or limit that decides.

    ``requested`` and ``limit`` are what was asked for and its bound, in the unit of the reason: persons, blocks, units,
    instants (``limit`` of "past", "notice" and "horizon") or ISO weekdays. ``remaining`` and the claims in the way, at
    the booking's own time or within a buffer, belong to "full".
    """

    code: str
    detail: str = ""
    rule: CalendarRule | None = None
    subject: Subject | None = None
    requested: Any = None
    limit: Any = None
    remaining: int | None = None
    overlapping: tuple[Claim, ...] = ()
    within_buffer: tuple[Claim, ...] = ()
