"""What a journal shows, hides, answers and hints at; and what else the control API does with state."""

import json
import threading

import pytest
import requests

from core.sandbox import journal as module
from core.sandbox.journal import Entry, Journal, Question, contains
from core.sandbox.masking import key_of, mask, mask_header, mask_value
from frontdesk_sandbox import SandboxError
from tests.sandbox.clients import CLIENTS, TEN

WC = "/wp-json/wc-bookings/v1"
BP = "/wp-json/bookingpress/v1"


def test_calls_are_counted_by_what_they_have(bench):
    client = CLIENTS["wc_bookings"](bench)
    client.book()
    client.book(1)
    client.list()
    journal = bench.journal
    assert journal.count() == 3
    assert journal.count("POST") == 2
    assert journal.count("POST", "*/bookings", body={"product_id": 1101}) == 2
    assert journal.count("POST", "*/bookings", body={"product_id": "1101", "start": TEN}) == 1
    assert journal.count("POST", "*/bookings", body={"product_id": 9}) == 0
    assert journal.count(status=201) == 2
    assert journal.count(dialect="bkap") == 0
    assert journal.count(key=bench.settings("wc_bookings").key) == 3
    assert journal.count(after=journal.calls()[0]["id"]) == 2
    journal.assert_called("POST", f"{WC}/bookings", times=2)
    with pytest.raises(AssertionError, match="called 2 times, not 1 times"):
        journal.assert_called("POST", f"{WC}/bookings", times=1)
    with pytest.raises(AssertionError, match="not at all"):
        journal.assert_called("DELETE")
    assert "POST /wp-json/wc-bookings/v1/bookings" in str(journal)
    journal.clear()
    assert journal.count() == 0


def test_the_control_api_says_whether_a_count_is_right(bench):
    CLIENTS["wc_bookings"](bench).list()
    url = f"{bench.url}/_sandbox/journal"
    right = requests.get(url, params={"path": "*/bookings", "times": 1}, timeout=5)
    wrong = requests.get(url, params={"path": "*/bookings", "times": 2}, timeout=5)
    assert (right.status_code, right.json()["as_expected"]) == (200, True)
    assert (wrong.status_code, wrong.json()["as_expected"]) == (409, False)
    assert wrong.json()["error"] == "any method, */bookings: called once, not 2 times"


@pytest.mark.parametrize("query", ["pth=/x", "status=x", "times=-1", "limit=5000", "body={", "query=["])
def test_a_question_that_cannot_be_read_is_refused(bench, query):
    reply = requests.get(f"{bench.url}/_sandbox/journal?{query}", timeout=5)
    assert reply.status_code in (400, 422)
    assert reply.json()["error"]


@pytest.mark.parametrize("dialect", CLIENTS)
def test_no_secret_is_in_the_journal(bench, dialect):
    client = CLIENTS[dialect](bench)
    client.book()
    settings = bench.settings(dialect)
    client.list()
    if dialect in ("bkap", "wc_bookings"):
        query = {"consumer_key": settings.key, "consumer_secret": settings.secret}
        requests.get(f"{bench.url}{client.path}", params=query, timeout=5)
        requests.get(f"{bench.url}{client.path}", auth=(settings.key, settings.secret), timeout=5)
    text = json.dumps(bench.control("GET", "/journal?limit=1000"))
    secrets = [value for name, value in settings.fields.items()] + [getattr(client, "headers", {}).get("Authorization")]
    for secret in filter(None, secrets):
        assert secret.removeprefix("Bearer ") not in text
    assert bench.journal.calls()[-1]["key"] == mask(settings.key)


def test_what_the_vendor_ignores_is_a_hint(bench):
    client = CLIENTS["wc_bookings"](bench)
    client.api.get("bookings", params={"per_pge": 5})
    client.api.post("bookings", {"product_id": 1101, "start": TEN, "end": TEN + 3600, "statsu": "paid"})
    press = CLIENTS["bookingpress"](bench)
    press.call("GET", "/appointments", params={"per_page": 5, "sort": "x"})
    hints = bench.journal.hints()
    assert any("query parameter 'per_pge'; did you mean 'per_page'?" in hint for hint in hints), hints
    assert any("field 'statsu'; did you mean 'status'?" in hint for hint in hints), hints
    assert any("'sort'" in hint for hint in hints), hints
    assert not any("per_page'" in hint and "did you mean" not in hint for hint in hints)


