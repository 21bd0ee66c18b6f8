"""A made-up extension on the ``wc-api`` transport: login first, bodies on every verb, no 405."""

import json
from urllib.parse import urlencode

import pytest

from core.errors import NotFound
from core.wordpress import legacy, oauth
from core.wordpress.legacy import LegacyEndpoint, LegacyError, LegacyResponse, LegacyRoute
from core.wordpress.legacy_server import LegacyServer
from tests.core.wordpress.conftest import NOW, SITE

BASE = "/wc-api/v3"
STAMP = str(int(NOW.timestamp()))
RECORDS = [{"id": number, "name": f"n{number}"} for number in range(1, 6)]


def listing(request):
    limit = int(request.filters.get("limit", 0)) or None
    page = int(request.filters.get("page", 0))
    found = RECORDS[page * limit : (page + 1) * limit] if limit else RECORDS
    records = [legacy.select_fields(record, request.fields) for record in found]
    return LegacyResponse({"records": records}, total=len(RECORDS), limit=limit, page=page)


def reading(request):
    if request.params["id"] > 5:
        raise NotFound(kind="record", id=request.params["id"])
    return LegacyResponse({"id": request.params["id"], "filters": request.filters})


def echo(request):
    return LegacyResponse({"verb": request.method, "data": request.data, "filters": request.filters})


ROUTES = [
    LegacyRoute("/acme/records", [LegacyEndpoint(("GET",), listing), LegacyEndpoint(("POST",), echo, True)]),
    LegacyRoute("/acme/echo", [LegacyEndpoint(("GET", "DELETE"), echo)]),
    LegacyRoute(
        r"/acme/records/(?P<id>\d+)",
        [
            LegacyEndpoint(("GET",), reading),
            LegacyEndpoint(("POST", "PUT", "PATCH"), echo, True),
            LegacyEndpoint(("DELETE",), echo),
        ],
    ),
]


def errors(error):
    return LegacyError("no_record", "No record", 404) if isinstance(error, NotFound) else None


@pytest.fixture
def build(key_store, clock, serve):
    def make(**settings):
        server = LegacyServer(
            ROUTES, dialect="acme", site=SITE, clock=clock, key_store=key_store, errors=errors, **settings
        )
        return serve(server.dialect())

    return make


@pytest.fixture
def ask(build, add_key):
    client, pair = build(), add_key()

    def send(method, path, **more):
        more.setdefault("auth", pair)
        return client(method, BASE + path, **more)

    return send


def code(reply):
    return reply.status_int, reply.json["errors"][0]["code"]


AUTH = "woocommerce_api_authentication_error"


def test_a_stranger_learns_nothing(build):
    ask = build()
    for method, path in (
        ("GET", "/acme/records"),
        ("GET", "/nope"),
        ("FOO", "/acme/records"),
        ("OPTIONS", "/x"),
    ):
        reply = ask(method, BASE + path)
        assert code(reply) == (401, AUTH)
        assert reply.headers["WWW-Authenticate"].startswith('Basic realm="')


@pytest.mark.parametrize(
    ("auth", "status"),
    [(("ck_no", "cs_no"), 401), (("", "x"), 401), (("x", ""), 401)],
)
def test_wrong_keys(build, auth, status):
    reply = build()("GET", f"{BASE}/acme/records", auth=auth)
    assert code(reply) == (status, AUTH)
    assert "WWW-Authenticate" in reply.headers


def test_keys_are_cleaned_before_they_are_looked_up(build, add_key):
    pair = add_key()
    odd = (pair.consumer_key.upper() + "!", pair.consumer_secret)
    assert build()("GET", f"{BASE}/acme/records", auth=odd).status_int == 200
    wrong = (pair.consumer_key, pair.consumer_secret.upper())
    assert build()("GET", f"{BASE}/acme/records", auth=wrong).status_int == 401


