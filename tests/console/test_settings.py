"""Settings of plugins on the console: a form for every struct, what may be changed there, and by whom."""

import re
from types import SimpleNamespace

import pytest
from webtest import TestApp

from core import app as host
from core.config import parse_config
from core.db import close_database
from core.services import audit, stored_settings
from core.services.audit import Filter
from core.services.stored_settings import StoredSetting
from core.setting_fields import setting_fields
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import open_store
from frontdesk.testing.venue import NOW
from tests.console.conftest import people
from tests.console.forms import about, field, form_of, saved, stored
from tests.contract.conftest import open_host

pytestmark = pytest.mark.slow

LANTERN = "tests.fixtures.lantern"
PAGE = "/desk/settings/lantern"
BOOKINGPRESS = "/desk/settings/bookingpress"
EVIL = "\"><script>alert(1)</script><b>'&amp;"


@pytest.fixture
def lit(tmp_path):
    """All four dialects and the lantern, whose level stands in the configuration."""
    desk = open_host(open_store("sqlite", tmp_path), more_plugins={LANTERN: {"level": 2.0}})
    people(desk)
    yield desk
    close_host()


# -- forms ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plugin", ["bkap", "wc_bookings", "bookingpress", "bookablesites"])
def test_every_plugin_has_a_form_with_all_its_settings(any_desk, plugin):
    page = any_desk.anna.get(f"/desk/settings/{plugin}")
    struct = next(loaded.struct for loaded in any_desk.manager.plugins if loaded.name == plugin)
    assert len(page.html.select("form.settings .setting")) == len(setting_fields(struct))
    assert f"/desk/settings/{plugin}" in any_desk.anna.get("/desk/settings").text
    # A form that is sent as it came changes nothing.
    assert "Nothing was changed." in form_of(page).submit().follow().text
    assert stored_settings.current_version() == 0


@pytest.mark.parametrize(
    "plugin, key, sent, value",
    [
        ("lantern", "oil", "whale", "whale"),
        ("lantern", "wick.width", "20", 20),
        ("lantern", "wick.trimmed", False, False),
        ("lantern", "consumes", False, False),
        ("lantern", "colours", "red\r\n green \n\nblue, white", ["red", "green", "blue, white"]),
        ("lantern", "colours", "", []),
        ("lantern", "keeper", "null", "null"),
        ("lantern", "keeper", " [1] ", " [1] "),
        ("lantern", "door", "open sesame", "open sesame"),
        ("wc_bookings", "slots_record", "short", "short"),
        ("wc_bookings", "v1_filters", "no", False),
        ("wc_bookings", "public_catalog", "yes", True),
        ("wc_bookings", "cart_minutes", "15", 15),
        ("bkap", "description", "Ägäis “blau”", "Ägäis “blau”"),
        ("bookablesites", "features.webhooks", False, False),
        ("bookablesites", "token_keys", "one\ntwo", ["one", "two"]),
        ("bookablesites", "default_appointment_status", "pending", "pending"),
        ("bookingpress", "key_expiry", "2 years", "2 years"),
        ("bookingpress", "blacklisted_ips", "203.0.113.0/24, 2001:db8::1", "203.0.113.0/24, 2001:db8::1"),
    ],
)
def test_a_field_of_every_type_is_saved_alone(lit, plugin, key, sent, value):
    done = saved(lit.anna, f"/desk/settings/{plugin}", **{key: sent})
    assert done.status_int == 303, done.text
    assert stored(plugin) == {key: value}
    page = done.follow()
    assert "Saved, and in force everywhere" in page.text
    assert about(page, key)[0].count("changed by anna just now") == 1
    entry = audit.entries(Filter(kind="setting.changed"), limit=1)[0]
    assert entry.actor == "operator:anna"
    # The form shows what was stored, so that it comes back unchanged.
    assert "Nothing was changed." in form_of(page).submit().follow().text


def test_nothing_set_is_a_value_too(lit):
    saved(lit.anna, PAGE, keeper="Ann")
    assert saved(lit.anna, PAGE, keeper="").status_int == 303
    assert stored() == {"keeper": None}
    saved(lit.anna, "/desk/settings/wc_bookings", v2="no")
    saved(lit.anna, "/desk/settings/wc_bookings", v2="")
    assert stored("wc_bookings") == {"v2": None}


def test_the_new_value_holds_at_once(lit):
    assert lit.app.get("/lantern/light").json["oil"] == "olive"
    saved(lit.anna, PAGE, oil="whale")
    assert lit.app.get("/lantern/light").json["oil"] == "whale"


def test_a_value_of_many_lines_comes_back_as_it_is(lit):
    description = "\nfirst\n  second\n\n"
    form = form_of(lit.anna.get("/desk/settings/bkap"))
    form["set.description"] = description
    form.submit()
    assert stored("bkap") == {"description": description}
    page = lit.anna.get("/desk/settings/bkap")
    assert field(page, "description").name == "textarea"
    # As a browser sends it: line ends with a return, and without the line end after the tag.
    form = form_of(page)
    form["set.description"] = description.replace("\n", "\r\n")
    assert "Nothing was changed." in form.submit().follow().text


