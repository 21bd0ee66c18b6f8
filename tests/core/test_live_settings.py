"""A change of a setting while requests run: the next request is answered with it, and nothing is lost meanwhile."""

import gc
import threading
import time
import tracemalloc
import weakref
from types import SimpleNamespace

import msgspec
import pytest
from falcon.testing import TestClient

from core import app as host
from core import background, live_app
from core.config import parse_config
from core.db import close_database, ensure_connection, execute, fetch_all
from core.errors import DatastoreUnavailable
from core.http.proxies import TrustedProxies
from core.services import events, stored_settings
from core.settings_changes import RESET, change_settings
from frontdesk.testing.stores import KINDS, fresh_url
from tests.core.conftest import HARBOUR, NOW
from tests.fixtures import lantern

pytestmark = pytest.mark.slow

LANTERN = "tests.fixtures.lantern"


def build(url: str, *enabled: str) -> SimpleNamespace:
    config = parse_config(
        {"database": {"url": url, "durability": "normal"}, "plugins": {"enabled": list(enabled or (LANTERN,))}}
    )
    app = host.create_app(config, clock=lambda: NOW, manager=host.start(config, clock=lambda: NOW, migrate=True))

    def change(plugin="lantern", changes=(), **more):
        return change_settings(config, app.manager, plugin, {**dict(changes), **more}, by="ada", now=NOW)

    return SimpleNamespace(config=config, app=app, client=TestClient(app), change=change)


@pytest.fixture(params=KINDS)
def any_site(request, tmp_path):
    return build(fresh_url(request.param, tmp_path, "live"))


@pytest.fixture
def site(tmp_path):
    return build(f"sqlite:///{tmp_path}/s.db")


@pytest.fixture
def logged(monkeypatch):
    lines = []
    monkeypatch.setattr(live_app.log, "error", lambda event, **fields: lines.append({"event": event, **fields}))
    return lines


def force(key: str, value: object) -> None:
    """Store a value that nobody has checked, as an older version of the plugin would have."""
    execute("INSERT INTO setting VALUES ('lantern', ?, ?, 0, 'x')", (key, msgspec.json.encode(value).decode()))
    execute(
        "INSERT INTO setting_version VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET version = setting_version.version + 1"
    )


def test_the_next_request_is_answered_with_a_change(any_site):
    assert any_site.client.simulate_get("/lantern/light").json["oil"] == "olive"

    any_site.change(oil="whale")
    assert any_site.client.simulate_get("/lantern/light").json["oil"] == "whale"

    any_site.change(oil=RESET)
    assert any_site.client.simulate_get("/lantern/light").json["oil"] == "olive"


def test_without_a_change_the_application_stays(site):
    site.client.simulate_get("/lantern/light")
    site.change(oil="whale")
    site.client.simulate_get("/lantern/light")
    asked = len(lantern.HOSTS)

    for _ in range(5):
        site.client.simulate_get("/lantern/light")

    assert len(lantern.HOSTS) == asked


def test_the_request_that_notices_keeps_its_body_and_its_caller(tmp_path):
    site = build(f"sqlite:///{tmp_path}/s.db")
    site.change(oil="whale")

    answer = site.client.simulate_post("/lantern/light", json={"text": "ahoy"}, headers={"X-Request-Id": "mine"})

    assert answer.json == {"oil": "whale", "sent": {"text": "ahoy"}}
    assert answer.headers["x-request-id"] == "mine"


def test_what_proxies_report_is_applied_once(tmp_path, monkeypatch):
    config = parse_config(
        {
            "database": {"url": f"sqlite:///{tmp_path}/s.db"},
            "server": {"trusted_proxies": ["127.0.0.1"]},
            "plugins": {"enabled": [LANTERN]},
        }
    )
    manager = host.start(config, clock=lambda: NOW, migrate=True)
    app = host.create_app(config, clock=lambda: NOW, manager=manager)
    applied = []
    monkeypatch.setattr(TrustedProxies, "apply", lambda self, env: applied.append(env["wsgi.url_scheme"]))
    change_settings(config, manager, "lantern", {"oil": "whale"}, by="x", now=NOW)

    assert TestClient(app).simulate_get("/lantern/light").json["oil"] == "whale"
    assert applied == ["http"]


