"""What everybody sees without sign-in: the first page, and the pages about each dialect's API."""

import gzip
import json
import re

import pytest
from webob import Request

from core.app import create_console_app
from core.config import ConfigError, parse_config
from core.console import api_pages
from core.db import writing
from core.errors import DatastoreUnavailable
from core.services import stored_settings
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.host import close_host
from frontdesk.testing.stores import open_store
from tests.console.conftest import HTML, browser
from tests.contract.conftest import open_host

DIALECTS = sorted(DRIVERS)


@pytest.fixture
def open_with(tmp_path):
    """Open a host with this table ``console`` and other tables."""

    def open_one(console, **tables):
        return open_host(open_store("sqlite", tmp_path), console=console, **tables)

    yield open_one
    close_host()


def follow_assets(app, page):
    """Every file that a page names is served; returns how many."""
    names = re.findall(r"(?:src|href)=\"([^\"]+\.(?:js|css|svg)[^\"]*)\"", page.text)
    for name in names:
        assert app.get(name).status_int == 200
    return len(names)


# -- the first page -----------------------------------------------------------------------------------------------


def test_the_first_page_shows_dialects_state_and_links(desk):
    page = desk.app.get("/", headers=HTML)
    for name in DIALECTS:
        assert page.html.find("a", {"href": f"/docs/{name}"})
    assert page.html.find("a", {"href": "/desk"})
    assert page.html.find("b", class_="good").text == "ready"
    assert "/wp-json/bookingpress/v1" in page.text
    assert "<td>console" not in page.text
    assert follow_assets(desk.app, page) >= 4


def test_the_first_page_says_when_the_server_is_not_ready(desk, monkeypatch):
    from core.http import health

    monkeypatch.setattr(health, "ANSWER_TTL", 0.0)
    monkeypatch.setattr(health.store_probe, "try_write", lambda: 1 / 0)
    page = desk.app.get("/", headers=HTML)
    assert page.html.find("b", class_="bad").text == "not ready"


def test_programs_get_json_with_the_new_links(desk):
    reply = desk.app.get("/").json
    assert sorted(reply["dialects"]) == DIALECTS
    assert reply["links"] == {"alive": "/healthz", "ready": "/readyz", "docs": "/docs", "console": "/desk"}
    assert reply["openapi"] == {name: f"/docs/{name}/openapi.json" for name in DRIVERS}


def test_without_a_console_the_first_page_is_the_small_one(open_with):
    host = open_with({"enabled": False})
    page = host.app.get("/", headers=HTML)
    assert "there is nothing to click" in page.text
    assert "/desk" not in page.text
    assert "/docs" not in page.text
    assert host.app.get("/").json["links"] == {"alive": "/healthz", "ready": "/readyz"}
    assert host.app.get("/docs", expect_errors=True).status_int == 404


def test_without_docs_the_first_page_takes_its_files_from_the_console(open_with):
    host = open_with({"docs": False})
    page = host.app.get("/", headers=HTML)
    assert page.html.find("a", {"href": "/desk"})
    assert "/docs" not in page.text
    assert follow_assets(host.app, page) >= 4


def test_a_console_at_an_address_of_its_own_leaves_the_docs_public(open_with):
    host = open_with({"bind": "127.0.0.1:8001"})
    page = host.app.get("/", headers=HTML)
    assert not page.html.find("a", {"href": "/desk"})
    assert follow_assets(host.app, page) >= 4
    assert host.app.get("/docs/bkap").status_int == 200
    assert host.app.get("/desk", expect_errors=True).status_int == 404

    config = parse_config({"database": {"url": host.url}, "console": {"bind": "127.0.0.1:8001"}}, source="test")
    its_own = browser(host)
    its_own.app = create_console_app(config, host.manager)
    entrance = its_own.get("/")
    assert (entrance.status_int, entrance.headers["Location"]) == (303, "/desk")
    assert its_own.get("/desk/sign-in").status_int == 200
    assert its_own.get("/docs", expect_errors=True).status_int == 404


def test_below_a_path_every_link_has_it(open_with):
    host = open_with({}, site={"url": "https://example.com/book", "name": "<b>Shop</b>"})
    page = host.app.get("/", headers=HTML)
    assert "<b>Shop" not in page.text
    assert page.html.find("a", {"href": "/book/docs/bkap"})
    assert page.html.find("a", {"href": "/book/desk"})
    assert follow_assets(host.app, page) >= 4
    docs = host.app.get("/book/docs/bkap")
    assert docs.html.find(id="viewer")["data-document"] == "/book/docs/bkap/openapi.json"
    assert host.app.get("/book/docs/bkap/openapi.json").json["servers"] == [{"url": "https://example.com/book"}]


# -- the API pages --------------------------------------------------------------------------------------------------


def test_the_index_lists_every_dialect(desk):
    page = desk.app.get("/docs")
    assert [link["href"] for link in page.html.select("th a")] == [f"/docs/{name}" for name in DRIVERS]
    assert "unsafe" not in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", DIALECTS)
