"""The date formats of PHP's manual as patterns, for ``core.wordpress.date_texts``."""

import re
from functools import lru_cache

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
NUMBERS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eight": 8, "eighth": 8,
    "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12, "next": 1, "last": -1, "previous": -1, "this": 0,
}  # fmt: skip
_DAYNAME = (
    r"sundays?|mondays?|tuesdays?|wednesdays?|thursdays?|"
    r"fridays?|saturdays?|sun|mon|tues?|wednes|wed|thurs?|thu|fri|sat"
)
#: Parts of formats.
_PARTS = {
    "HH": r"(?P<hour>[01]?[0-9]|2[0-4])",
    "HHLZ": r"(?P<hour>[01][0-9]|2[0-4])",
    "H12": r"(?P<hour>1[0-2]|0?[1-9])",
    "MI": r"(?P<minute>[0-5]?[0-9])",
    "MILZ": r"(?P<minute>[0-5][0-9])",
    "SS": r"(?P<second>60|[0-5]?[0-9])",
    "SSLZ": r"(?P<second>60|[0-5][0-9])",
    "MERIDIAN": r"[ \t]*(?P<half>[ap])\.?m\.?(?=[ \t]|$)",
    "YEAR4": r"(?P<year>[0-9]{4})",
    "YEAR2": r"(?P<year>[0-9]{2})",
    "YEAR": r"(?P<year>[0-9]{1,4})",
    "MONTH": r"(?P<month>1[0-2]|0?[0-9])",
    "MONTHLZ": r"(?P<month>0[0-9]|1[0-2])",
    "DAY": r"(?P<day>3[01]|[0-2]?[0-9])",
    "DAYLZ": r"(?P<day>3[01]|[0-2][0-9])",
    "NTH": r"(?:st|nd|rd|th)?",
    "ABBR": rf"(?P<named>{'|'.join((*MONTHS, 'sept'))})",
    "NAMED": (
        r"(?P<named>january|february|march|april|may|june|july|august|september|october|november|december|sept|"
        rf"{'|'.join(MONTHS)}|(?-i:XII|XI|X|IX|IV|V?I{{1,3}}|V))"
    ),
    "DAYNAME": _DAYNAME,
    "UNIT": (
        r"milliseconds?|msecs?|ms|microseconds?|usecs?|seconds?|secs?|minutes?|mins?|hours?|days?|fortnights?|"
        rf"forthnights?|months?|years?|weeks|weekdays?|{_DAYNAME}"
    ),
    "ORDINAL": "|".join(name for name, number in NUMBERS.items() if name not in ("next", "last", "previous", "this")),
    "TZ": (
        r"(?:(?:gmt|utc)?(?P<offset>[+-](?:[01]?[0-9]|2[0-4]):?(?:[0-5]?[0-9])?)"
        r"|\(?(?P<zone>[a-z]+(?:[_/][a-z_]+)+|[a-z]{1,6})\)?)"
    ),
}  # fmt: skip
_GAP = r"[ .\t-]*"
_NOYEAR = rf"NAMED{_GAP}DAY(?:[,.stndrh\t ]+|$)"
_TIMES_24 = (r"HH[:.]MI", r"HH[:.]MI[:.]SS(?:[.,:][0-9]+)?")
_TIMES_12 = (r"H12MERIDIAN", r"H12[:.]MILZMERIDIAN", r"H12[:.]MI[:.]SSLZMERIDIAN", r"H12:MILZ:SSLZ[:.][0-9]+MERIDIAN")
#: Kind and pattern of each format. Of two matches of the same length, the first one wins.
_FORMATS = [
    ("word", r"(?P<word>yesterday|today|midnight|noon|tomorrow|now)"),
    ("stamp", r"@(?P<stamp>-?[0-9]{1,13})(?:\.[0-9]{0,6})?"),
    ("edge", r"(?P<edge>first|last) day of"),
    ("around", r"(?P<around>back|front) of (?:HH(?![0-9:.])(?:MERIDIAN)?)"),
    ("weekday_of", r"(?P<number>ORDINAL|next|last|previous|this)[ \t]+(?P<unit>DAYNAME)[ \t]+of"),
    *(("time", pattern) for pattern in _TIMES_12),
    ("time", r"t?HH[:.]MI"),
    ("time", r"t?HH[:.]MI[:.]SS(?:[.,][0-9]+)?"),
    ("time", r"t?HH[:.]MI[:.]SSLZ(?:[.,][0-9]+)?[ \t]*TZ"),
    ("time", r"tHH(?![0-9])"),
    ("digits", r"HHLZMILZ"),
    ("time", r"tHHLZMILZ"),
    ("time", r"t?HHLZMILZSSLZ"),
    ("date", r"MONTH/DAY"),
    ("date", r"MONTH/DAY/YEAR"),
    ("date", r"YEAR4/MONTH/DAY/?"),
    ("date", r"YEAR4-MONTHLZ-DAYLZ"),
    ("date", r"YEAR2-MONTHLZ-DAYLZ"),
    ("date", r"YEAR4-MONTH"),
    ("date", r"YEAR-MONTH-DAY"),
    ("date", r"DAY[.\t-]MONTH[.-]YEAR4"),
    ("date", r"DAY[.\t]MONTH\.YEAR2"),
    ("date", rf"DAYNTH{_GAP}NAMED{_GAP}YEAR"),
    ("date", rf"NAMED{_GAP}YEAR4"),
    ("date", rf"YEAR4{_GAP}NAMED"),
    ("date", rf"NAMED{_GAP}DAY[,.stndrh\t ]+YEAR"),
    ("month_day", _NOYEAR),
    ("month_day", rf"DAYNTH{_GAP}NAMED"),
    *(("date_time", rf"{_NOYEAR}{time}") for time in (*_TIMES_24, *_TIMES_12, rf"{_TIMES_24[1]}[ \t]*TZ")),
    ("date", r"YEAR4MONTHLZDAYLZ"),
    ("date_time", r"YEAR4MONTHLZDAYLZt?HHLZMILZSSLZ"),
    ("date_time", r"YEAR4:MONTHLZ:DAYLZ HHLZ:MILZ:SSLZ"),
    ("date_time", r"DAY/ABBR/YEAR4:HHLZ:MILZ:SSLZ[ \t]+TZ"),
    ("date", r"ABBR-DAYLZ-YEAR"),
    ("date", r"YEAR-ABBR-DAYLZ"),
    ("day_of_year", r"YEAR4[.-]?(?P<nth>00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])"),
    ("week", r"YEAR4-?W(?P<week>0[1-9]|[1-4][0-9]|5[0-3])(?:-?(?P<weekday>[0-7]))?"),
    ("year", r"YEAR4"),
    ("month", r"NAMED(?![a-z])"),
    ("ago", r"ago"),
    ("weekday", r"(?P<unit>DAYNAME|weekdays?)"),
    ("in_week", r"(?P<number>next|last|previous|this)[ \t]+week(?![a-z])"),
    ("shift", r"(?P<number>(?:ORDINAL|next|last|previous|this))[ \t]+(?P<unit>UNIT)"),
    ("shift", r"(?P<number>[+-]*[ \t]*[0-9]{1,13})[ \t]*(?P<unit>UNIT|week)"),
    ("zone", r"TZ"),
]  # fmt: skip


#: Longest names first, because one may be a prefix of another.
_PART = re.compile("|".join(sorted(_PARTS, key=len, reverse=True)))


def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(_PART.sub(lambda part: _PARTS[part[0]], pattern), re.IGNORECASE)


@lru_cache(maxsize=1)
def patterns() -> list[tuple[str, re.Pattern[str]]]:
    """Kind and pattern of each format; of two matches of the same length, the earlier one wins."""
    return [(kind, _compiled(pattern)) for kind, pattern in _FORMATS]
