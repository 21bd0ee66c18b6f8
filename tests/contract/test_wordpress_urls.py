"""Every ``/wp-json`` dialect answers in all the URL forms of a WordPress site, and as its REST server does."""

import json

import pytest
from webtest import TestApp

from core import app as host
from core import db
from core.config import parse_config
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest
from frontdesk.testing.stores import open_store
from tests.contract.conftest import NOW, make_service

DIALECTS = ("wc_bookings", "bookingpress")
#: A list, by namespace and path.
LISTS = {"wc_bookings": ("wc-bookings/v1", "products"), "bookingpress": ("bookingpress/v1", "services")}
FORMS = {
    "pretty": "/wp-json/{ns}/{path}?",
    "slash at the end": "/wp-json/{ns}/{path}/?",
    "double slash": "/wp-json//{ns}/{path}?",
    "rest_route": "/?rest_route=/{ns}/{path}&",
    "rest_route encoded": "/?rest_route=%2F{ns}%2F{path}&",
    "rest_route of the script": "/index.php?rest_route=/{ns}/{path}&",
    "path behind the script": "/index.php/wp-json/{ns}/{path}?",
}


@pytest.fixture(
    params=[(DIALECTS, name) for name in DIALECTS] + [((name,), name) for name in DIALECTS],
    ids=lambda case: f"{case[1]} of {len(case[0])}",
)
def client(request, tmp_path):
    """A client of one dialect, on a site with both and on one of its own."""
    names, dialect = request.param
    for site in _site(tmp_path, names):
        yield site(dialect)


@pytest.fixture
def strict(tmp_path):
    yield from _site(tmp_path, DIALECTS, wc_bookings={"mode": "strict"})


def _site(folder, names, **settings):
    url = open_store("sqlite", folder)
    document = {"database": {"url": url}, "plugins": {"enabled": list(names), **settings}}
    config = parse_config({**document, "site": {"url": "https://h.test"}}, source="test")
    manager = host.start(config, clock=lambda: NOW, migrate=True)
    app = TestApp(host.create_app(config, clock=lambda: NOW, manager=manager), extra_environ={"HTTPS": "on"})
    make_service(capacity=2)

    def client(name):
        _, fields = manager.credentials[name].create(
            label="test", permissions=None, user=None, expires_at=None, now=NOW
        )
        made = DRIVERS[name](through_webtest(app), dict(fields))
        made.names = names
        return made

    yield client
    db.close_database()


def records(body):
    return body["items"] if isinstance(body, dict) else body


@pytest.mark.parametrize("form", FORMS)
def test_a_list_in_every_form(client, form):
    namespace, path = LISTS[client.name]
    status, headers, body = client.send("GET", FORMS[form].format(ns=namespace, path=path))
    assert status == 200, body
    assert len(records(body)) == 1
    assert headers["x-wp-total"] == "1"


@pytest.mark.parametrize("spell", [str.upper, str.title])
def test_letters_of_a_path_have_no_case(client, spell):
    namespace, path = LISTS[client.name]
    status, _, body = client.send("GET", f"/wp-json/{spell(namespace)}/{spell(path)}")
    assert status == 200, body
    assert len(records(body)) == 1


def test_envelope(client):
    namespace, path = LISTS[client.name]
    status, headers, body = client.send("GET", f"/wp-json/{namespace}/{path}?_envelope")
    assert (status, body["status"]) == (200, 200)
    assert len(records(body["body"])) == 1
    assert str(body["headers"]["X-WP-Total"]) == "1"
    assert "x-wp-total" not in headers
    _, _, refused = client.send("GET", f"/wp-json/{namespace}/{path}/999999?_envelope=1")
    assert refused["status"] == 404


def test_jsonp(client):
    namespace, path = LISTS[client.name]
    status, headers, body = client.send("GET", f"/wp-json/{namespace}/{path}?_jsonp=shop.show")
    assert (status, headers["content-type"]) == (200, "application/javascript; charset=UTF-8")
    assert body.startswith(b"/**/shop.show(")
    assert len(records(json.loads(body.removeprefix(b"/**/shop.show(").removesuffix(b")")))) == 1
    status, _, body = client.send("GET", f"/wp-json/{namespace}/{path}?_jsonp=al%28ert")
    assert status == 400
    assert b"rest_callback_invalid" in (body if isinstance(body, bytes) else json.dumps(body).encode())


def test_fields_narrow_every_record(client):
    namespace, path = LISTS[client.name]
    name = "name" if client.name == "wc_bookings" else "service_name"
    _, _, body = client.send("GET", f"/wp-json/{namespace}/{path}?_fields={name}")
    assert records(body) == [{name: "Room"}]


def test_a_verb_can_be_overridden(client):
    namespace, path = LISTS[client.name]
    for address, headers in ((f"{path}?_method=GET", {}), (path, {"X-HTTP-Method-Override": "GET"})):
        status, _, body = client.send("POST", f"/wp-json/{namespace}/{address}", {}, headers=headers)
        assert status == 200, body
        assert len(records(body)) == 1


def test_options_describe_a_route_to_anybody(client):
    namespace, path = LISTS[client.name]
    client.headers = {}
    status, _, body = client.send("OPTIONS", f"/wp-json/{namespace}/{path}")
    assert status == 200
    assert body["namespace"] == namespace
    assert "GET" in body["methods"]
    assert "POST" in body["methods"]
    assert {"methods", "args"} <= body["endpoints"][0].keys()
    status, _, body = client.send("OPTIONS", f"/wp-json/{namespace}/nothing")
    assert (status, body) == (200, [])


def test_the_index_of_the_site_tells_of_every_namespace(client):
    _, _, body = client.send("GET", "/wp-json")
    spaces = {"wc_bookings": ["wc-bookings/v1", "wc-bookings/v2"], "bookingpress": ["bookingpress/v1"]}
    expected = [space for name in client.names for space in spaces[name]]
    assert body["namespaces"] == expected
    assert {route.split("/")[1] for route in body["routes"] if route != "/"} == {
        namespace.split("/")[0] for namespace in expected
    }


@pytest.mark.parametrize("address", ["/wp-json", "/wp-json/", "/?rest_route=/", "/index.php/wp-json"])
def test_the_index_in_every_form(client, address):
    status, _, body = client.send("GET", address)
    assert (status, len(body["namespaces"])) == (200, len(set(body["namespaces"])))


def test_the_index_of_a_namespace_is_open(client):
    namespace, path = LISTS[client.name]
    client.headers = {}
    status, _, body = client.send("GET", f"/wp-json/{namespace}")
    assert status == 200
    assert f"/{namespace}/{path}" in body["routes"]


def test_unknown_paths_are_refused_in_the_platforms_words(client):
    namespace, _ = LISTS[client.name]
    for address in (f"/wp-json/{namespace}/nothing", "/wp-json/nobody/v1/x", f"/?rest_route=/{namespace}/nothing"):
        status, _, body = client.send("GET", address)
        assert (status, body["code"]) == (404, "rest_no_route"), address


def test_strict_mode_leaves_the_real_servers_forms(strict):
    client = strict("wc_bookings")
    status, _, body = client.send("GET", "/wp-json//wc-bookings/v1/products")
    assert (status, body["code"]) == (404, "rest_no_route")
    # Keys do not work with a plain link there, but what is public answers.
    status, _, _ = client.send("GET", "/?rest_route=/wc-bookings/v1/products/slots")
    assert status == 200
    status, _, body = client.send("GET", "/?rest_route=/wc-bookings/v1/bookings")
    assert (status, body["code"]) == (401, "woocommerce_rest_cannot_view")
