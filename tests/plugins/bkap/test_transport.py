"""How requests arrive: bodies on GET, queries, verbs, paths, sign-in (sheet sections 1 and 2)."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from core.wordpress import consumer_keys, oauth
from core.wordpress.key_store import DatastoreKeyStore
from tests.plugins.bkap.conftest import BASE, product


@pytest.fixture
def two(shop):
    """Two bookings of one product."""
    shop.load({"products": [product(68), product(69)]})
    shop.book(68, "2021-09-24")
    shop.book(69, "2021-09-25", price=300)
    return shop


def numbers(reply):
    return [one["product_id"] for one in reply["bookings"]]


@pytest.mark.parametrize(
    "kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data"]
)
def test_a_body_on_get_filters_whatever_its_content_type(two, kind):
    assert numbers(two.get("/bookings", {"product_id": "69"}, content_type=kind)) == ["69"]


@pytest.mark.parametrize("raw", ["null\n", "", "[1]", '"x"', "7", "{broken", "{"])
def test_a_get_without_a_usable_body_is_not_filtered(two, raw):
    assert numbers(two.get("/bookings", raw=raw)) == ["69", "68"]


@pytest.mark.parametrize("raw", ["null", "", "[1]", '"x"', "{broken"])
def test_a_write_without_a_usable_body_says_so(two, raw):
    assert two.refused("POST", "/bookings", raw=raw) == "woocommerce_api_missing_callback_param"
    assert two.refused("PUT", "/bookings/1", raw=raw) == "woocommerce_api_missing_callback_param"


def test_a_byte_order_mark_trailing_commas_and_doubled_keys_are_read(two):
    raw = '\ufeff{"product_id": 68, "product_id": 69, "fields": ["product_id",],}'
    assert two.get("/bookings", raw=raw)["bookings"] == [{"product_id": "69"}]


@pytest.mark.parametrize(
    "query",
    ["product_id=69", "product_id=69&product_id=69", "filter[product_id]=69", "product_id=68&product_id=69"],
)
def test_filters_in_the_query(two, query):
    assert numbers(two.get(f"/bookings?{query}")) == ["69"]


def test_the_body_replaces_the_query_and_both_count(two):
    assert numbers(two.get("/bookings?product_id=68&limit=5", {"product_id": 69})) == ["69"]


def test_a_blank_filter_is_there_and_no_number(two):
    assert two.refused("GET", "/bookings?limit=") == "bkap_api_booking_invalid_parameter"
    assert numbers(two.get("/bookings", {"limit": None})) == ["69", "68"]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {"fields": ["booking_id", "cost", "nonsense"]}),
        ("?fields=booking_id,%20cost", None),
        ("?fields[]=booking_id&fields[]=cost", None),
        ("?fields[0]=booking_id&fields[1]=cost", None),
        ("", {"fields": "booking_id,cost"}),
    ],
)
def test_fields_in_every_spelling(two, query, body):
    reply = two.get(f"/bookings{query}", body)
    assert [list(one) for one in reply["bookings"]] == [["booking_id", "cost"]] * 2
    number = reply["bookings"][0]["booking_id"]
    assert list(two.get(f"/bookings/{number}{query}", body)["booking"]) == ["booking_id", "cost"]


def test_fields_that_name_nothing_leave_empty_objects(two):
    reply = two.get("/bookings", {"fields": ["nope"], "limit": 1})
    assert (reply["bookings"], reply["count"]) == ([{}], 1)
    assert next(iter(two.get("/bookings", {"fields": []})["bookings"][0])) == "booking_id"


@pytest.mark.parametrize("how", ["query", "header"])
def test_the_verb_can_be_overridden(two, how):
    number = two.get("/bookings")["bookings"][0]["booking_id"]
    query, headers = ("?_method=delete", {}) if how == "query" else ("", {"X-HTTP-Method-Override": "DELETE"})
    reply = two.call("POST", f"/bookings/{number}{query}", headers=headers).json
    assert reply == {"message": "Booking has been deleted"}


def test_the_override_decides_what_a_key_may_do(two):
    reader = two.basic(two.new_key("read"))
    code = two.refused("GET", "/bookings/1?_method=DELETE", status=401, headers=reader)
    assert code == "woocommerce_api_authentication_error"


@pytest.mark.parametrize("verb", ["PUT", "POST", "PATCH"])
def test_three_verbs_edit(two, verb):
    number = two.get("/bookings")["bookings"][0]["booking_id"]
    assert two.call(verb, f"/bookings/{number}", {"status": "paid"}).json["status"] == "paid"


@pytest.mark.parametrize("path", ["/BKAP/Bookings/COUNT", "/bkap/bookings/count/", "/bkap/bookings/count"])
def test_paths_do_not_mind_case_or_one_slash(two, path):
    assert two.get(f"/wc-api/v3{path}") == {"count": 2}
    assert two.get(f"/WC-API/V3{path}") == {"count": 2}


def test_the_route_can_come_in_the_query(two):
    assert two.get("/?wc-api-version=3&wc-api-route=/bkap/bookings/count") == {"count": 2}


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/bookings/abc"),
        ("GET", "/nope"),
        ("DELETE", "/bookings"),
        ("PUT", "/resources/1"),
        ("POST", "/resources"),
        ("POST", "/bookings/count"),
    ],
)
def test_a_wrong_path_or_verb_is_no_route(two, verb, path):
    assert two.refused(verb, path, {"a": 1}, status=404) == "woocommerce_api_no_route"


@pytest.mark.parametrize("verb", ["OPTIONS", "TRACE"])
def test_an_unknown_verb_is_400(two, verb):
    assert two.refused(verb, "/bookings") == "woocommerce_api_unsupported_method"


def test_head_is_get_without_a_body(two):
    head, got = two.call("HEAD", "/bookings"), two.call("GET", "/bookings")
    assert head.body == b""
    assert head.headers["X-WC-Total"] == got.headers["X-WC-Total"] == "2"


def test_totals_and_links(two):
    all_of_them = two.call("GET", "/bookings")
    assert (all_of_them.headers["X-WC-Total"], all_of_them.headers["X-WC-TotalPages"]) == ("2", "1")
    assert "Link" not in all_of_them.headers
    first = two.call("GET", "/bookings?limit=1")
    assert (first.headers["X-WC-Total"], first.headers["X-WC-TotalPages"]) == ("2", "2")
    assert 'rel="next"' in first.headers["Link"]
    assert 'rel="first"' not in first.headers["Link"]
    second = two.call("GET", "/bookings?limit=1&page=1")
    assert numbers(second.json) == ["68"]
    assert 'rel="prev"' in second.headers["Link"]
    none = two.call("GET", "/bookings?status=draft")
    assert (none.headers["X-WC-Total"], none.headers["X-WC-TotalPages"]) == ("0", "0")


def test_jsonp(two):
    reply = two.call("GET", "/bookings/count?_jsonp=my.call")
    assert reply.body == b'/**/my.call({"count":2})'
    assert reply.headers["Content-Type"] == "application/javascript; charset=UTF-8"
    bad = two.call("GET", "/bookings/count?_jsonp=a(b", status=400)
    assert bad.json[0]["code"] == "woocommerce_api_jsonp_callback_invalid"


def test_jsonp_can_be_switched_off(make_shop):
    shop = make_shop(settings={"jsonp": False})
    assert shop.call("GET", "/bookings/count?_jsonp=a", status=400).json[0]["code"] == "woocommerce_api_jsonp_disabled"


@pytest.mark.parametrize("path", ["/wc-api/v3", "/wc-api/v3/"])
def test_the_index_needs_no_key(shop, path):
    store = shop.app.get(path).json["store"]
    assert list(store) == ["name", "description", "URL", "wc_version", "version", "routes", "meta"]
    one = store["routes"]["/bkap/bookings/<id>"]
    assert one == {"supports": ["HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"], "accepts_data": True}
    assert store["routes"]["/bkap/bookings"]["supports"] == ["HEAD", "GET", "POST"]
    assert store["routes"]["/bkap/bookings"]["meta"]["self"].endswith("/wc-api/v3/bkap/bookings")
    assert store["meta"]["currency"] == "USD"


# -- signing in ---------------------------------------------------------------------------------------------------------


def test_login_comes_before_routing(shop):
    reply = shop.app.get(f"{BASE}/nope", expect_errors=True)
    assert reply.status_int == 401
    assert reply.json["errors"][0]["code"] == "woocommerce_api_authentication_error"
    assert reply.headers["WWW-Authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_basic_and_the_query_pair_work_on_both_schemes(shop, scheme):
    environ = {"wsgi.url_scheme": scheme}
    assert shop.app.get(f"{BASE}/bookings/count", headers=shop.basic(), extra_environ=environ).json == {"count": 0}
    pair = urlencode({"consumer_key": shop.consumer_key.upper(), "consumer_secret": shop.consumer_secret})
    assert shop.app.get(f"{BASE}/bookings/count?{pair}", extra_environ=environ).json == {"count": 0}


def test_the_strict_switch_brings_back_the_404(make_shop):
    shop = make_shop(settings={"basic_over_http": False})
    code = shop.refused("GET", "/bookings/count", status=404)
    assert code == "woocommerce_api_authentication_error"


@pytest.mark.parametrize(
    ("permissions", "verb", "status"),
    [
        ("read", "GET", 200),
        ("read", "POST", 401),
        ("write", "GET", 401),
        ("write", "HEAD", 401),
        ("write", "POST", 400),
        ("read_write", "GET", 200),
    ],
)
def test_permissions(shop, permissions, verb, status):
    headers = shop.basic(shop.new_key(permissions))
    shop.call(verb, "/bookings", None if verb in ("GET", "HEAD") else {}, status=status, headers=headers)


def test_a_wrong_secret_and_an_unknown_key_are_the_same_code(shop):
    for pair in ((shop.consumer_key, "cs_wrong"), ("ck_unknown", "cs_x")):
        code = shop.refused("GET", "/bookings", status=401, headers=shop.basic(pair))
        assert code == "woocommerce_api_authentication_error"


KEY, SECRET = "ck_0123456789abcdef0123456789abcdef01234567", "cs_89abcdef0123456789abcdef0123456789abcdef"
SIGNED_AT = datetime.fromtimestamp(1632198213, UTC)


@pytest.fixture
def signing(shop):
    """A shop with the key of the fact sheet's test vectors, at their time."""
    DatastoreKeyStore("bkap", shop.clock).create(
        consumer_keys.KeyPair(KEY, SECRET), now=shop.clock(), permissions="read_write"
    )
    shop.clock.now = SIGNED_AT
    shop.load({"products": [product(68)], "customers": []})
    return shop


