"""OAuth 1.0a and idempotency keys as the vendors' clients use them: signed anew each time, behind a path, in a sandbox."""

import base64
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from core.wordpress import oauth
from frontdesk.testing.built_in import stamp
from frontdesk.testing.stores import open_store
from tests.contract.conftest import NOW, START, make_service

FROZEN = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
COLLECTIONS = {"bkap": "/wc-api/v3/bkap/bookings", "wc_bookings": "/wp-json/wc-bookings/v1/bookings"}
BASES = {"bkap": oauth.legacy_base_string, "wc_bookings": oauth.rest_base_string}


@pytest.fixture
def open_host(tmp_path):
    """Build a host with both platform dialects: ``open_host(url=..., now=...)``."""

    def build(*, url="http://127.0.0.1:8000", now=None, kind="sqlite"):
        document = {
            "database": {"url": open_store(kind, tmp_path)},
            "site": {"url": url},
            "plugins": {"enabled": list(COLLECTIONS)},
            **({"sandbox": {"now": now.isoformat()}} if now else {}),
        }
        config = parse_config(document, source="test")
        clock = None if now else lambda: datetime.now(UTC)
        manager = host.start(config, clock=clock, migrate=True)
        keys = {
            name: manager.credentials[name].create(
                label="test", permissions=None, user=None, expires_at=None, now=now or datetime.now(UTC)
            )[1]
            for name in COLLECTIONS
        }
        return SimpleNamespace(app=TestApp(host.create_app(config, clock=clock, manager=manager)), keys=keys)

    yield build
    db.close_database()


def signed(dialect, fields, url, *, method="GET", nonce="n", at=None, **query):
    """The query string of a request that a client signs for ``url``."""
    params = {
        **query,
        "oauth_consumer_key": fields["consumer_key"],
        "oauth_timestamp": str(int((at or datetime.now(UTC)).timestamp())),
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA256",
    }
    base = BASES[dialect](method, url, params)
    return urlencode({**params, "oauth_signature": oauth.sign(base, fields["consumer_secret"], "HMAC-SHA256")})


@pytest.mark.parametrize("dialect", COLLECTIONS)
@pytest.mark.parametrize(
    ("signed_for", "asked"),
    [
        ("https://h.example/desk{path}", "{path}"),
        ("https://h.example/desk{path}", "/desk{path}"),
        ("https://inside.example{path}", "{path}"),
    ],
    ids=["the proxy strips the path", "the proxy passes the path on", "asked past the proxy"],
)
def test_signatures_behind_a_base_path(open_host, dialect, signed_for, asked):
    shop = open_host(url="https://h.example/desk")
    path = COLLECTIONS[dialect]
    query = signed(dialect, shop.keys[dialect], signed_for.format(path=path))
    environ = {"HTTP_HOST": "inside.example", "wsgi.url_scheme": "https"}
    reply = shop.app.get(f"{asked.format(path=path)}?{query}", extra_environ=environ)
    assert reply.status_int == 200


@pytest.mark.parametrize("dialect", COLLECTIONS)
def test_links_carry_the_base_path(open_host, dialect):
    shop = open_host(url="https://h.example/desk")
    reply = shop.app.get(
        "/wp-json/wc-bookings/v1" if dialect == "wc_bookings" else "/desk/wc-api/v3",
        extra_environ={"HTTP_HOST": "inside.example"},
    )
    assert "https://h.example/desk/" in reply.text.replace("\\/", "/")
    assert "inside.example" not in reply.text


@pytest.mark.parametrize("dialect", COLLECTIONS)
@pytest.mark.parametrize("time", ["real", "frozen"])
def test_a_sandbox_takes_the_clients_clock_and_its_own(open_host, dialect, time):
    shop = open_host(now=FROZEN)
    path = COLLECTIONS[dialect]
    at = FROZEN if time == "frozen" else datetime.now(UTC)
    url = f"http://127.0.0.1:8000{path}"
    query = signed(dialect, shop.keys[dialect], url, at=at)
    assert shop.app.get(f"{path}?{query}").status_int == 200
    # A nonce stays used whichever clock its timestamp came from.
    assert shop.app.get(f"{path}?{query}", expect_errors=True).status_int == 401
    stale = signed(dialect, shop.keys[dialect], url, nonce="old", at=datetime(2026, 5, 1, tzinfo=UTC))
    assert shop.app.get(f"{path}?{stale}", expect_errors=True).status_int == 401


def booking_body(dialect, service_id):
    if dialect == "bkap":
        day = f"{START:%Y-%m-%d}"
        times = {"start_date": day, "end_date": day, "start_time": "09:00", "end_time": "10:00", "duration": 60}
        return {"product_id": service_id, **times, "price": 10, "quantity": 1}
    return {"product_id": service_id, "start": stamp(START), "end": stamp(START + timedelta(hours=1)), "status": "paid"}


def sign_in(way, dialect, fields, nonce):
    """The query string and headers of one way to sign a POST to the collection in."""
    path = COLLECTIONS[dialect]
    pair = {name: fields[name] for name in ("consumer_key", "consumer_secret")}
    if way == "oauth":
        return signed(dialect, fields, f"http://localhost{path}", method="POST", nonce=nonce, at=NOW), {}
    if way == "pair":
        return urlencode(pair), {}
    return "", {"Authorization": "Basic " + base64.b64encode(":".join(pair.values()).encode()).decode()}


@pytest.mark.parametrize("dialect", COLLECTIONS)
@pytest.mark.parametrize("first", ["oauth", "pair", "basic"])
@pytest.mark.parametrize("second", ["oauth", "pair", "basic"])
def test_a_retry_is_the_same_request_however_it_signs_in(venue, dialect, first, second):
    service = make_service(capacity=5)
    replies = []
    for nonce, way in enumerate((first, second)):
        query, headers = sign_in(way, dialect, venue.clients[dialect].fields, f"n{nonce}")
        replies.append(
            venue.app.post_json(
                f"{COLLECTIONS[dialect]}?{query}",
                booking_body(dialect, service.id),
                headers={**headers, "Idempotency-Key": "k"},
            )
        )
    assert replies[0].body == replies[1].body
    assert replies[1].headers["Idempotent-Replayed"] == "true"


def test_a_retry_signed_in_the_form_is_the_same_request(venue):
    service = make_service(capacity=5)
    fields = venue.clients["wc_bookings"].fields
    path, bodies = COLLECTIONS["wc_bookings"], []
    for nonce in "ab":
        form = {name: str(value) for name, value in booking_body("wc_bookings", service.id).items()}
        signature = signed("wc_bookings", fields, f"http://localhost{path}", method="POST", nonce=nonce, at=NOW, **form)
        bodies.append(venue.app.post(path, signature, headers={"Idempotency-Key": "k"}).body)
    assert bodies[0] == bodies[1]


@pytest.mark.parametrize("dialect", COLLECTIONS)
def test_what_is_asked_still_counts(venue, dialect):
    service = make_service(capacity=5)
    query, _ = sign_in("pair", dialect, venue.clients[dialect].fields, "")
    headers = {"Idempotency-Key": "k"}
    body = booking_body(dialect, service.id)
    venue.app.post_json(f"{COLLECTIONS[dialect]}?{query}", body, headers=headers)
    other = venue.app.post_json(f"{COLLECTIONS[dialect]}?{query}&note=1", body, headers=headers, expect_errors=True)
    assert other.status_int == 422