def test_pages_of_the_host_need_no_datastore_and_notice_nothing(site, monkeypatch):
    monkeypatch.setattr(stored_settings, "current_version", lambda: 1 / 0)

    assert site.client.simulate_get("/healthz").status_code == 200
    assert site.client.simulate_get("/", headers={"Accept": "application/json"}).status_code == 200
    assert site.client.simulate_get("/nowhere").status_code == 404


def test_a_running_request_ends_with_the_settings_it_began_with(site):
    lantern.GO.clear()
    lantern.WAITING.clear()
    answers = []

    def ask() -> None:
        answers.append(site.client.simulate_get("/lantern/slow").json["oil"])
        close_database()

    slow = threading.Thread(target=ask)
    slow.start()
    assert lantern.WAITING.wait(10)
    site.change(oil="whale")
    assert site.client.simulate_get("/lantern/light").json["oil"] == "whale"
    lantern.GO.set()
    slow.join(10)

    assert answers == ["olive"]


def test_many_requests_that_notice_at_once_build_one_application(any_site):
    any_site.client.simulate_get("/lantern/light")
    any_site.change(oil="whale")
    asked = len(lantern.HOSTS)
    go, answers = threading.Barrier(6), []

    def ask() -> None:
        # The test client is not for several threads.
        client = TestClient(any_site.app)
        go.wait()
        answers.append(client.simulate_get("/lantern/light").json["oil"])
        close_database()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert answers == ["whale"] * 6
    assert len(lantern.HOSTS) == asked + 1


def test_no_event_loses_its_consumers_while_applications_are_built(site):
    stop, recorded = threading.Event(), []

    def record() -> None:
        ensure_connection()
        while not stop.is_set():
            recorded.append(events.record_event("lantern.lit", "lantern", 1, now=NOW).id)
            time.sleep(0.001)
        close_database()

    heard = []
    recorder = threading.Thread(target=record)
    recorder.start()
    for number in range(20):
        site.change(level=number + 2)
        assert site.client.simulate_get("/lantern/light").json["level"] == number + 2
    stop.set()
    recorder.join(10)

    heard = {row[0] for row in fetch_all("SELECT event_id FROM dispatch WHERE consumer = 'lantern.smoke'")}
    assert len(recorded) > 20
    assert set(recorded) <= heard


def test_a_consumer_can_be_switched_off_and_on(site):
    def told(kind: str) -> int:
        site.client.simulate_get("/lantern/light")
        events.record_event(kind, "lantern", 1, now=NOW)
        return len(fetch_all("SELECT 1 FROM dispatch d JOIN event e ON e.id = d.event_id WHERE e.kind = ?", (kind,)))

    assert told("lantern.a") == 1
    site.change(consumes=False)
    assert told("lantern.b") == 0
    site.change(consumes=True)
    assert told("lantern.c") == 1


@pytest.mark.parametrize(
    "key, value, reason",
    [
        ("oil", "water", "plugin 'lantern' failed in register_dialect: ValueError: water does not burn"),
        ("oil", "petrol", "a setting in the datastore cannot be used: lantern.oil: invalid enum value 'petrol'"),
        ("level", "much", "a setting in the datastore cannot be used: lantern.level: expected float, got str"),
    ],
)
def test_where_a_plugin_cannot_start_with_a_change_the_old_settings_stay(site, logged, key, value, reason):
    site.change(colours=["red"])
    force(key, value)

    for _ in range(3):
        assert site.client.simulate_get("/lantern/light").json["oil"] == "olive"

    # One line, not one per request.
    assert [line["event"] for line in logged] == ["the settings cannot be used, the old ones stay"]
    assert logged[0]["reason"].startswith(reason)

    site.change("lantern", {key: RESET})
    assert site.client.simulate_get("/lantern/light").json["colours"] == ["red"]


