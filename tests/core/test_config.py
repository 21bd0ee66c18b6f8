"""Configuration: what is accepted, and the one sentence about what is not."""

import tomllib
from datetime import UTC, datetime

import pytest

from core.config import ConfigError, decode_table, load_config, make_clock, parse_config
from plugins.bookingpress.settings import Settings as BookingPress


def test_an_empty_document_is_the_documented_default():
    config = parse_config({})

    assert (config.server.bind, config.server.workers, config.server.max_body) == ("127.0.0.1:8000", 2, 1_048_576)
    assert (config.database.url, config.database.durability) == ("sqlite:///frontdesk.db", "full")
    assert (config.site.timezone, config.plugins.enabled) == ("UTC", ())


def test_the_shipped_file_says_what_the_defaults_are(repository):
    shipped = parse_config(tomllib.loads((repository / "config.toml").read_text()))

    default = parse_config({})
    assert shipped.plugins.enabled
    for table in ("server", "database", "site", "limits", "webhooks", "sandbox"):
        assert getattr(shipped, table) == getattr(default, table)


def test_the_shipped_file_names_every_setting(repository):
    text = (repository / "config.toml").read_text()

    for table in ("server", "database", "site", "limits", "webhooks", "sandbox"):
        part = text.partition(f"[{table}]")[2].partition("\n[")[0]
        default = getattr(parse_config({}), table)
        for key in getattr(default, "__struct_fields__", None) or default.__dataclass_fields__:
            assert f"{key} = " in part, f"[{table}] {key}"