def test_calls_as_the_vendor_wants_them_have_no_hints(bench):
    for kind in CLIENTS.values():
        client = kind(bench)
        client.book()
        client.list()
    assert bench.journal.hints() == []


def test_a_body_that_is_no_json_is_kept_as_text(inside):
    inside.app.post(f"{WC}/bookings", "{broken", content_type="application/json", expect_errors=True)
    assert inside.journal.calls()[-1]["body"] == "{broken"


def test_what_no_encoding_has_is_shown_all_the_same(inside):
    """Half of a character in a body, and numbers that are none."""
    for body in (b'{"note": "\\ud800"}', b'{"cost": NaN}', b"\xff\xfe"):
        inside.app.post(f"{WC}/bookings", body, content_type="application/json", expect_errors=True)
    first, second, third = (call["body"] for call in inside.journal.calls())
    assert first == {"note": "\ud800"}
    assert second == {"cost": "NaN"}
    assert third == "\ufffd\ufffd"


def entry(number: int, **values) -> Entry:
    values = {"body": None, "query": {}, **values}
    return Entry(number, "2026-03-02T10:00:00Z", "", "GET", "/x", values["query"], {}, values["body"], "", size=10)


def test_the_oldest_calls_go_when_there_are_too_many(monkeypatch):
    monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    journal = Journal()
    for _ in range(5):
        journal.open(entry)
    assert [one.id for one in journal.find(Question())] == [3, 4, 5]
    assert journal.dropped == 2


def test_the_oldest_calls_go_when_they_are_too_large(monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    journal = Journal()
    for _ in range(5):
        journal.close(journal.open(entry), 30)
    assert [one.id for one in journal.find(Question())] == [4, 5]


@pytest.mark.parametrize(
    ("whole", "part", "expected"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": 1}, {"a": 1, "b": 2}, False),
        ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "1"}, {"a": 1}, True),
        ({"a": True}, {"a": 1}, False),
        ({"a": None}, {"a": None}, True),
        ({"a": None}, {"a": ""}, False),
        ("text", {"a": 1}, False),
        ({"a": {"b": 1}}, {"a": "{'b': 1}"}, False),
    ],
)
def test_what_contains_what(whole, part, expected):
    assert contains(whole, part) is expected


@pytest.mark.parametrize(
    ("headers", "query", "key"),
    [
        ({"authorization": "Basic Y2tfMTIzOmNzXzQ1Ng=="}, {}, "ck_123"),
        ({"authorization": "Basic !!"}, {}, ""),
        ({"authorization": 'OAuth oauth_consumer_key="ck_9", oauth_nonce="x"'}, {}, "ck_9"),
        ({"authorization": "Bearer abc"}, {}, "abc"),
        ({"x-vendor-api-key": "k"}, {}, "k"),
        ({}, {"consumer_key": "ck_1"}, "ck_1"),
        ({}, {"oauth_consumer_key": "ck_2"}, "ck_2"),
        ({}, {"consumer_key": ["a", "b"]}, ""),
        ({}, {}, ""),
    ],
)
def test_whose_request_it_is(headers, query, key):
    assert key_of(headers, query) == key


def test_masks():
    assert mask("secret") == "***"
    assert mask("a-long-secret") == "***cret"
    assert mask_header("Authorization", "Bearer abcdefghijk") == "Bearer ***hijk"
    assert mask_header("X-Vendor-Api-Key", "abcdefghijk") == "***hijk"
    assert mask_header("Accept", "text/html") == "text/html"
    masked = mask_value(
        {"a": [{"client_secret": "abcdefghijk", "name": "x"}], "tokens": ["abcdefghijk"], "token": None}
    )
    assert masked == {"a": [{"client_secret": "***hijk", "name": "x"}], "tokens": ["***hijk"], "token": None}


# -- state ------------------------------------------------------------------------------------------------------------


