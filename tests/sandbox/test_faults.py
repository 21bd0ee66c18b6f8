"""Every fault as the vendors' clients see it: with the official library, over a real socket."""

import threading
import time
from contextlib import suppress

import pytest
import requests

from core.sandbox.faults import CONNECTION_KINDS, ERRORS, REFUSAL_KINDS, WEBHOOK_KINDS
from frontdesk_sandbox import SandboxError
from tests.sandbox.clients import CLIENTS, code_of

#: What each vendor answers: status and code.
REFUSALS = {
    "full": {
        "bkap": (400, "bkap_api_booking_full_booking_error"),
        "wc_bookings": (409, "woocommerce_bookings_rest_invalid_booking"),
        "bookingpress": (200, "error"),
        "bookablesites": (409, "slot_unavailable"),
    },
    "rate_limited": {
        "bkap": (429, "woocommerce_api_rate_limit"),
        "wc_bookings": (429, "rate_limit_exceeded"),
        "bookingpress": (429, "rate_limit_exceeded"),
        "bookablesites": (429, "rate_limited"),
    },
    "expired_key": {
        "bkap": (401, "woocommerce_api_authentication_error"),
        "wc_bookings": (401, "woocommerce_rest_authentication_error"),
        "bookingpress": (403, "expired_api_key"),
        "bookablesites": (401, "invalid_token"),
    },
    "server_error": {
        "bkap": (500, "woocommerce_api_internal_error"),
        "wc_bookings": (500, "internal_server_error"),
        "bookingpress": (500, "internal_server_error"),
        "bookablesites": (500, "server_error"),
    },
    "unavailable": {
        "bkap": (503, "woocommerce_api_service_unavailable"),
        "wc_bookings": (503, "rest_service_unavailable"),
        "bookingpress": (503, "service_unavailable"),
        "bookablesites": (503, "service_unavailable"),
    },
}
CASES = [(kind, dialect) for kind in REFUSALS for dialect in CLIENTS]


def test_every_kind_of_refusal_is_tested():
    assert set(REFUSALS) == set(REFUSAL_KINDS)


@pytest.fixture
def client(request, bench):
    return CLIENTS[request.param](bench)


@pytest.mark.parametrize(("kind", "client"), CASES, indirect=["client"], ids=[f"{a}-{b}" for a, b in CASES])
def test_a_refusal_is_the_vendors_own_and_changes_nothing(bench, client, kind, request):
    dialect = request.node.callspec.params["client"]
    fault = bench.fail(kind, dialect=dialect, times=1, **({} if kind == "full" else {"retry_after": 7}))

    refused = client.book()

    assert (refused.status_code, code_of(refused)) == REFUSALS[kind][dialect]
    if kind in ("rate_limited", "unavailable"):
        assert refused.headers["Retry-After"] == "7"
    assert fault.used == 1
    assert bench.journal.calls("POST", client.path)[-1]["faults"][0]["kind"] == kind
    again = client.book()
    assert again.status_code in (200, 201)
    assert code_of(again) in ("", "success")
    assert len(bench.journal.calls("POST", client.path)) == 2


@pytest.mark.parametrize("client", ["bkap", "wc_bookings", "bookingpress", "bookablesites"], indirect=True)
def test_a_real_full_slot_and_the_fault_give_the_same_answer(bench, client):
    with bench.fail("full"):
        told = client.book()
    real = None
    for _ in range(20):
        real = client.book()
        if code_of(real) not in ("", "success"):
            break
    assert (told.status_code, code_of(told)) == (real.status_code, code_of(real))


@pytest.mark.parametrize("name", sorted(set(ERRORS) - {"domain_error", "conflict"}))
def test_every_error_of_core_is_one_of_each_vendor(bench, name):
    for dialect, kind in CLIENTS.items():
        client = kind(bench)
        with bench.fail(name, dialect=dialect):
            reply = client.list()
        body = reply.json()
        assert isinstance(body, dict), (dialect, reply.status_code)
        assert body.get("errors") or body.get("code") or body.get("variant") in ("error", "warning"), (dialect, body)


# -- the connection ---------------------------------------------------------------------------------------------------