def vector(path, params, method, signature, **more):
    query = {
        **params,
        "oauth_consumer_key": KEY,
        "oauth_nonce": "a1b2c3d4e5",
        "oauth_signature_method": method,
        "oauth_timestamp": "1632198213",
        "oauth_signature": signature,
        **more,
    }
    return f"{BASE}{path}?{urlencode(query)}"


VECTORS = [
    (
        "/bookings",
        {"product_id": "68", "status": "pending-confirmation"},
        "HMAC-SHA256",
        "MfdIno6YipNrT/expbBEef7yMwmPw5FNSK0EqWtxlI0=",
    ),
    (
        "/bookings/availability",
        {"start_date": "2021-09-25", "note": "a b"},
        "HMAC-SHA256",
        "7WxwTe3sXv1dgSlhpZdatZaZjs1Hwd09Yl5Fdu7Z7iE=",
    ),
    (
        "/bookings",
        {"fields[0]": "booking_id", "fields[1]": "start_date", "limit": "2"},
        "HMAC-SHA1",
        "dXMYV0jUX3WIHAIbVw20h4hu/S0=",
    ),
]


@pytest.mark.parametrize(("path", "params", "method", "signature"), VECTORS, ids=["first", "second", "third"])
def test_the_signatures_of_the_fact_sheet(signing, path, params, method, signature):
    host = {"Host": "127.0.0.1:8080"}
    reply = signing.app.get(vector(path, params, method, signature), headers=host, expect_errors=True)
    # The second vector names no product: it is let in, and then refused by the route.
    assert reply.status_int == (400 if "availability" in path else 200), reply.body
    again = signing.app.get(vector(path, params, method, signature), headers=host, expect_errors=True)
    assert again.status_int == 401


