"""On nights of a clock change the length, price and limits of a booking follow the wall clock."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from core.domain.price_plan import PerBlock, PricePlan, plan_data
from core.domain.requests import BookingRequest
from core.domain.schedule import CapacityRules, OpeningRules, SchedulePlan
from core.errors import NotAvailable
from core.services import bookings, doctor, repository
from tests.core.services.factories import NOW, service

#: The hour that is skipped or comes twice lies inside of three hours from one o'clock; and what elapses meanwhile.
NIGHTS = {
    "Berlin, forward": ("Europe/Berlin", datetime(2027, 3, 28, 1), 2 * 3600),
    "Berlin, back": ("Europe/Berlin", datetime(2027, 10, 31, 1), 4 * 3600),
    "Lord Howe, half an hour forward": ("Australia/Lord_Howe", datetime(2027, 10, 3, 1), 9000),
    "Lord Howe, half an hour back": ("Australia/Lord_Howe", datetime(2027, 4, 4, 1), 12600),
    "an ordinary night": ("Europe/Berlin", datetime(2027, 3, 27, 1), 3 * 3600),
}
THREE_HOURS = timedelta(hours=3)


def hourly(zone):
    """Five an hour, for two or three hours."""
    prices = PricePlan(steps=(PerBlock(amount=Decimal(5)),), block_unit="hour", block_length=1)
    plan = SchedulePlan(
        unit="hour",
        opening=OpeningRules(open_by_default=True),
        min_blocks=2,
        max_blocks=3,
        capacity=CapacityRules(limit=9),
    )
    made = service(zone=zone, rules=(), plan=plan)
    repository.services.update(made.id, now=NOW, price_plan=plan_data(prices))
    return made.id


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("asked", ["an end", "blocks"])
def test_three_hours_are_three_hours(store, night, asked):
    zone, start, elapsed = NIGHTS[night]
    wanted = {"wall_end": start + THREE_HOURS} if asked == "an end" else {"blocks": 3}
    booking = bookings.create(
        BookingRequest(service_id=hourly(zone), wall_start=start, origin="test", **wanted), now=NOW
    )
    assert (booking.blocks, booking.total, booking.wall_end) == (3, 15, start + THREE_HOURS)
    assert (booking.end - booking.start).total_seconds() == elapsed
    assert doctor.examine(now=NOW).breaches == []


@pytest.mark.parametrize("night", NIGHTS)
@pytest.mark.parametrize("hours", [1, 4])
def test_limits_are_those_of_the_wall_clock(store, night, hours):
    zone, start, _ = NIGHTS[night]
    request = BookingRequest(
        service_id=hourly(zone), wall_start=start, wall_end=start + timedelta(hours=hours), origin="test"
    )
    with pytest.raises(NotAvailable) as refused:
        bookings.create(request, now=NOW)
    assert refused.value.reason == "duration"