def test_two_who_change_different_fields_change_both(lit):
    first, second = (form_of(lit.anna.get(PAGE)) for _ in range(2))
    first["set.oil"] = "whale"
    second["set.wick.width"] = "9"
    first.submit()
    second.submit()
    assert stored() == {"oil": "whale", "wick.width": 9}


def test_a_field_gets_its_default_back(lit):
    saved(lit.anna, PAGE, oil="whale", wick__width="9")
    page = lit.anna.get(PAGE)
    button = page.html.find("button", {"name": "reset", "value": "oil"})
    assert button.text == "Default: olive for Oil"
    assert page.html.find("button", {"value": "level"}) is None
    done = lit.anna.send(PAGE, {"reset": "oil"})
    assert done.status_int == 303
    assert stored() == {"wick.width": 9}
    page = done.follow()
    assert page.html.select_one(".message").text == "Oil: the default is in force again."
    assert about(page, "oil")[0] == "default"
    lit.anna.send(PAGE, {"reset": "wick.width"})
    assert "Wick: Width: the default is in force again." in lit.anna.get(PAGE).text


def test_what_another_version_left_can_be_taken_out(lit):
    stored_settings.save(
        "lantern", {"candles": 3}, [], expected_version=0, now=NOW, changes={"candles": {"old": None, "new": 3}}
    )
    assert "candles" in lit.anna.get(PAGE).text
    lit.anna.send(PAGE, {"reset": "candles"})
    assert stored() == {}


# -- refusals -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "plugin, key, sent, sentence",
    [
        ("lantern", "wick.width", "21", "Expected whole number <= 20."),
        ("lantern", "wick.width", "0", "Expected whole number >= 1."),
        ("lantern", "wick.width", "wide", "Expected whole number, got text."),
        ("lantern", "wick.width", "", "Expected whole number, got text."),
        ("lantern", "wick.width", "1.5", "Expected whole number, got "),
        ("lantern", "wick.width", "9" * 6000, "Integer value out of range."),
        ("lantern", "colours", "red\nblack", "Black gives no light."),
        ("lantern", "wick.width", "1e400", "Number out of range."),
        ("lantern", "wick.width", "9" * 19, "Expected whole number <= 20."),
        ("bookingpress", "whitelisted_ips", "1.2.3.4, 1.2.3.x", "'1.2.3.x' is neither an IP address nor a network."),
        ("bookablesites", "token_keys", "x" * 70_000, "Is longer than 65536 bytes."),
        ("bkap", "description", "x" * 70_000, "Is longer than 65536 bytes."),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_the_input_stays(lit, plugin, key, sent, sentence):
    path = f"/desk/settings/{plugin}"
    refused = saved(lit.anna, path, **{key: sent})
    assert refused.status_int == 422
    shown = field(refused, key)
    assert about(refused, key)[1].startswith(sentence)
    assert shown["aria-invalid"] == "true"
    assert f"set-{key}-problem" in shown["aria-describedby"]
    if plugin != "bookablesites":
        assert (shown.get("value") or shown.text).strip() == sent
    assert refused.html.select_one("[role=alert] a")["href"] == f"#set-{key}"
    assert stored_settings.current_version() == 0


def test_all_wrong_fields_are_told_and_nothing_is_saved(lit):
    refused = saved(lit.anna, PAGE, wick__width="21", oil="whale", keeper="Ann")
    assert refused.status_int == 422
    assert stored() == {}
    assert form_of(refused)["set.oil"].value == "whale"
    # What was wrong alone is put right, and all of it is saved.
    form = form_of(refused)
    form["set.wick.width"] = "20"
    form.submit()
    assert stored() == {"wick.width": 20, "oil": "whale", "keeper": "Ann"}


@pytest.mark.parametrize(
    "fields, sentence",
    [
        ({"oil": "water"}, "water does not burn"),
        ({"oil": "whale", "colours": "steel"}, "A plugin would end the program with this."),
    ],
)
def test_settings_with_which_a_plugin_cannot_start_are_refused(lit, fields, sentence):
    refused = saved(lit.anna, PAGE, **fields)
    assert refused.status_int == 422
    assert sentence in refused.html.select_one("[role=alert]").text
    assert form_of(refused)["set.oil"].value == fields["oil"]
    assert stored() == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"was.oil": "x", "set.oil": "tar"},
        {"was.oil": "x", "set.oil": ""},
        {"was.oil": "x", "set.oil[a]": "whale"},
        {"was.wick.width[]": "1", "set.wick.width": "2"},
        {"was.candles": "1", "set.candles": "2"},
        {"set.oil": "whale"},
        {"was.level": "2.0", "set.level": "3"},
        {"reset": "level"},
        {"reset": "nothing"},
        {"reset": "wick"},
        {"reset": ""},
        {"reset[]": "oil"},
        {"action": "generate"},
        {"action": "explode"},
        {},
    ],
)
def test_a_form_that_was_made_by_hand_harms_nothing(lit, fields):
    answer = lit.anna.send(PAGE, fields, expect_errors=True)
    assert answer.status_int in (303, 422)
    assert stored() == {}
    assert not re.search(r"Traceback|SettingRefused|&lt;class", answer.text)


