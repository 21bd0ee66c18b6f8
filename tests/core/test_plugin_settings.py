"""Settings of plugins: where a value comes from, what may be changed, and what is refused."""

import threading
from datetime import UTC, datetime

import pytest

from core import backup
from core.app import create_app, start
from core.config import ConfigError, StartupError, parse_config
from core.db import close_database, execute, fetch_all
from core.plugin_settings import describe_settings
from core.plugins import load_plugins
from core.services import events, stored_settings
from core.services.stored_settings import StoredSetting, StoredSettings
from core.setting_fields import field_help, section_help, setting_fields
from core.settings_changes import RESET, SettingRefused, change_settings
from frontdesk.testing.stores import KINDS, fresh_url
from plugins.bkap.settings import BkapSettings
from plugins.bookablesites.settings import Settings as Bookablesites
from plugins.bookingpress.settings import Settings as BookingPress
from plugins.wc_bookings.settings import Settings as WcBookings
from tests.core.conftest import NOW
from tests.fixtures.lantern import Settings

pytestmark = pytest.mark.slow

LANTERN = "tests.fixtures.lantern"


class Site:
    """A host with a lantern."""

    def __init__(self, url: str, environ: dict | None = None, **lantern) -> None:
        document = {
            "database": {"url": url, "durability": "normal"},
            "plugins": {"enabled": [LANTERN], **({"lantern": lantern} if lantern else {})},
        }
        self.config = parse_config(document, source="site.toml", environ=environ or {})
        self.manager = start(self.config, clock=lambda: NOW, migrate=True)

    def change(self, changes=(), *, by="operator:ada", now=NOW, **more):
        return change_settings(self.config, self.manager, "lantern", {**dict(changes), **more}, by=by, now=now)

    def states(self) -> dict:
        described = describe_settings(self.config, "lantern", Settings, stored_settings.read())
        return {state.key: state for state in described.settings}

    def now(self):
        """The settings that a start would have."""
        return start(self.config, clock=lambda: NOW).host.settings("lantern")

    def refusal(self, changes=(), **more) -> str:
        version = stored_settings.current_version()
        with pytest.raises(SettingRefused) as refused:
            self.change(changes, **more)
        assert stored_settings.current_version() == version
        return str(refused.value)


@pytest.fixture(params=KINDS)
def any_site(request, tmp_path):
    return Site(fresh_url(request.param, tmp_path, "settings"))


@pytest.fixture
def site(tmp_path):
    return Site(f"sqlite:///{tmp_path}/s.db")


def test_a_change_holds_until_it_is_taken_out(any_site):
    done = any_site.change({"oil": "whale", "wick.width": 9})

    assert [(change.key, change.old, change.new) for change in done] == [
        ("oil", "olive", "whale"),
        ("wick.width", 6, 9),
    ]
    assert (any_site.now().oil, any_site.now().wick.width, any_site.now().wick.trimmed) == ("whale", 9, True)
    state = any_site.states()["oil"]
    assert (state.value, state.default, state.source, state.is_locked) == ("whale", "olive", "datastore", False)
    assert (state.changed_at, state.changed_by) == (NOW, "operator:ada")
    assert stored_settings.current_version() == 1

    assert any_site.change(oil=RESET)[0].new == "olive"

    assert any_site.now().oil == "olive"
    assert any_site.states()["oil"].source == "default"
    assert stored_settings.current_version() == 2


@pytest.mark.parametrize("value", [None, "Grace\u00e9 \x00 \U0001f56f", ""])
def test_any_value_comes_back_as_it_was(any_site, value):
    any_site.change(keeper=value)

    assert any_site.now().keeper == value


def test_what_changes_nothing_is_neither_stored_nor_told(site):
    site.change(oil="whale")

    assert site.change(oil="whale", level=RESET) == []

    assert stored_settings.current_version() == 1


def test_the_file_and_the_environment_win_and_lock(tmp_path):
    url = f"sqlite:///{tmp_path}/s.db"
    Site(url).change({"oil": "whale", "level": 3, "wick.width": 9, "wick.trimmed": False})

    site = Site(url, {"FRONTDESK__PLUGINS__LANTERN__LEVEL": "7.5"}, oil="olive", wick={"width": 4})

    settings = site.now()
    assert (settings.oil, settings.level, settings.wick.width, settings.wick.trimmed) == ("olive", 7.5, 4, False)
    states = site.states()
    assert {key: state.source for key, state in states.items() if state.is_locked} == {
        "oil": "site.toml",
        "level": "FRONTDESK__PLUGINS__LANTERN__LEVEL",
        "wick.width": "site.toml",
    }
    assert states["wick.trimmed"].source == "datastore"
    assert site.refusal(oil="whale") == "lantern.oil is set in site.toml and can only be changed there."
    assert site.refusal(level=RESET) == (
        "lantern.level is set in FRONTDESK__PLUGINS__LANTERN__LEVEL and can only be changed there."
    )


