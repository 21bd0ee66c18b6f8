"""Tokens: every way to ask for one, how long it is good, and what ends it (fact sheet, section 2)."""

import base64

import pytest

from core.services import credentials
from plugins.bookablesites import auth
from plugins.bookablesites.settings import Settings
from tests.plugins.bookablesites.conftest import NOW


def ask(api, *, status=200, path="/auth/token", form=False, headers=None, body=None):
    send = api.web.post if form else api.web.post_json
    args = [path] if body is None and not form else [path, body or {}]
    reply = send(*args, headers=headers or {}, expect_errors=True)
    assert reply.status_int == status, reply.body
    return reply


def basic(fields):
    pair = f"{fields['client_id']}:{fields['client_secret']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


@pytest.mark.parametrize(
    "path", ["/auth/token", "/api/v1/auth/token", "/api/v2/auth/token", "/api/v1/token", "/api/v2/token/"]
)
@pytest.mark.parametrize("shape", ["v1", "v2 json", "v2 form", "no grant", "basic", "basic with grant"])
def test_every_form_at_every_path_gives_a_token_that_works(api, path, shape):
    pair = {"client_id": api.fields["client_id"], "client_secret": api.fields["client_secret"]}
    grant = {"grant_type": "client_credentials"}
    reply = {
        "v1": lambda: ask(api, path=path, body={"clientId": pair["client_id"], "clientSecret": pair["client_secret"]}),
        "v2 json": lambda: ask(api, path=path, body=grant | pair),
        "v2 form": lambda: ask(api, path=path, body=grant | pair, form=True),
        "no grant": lambda: ask(api, path=path, body=pair),
        "basic": lambda: ask(api, path=path, body=None, form=True, headers=basic(pair)),
        "basic with grant": lambda: ask(api, path=path, body=grant, form=True, headers=basic(pair)),
    }[shape]()
    body = reply.json
    assert set(body) == {"token_type", "expires_in", "access_token", "token"}
    assert (body["token_type"], body["expires_in"], body["token"]) == ("Bearer", 3600, body["access_token"])
    assert reply.headers["Cache-Control"] == "no-store"
    api.token = body["token"]
    api.get("customers", status=200)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"client_id": "x", "client_secret": "y"}, 401, "invalid_client"),
        ({"client_id": "ID", "client_secret": "y"}, 401, "invalid_client"),
        ({"client_id": "ID"}, 400, "invalid_request"),
        ({}, 400, "invalid_request"),
        ({"client_id": ["x"], "client_secret": {}}, 400, "invalid_request"),
        ({"client_id": "ID", "client_secret": "SECRET", "grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"client_id": "x\u0000y", "client_secret": "y"}, 400, "invalid_json"),
        ({"client_id": "é", "client_secret": "é"}, 401, "invalid_client"),
    ],
)
def test_refusals_of_the_token_path(api, body, status, code):
    real = {"ID": api.fields["client_id"], "SECRET": api.fields["client_secret"]}
    body = {name: real.get(value, value) if isinstance(value, str) else value for name, value in body.items()}
    reply = ask(api, body=body or {"other": 1}, status=status).json
    assert reply["code"] == code
    if code != "invalid_json":
        assert (reply["error"], reply["error_description"]) == (code, reply["message"])


def test_an_unknown_id_and_a_wrong_secret_get_the_same_answer(api):
    one = ask(api, body={"client_id": "nobody", "client_secret": "x"}, status=401).json
    two = ask(api, body={"client_id": api.fields["client_id"], "client_secret": "x"}, status=401).json
    assert {**one, "request_id": ""} == {**two, "request_id": ""}


@pytest.mark.parametrize(
    ("header", "code", "challenge"),
    [
        (None, "unauthorized", "Bearer"),
        ("Basic abc", "unauthorized", "Bearer"),
        ("Bearer", "unauthorized", "Bearer"),
        ("Bearer nonsense", "invalid_token", 'Bearer error="invalid_token"'),
        ("Bearer bks_x.y.z", "invalid_token", 'Bearer error="invalid_token"'),
    ],
)
def test_calls_without_a_good_token_are_401(api, header, code, challenge):
    reply = api.web.get("/api/v1/customers", headers={"Authorization": header} if header else {}, expect_errors=True)
    assert (reply.status_int, reply.json["code"], reply.headers["WWW-Authenticate"]) == (401, code, challenge)


def test_the_schemes_case_does_not_matter_and_a_cut_token_is_not_good(api):
    call = lambda token: api.web.get("/api/v1/customers", headers={"Authorization": token}, expect_errors=True)  # noqa: E731
    assert call(f"bEARER {api.token}").status_int == 200
    assert call(f"Bearer {api.token[:-1]}").status_int == 401
    assert api.web.get(f"/api/v1/customers?access_token={api.token}", expect_errors=True).status_int == 401


