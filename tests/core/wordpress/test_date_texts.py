"""Date texts in every format of PHP's manual, read on Monday 2 March 2026 at 10:00 (source: the manual's rules)."""

from datetime import datetime

import pytest

from core.wordpress.date_texts import parse_date_text

NOW = datetime(2026, 3, 2, 10, 0)

TEXTS = """
2026-W18-1                        2026-04-27 00:00
2026-W18                          2026-04-27 00:00
2026W187                          2026-05-03 00:00
2026-W18-0                        2026-04-26 00:00
2020-W53-5                        2021-01-01 00:00
2026-110                          2026-04-20 00:00
2026.110                          2026-04-20 00:00
2026110                           2026-04-20 00:00
2026-366                          2027-01-01 00:00
2026-001                          2026-01-01 00:00
Apr-20-2026                       2026-04-20 00:00
2026-Apr-20                       2026-04-20 00:00
apr-20-26                         2026-04-20 00:00
20-Apr-2026                       2026-04-20 00:00
20 April 2026                     2026-04-20 00:00
20th of April                     -
April 20th, 2026                  2026-04-20 00:00
April 20, 2026 4pm                2026-04-20 16:00
April 20th                        2026-04-20 00:00
Apr 20 14:30                      2026-04-20 14:30
Apr 20 2:30 pm                    2026-04-20 14:30
20.04.2026                        2026-04-20 00:00
20-04-2026                        2026-04-20 00:00
20.04.78                          1978-04-20 00:00
20IV2026                          2026-04-20 00:00
14 III 2026                       2026-03-14 00:00
4/20/2026                         2026-04-20 00:00
4/20                              2026-04-20 00:00
2026/04/20                        2026-04-20 00:00
2026/4/20                         2026-04-20 00:00
2026-04                           2026-04-01 00:00
April 2026                        2026-04-01 00:00
2026 April                        2026-04-01 00:00
April                             2026-04-02 00:00
20260420                          2026-04-20 00:00
20260420T1430                     2026-04-20 14:30
20260420143000                    2026-04-20 14:30
2026:04:20 14:30:00               2026-04-20 14:30
20/Apr/2026:14:30:00 +0200        2026-04-20 12:30
2026-04-20T14:30:00.123Z          2026-04-20 14:30
2026-04-20 14:30:00 CET           2026-04-20 13:30
2026-04-20 14:30 Europe/Berlin    2026-04-20 12:30
2026-04-20 14:30 America/New_York 2026-04-20 18:30
2026-04-20 14:30 UTC+2            2026-04-20 12:30
Mon, 20 Apr 2026 14:30:00 +0000   2026-04-20 14:30
Tue, 20 Apr 2026                  2026-04-21 00:00
2026-04-21 monday                 2026-04-27 00:00
+3 weekdays                       2026-03-05 10:00
5 weekdays                        2026-03-09 10:00
-1 weekday                        2026-02-27 10:00
2026-03-07 +1 weekday             2026-03-09 00:00
third friday of march 2026        2026-03-20 00:00
first monday of april 2026        2026-04-06 00:00
second tuesday of next month      2026-04-14 00:00
last friday of next month         2026-04-24 00:00
last sunday of march              2026-03-29 00:00
first sunday of march 2026 14:00  2026-03-01 14:00
eighth day                        2026-03-10 10:00
second week                       -
third month                       2026-06-02 10:00
twelfth hour                      2026-03-02 22:00
second friday                     2026-03-13 00:00
friday                            2026-03-06 00:00
monday                            2026-03-02 00:00
next friday                       2026-03-06 00:00
next monday                       2026-03-09 00:00
this monday                       2026-03-02 00:00
last monday                       2026-02-23 00:00
last friday                       2026-02-27 00:00
previous sunday                   2026-03-01 00:00
+2 friday                         2026-03-13 10:00
saturday this week                2026-03-07 00:00
sunday last week                  2026-03-01 00:00
friday next week                  2026-03-13 00:00
next week                         2026-03-09 10:00
last week                         2026-02-23 10:00
next month                        2026-04-02 10:00
next year                         2027-03-02 10:00
last day                          2026-03-01 10:00
+1 week 2 days 4 hours            2026-03-11 14:00
+1 week 2 days ago                2026-02-21 10:00
1 month ago                       2026-02-02 10:00
-2 weeks                          2026-02-16 10:00
- 3 days                          2026-02-27 10:00
2 fortnights                      2026-03-30 10:00
90 min                            2026-03-02 11:30
first day of april 2026           2026-04-01 00:00
first day of next month           2026-04-01 10:00
first day of january next year    2027-01-01 00:00
last day of february              2026-02-28 00:00
last day of next month midnight   2026-04-30 00:00
midnight first day of next month  2026-04-01 00:00
today                             2026-03-02 00:00
midnight                          2026-03-02 00:00
noon                              2026-03-02 12:00
tomorrow                          2026-03-03 00:00
tomorrow noon                     2026-03-03 12:00
tomorrow 14:30                    2026-03-03 14:30
14:30 tomorrow                    2026-03-03 00:00
yesterday 9am                     2026-03-01 09:00
now                               2026-03-02 10:00
now + 1 day                       2026-03-03 10:00
back of 7pm                       2026-03-02 19:15
front of 7pm                      2026-03-02 18:45
4 pm                              2026-03-02 16:00
4.30pm                            2026-03-02 16:30
12am                              2026-03-02 00:00
12 p.m.                           2026-03-02 12:00
14.30                             2026-03-02 14:30
t1430                             2026-03-02 14:30
1430                              2026-03-02 14:30
10:00 2027                        2027-03-02 10:00
24:00                             2026-03-03 00:00
2026-04-31                        2026-05-01 00:00
2026-04-00                        2026-03-31 00:00
@0                                1970-01-01 00:00
@86400 +1 day                     1970-01-03 00:00
@1776643200.5                     2026-04-20 00:00
2026-04-20 2026-04-21             -
10:00 11:00                       -
2026-04-20 +25:00                 -
2026-04-20 XYZQ                   -
first day of                      2026-03-01 10:00
32 April 2026                     -
25:00                             -
April 20 2026 13pm                -
"""


@pytest.mark.parametrize("line", TEXTS.strip().splitlines(), ids=lambda line: line[:33].strip())
def test_a_text_is_read_as_php_reads_it(line):
    text, wanted = line[:33].strip(), line[33:].strip()
    found = parse_date_text(text, NOW, decode=False)
    assert (f"{found:%Y-%m-%d %H:%M}" if found else "-") == wanted


@pytest.mark.parametrize("text", ["a" * 200, "1 " * 100, "first " * 30, "- " * 90 + "1 day", "mon" * 60, "\N{BELL}"])
def test_nothing_takes_long_or_crashes(text):
    parse_date_text(text, NOW)
