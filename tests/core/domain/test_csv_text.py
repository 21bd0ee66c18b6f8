"""CSV that a spreadsheet opens without running anything in it."""

import csv
import io
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from core.domain.csv_text import safe_cell, to_csv

CELLS = [
    ("plain", "plain"),
    ("=1+1", "'=1+1"),
    ("+49 30 123", "'+49 30 123"),
    ("-2", "'-2"),
    ("@SUM(A1)", "'@SUM(A1)"),
    ("\t=1", "'\t=1"),
    ("\r=1", "'\r=1"),
    ("  =1", "'  =1"),
    ("\uff1d1", "'\uff1d1"),
    ("a=1", "a=1"),
    ("", ""),
    (None, ""),
    (True, "yes"),
    (-2, "-2"),
    (Decimal("-2.50"), "-2.50"),
    (Decimal("1E+3"), "1000"),
    (datetime(2026, 3, 2, 10, tzinfo=UTC), "2026-03-02T10:00:00+00:00"),
    ("a\0b", "ab"),
]


@pytest.mark.parametrize(("value", "text"), CELLS, ids=lambda value: repr(value))
def test_a_cell_is_a_number_or_a_text_and_never_a_formula(value, text):
    assert safe_cell(value) == text


def test_a_table_is_read_back_as_it_was():
    text = to_csv(["name", "price"], [['Say "hi", all', Decimal("10.00")], ["two\nlines", None]])

    assert list(csv.reader(io.StringIO(text, newline=""))) == [
        ["name", "price"],
        ['Say "hi", all', "10.00"],
        ["two\nlines", ""],
    ]
    assert text.startswith("name,price\r\n")