def test_every_kind_of_connection_fault_is_tested():
    assert set(CONNECTION_KINDS) == {"delay", "page", "cut", "lost_answer", "half_answer", "slow_body"}


@pytest.mark.parametrize("client", CLIENTS, indirect=True)
def test_a_page_of_the_proxy_is_no_json(bench, client):
    bench.fail("page", status=504, times=1)
    reply = client.list()
    assert reply.status_code == 504
    assert reply.headers["Content-Type"] == "text/html"
    assert "504 Gateway Timeout" in reply.text
    with pytest.raises(requests.JSONDecodeError):
        reply.json()
    assert client.list().status_code == 200


@pytest.mark.parametrize("client", CLIENTS, indirect=True)
def test_a_cut_connection_does_nothing(bench, client):
    bench.fail("cut", method="POST", path=client.path, times=1)
    with pytest.raises(requests.ConnectionError):
        client.book()
    assert bench.journal.calls("POST", client.path)[-1]["status"] == 0
    before = len(str(client.list().json()))
    client.book()
    assert len(str(client.list().json())) > before


@pytest.mark.parametrize("client", CLIENTS, indirect=True)
def test_a_lost_answer_has_done_its_work(bench, client):
    before = client.list().text
    bench.fail("lost_answer", method="POST", path=client.path, times=1)
    with pytest.raises(requests.ConnectionError):
        client.book()
    assert len(client.list().text) > len(before)


@pytest.mark.parametrize("client", CLIENTS, indirect=True)
def test_half_an_answer_is_seen_as_one(bench, client):
    bench.fail("half_answer", times=1)
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.list()
    assert client.list().status_code == 200


def test_a_delay_is_longer_than_a_client_waits_and_others_do_not_wait(bench):
    slow, quick = CLIENTS["wc_bookings"](bench), CLIENTS["bookingpress"](bench)
    bench.fail("delay", dialect="wc_bookings", seconds=30, times=1)
    slow.api.timeout = 0.3
    with pytest.raises(requests.Timeout):
        slow.list()
    began = time.monotonic()
    assert quick.list().status_code == 200
    bench.reset()
    assert time.monotonic() - began < 5


@pytest.mark.slow
@pytest.mark.alone
def test_the_control_api_answers_while_every_thread_waits(bench):
    """Forty calls wait for twelve seconds each; a reset does not wait for any of them."""
    bench.fail("delay", seconds=12)
    url = f"{bench.url}/wp-json/wc-bookings/v1/products/slots"

    def give_up() -> None:
        # Those that no thread takes are refused after some seconds.
        with suppress(requests.RequestException):
            requests.get(url, timeout=10)

    threads = [threading.Thread(target=give_up) for _ in range(40)]
    for thread in threads:
        thread.start()
    time.sleep(0.5)
    began = time.monotonic()
    bench.reset()
    bench.clock.advance("1h")
    assert bench.journal.count() <= 40
    assert time.monotonic() - began < 8
    for thread in threads:
        thread.join()


def test_a_delay_that_a_client_waits_for_is_an_answer(bench):
    client = CLIENTS["wc_bookings"](bench)
    bench.fail("delay", seconds=0.3)
    began = time.monotonic()
    assert client.list().status_code == 200
    assert time.monotonic() - began >= 0.3


def test_a_slow_body_comes_in_pieces(bench):
    url = f"{bench.url}/wp-json/wc-bookings/v1/products/slots?product_ids=1101"
    whole = requests.get(url, timeout=5).content
    bench.fail("slow_body", seconds=0.5, times=1)
    began = time.monotonic()
    with requests.get(url, timeout=5, stream=True) as reply:
        arrivals = []
        got = b""
        for piece in reply.iter_content(100):
            got += piece
            arrivals.append(time.monotonic() - began)
    assert got == whole
    assert arrivals[0] < 0.3
    assert arrivals[-1] >= 0.45
    assert len({round(instant, 2) for instant in arrivals}) > 5


