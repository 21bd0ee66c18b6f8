"""Around a request: ids, prefixes, HEAD, slashes, proxies, errors, health, metrics, logs."""

import json
import logging
from datetime import datetime, timedelta

import pytest

from core.app import create_app
from core.config import StartupError, parse_config
from core.plugins import load_plugins
from core.services import credentials
from tests.core.conftest import HARBOUR, NOW, build
from tests.fixtures.harbour.models import HarbourNote

NOTES = "/harbour/v1/notes"


def post(client, text="hello", path=NOTES, **kwargs):
    return client.simulate_post(path, json={"text": text}, **kwargs)


def test_a_request_goes_through_to_the_plugin_and_back(any_client):
    made = post(any_client)

    assert (made.status_code, made.json["text"]) == (201, "hello")
    assert any_client.simulate_get(made.headers["location"]).json == made.json
    assert made.headers["x-harbour"] == "yes"


@pytest.mark.parametrize(
    "sent, kept",
    [("abc-1.2_3:4", True), ("x" * 64, True), ("x" * 65, False), ("a b", False), ("a\u00e9", False), ("", False)],
)
def test_a_safe_request_id_is_kept_and_any_other_replaced(client, sent, kept):
    answered = client.simulate_get("/healthz", headers={"X-Request-Id": sent}).headers["x-request-id"]

    assert (answered == sent) is kept
    assert len(answered) == 32 or kept


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_every_answer_has_a_request_id(client):
    for method, path in (
        ("GET", "/nowhere"),
        ("GET", "/harbour/v1/nowhere"),
        ("POST", "/harbour/v1/boom/x"),
        ("FOO", NOTES),
    ):
        assert client.simulate_request(method, path).headers["x-request-id"]


