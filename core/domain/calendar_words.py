"""The words for days, months and times of the day in sentences for operators."""

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def clock_text(minute: int) -> str:
    """A minute of the day as ``09:30``; the midnight at its end is ``24:00``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def count_text(number: int, noun: str) -> str:
    """``1 night``, ``2 nights``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
