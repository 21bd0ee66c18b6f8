"""No input makes any dialect fail: every answer to garbage is the vendor's own 4xx."""

import pytest

from core.errors import DomainError, ServiceUnavailable
from tests.contract.clients import CLIENTS
from tests.contract.conftest import START, make_service

DIALECTS = sorted(CLIENTS)

PATHS = {
    "bkap": ["/bookings", "/bookings/1", "/bookings/availability", "/bookings/price", "/products", "/products/1"],
    "wc_bookings": ["/bookings", "/bookings/1", "/products", "/products/slots", "/products/categories", "/resources"],
    "bookingpress": [
        "/appointments",
        "/appointments/1",
        "/appointments/timeslots",
        "/customers",
        "/services",
        "/coupons",
    ],
    "bookablesites": ["/bookings", "/appointments", "/appointments/1", "/available-times", "/customers", "/coupons"],
}

BODIES = [
    b"{",
    b"null",
    b"[]",
    b'"x"',
    b"12",
    b'{"a":' * 5000,
    b'{"x":"\x00"}',
    b'{"x":"\\u0000"}',
    b"\xff\xfe{}",
    b'{"service":"\\ud800"}',
    b"x" * 100,
    b'{"product_id":1e999,"service":1e999,"service_id":1e999,"selected_service":1e999}',
    b'{"product_id":99999999999999999999999,"service":99999999999999999999999,"selected_service":"9e99"}',
    b'{"product_id":[1],"start":{},"service":[],"date":{"a":1},"time":3,"customer":[[]],"selected_service":{}}',
    b'{"product_id":1,"start_date":"2026-02-30","end_date":"0000-00-00","price":"NaN","start":-1,"end":"x"}',
    b'{"service":1,"date":"9999-12-31","time":"25:61","selected_service":1,"selected_date":"2026-13-40"}',
    b'{"service":1,"date":"0001-01-01","time":"00:00","selected_service":1,"selected_date":"0001-01-01",'
    b'"product_id":1,"start_date":"0001-01-01","end_date":"9999-12-31","price":1e308,"quantity":-5}',
    '{"name":"\U0001f600","title":"\u202e","code":"%00","email":"@"}'.encode(),
]

QUERIES = [
    "page=99999999999999999999",
    "page=-1&per_page=0&limit=abc",
    "page[]=1&per_page[a]=2&include[][]=3",
    "start_date=%00&end_date=%ff&search=%F0%9F%98%80&status=%27%22--",
    "min_date=0000-00-00&max_date=9999-99-99&product_ids=1,2,x,9999999999999999999999",
    "service=1&service_id=1&selected_date=2026-02-30&calendar_start_date=x&product_id=1",
    "&&&=&a=b=c&%",
    "_fields[]=id&_fields=a.b.c.d&fields[0]=x&fields[a][b]=y&_jsonp=<script>",
    "orderby=%00&order=1&sort_by=id;drop&sort_order=up",
]

VERBS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]


@pytest.fixture
def prepared(venue):
    make_service(capacity=3)
    return venue


@pytest.mark.parametrize("name", DIALECTS)
def test_garbage_gets_the_vendors_4xx_and_never_a_500(prepared, name):
    client = prepared.clients[name]
    bad = []
    for path in PATHS[name]:
        for verb in VERBS:
            for body in BODIES:
                status, _, reply = client.send(verb, client.base + path, body)
                if status >= 500 and status != 501:
                    bad.append((verb, path, body[:40], status, reply))
        for query in QUERIES:
            for verb in ("GET", "POST"):
                status, _, reply = client.send(verb, f"{client.base}{path}?{query}")
                if status >= 500 and status != 501:
                    bad.append((verb, path, query, status, reply))
    assert bad == []


@pytest.mark.parametrize("name", DIALECTS)
def test_a_body_beyond_the_cap_is_refused_in_the_vendors_words(prepared, name):
    client = prepared.clients[name]
    status, headers, reply = client.send("POST", client.base + PATHS[name][0], b'{"a":"' + b"x" * 10_000_000 + b'"}')

    assert status == 413
    assert headers["content-type"].startswith("application/json")
    assert isinstance(reply, dict)


@pytest.mark.parametrize("name", DIALECTS)
def test_unknown_paths_and_missing_credentials_get_the_vendors_envelope(prepared, name):
    client = prepared.clients[name]
    status, _, reply = client.send("GET", f"{client.base}/no/such/thing")
    assert (status, isinstance(reply, dict)) == (404, True)

    known, client.headers = client.headers, {}
    status, _, reply = client.send("POST", f"{client.base}{PATHS[name][0]}", {})
    client.headers = known
    assert (status, isinstance(reply, dict)) == (401, True)


def descendants(kind):
    for child in kind.__subclasses__():
        yield child
        yield from descendants(child)


@pytest.mark.parametrize("name", DIALECTS)
def test_every_refusal_of_core_has_words_in_every_dialect(prepared, name):
    import falcon.testing

    dialect = next(one for _, one in prepared.manager.dialects if one.name == name)
    for kind in {DomainError, *descendants(DomainError)} - {DomainError}:
        if not kind.__module__.startswith("core."):
            continue
        req = falcon.testing.create_req(path=CLIENTS[name].base + PATHS[name][0])
        reply = dialect.render_error(req, kind())
        if issubclass(kind, ServiceUnavailable):
            assert (reply.status, reply.headers["Retry-After"]) == (503, "5"), kind
        else:
            assert 200 <= reply.status < 500, kind


@pytest.mark.parametrize("name", DIALECTS)
def test_head_answers_like_get_without_a_body(prepared, name):
    client = prepared.clients[name]
    path = client.base + PATHS[name][0]
    got = client.send("GET", path)
    head = client.send("HEAD", path)

    assert (head[0], head[2]) == (got[0], None)


@pytest.mark.parametrize("name", DIALECTS)
def test_a_request_id_comes_back(prepared, name):
    client = prepared.clients[name]
    _, headers, _ = client.send("GET", client.base + PATHS[name][0], headers={"X-Request-Id": "abc-1"})

    assert headers["x-request-id"] == "abc-1"


@pytest.mark.parametrize("name", DIALECTS)
def test_a_service_of_nobody_can_be_listed_and_booked(prepared, name):
    assert prepared.clients[name].book(1, START).booked
