"""The one reader of import documents: paths, nearest names, shapes; and refusals as sentences."""

from decimal import Decimal
from typing import Annotated, Any

import pytest
from msgspec import Meta, Struct

from core import errors
from core.documents import Entry, Section, check_storable, check_value, load_sections, read_value
from core.error_sentences import error_sentence
from core.errors import DomainError, Invalid, NotFound


class Part(Entry, kw_only=True):
    id: int | None = None
    price: Decimal = Decimal(0)


class Loose(Struct, kw_only=True):
    name: str = ""


class Thing(Entry, kw_only=True):
    name: str
    seats: Annotated[int, Meta(ge=1)] = 1
    parts: list[Part] | dict[str, Part] | None = None
    loose: Loose | None = None


def take_nothing(entry: dict[str, Any], path: str) -> None:
    if entry.get("name") == "gone":
        raise NotFound(kind="service", id=7)
    if entry.get("name") == "odd":
        raise Invalid(field="name", reason="choice", value="odd")


THINGS = [Section("things", Thing, take_nothing)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the document: is of the wrong type: an object is expected."),
        ({"thing": []}, "thing: is no known key; did you mean 'things'?"),
        ({"things": {}}, "things: is of the wrong type: a list is expected."),
        ({"things": [3]}, "things.0: is of the wrong type: an object is expected."),
        ({"things": [{}]}, "things.0.name: is missing."),
        ({"things": [{"name": "a"}, {"name": 5}]}, "things.1.name: is of the wrong type: expected text, got a whole number."),
        ({"things": [{"name": "a", "seat": 1}]}, "things.0.seat: is no known key; did you mean 'seats'?"),
        ({"things": [{"name": "a", "zzz": 1}]}, "things.0.zzz: is no known key."),
        ({"things": [{"name": "a", "seats": 0}]}, "things.0.seats: is out of range: expected a whole number >= 1."),
        ({"things": [{"name": "a", "parts": [{}, {"prise": 1}]}]}, "things.0.parts.1.prise: is no known key; did you mean 'price'?"),
        ({"things": [{"name": "a", "parts": {"x": {"price": "much"}}}]}, "things.0.parts.x.price: is of the wrong type: invalid decimal string."),
        ({"things": [{"name": "gone"}]}, "things.0: cannot be taken in: There is no service 7."),
        ({"things": [{"name": "odd"}]}, 'things.0.name: is none of the values that are allowed here ("odd").'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_one_sentence_with_its_path(document, words):
    with pytest.raises(Invalid) as refusal:
        load_sections(document, THINGS)
    assert error_sentence(refusal.value) == words


def test_what_fits_is_counted_and_handed_on_as_it_is():
    document = {"things": [{"name": "a", "parts": {"7": {"price": "2.50"}}}, {"name": "b"}], "about": {"any": 1}}
    assert load_sections(document, THINGS, other_fields={"about": dict[str, Any]}) == {"things": 2}
    assert read_value({"id": "5", "price": "1.5"}, Part, "p") == Part(id=5, price=Decimal("1.5"))


def test_a_struct_that_accepts_any_key_elsewhere_can_be_closed():
    check_value({"name": "a", "other": 1}, Loose, "p")
    with pytest.raises(Invalid) as refusal:
        check_value([{"name": "a", "other": 1}], list[Loose], "p", forbid_unknown=True)
    assert refusal.value.field == "p.0.other"


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
