"""The OpenAPI documents describe what single dialects do beyond the conformance suite, and what real plugins answered."""

import json
import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from core.domain.schedule import SchedulePlan
from core.http.dialect import methods_of_resource
from core.services import repository
from core.wordpress.legacy import LegacyRequest
from frontdesk.testing.built_in import DRIVERS
from frontdesk.testing.drivers import through_webtest
from frontdesk.testing.host import close_host
from frontdesk.testing.openapi import Description
from plugins.bookablesites.handlers import base
from plugins.bookablesites.translate.params import canonical
from plugins.bookingpress.translate.params import Params
from tests.contract.conftest import NOW, START, make_service, open_host

DIALECTS = sorted(DRIVERS)


@pytest.fixture(scope="module")
def venue(tmp_path_factory):
    yield open_host(f"sqlite:///{tmp_path_factory.mktemp('openapi')}/store.db")
    close_host()


@pytest.fixture(scope="module")
def manager(venue):
    return venue.manager


@pytest.fixture(scope="module")
def app(venue):
    return venue.app


def dialect_of(manager, name):
    return next(dialect for _, dialect in manager.dialects if dialect.name == name)


def client_of(manager, app, name, send=None):
    made = manager.credentials[name].create(label="test", permissions=None, user=None, expires_at=None, now=NOW)
    return DRIVERS[name](send or through_webtest(app), dict(made[1]))


@pytest.mark.parametrize("name", DIALECTS)
def test_what_every_list_answers_is_described(manager, app, name):
    description = Description(dialect_of(manager, name).openapi())
    client = client_of(manager, app, name)
    service = make_service()
    assert client.book(service.id, START).booked
    needed = dict.fromkeys(("service", "product_id", "service_id"), service.id)
    needed |= {"start_date": "2026-03-03", "end_date": "2026-03-03", "calendar_start_date": "2026-03-03"}
    good = 0
    for path, each in description.document["paths"].items():
        if "get" in each and "{" not in path:
            told = {one["name"] for one in each["get"].get("parameters", ())}
            status, _, reply = client.send(
                "GET", f"{path}?" + urlencode({k: v for k, v in needed.items() if k in told})
            )
            description.check_reply("GET", path, status, reply)
            good += status == 200
    assert good >= 8


# -- what is answered is described ------------------------------------------------------------------------------------


RECORDED = {
    "bkap": ["availability", "bookings", "products_resources"],
    "wc_bookings": ["auth", "bookings_read", "bookings_write", "categories", "index", "products", "resources", "slots"],
}


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_answers_of_the_real_plugin_are_described(manager, name):
    description = Description(dialect_of(manager, name).openapi())
    folder = Path(__file__).parents[1] / "plugins" / name / "recorded"
    checked = 0
    for file in RECORDED[name]:
        document = json.loads((folder / f"{file}.json").read_text())
        for case in document["cases"] if isinstance(document, dict) else document:
            asked, answer = case["request"], case["response"]
            operation = description.find(asked["method"], asked["url"])
            # A crash of the real plugin, a bare hello of the site and a wrapped reply have no description.
            if operation is None or answer["status"] >= 500 or "_envelope" in asked["url"] or "_jsonp" in asked["url"]:
                continue
            overridden = "_method" in asked["url"] or "X-HTTP-Method-Override" in (asked.get("headers") or {})
            # Resources are read-only there, and here in strict mode.
            if overridden or answer["status"] == 405:
                continue
            assert str(answer["status"]) in operation["responses"], (asked["method"], asked["url"], answer["status"])
            if "body" in answer and answer["status"] >= 400:
                description.check_reply(asked["method"], asked["url"], answer["status"], answer["body"])
            checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    ("name", "query", "path"),
    [
        ("bkap", "fields=booking_id", "/wc-api/v3/bkap/bookings"),
        ("bookingpress", "_fields=appointment_id", "/wp-json/bookingpress/v1/appointments"),
        ("wc_bookings", "_fields=id", "/wp-json/wc-bookings/v1/bookings"),
    ],
)
def test_narrowed_records_are_described(manager, app, name, query, path):
    description = Description(dialect_of(manager, name).openapi())
    client = client_of(manager, app, name)
    sold = client.book(make_service().id, START)
    for url in (path, f"{path}/{sold.id}"):
        status, _, reply = client.send("GET", f"{url}?{query}")
        assert status == 200
        description.check_reply("GET", url, status, reply)


WC = "/wp-json/wc-bookings/v1"
REFUSALS = [
    ("stranger", "GET", "/bookings", None, 401),
    ("wrong secret", "GET", "/bookings", None, 401),
    ("reader", "POST", "/bookings", {"product_id": 1}, 401),
    ("customer", "GET", "/bookings", None, 403),
    ("customer", "DELETE", "/bookings/{id}", None, 403),
    ("manager", "GET", "/bookings/987654", None, 404),
    ("manager", "DELETE", "/bookings/{id}", None, 200),
    ("manager", "DELETE", "/bookings/{id}", None, 410),
    ("manager", "DELETE", "/resources/987654", None, 404),
    ("manager", "DELETE", "/resources/{resource}", None, 501),
    ("manager", "POST", "/bookings/batch", {"delete": [987654]}, 200),
    ("manager", "POST", "/products/batch", {"create": [{"name": "Hall"}], "update": [{"id": 987654}]}, 200),
]