def test_permission_comes_before_the_route_and_uses_the_overridden_verb(build, add_key):
    reader, ask = add_key("read"), build()
    assert code(ask("POST", f"{BASE}/nope", auth=reader)) == (401, AUTH)
    assert code(ask("GET", f"{BASE}/acme/records?_method=post", auth=reader)) == (401, AUTH)
    assert ask("POST", f"{BASE}/acme/records?_method=GET", auth=reader).status_int == 200
    assert code(ask("GET", f"{BASE}/acme/records", auth=add_key("write"))) == (401, AUTH)


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("GET", "/nope", (404, "woocommerce_api_no_route")),
        ("PUT", "/acme/records", (404, "woocommerce_api_no_route")),
        ("GET", "/acme/records/abc", (404, "woocommerce_api_no_route")),
        ("POST", "", (404, "woocommerce_api_no_route")),
        ("OPTIONS", "/acme/records", (400, "woocommerce_api_unsupported_method")),
        ("FOO", "/acme/records", (400, "woocommerce_api_unsupported_method")),
        ("GET", "/acme/records?_method=LINK", (400, "woocommerce_api_unsupported_method")),
        ("POST", "/acme/records", (400, "woocommerce_api_missing_callback_param")),
        ("GET", "/acme/records/9", (404, "no_record")),
    ],
)
def test_refusals(ask, method, path, wanted):
    assert code(ask(method, path)) == wanted


def test_paths_forgive_case_and_one_slash(ask, build, add_key):
    assert ask("GET", "/ACME/Records/").status_int == 200
    assert build()("GET", "/WC-API/v3/acme/records", auth=add_key()).status_int == 200
    plain = "/?wc-api-version=3&wc-api-route=/acme/records/2"
    assert build()("GET", plain, auth=add_key()).json["id"] == 2


def test_the_verb_can_be_overridden(ask):
    assert ask("POST", "/acme/records/1?_method=DELETE").json["verb"] == "DELETE"
    headers = {"X-HTTP-Method-Override": "put"}
    assert ask("POST", "/acme/records/1", headers=headers, json={"a": 1}).json["verb"] == "PUT"
    head, get = ask("HEAD", "/acme/records?limit=2"), ask("GET", "/acme/records?limit=2")
    assert (head.status_int, head.body, head.headers["Link"]) == (200, b"", get.headers["Link"])


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"", None),
        (b"null\n", None),
        (b"not json", None),
        (b"[1,2]", None),
        (b'"text"', None),
        (b"7", None),
        (b"\xff\xfe", None),
        (b'{"a":"\\ud800"}', None),
        (b"[" * 50_000, None),
        (b'{"a":1,}', {"a": 1}),
        (b'{"a":[1,2,],"b":"x,}",}', {"a": [1, 2], "b": "x,}"}),
        (b'{"a":"\\",]",}', {"a": '",]'}),
        (b'{"a":1,,}', None),
        (b'{"a":"paid","a":"2021-09-11"}', {"a": "2021-09-11"}),
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":null,"b":{"c":null,"d":1}}', {"b": {"d": 1}}),
        (b'{"a":"x\\u0000"}', {"a": "x"}),
        (b" {} ", {}),
    ],
    ids=lambda part: str(part)[:30],
)
@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_bodies_are_read_on_every_verb_whatever_their_type(ask, body, wanted, kind):
    headers = {"Content-Type": kind} if kind else {}

    assert ask("GET", "/acme/echo", body=body, headers=headers).json["filters"] == (wanted or [])
    assert ask("DELETE", "/acme/echo", body=body, headers=headers).json["data"] == (wanted or [])
    write = ask("POST", "/acme/records", body=body, headers=headers)
    if wanted is None:
        assert code(write) == (400, "woocommerce_api_missing_callback_param")
    else:
        assert write.json["data"] == (wanted or [])


@pytest.mark.timeout(10)
@pytest.mark.parametrize("bad", [b'"\\' * 60_000, b'{"a":' + b'"\\"' * 50_000, b", " * 90_000, b'{"' * 60_000])
def test_hostile_bodies_cost_no_time(bad):
    assert legacy.parse_body(bad) is None


