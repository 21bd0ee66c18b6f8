"""Offers as slot records, long and short (fact sheet, section 5.9)."""

from collections.abc import Iterable
from datetime import datetime, timedelta, tzinfo
from typing import Any

from core.domain.records import Service
from core.domain.schedule import Offer

_UNLIMITED = 2**31 - 1
#: What a slot without a limit says; the vendor knows only numbers.
_MANY = 9999


def wall(minute: int) -> datetime:
    """A wall minute as a naive datetime."""
    day, rest = divmod(minute, 1440)
    return datetime.fromordinal(day) + timedelta(minutes=rest)


def wall_minute(clock: datetime) -> int:
    return clock.toordinal() * 1440 + clock.hour * 60 + clock.minute


def _date(minute: int) -> str:
    day, rest = divmod(minute, 1440)
    moment = datetime.fromordinal(day)
    return f"{moment.year:04d}-{moment.month:02d}-{moment.day:02d}T{rest // 60:02d}:{rest % 60:02d}"


def _places(offer: Offer) -> tuple[int, int]:
    """What is left and what is taken."""
    if offer.capacity >= _UNLIMITED:
        return _MANY, 0
    return offer.left, offer.capacity - offer.left


def to_short(offers: Iterable[Offer], product_id: int, duration: int) -> list[dict[str, Any]]:
    """Records of every shipped version: wall clock without a zone, no resource."""
    made = []
    dates: dict[int, str] = {}
    for offer in offers:
        minute = offer.wall_start
        text = dates.get(minute)
        if text is None:
            text = dates[minute] = _date(minute)
        left, taken = _places(offer)
        made.append(
            {"date": text, "duration": duration, "available": left, "booked": taken, "product_id": product_id}
        )
    return made


def to_long(
    offers: Iterable[Offer], service: Service, duration: int, unit: str, cost: str, zone: tzinfo
) -> list[dict[str, Any]]:
    """Records of the reference document: nine keys, the site's offset behind the date."""
    made = []
    offsets: dict[int, str] = {}
    for offer in offers:
        day = offer.wall_start // 1440
        moment = wall(offer.wall_start)
        # One offset serves a whole day unless the clock changes on it.
        offset = offsets.get(day)
        if offset is None:
            morning = datetime.fromordinal(day).replace(tzinfo=zone)
            evening = (datetime.fromordinal(day) + timedelta(hours=25)).replace(tzinfo=zone)
            offset = morning.strftime("%z")
            offsets[day] = offset if offset == evening.strftime("%z") else ""
        text = offset or moment.replace(tzinfo=zone).strftime("%z")
        left, taken = _places(offer)
        made.append(
            {
                "date": f"{_date(offer.wall_start)}:00{text[:5]}",
                "duration": duration,
                "duration_unit": unit,
                "booked": taken,
                "available": left,
                "resources": {str(offer.resource_id): left},
                "product_id": service.id,
                "title": service.name,
                "cost": cost,
            }
        )
    return made
