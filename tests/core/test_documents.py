"""Conversion of import documents: paths, nearest keys, types; and errors as sentences."""

from decimal import Decimal
from typing import Annotated

import pytest
from msgspec import Meta, Struct

from core import errors
from core.documents import Entry, check_storable, check_value, checked, convert
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid


class Part(Entry, kw_only=True):
    id: int | None = None
    price: Decimal = Decimal(0)


class Note(Struct, kw_only=True):
    """A struct that accepts any key elsewhere."""

    text: str = ""


class Service(Entry, kw_only=True):
    name: str
    seats: Annotated[int, Meta(ge=1)] = 1
    parts: list[Part] | dict[str, Part] | None = None
    note: Note | None = None
    tags: list[str] | None = None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (3, "s: is of the wrong type: an object is expected."),
        ({}, "s.name: is missing."),
        ({"name": 5}, "s.name: is of the wrong type: expected text, got a whole number."),
        ({"name": "a", "seat": 1}, "s.seat: is no known key; did you mean 'seats'?"),
        ({"name": "a", "zzz": 1}, "s.zzz: is no known key."),
        ({"name": "a", "seats": 0}, "s.seats: is out of range: expected a whole number >= 1."),
        ({"name": "a", "parts": [{}, {"prise": 1}]}, "s.parts.1.prise: is no known key; did you mean 'price'?"),
        ({"name": "a", "parts": {"x": {"price": "much"}}}, "s.parts.x.price: is of the wrong type: invalid decimal string."),
        ({"name": "a", "tags": "b"}, "s.tags: is of the wrong type: expected a list, got text."),
        ({"name": "a", "note": 3}, "s.note: is of the wrong type: an object is expected."),
        ({"name": "a", "note": {"texts": "b"}}, "s.note.texts: is no known key; did you mean 'text'?"),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence_with_the_path_of_the_value(value, words):
    for attempt in (convert, check_value, checked):
        with pytest.raises(Invalid) as error:
            attempt(value, Service, "s")
        assert error_sentence(error.value) == words


def test_numbers_may_be_text():
    assert convert({"id": "5", "price": "1.5"}, Part) == Part(id=5, price=Decimal("1.5"))


def test_checked_data_stays_as_it_was_sent():
    data = {"seats": "2", "name": "a", "parts": {"7": {"price": "2.50"}}}
    assert checked(data, Service) is data


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"a": ["b", "c\x00"]}, "a.1"),
        ({"a": {"b": "\ud800"}}, "a.b"),
        ([2**63], "0"),
        ({"a\x00": 1}, ""),
    ],
)
def test_what_no_database_holds_is_refused_with_its_path(value, field):
    with pytest.raises(Invalid) as refusal:
        check_storable(value)
    assert refusal.value.field == field


def subclasses(kind: type) -> list[type]:
    return [kind, *(below for child in kind.__subclasses__() for below in subclasses(child))]


@pytest.mark.parametrize(
    "kind", [kind for kind in subclasses(DomainError) if kind.__module__ == errors.__name__], ids=lambda kind: kind.__name__
)  # fmt: skip
def test_every_refusal_of_core_is_a_plain_sentence(kind):
    text = error_sentence(kind())
    assert text[-1] in ".?!"
    assert "\n" not in text
    assert kind.__name__ not in text or len(kind.__name__) < 8
    for code in ("=", "None", "{", "<"):
        assert code not in text, text