@pytest.mark.parametrize(
    "document, sentence",
    [
        ({"sever": {}}, "f.toml: unknown table [sever]; did you mean 'server'?"),
        ({"server": {"wrokers": 2}}, "f.toml: server.wrokers: unknown setting; did you mean 'workers'?"),
        ({"server": {"colour": 2}}, "f.toml: server.colour: unknown setting."),
        ({"server": {"workers": "two"}}, "f.toml: server.workers: expected int, got str."),
        ({"server": {"workers": 0}}, "f.toml: server.workers: expected int >= 1."),
        ({"server": 5}, "f.toml: server must be a table, not 5."),
        ({"server": {"trusted_proxies": ["10.0.0.0/99"]}}, "'10.0.0.0/99' is no IP address or network."),
        ({"database": {"durability": "ful"}}, "f.toml: database.durability: invalid enum value 'ful'."),
        ({"database": {"url": "mysql://x"}}, "must begin with sqlite:/// or postgresql://, not 'mysql://x'."),
        ({"site": {"timezone": "Europe/Berln"}}, "called 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ({"site": {"currency": "EUT"}}, "site.currency: no currency is called 'EUT'; did you mean 'E"),
        ({"site": {"currency": "QQQ"}}, "site.currency: no currency is called 'QQQ'"),
        ({"site": {"locale": "de_DEE"}}, "site.locale: no locale is called 'de_DEE'; did you mean 'de_DE'?"),
        ({"site": {"locale": "en-UX"}}, "site.locale: no locale is called 'en-UX'; did you mean 'en_"),
        ({"site": {"url": "shop.test"}}, "f.toml: site.url: must begin with http:// or https://, not 'shop.test'."),
        ({"sandbox": {"now": "2026-03-02T10:00:00"}}, "f.toml: sandbox.now: needs a zone"),
        ({"server": {"workers": 100_000}}, "f.toml: server.workers: expected int <= 256."),
        ({"server": {"bind": "localhost"}}, "f.toml: server.bind: must be HOST:PORT or unix:PATH, not 'localhost'."),
        ({"server": {"bind": "8000"}}, "f.toml: server.bind: must be HOST:PORT or unix:PATH, not '8000'."),
        ({"server": {"bind": "127.0.0.1:80000"}}, "f.toml: server.bind: must be HOST:PORT"),
        ({"server": {"bind": "::1:8000"}}, "f.toml: server.bind: must have an IPv6 address in brackets"),
        ({"server": {"bind": "unix:"}}, "f.toml: server.bind: must name a path"),
        ({"site": {"url": "http://"}}, "f.toml: site.url: must name a host"),
        ({"site": {"url": "http:// x?y#z"}}, "f.toml: site.url: must name a host"),
        ({"site": {"url": "https://x.test/?a=b"}}, "f.toml: site.url: must be a plain address"),
        ({"site": {"url": "https://x.test:port"}}, "f.toml: site.url: must be a URL"),
        ({"site": {"timezone": "GMT+2"}}, "called 'GMT+2'; did you mean '+02:00'?"),
        ({"database": {"url": "sqlite:///:memory:"}}, "f.toml: database.url: must name a file"),
        ({"database": {"url": "sqlite:///"}}, "f.toml: database.url: must name a file"),
        ({"limits": {"store": "redis"}}, "f.toml: limits.store: must be 'database' or an address"),
        ({"timezone": "UTC"}, "f.toml: timezone stands outside of every table; write it below [site]."),
        ({"url": "x"}, "f.toml: url stands outside of every table; write it below its table."),
        ({"plugins": {"enabled": "bkap"}}, "f.toml: plugins.enabled must be a list of names, not 'bkap'."),
        ({"plugins": {"enable": ["x"]}}, "f.toml: plugins.enable must be a table; did you mean 'enabled'?"),
    ],
)
def test_a_wrong_document_is_refused_with_one_sentence(document, sentence):
    with pytest.raises(ConfigError) as refusal:
        parse_config(document, source="f.toml")

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text, sentence", [("a = ", "is not valid TOML"), (None, "there is no such file")])
def test_a_file_that_cannot_be_read_is_named(tmp_path, text, sentence):
    path = tmp_path / "c.toml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(ConfigError) as refusal:
        load_config(path, environ={})

    assert str(refusal.value).startswith(f"{path}: ")
    assert sentence in str(refusal.value)


def test_the_environment_overrides_and_is_typed_by_the_setting(tmp_path):
    secret = tmp_path / "url"
    secret.write_text("sqlite:////data/x.db\n")
    config = parse_config(
        {"server": {"workers": 1}},
        environ={
            "FRONTDESK__SERVER__WORKERS": "3",
            "FRONTDESK__SERVER__ACCESS_LOG": "off",
            "FRONTDESK__SERVER__TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "FRONTDESK__DATABASE__URL_FILE": str(secret),
            "FRONTDESK__SITE__NAME": "42",
            "FRONTDESK__SANDBOX__NOW": "2026-03-02T10:00:00Z",
            "FRONTDESK__PLUGINS__ENABLED": '["a", "b"]',
            "FRONTDESK__PLUGINS__A__DEEP__KEY": "1",
            "OTHER": "x",
        },
    )

    assert (config.server.workers, config.server.access_log) == (3, False)
    assert config.server.trusted_proxies == ("10.0.0.0/8", "::1")
    assert config.database.url == "sqlite:////data/x.db"
    assert config.site.name == "42"
    assert config.plugins.enabled == ("a", "b")
    assert config.plugins.environment == (("a", ("deep", "key"), "1", "FRONTDESK__PLUGINS__A__DEEP__KEY"),)
    assert make_clock(config)() == datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "name, text, sentence",
    [
        ("FRONTDESK__SERVER__WORKERS", "x", "FRONTDESK__SERVER__WORKERS: expected int, got str."),
        ("FRONTDESK__SERVER__WRKERS", "1", "unknown setting 'wrkers'; did you mean 'workers'?"),
        ("FRONTDESK__SRVER__WORKERS", "1", "unknown table [srver]; did you mean 'server'?"),
        ("FRONTDESK__SITE__NAME_FILE", "/no/such", "FRONTDESK__SITE__NAME_FILE: the file '/no/such' cannot be read."),
        ("FRONTDESK__SITE__NAME__X", "y", "the setting 'name' has no parts."),
        ("FRONTDESK__SITE__", "y", "FRONTDESK__SITE__: names no setting; there are name, url,"),
        ("FRONTDESK_SITE_TIMEZONE", "UTC", "two underscores; did you mean FRONTDESK__SITE__TIMEZONE?"),
        ("FRONTDESK_SERVER_MAX_BODY", "1", "did you mean FRONTDESK__SERVER__MAX_BODY?"),
        ("FRONTDESK__SITE__TIMEZONE", "Mars", "FRONTDESK__SITE__TIMEZONE: no time zone is called 'Mars'"),
        ("FRONTDESK__SERVER__BIND", "x", "FRONTDESK__SERVER__BIND: must be HOST:PORT"),
        ("FRONTDESK__SITE__URL", "x.test", "FRONTDESK__SITE__URL: must begin with http:// or https://"),
        ("FRONTDESK__DATABASE__URL", "mysql://x", "FRONTDESK__DATABASE__URL: must begin with sqlite:///"),
    ],
)
def test_a_wrong_variable_is_named(name, text, sentence):
    with pytest.raises(ConfigError) as refusal:
        parse_config({}, environ={name: text})

    assert sentence in str(refusal.value)