@pytest.mark.parametrize(
    ("query", "body", "wanted"),
    [
        ("limit=2&status=a", None, {"limit": "2", "status": "a"}),
        ("limit=2&limit=3", None, {"limit": "3"}),
        ("limit=", None, {"limit": ""}),
        ("limit=2&a=1", {"limit": 5}, {"limit": 5, "a": "1"}),
        ("k[]=a&k[]=b", None, {"k": ["a", "b"]}),
        ("k[0]=a&k[1]=b", None, {"k": ["a", "b"]}),
        ("filter[limit]=5&filter[fields][]=id", None, {"limit": "5", "fields": ["id"]}),
        ("filter[limit]=5&limit=6", None, {"limit": "6"}),
        ("consumer_key=&_jsonp=a&_method=GET&oauth_x=1&filter=z", None, {}),
    ],
)  # fmt: skip
def test_reads_take_query_and_body(ask, query, body, wanted):
    reply = ask("GET", f"/acme/echo?{query}", **({"json": body} if body else {}))
    text = reply.text.removeprefix("/**/a(").removesuffix(")")
    assert json.loads(text)["filters"] == (wanted or [])


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("fields=name", None), ("fields[]=name", None), ("fields[0]=name&fields[1]=zz", None),
        ("fields= name ,zz", None), ("filter[fields]=name", None), ("", {"fields": ["name"]}),
        ("", {"fields": "name"}),
    ],
)  # fmt: skip
def test_fields_in_every_spelling(ask, query, body):
    query = query.replace(" ", "%20")
    reply = ask("GET", f"/acme/records?{query}", **({"json": body} if body else {}))
    assert reply.json["records"][0] == {"name": "n1"}


def test_odd_fields(ask):
    assert ask("GET", "/acme/records", json={"fields": []}).json["records"][0] == RECORDS[0]
    assert ask("GET", "/acme/records?fields=zz").json["records"][0] == {}
    assert ask("GET", "/acme/records", json={"fields": {"a": {"b": 1}}}).status_int == 200


@pytest.mark.parametrize(
    ("query", "pages", "link"),
    [
        ("", "1", None),
        (
            "limit=2",
            "3",
            (
                '<https://oracle.test/wc-api/v3/acme/records?limit=2&page=1>; rel="next", '
                '<https://oracle.test/wc-api/v3/acme/records?limit=2&page=2>; rel="last"'
            ),
        ),
        (
            "limit=2&page=2",
            "3",
            (
                '<https://oracle.test/wc-api/v3/acme/records?limit=2&page=0>; rel="first", '
                '<https://oracle.test/wc-api/v3/acme/records?limit=2&page=1>; rel="prev"'
            ),
        ),
        ("limit=9", "1", None),
    ],
)
def test_totals_and_links(ask, query, pages, link):
    reply = ask("GET", f"/acme/records?{query}")
    assert (reply.headers["X-WC-Total"], reply.headers["X-WC-TotalPages"]) == ("5", pages)
    assert reply.headers.get("Link") == link


def test_jsonp(ask):
    reply = ask("GET", "/acme/records/1?_jsonp=cb.x")
    assert reply.headers["Content-Type"] == "application/javascript; charset=UTF-8"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.text.startswith('/**/cb.x({"id":1')
    bad = ask("GET", "/acme/records/1?_jsonp=a-b")
    assert (bad.status_int, bad.json[0]["code"]) == (400, "woocommerce_api_jsonp_callback_invalid")


def test_jsonp_can_be_switched_off(build, add_key):
    reply = build(jsonp=False)("GET", f"{BASE}/acme/records?_jsonp=a", auth=add_key())
    assert (reply.status_int, reply.json[0]["code"]) == (400, "woocommerce_api_jsonp_disabled")


def test_the_index_needs_no_login(build):
    ask = build(store={"wc_version": "3.0", "meta": {"currency": "USD"}})
    for path in (BASE, f"{BASE}/"):
        store = ask("GET", path).json["store"]
        assert (store["name"], store["URL"], store["version"]) == (SITE.name, SITE.url, "3.1.0")
    assert store["meta"] == {"currency": "USD"}
    assert store["routes"]["/acme/records"] == {
        "supports": ["HEAD", "GET", "POST"],
        "accepts_data": True,
        "meta": {"self": "https://oracle.test/wc-api/v3/acme/records"},
    }
    assert store["routes"]["/acme/records/<id>"] == {
        "supports": ["HEAD", "GET", "POST", "PUT", "PATCH", "DELETE"],
        "accepts_data": True,
    }
    assert code(ask("POST", BASE)) == (404, "woocommerce_api_no_route")


def test_bodies_too_large(build, add_key):
    reply = build()("POST", f"{BASE}/acme/records", auth=add_key(), body=b"x" * 200_001)
    assert reply.status_int == 413
    assert "errors" in reply.json


