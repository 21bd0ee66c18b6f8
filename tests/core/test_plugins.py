"""Plugins: found, checked, ordered; every way a start can fail says so in one sentence."""

import importlib.machinery
import sys
import types
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from core.config import ConfigError, StartupError, parse_config
from core.datastore import PendingMigration, open_datastore
from core.db import BaseModel
from core.domain.money import Quote
from core.errors import DatastoreUnavailable, Vetoed
from core.hook_calls import PluginConflict, PluginError
from core.plugin_discovery import PluginSource
from core.plugins import LoadedPlugin, load_plugins
from frontdesk import Consumer, Dialect, ErrorReply, Route, hookimpl
from tests.fixtures import harbour

HARBOUR = "tests.fixtures.harbour"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


class Quiet:
    def on_get(self, req, resp):
        """Answers with nothing."""


@pytest.fixture
def plugin(monkeypatch):
    """Make a plugin package out of thin air; returns its dotted path."""

    def make(name: str, *, prefix: str | None = None, **members: object) -> str:
        module = types.ModuleType(f"made_up.{name}")
        module.__spec__ = importlib.machinery.ModuleSpec(module.__name__, None)
        module.REQUIRES = ">=1.0,<2"
        if prefix is not None:
            dialect = Dialect(
                name=name,
                prefixes=[prefix],
                routes=[Route(f"{prefix}/x", Quiet())],
                render_error=lambda req, error: ErrorReply(500, {}),
            )
            module.register_dialect = hookimpl(lambda: dialect)
            module.register_dialect.__name__ = "register_dialect"
        for key, value in members.items():
            setattr(module, key, value)
        monkeypatch.setitem(sys.modules, module.__name__, module)
        return module.__name__

    monkeypatch.setitem(sys.modules, "made_up", types.ModuleType("made_up"))
    return make


def load(*enabled: str, environ: dict | None = None, **tables: dict):
    document = {"plugins": {"enabled": list(enabled), **tables}}
    return load_plugins(parse_config(document, source="f.toml", environ=environ), clock=lambda: NOW)


def refusal(*enabled: str, **tables: dict) -> str:
    with pytest.raises(StartupError) as refused:
        load(*enabled, **tables)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_plugin_brings_everything_it_registers():
    manager = load(HARBOUR, harbour={"tide": "low", "pier": {"length": 3}})

    assert [plugin.name for plugin in manager.plugins] == ["harbour"]
    assert isinstance(manager.plugins[0], LoadedPlugin)
    assert manager.host.settings("harbour").pier.length == 3
    assert [(owner, dialect.name) for owner, dialect in manager.dialects] == [("harbour", "harbour")]
    assert [owner.name for owner in manager.migration_owners] == ["core", "harbour"]
    assert set(manager.health) == {"harbour.quay"}
    assert (set(manager.importers), set(manager.credentials)) == ({"harbour"}, {"harbour"})
    assert [command.name for command in manager.commands["harbour"]] == ["tide"]


def test_settings_of_a_plugin_come_from_the_environment_too():
    manager = load(
        HARBOUR,
        environ={
            "FRONTDESK__PLUGINS__HARBOUR__BERTHS": "7",
            "FRONTDESK__PLUGINS__HARBOUR__OPEN": "no",
            "FRONTDESK__PLUGINS__HARBOUR__PIER__LENGTH": "9",
        },
    )

    settings = manager.host.settings("harbour")
    assert (settings.berths, settings.open, settings.pier.length) == (7, False, 9)


def known(*names: str) -> dict:
    return {name: [PluginSource(name, HARBOUR, "a distribution")] for name in names}


def test_an_unknown_plugin_is_named_with_the_nearest(monkeypatch):
    monkeypatch.setattr("core.plugins.known_plugins", lambda folder: known("harbour", "quay"))

    assert refusal("harbr") == "f.toml: plugins.enabled: there is no plugin 'harbr'; did you mean 'harbour'?"
    assert refusal("zzz") == "f.toml: plugins.enabled: there is no plugin 'zzz'; known are harbour, quay."
    assert "there is no plugin 'tests.fixtures.nowhere'" in refusal("tests.fixtures.nowhere")


def test_a_table_for_an_unknown_plugin_is_refused_and_for_a_disabled_one_kept(monkeypatch):
    assert "there is no plugin 'harbur'; did you mean 'harbour'?" in refusal(HARBOUR, harbur={"tide": "low"})

    monkeypatch.setattr("core.plugins.known_plugins", lambda folder: known("harbour"))
    assert load(harbour={"tied": "low"}).plugins == ()


