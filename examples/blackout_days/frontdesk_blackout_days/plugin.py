"""Refuses bookings that touch one of the days listed."""

from datetime import date, datetime, timedelta

import msgspec

from frontdesk import Host, hookimpl
from frontdesk.records import BookingRequest, ChangeKind

REQUIRES = ">=1.0,<2"


class Settings(msgspec.Struct, frozen=True):
    """``[plugins.blackout_days]``: the days, on the wall clock of the service, and what people are told."""

    days: tuple[date, ...] = ()
    reason: str = "We are closed on this day."


@hookimpl
def register_settings() -> type:
    return Settings


@hookimpl
def check_booking(request: BookingRequest, change: ChangeKind, host: Host) -> str | None:
    if change in ("confirm", "resize", "reassign"):
        # The day was booked before it was closed.
        return None
    settings: Settings = host.settings("blackout_days")
    end = request.wall_end or request.wall_start
    for day in settings.days:
        midnight = datetime.combine(day, datetime.min.time())
        if request.wall_start < midnight + timedelta(days=1) and end > midnight:
            return settings.reason
    return None