def test_a_plugin_that_ends_the_program_ends_nothing(site, logged):
    force("oil", "whale")
    force("colours", ["steel"])

    assert site.client.simulate_get("/lantern/light").json["oil"] == "olive"
    assert [line["reason"] for line in logged] == ["SystemExit: 3"]


def test_a_datastore_in_trouble_is_asked_again_by_the_next_request(site, monkeypatch):
    site.change(oil="whale")
    read, calls = stored_settings.read, []

    def fail_once():
        calls.append(1)
        if len(calls) == 1:
            raise DatastoreUnavailable(reason="unreachable", detail="x")
        return read()

    monkeypatch.setattr(stored_settings, "read", fail_once)

    assert site.client.simulate_get("/lantern/light").json["oil"] == "olive"
    assert site.client.simulate_get("/lantern/light").json["oil"] == "whale"


def test_a_version_that_cannot_be_read_delays_nothing(site, monkeypatch):
    def fail() -> int:
        raise DatastoreUnavailable(reason="unreachable", detail="x")

    monkeypatch.setattr(stored_settings, "current_version", fail)

    assert site.client.simulate_get("/lantern/light").json["oil"] == "olive"


@pytest.mark.parametrize("is_frozen", [False, True], ids=["collected", "frozen"])
def test_many_changes_leave_nothing_behind(tmp_path, is_frozen):
    site = build(f"sqlite:///{tmp_path}/s.db", HARBOUR, LANTERN)
    managers, applications = [], []
    if is_frozen:
        # As a worker does after its start.
        gc.collect()
        gc.freeze()
    tracemalloc.start()
    try:
        for number in range(20):
            site.change(level=number + 2)
            lantern.HOSTS.clear()
            assert site.client.simulate_get("/lantern/light").json["level"] == number + 2
            managers.append(weakref.ref(site.app.manager.pluggy))
            applications.append(weakref.ref(site.app._app._router))
            if number == 7:
                gc.collect()
                before = tracemalloc.get_traced_memory()[0]
        gc.collect()
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.unfreeze()

    # With frozen objects, the one before the last goes with the next change.
    assert sum(reference() is not None for reference in managers) <= 2
    assert sum(reference() is not None for reference in applications) <= 2
    assert after - before < 100_000


def test_background_work_follows(any_site, tmp_path):
    folder = tmp_path / "burnt"
    folder.mkdir()
    any_site.change(keeper=str(folder))
    manager = host.start(any_site.config, clock=lambda: NOW)
    seen = set()

    def has_to_end() -> bool:
        time.sleep(0.02)
        seen.update(path.name for path in folder.iterdir())
        if seen == {"olive"}:
            any_site.change(oil="whale")
        return "whale" in seen

    assert background._run_until_settings_change(manager, has_to_end) is False
    renewed = background._renew(any_site.config, manager)
    assert renewed.settings_version == 2
    assert background._run_until_settings_change(renewed, has_to_end) is True


def test_background_work_stays_where_a_plugin_cannot_start(site, logged):
    manager = host.start(site.config, clock=lambda: NOW)
    force("oil", "petrol")

    kept = background._renew(site.config, manager)

    assert kept.host.settings("lantern").oil == "olive"
    # It does not try the same again and again.
    assert kept.settings_version == 1
    assert len(logged) == 1


def test_a_host_whose_plugins_have_no_work_yet_may_have_some_later(site, tmp_path):
    assert site.app.manager.workers.keys() == set()
    assert site.app.manager.may_have_workers


def test_settings_are_followed_by_filters_and_the_host_of_actions(tmp_path):
    site = build(f"sqlite:///{tmp_path}/s.db", HARBOUR)
    site.change("harbour", tide="low")

    assert site.client.simulate_get("/harbour/v1/nowhere").status_code == 404
    assert site.app.manager.host.settings("harbour").tide == "low"
    site.change("harbour", boom=False)
    assert site.client.simulate_get("/harbour/v1/boom/domain").json == {"harbour": "http"}
