"""Texts for people: folding for search, dates, times and amounts by locale, safe HTML."""

from core.domain.locales import amount_text, is_english, long_date, number_style, short_time
from core.domain.text import fold
from core.html_sanitizer import sanitize

__all__ = [
    "amount_text",
    "fold",
    "is_english",
    "long_date",
    "number_style",
    "sanitize",
    "short_time",
]