@pytest.mark.parametrize(
    "table, sentence",
    [
        ({"tied": "low"}, "f.toml: plugins.harbour.tied: unknown setting; did you mean 'tide'?"),
        ({"berths": "many"}, "f.toml: plugins.harbour.berths: expected int, got str."),
        ({"pier": {"lenght": 3}}, "f.toml: plugins.harbour.pier.lenght: unknown setting; did you mean 'length'?"),
    ],
)
def test_a_wrong_setting_of_a_plugin_stops_the_start(table, sentence):
    assert refusal(HARBOUR, harbour=table) == sentence


def test_a_misspelt_hook_stops_the_start(plugin):
    def filter_slot(slots):
        return slots

    path = plugin("typo", filter_slot=hookimpl(filter_slot))

    assert refusal(path) == "plugin 'typo' implements an unknown hook 'filter_slot'; did you mean 'filter_slots'?"


def test_a_hook_with_an_unknown_argument_stops_the_start(plugin):
    def filter_slots(slots, moon):
        return slots

    assert "plugin 'lunatic':" in refusal(plugin("lunatic", filter_slots=hookimpl(filter_slots)))


@pytest.mark.parametrize(
    "requires, sentence",
    [
        (">=2", "upgrade frontdesk, or install an older version of the plugin."),
        ("~=1.7", "upgrade frontdesk, or install an older version of the plugin."),
        ("<1", "install a newer version of the plugin."),
        (">=0.3,<0.9", "install a newer version of the plugin."),
        ("!=1.2", "install a newer version of the plugin."),
    ],
)
def test_a_plugin_for_other_versions_of_the_surface_stops_the_start(plugin, requires, sentence):
    assert refusal(plugin("other", REQUIRES=requires)) == (
        f"plugin 'other' works with {requires} of the plugin surface, and this program has 1.2; {sentence}"
    )


@pytest.mark.parametrize("requires", [">=1.0,<2", "~=1.0", "==1.*", ">0.9"])
def test_a_plugin_for_this_version_of_the_surface_runs(plugin, requires):
    assert [found.name for found in load(plugin("fitting", REQUIRES=requires)).plugins] == ["fitting"]


def test_two_plugins_with_one_prefix_stop_the_start(plugin):
    first, second = plugin("first", prefix="/api/v1"), plugin("second", prefix="/API/v1")

    with pytest.raises(PluginConflict) as refused:
        load(first, second)

    assert str(refused.value) == "plugins 'first' and 'second' both claim the prefix '/API/v1'; disable one."


@pytest.mark.parametrize("prefix", ["api", "/api/", "/healthz"])
def test_a_prefix_that_cannot_be_claimed_stops_the_start(plugin, prefix):
    assert "cannot be claimed" in refusal(plugin("greedy", prefix=prefix))


def test_a_route_outside_the_prefixes_stops_the_start(plugin):
    dialect = Dialect(name="x", prefixes=["/x"], routes=[Route("/xy", Quiet())], render_error=lambda req, error: None)

    def register_dialect():
        return dialect

    assert "has a route '/xy' outside its prefixes" in refusal(plugin("x", register_dialect=hookimpl(register_dialect)))


def test_two_plugins_with_one_table_stop_the_start(plugin):
    class Thing(BaseModel):
        class Meta:
            table_name = "sms_log_line"

    def register_models():
        return [Thing]

    first, second = (
        plugin(name, register_models=hookimpl(register_models), register_migrations=_migrations())
        for name in ("sms", "sms_log")
    )

    assert "both have a table 'sms_log_line'" in refusal(first, second)


def _migrations():
    def register_migrations():
        return Path(harbour.__file__).parent / "migrations"

    return hookimpl(register_migrations)


def test_models_without_migrations_stop_the_start(plugin):
    class Thing(BaseModel):
        class Meta:
            table_name = "lone_thing"

    def register_models():
        return [Thing]

    assert "registers models but no migrations" in refusal(plugin("lone", register_models=hookimpl(register_models)))


def test_a_table_must_carry_the_plugin_s_name(plugin):
    class Thing(BaseModel):
        class Meta:
            table_name = "something"

    def register_models():
        return [Thing]

    path = plugin("owner", register_models=hookimpl(register_models), register_migrations=_migrations())
    assert "its name must begin with 'owner_'" in refusal(path)


def test_a_plugin_that_fails_to_register_is_named(plugin):
    def register_dialect(host):
        raise KeyError("moon")

    assert "plugin 'moody' failed in register_dialect: KeyError" in refusal(
        plugin("moody", register_dialect=hookimpl(register_dialect))
    )