def test_a_page_lists_every_operation_for_browsers_without_scripts(desk, name):
    page = desk.app.get(f"/docs/{name}")
    document = desk.app.get(f"/docs/{name}/openapi.json").json
    operations = [operation for item in document["paths"].values() for operation in item.values()]
    shown = page.html.select("#plain details")
    assert len(shown) == len(operations) > 20
    for entry, operation in zip(shown, operations, strict=True):
        curl, python = (block.get_text() for block in entry.select("pre"))
        assert [curl, python] == [sample["source"] for sample in operation["x-codeSamples"]]
        assert curl.startswith("curl ")


@pytest.mark.parametrize("name", DIALECTS)
def test_a_page_loads_scripts_of_this_server_only(desk, name):
    page = desk.app.get(f"/docs/{name}")
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "connect-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe-eval" not in policy
    assert re.findall(r"(\S+) 'self' 'unsafe-inline'", policy) == ["style-src"]
    assert page.headers["X-Frame-Options"] == "DENY"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script>", page.text)
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert follow_assets(desk.app, page) >= 6


@pytest.mark.parametrize("name", DIALECTS)
def test_a_document_is_the_command_s_with_samples(desk, name):
    served = desk.app.get(f"/docs/{name}/openapi.json").json
    for item in served["paths"].values():
        for operation in item.values():
            del operation["x-codeSamples"]
    dialect = next(dialect for _, dialect in desk.manager.dialects if dialect.name == name)
    assert served == json.loads(json.dumps(dialect.openapi()))


def test_a_document_that_the_caller_has_is_not_sent_again(desk):
    first = desk.app.get("/docs/bkap/openapi.json")
    again = desk.app.get("/docs/bkap/openapi.json", headers={"If-None-Match": f'"x", W/{first.headers["ETag"]}'})
    assert (again.status_int, again.body) == (304, b"")
    assert desk.app.get("/docs/bkap/openapi.json", headers={"If-None-Match": '"x"'}).status_int == 200
    request = Request.blank("/docs/bkap/openapi.json", headers={"Accept-Encoding": "gzip"})
    small = request.get_response(desk.app.app)
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == first.body
    assert len(small.body) < len(first.body) / 3
    head = desk.app.head("/docs/bkap/openapi.json")
    assert (head.status_int, head.body) == (200, b"")


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/docs/nothing", 404),
        ("GET", "/docs/console", 404),
        ("GET", "/docs/nothing/openapi.json", 404),
        ("GET", "/docs/-", 404),
        ("GET", "/docs/-/nothing.js", 404),
        ("GET", "/docs/-/..%2fsteps.py", 404),
        ("GET", "/docs/bkap/else", 404),
        ("GET", "/docs/%00", 404),
        ("GET", "/docs/", 200),
        ("POST", "/docs/bkap", 405),
        ("DELETE", "/docs", 405),
        ("POST", "/", 405),
    ],
)
def test_no_address_is_an_error_of_ours(desk, method, path, status):
    assert desk.app.request(path, method=method, expect_errors=True).status_int == status


def test_a_dialect_that_cannot_describe_itself_does_not_hurt_the_others(desk, monkeypatch, caplog):
    dialect = next(dialect for _, dialect in desk.manager.dialects if dialect.name == "bkap")
    object.__setattr__(dialect, "openapi", lambda: {"paths": 1 / 0})
    for path in ("/docs/bkap", "/docs/bkap/openapi.json"):
        reply = desk.app.get(path, expect_errors=True)
        assert (reply.status_int, reply.json) == (500, {"error": "internal"})
    assert "bkap" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert desk.app.get("/docs/wc_bookings").status_int == 200


def test_one_process_makes_a_document_once(desk):
    dialect = next(dialect for _, dialect in desk.manager.dialects if dialect.name == "bkap")
    made = []
    openapi = dialect.openapi
    object.__setattr__(dialect, "openapi", lambda: made.append(1) or openapi())
    for _ in range(3):
        desk.app.get("/docs/bkap")
        desk.app.get("/docs/bkap/openapi.json")
    assert made == [1]


@pytest.mark.parametrize("path", ["/docs", "/docs/desk", "/healthz/x", "/readyz"])
def test_the_console_cannot_be_where_the_host_answers_itself(path):
    with pytest.raises(ConfigError, match="must be a path of its own"):
        parse_config({"console": {"path": path}}, source="test")


def test_documents_follow_the_settings_of_plugins(desk):
    """Whichever page a worker is asked for first after a change."""
    assert desk.app.get("/docs/bookablesites").status_int == 200
    first = desk.app.app.manager
    with writing():
        stored_settings.increase_version()
    assert desk.app.get("/docs/bookablesites").status_int == 200
    assert desk.app.app.manager is not first


def test_documents_are_shown_without_a_datastore(desk, monkeypatch):
    def unreachable():
        raise DatastoreUnavailable(reason="gone")

    monkeypatch.setattr(api_pages, "ensure_connection", unreachable)
    monkeypatch.setattr(stored_settings, "current_version", unreachable)
    assert desk.app.get("/docs/bkap").status_int == 200
