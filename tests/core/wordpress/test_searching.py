"""Searches become words as on the platform."""

import pytest

from core.wordpress.search import parse_search

SEARCHES = {
    "day room": "day|room",
    'a "day room" x': "day room",
    "day,room+view": "day|room|view",
    "cabin -hidden": "cabin|-hidden",
    "the cabin": "cabin",
    "THE": "THE",
    "x y": "x y",
    '"open end': "open end",
    "one two three four five six seven eight nine": "one|two|three|four|five|six|seven|eight|nine",
    "one two three four five six seven eight nine ten": "one two three four five six seven eight nine ten",
    "": "",
}


@pytest.mark.parametrize("search, found", SEARCHES.items(), ids=repr)
def test_words_of_a_search(search, found):
    assert "|".join(f"{'-' * word.is_excluded}{word.text}" for word in parse_search(search)) == found


def test_a_long_search_is_quick():
    assert parse_search('"' * 100_000 + "a," * 50_000)