def test_a_variable_for_a_whole_section_locks_all_of_it(tmp_path):
    site = Site(f"sqlite:///{tmp_path}/s.db", {"FRONTDESK__PLUGINS__LANTERN__WICK": '{"width": 3}'})

    assert site.now().wick.width == 3
    assert site.states()["wick.trimmed"].source == "FRONTDESK__PLUGINS__LANTERN__WICK"
    assert "is set in FRONTDESK__PLUGINS__LANTERN__WICK" in site.refusal({"wick.trimmed": False})


def test_a_variable_for_a_section_and_one_for_a_part_of_it_go_together(tmp_path):
    environ = {"FRONTDESK__PLUGINS__LANTERN__WICK": '{"width": 3}', "FRONTDESK__PLUGINS__LANTERN__WICK__TRIMMED": "no"}

    wick = Site(f"sqlite:///{tmp_path}/s.db", environ).now().wick

    assert (wick.width, wick.trimmed) == (3, False)


@pytest.mark.parametrize(
    "changes, key, sentence",
    [
        ({"oyl": "whale"}, "oyl", "the plugin 'lantern' has no setting 'oyl'; did you mean 'oil'?"),
        ({"wick": {"width": 3}}, "wick", "lantern.wick has parts; name one of them, such as wick.width."),
        ({"wick.width": 0}, "wick.width", "lantern.wick.width: expected int >= 1."),
        ({"wick.width": "9"}, "wick.width", "lantern.wick.width: expected int, got str."),
        ({"oil": "petrol"}, "oil", "lantern.oil: invalid enum value 'petrol'."),
        ({"level": float("nan")}, "level", "lantern.level: expected float, got null."),
        ({"colours": ["black"]}, "colours", "lantern.colours: black gives no light."),
        ({"colours": ["red", 1]}, "colours", "lantern.colours[1]: expected str, got int."),
        ({"oil": "water"}, "", "plugin 'lantern' failed in register_dialect: ValueError: water does not burn"),
        ({"keeper": "x" * 70_000}, "keeper", "lantern.keeper: is longer than 65536 bytes."),
        ({"keeper": object()}, "keeper", "lantern.keeper: is no plain data."),
        ({"keeper": "\ud800"}, "keeper", "lantern.keeper: is no plain data."),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_cannot_be_is_refused_with_one_sentence(site, changes, key, sentence):
    with pytest.raises(SettingRefused) as refused:
        site.change({"level": 2, **changes})

    assert str(refused.value).startswith(sentence)
    assert refused.value.key == key
    assert (stored_settings.current_version(), site.now().level) == (0, 1.5)


def test_a_plugin_that_is_not_there_or_has_none_is_said_so(site, tmp_path):
    for name, sentence in (
        ("lanten", "there is no enabled plugin 'lanten'; did you mean 'lantern'?"),
        ("xyz", "there is no enabled plugin 'xyz'."),
    ):
        with pytest.raises(SettingRefused, match="no enabled plugin") as refused:
            change_settings(site.config, site.manager, name, {"a": 1}, by="x", now=NOW)
        assert str(refused.value) == sentence


def test_the_event_tells_who_and_what_and_no_secret(any_site):
    any_site.change(door="open sesame", api_token="t0ps3cret", oil="whale")
    any_site.change(door=RESET)

    told = events.recent(["setting.changed"])[::-1]

    assert told[0].data == {
        "plugin": "lantern",
        "settings": {
            "oil": {"old": "olive", "new": "whale"},
            "door": {"old": "", "new": "********"},
            "api_token": {"old": "", "new": "********"},
        },
    }
    assert (told[0].subject_kind, told[0].actor, told[0].at) == ("plugin", "operator:ada", NOW)
    assert told[1].data["settings"] == {"door": {"old": "********", "new": ""}}
    assert [event.id for _, _, event in events.take_due("lantern.smoke", now=NOW)] == [event.id for event in told]


def test_secrets_are_masked_where_settings_are_described(site):
    site.change(door="open sesame")

    door, token = site.states()["door"], site.states()["api_token"]

    assert (door.value, door.is_secret, token.value, token.is_secret) == ("********", True, "", True)
    assert site.now().door == "open sesame"


def test_what_is_stored_and_cannot_be_used_stops_the_start_and_can_be_taken_out(site):
    for key, value in (("oil", '"petrol"'), ("level", "-1")):
        execute("INSERT INTO setting VALUES ('lantern', ?, ?, 0, 'x')", (key, value))
    execute("INSERT INTO setting_version VALUES (1, 7)")

    with pytest.raises(ConfigError) as refused:
        site.now()

    assert str(refused.value) == (
        "a setting in the datastore cannot be used: lantern.oil: invalid enum value 'petrol'; change it with: frontdesk"
        " settings set lantern, or take it out with: frontdesk settings unset lantern"
    )
    # One after the other, although neither alone makes it good.
    site.change(oil=RESET)
    site.change(level=RESET)
    assert site.now() == Settings()


def test_a_mistake_in_the_file_is_told_as_one_of_the_file(site, tmp_path):
    site.change(level=2)

    with pytest.raises(ConfigError, match=r"^site.toml: plugins.lantern.oil: invalid enum value"):
        Site(f"sqlite:///{tmp_path}/s.db", oil="petrol")


def test_a_key_that_the_plugin_no_longer_has_is_a_warning_and_can_be_taken_out(site):
    execute("INSERT INTO setting VALUES ('lantern', 'mirror', '1', 0, 'x')")

    manager = start(site.config, clock=lambda: NOW)

    assert manager.warnings == (
        "the datastore has a setting lantern.mirror, which the plugin does not have; take it out with: frontdesk"
        " settings unset lantern mirror",
    )
    assert [change.key for change in site.change(mirror=RESET)] == ["mirror"]
    assert start(site.config, clock=lambda: NOW).warnings == ()


def test_changes_that_meet_are_all_kept(any_site):
    ready = threading.Barrier(4)

    def change(key, value):
        ready.wait()
        any_site.change({key: value})
        close_database()

    wanted = {"oil": "whale", "level": 4, "keeper": "Bo", "wick.width": 2}
    threads = [threading.Thread(target=change, args=item) for item in wanted.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert stored_settings.read().values_of("lantern") == wanted
    assert stored_settings.current_version() == 4


def test_two_changes_that_only_together_are_wrong_are_not_both_stored(site, monkeypatch):
    """Another change commits between this one's check and its own commit."""
    save, other = stored_settings.save, threading.Event()

    def save_late(*args, **kwargs):
        if not other.is_set():
            other.set()
            site.change(colours=["steel"])
        return save(*args, **kwargs)

    monkeypatch.setattr(stored_settings, "save", save_late)
    with pytest.raises(SettingRefused, match=r"^a plugin would end the program with this\.$"):
        site.change(oil="whale")

    assert stored_settings.read().values_of("lantern") == {"colours": ["steel"]}


@pytest.mark.parametrize("target", KINDS)
def test_a_backup_holds_the_settings(any_site, target, tmp_path):
    any_site.change(oil="whale", door="sesame")
    file = tmp_path / "b.gz"
    assert backup.write_backup(file)["rows"]["setting"] == 2

    document = {"database": {"url": fresh_url(target, tmp_path, "copy"), "durability": "normal"}}
    copy = parse_config({**document, "plugins": {"enabled": [LANTERN]}})
    owners = any_site.manager.migration_owners
    backup.restore_backup(file, copy, owners, lambda name: None)

    settings = start(copy, clock=lambda: NOW).host.settings("lantern")
    assert (settings.oil, settings.door) == ("whale", "sesame")
    assert stored_settings.current_version() == 1


def test_a_store_from_before_there_were_settings_is_opened(site):
    for table in ("setting", "setting_version"):
        execute(f"DROP TABLE {table}")
    execute("DELETE FROM core_migration WHERE name >= '0016' AND name < '0017'")

    with pytest.raises(StartupError, match=r"waits for core/0016_settings; run: frontdesk migrate"):
        start(site.config, clock=lambda: NOW)
    start(site.config, clock=lambda: NOW, migrate=True)

    assert stored_settings.current_version() == 0
    assert fetch_all("SELECT * FROM setting") == []


def test_loading_without_the_datastore_takes_the_file_alone(site):
    site.change(oil="whale")

    assert load_plugins(site.config, clock=lambda: NOW).host.settings("lantern").oil == "olive"
    assert create_app(site.config, clock=lambda: NOW).manager.host.settings("lantern").oil == "whale"


def test_a_struct_says_what_its_settings_are():
    fields = setting_fields(Settings)

    assert {key: field.type for key, field in fields.items()} == {
        "oil": "one of olive, water, whale",
        "level": "number, 0 or more",
        "colours": "list of text",
        "keeper": "text or nothing",
        "door": "text",
        "api_token": "text",
        "consumes": "yes or no",
        "wick.width": "whole number, 1 to 20",
        "wick.trimmed": "yes or no",
    }
    assert fields["oil"].help == 'What burns in it; "water" does not.'
    assert fields["wick.width"].help == "In millimetres, at the top."
    assert fields["wick.trimmed"].help == "Whether it was."
    assert fields["level"].help == ""
    assert section_help(Settings) == {"": "How the lantern burns.", "wick": "The wick."}
    assert fields["colours"].default == ["amber"]


@pytest.mark.parametrize("struct", [BkapSettings, Bookablesites, BookingPress, WcBookings])
def test_every_built_in_setting_can_be_described(struct):
    fields = setting_fields(struct)

    assert fields
    assert all(field.type and field.schema for field in fields.values())
    assert {key for key, field in fields.items() if field.is_secret} <= {"token_keys"}
    assert len(setting_fields(BookingPress)) == 6 + 35


def test_a_struct_that_was_made_by_code_has_no_help():
    made = type("Made", (Settings,), {"__annotations__": {}}, frozen=True, kw_only=True)

    assert field_help(made)["oil"]


def test_values_are_by_plugin():
    stored = StoredSettings(3, {"a": {"x": StoredSetting(1, datetime(2026, 1, 1, tzinfo=UTC), "me")}})

    assert (stored.values_of("a"), stored.values_of("b")) == ({"x": 1}, {})