# -- which calls ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("which", "statuses"),
    [
        ({}, [429, 429, 429, 429]),
        ({"nth": 3}, [200, 200, 429, 200]),
        ({"times": 2}, [429, 429, 200, 200]),
        ({"dialect": "bkap"}, [200, 200, 200, 200]),
        ({"method": "POST"}, [200, 200, 200, 200]),
        ({"method": "get"}, [429, 429, 429, 429]),
        ({"path": "*/appointments"}, [429, 429, 429, 429]),
        ({"path": "*/services"}, [200, 200, 200, 200]),
        ({"probability": 0.5, "seed": 4}, [429, 429, 429, 429]),
    ],
    ids=str,
)
def test_a_fault_meets_the_calls_that_it_names(inside, which, statuses):
    settings = inside.settings("bookingpress")
    inside.fail("rate_limited", **which)

    def call() -> int:
        headers = {"X-Bookingpress-Api-Key": settings.key}
        path = "/wp-json/bookingpress/v1/appointments"
        return inside.app.get(path, headers=headers, expect_errors=True).status_int

    got = [call() for _ in range(4)]
    if "probability" in which:
        # The same seed gives the same calls, and not all of them over a longer time.
        more = got + [call() for _ in range(36)]
        inside.clear_faults()
        inside.fail("rate_limited", **which)
        assert [call() for _ in range(40)] == more
        assert 8 <= more.count(429) <= 32
    else:
        assert got == statuses
        (listed,) = inside.faults()
        assert listed["used"] == statuses.count(429)


def test_a_fault_for_a_key_meets_that_key_only(bench):
    other = bench.new_key("bookablesites")
    client = CLIENTS["bookablesites"](bench)
    bench.fail("rate_limited", key=other.key)
    assert client.list().status_code == 200
    bench.clear_faults()
    token = other.token
    bench.fail("rate_limited", key=other.key)
    client.headers = {"Authorization": f"Bearer {token}"}
    assert client.list().status_code == 429


def test_full_waits_for_a_call_that_books(bench):
    client = CLIENTS["bookablesites"](bench)
    fault = bench.fail("full", nth=2)
    client.list()
    assert [client.book(hour).status_code for hour in (0, 2, 3)] == [201, 409, 201]
    assert (fault.met, fault.used) == (3, 1)


def test_faults_are_listed_and_cleared(inside):
    first, second = inside.fail("cut", path="/a"), inside.fail("delay", seconds=2)
    assert [(fault["kind"], fault["met"]) for fault in inside.faults()] == [("cut", 0), ("delay", 0)]
    first.clear()
    assert [fault["id"] for fault in inside.faults()] == [second.id]
    inside.clear_faults()
    assert inside.faults() == []
    with pytest.raises(SandboxError, match="there is no fault"):
        first.clear()


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"kind": "fulll"}, "did you mean 'full'?"),
        ({"kind": "full", "dialect": "bkapp"}, "did you mean 'bkap'?"),
        ({"kind": "full", "pth": "/x"}, "did you mean 'path'?"),
        ({"kind": "delay", "seconds": 61}, "seconds: expected `float` <= 60.0"),
        ({"kind": "full", "fields": {"colour": 1}}, "full has no such field"),
        ({"kind": "page", "status": 200}, "expected `int` >= 400"),
        ({}, "kind"),
        ([], "must be an object"),
    ],
    ids=str,
)
def test_a_fault_that_could_not_happen_is_refused(inside, body, sentence):
    with pytest.raises(SandboxError) as refused:
        inside.control("POST", "/faults", body)
    assert refused.value.status == 422
    assert sentence in str(refused.value)


def test_in_process_a_cut_connection_is_an_exception(inside):
    inside.fail("cut", times=1)
    with pytest.raises(ConnectionResetError):
        inside.app.get("/wp-json/wc-bookings/v1/products/slots")
    assert inside.app.get("/wp-json/wc-bookings/v1/products/slots", expect_errors=True).status_int != 0


def test_no_kind_has_two_meanings():
    kinds = [*CONNECTION_KINDS, *REFUSAL_KINDS, *WEBHOOK_KINDS]
    assert len(set(kinds)) == len(kinds)
    assert set(kinds) & set(ERRORS) <= {"rate_limited"}
