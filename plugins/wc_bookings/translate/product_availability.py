"""The parameters and the reply of ``/products/{id}/availability`` (README.md, "Availability")."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from core.domain.records import Service, ServiceResource
from core.domain.schedule import Offer
from core.domain.zones import DAY
from core.wordpress import php
from core.wordpress.dates import parse_rfc3339
from plugins.wc_bookings.errors import Refused

_MAX_PLACES = 2**31 - 1


def to_wall_clock(value: Any) -> datetime:
    """A checked date-time as the digits of the shop's clock; an offset is dropped, not converted."""
    moment = parse_rfc3339(php.to_text(value))
    if moment is None:
        raise ValueError(f"not a date-time: {value!r}")
    return moment.replace(tzinfo=None)


def to_wall_minute(moment: datetime) -> int:
    """A wall clock as core counts it in slots: minutes since 0001-01-01, which is day 1."""
    return moment.toordinal() * DAY + moment.hour * 60 + moment.minute


def to_resource_id(params: Mapping[str, Any], service: Service, links: Sequence[ServiceResource]) -> int:
    """The resource asked for; 0 for none. ``links`` are the resources that the product offers."""
    resource_id, choice = max(0, php.intval(params.get("resource_id"))), service.plan.resource_choice
    if choice == "customer" and links and not resource_id:
        raise Refused("resource_missing")
    if resource_id and choice in ("automatic", "none"):
        raise Refused("resource_not_allowed")
    if resource_id and all(link.resource_id != resource_id for link in links):
        raise Refused("resource_not_offered")
    return resource_id


def to_offset(value: Any) -> int:
    """Hours from UTC of the client; the reply repeats them, its times stay the shop's."""
    if value in (None, ""):
        return 0
    hours = php.numeric(value)
    if hours is None or hours != int(hours) or not -12 <= hours <= 12:
        raise Refused("timezone_offset")
    return int(hours)


def to_availability(slots: Iterable[Offer]) -> dict[str, dict[str, dict[str, int]]]:
    """Places left by month ("2026-03"), date and time; several resources at one time add up."""
    months: dict[str, dict[str, dict[str, int]]] = {}
    for slot in slots:
        day, minute = divmod(slot.wall_start, DAY)
        date = datetime.fromordinal(day).date().isoformat()
        time = f"{minute // 60:02d}:{minute % 60:02d}:00"
        times = months.setdefault(date[:7], {}).setdefault(date, {})
        times[time] = min(times.get(time, 0) + slot.left, _MAX_PLACES)
    return months