def test_a_token_is_good_until_the_second_before_an_hour(api, clock):
    def call():
        return api.web.get("/api/v1/customers", headers={"Authorization": f"Bearer {api.token}"}, expect_errors=True)

    clock.now = NOW.replace(microsecond=0)
    clock.move(seconds=3599)
    assert call().status_int == 200
    clock.move(seconds=1)
    assert (call().status_int, call().json["code"]) == (401, "invalid_token")


def test_tokens_live_side_by_side_and_end_with_their_secret(api, clock):
    first, second = api.token, api.sign_in()
    for token in (first, second):
        api.token = token
        api.get("customers", status=200)
    credentials.update(api.key.id, secret="f" * 64)
    assert api.get("customers", status=401).json["code"] == "invalid_token"


def test_a_revoked_credential_ends_its_tokens_and_gives_no_new_ones(api, clock):
    _, fields = api.new_key()
    credentials.revoke(api.key.id, now=clock())
    assert api.get("customers", status=401).json["code"] == "invalid_token"
    pair = {"client_id": api.fields["client_id"], "client_secret": api.fields["client_secret"]}
    assert ask(api, body=pair, status=401).json["code"] == "invalid_client"
    api.fields = fields
    api.token = api.sign_in()
    api.get("customers", status=200)


def test_signing_keys_rotate(make_api):
    api = make_api(token_keys=["old"])
    credential = credentials.get(api.key.id)
    rotated = auth.Tokens(Settings(token_keys=("old", "new")), api.clock)
    assert rotated.read(api.token).id == credential.id
    fresh = rotated.issue(credential)
    assert auth.Tokens(Settings(token_keys=("new",)), api.clock).read(fresh).id == credential.id
    api.token = fresh
    api.get("customers", status=401)


def test_the_api_can_be_switched_off(make_api):
    api = make_api(features={"api": False}, signed_in=False)
    pair = {"client_id": api.fields["client_id"], "client_secret": api.fields["client_secret"]}
    assert ask(api, body=pair, status=403).json["code"] == "feature_disabled"
    credential = credentials.get(api.key.id)
    api.token = auth.Tokens(api.manager.host.settings("bookablesites"), api.clock).issue(credential)
    assert api.get("customers", status=403).json["code"] == "feature_disabled"


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        ("locations", "locations"),
        ("coupons", "coupons"),
        ("reports", "reports/summary?start_date=2026-01-01&end_date=2026-01-02"),
        ("webhooks", "webhooks"),
    ],
)
def test_a_feature_that_is_off_is_403(make_api, feature, path):
    api = make_api(features={feature: False})
    assert api.get(path, status=403).json["code"] == "feature_disabled"


def test_group_orders_are_a_feature(make_api):
    api = make_api(features={"group_booking": False})
    assert api.post("bookings", {"bookings": [{}]}, status=403).json["code"] == "feature_disabled"


def test_limits_of_calls_writes_and_tokens(make_api, clock):
    api = make_api(calls_per_minute=4, writes_per_minute=2, tokens_per_minute=2)
    body = {"first_name": "A", "last_name": "B"}
    first = api.post("customers", {**body, "email": "a@b.example"}, status=201)
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("2", "1")
    assert int(first.headers["X-RateLimit-Reset"]) == int(clock().timestamp()) + 60
    api.post("customers", {**body, "email": "b@b.example"}, status=201)
    refused = api.post("customers", {**body, "email": "c@b.example"}, status=429)
    assert (refused.json["code"], refused.headers["Retry-After"]) == ("rate_limited", "60")
    assert api.get("customers", status=200).headers["X-RateLimit-Remaining"] == "1"
    api.get("customers", status=200)
    api.get("customers", status=429)
    clock.move(seconds=60)
    api.get("customers", status=200)
    pair = {"client_id": api.fields["client_id"], "client_secret": "wrong"}
    ask(api, body=pair, status=401)
    ask(api, body=pair, status=401)
    assert "Retry-After" in ask(api, body=pair, status=429).headers


def test_the_order_of_checks_is_route_method_token(api):
    assert api.web.get("/api/v1/nothing", expect_errors=True).json["code"] == "not_found"
    wrong = api.web.delete("/api/v1/customers", expect_errors=True)
    assert (wrong.status_int, wrong.json["code"], wrong.headers["Allow"]) == (
        405,
        "method_not_allowed",
        "GET, POST, OPTIONS",
    )
    assert api.web.post("/api/v1/customers", "{", expect_errors=True).status_int == 401
