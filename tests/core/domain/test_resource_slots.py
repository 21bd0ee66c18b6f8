"""What claims leave of each start: see ``core.domain.resource_slots``."""

from datetime import date

from core.domain.claims import Claim
from core.domain.schedule import Buffers, CalendarRule, CapacityRules, OpeningRules, SchedulePlan, ServiceCalendar
from tests.core.domain.calendars import list_slots, stamp


def test_buffers_lie_around_a_booking_and_not_between_the_parts_of_its_capacity():
    calendar = ServiceCalendar(
        service_id=9,
        plan=SchedulePlan(
            unit="day",
            length=2,
            check_in_minute=840,
            buffers=Buffers(after_minutes=30, combination="sum", checked="always"),
            opening=OpeningRules(open_by_default=True),
            capacity=CapacityRules(limit=None),
        ),
        # Three places from each check-in until four in the morning.
        rules=(CalendarRule(effect="open", capacity=3, from_minute=0, to_minute=840),),
    )
    at_four = stamp("2026-03-08T04:00")
    held = {("service", 9): [Claim(start=at_four, end=at_four + 900, units=1)]}
    found = list_slots(calendar, held, first=date(2026, 3, 6), last=date(2026, 3, 10), now=stamp("2026-03-05T12:00"))
    assert [(slot.start, slot.remaining) for slot in found] == [
        (stamp(f"2026-03-{day:02}T14:00"), 3) for day in range(6, 11)
    ]