def test_a_plugin_that_cannot_be_imported_is_named(tmp_path, monkeypatch):
    (tmp_path / "brokenpkg").mkdir()
    (tmp_path / "brokenpkg" / "__init__.py").write_text("import no_such_module_at_all\n")
    (tmp_path / "brokenpkg" / "inner").mkdir()
    (tmp_path / "brokenpkg" / "inner" / "__init__.py").write_text("")
    (tmp_path / "solo").mkdir()
    (tmp_path / "solo" / "__init__.py").write_text("")
    (tmp_path / "solo" / "bad.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert "plugin 'bad' cannot be imported: ModuleNotFoundError" in refusal("solo.bad")


def test_the_same_plugin_twice_stops_the_start():
    assert "names 'harbour' twice" in refusal(HARBOUR, HARBOUR)


def test_an_entry_point_can_be_enabled_by_name(monkeypatch):
    point = SimpleNamespace(name="harbour", value=HARBOUR)
    monkeypatch.setattr(
        "importlib.metadata.entry_points", lambda group: [point] if group == "frontdesk.plugins" else []
    )

    assert [plugin.module_path for plugin in load("harbour").plugins] == [HARBOUR]


def _seeing(log: list, name: str):
    def filter_quote(quote):
        log.append(name)
        return quote

    return hookimpl(filter_quote)


def test_behaviour_runs_in_list_order_and_declarations_move_it(plugin):
    log: list[str] = []
    a = plugin("a", filter_quote=_seeing(log, "a"), RUNS_AFTER=("c",))
    b = plugin("b", filter_quote=_seeing(log, "b"))
    c = plugin("c", filter_quote=_seeing(log, "c"), RUNS_BEFORE=("d",))
    d = plugin("d", filter_quote=_seeing(log, "d"))
    manager = load(a, d, b, c)

    for change in manager.filters().quote:
        change(Quote("EUR", Decimal(0)), None)

    assert log == ["b", "c", "a", "d"]
    assert manager.hook_order()["filter_quote"] == log


def test_a_priority_decides_before_the_order_of_plugins(plugin):
    def at(**options):
        def filter_quote(quote):
            return quote

        return hookimpl(**options)(filter_quote)

    paths = [
        plugin(name, filter_quote=at(**options))
        for name, options in {
            "a": {"priority": 20},
            "b": {},
            "c": {"priority": 5},
            "d": {"trylast": True},
            "e": {"tryfirst": True},
            "f": {"priority": 10},
        }.items()
    ]

    assert load(*paths).hook_order()["filter_quote"] == ["e (tryfirst)", "c (5)", "b", "f", "a (20)", "d (trylast)"]


def _wrapper(quote):
    return (yield)


async def _async(quote):
    return quote


def _generator(quote):
    yield quote


@pytest.mark.parametrize(
    "implementation, problem",
    [
        (hookimpl(wrapper=True)(_wrapper), "is a wrapper"),
        (hookimpl(hookwrapper=True)(_wrapper), "is a wrapper"),
        (hookimpl(_async), "is async"),
        (hookimpl(_generator), "is a generator"),
        (hookimpl(priority="high")(lambda quote: quote), "has a priority that is not a whole number"),
    ],
)
def test_an_implementation_that_can_never_be_called_stops_the_start(plugin, implementation, problem):
    assert f"plugin 'a': its filter_quote {problem}" in refusal(plugin("a", filter_quote=implementation))


@pytest.mark.parametrize(
    "consumers, problem",
    [
        ({"x": Consumer(["bookings.created"])}, "nobody records; did you mean 'booking.created'?"),
        ({"x": Consumer("booking.created")}, "kinds that are not a list of texts"),
        ({"x": ["booking.created"]}, "is a list, not a Consumer"),
        ({"X-1": Consumer()}, "needs a name of small letters"),
        ({"x": Consumer(handle="soon")}, "has a handle that cannot be called"),
        ({"x" * 70: Consumer()}, "has a name that is longer"),
        (["x"], "must return a dict of consumers by name, not a list"),
    ],
)
def test_a_consumer_that_could_never_get_an_event_stops_the_start(plugin, consumers, problem):
    register = lambda: consumers  # noqa: E731
    register.__name__ = "register_consumers"

    assert problem in refusal(plugin("a", register_consumers=hookimpl(register)))


def test_consumers_of_one_name_belong_to_their_plugins(plugin):
    def register_consumers():
        return {"mail": Consumer(["booking.created", "a.own"])}

    manager = load(*(plugin(name, register_consumers=hookimpl(register_consumers)) for name in "ab"))

    assert list(manager.consumers) == ["a.mail", "b.mail"]


def test_plugins_that_each_want_to_be_first_stop_the_start(plugin):
    a, b = plugin("a", RUNS_BEFORE=("b",)), plugin("b", RUNS_BEFORE=("a",))

    assert "each want to run before the other" in refusal(a, b)


def test_a_veto_names_its_plugin_and_reason():
    [check] = load(HARBOUR).filters().check_booking

    check(SimpleNamespace(note="calm"), None, "create", None, None)
    with pytest.raises(Vetoed) as vetoed:
        check(SimpleNamespace(note="storm"), None, "create", None, None)

    assert (vetoed.value.plugin, vetoed.value.reason) == ("harbour", "the harbour is closed")


def test_a_failing_action_hurts_neither_the_caller_nor_the_next_plugin(plugin, caplog):
    heard = []

    def site_changed(event):
        heard.append(event.kind)

    manager = load(HARBOUR, plugin("second", site_changed=hookimpl(site_changed)))

    manager.dispatch_event(SimpleNamespace(subject_kind="site", kind="harbour.sank"))

    assert heard == ["harbour.sank"]
    assert "harbour" in caplog.text


def test_an_action_that_finds_the_disk_full_is_told_in_one_line(plugin, caplog):
    def site_changed(event):
        raise DatastoreUnavailable(reason="full")

    manager = load(plugin("second", site_changed=hookimpl(site_changed)))

    manager.dispatch_event(SimpleNamespace(subject_kind="site", kind="harbour.sank"))

    [record] = caplog.records
    assert (record.exc_info, record.levelname) == (None, "WARNING")
    assert "the disk of the datastore is full" in str(record.msg)


def test_a_pending_migration_stops_the_start_and_names_the_command(tmp_path):
    url = f"sqlite:///{tmp_path}/p.db"
    bare = parse_config({"database": {"url": url}})
    open_datastore(bare, load().migration_owners)
    manager = load(HARBOUR)

    with pytest.raises(PendingMigration) as refused:
        open_datastore(bare, manager.migration_owners)

    assert str(refused.value) == "the datastore waits for harbour/0001_init; run: frontdesk migrate"
    assert open_datastore(bare, manager.migration_owners, apply=True) == ["harbour/0001_init"]
    assert open_datastore(bare, manager.migration_owners) == []


def test_a_store_newer_than_the_code_stops_the_start(tmp_path):
    config = parse_config({"database": {"url": f"sqlite:///{tmp_path}/p.db"}})
    manager = load(HARBOUR)
    open_datastore(config, manager.migration_owners)
    from core.db import database

    database.execute_sql("INSERT INTO harbour_migration (name, applied) VALUES ('0009_future', '2030-01-01')")

    with pytest.raises(
        StartupError, match=r"newer than the plugin 'harbour': it has the migration 0009_future; go back"
    ):
        open_datastore(config, manager.migration_owners)


def test_a_store_that_cannot_be_opened_stops_the_start(tmp_path):
    (tmp_path / "x.db").write_bytes(b"this is no database, but it is long enough to look like a file with pages" * 20)

    for url, sentence in (
        (f"sqlite:///{tmp_path}/x.db", "cannot be opened"),
        ("sqlite:////no/such/x.db", "does not exist"),
    ):
        with pytest.raises(StartupError, match=sentence):
            open_datastore(parse_config({"database": {"url": url}}), load().migration_owners)


def test_settings_without_a_struct_take_no_keys(plugin):
    path = plugin("plain")

    assert msgspec.to_builtins(load(path).host.settings("plain")) == {}
    assert refusal(path, plain={"x": 1}) == "f.toml: plugins.plain.x: unknown setting."


def test_errors_of_the_start_share_one_base():
    assert issubclass(ConfigError, StartupError)
    assert issubclass(PluginConflict, PluginError)


@pytest.mark.parametrize(
    ("store", "sentence"),
    [
        ("nosuch://x", r"^config\.toml: limits\.store: cannot be used"),
        ("redis://localhost:1", r"^Redis needs its client; run: pip install 'frontdesk\[redis\]'"),
    ],
)
def test_a_limit_store_that_cannot_be_used_stops_the_start(store, sentence):
    from core.datastore import open_limiter

    with pytest.raises(StartupError, match=sentence):
        open_limiter(parse_config({"limits": {"store": store}}))