def test_a_reset_begins_anew(bench):
    client = CLIENTS["wc_bookings"](bench)
    first = client.book().json()
    bench.fail("cut", path="/never")
    bench.clock.advance("1h")
    bench.reset()
    assert bench.journal.count() == 0
    assert bench.faults() == []
    assert bench.clock.now.hour == 10
    assert client.list().json() == []
    # The same calls give the same numbers.
    assert client.book().json()["id"] == first["id"]


def test_a_snapshot_brings_state_and_time_back(bench):
    client = CLIENTS["wc_bookings"](bench)
    client.book()
    bench.clock.advance("1h")
    bench.keep("one booking")
    client.book(1)
    bench.clock.advance("1h")
    bench.return_to("one booking")
    assert len(client.list().json()) == 1
    assert bench.clock.now.hour == 11
    assert (
        bench.control("GET", "/snapshots")["snapshots"] == ["one booking"]
        or "one booking" in bench.control("GET", "/snapshots")["snapshots"]
    )
    with pytest.raises(SandboxError, match="there is no snapshot 'nobody'"):
        bench.return_to("nobody")
    with pytest.raises(SandboxError):
        bench.return_to("\x00seed")


def test_a_reset_amid_requests_waits_for_them(bench):
    """Every call is answered, by the state before a reset or after it; none by half of each."""
    statuses, errors = set(), []

    def book() -> None:
        client = CLIENTS["wc_bookings"](bench)
        client.api.timeout = 30
        for hour in range(15):
            try:
                statuses.add(client.book(hour % 8).status_code)
            except requests.RequestException as error:
                errors.append(error)

    threads = [threading.Thread(target=book) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        bench.reset()
    assert errors == []
    assert statuses <= {201, 409}
    assert 201 in statuses


@pytest.mark.parametrize("dialect", CLIENTS)
def test_what_is_dumped_can_be_loaded(bench, dialect):
    document = bench.dump(dialect)[dialect]
    assert bench.load(dialect, document)
    assert bench.dump(dialect)[dialect] == document


def test_a_document_with_a_mistake_changes_nothing(bench):
    before = bench.dump()
    document = {"products": [{"id": 9000, "name": "New", "type": "booking"}, {"id": 9001, "nmae": "New"}]}
    with pytest.raises(SandboxError, match="did you mean 'name'"):
        bench.load("wc_bookings", document)
    assert bench.dump() == before
    with pytest.raises(SandboxError, match="did you mean 'wc_bookings'"):
        bench.load("wc_booking", document)
    with pytest.raises(SandboxError):
        bench.load("wc_bookings", [1])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nope", b"", 404),
        ("DELETE", "/reset", b"", 405),
        ("PUT", "/clock", b"{", 422),
        ("PUT", "/clock", b"[" * 100_000, 422),
        ("PUT", "/clock", b'"x"', 422),
        ("POST", "/load", b'{"dialect": 5}', 422),
        ("POST", "/load", b'{"dialect": "wc_bookings", "document": {"products": 5}}', 422),
        ("POST", "/keys", b'{"dialect": "x"}', 422),
        ("POST", "/keys", b'{"dialect": "bkap", "permissions": "all"}', 422),
        ("PUT", "/snapshots/" + "x" * 200, b"", 422),
        ("DELETE", "/faults/99", b"", 404),
        ("DELETE", "/faults/x", b"", 404),
        ("PATCH", "/clock", b"", 405),
        ("GET", "/dump?dialect=x", b"", 422),
    ],
    ids=lambda value: str(value)[:30],
)
def test_the_control_api_refuses_in_one_sentence(bench, method, path, body, status):
    reply = requests.request(method, f"{bench.url}/_sandbox{path}", data=body, timeout=10)
    assert reply.status_code == status, reply.text
    assert reply.json()["error"]
    assert "Traceback" not in reply.text


def test_the_control_api_says_what_runs(bench):
    answer = bench.control("GET", "")
    assert answer["control"] == f"{bench.url}/_sandbox"
    assert answer["now"] == "2026-03-02T10:00:00Z"
    assert bench.control("GET", "/")["url"] == bench.url
    assert requests.get(f"{bench.url}{BP}/services", timeout=5).status_code in (401, 403)