def test_refusals_and_batches_of_woocommerce_are_described(manager, app):
    description = Description(dialect_of(manager, "wc_bookings").openapi())
    clients = {"manager": client_of(manager, app, "wc_bookings")}
    person = repository.customers.create(now=NOW, first_name="Mira", email="mira@example.org")
    for who, permissions, user in (("reader", "read", None), ("customer", None, str(person.id))):
        _, fields = manager.credentials["wc_bookings"].create(
            label="", permissions=permissions, user=user, expires_at=None, now=NOW
        )
        clients[who] = DRIVERS["wc_bookings"](through_webtest(app), dict(fields))
    fields = {**clients["manager"].fields, "consumer_secret": "cs_wrong"}
    clients["wrong secret"] = DRIVERS["wc_bookings"](through_webtest(app), fields)
    clients["stranger"] = DRIVERS["wc_bookings"](through_webtest(app), fields)
    clients["stranger"].headers = {}
    booking = clients["manager"].book(make_service().id, START)
    resource = repository.resources.create(now=NOW, kind="asset", name="Hall")
    for who, method, path, body, expected in REFUSALS:
        url = WC + path.format(id=booking.id, resource=resource.id)
        if body:
            description.check_request(method, url, {"Content-Type": "application/json"}, json.dumps(body))
        status, _, reply = clients[who].send(method, url, body)
        assert status == expected, (who, method, path, reply)
        description.check_reply(method, url, status, reply)


# -- nothing is read that is not told, nothing told that is not read -----------------------------------------------------


class Asked(dict):
    """Keeps the names it is asked for."""

    names: set

    def __contains__(self, name):
        self.names.add(name)
        return super().__contains__(name)

    def __getitem__(self, name):
        self.names.add(name)
        return super().__getitem__(name)

    def get(self, name, default=None):
        self.names.add(name)
        return super().get(name, default)


@pytest.fixture
def asked(monkeypatch):
    """The names that handlers of the three dialects ask of a query."""
    names = set()

    def watched(values):
        made = Asked(values)
        made.names = names
        return made

    def in_canonical(value, path="", *, keep=frozenset()):
        found = canonical(value, path, keep=keep)
        return watched(found) if keep else found

    monkeypatch.setattr(base, "canonical", in_canonical)
    filters = LegacyRequest.filters.fget
    monkeypatch.setattr(LegacyRequest, "filters", property(lambda self: watched(filters(self))))
    made = Params.__init__
    monkeypatch.setattr(Params, "__init__", lambda self, values: made(self, watched(values)))
    return names


def sample(schema):
    kind = schema.get("type")
    if "enum" in schema:
        return schema["enum"][0]
    if kind == "array":
        return sample(schema["items"])
    return "2026-03-03" if schema.get("format") == "date" else 1 if kind == "integer" else "1"


@pytest.mark.parametrize("name", ["bkap", "bookablesites", "bookingpress"])
def test_the_query_parameters_are_those_that_are_read(manager, app, asked, name):
    document = dialect_of(manager, name).openapi()
    client = client_of(manager, app, name)
    nights = SchedulePlan(unit="night", max_blocks=9)
    chosen = SchedulePlan(unit="hour", length=1, max_blocks=9)
    kinds = [make_service().id, make_service(plan=nights).id, make_service(plan=chosen).id]
    # Read after the handler, by the reply.
    apart = {"bookingpress": {"_fields"}}.get(name, set())
    for path, each in document["paths"].items():
        told = {one["name"]: one for one in each.get("get", {}).get("parameters", ()) if one["in"] == "query"}
        # A single record reads `fields` once it is found, and nothing else.
        if "get" not in each or (name == "bkap" and path.endswith("/{id}")):
            continue
        asked.clear()
        url = re.sub(r"{(\w+)}", lambda found: "customer.created" if found[1] == "event" else "1", path)
        for number in kinds:
            needed = {**dict.fromkeys(("service", "product_id", "service_id"), number), "start_date": "2026-03-03"}
            always = [f"{one}={value}" for one, value in {**needed, "end_date": "2026-03-04"}.items() if one in told]
            for query in [always, [], *([*always, f"{one}={sample(told[one]['schema'])}"] for one in told)]:
                status, _, body = client.send("GET", f"{url}?{'&'.join(query)}")
                assert status < 500, body
        plain = {one.removesuffix("[]") for one in told} - apart
        if name == "bookablesites":
            plain = set(canonical(dict.fromkeys(plain), keep=base._FILTERS))
        assert asked == plain, path


def test_bookablesites_reads_the_bodies_it_tells(manager, app, monkeypatch):
    dialect = dialect_of(manager, "bookablesites")
    client = client_of(manager, app, "bookablesites")
    person = {"first_name": "Ola", "last_name": "Reyes", "email": "ola@example.org"}
    status, _, member = client.send("POST", "/api/v1/employees", person)
    assert status == 201, member
    entry = {}
    for kind in ("special-days", "days-off"):
        day = {"start_date": "2026-04-01"}
        entry[kind] = client.send("POST", f"/api/v1/employees/{member['id']}/{kind}", day)[2]["id"]
    convert, read = base.convert, []
    monkeypatch.setattr(base, "convert", lambda value, kind, **how: (read.append(kind), convert(value, kind, **how))[1])
    for route in dialect.routes:
        for method in methods_of_resource(route.resource, None):
            operation = getattr(getattr(route.resource, f"on_{method.lower()}"), "operation", None)
            path = route.template.replace("employees/{id}", f"employees/{member['id']}")
            path = path.replace("{entry}", str(entry.get(path.split("/")[-2], 0))).replace("{id}", "987654")
            if method == "DELETE" and "employees" in path:
                continue
            read.clear()
            status, _, body = client.send(method, re.sub(r"{\w+}", "x", path), {})
            assert status < 500, body
            assert read == ([operation.body] if operation and operation.body else []), (method, path)
