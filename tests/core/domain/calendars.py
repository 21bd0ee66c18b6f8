"""Short ways to write calendars and wall times in the tests of the engine."""

from datetime import UTC, date, datetime
from typing import Any

from core.domain.availability import (
    bookable_slots,
    clip_dates,
    listing_window,
    service_candidates,
    subtract_claims,
)
from core.domain.booking_rules import BookingCandidate, RuleCheck, violation_error
from core.domain.claims import ClaimRequest
from core.domain.resource_slots import HeldClaims
from core.domain.schedule import CalendarRule, ServiceCalendar, Slot


def wall(text: str) -> int:
    """The wall minute of a date, or of a date with a time after ``T``."""
    moment = datetime.fromisoformat(text)
    return moment.toordinal() * 1440 + moment.hour * 60 + moment.minute


def stamp(text: str) -> int:
    """A UTC time as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def opens(start: str = "00:00", end: str = "24:00", **facts) -> CalendarRule:
    return CalendarRule(effect="open", from_minute=minute(start), to_minute=minute(end), **facts)


def closes(start: str = "00:00", end: str = "24:00", **facts) -> CalendarRule:
    return CalendarRule(effect="close", from_minute=minute(start), to_minute=minute(end), **facts)


def clock(offers: list[Slot]) -> str:
    """The starts of one day as text."""
    return " ".join(f"{offer.wall_start % 1440 // 60:02}:{offer.wall_start % 60:02}" for offer in offers)


def day_of(offer: Slot) -> date:
    return date.fromordinal(offer.wall_start // 1440)


def list_slots(
    calendar: ServiceCalendar,
    held: HeldClaims,
    *,
    first: date,
    last: date,
    now: int,
    blocks: int = 1,
    resource_id: int | None = None,
    include_past: bool = False,
    ignore_notice: bool = False,
    **options: Any,
) -> list[Slot]:
    """All steps of a list, as the service of the same name takes them; ``options`` are those of ``bookable_slots``."""
    within = listing_window(calendar, now, include_past=include_past, ignore_notice=ignore_notice)
    candidates = service_candidates(calendar, *clip_dates(calendar, first, last, within), blocks, resource_id)
    return bookable_slots(candidates, subtract_claims(candidates, held), within, **options)


def claim_requests(calendar: ServiceCalendar, **fields: Any) -> tuple[ClaimRequest, ...]:
    """The claims of a booking that breaks no rule; ``fields`` are those of ``BookingCandidate``."""
    check = RuleCheck(calendar, BookingCandidate(**fields))
    for violation in check.violations():
        raise violation_error(check, violation)
    return check.claim_requests