@pytest.mark.parametrize("name", ["+05:30", "-03:00", "UTC", "America/New_York"])
def test_zones_are_names_or_offsets(name):
    assert parse_config({"site": {"timezone": name}}).site.timezone == name


def test_the_real_clock_is_aware_utc():
    assert make_clock(parse_config({}))().tzinfo is UTC


def test_a_value_and_its_file_are_not_both_taken(tmp_path):
    (tmp_path / "name").write_text("b")
    environ = {"FRONTDESK__SITE__NAME": "a", "FRONTDESK__SITE__NAME_FILE": str(tmp_path / "name")}
    with pytest.raises(ConfigError, match="are both set; keep one of them"):
        parse_config({}, environ=environ)


def test_paths_are_relative_to_the_file(tmp_path, monkeypatch):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "config.toml").write_text(
        '[server]\nbind = "unix:run/shop.sock"\n[database]\nurl = "sqlite:///data/shop.db"\n'
    )
    monkeypatch.chdir(tmp_path)
    config = load_config("shop/config.toml", environ={})
    assert config.database.url == f"sqlite:///{tmp_path}/shop/data/shop.db"
    assert config.server.bind == f"unix:{tmp_path}/shop/run/shop.sock"


@pytest.mark.parametrize(
    ("bind", "url", "shown"),
    [
        ("127.0.0.1:18840", "", "http://127.0.0.1:18840"),
        ("0.0.0.0:81", "", "http://127.0.0.1:81"),
        ("[::1]:81", "", "http://[::1]:81"),
        ("127.0.0.1:81", "https://x.test/desk/", "https://x.test/desk"),
    ],
)
def test_without_a_url_links_lead_to_where_the_server_listens(bind, url, shown):
    config = parse_config({"server": {"bind": bind}, "site": {"url": url}})
    assert (config.site.url, config.site_url_is_set) == (shown, bool(url))


def test_the_environment_alone_is_a_configuration(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config = load_config(environ={"FRONTDESK__SITE__NAME": "Shop"})
    assert (config.site.name, config.source) == ("Shop", "environment")
    assert config.database.url == f"sqlite:///{tmp_path}/frontdesk.db"
    assert len(config.plugins.enabled) == 4


def test_without_a_file_and_an_environment_the_next_step_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match=r"frontdesk init.*--config.*FRONTDESK__"):
        load_config(environ={})
    with pytest.raises(ConfigError, match="did you mean FRONTDESK__SITE__TIMEZONE"):
        load_config(environ={"FRONTDESK_SITE_TIMEZONE": "UTC"})


@pytest.mark.parametrize("name", ["blacklisted_ips", "whitelisted_ips"])
def test_a_table_that_checks_itself_names_its_setting_once(name):
    with pytest.raises(ConfigError) as refusal:
        decode_table({name: "203.0.113.5, nowhere"}, BookingPress, "config.toml: plugins.bookingpress")
    said = "'nowhere' is neither an IP address nor a network."
    assert str(refusal.value) == f"config.toml: plugins.bookingpress.{name}: {said}"


def test_the_folder_of_plugins_comes_from_the_file_or_the_environment(tmp_path):
    (tmp_path / "mine").mkdir()
    environ = {"FRONTDESK__PLUGINS__PATH": "./none"}

    assert parse_config({"plugins": {"path": "./mine"}}, folder=tmp_path).plugins.path == tmp_path / "mine"
    with pytest.raises(ConfigError, match=r"^FRONTDESK__PLUGINS__PATH: there is no folder .*/none\.$"):
        parse_config({"plugins": {"path": "./mine"}}, folder=tmp_path, environ=environ)