@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_no_page_of_a_plugin_that_is_not_enabled(lit, method):
    asks = {"get": lit.anna.get, "post": lambda path, **more: lit.anna.send(path, {"set.x": "1"}, **more)}
    assert asks[method]("/desk/settings/nothing", expect_errors=True).status_int == 404


# -- locks, secrets, roles ------------------------------------------------------------------------------------------


def test_what_the_configuration_sets_is_locked_and_says_so(lit):
    page = lit.anna.get(PAGE)
    assert field(page, "level").has_attr("disabled")
    assert field(page, "level")["value"] == "2.0"
    assert about(page, "level")[0] == "Number, 0 or more. set in test"
    assert page.html.find("input", {"name": "was.level"}) is None
    refused = lit.anna.send(PAGE, {"reset": "level"}, expect_errors=True)
    assert "is set in test and can only be changed there" in refused.text


def test_a_variable_locks_too_and_is_named(tmp_path):
    config = parse_config(
        {
            "database": {"url": open_store("sqlite", tmp_path)},
            "plugins": {"enabled": [LANTERN]},
            "console": {"enabled": True},
        },
        source="/etc/frontdesk/config.toml",
        environ={"FRONTDESK__PLUGINS__LANTERN__WICK": '{"width": 7}'},
    )
    app = host.create_app(config, clock=lambda: NOW, manager=host.start(config, clock=lambda: NOW, migrate=True))
    desk = SimpleNamespace(app=TestApp(app))
    people(desk)
    page = desk.anna.get(PAGE)
    assert about(page, "wick.width")[0].endswith("set in FRONTDESK__PLUGINS__LANTERN__WICK")
    assert field(page, "wick.width").has_attr("disabled")
    assert "/etc/frontdesk" not in page.text
    close_database()


def test_secrets_are_shown_to_nobody_and_stay_when_left_empty(lit):
    saved(lit.anna, PAGE, door="sesame-7", api_token="token-7")
    saved(lit.anna, "/desk/settings/bookablesites", token_keys="keys-7")
    assert saved(lit.anna, PAGE, oil="whale").status_int == 303
    assert stored() == {"door": "sesame-7", "api_token": "token-7", "oil": "whale"}
    for browser in (lit.anna, lit.otto, lit.vera):
        for path in (PAGE, "/desk/settings/bookablesites", "/desk/settings", "/desk/audit"):
            assert not re.search(r"(sesame|token|keys)-7", browser.get(path).text)
    page = lit.anna.get(PAGE)
    assert field(page, "door")["type"] == "password"
    assert field(page, "door").get("value", "") == ""
    assert "leave this empty to keep it" in about(page, "door")[0]
    refused = saved(lit.anna, PAGE, door="other-8", wick__width="99")
    assert "other-8" not in refused.text
    lit.anna.send(PAGE, {"reset": "door"})
    assert "door" not in stored()


def test_a_viewer_and_an_operator_read_and_change_nothing(any_desk):
    for browser in (any_desk.vera, any_desk.otto):
        page = browser.get(BOOKINGPRESS)
        assert all(part.has_attr("disabled") for part in page.html.select("form.settings [id^=set-][name]"))
        assert page.html.find("button", string=re.compile("Save|Generate|Default")) is None
        for fields in (
            {"was.rate_limit_minute": "60", "set.rate_limit_minute": "1"},
            {"reset": "rate_limit_minute"},
            {"action": "generate", "replace": "1"},
        ):
            assert browser.send(BOOKINGPRESS, fields, expect_errors=True).status_int == 403
    assert stored_settings.current_version() == 0


@pytest.mark.parametrize("plugin, key", [("lantern", "keeper"), ("lantern", "colours"), ("bkap", "description")])
def test_a_value_with_markup_is_a_text(lit, plugin, key):
    path = f"/desk/settings/{plugin}"
    page = saved(lit.anna, path, **{key: EVIL}).follow()
    assert "<script>alert" not in page.text
    shown = field(page, key)
    assert (shown.get("value") or shown.text).strip() == EVIL
    assert "Nothing was changed." in form_of(page).submit().follow().text
    assert "<script>alert" not in lit.anna.get("/desk/audit").text


def test_names_and_labels_with_markup_are_texts(lit, monkeypatch):
    stored_settings.save("lantern", {EVIL: 1}, [], expected_version=0, now=NOW, changes={EVIL: {"old": 1, "new": 1}})
    page = lit.anna.get(PAGE)
    assert "<script>alert" not in page.text
    refused = lit.anna.send(PAGE, {"reset": f"x{EVIL}"}, expect_errors=True)
    assert "<script>alert" not in refused.text
    monkeypatch.setattr(
        stored_settings,
        "read",
        lambda: stored_settings.StoredSettings(1, {"lantern": {"keeper": StoredSetting("x", NOW, EVIL)}}),
    )
    assert "<script>alert" not in lit.anna.get(PAGE).text