def test_head_is_get_without_its_body(client):
    post(client)
    for path in (NOTES, "/healthz", "/harbour/v1/boom/domain", "/nowhere"):
        get, head = client.simulate_get(path), client.simulate_head(path)
        assert head.status == get.status
        assert head.content == b""
        ignored = ("x-request-id",)
        assert {k: v for k, v in head.headers.items() if k not in ignored} == {
            k: v for k, v in get.headers.items() if k not in ignored
        }
    assert client.simulate_head("/harbour/v1/boom/x", headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 405


@pytest.mark.parametrize("path", [f"{NOTES}/", f"/{NOTES}", "/harbour//v1///notes//", "/HARBOUR/V1/Notes"])
def test_slashes_and_where_the_dialect_says_so_letter_case_do_not_matter(client, path):
    assert client.simulate_get(path).status_code == 200


def test_a_dialect_can_be_reached_by_rewriting(client):
    assert client.simulate_get("/", query_string=f"harbour_route={NOTES}").status_code == 200
    assert client.simulate_get("/", query_string="harbour_route=/elsewhere").json == {"error": "not_found"}


@pytest.mark.parametrize(
    "method, path, status, body",
    [
        ("GET", "/nowhere", 404, {"error": "not_found"}),
        ("GET", "/harbour", 404, {"error": "not_found"}),
        ("GET", "/harbour/v10/notes", 404, {"error": "not_found"}),
        ("POST", "/healthz", 405, {"error": "method_not_allowed"}),
        ("GET", "/harbour/v1/nowhere", 404, {"harbour": "http"}),
        ("GET", "/harbour/v1", 404, {"harbour": "http"}),
        ("PATCH", NOTES, 405, {"harbour": "http"}),
        ("FOO", NOTES, 400, {"harbour": "http"}),
        ("GET", "/harbour/v1/boom/domain", 404, {"harbour": "NotFound"}),
        ("GET", "/harbour/v1/boom/crash", 500, {"harbour": "sunk"}),
        ("GET", "/harbour/v1/boom/overflow", 422, {"harbour": "Invalid"}),
        ("GET", "/harbour/v1/boom/renderer", 500, {"error": "internal"}),
        ("GET", "/harbour/v1/boom/type", 500, {"error": "internal"}),
        ("GET", "/harbour/v1/boom/number", 500, {"error": "internal"}),
        ("GET", "/harbour/v1/no%00tes", 404, {"harbour": "http"}),
        ("GET", "/harbour/v1/%ff%fe", 404, {"harbour": "http"}),
    ],
)
@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_errors_are_worded_by_whoever_owns_the_path(client, method, path, status, body):
    answer = client.simulate_request(method, path)

    assert (answer.status_code, answer.json) == (status, body)
    if status == 405:
        assert answer.headers["allow"]


def test_an_error_keeps_the_dialect_s_own_headers_and_wrapping(client):
    answer = client.simulate_get("/harbour/v1/boom/domain", query_string="_wrap=1")

    assert answer.json == {"wrapped": {"harbour": "NotFound"}}
    assert answer.headers["x-harbour"] == "no"


def test_login_failures_are_the_dialect_s(client):
    assert client.simulate_get(NOTES, headers={"X-Harbour-Key": "wrong"}).json == {"harbour": "Unauthenticated"}


def test_a_body_over_the_cap_is_refused_in_the_dialect_s_words(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", server={"max_body": 100})

    assert client.simulate_post("/harbour/v1/boom/x", body=b" " * 100).status_code == 200
    refused = client.simulate_post("/harbour/v1/boom/x", body=b" " * 101)
    assert (refused.status_code, refused.json) == (413, {"harbour": "BodyTooLarge"})


def test_broken_json_is_refused_in_the_dialect_s_words(client):
    answer = client.simulate_post(NOTES, body=b"{", headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.json) == (400, {"harbour": "MalformedBody"})


def sees(client, **headers):
    return client.simulate_post("/harbour/v1/boom/x", headers=headers, remote_addr="127.0.0.1").json["from"]


def test_proxy_headers_count_only_from_trusted_peers(tmp_path):
    plain = build(f"sqlite:///{tmp_path}/a.db")
    assert sees(plain, **{"X-Forwarded-For": "203.0.113.9"}) == "127.0.0.1"

    behind = build(f"sqlite:///{tmp_path}/b.db", server={"trusted_proxies": ["127.0.0.1", "10.0.0.0/8"]})
    assert sees(behind) == "127.0.0.1"
    for chain, caller in (
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9, 10.1.2.3", "203.0.113.9"),
        ("10.9.9.9, 10.1.2.3", "10.9.9.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("[2001:DB8::1]:443", "2001:db8::1"),
        ("203.0.113.9:1234", "203.0.113.9"),
        ("who?, 10.1.2.3", "127.0.0.1"),
        ("", "127.0.0.1"),
    ):
        assert sees(behind, **{"X-Forwarded-For": chain}) == caller, chain


def test_an_entity_tag_saves_the_body_and_guards_the_write(client):
    made = post(client, "four")
    one = client.simulate_get(made.headers["location"])
    tag = one.headers["etag"]

    again = client.simulate_get(made.headers["location"], headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")

    def put(text, match):
        return client.simulate_put(made.headers["location"], json={"text": text}, headers={"If-Match": match})

    assert put("fiver", '"9"').status_code == 412
    assert put("fiver", "garbage").status_code == 422
    assert put("fiver", f'"9", {tag}').status_code == 200
    assert put("six", "*").status_code == 200


def test_health_and_readiness(client):
    assert client.simulate_get("/healthz").json == {"alive": True}
    ready = client.simulate_get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {
        "ready": True,
        "checks": {"storage": "ok", "migrations": "ok", "limits": "ok", "harbour.quay": "ok"},
        "plugins": ["harbour"],
    }


def test_an_unhealthy_plugin_makes_the_host_not_ready(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", plugins={"enabled": [HARBOUR], "harbour": {"tide": "broken"}})

    ready = client.simulate_get("/readyz")
    assert (ready.status_code, ready.json["checks"]["harbour.quay"]) == (503, "failed")
    assert client.simulate_get("/healthz").status_code == 200


def test_a_frozen_clock_is_said_in_readiness(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", sandbox={"now": "2026-03-02T10:00:00Z"})

    assert client.simulate_get("/readyz").json["sandbox"]["now"] == "2026-03-02T10:00:00+00:00"


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
def test_metrics_count_requests_by_dialect_method_and_status(client):
    client.simulate_get(NOTES)
    client.simulate_request("BREW", NOTES)

    page = client.simulate_get("/metrics")
    assert 'frontdesk_requests_total{dialect="harbour",method="GET",status="200"}' in page.text
    assert 'method="other"' in page.text
    assert "BREW" not in page.text


def test_the_access_line_is_json_and_names_the_template_not_the_path(tmp_path, capfd):
    client = build(f"sqlite:///{tmp_path}/h.db")
    made = post(client, "my name is Ann")
    client.simulate_get(
        made.headers["location"],
        headers={"X-Request-Id": "r1"},
        query_string="email=ann@x.test",
        extras={"REMOTE_ADDR": "127.0.0.1"},
    )

    written = capfd.readouterr().err
    line = json.loads(written.splitlines()[-1])
    assert line.pop("ms") >= 0
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "frontdesk.access",
        "client": "127.0.0.1",
        "key": "1",
        "request_id": "r1",
        "dialect": "harbour",
        "method": "GET",
        "template": "/harbour/v1/notes/{number:int}",
        "status": 200,
    }
    assert "ann" not in written.lower()


def test_the_callers_address_can_be_left_out(tmp_path, capfd):
    client = build(f"sqlite:///{tmp_path}/h.db", server={"log_clients": False})
    client.simulate_get(NOTES, extras={"REMOTE_ADDR": "192.0.2.7"})

    assert "192.0.2.7" not in capfd.readouterr().err


def test_the_public_learns_whether_the_host_is_ready_and_no_more(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", server={})
    assert client.simulate_get("/readyz").json == {"ready": True}
    assert client.simulate_get("/metrics").status_code == 404
    assert client.simulate_get("/healthz").json == {"alive": True}


def test_the_public_is_told_of_a_frozen_clock(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", server={}, sandbox={"now": "2026-03-02T10:00:00Z"})
    assert client.simulate_get("/readyz").json["sandbox"]["now"] == "2026-03-02T10:00:00+00:00"


def test_metrics_tell_build_plugins_and_figures(client):
    page = client.simulate_get("/metrics").text
    assert 'frontdesk_build_info{python="3.' in page
    assert 'frontdesk_plugin_info{plugin="harbour"' in page
    assert 'frontdesk_ships{name="berthed"} 3.0' in page


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml", "*/*", None])
def test_the_first_page_says_what_this_is(client, accept):
    page = client.simulate_get("/", headers={"Accept": accept} if accept else {})
    assert page.status_code == 200
    assert "/harbour/v1" in page.text
    assert page.headers["vary"] == "Accept"
    if accept == "text/html,application/xhtml+xml":
        assert page.headers["content-type"].startswith("text/html")
        assert "default-src 'none'" in page.headers["content-security-policy"]
    else:
        assert page.json["dialects"]["harbour"] == ["/harbour/v1"]


def test_a_name_is_text_on_the_first_page(tmp_path):
    client = build(f"sqlite:///{tmp_path}/h.db", site={"name": "<script>alert(1)</script>"})
    page = client.simulate_get("/", headers={"Accept": "text/html"}).text
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_an_unexpected_error_is_logged_with_its_request_id(client, caplog):
    with caplog.at_level(logging.ERROR):
        client.simulate_get("/harbour/v1/boom/crash", headers={"X-Request-Id": "r2"})

    assert "r2" in caplog.text
    assert "ValueError" in caplog.text


def test_a_revoked_key_is_refused_from_the_next_request_on(any_client):
    assert any_client.simulate_get(NOTES).status_code == 200
    [key] = credentials.list_credentials("harbour")
    credentials.revoke(key.id, now=NOW)

    assert any_client.simulate_get(NOTES).status_code == 401


def test_a_route_falcon_cannot_take_stops_the_start(tmp_path):
    config = parse_config({"database": {"url": f"sqlite:///{tmp_path}/h.db"}, "plugins": {"enabled": [HARBOUR]}})
    manager = load_plugins(config, clock=lambda: NOW)
    object.__setattr__(manager.dialects[0][1].routes[0], "suffix", "nowhere")

    with pytest.raises(StartupError, match="has a route that cannot be used"):
        create_app(config, manager=manager)


def test_rows_of_a_plugin_are_in_the_same_store(any_client):
    post(any_client, "kept")

    assert [note.text for note in HarbourNote.select()] == ["kept"]
