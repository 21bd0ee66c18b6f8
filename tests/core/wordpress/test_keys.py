"""Consumer keys: what they look like, and the ways to sign in that the recordings do not cover."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import woocommerce
from woocommerce.oauth import OAuth

from core.services import credentials as credentials
from core.wordpress import consumer_keys, oauth
from core.wordpress.legacy import LegacyEndpoint, LegacyResponse, LegacyRoute
from core.wordpress.legacy_server import LegacyServer
from core.wordpress.rest import READ, Endpoint, Namespace, RestResponse, RestRoute
from core.wordpress.server import RestServer
from tests.core.wordpress.conftest import NOW, SITE

STAMP = str(int(NOW.timestamp()))
PATH = "/wp-json/wc-acme/v1/who"


def test_new_keys_have_the_platforms_form():
    pair = consumer_keys.generate_pair()

    assert re.fullmatch("ck_[0-9a-f]{40}", pair.consumer_key)
    assert re.fullmatch("cs_[0-9a-f]{40}", pair.consumer_secret)
    assert consumer_keys.key_tail(pair.consumer_key) == pair.consumer_key[-7:]
    # echo -n ck_x | openssl dgst -sha256 -hmac wc-api
    assert consumer_keys.key_hash("ck_x") == "130ead921ef6bb41a853a58ff747e495f958d0766b3d7d677c679be40d4fbd87"


@pytest.mark.parametrize(
    ("permissions", "method", "refused"),
    [
        ("read", "GET", None), ("read", "HEAD", None), ("read", "OPTIONS", None), ("read", "POST", "write"),
        ("read", "DELETE", "write"), ("write", "GET", "read"), ("write", "PATCH", None),
        ("write", "OPTIONS", None), ("read_write", "PUT", None), ("read_write", "GET", None),
        ("read_write", "FOO", "Unknown request method."), ("", "GET", "read"),
    ],
)  # fmt: skip
def test_permission_times_method(permissions, method, refused):
    found = consumer_keys.permission_error(permissions, method)
    if refused is None:
        assert found is None
    else:
        assert refused in found


@pytest.fixture
def ask(key_store, clock, serve):
    def build(**settings):
        server = RestServer(site=SITE, clock=clock)
        logins = consumer_keys.ConsumerKeys(key_store, dialect="acme", site=SITE, clock=clock, **settings)

        def who(request):
            caller = request.principal
            return RestResponse({"who": caller and caller.user_id, "roles": caller and sorted(caller.roles)})

        route = RestRoute("/who", [Endpoint((*READ, "POST", "PUT"), who)])
        server.add(Namespace("wc-acme/v1", [route], login=logins.login, check_permissions=logins.check_permission))
        return serve(server.dialect("acme"))

    return build


def signed(pair, *, method="GET", nonce="n1", stamp=STAMP, url=f"http://oracle.test{PATH}", **more):
    params = {
        "oauth_consumer_key": pair.consumer_key,
        "oauth_timestamp": stamp,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
    }
    base = oauth.rest_base_string(method, url, {**params, **more})
    return {**params, "oauth_signature": oauth.sign(base, pair.consumer_secret, "HMAC-SHA256")}


def query(params):
    return f"{PATH}?{urlencode(params)}"


def test_basic_over_http_is_a_switch(ask, add_key):
    pair = add_key()
    assert ask()("GET", PATH, auth=pair, scheme="http").json == {"who": 1, "roles": ["administrator"]}
    assert ask(basic_over_http=False)("GET", PATH, auth=pair, scheme="http").json["who"] is None
    assert ask(basic_over_http=False)("GET", PATH, auth=pair).json["who"] == 1


def test_the_query_pair_beats_the_basic_header(ask, add_key):
    first, second = add_key(user=1), add_key(user=2)
    url = query({"consumer_key": second.consumer_key, "consumer_secret": second.consumer_secret})
    assert ask()("GET", url, auth=first).json["who"] == 2


def test_keys_work_only_below_the_platforms_paths(ask, add_key):
    pair = add_key()
    client = ask()
    assert client("GET", "/?rest_route=/wc-acme/v1/who", auth=pair).json["who"] is None
    assert client("GET", "/wp-json/WC-acme/v1/who", auth=pair).json["who"] is None


def test_signatures_in_header_form_and_query_are_taken(ask, add_key):
    pair = add_key()
    client = ask()
    assert client("GET", query(signed(pair, nonce="a")), scheme="http").json["who"] == 1
    header = 'OAuth realm="x", ' + ", ".join(
        f'{name}="{oauth.percent_encode(value)}"' for name, value in signed(pair, nonce="b").items()
    )
    assert client("GET", PATH, headers={"Authorization": header}, scheme="http").json["who"] == 1
    form = {**signed(pair, method="POST", nonce="c", color="red"), "color": "red"}
    assert client("POST", PATH, form=form, scheme="http").json["who"] == 1


def test_a_signature_covers_what_the_client_saw(ask, add_key):
    pair = add_key()
    client = ask()
    listed = {"a[]": ["1", "2"], "z": "a b~/é"}
    params = signed(pair, nonce="l", a=["1", "2"], z="a b~/é")
    url = f"{PATH}?{urlencode({**params, **listed}, doseq=True)}"
    assert client("GET", url, scheme="http").json["who"] == 1
    # The real verb is signed, not the one it is turned into.
    again = signed(pair, method="POST", nonce="m", _method="GET")
    assert client("POST", query({**again, "_method": "GET"}), scheme="http").json["who"] == 1
    tampered = {**signed(pair, nonce="t"), "extra": "1"}
    assert client("GET", query(tampered), scheme="http").status_int == 401


def test_a_nonce_works_once_per_key_and_again_when_time_has_passed(ask, add_key, clock):
    one, two = add_key(), add_key(user=2)
    client = ask()
    assert client("GET", query(signed(one)), scheme="http").status_int == 200
    assert client("GET", query(signed(two)), scheme="http").status_int == 200
    assert client("GET", query(signed(one)), scheme="http").json["message"].startswith("Invalid nonce")
    clock.now += timedelta(seconds=901)
    assert client("GET", query(signed(one)), scheme="http").json["message"] == "Invalid timestamp."


@pytest.mark.parametrize(
    "stamp",
    ["", "0", "x", "99999999999999999999", "-5", "1e30", str(int(STAMP) + 901), str(int(STAMP) - 901)],
)
def test_odd_timestamps_are_refused(ask, add_key, stamp):
    reply = ask()("GET", query(signed(add_key(), stamp=stamp)), scheme="http")
    assert reply.status_int == 401


def test_parameters_that_are_lists_cannot_hurt(ask, add_key):
    add_key()
    names = "&".join(f"{name}[]=x" for name in oauth.REQUIRED)
    reply = ask()("GET", f"{PATH}?{names}", scheme="http")
    assert reply.status_int == 401
    assert ask()("GET", f"{PATH}?consumer_key[]=a&consumer_secret[]=b").json["who"] is None


def test_a_key_remembers_when_it_was_used_and_can_be_revoked(ask, add_key, key_store, clock):
    pair = add_key()
    client = ask()
    client("GET", PATH, auth=pair)
    found = key_store.find(pair.consumer_key)
    assert credentials.get(found.id).last_used_at == clock.now
    credentials.revoke(found.id, now=clock.now)
    assert client("GET", PATH, auth=pair).json["who"] is None


def test_a_read_key_may_not_write(ask, add_key):
    pair = add_key("read")
    reply = ask()("POST", PATH, auth=pair)
    assert reply.json["message"] == "The API key provided does not have write permissions."
    assert ask()("POST", f"{PATH}?_method=GET", auth=pair).status_int == 200


def test_the_official_python_client_signs_for_both_transports(ask, add_key, clock, key_store, serve):
    pair = add_key()
    found = []

    def show(request):
        return LegacyResponse({"filters": request.filters})

    legacy = LegacyServer(
        [LegacyRoute("/who", [LegacyEndpoint(READ, show)])],
        dialect="old",
        site=SITE,
        clock=clock,
        key_store=key_store,
    )
    for client, wp_api, version in ((ask(), True, "wc-acme/v1"), (serve(legacy.dialect()), False, "v3")):
        api = woocommerce.API("http://oracle.test", *pair, wp_api=wp_api, version=version)
        path = api._API__get_url("who")
        signer = OAuth(
            url=f"{path}?status=a&search=x+y&page=2",
            consumer_key=pair.consumer_key,
            consumer_secret=pair.consumer_secret,
            version=version,
            method="GET",
            oauth_timestamp=STAMP,
        )
        url = signer.get_oauth_url().removeprefix("http://oracle.test")
        found.append(client("GET", url, scheme="http"))

    assert [reply.status_int for reply in found] == [200, 200]
    assert found[0].json["who"] == 1
    assert found[1].json["filters"] == {"status": "a", "search": "x y", "page": "2"}