def test_signatures_that_must_not_work(signing):
    path, params, method, signature = VECTORS[0]
    host = {"Host": "127.0.0.1:8080"}

    def status(url):
        return signing.app.get(url, headers=host, expect_errors=True).status_int

    assert status(vector(path, params, method, signature, oauth_signature="AAAA")) == 401
    assert status(vector(path, {**params, "limit": "1"}, method, signature)) == 401
    assert status(vector(path, params, "PLAINTEXT", signature)) == 401
    assert status(vector(path, params, method, signature, oauth_nonce="")) == 404
    signing.clock.forward(minutes=16)
    assert status(vector(path, params, method, signature)) == 401


@pytest.mark.parametrize("signed_as", ["POST", "DELETE"])
def test_a_signature_for_either_verb_of_an_override(signing, signed_as):
    signing.book(68, "2021-09-24")
    number = signing.get("/bookings")["bookings"][0]["booking_id"]
    params = {
        "_method": "DELETE",
        "oauth_consumer_key": KEY,
        "oauth_nonce": f"n{signed_as}",
        "oauth_signature_method": "HMAC-SHA256",
        "oauth_timestamp": "1632198213",
    }
    url = f"http://localhost:80{BASE}/bookings/{number}".replace(":80", "")
    base = oauth.legacy_base_string(signed_as, url, params)
    params["oauth_signature"] = oauth.sign(base, SECRET, "HMAC-SHA256")
    reply = signing.app.post(
        f"{BASE}/bookings/{number}?{urlencode(params)}", headers={"Host": "localhost"}, expect_errors=True
    )
    assert reply.status_int == 200, reply.body
    assert json.loads(reply.body) == {"message": "Booking has been deleted"}
