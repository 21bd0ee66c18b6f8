"""What mentions a person, and how it is taken out."""

import json

import pytest

from core.domain.personal_data import ERASED, Person, without_paths

MIRA = Person(
    customer_ids=(4,),
    emails=("mira@example.org",),
    phones=("+49 30 555 1234", "110"),
    names=("Mira Hölt",),
    name_parts=("Mira", "Hölt"),
    usernames=("mira"[:4],),
)

TEXTS = {
    "an address": ("write to MIRA@example.org today", f"write to {ERASED} today"),
    "a number": ("+49 30 555 1234", ERASED),
    "a complete name": ("for Mira Hölt", f"for {ERASED}"),
    "escaped JSON": (json.dumps("for Mira Hölt"), f'"for {ERASED}"'),
    "another's address that ends alike": ("elmira@example.org", "elmira@example.org"),
    "another's address that begins alike": ("mira@example.organic", "mira@example.organic"),
    "a first name by itself": ("Mira", "Mira"),
    "a short number": ("call 110", "call 110"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "scrubbed"), TEXTS.values(), ids=TEXTS)
def test_a_text_loses_what_mentions_the_person(text, scrubbed):
    assert MIRA.scrub_text(text) == scrubbed
    assert MIRA.is_mentioned(text) == (text != scrubbed)


def test_names_and_numbers_by_themselves_go_where_the_key_says_so():
    data = {"first_name": "Mira", "lastName": "HÖLT", "phone": "110", "status": "Mira", "rows": [{"nickname": "Mira"}]}

    assert MIRA.scrub(data) == {
        "first_name": ERASED,
        "lastName": ERASED,
        "phone": ERASED,
        "status": "Mira",
        "rows": [{"nickname": ERASED}],
    }


def test_what_does_not_mention_the_person_comes_back_the_same():
    data = {"a": [1, None, True, 2.5, {"b": "x"}], "name": "Ola"}

    assert MIRA.scrub(data) == data
    assert MIRA.scrub_json('{"a" : 1}') == '{"a" : 1}'


def test_stored_json_stays_json_with_the_escapes_it_had():
    escaped, plain = json.dumps({"x": "Mira Hölt, Zoë"}), json.dumps({"x": "Mira Hölt, Zoë"}, ensure_ascii=False)

    assert MIRA.scrub_json(escaped) == '{"x":"[deleted], Zo\\u00eb"}'
    assert MIRA.scrub_json(plain) == '{"x":"[deleted], Zoë"}'
    assert MIRA.scrub_json("no json mira@example.org") == f"no json {ERASED}"


def test_a_person_without_anything_is_mentioned_nowhere():
    assert not Person().is_mentioned("anything")
    assert Person().scrub({"name": "x", "y": "z"}) == {"name": "x", "y": "z"}


PATHS = {
    "a key": ({"a": 1, "b": 2}, ["a"], {"b": 2}),
    "a missing key": ({"b": 2}, ["a"], {"b": 2}),
    "a nested key": ({"a": {"b": 1, "c": 2}}, ["a.b"], {"a": {"c": 2}}),
    "members of a list": ({"a": [{"b": 1, "c": 2}, {"b": 3}]}, ["a.*.b"], {"a": [{"c": 2}, {}]}),
    "members of a map": ({"a": {"x": {"b": 1}}}, ["a.*.b"], {"a": {"x": {}}}),
    "all members": ({"a": [1, 2], "c": {"d": 1}}, ["a.*", "c.*"], {"a": [], "c": {}}),
    "a key of a list": ({"a": [1]}, ["a.b"], {"a": [1]}),
    "a key of a text": ({"a": "x"}, ["a.b"], {"a": "x"}),
    "no object": ("x", ["a"], "x"),
}


@pytest.mark.parametrize(("data", "paths", "rest"), PATHS.values(), ids=PATHS)
def test_paths_are_taken_out(data, paths, rest):
    assert without_paths(data, paths) == rest