VECTORS = [
    ("", {"product_id": "68", "status": "pending-confirmation"}, "HMAC-SHA256", "MfdIno6YipNrT/expbBEef7yMwmPw5FNSK0EqWtxlI0="),
    ("/availability", {"start_date": "2021-09-25", "note": "a b"}, "HMAC-SHA256", "7WxwTe3sXv1dgSlhpZdatZaZjs1Hwd09Yl5Fdu7Z7iE="),
    ("", {"fields": ["booking_id", "start_date"], "limit": "2"}, "HMAC-SHA1", "dXMYV0jUX3WIHAIbVw20h4hu/S0="),
]  # fmt: skip


@pytest.mark.parametrize(("path", "more", "method", "wanted"), VECTORS)
def test_signature_vectors(path, more, method, wanted):
    params = {
        "oauth_consumer_key": "ck_0123456789abcdef0123456789abcdef01234567",
        "oauth_nonce": "a1b2c3d4e5",
        "oauth_timestamp": "1632198213",
        "oauth_signature_method": method,
        **more,
    }
    base = oauth.legacy_base_string("GET", f"http://127.0.0.1:8080/wc-api/v3/bkap/bookings{path}", params)
    assert oauth.sign(base, "cs_89abcdef0123456789abcdef0123456789abcdef", method) == wanted


def test_the_base_string_of_the_first_vector():
    params = {"oauth_nonce": "a1", "b": "a b", "a": ["x"]}
    assert oauth.legacy_base_string("GET", "http://h:8080/x", params) == (
        "GET&http%3A%2F%2Fh%3A8080%2Fx&a%255B0%255D%3Dx%26b%3Da%2520b%26oauth_nonce%3Da1"
    )


def signed(pair, *, method="GET", nonce="n", url=f"http://oracle.test{BASE}/acme/echo", **more):
    params = {
        "oauth_consumer_key": pair.consumer_key,
        "oauth_timestamp": STAMP,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
        **more,
    }
    signature = oauth.sign(oauth.legacy_base_string(method, url, params), pair.consumer_secret, "HMAC-SHA256")
    return urlencode({**params, "oauth_signature": signature})


def test_signatures_sign_in_once(build, add_key):
    pair, ask = add_key(), build()
    url = f"{BASE}/acme/echo?{signed(pair, limit='2', note='a b/c')}"
    assert ask("GET", url, scheme="http").json["filters"] == {"limit": "2", "note": "a b/c"}
    assert code(ask("GET", url, scheme="http")) == (401, AUTH)


def test_either_verb_may_be_signed(build, add_key):
    pair, ask = add_key(), build()
    for number, verb in enumerate(("POST", "DELETE")):
        query = signed(pair, method=verb, nonce=f"v{number}", _method="DELETE")
        assert ask("POST", f"{BASE}/acme/echo?{query}", scheme="http").status_int == 200


def test_the_slash_and_the_host_a_client_used_are_signed(build, add_key):
    pair, ask = add_key(), build()
    slash = signed(pair, nonce="s", url=f"http://oracle.test{BASE}/acme/echo/")
    assert ask("GET", f"{BASE}/acme/echo/?{slash}", scheme="http").status_int == 200
    other = signed(pair, nonce="h", url=f"http://shop.example:8080{BASE}/acme/echo")
    headers = {"Host": "shop.example:8080"}
    assert ask("GET", f"{BASE}/acme/echo?{other}", scheme="http", headers=headers).status_int == 200


def test_half_a_signature_is_404_and_strict_http_wants_a_whole_one(build, add_key):
    pair = add_key()
    half = f"{BASE}/acme/echo?oauth_consumer_key={pair.consumer_key}"
    assert code(build()("GET", half)) == (404, AUTH)
    assert code(build(basic_over_http=False)("GET", f"{BASE}/acme/echo", auth=pair, scheme="http")) == (
        404,
        AUTH,
    )
    assert build(basic_over_http=False)("GET", f"{BASE}/acme/echo", auth=pair).status_int == 200
    assert build()("GET", f"{BASE}/acme/echo", auth=pair, scheme="http").status_int == 200


@pytest.mark.parametrize("name", ["limit", "fields", "filter", "_method", "_jsonp", "consumer_key", "oauth_nonce"])
@pytest.mark.parametrize("text", ["%00", "%FF", "9" * 30, "-1", "1e999", "x&{}[a][]=1", "x&{}[]=1", "%"])
def test_no_query_makes_a_crash(ask, name, text):
    query = f"{name}={text.format(name)}"
    assert ask("GET", f"/acme/echo?{query}").status_int < 500
    assert ask("DELETE", f"/acme/records/9999999999999999999999?{query}").status_int < 500
