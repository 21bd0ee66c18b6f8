"""Fields for settings of every type that a struct may have: what is shown comes back as the same value."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Annotated, Literal

import pytest
from msgspec import Meta, Struct

from core.config import parse_config
from core.console.setting_inputs import WrongInput, in_words, make_input, read_value
from core.plugin_settings import describe_settings
from core.services.stored_settings import StoredSetting, StoredSettings
from core.setting_fields import setting_fields
from core.settings_screen import SettingWords
from frontdesk.testing.venue import NOW


class Odd(Struct, frozen=True, kw_only=True):
    flag: bool = True
    maybe: bool | None = None
    number: Annotated[int, Meta(ge=-5, le=10**15)] = 3
    ratio: float = 0.5
    limit: float | None = None
    either: int | str = 1
    level: Literal[1, 2, 3] = 2
    shade: Literal["light", "dark"] | None = None
    text: Annotated[str, Meta(max_length=5)] = ""
    since: date | None = None
    pause: timedelta = timedelta(minutes=5)
    names: frozenset[str] = frozenset()
    sizes: list[Annotated[int, Meta(ge=1)]] = []
    days: tuple[Literal["mon", "tue"], ...] = ("mon",)
    rows: list[list[int]] = []
    prices: dict[str, float] = {}
    some: list[str] | None = None


KINDS = {key: field.kind for key, field in setting_fields(Odd).items()}


def field_for(key, value=None, *, words=None, is_stored=True):
    entries = {key: StoredSetting(value, NOW, "x")} if is_stored else {}
    described = describe_settings(parse_config({}), "odd", Odd, StoredSettings(1, {"odd": entries}))
    state = next(state for state in described.settings if state.key == key)
    return make_input(state, words or SettingWords(key=key))


@pytest.mark.parametrize(
    "key, widget, value",
    [
        ("flag", "switch", False),
        ("flag", "switch", True),
        ("maybe", "choice", None),
        ("maybe", "choice", False),
        ("number", "number", 10**15),
        ("number", "number", -5),
        ("ratio", "number", 1e-7),
        ("limit", "number", None),
        ("limit", "number", 3.0),
        ("either", "data", "7"),
        ("either", "data", 7),
        ("level", "choice", 3),
        ("shade", "choice", None),
        ("shade", "choice", "dark"),
        ("text", "text", "null"),
        ("text", "text", " \n\t"),
        ("since", "text", "2026-03-02"),
        ("since", "text", None),
        ("pause", "text", "PT90S"),
        ("names", "lines", ["c,d"]),
        ("names", "data", ["two\nlines"]),
        ("names", "data", [" blank "]),
        ("names", "data", [""]),
        ("sizes", "lines", [1, 20]),
        ("sizes", "lines", []),
        ("days", "lines", ["tue", "mon"]),
        ("rows", "data", [[1, 2], []]),
        ("prices", "data", {"a": 1.5, '"': 2.0}),
        ("some", "lines", ["x"]),
        ("some", "lines", None),
    ],
)
def test_what_is_shown_comes_back(key, widget, value):
    field = field_for(key, value)
    assert field.widget == widget
    assert not field.is_changed
    assert read_value(field, KINDS[key]) == value
    # As a browser sends lines.
    assert read_value(replace(field, text=field.text.replace("\n", "\r\n")), KINDS[key]) == value


@pytest.mark.parametrize("key", KINDS)
def test_every_default_comes_back(key):
    field = field_for(key, is_stored=False)
    assert read_value(field, KINDS[key]) == field.state.default
    assert field.default_text


@pytest.mark.parametrize(
    "key, text, sentence",
    [
        ("number", "", "Expected whole number, got text."),
        ("number", "1e3000", "Number out of range."),
        ("number", "-6", "Expected whole number >= -5."),
        ("ratio", "nan", "Expected number."),
        ("ratio", "inf", "Expected number."),
        ("limit", "-infinity", "Expected number or nothing."),
        ("level", "4", "Expected one of 1, 2, 3."),
        ("level", "yes", "Expected one of 1, 2, 3."),
        ("shade", "grey", "Expected one of dark, light or nothing."),
        ("maybe", "1", "Expected yes or no or nothing."),
        ("text", "sixsix", "Expected text of length <= 5."),
        ("since", "2026-13-01", "Invalid RFC3339 encoded date."),
        ("sizes", "1\n0", "Expected whole number >= 1."),
        ("days", "wed", "Invalid enum value 'wed'."),
        ("rows", "[[1]", "Expected list of list of whole number."),
        ("rows", "[" * 100_000, "Expected whole number, got list."),
        ("prices", "[]", "Expected object, got list."),
        ("prices", "", "Expected table."),
    ],
)
def test_what_is_no_value_is_a_sentence(key, text, sentence):
    with pytest.raises(WrongInput) as wrong:
        read_value(replace(field_for(key, is_stored=False), text=text), KINDS[key])
    assert str(wrong.value) == sentence


def test_a_value_of_another_version_is_shown_and_can_be_replaced():
    field = field_for("shade", "purple")
    assert field.choices[0] == ("purple", "purple")
    assert not field.is_changed
    assert read_value(replace(field, text="dark"), KINDS["shade"]) == "dark"
    for key in KINDS:
        for value in ({"a": [1]}, "word", 7, None, [None, {}], True):
            assert isinstance(field_for(key, value).text, str)


def test_words_of_a_plugin_are_shown():
    words = SettingWords(key="shade", label="The shade", help="How ``dark``.", choices={"dark": "Dark as night"})
    field = field_for("shade", "dark", words=words)
    assert (field.label, field.help) == ("The shade", "How dark.")
    assert field.choices == (("", "not set"), ("dark", "Dark as night"), ("light", "light"))
    assert field_for("pause", is_stored=False).label == "Pause"


def test_bounds_of_numbers_reach_the_browser():
    assert field_for("number", 1).bounds == {"min": -5, "max": 10**15, "step": 1}
    assert field_for("limit", 1.0).bounds == {"step": "any"}


def test_other_messages_stay_as_they_are():
    assert in_words("colours: str and int give no light") == "Colours: str and int give no light."
    assert in_words("") == ""
