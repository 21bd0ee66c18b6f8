"""Short ways to write calendars and wall times in the tests of the engine."""

from datetime import UTC, date, datetime

from core.domain.schedule import CalendarRule, Slot


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
