"""Recorded answers of a real installation: statuses, headers, errors and self-description."""

import json
from pathlib import Path

import pytest

from core.wordpress.consumer_keys import KeyPair
from tests.core.wordpress.conftest import SITE
from tests.core.wordpress.shop import Shop

_HERE = Path(__file__).parent / "golden"
AUTH = json.loads((_HERE / "auth.json").read_text())
INDEX = json.loads((_HERE / "index.json").read_text())
PARAMS = json.loads((_HERE / "params.json").read_text())
_ROUTES = next(case["body"] for case in INDEX["cases"] if case["name"] == "ns index anon")
_SINGLE_ONLY = ("woocommerce_rest_cannot_view",)


@pytest.fixture
def shop(key_store, add_key, clock):
    for key in AUTH["keys"].values():
        pair = KeyPair(key["consumer_key"], key["consumer_secret"])
        add_key(key["permissions"], user=key["user_id"], roles=key["roles"], pair=pair)
    made = Shop(site=SITE, clock=clock, key_store=key_store)
    made.serve_index(_ROUTES)
    return made


@pytest.fixture
def ask(shop, serve):
    client = serve(shop.server.dialect("shop"))

    def send(case):
        request = case["request"]
        auth = request.get("auth")
        if isinstance(auth, str):
            auth = [AUTH["keys"][auth]["consumer_key"], AUTH["keys"][auth]["consumer_secret"]]
        shop.total = int(case["headers"].get("x-wp-total", 0))
        raw = request.get("body_raw")
        return client(
            request["method"],
            request["url"],
            auth=auth,
            headers={
                **(request.get("headers") or {}),
                **({"Content-Type": "application/json"} if raw else {}),
            },
            body=raw.encode() if raw else b"",
            json=request.get("body"),
            scheme=request.get("scheme", "https"),
        )

    return send


def recorded_headers(reply):
    ours = {name.lower(): value for name, value in reply.headers.items()}
    return {name: value for name, value in ours.items() if name not in ("content-length", "x-request-id")}


@pytest.mark.parametrize("case", AUTH["cases"], ids=lambda case: case["name"])
def test_signing_in_answers_as_recorded(ask, shop, case):
    if case["name"] == "oauth replay nonce":
        ask(case)  # the recording follows another use of the same nonce
    reply = ask(case)

    assert reply.status_int == case["status"], reply.text
    assert recorded_headers(reply) == case["headers"]
    if case["error"]:
        assert reply.json == case["error"]
    elif case["links"]:
        assert reply.json["_links"] == case["links"]


@pytest.mark.parametrize("case", INDEX["cases"], ids=lambda case: case["name"])
def test_self_description_is_as_recorded(ask, case):
    reply = ask(case)

    assert reply.status_int == case["status"], reply.text
    assert recorded_headers(reply) == case["headers"]
    if case["body"] and "_links" in case["body"] and len(case["body"]) == 1:
        assert reply.json["_links"] == case["body"]["_links"]
    elif case["body"]:
        assert json.dumps(reply.json) == json.dumps(case["body"])


@pytest.mark.parametrize("case", PARAMS["cases"], ids=lambda case: case["name"])
def test_parameters_and_paging_are_as_recorded(ask, case):
    reply = ask(case)

    assert reply.status_int == case["status"], reply.text
    if case["error"]:
        assert reply.json == case["error"]
    else:
        assert {name: reply.headers[name] for name in case["headers"]} == case["headers"]


def test_the_root_index_names_the_site_and_its_namespaces(ask):
    case = {"request": {"method": "GET", "url": "/wp-json/", "auth": "admin_rw"}, "headers": {}}
    reply = ask(case)

    assert reply.json["namespaces"] == ["wc-bookings/v1"]
    assert (reply.json["name"], reply.json["url"], reply.json["gmt_offset"]) == (SITE.name, SITE.url, 0)
    assert reply.json["authentication"] == []
    assert "/wc-bookings/v1/bookings" in reply.json["routes"]
    assert "Expires" not in reply.headers  # keys do not work here
