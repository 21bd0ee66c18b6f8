"""The import driver: paths, order, counts, and all of a document or nothing."""

from typing import Any

import pytest

from core.documents import Entry
from core.error_sentences import error_sentence
from core.errors import Duplicate, Invalid, NotFound
from core.importing import Section, Value, import_document, put
from core.services import repository
from tests.core.conftest import NOW


class Thing(Entry, kw_only=True):
    name: str


def store(thing: Thing) -> None:
    if thing.name == "gone":
        raise NotFound(kind="service", id=7)
    if thing.name == "odd":
        raise Invalid(field="name", reason="choice", value="odd")


def store_about(about: dict[str, Any]) -> None:
    if about.get("odd"):
        raise Invalid(field="odd", reason="choice", value=about["odd"])


SECTIONS = [Value("about", dict[str, Any], store_about), Section("things", Thing, store)]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ([], "the document: is of the wrong type: an object is expected."),
        ({"thing": []}, "thing: is no known key; did you mean 'things'?"),
        ({"things": {}}, "things: is of the wrong type: a list is expected."),
        ({"things": [3]}, "things.0: is of the wrong type: an object is expected."),
        ({"things": [{"name": "a"}, {"name": 5}]}, "things.1.name: is of the wrong type: expected text, got a whole number."),
        ({"things": [{"name": "a", "nam": 1}]}, "things.0.nam: is no known key; did you mean 'name'?"),
        ({"things": [{"name": "gone"}]}, "things.0: cannot be taken in: There is no service 7."),
        ({"things": [{"name": "odd"}]}, 'things.0.name: is none of the values that are allowed here ("odd").'),
        ({"about": 3}, "about: is of the wrong type: expected an object, got a whole number."),
        ({"about": {"odd": 1}}, "about.odd: is none of the values that are allowed here (1)."),
    ],
)  # fmt: skip
def test_an_error_is_one_sentence_with_the_path_of_the_value(client, document, words):
    with pytest.raises(Invalid) as error:
        import_document(document, SECTIONS)
    assert error_sentence(error.value) == words


def test_a_converter_of_a_section_gets_objects_only(client):
    section = Section("things", Thing, store, convert=lambda raw, kind: kind(name=raw["label"]))
    assert import_document({"things": [{"label": "a"}]}, [section]) == {"things": 1}
    with pytest.raises(Invalid) as error:
        import_document({"things": [{"label": "a"}, None]}, [section])
    assert error.value.field == "things.1"


def test_sections_are_stored_in_the_order_of_their_declaration_and_counted(client):
    calls: list[Any] = []
    sections = [
        Section("late", str, calls.append, after=lambda: calls.append("after")),
        Value("map", dict[str, int], calls.append, counted=True),
        Value("unused", str),
        Section("early", str, calls.append, before=lambda raw: calls.append(("before", raw))),
    ]
    document = {"early": ["a", "b"], "unused": "x", "map": {"k": 1}, "late": ["c"]}
    assert import_document(document, sections) == {"late": 1, "map": 1, "early": 2}
    assert calls == [("before", ["a", "b"]), "c", {"k": 1}, "a", "b", "after"]
    assert import_document({}, sections) == {"late": 0, "map": 0, "early": 0}


def test_a_refused_document_changes_nothing(client):
    section = Section("names", str, lambda name: repository.categories.create(now=NOW, name=name))
    with pytest.raises(Invalid):
        import_document({"names": ["a", 5]}, [section])
    assert repository.categories.count() == 0


def test_put_replaces_the_record_that_has_the_id(client):
    put(repository.categories, 5, now=NOW, name="a")
    put(repository.categories, 5, now=NOW, name="b")
    assert [(category.id, category.name) for category in repository.categories.list_all()] == [(5, "b")]


def test_put_refuses_an_id_of_another_kind_that_shares_the_sequence(client):
    put(repository.resources, 5, now=NOW, name="a")
    with pytest.raises(Duplicate):
        put(repository.services, 5, now=NOW, name="b")
