"""Faults of the sandbox as the official libraries of Python and Node show them."""

import pytest

from frontdesk_sandbox import start
from tests.clients.libraries import Login, missing, node_legacy, node_rest, python

NOW = "2026-03-02T10:00:00Z"
BOOKINGS, LEGACY = "wc-bookings/v1", "bkap"
TEN = 1_773_223_200
#: Kind of fault -> status and code in both generations of the API.
SEEN = {
    "full": [(409, "woocommerce_bookings_rest_invalid_booking"), (400, "bkap_api_booking_full_booking_error")],
    "rate_limited": [(429, "rate_limit_exceeded"), (429, "woocommerce_api_rate_limit")],
    "expired_key": [(401, "woocommerce_rest_authentication_error"), (401, "woocommerce_api_authentication_error")],
    "server_error": [(500, "internal_server_error"), (500, "woocommerce_api_internal_error")],
    "unavailable": [(503, "rest_service_unavailable"), (503, "woocommerce_api_service_unavailable")],
}
ROOM = {"product_id": 1101, "start": TEN, "end": TEN + 3600, "status": "paid"}
NIGHT = {"product_id": 1201, "start_date": "2026-03-11", "end_date": "2026-03-12", "price": 90, "quantity": 1}


@pytest.fixture(scope="module")
def server():
    with start(now=NOW) as sandbox:
        yield sandbox


@pytest.fixture
def bench(server):
    server.reset()
    return server


def node(library):
    return pytest.param(library, id=library.__name__, marks=pytest.mark.slow)


@pytest.fixture
def need(request):
    """Skip the libraries of Node where they cannot be had."""
    library = request.node.callspec.params["library"]
    if library is not python and missing():
        pytest.skip(missing())


def login_of(sandbox, dialect: str, path: str) -> Login:
    settings = sandbox.settings(dialect)
    return Login(sandbox.url, path, settings.key, settings.secret)


@pytest.mark.usefixtures("need")
@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize("library", [python, node(node_rest), node(node_legacy)])
def test_a_fault_is_the_vendors_own_in_the_first_generation(bench, library, kind):
    with library(login_of(bench, "wc_bookings", BOOKINGS)) as call:
        bench.fail(kind, times=1)
        refused = call("post", "bookings", body=ROOM)
        assert (refused.status, refused.body["code"]) == SEEN[kind][0]
        assert call("post", "bookings", body=ROOM).status == 201


@pytest.mark.usefixtures("need")
@pytest.mark.parametrize("kind", SEEN)
@pytest.mark.parametrize("library", [python, node(node_legacy)])
def test_a_fault_is_the_vendors_own_in_the_older_generation(bench, library, kind):
    with library(login_of(bench, "bkap", LEGACY)) as call:
        bench.fail(kind, times=1)
        refused = call("post", "bkap/bookings", body=NIGHT)
        assert (refused.status, refused.body["errors"][0]["code"]) == SEEN[kind][1]
        assert call("post", "bkap/bookings", body=NIGHT).status == 200
